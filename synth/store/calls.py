"""Model calls and sentence vectors: what was paid for or computed once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from synth.analyst import Answer, Request
from synth.errors import NotFoundError
from synth.store.base import Base, Row, now_utc
from synth.store.studies import Study

_LISTED = """
    c.key, c.request_key, c.task, c.model, c.prompt_version, c.input_tokens, c.output_tokens, c.cached_tokens,
    c.cost_usd, c.seconds, c.cut_off, c.answered_utc, c.set_aside,
    c.key = c.request_key and c.request_key in
        (select request_key from calls where key <> request_key and set_aside is null) as asked_again
"""


@dataclass(frozen=True, slots=True)
class StoredCall:
    """One answered call, without its words."""

    key: str
    request_key: str
    task: str
    model: str
    prompt_version: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    """Those of the input that the provider had kept."""
    cost_usd: float | None
    """None where the price is unknown."""
    seconds: float
    cut_off: bool
    """Whether the reply reached a length limit."""
    answered_utc: str
    set_aside: str | None
    """Why the reply could not be used, nor the one after a complaint; None where it may be used."""
    asked_again: bool
    """Whether a second try with a complaint gave the answer that is used in place of this one."""

    @property
    def second_try(self) -> bool:
        """Whether it was asked after a complaint about a first reply."""
        return self.key != self.request_key


@dataclass(frozen=True, slots=True)
class WholeCall:
    """One answered call as it was sent and as it came back."""

    call: StoredCall
    prompt: str
    """Empty for an analyst that sends nothing. The complaint that a second try adds to it is not stored with it."""
    raw: str
    participant_ids: tuple[str, ...]
    """Whose words stand in it, as far as the study noted it; sorted."""


@dataclass(frozen=True, slots=True)
class TaskSum:
    """What the calls of one task came to."""

    task: str
    calls: int
    set_aside: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cost_usd: float
    """Of the calls whose price is known."""
    unknown_costs: int
    seconds: float
    """The sum of waiting, not the time that passed: calls run beside each other."""


class Calls(Base):
    """Implements `synth.analyst.CallStore` and `synth.analyst.VectorCache`."""

    def answer(self, key: str) -> Answer | None:
        """The kept answer of this key; None where there is none, or where it was set aside."""
        row = self._row(
            """
            select raw, input_tokens, output_tokens, cached_tokens, cost_usd, seconds, cut_off from calls
            where key = :key and set_aside is null
            """,
            key=key,
        )
        return Answer(**row | {"cut_off": bool(row["cut_off"])}) if row else None

    def keep(self, key: str, request: Request, answer: Answer) -> None:
        """Keep an answer; it outlives this process when this returns. One set aside under this key is replaced."""
        self._change(
            """
            insert or replace into calls values (:key, :request_key, :task, :model, :prompt_version, :prompt, :raw,
                :input_tokens, :output_tokens, :cached_tokens, :cost_usd, :seconds, :cut_off, :now, null)
            """,
            key=key, request_key=request.key, task=request.task_name, model=request.model,
            prompt_version=request.prompt_version, prompt=request.prompt, now=now_utc(),
            **{field: getattr(answer, field) for field in Answer.__slots__ if field != "rates"},
        )  # fmt: skip

    def set_aside(self, key: str, why: str) -> None:
        """Never reuse this answer again, but keep it to be looked at."""
        self._change("update calls set set_aside = :why where key = :key", key=key, why=why)

    def note_use(self, study: Study, request_key: str, participant_ids: Iterable[str]) -> None:
        """Note that a study used the answers to a request, and whose words stand in them."""
        with self.write() as db:
            for participant in participant_ids:
                db.execute(
                    """
                    insert into call_uses
                    select :study, key, :participant from calls where request_key = :key
                    on conflict do nothing
                    """,
                    {"study": study.id, "key": request_key, "participant": participant},
                )

    # --- To be looked at ---

    def study_calls(self, study: Study) -> list[StoredCall]:
        """Every answer that this study used, oldest first; one that another study used too is in both lists."""
        rows = self._rows(
            f"""
            select {_LISTED} from calls c
            where c.key in (select key from call_uses where study_id = :study) order by c.answered_utc, c.rowid
            """,
            study=study.id,
        )
        return [_stored_call(row) for row in rows]

    def unnoted_calls(self) -> list[StoredCall]:
        """Answers in this database that no study is noted to have used, oldest first.

        They were paid for and nothing came of them (yet): the run ended before the note, or they could not be used.
        """
        rows = self._rows(
            f"""
            select {_LISTED} from calls c
            where c.key not in (select key from call_uses) order by c.answered_utc, c.rowid
            """
        )
        return [_stored_call(row) for row in rows]

    def call_sums(self, study: Study) -> list[TaskSum]:
        """What the calls of a study came to, by task, the dearest first, then those that took longest."""
        rows = self._rows(
            """
            select task, count(*) as calls, count(set_aside) as set_aside, sum(input_tokens) as input_tokens,
                sum(output_tokens) as output_tokens, sum(cached_tokens) as cached_tokens,
                total(cost_usd) as cost_usd, sum(cost_usd is null) as unknown_costs, total(seconds) as seconds
            from calls where key in (select key from call_uses where study_id = :study)
            group by task order by total(cost_usd) desc, total(seconds) desc, task
            """,
            study=study.id,
        )
        return [TaskSum(**row) for row in rows]

    def has_call(self, key: str) -> bool:
        """Whether there is an answer of this very key, used or set aside."""
        return bool(self._column("select 1 from calls where key = :key", key=key))

    def whole_call(self, study: Study, beginning: str) -> WholeCall:
        """The one call of a study (or of none) whose key begins so.

        Raises:
            NotFoundError: there is none, or more than one; the message says which.
        """
        rows = self._rows(
            f"""
            select {_LISTED}, c.prompt, c.raw from calls c
            where substr(c.key, 1, length(:beginning)) = :beginning and (
                c.key in (select key from call_uses where study_id = :study)
                or c.key not in (select key from call_uses)
            )
            order by c.key limit 11
            """,
            beginning=beginning.lower(), study=study.id,
        )  # fmt: skip
        if not rows:
            raise NotFoundError(
                f"Study '{study.name}' has no call whose key begins with '{beginning}'. "
                f"`synth calls '{study.name}'` lists them."
            )
        if len(rows) > 1:
            keys = ", ".join(row["key"] for row in rows[:10]) + (", and more" if len(rows) > 10 else "")
            raise NotFoundError(f"More than one call has a key that begins with '{beginning}': {keys}.")
        row = rows[0]
        people = self._column(
            "select participant_id from call_uses where study_id = :study and key = :key order by participant_id",
            study=study.id, key=row["key"],
        )  # fmt: skip
        prompt, raw = row.pop("prompt"), row.pop("raw")
        return WholeCall(_stored_call(row), prompt, raw, tuple(people))

    # --- Vectors ---

    def vectors(self, model: str, texts: Sequence[str]) -> dict[str, bytes]:
        """The stored vectors of these texts, as little-endian float32."""
        found: dict[str, bytes] = {}
        hashes = {_sha256(text): text for text in texts}
        names = list(hashes)
        for first in range(0, len(names), 500):
            some = names[first : first + 500]
            marks = ",".join("?" * len(some))
            rows = self._db.query(
                f"select text_sha256, vector from vectors where model = ? and text_sha256 in ({marks})", [model, *some]
            )
            found |= {hashes[row["text_sha256"]]: row["vector"] for row in rows}
        return found

    def add_vectors(self, model: str, vectors: dict[str, bytes]) -> None:
        """Keep these."""
        with self.write() as db:
            db.conn.executemany(
                "insert into vectors values (?, ?, ?) on conflict do nothing",
                [(model, _sha256(text), vector) for text, vector in vectors.items()],
            )


def _stored_call(row: Row) -> StoredCall:
    return StoredCall(**row | {"cut_off": bool(row["cut_off"]), "asked_again": bool(row["asked_again"])})


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
