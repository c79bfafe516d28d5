"""Somebody leaves a study while a run reads it: the run goes on without them, says so, and keeps nothing of theirs."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from synth.analyst import CodeChunk, Request, Task
from synth.errors import ModelError
from synth.messages import in_language
from synth.pipeline.loading import load_results
from synth.pipeline.progress import Silent
from synth.pipeline.run import run_study
from synth.pipeline.withdrawing import withdraw_participant
from synth.store import open_store
from tests.scripted import ScriptedAnalyst, Step, motivation, reply_of
from tests.test_pipeline import PEOPLE, answers, settings, write

TALK = """Interviewer: How did it begin?

P07: The bill came on a Monday, and I wanted to know for certain what it would be in the end.

P08: I saw a wombat that day, and I wanted to know nothing at all about any bill, to be frank with you.
"""
OWN = {"P01": "the kids were late", "P03": "half of our things were in boxes"}


class Leaving:
    """Answers as a sensible model does; while it is asked for the first time, to read or to draft, somebody leaves."""

    def __init__(self, folder: Path, who: str, *, drafting: bool = False) -> None:
        self._folder, self._who, self._drafting = folder, who, drafting

    def __call__(self, task: Task, request: Request, complaint: str | None) -> Step:
        if self._who and self._drafting is not isinstance(task, CodeChunk):
            with closing(open_store(str(self._folder.parent / "study.db"))) as store:
                withdraw_participant(store, store.study("Bills"), self._who)
            self._who = ""
        if isinstance(task, CodeChunk):
            # A label repeats what somebody said, as a model's may.
            said = task.transcript.text.rpartition("nothing else. ")[2].strip() or "certainty"
            return reply_of(motivation(2, label=said[:60]))
        return answers(task, request, complaint)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "interviews"
    made.mkdir()
    return made


@pytest.mark.parametrize("remote", [False, True])
@pytest.mark.parametrize("who", ["P01", "P03"], ids=["who-is-read", "who-is-still-to-be-read"])
@pytest.mark.parametrize("drafting", [False, True], ids=["reading", "drafting"])
def test_run_goes_on_without_somebody_who_leaves_and_keeps_nothing_of_theirs(
    folder: Path, who: str, drafting: bool, remote: bool
) -> None:
    for person in PEOPLE:
        write(folder, person)
    reader = ScriptedAnalyst(Leaving(folder, who, drafting=drafting))
    reader.remote = remote
    report = run_study(settings(folder, concurrency=2), Silent(), reader)
    assert report.exit_status == 0
    assert any(one.startswith("Somebody left the study meanwhile") for one in report.notes)
    assert all(in_language(one, "nl") != one for one in report.notes)
    db = folder.parent / "study.db"
    with closing(open_store(str(db))) as store:
        results = load_results(store, store.study("Bills"))
        store.scrub()
    assert {one.id for one in results.participants} == set(PEOPLE) - {who}
    assert results.draft.personas
    assert who not in {person for one in results.draft.personas for person in one.participant_ids}
    left = b"".join(path.read_bytes() for path in db.parent.glob("study.db*") if path.suffix != ".json")
    assert OWN[who].encode() not in left
    assert OWN[({*OWN} - {who}).pop()].encode() in left


@pytest.mark.parametrize("known", [True, False], ids=["study-that-was-there", "study-of-this-run"])
def test_run_that_fails_keeps_nothing_either_of_who_left(folder: Path, known: bool) -> None:
    if known:
        write(folder, "P04")
        run_study(settings(folder), Silent(), ScriptedAnalyst(answers))
    write(folder, "P01")
    write(folder, "P03")
    leaving = Leaving(folder, "P01")

    def refused_then(task: Task, request: Request, complaint: str | None) -> Step:
        if isinstance(task, CodeChunk) and task.transcript.name == "P01.txt":
            return leaving(task, request, complaint)
        return ModelError("scripted", "the key was refused", fatal=True)

    with pytest.raises(ModelError, match="the key was refused"):
        run_study(settings(folder, concurrency=1), Silent(), ScriptedAnalyst(refused_then))
    with closing(open_store(str(folder.parent / "study.db"))) as store:
        assert store.withdrawals(store.study("Bills")) == 1
        store.scrub()
    assert OWN["P01"].encode() not in (folder.parent / "study.db").read_bytes()


def test_what_others_said_in_an_interview_with_somebody_who_left_is_read_by_the_next_run(folder: Path) -> None:
    (folder / "A first.txt").write_text(TALK, encoding="utf-8")
    write(folder, "P01")
    leaving = ScriptedAnalyst(Leaving(folder, "P08"))
    report = run_study(settings(folder, concurrency=1), Silent(), leaving)
    assert (report.exit_status, [one.why for one in report.failures]) == (
        3, ["somebody who speaks in it left meanwhile. Run again."],
    )  # fmt: skip
    again = run_study(settings(folder), Silent(), ScriptedAnalyst(Leaving(folder, "")))
    assert again.exit_status == 0
    assert "wombat" not in str([task for task, _ in leaving.asked[1:]])
    with closing(open_store(str(folder.parent / "study.db"))) as store:
        assert b"wombat" not in (folder.parent / "study.db").read_bytes()
        assert {one.participant_id for one in store.findings(store.study("Bills"))} == {"P01", "P07"}
