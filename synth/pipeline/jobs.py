"""Runs that are asked for in the browser or by the API: each in a process of its own, watched through the database.

A run takes minutes of a processor or hours of waiting, so the service never does it itself. It starts this module as a
program, which writes how far it is into the database; whoever looks reads it there, also after a reload or a restart of
the service. Pausing lets the calls under way end and keeps them. A run that was killed says nothing any more and is
shown as interrupted; taking it up again repeats no answered call.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from synth.errors import InputError, SettingError, SynthError
from synth.pipeline.budget import BudgetReachedError
from synth.pipeline.run import RunSettings, run_study
from synth.pipeline.run_report import EXIT_BUDGET, EXIT_DONE, EXIT_PARTLY, RunReport
from synth.pipeline.uploading import laid_out
from synth.pipeline.webhooks import check_webhook, tell
from synth.service_keys import load_keys
from synth.settings import load_settings
from synth.store import Store, Study, open_store
from synth.store.jobs import BEAT_SECONDS, Job
from synth.store.uploads import Upload

TELL_SECONDS = 0.4
"""Progress is written at most this often."""
_ASKED = {"pause": "Paused.", "cancel": "Cancelled."}


def ask_run(
    store: Store, study: Study, wishes: Mapping[str, Any], by: str, *, webhook: str | None = None, private: bool = False
) -> Job:
    """Put a run in the queue of its study; `start_job` begins it.

    Args:
        store: where the study is.
        study: whose waiting files are read.
        wishes: `model`, `language`, `subject`, `wave`, `names`, `budget_usd`, `personas`: those that are given.
        by: who asks.
        webhook: an address that is told when the run ends.
        private: whether that address may be one of this network.

    Raises:
        InputError: another run is under way, there is nothing to read, or the webhook cannot be.
        SettingError: a wish has a value that cannot be.
    """
    wished_settings(store.path, study, wishes, ("-",))
    if webhook:
        check_webhook(webhook, private=private)
    if not store.uploads(study, state="waiting") and not store.current_transcripts(study):
        raise InputError("There is no interview to read yet. Upload some first.")
    return store.add_job(study, secrets.token_hex(8), {**wishes, "private_webhook": private}, by, webhook)


def start_job(db: str, job: Job) -> int:
    """Begin to work at a job in a process of its own, which outlives the service; its number."""
    # Keys of models that were entered in the browser reach the model through the environment of this process alone.
    environment = {**load_keys(db, make=False).models, **os.environ}
    worker = subprocess.Popen(
        [sys.executable, "-m", __name__, str(Path(db).absolute()), job.id],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=environment,
    )
    # Without somebody who waits for it, an ended process stays in the table of processes.
    threading.Thread(target=worker.wait, daemon=True).start()
    return worker.pid


def work(db: str, job_id: str) -> Job:
    """Do a job from beginning to end.

    Raises:
        NotFoundError: there is no such job.
    """
    store = open_store(db, create=False)
    try:
        job = store.job_anywhere(job_id)
        study = store.study_by_id(job.study_id)
        if not store.take_job(job_id):
            return store.job_anywhere(job_id)
        try:
            _carry_out(store, study, job)
        finally:
            ended = store.job_anywhere(job_id)
            if ended.webhook:
                tell(ended, db)
        return ended
    finally:
        store.close()


def _carry_out(store: Store, study: Study, job: Job) -> None:
    # What was asked while the job waited is heard before the first call.
    with _Teller(store.path, job.id, store.beat_job(job.id)) as teller:
        try:
            with laid_out(store, study) as (folder, waiting):
                settings = wished_settings(
                    store.path, study, job.settings, [str(one) for one in sorted(folder.iterdir())]
                )
                # Pages make the report of what is stored.
                settings = replace(settings, asked_to_stop=teller.stop, out_dir=None)
                report = run_study(settings, teller)
                _settle(store, study, waiting, report)
        except BudgetReachedError as error:
            teller.settle()
            store.end_job(job.id, teller.stopped_state, {"stopped": str(error)})
            return
        except SynthError as error:
            teller.settle()
            store.end_job(job.id, "failed", {"error": str(error)})
            return
        except Exception as error:
            teller.settle()
            # A message may hold what somebody said; its kind and its place do not.
            last = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{type(error).__name__}, {Path(last.filename).name} line {last.lineno}"
            store.end_job(job.id, "failed", {"error": f"Something went wrong here ({where})."})
            raise
        teller.settle()
        state = {EXIT_DONE: "done", EXIT_PARTLY: "partly", EXIT_BUDGET: teller.stopped_state}[report.exit_status]
        store.end_job(job.id, state, report.as_json())


def _settle(store: Store, study: Study, waiting: Sequence[Upload], report: RunReport) -> None:
    """Files that were read are kept as transcripts now, and no longer as files."""
    failed = {failure.name: failure.why for failure in report.unread}
    for upload in waiting:
        why = failed.get(upload.name)
        store.settle_upload(study, upload.id, "refused" if why else "read", why)


def wished_settings(db: str, study: Study, wishes: Mapping[str, Any], paths: Sequence[str]) -> RunSettings:
    """What a run would do by these wishes.

    Raises:
        SettingError: a wish has a value that cannot be.
    """
    given = {key: wishes[key] for key in ("model", "subject", "language", "wave", "names") if wishes.get(key)}
    budget = wishes.get("budget_usd")
    if budget is not None and not 0 < float(budget) < 1e6:
        raise SettingError("A budget is a sum in dollars above 0.")
    return RunSettings.make(
        paths,
        db=db,
        study=study.name,
        personas=str(wishes.get("personas") or "auto"),
        settings=load_settings(),
        budget_usd=float(budget) if budget is not None else None,
        **given,
    )


class _Teller:
    """Writes into the database how far a run is, and hears there what people ask of it.

    The run works at its own connection; this one has another, in a thread of its own.
    """

    def __init__(self, db: str, job_id: str, asked: str | None) -> None:
        self._db, self._job = db, job_id
        self._lock = threading.Lock()
        self._state: dict[str, Any] = {"step": "", "done": 0, "total": 0, "seconds": 0, "said": []}
        self._began = time.monotonic()
        self._dirty, self._over = True, threading.Event()
        self.asked = asked
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _Teller:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.settle()

    def settle(self) -> None:
        """Write what is left and stop."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(timeout=30)

    @property
    def stopped_state(self) -> str:
        """What a run is that was stopped: by whoever asked, else at its budget."""
        return {"pause": "paused", "cancel": "cancelled"}.get(self.asked or "", "stopped")

    def stop(self) -> str | None:
        """Why no further call is to be made."""
        return _ASKED.get(self.asked or "")

    def begin(self, step: str, total: int) -> None:
        """A step begins."""
        with self._lock:
            self._state |= {"step": step, "done": 0, "total": total}
            self._dirty = True

    def advance(self, count: int = 1) -> None:
        """So many more items are done."""
        with self._lock:
            self._state["done"] += count
            self._state["total"] = max(self._state["total"], self._state["done"])
            self._dirty = True

    def end(self) -> None:
        """The step is over."""

    def say(self, message: str) -> None:
        """Something that a person should know."""
        with self._lock:
            self._state["said"] = [*self._state["said"][-19:], message]
            self._dirty = True

    def _watch(self) -> None:
        store = open_store(self._db, create=False)
        last = 0.0
        try:
            while True:
                over = self._over.wait(TELL_SECONDS)
                with self._lock:
                    self._state["seconds"] = round(time.monotonic() - self._began, 1)
                    told = dict(self._state) if self._dirty else None
                    self._dirty = False
                if told is not None or time.monotonic() - last > BEAT_SECONDS:
                    last = time.monotonic()
                    # What was asked stays asked: a pause is not taken back by a later look.
                    self.asked = store.beat_job(self._job, told) or self.asked
                if over:
                    return
        finally:
            store.close()


if __name__ == "__main__":
    work(sys.argv[1], sys.argv[2])
