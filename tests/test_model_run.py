"""Whole runs in processes of their own against a model server on loopback: killed, resumed, and without names."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.loopback import Reply, loopback
from tests.test_cli import ENVIRONMENT, INTERVIEWS, ROOT

NAMES = (
    "Marijke",
    "van der Wal",
    "Gonda",
    "Hoekstra",
    "Femke",
    "Aalders",
    "Ciarán",
    "Devane",
    "Holloway",
    "Hannah",
    "Osei",
)
LINE = re.compile(r"^\[(\d+)\] (?!Interviewer)", re.MULTILINE)


def answer(body: dict[str, Any]) -> Reply:
    """A reader that codes the first line of a participant, and drafts nothing by itself."""
    prompt = "\n".join(str(message["content"]) for message in body["messages"])
    fields = body["response_format"]["json_schema"]["schema"]["properties"]
    if "emotions" in fields:
        cited = LINE.search(str(body["messages"][-1]["content"]))
        assert cited, prompt
        line = int(cited.group(1))
        said = {"first_line": line, "last_line": line, "label": "annoyed", "phase": "use", "sure": 5}
        feeling = said | {"emotion": "anger", "valence": -1, "intensity": 2, "stated": True, "trigger": None}
        return Reply(json.dumps({"motivations": [], "emotions": [feeling], "touchpoints": []}))
    empty: dict[str, Any] = {"groups": [], "claims": [], "quotes": [], "unknowns": [], "hero": 1}
    words = {"name": "Calm", "title": "A bill", "reading": "It began badly."}
    return Reply(json.dumps({field: (empty | words)[field] for field in fields}))


def start(folder: Path, base_url: str, *words: str) -> subprocess.Popen[str]:
    environment = {**ENVIRONMENT, "PYTHONPATH": str(ROOT), "OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "none"}
    command = [sys.executable, "-m", "synth", "run", str(INTERVIEWS), "--study", "S", "--model", "openai/m", "--json"]
    return subprocess.Popen(
        [*command, *words], cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def test_run_killed_in_the_middle_repeats_only_what_was_under_way(tmp_path: Path) -> None:
    reached = threading.Event()
    sent: Counter[str] = Counter()
    lock = threading.Lock()

    def counted(body: dict[str, Any]) -> Reply:
        with lock:
            sent[json.dumps(body["messages"], sort_keys=True)] += 1
            if len(sent) == 7:
                reached.set()
        return answer(body)

    with loopback(counted) as server:
        killed = start(tmp_path, server.base_url, "--concurrency", "2")
        assert reached.wait(120)
        os.kill(killed.pid, signal.SIGKILL)
        killed.communicate(timeout=60)
        report = finish(start(tmp_path, server.base_url, "--concurrency", "2"))
        # Two lanes: at most two answers were on their way when the process died.
        assert sum(count - 1 for count in sent.values()) <= 2
        again = finish(start(tmp_path, server.base_url))
    assert report["findings"]["emotion"] == 12
    assert report["calls"]["reused"] >= 4
    assert again["calls"]["made"] == 0
    assert again["findings"] == report["findings"]


def test_no_name_of_a_speaker_goes_over_the_wire_or_into_the_database(tmp_path: Path) -> None:
    with loopback(answer) as server:
        finish(start(tmp_path, server.base_url))
        sent = json.dumps([body["messages"] for body in server.sent], ensure_ascii=False)
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("synth.db*") if not path.name.endswith(".json"))
    assert "P02" in sent
    assert [name for name in NAMES if name in sent] == []
    assert [name for name in NAMES if name.encode() in stored] == []
    assert (next(tmp_path.glob("*.key.json")).stat().st_mode & 0o777) == 0o600


@pytest.mark.parametrize(("status", "says", "exits"), [(401, "key", 1), (404, "openai/m", 1)])
def test_server_that_refuses_is_one_line_and_stops_the_run(tmp_path: Path, status: int, says: str, exits: int) -> None:
    with loopback(lambda _body: Reply(status=status, error={"message": "no", "code": "x"})) as server:
        process = start(tmp_path, server.base_url, "--concurrency", "2")
        _, err = process.communicate(timeout=120)
        asked = len(server.sent)
    assert process.returncode == exits
    assert err.strip().splitlines()[-1].startswith("Error: ")
    assert says in err
    assert "Traceback" not in err
    assert asked <= 4


def test_server_that_is_not_there_is_said_with_its_address(tmp_path: Path) -> None:
    process = start(tmp_path, "http://127.0.0.1:9", "--sample", "1")
    _, err = process.communicate(timeout=280)
    assert process.returncode in (1, 3)
    assert "127.0.0.1:9" in err


def test_budget_stops_before_it_is_passed_and_says_where_it_cannot(tmp_path: Path) -> None:
    with loopback(answer) as server:
        priced = start(tmp_path, server.base_url, "--model", "openai/gpt-4o-mini", "--budget", "0.0001")
        out, err = priced.communicate(timeout=300)
        assert (priced.returncode, server.sent) == (4, []), err
        assert json.loads(out)["stopped"].startswith("The budget of $0.0001 would be passed; $0.0000 was spent.")
        report = finish(start(tmp_path, server.base_url, "--sample", "1", "--critic", "off", "--budget", "1"))
    assert report["calls"]["made"] > 0
    assert report["cost_usd"] is None
    assert "openai/m: its price is not known, so that --budget does not stop its calls." in " ".join(report["notes"])
