"""Work that was asked for in the browser or by the API: who asked, how far it is, and what became of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from synth.errors import InputError, NotFoundError
from synth.store.base import Base, Row, now_utc, utc_after
from synth.store.studies import Study

BEAT_SECONDS = 5
"""A job that runs says so this often."""
SILENT_SECONDS = 40
"""One that says nothing for so long was killed."""
LIVE, ENDED = ("waiting", "running"), ("done", "partly", "stopped", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Job:
    """One run of a study."""

    id: str
    study_id: str
    kind: str
    state: str
    """`waiting`, `running`, `paused`, `cancelled`, `done`, `partly`, `stopped` (at the budget), `failed`, or
    `interrupted` where it says that it runs and was not heard of for long."""
    asked: str | None
    """`pause` or `cancel`, until it is done."""
    settings: dict[str, Any]
    progress: dict[str, Any]
    """`step`, `done`, `total`, `seconds` and `said`; empty before it begins."""
    report: dict[str, Any]
    """What it came to, as `synth run --json`; empty before the end."""
    asked_by: str
    asked_utc: str
    started_utc: str | None
    ended_utc: str | None
    webhook: str | None = None

    @property
    def live(self) -> bool:
        """Whether it goes on by itself."""
        return self.state in LIVE

    @property
    def resumable(self) -> bool:
        """Whether it can be taken up where it was."""
        return self.state in ("paused", "interrupted", "stopped", "failed", "partly")


class Jobs(Base):
    """Jobs in the order in which they were asked for."""

    def add_job(self, study: Study, job_id: str, settings: dict[str, Any], by: str, webhook: str | None) -> Job:
        """Ask for a run.

        Raises:
            InputError: one is under way in this study.
        """
        with self.write() as db:
            live = [job for job in self.jobs(study) if job.live]
            if live:
                raise InputError("A run of this study is under way. Wait for it, or pause or cancel it first.")
            db.execute(
                "insert into jobs (id, study_id, kind, state, settings, asked_by, asked_utc, beat_utc, webhook) "
                "values (?, ?, 'run', 'waiting', ?, ?, ?, ?, ?)",
                [job_id, study.id, json.dumps(settings, ensure_ascii=False), by, now_utc(), now_utc(), webhook],
            )
        return self.job(study, job_id)

    def jobs(self, study: Study, limit: int = 20) -> list[Job]:
        """The newest first."""
        rows = self._rows(
            "select * from jobs where study_id = :id order by asked_utc desc, rowid desc limit :limit",
            id=study.id,
            limit=limit,
        )
        return [_job(row) for row in rows]

    def job(self, study: Study, job_id: str) -> Job:
        """One of them.

        Raises:
            NotFoundError: there is none.
        """
        row = self._row("select * from jobs where study_id = :study and id = :id", study=study.id, id=job_id)
        if row is None:
            raise NotFoundError("There is no such run in this study.")
        return _job(row)

    def job_anywhere(self, job_id: str) -> Job:
        """One of whatever study.

        Raises:
            NotFoundError: there is none.
        """
        row = self._row("select * from jobs where id = :id", id=job_id)
        if row is None:
            raise NotFoundError(f"There is no run {job_id} in {self.path}.")
        return _job(row)

    def ask_job(self, study: Study, job_id: str, wish: str) -> Job:
        """Ask a job to pause or to cancel; one that nobody works at is so at once.

        Raises:
            InputError: it has ended.
        """
        with self.write() as db:
            job = self.job(study, job_id)
            if job.state in ENDED and not (wish == "cancel" and job.resumable):
                raise InputError("This run has ended.")
            if job.live:
                db.execute("update jobs set asked = ? where id = ?", [wish, job_id])
            else:
                state = "paused" if wish == "pause" else "cancelled"
                db.execute("update jobs set state = ?, asked = null where id = ?", [state, job_id])
        return self.job(study, job_id)

    def take_job(self, job_id: str) -> bool:
        """Begin to work at a job that waits; whether it was there to be taken."""
        with self.write() as db:
            taken = db.execute(
                "update jobs set state = 'running', started_utc = coalesce(started_utc, ?), beat_utc = ?, "
                "ended_utc = null where id = ? and state = 'waiting'",
                [now_utc(), now_utc(), job_id],
            )
            return bool(taken.rowcount)

    def requeue_job(self, study: Study, job_id: str) -> Job:
        """Take up a job again that was paused, interrupted or stopped, or that left something undone.

        Raises:
            InputError: it runs, or there is nothing left to do.
        """
        with self.write() as db:
            job = self.job(study, job_id)
            if not job.resumable or any(other.live for other in self.jobs(study) if other.id != job_id):
                raise InputError("This run cannot be taken up: it runs, it is done, or another one is under way.")
            db.execute(
                "update jobs set state = 'waiting', asked = null, beat_utc = ?, ended_utc = null where id = ?",
                [now_utc(), job_id],
            )
        return self.job(study, job_id)

    def beat_job(self, job_id: str, progress: dict[str, Any] | None = None) -> str | None:
        """Say that it runs, and how far it is; what a person asked of it meanwhile."""
        with self.write() as db:
            if progress is None:
                db.execute("update jobs set beat_utc = ? where id = ?", [now_utc(), job_id])
            else:
                text = json.dumps(progress, ensure_ascii=False)
                db.execute("update jobs set beat_utc = ?, progress = ? where id = ?", [now_utc(), text, job_id])
            row = self._row("select asked from jobs where id = :id", id=job_id)
        return row["asked"] if row else "cancel"

    def end_job(self, job_id: str, state: str, report: dict[str, Any]) -> None:
        """It is over."""
        self._change(
            "update jobs set state = :state, asked = null, report = :report, ended_utc = :now where id = :id",
            state=state, report=json.dumps(report, ensure_ascii=False), now=now_utc(), id=job_id,
        )  # fmt: skip


def _job(row: Row) -> Job:
    silent = row["state"] in LIVE and (row["beat_utc"] or "") < utc_after(seconds=-SILENT_SECONDS)
    kept = {field: row[field] for field in Job.__slots__} | {"state": "interrupted" if silent else row["state"]}
    return Job(**kept | {field: json.loads(row[field] or "{}") for field in ("settings", "progress", "report")})
