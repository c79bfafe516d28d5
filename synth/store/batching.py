"""Batches under way at a provider: which requests are in them, and what became of each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from synth.analyst import Request
from synth.store.base import Base, now_utc
from synth.store.studies import Study


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch that was handed in."""

    id: str
    """The provider's; a mark of our own while that is not known."""
    model: str
    state: str
    """`submitted`, `collected`, `failed` or `cancelled`."""
    submitted_utc: str
    ended_utc: str | None
    why: str | None
    requests: int
    answered: int
    failed: int


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """One request in a batch, without its words."""

    key: str
    task: str
    prompt_version: str
    participant_ids: tuple[str, ...]
    """Whose words stand in it."""


class Batching(Base):
    """What was handed in and not paid for twice."""

    def add_batch(
        self, study: Study, batch_id: str, model: str, requests: Iterable[tuple[Request, Iterable[str]]]
    ) -> None:
        """Note a batch with its requests and whose words stand in each, before or after it is handed in."""
        with self.write() as db:
            db.execute(
                "insert into batches values (:id, :study, :model, 'submitted', :now, null, null)",
                {"id": batch_id, "study": study.id, "model": model, "now": now_utc()},
            )
            db.conn.executemany(
                "insert into batch_requests values (?, ?, ?, ?, ?, 'waiting', null)",
                [
                    (batch_id, one.key, one.task_name, one.prompt_version, json.dumps(sorted(people)))
                    for one, people in requests
                ],
            )

    def name_batch(self, old_id: str, batch_id: str) -> None:
        """The provider's id is known now."""
        with self.write() as db:
            db.execute("pragma defer_foreign_keys = on")
            db.execute("update batches set id = :new where id = :old", {"old": old_id, "new": batch_id})
            db.execute(
                "update batch_requests set batch_id = :new where batch_id = :old", {"old": old_id, "new": batch_id}
            )

    def drop_batch(self, batch_id: str) -> None:
        """It was never handed in."""
        self._change("delete from batches where id = :id", id=batch_id)

    def batches(self, study: Study, *, open_only: bool = False) -> list[Batch]:
        """Those of a study, oldest first."""
        rows = self._rows(
            """
            select b.id, b.model, b.state, b.submitted_utc, b.ended_utc, b.why, count(r.key) as requests,
                total(r.state = 'answered') as answered, total(r.state = 'failed') as failed
            from batches b left join batch_requests r on r.batch_id = b.id
            where b.study_id = :study and (not :open or b.state = 'submitted')
            group by b.id order by b.submitted_utc, b.rowid
            """,
            study=study.id, open=open_only,
        )  # fmt: skip
        return [Batch(**row | {"answered": int(row["answered"]), "failed": int(row["failed"])}) for row in rows]

    def batch_requests(self, batch_id: str) -> dict[str, BatchRequest]:
        """What is in a batch, by key."""
        rows = self._rows(
            "select key, task, prompt_version, participants from batch_requests where batch_id = :id", id=batch_id
        )
        return {
            row["key"]: BatchRequest(
                row["key"], row["task"], row["prompt_version"], tuple(json.loads(row["participants"]))
            )
            for row in rows
        }

    def waiting_keys(self, study: Study, model: str) -> frozenset[str]:
        """Keys of requests to a model that are in a batch which was not collected."""
        return self._keys(study, model, "submitted", "waiting")

    def refused_keys(self, study: Study, model: str) -> frozenset[str]:
        """Keys of requests that a batch brought back without an answer: they are asked live."""
        return self._keys(study, model, "collected", "failed")

    def _keys(self, study: Study, model: str, batch_state: str, state: str) -> frozenset[str]:
        keys = self._column(
            """
            select r.key from batch_requests r join batches b on b.id = r.batch_id
            where b.study_id = :study and b.model = :model and b.state = :batch_state and r.state = :state
            """,
            study=study.id, model=model, batch_state=batch_state, state=state,
        )  # fmt: skip
        return frozenset(keys)

    def settle_request(self, batch_id: str, key: str, why: str | None) -> None:
        """It was answered, or it failed for this reason."""
        self._change(
            "update batch_requests set state = :state, why = :why where batch_id = :id and key = :key",
            id=batch_id,
            key=key,
            why=why,
            state="answered" if why is None else "failed",
        )

    def end_batch(self, batch_id: str, state: str, why: str | None = None) -> None:
        """Nothing more comes of it."""
        self._change(
            "update batches set state = :state, why = :why, ended_utc = :now where id = :id",
            id=batch_id,
            state=state,
            why=why,
            now=now_utc(),
        )
