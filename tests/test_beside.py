"""Asking from a process beside: the same requests and answers, the same errors, and nothing lost with the process."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from synth.analyst import Answer
from synth.beside import Asker, BesideAnalyst, beside, start_asker
from synth.errors import ModelError
from synth.llm import ModelAnalyst
from tests.loopback import Loopback, Reply, loopback
from tests.scripted import ScriptedAnalyst, interview, task_for
from tests.test_cli import ENVIRONMENT, INTERVIEWS, ROOT

MODEL = "openai/m"
TASK = task_for(interview())


@contextmanager
def asked_beside(server: Loopback, monkeypatch: pytest.MonkeyPatch, model: str = MODEL) -> Iterator[Asker]:
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    with closing(Asker(model)) as asker:
        yield asker


async def ask(analyst: BesideAnalyst | ModelAnalyst, complaint: str | None = None) -> Answer:
    """As a run does: prepared first, closed at the end."""
    try:
        await analyst.prepare()
        return await analyst.answer(TASK, analyst.request(TASK), complaint)
    finally:
        await analyst.close()


def test_request_and_answer_are_those_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    with loopback([Reply('{"a": 1}', cached_tokens=7)] * 2) as server, asked_beside(server, monkeypatch) as asker:
        there = asyncio.run(ask(BesideAnalyst(ModelAnalyst(MODEL), asker), "Too short."))
        here = asyncio.run(ask(ModelAnalyst(MODEL), "Too short."))
    assert server.sent[0] == server.sent[1]
    assert (there.raw, there.input_tokens, there.cached_tokens) == (here.raw, here.input_tokens, here.cached_tokens)


def test_error_is_that_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    limited = Reply(status=429, headers={"retry-after": "3"})
    with (
        loopback([limited]) as server,
        asked_beside(server, monkeypatch) as asker,
        pytest.raises(ModelError) as raised,
    ):
        asyncio.run(ask(BesideAnalyst(ModelAnalyst(MODEL), asker)))
    assert raised.value.limited
    assert raised.value.retryable
    assert raised.value.retry_after_seconds == 3.0


def test_what_a_process_that_dies_was_asked_is_asked_from_here(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()

    def script(_body: object) -> Reply:
        first = not asked.is_set()
        asked.set()
        return Reply('{"first": true}', pause_seconds=20) if first else Reply('{"a": 1}')

    with loopback(script) as server, asked_beside(server, monkeypatch) as asker:

        def kill() -> None:
            assert asked.wait(60)
            os.kill(asker.id, signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        answer = asyncio.run(ask(BesideAnalyst(ModelAnalyst(MODEL), asker)))
        killer.join()
    assert answer.raw == '{"a": 1}'
    assert len(server.sent) == 2


def test_process_that_says_what_cannot_be_read_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "import sys; sys.stdout.buffer.write(bytes(7) + b'\\x03abc'); sys.stdout.flush(); sys.stdin.read()"
    monkeypatch.setattr("synth.beside._START", said)
    with loopback([Reply('{"a": 1}')]) as server, asked_beside(server, monkeypatch) as asker:
        answer = asyncio.run(asyncio.wait_for(ask(BesideAnalyst(ModelAnalyst(MODEL), asker)), 60))
    assert answer.raw == '{"a": 1}'


def test_name_that_leads_nowhere_is_told_before_anybody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    told = threading.Event()
    why: list[str] = []
    with loopback() as server, asked_beside(server, monkeypatch, "foo/bar") as asker:
        asker.heed(lambda said: (why.append(said), told.set()))
        assert told.wait(60)
    assert why
    assert not server.sent


def test_closed_asker_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    with loopback() as server, asked_beside(server, monkeypatch) as asker:
        number = asker.id
        os.kill(number, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


def test_no_process_is_started_where_calls_are_made_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "litellm", raising=False)
    monkeypatch.setattr("synth.beside.spare_processors", lambda: 1)
    started = start_asker(MODEL)
    assert started is not None
    started.close()
    monkeypatch.setitem(sys.modules, "litellm", asyncio)
    assert start_asker(MODEL) is None
    monkeypatch.delitem(sys.modules, "litellm")
    assert start_asker("offline") is None
    assert start_asker(MODEL, engine="dask") is None
    assert start_asker(MODEL, budget_usd=1.0) is None
    assert start_asker(MODEL, batch=True) is None
    monkeypatch.setattr("synth.beside.spare_processors", lambda: 0)
    assert start_asker(MODEL) is None


def test_reader_that_asks_nobody_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = ScriptedAnalyst([])
    with loopback() as server, asked_beside(server, monkeypatch) as asker:
        assert beside(reader, asker) is reader


def test_run_imports_no_litellm_and_ends_with_its_process(tmp_path: Path) -> None:
    script = (
        "import json, os, sys\n"
        "from pathlib import Path\n"
        "from synth.pipeline.progress import Silent\n"
        "from synth.pipeline.run import RunSettings, run_study\n"
        "import synth.beside as beside\n"
        "started = []\n"
        "make = beside.Asker.__init__\n"
        "beside.Asker.__init__ = lambda self, model: (make(self, model), started.append(self.id))[0]\n"
        f"settings = RunSettings.make([{str(INTERVIEWS)!r}], db='s.db', study='S', model='openai/m')\n"
        "report = run_study(settings, Silent())\n"
        "alive = [number for number in started if Path(f'/proc/{number}').exists()]\n"
        "print(json.dumps([report.calls_made, 'litellm' in sys.modules, len(started), alive]))\n"
    )
    with loopback(lambda _: Reply()) as server:
        environment = {"PYTHONPATH": str(ROOT), "OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "none"}
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=tmp_path, env=ENVIRONMENT | environment, text=True,
            capture_output=True, timeout=300, check=True,
        )  # fmt: skip
    made, imported, started, alive = json.loads(done.stdout)
    assert made == len(server.sent) > 0
    assert not imported
    assert (started, alive) == (1, [])
