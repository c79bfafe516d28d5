"""The command line as users and other programs meet it: exit statuses, one line an error, JSON, nothing early."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sqlite3
import struct
import subprocess
import sys
import termios
from contextlib import closing
from pathlib import Path
from typing import IO, Any

import pytest
from click.testing import CliRunner

from synth.cli import _COMMANDS, cli
from synth.cli.terminal import TerminalProgress
from synth.store import open_store
from tests.scripted import interview

ROOT = Path(__file__).parents[1]
INTERVIEWS = ROOT / "fixtures" / "interviews"
HEAVY = ("litellm", "fastapi", "dask", "numpy", "langchain_text_splitters", "jinja2")
ENVIRONMENT = {**os.environ, "SYNTH_OFFLINE_EMBEDDINGS": "0", "SYNTH_MODEL": "", "SYNTH_DB": "", "SYNTH_NAMES": ""}


def synth(
    folder: Path, *words: str, stdout: IO[str] | int = subprocess.PIPE, **environment: str
) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own, in this folder, without anybody's keys."""
    ours = {name: value for name, value in ENVIRONMENT.items() if not name.endswith("_API_KEY")}
    return subprocess.run(
        [sys.executable, "-m", "synth", *words],
        cwd=folder, env={**ours, "PYTHONPATH": str(ROOT), **environment},
        stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A folder in which the fixtures were read, and what the run printed."""
    folder = tmp_path_factory.mktemp("run")
    ended = synth(folder, "run", str(INTERVIEWS), "--study", "Home energy", "--json")
    assert ended.returncode == 0, ended.stderr
    return folder, json.loads(ended.stdout)


def test_run_prints_the_contract_as_one_json_object(done: tuple[Path, dict[str, Any]]) -> None:
    _, report = done
    assert {
        "study", "transcripts", "chunks", "calls", "tokens", "cost_usd", "findings", "themes", "personas",
        "unassigned", "coverage", "seconds", "report",
    } <= set(report)  # fmt: skip
    assert report["transcripts"] == {"read": 12, "failed": []}
    assert set(report["findings"]) == {"motivation", "emotion", "touchpoint", "refused"}
    assert set(report["calls"]) == {"made", "reused", "failed"}


def test_run_names_everybody_in_a_persona_or_outside_all(done: tuple[Path, dict[str, Any]]) -> None:
    _, report = done
    inside = [person for persona in report["personas"] for person in persona["participants"]]
    outside = [one["participant"] for one in report["unassigned"]]
    assert sorted(inside + outside) == [f"P{number:02}" for number in range(1, 14)]
    assert 1 <= len(report["personas"]) <= 5


def test_second_run_makes_no_call_and_says_the_same(done: tuple[Path, dict[str, Any]]) -> None:
    folder, first = done
    ended = synth(folder, "run", str(INTERVIEWS), "--study", "Home energy", "--json")
    second = json.loads(ended.stdout)
    assert second["calls"]["made"] == 0
    assert {key: second[key] for key in ("findings", "personas", "unassigned")} == {
        key: first[key] for key in ("findings", "personas", "unassigned")
    }


def test_every_evidence_equals_the_slice_that_it_points_to(done: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = done
    exported = json.loads(synth(folder, "export", "Home energy", "--format", "json").stdout)
    texts = {one["id"]: one["text"] for one in exported["transcripts"]}
    found = list(evidence_in(exported))
    assert len(found) > 500
    assert all(texts[one["transcript_id"]][one["start"] : one["end"]] == one["text"] for one in found)
    plain = {path.name: path.read_text(encoding="utf-8") for path in INTERVIEWS.glob("*.txt")}
    of_files = [one for one in found if one["transcript"] in plain]
    assert of_files
    assert all(plain[one["transcript"]][one["start"] : one["end"]] == one["text"] for one in of_files)


def evidence_in(value: Any) -> Any:
    """Every evidence object anywhere in an export."""
    if isinstance(value, dict):
        if {"transcript", "first_line", "start", "text"} <= set(value):
            yield value
        for inner in value.values():
            yield from evidence_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from evidence_in(inner)


@pytest.mark.parametrize(("format_", "begins"), [("html", b"<!doctype html"), ("md", b"# "), ("csv", b"\xef\xbb\xbf")])
def test_export_writes_each_format(done: tuple[Path, dict[str, Any]], format_: str, begins: bytes) -> None:
    folder, _ = done
    out = folder / f"result.{format_}"
    ended = synth(folder, "export", "Home energy", "--format", format_, "--out", str(out))
    assert ended.returncode == 0, ended.stderr
    assert out.read_bytes().lower().startswith(begins)


def test_report_shows_no_name_of_a_speaker(done: tuple[Path, dict[str, Any]]) -> None:
    folder, report = done
    page = (folder / report["report"]).read_text(encoding="utf-8")
    assert not [name for name in ("Marijke", "Gonda", "Hoekstra", "Devane", "Hannah Osei") if name in page]


def test_status_counts_what_is_there(done: tuple[Path, dict[str, Any]]) -> None:
    folder, report = done
    status = json.loads(synth(folder, "status", "Home energy", "--json").stdout)
    assert (status["transcripts"], status["participants"]) == (12, 13)
    assert status["personas"] == len(report["personas"])


def test_decision_is_shown_in_the_next_export(done: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = done
    exported = json.loads(synth(folder, "export", "Home energy", "-f", "json").stdout)
    claim = exported["personas"][0]["claims"][0]
    ended = synth(folder, "decide", "Home energy", claim["id"], "edit", "--text", "Wil één bedrag.", "--by", "JB")
    assert ended.returncode == 0, ended.stderr
    again = json.loads(synth(folder, "export", "Home energy", "-f", "json").stdout)
    changed = again["personas"][0]["claims"][0]
    assert (changed["text"], changed["state"]) == ("Wil één bedrag.", "edited")


def test_parse_prints_the_contract(tmp_path: Path) -> None:
    read = json.loads(synth(tmp_path, "parse", str(INTERVIEWS / "P08.vtt"), "--json").stdout)
    assert {"format", "language", "encoding", "speakers", "turns", "lines", "skipped"} <= set(read)
    assert [(one["role"], one["turns"]) for one in read["speakers"]] == [("interviewer", 22), ("participant", 22)]
    assert read["turns"][0]["start_seconds"] is not None
    assert [line["number"] for line in read["lines"]] == list(range(1, len(read["lines"]) + 1))


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["run", "nowhere"], 1, "no such file or folder"),
        (["run"], 2, "Missing argument"),
        (["run", str(INTERVIEWS), "--personas", "9"], 2, "1 to 5"),
        (["run", str(INTERVIEWS), "--scheduler", "tcp://x:1"], 2, "--engine dask"),
        (["run", str(INTERVIEWS), "--batch"], 2, "--model"),
        (["run", str(INTERVIEWS), "--personas-file", "none.yaml"], 1, "none.yaml"),
        (["serve", "--host", "name"], 2, "numeric address"),
        (["run", str(INTERVIEWS), "--framework", "unknown"], 1, "customer"),
        (["run", str(INTERVIEWS), "--model", "nosuchprovider/x"], 1, "docs/models.md"),
        (["run", str(INTERVIEWS), "--db", "no/such/folder/x.db"], 1, "folder"),
        (["status", "--db", "none.db"], 1, "synth run"),
        (["export", "Nothing", "-f", "json", "--db", "none.db"], 1, "synth run"),
        (["parse", "none.txt"], 1, "no such file"),
        (["eval", "."], 1, "gold"),
        (["eval", "nowhere"], 1, "no such folder"),
        (["decide", "s", "c", "reject"], 2, "--why"),
    ],
)
def test_what_cannot_be_is_one_line_that_says_what_to_do(
    tmp_path: Path, words: list[str], status: int, says: str
) -> None:
    ended = synth(tmp_path, *words)
    assert ended.returncode == status, ended.stderr
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr
    assert status == 2 or ended.stderr.strip().splitlines()[-1].startswith("Error: ")


def test_format_that_there_is_not_is_a_fault_of_usage(done: tuple[Path, dict[str, Any]]) -> None:
    ended = synth(done[0], "export", "Home energy", "-f", "docx")
    assert (ended.returncode, ended.stderr) == (2, "Error: No format 'docx': give one of json, html, md, csv.\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
@pytest.mark.parametrize("words", [["parse", str(INTERVIEWS / "P01.txt")], ["export", "Home energy", "-f", "csv"]])
def test_results_for_which_there_is_no_room_are_told_in_one_line(
    done: tuple[Path, dict[str, Any]], words: list[str]
) -> None:
    with Path("/dev/full").open("w") as full:
        ended = synth(done[0], *words, stdout=full)
    said = "Error: What is printed: this cannot be written or read (No space left on device).\n"
    assert (ended.returncode, ended.stderr) == (1, said)


def test_study_name_may_be_anything(tmp_path: Path) -> None:
    folder = tmp_path / "interviews"
    folder.mkdir()
    (folder / "P01.txt").write_bytes((INTERVIEWS / "P01.txt").read_bytes())
    ended = synth(tmp_path, "run", str(folder), "--study", "../a/b 🦆", "--json")
    assert ended.returncode == 0, ended.stderr
    report = Path(tmp_path, json.loads(ended.stdout)["report"])
    assert report.parent == tmp_path / "synth-report"
    assert report.is_file()


def test_report_where_a_file_stands_is_one_line_that_says_how_to_write_it_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    ended = synth(tmp_path, "run", str(INTERVIEWS / "P01.txt"), "--study", "S", "--out", "taken")
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "synth export 'S' -f html --out FILE" in ended.stderr.splitlines()[-1]
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "mine"


def test_bad_files_are_listed_and_the_rest_is_done(tmp_path: Path) -> None:
    folder = tmp_path / "interviews"
    folder.mkdir()
    (folder / "P01.txt").write_bytes((INTERVIEWS / "P01.txt").read_bytes())
    (folder / "image.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    (folder / "broken.json").write_text('{"segments": [', encoding="utf-8")
    (folder / "again.md").write_bytes((INTERVIEWS / "P01.txt").read_bytes())
    ended = synth(tmp_path, "run", str(folder), "--json")
    assert ended.returncode == 3
    report = json.loads(ended.stdout)
    assert report["transcripts"]["read"] == 1
    assert {one["path"] for one in report["transcripts"]["failed"]} == {"P01.txt", "image.txt", "broken.json"}


def test_what_was_given_now_is_told_apart_from_the_whole_study(tmp_path: Path) -> None:
    words = ("--study", "S", "--language", "en")
    first = synth(tmp_path, "run", str(INTERVIEWS / "P01.txt"), *words)
    assert "\n1 interview, 1 person, " in first.stdout
    later = synth(tmp_path, "run", str(INTERVIEWS / "P03.vtt"), *words)
    assert "\n2 interviews (1 of them given now), 2 people, " in later.stdout


@pytest.mark.parametrize("command", [["run", "--dry-run"], ["redact"], ["eval"]], ids=lambda words: " ".join(words))
def test_what_looks_at_files_ends_with_3_where_one_of_them_was_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYNTH_OFFLINE_EMBEDDINGS", "0")
    gold = {"participant": "P01", "language": "en", "study": "T", "items": []}
    for name, words in {"P01": (INTERVIEWS / "P01.txt").read_bytes(), "P02": b"\x89PNG\r\n\x1a\n" * 99}.items():
        (tmp_path / f"{name}.txt").write_bytes(words)
        (tmp_path / f"{name}.json").write_text(json.dumps(gold | {"participant": name}), encoding="utf-8")
    given = ["."] if command == ["eval"] else ["P01.txt", "P02.txt", "--db", "s.db"]
    ended = CliRunner().invoke(cli, [*command, *given])
    assert ended.exit_code == 3, ended.output
    assert "P02.txt: " in ended.output
    (tmp_path / "P01.txt").unlink()
    if command == ["redact"]:
        nothing = CliRunner().invoke(cli, ["redact", "P02.txt", "--db", "s.db"])
        assert str(nothing.exception).startswith("No interview could be read. P02.txt: ")


def test_dry_run_sends_nothing_and_leaves_no_database(tmp_path: Path) -> None:
    ended = synth(tmp_path, "run", str(INTERVIEWS), "--dry-run", "--json")
    estimate = json.loads(ended.stdout)
    assert (estimate["transcripts"], estimate["cost_usd"]) == (12, 0.0)
    assert list(tmp_path.iterdir()) == []


def test_dry_run_says_how_much_is_reading_drafting_and_the_critic(tmp_path: Path) -> None:
    ended = synth(tmp_path, "run", str(INTERVIEWS / "P01.txt"), "--dry-run", "--model", "openai/gpt-4o-mini")
    rows = {line.split()[0]: line.split() for line in ended.stdout.splitlines() if line[:1].isalpha()}
    tokens = [int(rows[part][2].replace(",", "")) for part in ("Reading", "Drafting", "Critic", "All")]
    assert sum(tokens[:3]) == tokens[3]
    assert all(rows[part][4].startswith("$") for part in ("Reading", "Drafting", "Critic", "All"))


@pytest.mark.parametrize("command", [[], *([name] for name in _COMMANDS)])
def test_every_command_has_help_with_an_example(command: list[str]) -> None:
    shown = CliRunner().invoke(cli, [*command, "--help"])
    assert shown.exit_code == 0
    assert f"synth {' '.join(command)}".strip() in shown.output


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys, synth.cli as c; c.cli(['--help'], standalone_mode=False); "
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={**ENVIRONMENT, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert ended.stdout.splitlines()[-1] == "[]"


def test_offline_run_never_imports_litellm_or_fastapi(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom synth.pipeline.progress import Silent\n"
        "from synth.pipeline.run import RunSettings, run_study\n"
        f"run_study(RunSettings.make([{str(INTERVIEWS / 'P01.txt')!r}], db='x.db'), Silent())\n"
        "print([m for m in ('litellm', 'fastapi', 'dask', 'openai') if m in sys.modules])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={**ENVIRONMENT, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert ended.stdout.splitlines()[-1] == "[]"


def test_withdrawn_participant_leaves_no_word_in_the_database(tmp_path: Path) -> None:
    folder = tmp_path / "interviews"
    folder.mkdir()
    for name in ("P01.txt", "P04.md", "participants.csv"):
        (folder / name).write_bytes((INTERVIEWS / name).read_bytes())
    assert synth(tmp_path, "run", str(folder), "--study", "S").returncode == 0
    words = "brandnetel"
    assert any(words.encode() in path.read_bytes() for path in tmp_path.glob("synth.db*"))
    ended = synth(tmp_path, "withdraw", "S", "P04")  # no terminal: there is nobody to be asked
    assert ended.returncode == 0, ended.stderr
    assert not [path for path in tmp_path.glob("synth.db*") if words.encode() in path.read_bytes()]


def test_doctor_says_what_is_set_up(tmp_path: Path) -> None:
    ended = synth(tmp_path, "doctor")
    assert ended.returncode == 0, ended.stderr
    assert "needs no key" in ended.stdout
    missing = synth(tmp_path, "doctor", "--model", "anthropic/claude-x")
    assert missing.returncode == 1
    assert "ANTHROPIC_API_KEY" in missing.stdout


def test_who_stops_a_command_is_told_that_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("synth.store.open_store", stopped)
    said = CliRunner().invoke(cli, ["status", "--db", str(tmp_path / "s.db")])
    assert said.exit_code == 130
    assert said.stderr == "Stopped. What was done is stored; the same command goes on from here.\n"


def test_results_in_a_file_are_utf_8_in_every_locale(tmp_path: Path) -> None:
    (tmp_path / "Zoë.txt").write_text("Interviewer: Hoe was het?\n\nZoë Čapek: Eén woord: goed.\n", encoding="utf-8")
    for words in (["Zoë.txt"], ["Zoë.txt", "--json"]):
        ended = synth(tmp_path, "parse", *words, PYTHONIOENCODING="cp1252", PYTHONUTF8="1")
        assert ended.returncode == 0, ended.stderr
        assert "Zoë Čapek" in ended.stdout


def test_pressing_ctrl_c_once_more_while_python_ends_says_nothing(tmp_path: Path) -> None:
    pressing = (
        "import atexit, os, signal, sys; from synth.cli import main; "
        "atexit.register(lambda: os.kill(os.getpid(), signal.SIGINT)); sys.argv = ['synth', '--version']; main()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", pressing], cwd=tmp_path, env={**ENVIRONMENT, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (-signal.SIGINT, "")


@pytest.mark.parametrize("columns", [24, 200])
def test_progress_is_no_wider_than_the_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    theirs, ours = os.openpty()
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with os.fdopen(theirs, "rb", buffering=0) as shown, os.fdopen(ours, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        TerminalProgress().begin("Drafting personas and maps", 12)
        drawn = shown.read(1000).decode().removeprefix("\r\x1b[K")
    assert drawn.startswith("Drafting personas and")
    assert len(drawn) < columns
    assert (columns > len(drawn) + 1) == (" 0 of 12" in drawn)


def test_withdrawal_that_could_not_overwrite_the_words_ends_with_3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("synth.store.base.LOCK_SECONDS", 0.05)
    with closing(open_store("s.db")) as store:
        store.put_transcript(store.add_study("S", "", "en", "customer", ""), interview(), names="kept")
    with closing(sqlite3.connect("s.db")) as reading:
        reading.execute("begin")
        assert reading.execute("select count(*) from lines").fetchone()[0] > 0
        withdrawn = CliRunner().invoke(cli, ["withdraw", "S", "P1", "--db", "s.db", "--json"])
        assert (withdrawn.exit_code, json.loads(withdrawn.stdout)["clean"]) == (3, False)
        assert CliRunner().invoke(cli, ["withdraw", "S", "--scrub", "--db", "s.db"]).exit_code == 3
    assert CliRunner().invoke(cli, ["withdraw", "S", "--scrub", "--db", "s.db"]).exit_code == 0
