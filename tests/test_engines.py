"""Engines: the same results from the workers of a real cluster as from this process, also when a worker is killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bench.make_study import write_study
from bench.scripted import planted_reply
from synth.engines import check_engine
from synth.engines.worker import Done, Job, raise_error, seal, unseal, work
from synth.errors import CutOffError, ModelError, SettingError
from synth.pipeline.analysts import analyst_maker
from tests.loopback import Reply, loopback
from tests.scripted import ScriptedAnalyst, interview, task_for
from tests.test_cli import ENVIRONMENT, INTERVIEWS, ROOT, synth
from tests.test_model_run import finish

MODEL = "openai/m"


def environment(base_url: str) -> dict[str, str]:
    return {**ENVIRONMENT, "PYTHONPATH": str(ROOT), "OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "none"}


@contextmanager
def cluster(folder: Path, base_url: str, workers: int = 2) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and workers of two threads, each a process on loopback; the address, and the workers."""
    address = folder / "scheduler.json"
    here = ["--host", "127.0.0.1", "--scheduler-file", str(address), "--no-dashboard"]
    scheduler = [sys.executable, "-m", "distributed.cli.dask_scheduler", *here, "--port", "0"]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", *here, "--no-nanny", "--nthreads", "2"]
    running = [_process(folder, scheduler, base_url, "scheduler")]
    try:
        running += [
            _process(folder, [*worker, "--local-directory", str(folder / f"worker{number}")], base_url, f"w{number}")
            for number in range(workers)
        ]
        waiting = threading.Event()
        for _ in range(600):
            if address.exists() and address.stat().st_size:
                break
            waiting.wait(0.1)
        yield str(json.loads(address.read_text("utf-8"))["address"]), running[1:]
    finally:
        for process in reversed(running):
            process.kill()
            process.wait(60)


def _process(folder: Path, command: list[str], base_url: str, name: str) -> subprocess.Popen[bytes]:
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(command, cwd=folder, env=environment(base_url), stdout=log, stderr=log)


def run(folder: Path, interviews: Path, base_url: str, db: str, *words: str) -> subprocess.Popen[str]:
    command = [
        sys.executable, "-m", "synth", "run", str(interviews), "--study", "S", "--model", MODEL, "--json",
        "--db", db, "--out", "out", "--concurrency", "4", *words,
    ]  # fmt: skip
    return subprocess.Popen(
        command, cwd=folder, env=environment(base_url), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def exported(folder: Path, db: str) -> Any:
    """Everything of a study that does not say when it was made or what that took."""
    ended = synth(folder, "export", "S", "--format", "json", "--db", db, "--out", f"{db}.json")
    assert ended.returncode == 0, ended.stderr
    whole = json.loads((folder / f"{db}.json").read_text("utf-8"))
    return {key: whole[key] for key in ("findings", "themes", "personas", "maps", "coverage") if key in whole}


class Counting:
    """A model's server that counts what it is asked, and can be waited for."""

    def __init__(self, reached: int) -> None:
        self.sent: Counter[str] = Counter()
        self.event = threading.Event()
        self._reached, self._lock = reached, threading.Lock()

    def __call__(self, body: dict[str, Any]) -> Reply:
        with self._lock:
            self.sent[json.dumps(body["messages"], sort_keys=True)] += 1
            if len(self.sent) >= self._reached:
                self.event.set()
        return Reply(planted_reply(body).content, pause_seconds=0.15)

    @property
    def repeated(self) -> int:
        return sum(count - 1 for count in self.sent.values())


def test_killed_worker_costs_only_what_it_had_under_way(tmp_path: Path) -> None:
    write_study(tmp_path / "interviews", 30, words=120)
    counting = Counting(reached=10)
    with loopback(counting) as server, cluster(tmp_path, server.base_url) as (address, workers):
        started = run(
            tmp_path, tmp_path / "interviews", server.base_url, "d.db", "--engine", "dask", "--scheduler", address
        )
        assert counting.event.wait(120)
        os.kill(workers[0].pid, signal.SIGKILL)
        spread = finish(started)
        asked, repeated = len(counting.sent), counting.repeated
        here = finish(run(tmp_path, tmp_path / "interviews", server.base_url, "l.db"))
        logs = b"".join(path.read_bytes() for path in tmp_path.glob("*.log"))
    assert (spread["chunks"], spread["findings"]) == (30, here["findings"])
    assert spread["calls"]["made"] == here["calls"]["made"] == asked
    assert repeated <= 2  # the threads of the worker that died
    assert exported(tmp_path, "d.db") == exported(tmp_path, "l.db")
    assert b"Interviewer" not in logs
    assert b"kettle" not in logs


def test_cluster_of_its_own_gives_what_the_built_in_reader_gives_here(tmp_path: Path) -> None:
    words = ("run", str(INTERVIEWS), "--study", "S", "--json", "--out", "out", "--sample", "4")
    here = synth(tmp_path, *words, "--db", "l.db")
    spread = synth(tmp_path, *words, "--db", "d.db", "--engine", "dask")
    assert (here.returncode, spread.returncode) == (0, 0), spread.stderr
    assert json.loads(spread.stdout)["findings"] == json.loads(here.stdout)["findings"]
    assert exported(tmp_path, "d.db") == exported(tmp_path, "l.db")
    again = synth(tmp_path, *words, "--db", "d.db")
    assert json.loads(again.stdout)["calls"]["made"] == 0


def test_wrong_key_on_the_workers_is_one_line(tmp_path: Path) -> None:
    write_study(tmp_path / "interviews", 3, words=120)
    with loopback(lambda _body: Reply(status=401, error={"message": "no"})) as server:
        process = run(tmp_path, tmp_path / "interviews", server.base_url, "d.db", "--engine", "dask")
        _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "Traceback" not in err
    assert "OPENAI_API_KEY" in err.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("address", "status"), [("nonsense://127.0.0.1:9", 2), ("tcp://127.0.0.1", 2), ("tcp://127.0.0.1:9", 1)]
)
def test_address_that_is_none_or_where_nobody_listens_is_one_line(tmp_path: Path, address: str, status: int) -> None:
    write_study(tmp_path / "interviews", 1, words=60)
    ended = synth(tmp_path, "run", "interviews", "--engine", "dask", "--scheduler", address, "--db", "d.db")
    assert ended.returncode == status
    assert "Traceback" not in ended.stderr
    assert ended.stderr.strip().splitlines()[-1].startswith(f"Error: --scheduler {address}: ")


# --- Without a cluster -------------------------------------------------------------------------------------------


def test_scheduler_without_dask_is_refused() -> None:
    with pytest.raises(SettingError, match="goes with --engine dask"):
        check_engine("local", "tcp://127.0.0.1:8786")
    with pytest.raises(SettingError, match="local, dask"):
        check_engine("spark", None)


def test_error_of_a_worker_arrives_with_all_that_it_says() -> None:
    failed = ModelError("m", "wait", retryable=True, retry_after_seconds=7.0, limited=True)
    with pytest.raises(ModelError, match="m: wait") as raised:
        raise_error(Done(error=(ModelError, str(failed), dict(failed.__dict__))))
    error = raised.value
    assert (error.model, error.retryable, error.limited, error.retry_after_seconds) == ("m", True, True, 7.0)
    with pytest.raises(CutOffError, match="ends early"):
        raise_error(Done(error=(CutOffError, "ends early", {})))


def test_worker_answers_as_this_process_would() -> None:
    task, make = task_for(interview()), analyst_maker("offline", 60.0, False)
    analyst = make(_NoVectors())
    request = analyst.request(task)
    done: Done = unseal(work(seal(Job(make, task, request, None))))
    assert done.answer is not None
    assert done.answer.raw == asyncio.run(analyst.answer(task, request)).raw


def test_worker_that_would_ask_something_else_refuses() -> None:
    task, make = task_for(interview()), analyst_maker("offline", 60.0, False)
    other = ScriptedAnalyst([]).request(task)
    done: Done = unseal(work(seal(Job(make, task, other, None))))
    with pytest.raises(ModelError, match="same installation and environment") as raised:
        raise_error(done)
    assert raised.value.fatal
    older: Done = unseal(work(seal(Job(make, task, other, None, version="0.0.1"))))
    with pytest.raises(ModelError, match=r"0\.0\.1"):
        raise_error(older)


def test_sealed_task_shows_nothing_of_it_and_failures_say_no_words() -> None:
    task = task_for(interview())
    job = Job(_fails, task, ScriptedAnalyst([]).request(task), None)
    assert repr(seal(job)) == "<sealed>"
    done: Done = unseal(work(seal(job)))
    with pytest.raises(ModelError, match=r"a worker failed \(RuntimeError\)") as raised:
        raise_error(done)
    assert "furious" not in str(raised.value)


class _NoVectors:
    def vectors(self, _model: str, _texts: Any) -> dict[str, bytes]:
        return {}

    def add_vectors(self, _model: str, _vectors: dict[str, bytes]) -> None:
        """Nothing to keep."""


def _fails(_cache: Any) -> Any:
    raise RuntimeError("I was furious.")
