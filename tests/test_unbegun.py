"""A run that cannot begin says so at once and leaves nothing behind; what was there before stays."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from synth.analyst import CodeChunk, Request, Task
from synth.domain import Transcript
from synth.errors import InputError, ModelError
from synth.lanes import Limits
from synth.llm import ModelAnalyst, load_litellm
from synth.parse import ReadSettings
from synth.pipeline import names
from synth.pipeline.progress import Heeding, Silent
from synth.pipeline.run import RunSettings, run_study
from synth.pipeline.status import study_status
from synth.pipeline.taking import take_files
from synth.privacy import Key, Replaced, key_path, replace_names
from synth.store import open_store
from tests.scripted import ScriptedAnalyst, Step
from tests.test_pipeline import answers, folder, run, settings

__all__ = ["folder"]
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Item '.*' on TypedDict class:UserWarning"),
]
GONE = ModelError("scripted", "the key was refused", fatal=True)


def studies(folder: Path) -> list[str]:
    store = open_store(settings(folder).db)
    try:
        return [study.name for study in store.studies()]
    finally:
        store.close()


def refused(*_: object) -> Step:
    return GONE


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("gpt-99", "litellm knows no model or provider of this name. Write provider/name"),
        ("openai/nonexist", "OPENAI_API_KEY is not set. Put it into the environment or into .env"),
    ],
)
def test_a_model_that_cannot_be_asked_is_told_and_no_study_is_left(
    folder: Path, model: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(ModelError, match=f"^{model}: {told}"):
        run_study(replace(settings(folder), model=model), Silent())
    assert studies(folder) == []
    assert not key_path(settings(folder).db, "Bills").exists()


def test_a_key_that_is_refused_at_the_first_call_leaves_no_study(folder: Path) -> None:
    with pytest.raises(ModelError, match="the key was refused"):
        run(folder, ScriptedAnalyst(refused), names="replace")
    assert studies(folder) == []
    assert not key_path(settings(folder).db, "Bills").exists()
    report, _ = run(folder)
    assert report.exit_status == 0


def test_a_key_of_pseudonyms_that_was_there_before_stays(folder: Path) -> None:
    run(folder, names="replace")
    store = open_store(settings(folder).db)
    store.delete_study(store.study("Bills"))
    store.close()
    kept = key_path(settings(folder).db, "Bills").read_bytes()
    with pytest.raises(ModelError):
        run(folder, ScriptedAnalyst(refused), names="replace")
    assert studies(folder) == []
    assert key_path(settings(folder).db, "Bills").read_bytes() == kept


def test_a_study_stays_where_anything_was_answered(folder: Path) -> None:
    def once(task: Task, request: Request, complaint: str | None) -> Step:
        first = isinstance(task, CodeChunk) and task.transcript.name == "P01.txt"
        return answers(task, request, complaint) if first else GONE

    with pytest.raises(ModelError):
        run(folder, ScriptedAnalyst(once), concurrency=1)
    assert studies(folder) == ["Bills"]


def test_a_study_to_which_somebody_uploads_meanwhile_stays(folder: Path) -> None:
    def meanwhile(*_: object) -> Step:
        store = open_store(settings(folder).db)
        given = [("other.txt", b"Interviewer: How?\n\nP9: I rang them.\n")]
        take_files(store, store.study("Bills"), given, "Anna", ReadSettings())
        store.close()
        return GONE

    with pytest.raises(ModelError):
        run(folder, ScriptedAnalyst(meanwhile), concurrency=1)
    assert studies(folder) == ["Bills"]


def test_a_study_that_somebody_else_runs_meanwhile_stays(folder: Path) -> None:
    def meanwhile(*_: object) -> Step:
        store = open_store(settings(folder).db)
        store.begin_run(store.study("Bills"), "another")
        store.close()
        return GONE

    with pytest.raises(ModelError):
        run(folder, ScriptedAnalyst(meanwhile), concurrency=1)
    assert studies(folder) == ["Bills"]


def test_a_study_that_was_there_stays_whatever_the_next_run_is_asked(folder: Path) -> None:
    run(folder)
    with pytest.raises(ModelError):
        run_study(replace(settings(folder), model="foo/bar"), Silent())
    assert studies(folder) == ["Bills"]
    store = open_store(settings(folder).db)
    status = study_status(store, store.study("Bills"))
    assert (status.model, status.failures, (status.last_run or "")[:6]) == ("scripted", (), "failed")


def test_a_study_that_is_read_needs_nobody_who_can_be_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Known(ScriptedAnalyst):
        """Its answers are kept as those of a model, whose key is gone afterwards."""

        model, remote = "mistral/m", True

        def request(self, task: Task) -> Request:
            return ModelAnalyst(self.model).request(task)

    monkeypatch.delenv("MISTRAL_API_KEY", raising=False)
    chosen = replace(settings(folder), model=Known.model)
    run_study(chosen, Silent(), Known(answers))
    load_litellm()  # so that it is known at once that the key is gone
    report = run_study(chosen, Silent())
    assert (report.exit_status, report.calls_made) == (0, 0)


def test_files_of_which_none_can_be_read_leave_no_study(folder: Path) -> None:
    for file in folder.iterdir():
        file.write_bytes(b"\x00\x01\x02" * 200)
    with pytest.raises(InputError, match="No interview could be read"):
        run(folder)
    assert studies(folder) == []


def test_what_is_known_meanwhile_ends_the_reading_of_files() -> None:
    progress = Heeding(Silent())
    progress.begin("Reading files", 1000)
    progress.advance()
    progress.fail(GONE)
    with pytest.raises(ModelError):
        progress.advance()


def many_interviews(folder: Path) -> RunSettings:
    """Forty short ones, to be read with their names replaced by two lanes."""
    files = folder / "interviews"
    files.mkdir()
    for number in range(40):
        person = f"Pim V{chr(97 + number // 8)}g{chr(97 + number % 8)}sma"
        answer = f"{person}: I rang them {number} times, because nobody had told me what it would cost."
        said = "".join(f"Interviewer: What happened, {at}?\n\n{answer} {at}.\n\n" for at in range(6))
        (files / f"talk {number}.txt").write_text(said, encoding="utf-8")
    return replace(settings(files), db=str(folder / "s.db"), names="replace", limits=Limits(lanes=2))


def count_looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Transcripts in which names are replaced, one at a time."""
    looked_at: list[str] = []

    def noted(transcript: Transcript, key: Key) -> Replaced:
        looked_at.append(transcript.id)
        return replace_names(transcript, key)

    monkeypatch.setattr(names, "replace_names", noted)
    monkeypatch.setattr(names, "time", SimpleNamespace(monotonic=lambda: 0.0))
    return looked_at


def test_nobody_waits_for_names_of_the_rest_to_hear_that_the_model_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = many_interviews(tmp_path)
    looked_at = count_looks(monkeypatch)
    with pytest.raises(ModelError, match="the key was refused"):
        run_study(given, Silent(), ScriptedAnalyst(refused))
    assert len(looked_at) <= 2 * 2 + 1
    monkeypatch.undo()
    report = run_study(given, Silent(), ScriptedAnalyst(answers))
    assert report.read == 40
    with closing(open_store(given.db)) as store:
        assert all(store.names_replaced(store.studies()[0]).values())


def test_nobody_waits_for_names_of_the_rest_when_a_run_is_paused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = many_interviews(tmp_path)
    looked_at = count_looks(monkeypatch)
    paused = replace(given, asked_to_stop=lambda: "Paused." if looked_at else None)
    report = run_study(paused, Silent(), ScriptedAnalyst(answers))
    assert len(looked_at) <= 2 * 2 + 1
    assert (report.exit_status, report.stopped) == (4, "Paused. About 40 chunks are left.")
    assert report.chunks == 40
    monkeypatch.undo()
    report = run_study(given, Silent(), ScriptedAnalyst(answers))
    assert (report.exit_status, report.stopped) == (0, None)
    with closing(open_store(given.db)) as store:
        assert all(store.names_replaced(store.studies()[0]).values())
