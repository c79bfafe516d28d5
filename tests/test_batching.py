"""Reading by batch: handed in once, collected by a later run, and nothing paid twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from synth.cli.calls import calls
from synth.errors import ModelError, NotFoundError, SettingError
from synth.pipeline.batching import cancel_batch
from synth.pipeline.progress import Silent
from synth.pipeline.run import RunSettings, run_study
from synth.pipeline.run_report import RunReport
from synth.store import Store, open_store
from tests.batch_server import BatchServer, batch_server
from tests.loopback import Reply
from tests.test_model_run import answer

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Item '.*' on TypedDict class:UserWarning"),
]
INTERVIEW = "Interviewer: How did it begin?\n\nP{0}: The bill of {0} was twice as high. I was furious.\n"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[BatchServer]:
    with batch_server(answer) as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.base_url)
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        yield running


def run(folder: Path, people: int = 4, **options: Any) -> RunReport:
    interviews = folder / "interviews"
    interviews.mkdir(exist_ok=True)
    for number in range(1, people + 1):
        (interviews / f"P{number:02}.txt").write_text(INTERVIEW.format(f"{number:02}"), encoding="utf-8")
    given: dict[str, Any] = {"db": str(folder / "s.db"), "study": "S", "model": "openai/m", "batch": True} | options
    settings = RunSettings.make([str(interviews)], out_dir=str(folder / "report"), critic="off", **given)
    return run_study(settings, Silent())


def store_of(folder: Path) -> Store:
    return open_store(str(folder / "s.db"))


def coded_live(server: BatchServer) -> int:
    return sum("emotions" in body["response_format"]["json_schema"]["schema"]["properties"] for body in server.live)


def test_batch_is_handed_in_collected_and_used_like_live_answers(tmp_path: Path, server: BatchServer) -> None:
    first = run(tmp_path)
    assert (first.exit_status, first.batch["submitted"], first.personas) == (3, 4, ())
    assert "4 chunks wait in a batch" in (first.stopped or "")
    (line, *_) = server.lines("batch_1")
    assert (line["url"], line["body"]["model"], line["body"]["seed"]) == ("/v1/chat/completions", "m", 7)
    assert "twice as high" in line["body"]["messages"][1]["content"]
    server.work_off()
    second = run(tmp_path)
    assert (second.exit_status, second.batch) == (0, {"collected": 4, "refused": 0, "submitted": 0})
    assert second.finding_counts["emotion"] == 4
    assert second.input_tokens >= 4 * 120
    assert coded_live(server) == 0
    assert server.files == {}, "the provider keeps nothing of what people said"
    stored = [call for call in store_of(tmp_path).study_calls(store_of(tmp_path).study("S")) if "chunk" in call.task]
    assert len(stored) == 4
    live = run(tmp_path, batch=False)
    assert (live.calls_made, live.finding_counts["emotion"]) == (0, 4)


def test_prompt_of_a_collected_answer_can_be_looked_at(tmp_path: Path, server: BatchServer) -> None:
    run(tmp_path, people=1)
    server.work_off()
    run(tmp_path, people=1)
    store = store_of(tmp_path)
    (call,) = [one for one in store.study_calls(store.study("S")) if one.task == "code_chunk"]
    whole = store.whole_call(store.study("S"), call.key)
    assert "twice as high" in whole.prompt
    assert whole.participant_ids == ("P01",)


def test_batch_under_way_is_neither_handed_in_again_nor_asked_live(tmp_path: Path, server: BatchServer) -> None:
    run(tmp_path)
    again, live = run(tmp_path), run(tmp_path, batch=False)
    assert (again.exit_status, live.exit_status) == (3, 3)
    assert any("under way: 0 of 4" in note for note in again.notes)
    assert (len(server.batches), server.live) == (1, [])
    added = run(tmp_path, people=5)
    assert (added.batch["submitted"], len(server.batches)) == (1, 2)


def test_line_that_the_batch_refused_is_asked_live(tmp_path: Path, server: BatchServer) -> None:
    run(tmp_path)
    server.script = lambda body: Reply(status=500) if "bill of 03" in json.dumps(body) else answer(body)
    server.work_off()
    server.script = answer
    report = run(tmp_path)
    assert (report.exit_status, report.batch["refused"], coded_live(server)) == (0, 1, 1)
    assert report.finding_counts["emotion"] == 4


def test_batch_that_expired_keeps_its_answers_and_the_rest_is_handed_in_anew(
    tmp_path: Path, server: BatchServer
) -> None:
    run(tmp_path)
    server.work_off("expired", most=3)
    report = run(tmp_path)
    assert (report.batch["collected"], report.batch["submitted"], report.exit_status) == (3, 1, 3)
    assert len(server.lines("batch_2")) == 1
    assert coded_live(server) == 0


def test_batch_that_is_refused_as_a_whole_stops_with_one_line_and_can_be_left(
    tmp_path: Path, server: BatchServer
) -> None:
    run(tmp_path)
    server.work_off("failed", code="token_limit_exceeded")
    with pytest.raises(ModelError, match=r"refused batch batch_1 \(token_limit_exceeded\)"):
        run(tmp_path)
    assert coded_live(server) == 0
    assert run(tmp_path, batch=False).finding_counts["emotion"] == 4


def test_batch_handed_in_just_before_the_program_ended_is_found_again(
    tmp_path: Path, server: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Store, "name_batch", killed)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path)
    assert len(server.batches) == 1
    server.work_off()
    report = run(tmp_path)
    assert (report.batch["collected"], len(server.batches), coded_live(server)) == (4, 1, 0)


def test_answer_of_somebody_who_withdrew_is_not_kept(tmp_path: Path, server: BatchServer) -> None:
    run(tmp_path)
    store = store_of(tmp_path)
    store.withdraw(store.study("S"), "P02")
    server.work_off()
    run(tmp_path)
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("s.db*") if not path.name.endswith(".json"))
    assert (b"bill of 02" in raw, b"bill of 03" in raw) == (False, True)
    assert len(store_of(tmp_path).unnoted_calls()) == 0


def test_file_of_a_batch_that_is_not_taken_is_deleted_at_the_provider(tmp_path: Path, server: BatchServer) -> None:
    server.refuse_batches = 400
    with pytest.raises(ModelError, match="no_batches"):
        run(tmp_path)
    assert (server.files, server.batches) == ({}, {})
    server.refuse_batches = 0
    assert run(tmp_path).batch["submitted"] == 4


def test_batch_that_was_taken_though_the_answer_was_lost_is_not_handed_in_twice(
    tmp_path: Path, server: BatchServer
) -> None:
    server.refuse_batches = 500
    with pytest.raises(ModelError):
        run(tmp_path)
    server.refuse_batches = 0
    server.work_off()
    report = run(tmp_path)
    assert (report.batch["collected"], len(server.batches), server.files) == (4, 1, {})


def test_files_that_the_provider_does_not_delete_are_told(tmp_path: Path, server: BatchServer) -> None:
    run(tmp_path)
    server.work_off()
    server.refuse_deleting = True
    assert any("did not delete its files" in note for note in run(tmp_path).notes)


def test_answer_with_a_line_separator_in_its_words_is_one_line_of_a_batch(tmp_path: Path, server: BatchServer) -> None:
    run(tmp_path, people=1)
    server.work_off()
    output = server.batches["batch_1"]["output_file_id"]
    assert b"annoyed" in server.files[output]
    server.files[output] = server.files[output].replace(b"annoyed", "annoyed\u2028twice\x85".encode())
    report = run(tmp_path, people=1)
    assert (report.batch["collected"], report.finding_counts["emotion"]) == (1, 1)


def test_answer_that_came_live_meanwhile_stays_and_is_paid_once(tmp_path: Path, server: BatchServer) -> None:
    run(tmp_path, people=1)
    run(tmp_path, people=1, study="Other", batch=False)
    server.script = lambda body: Reply(str(answer(body).content).replace("annoyed", "another"))
    server.work_off()
    report = run(tmp_path, people=1)
    assert report.batch["collected"] == 0
    store = store_of(tmp_path)
    for name in ("S", "Other"):
        (call,) = [one for one in store.study_calls(store.study(name)) if one.task == "code_chunk"]
        assert "annoyed" in store.whole_call(store.study(name), call.key).raw


def test_price_in_a_batch_is_half_or_as_listed() -> None:
    from synth.batches import Batches
    from synth.llm import ModelAnalyst, load_litellm

    live = sum(load_litellm().cost_per_token("openai/gpt-4o-mini", prompt_tokens=1_000_000, completion_tokens=1000))
    assert Batches(ModelAnalyst("openai/gpt-4o-mini")).price(1_000_000, 1000) == pytest.approx(live / 2)
    assert Batches(ModelAnalyst("openai/m")).price(1, 1) is None


@pytest.mark.parametrize(
    ("options", "said"),
    [({"model": "offline"}, "built-in reader"), ({"passes": 2}, "reads once"), ({"engine": "dask"}, "--engine"),
     ({"model": "ollama_chat/m"}, "no batch interface")],
)  # fmt: skip
def test_what_cannot_be_batched_is_refused_in_one_line(
    tmp_path: Path, server: BatchServer, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(SettingError, match=said):
        run(tmp_path, **options)
    assert server.batches == {}


def test_batch_is_cancelled_and_what_it_answered_is_collected(tmp_path: Path, server: BatchServer) -> None:
    run(tmp_path)
    store = store_of(tmp_path)
    with pytest.raises(NotFoundError, match="There are: batch_1"):
        asyncio.run(cancel_batch(store, store.study("S"), "batch_9"))
    store.close()
    said = CliRunner().invoke(calls, ["S", "--cancel-batch", "batch_1", "--db", str(tmp_path / "s.db")])
    assert "is being cancelled" in said.output
    assert server.batches["batch_1"]["status"] == "cancelled"
    report = run(tmp_path, batch=False)
    assert report.exit_status == 3, "until it is collected nobody knows what was answered"
    assert run(tmp_path).batch["submitted"] == 4


def test_batches_are_listed_with_the_calls(tmp_path: Path, server: BatchServer) -> None:
    run(tmp_path)
    db = str(tmp_path / "s.db")
    page = CliRunner().invoke(calls, ["S", "--db", db]).output
    assert "batch_1" in page
    assert "under way" in page
    server.work_off()
    run(tmp_path)
    (found,) = json.loads(CliRunner().invoke(calls, ["S", "--db", db, "--json"]).output)["batches"]
    assert (found["id"], found["state"], found["requests"], found["answered"]) == ("batch_1", "collected", 4, 4)
