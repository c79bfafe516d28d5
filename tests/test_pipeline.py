"""The main job, driven by a scripted analyst: resumed, extended, stopped, and honest about what failed."""

from __future__ import annotations

import json
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from synth.analyst import CodeChunk, CritiqueClaims, DraftClaims, DraftMap, DraftPersona, MergeLabels, Request, Task
from synth.domain import Motivation
from synth.errors import InputError, ModelError, NotFoundError, SettingError
from synth.pipeline.deciding import decide_claim
from synth.pipeline.loading import load_results
from synth.pipeline.progress import Silent
from synth.pipeline.run import RunSettings, prepare_study, run_study
from synth.pipeline.run_report import RunReport
from synth.pipeline.status import study_status
from synth.store import open_store
from tests.scripted import EMPTY, ScriptedAnalyst, Step, emotion, motivation, reply_of, touchpoint

INTERVIEW = """Interviewer: How did it begin?

{name}: The bill was twice as high as the year before. I was furious about that bill. So I called the supplier at once.

Interviewer: And then?

{name}: They told me to write them a letter about it. I only want to know what I will pay in the end, nothing else.
"""
PEOPLE = ("P01", "P02", "P03", "P04")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "interviews"
    made.mkdir()
    for person in PEOPLE:
        write(made, person)
    return made


def write(folder: Path, person: str) -> None:
    own = {
        "P01": "It lay on the mat one Monday morning, and the kids were late for school.",
        "P02": "My neighbour had warned me in the spring, but who listens to a man with three dogs.",
        "P03": "We had just moved, half of our things were in boxes and the heating made a noise.",
        "P04": "I opened it at work, between two meetings, with a sandwich in my other hand.",
        "P05": "At first I took it for an advertisement and nearly threw it in with the old paper.",
    }[person]
    text = INTERVIEW.format(name=person).replace("nothing else.", f"nothing else. {own}")
    (folder / f"{person}.txt").write_text(text, encoding="utf-8")


def settings(folder: Path, **changes: Any) -> RunSettings:
    made: dict[str, Any] = {"db": str(folder.parent / "study.db"), "study": "Bills", "model": "scripted"}
    rest = {"out_dir": str(folder.parent / "report"), "personas": "1"} | changes
    return RunSettings.make([str(folder)], **made, **rest)


def answers(task: Task, _request: Request, _complaint: str | None) -> Step:
    """What a sensible model would say to each task."""
    if isinstance(task, CodeChunk):
        return reply_of(motivation(7), emotion(3), touchpoint(4), touchpoint(6, channel="letter"))
    if isinstance(task, MergeLabels):
        members = list(range(1, len(task.findings) + 1))
        return json.dumps({"groups": [{"label": "the bill", "members": members}]})
    claim = {"key": None, "findings": [1], "against": []}
    if isinstance(task, DraftPersona):
        claims = [claim | {"section": "stated", "phase": None, "text": "Wants to know the sum."}]
        return json.dumps({"name": "No surprises", "claims": claims, "hero": 1, "quotes": [1], "unknowns": []})
    if isinstance(task, DraftClaims):
        return json.dumps({"claims": []})
    if isinstance(task, CritiqueClaims):
        said = [
            {"claim": number, "verdict": "stands", "against": [], "why": ""}
            for number in range(1, len(task.claims) + 1)
        ]
        return json.dumps({"verdicts": said})
    assert isinstance(task, DraftMap)
    claims = [claim | {"section": "doing", "phase": "use", "text": "I call the supplier."}]
    return json.dumps({"title": "I get a bill", "claims": claims, "quotes": [1], "reading": "It began badly."})


def run(folder: Path, analyst: ScriptedAnalyst | None = None, **changes: Any) -> tuple[RunReport, ScriptedAnalyst]:
    scripted = analyst or ScriptedAnalyst(answers)
    return run_study(settings(folder, **changes), Silent(), scripted), scripted


def test_files_become_personas_with_evidence_and_a_report(folder: Path) -> None:
    report, _ = run(folder)
    assert (report.exit_status, report.read, report.participants) == (0, 4, 4)
    assert report.finding_counts == {"motivation": 4, "emotion": 4, "touchpoint": 8}
    assert [persona.name for persona in report.personas] == ["No surprises"]
    assert "twice as high" in Path(report.report).read_text(encoding="utf-8")


def test_every_claim_of_a_draft_stands_on_findings(folder: Path) -> None:
    report, _ = run(folder)
    store = open_store(settings(folder).db)
    results = load_results(store, store.study("Bills"))
    claims = results.draft.claims()
    assert claims
    assert all(claim.finding_ids and claim.participant_ids for claim in claims)
    assert all(results.words(finding).text for claim in claims for finding in claim.finding_ids)
    assert report.coverage > 0


def test_second_run_asks_nobody_and_drafts_nothing(folder: Path) -> None:
    run(folder)
    report, second = run(folder)
    assert (second.asked, report.calls_made, report.calls_reused) == ([], 0, 4)
    store = open_store(settings(folder).db)
    draft = store.last_draft(store.study("Bills"))
    assert draft is not None
    assert draft.number == 1


def test_added_file_is_read_alone_and_the_draft_is_made_anew(folder: Path) -> None:
    run(folder)
    write(folder, "P05")
    report, second = run(folder)
    coded = [task.transcript.name for task, _ in second.asked if isinstance(task, CodeChunk)]
    assert (coded, report.participants) == (["P05.txt"], 5)


def test_decision_outlives_the_next_draft(folder: Path) -> None:
    run(folder)
    store = open_store(settings(folder).db)
    study = store.study("Bills")
    claim = load_results(store, study).draft.personas[0].claims[0]
    decide_claim(store, study, claim.id, "edit", by_whom="JB", text="Wants one sum a year.")
    write(folder, "P05")
    run(folder)
    texts = [claim.text for claim in load_results(store, study).draft.claims()]
    assert "Wants one sum a year." in texts
    assert study_status(store, study).decided == 1


def test_run_killed_between_calls_goes_on_where_it_was(folder: Path) -> None:
    def killed(task: Task, request: Request, complaint: str | None) -> Step:
        if isinstance(task, CodeChunk) and task.transcript.name == "P03.txt":
            return KeyboardInterrupt()  # type: ignore[return-value]
        return answers(task, request, complaint)

    class Killed(ScriptedAnalyst):
        async def answer(self, task: Task, request: Request, complaint: str | None = None) -> Any:
            if isinstance(killed(task, request, complaint), KeyboardInterrupt):
                raise KeyboardInterrupt
            return await super().answer(task, request, complaint)

    with pytest.raises(KeyboardInterrupt):
        run(folder, Killed(answers), concurrency=1)
    report, second = run(folder)
    coded = sorted(task.transcript.name for task, _ in second.asked if isinstance(task, CodeChunk))
    assert coded == ["P03.txt", "P04.txt"]
    assert report.finding_counts == {"motivation": 4, "emotion": 4, "touchpoint": 8}


def test_failed_chunk_is_listed_and_tried_again_next_time(folder: Path) -> None:
    def broken(task: Task, request: Request, complaint: str | None) -> Step:
        if isinstance(task, CodeChunk) and task.transcript.name == "P02.txt":
            return "no JSON at all"
        return answers(task, request, complaint)

    report, _ = run(folder, ScriptedAnalyst(broken))
    assert report.exit_status == 3
    assert [failure.name for failure in report.failures] == ["P02.txt, lines 1 to 8"]
    again, second = run(folder)
    assert [task.transcript.name for task, _ in second.asked if isinstance(task, CodeChunk)] == ["P02.txt"]
    assert (again.exit_status, again.failures) == (0, [])


def test_who_could_not_be_read_is_not_told_to_have_said_nothing(folder: Path) -> None:
    def broken(task: Task, request: Request, complaint: str | None) -> Step:
        if isinstance(task, CodeChunk) and task.transcript.name in ("P02.txt", "P03.txt"):
            return "no JSON at all" if task.transcript.name == "P02.txt" else EMPTY
        return answers(task, request, complaint)

    report, _ = run(folder, ScriptedAnalyst(broken))
    whys = {one.participant_id: one.why for one in report.unassigned}
    assert whys["P02"] == "Nothing was found, and not all that this person said could be read: run again."
    assert whys["P03"] == "Nothing was found in what this person said."
    assert report.failures[0].why.startswith("the answer could not be used")


def test_refused_key_stops_at_once_with_one_error(folder: Path) -> None:
    refused = ScriptedAnalyst(lambda *_: ModelError("scripted", "the key is wrong", fatal=True))
    with pytest.raises(ModelError, match="key is wrong"):
        run(folder, refused, concurrency=1)
    assert len(refused.asked) == 1


def test_file_that_cannot_be_read_costs_no_other_file_anything(folder: Path) -> None:
    (folder / "broken.docx").write_bytes(b"PK\x03\x04 not a document")
    (folder / "empty.txt").write_bytes(b"")
    report, _ = run(folder)
    assert (report.exit_status, report.read) == (3, 4)
    assert {failure.name for failure in report.failures} == {"broken.docx", "empty.txt"}
    found = report.as_json()["transcripts"]
    assert isinstance(found, dict)
    assert len(found["failed"]) == 2


def test_what_is_no_interview_is_told_in_the_report_as_long_as_it_is_there(folder: Path) -> None:
    (folder / "more").mkdir()
    recording, broken = folder / "more" / "talk.mp3", folder / "more" / "P06.docx"
    recording.write_bytes(b"ID3")
    broken.write_bytes(b"PK\x03\x04 no document")
    report, _ = run(folder)
    store = open_store(settings(folder).db)
    left_out = {one.name for one in load_results(store, store.study("Bills")).failures}
    assert (report.exit_status, left_out) == (3, {"more/talk.mp3", "more/P06.docx"})
    assert "more/talk.mp3" in Path(report.report).read_text(encoding="utf-8")
    recording.unlink()
    broken.unlink()
    assert run(folder)[0].exit_status == 0
    assert load_results(store, store.study("Bills")).failures == ()


def test_what_lies_in_an_archive_is_forgotten_when_it_or_the_archive_is_gone(folder: Path) -> None:
    archive = folder / "more.zip"
    for inside in (["a.mp3", "b.mp3"], ["b.mp3"], []):
        archive.unlink(missing_ok=True)
        if inside:
            with zipfile.ZipFile(archive, "w") as packed:
                for name in inside:
                    packed.writestr(name, b"ID3")
        run(folder)
        with closing(open_store(settings(folder).db)) as store:
            failures = load_results(store, store.study("Bills")).failures
        assert [one.name for one in failures] == [f"more.zip/{name}" for name in inside]


def test_a_recording_that_is_called_after_somebody_keeps_its_neutral_name(folder: Path) -> None:
    def names_of(**changes: Any) -> set[str]:
        run(folder, **changes)
        with closing(open_store(settings(folder).db)) as store:
            return {one.name for one in store.files(store.study("Bills")) if one.state == "failed"}

    first, second = folder / "Anna de Vries.mp3", folder / "Thijs Bakker.mp3"
    first.write_bytes(b"ID3")
    assert names_of(names="replace") == names_of(names="replace") == names_of(names="keep") == {"file.mp3"}
    second.write_bytes(b"ID3")
    assert names_of(names="replace") == {"file.mp3", "file (2).mp3"}
    first.unlink()
    assert names_of(names="replace") == {"file (2).mp3"}


def test_folder_without_interviews_is_an_error_that_says_so(tmp_path: Path) -> None:
    empty = tmp_path / "interviews"
    empty.mkdir()
    with pytest.raises(InputError, match="no interview"):
        run(empty)


def test_names_never_reach_a_model_that_is_not_built_in(folder: Path) -> None:
    class Remote(ScriptedAnalyst):
        remote = True

    text = INTERVIEW.format(name="Anna de Vries").replace("So I called", "My husband Pieter said so. So I called")
    (folder / "interview met Anna.txt").write_text(text, encoding="utf-8")
    _, remote = run(folder, Remote(answers))
    sent = " ".join(task.transcript.text for task, _ in remote.asked if isinstance(task, CodeChunk))
    sent += " ".join(task.transcript.name for task, _ in remote.asked if isinstance(task, CodeChunk))
    assert "twice as high" in sent
    assert not any(name in sent for name in ("Anna", "Vries", "Pieter"))
    stored = b"".join(path.read_bytes() for path in folder.parent.glob("study.db*") if "key" not in path.name)
    assert b"Anna" not in stored
    assert b"Pieter" not in stored


def test_key_is_readable_by_its_owner_alone(folder: Path) -> None:
    run(folder, names="replace")
    (key,) = folder.parent.glob("*.key.json")
    assert key.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("given", ["0", "6", "many"])
def test_number_of_personas_that_cannot_be_is_said(folder: Path, given: str) -> None:
    with pytest.raises(SettingError, match="1 to 5"):
        settings(folder, personas=given)


def test_study_takes_the_name_of_its_folder(folder: Path) -> None:
    assert RunSettings.make([str(folder)], model="offline").study == "interviews"


def test_of_two_files_with_one_interview_the_one_that_the_roster_names_is_read(folder: Path) -> None:
    (folder / "P01.md").write_bytes((folder / "P01.txt").read_bytes())
    (folder / "participants.csv").write_text("participant,file\nA1,P01.txt\nA9,gone.txt\n", encoding="utf-8")
    report = run_study(settings(folder), Silent(), ScriptedAnalyst(answers))
    assert [failure.name for failure in report.failures] == ["P01.md"]
    assert [note.split(" fits")[0] for note in report.notes] == ["The roster's row 3 (A9)"]
    again = run_study(settings(folder), Silent(), ScriptedAnalyst(answers))
    assert not [note for note in again.notes if "A1" in note]


@pytest.mark.parametrize(("wave", "said"), [("2025", "is of wave 2024"), ("2024", "")])
def test_a_row_of_the_roster_that_is_of_another_wave_is_told_so(folder: Path, wave: str, said: str) -> None:
    (folder / "participants.csv").write_text("participant,file,wave\nP01,P01.txt,2024\n", encoding="utf-8")
    report, _ = run(folder, wave=wave)
    told = [note for note in report.notes if "roster" in note]
    assert [said in note for note in told] == ([True] if said else [])


def test_slip_of_the_keyboard_makes_no_study(folder: Path) -> None:
    (folder.parent / "empty").mkdir()
    (folder.parent / "bad.yaml").write_text("nothing: [", encoding="utf-8")
    asked = ScriptedAnalyst(answers)
    with pytest.raises(InputError, match="no interview"):
        run_study(settings(folder.parent / "empty"), Silent(), asked)
    with pytest.raises(InputError):
        run_study(settings(folder, personas_file=str(folder.parent / "bad.yaml")), Silent(), asked)
    assert not open_store(str(folder.parent / "study.db")).studies()
    assert not asked.asked


def test_undo_needs_a_decision_that_stands(folder: Path) -> None:
    run_study(settings(folder), Silent(), ScriptedAnalyst(answers))
    store = open_store(str(folder.parent / "study.db"))
    study = store.study("Bills")
    claim = load_results(store, study).draft.claims()[0]
    decide_claim(store, study, claim.id, "accept", by_whom="me")
    decide_claim(store, study, claim.id, "undo", by_whom="me")
    with pytest.raises(NotFoundError, match="No decision"):
        decide_claim(store, study, claim.id, "undo", by_whom="me")


def test_file_that_is_read_anew_keeps_its_people(folder: Path) -> None:
    for person in PEOPLE:
        path = folder / f"{person}.txt"
        path.write_text(path.read_text(encoding="utf-8").replace(f"{person}:", "R:"), encoding="utf-8")
        path.rename(folder / f"talk with {person} today.txt")
    first = run_study(settings(folder), Silent(), ScriptedAnalyst(answers))
    again = run_study(settings(folder, wave="2026-Q1"), Silent(), ScriptedAnalyst(answers))
    assert (first.participants, again.participants) == (4, 4)
    assert not again.unassigned


def test_runs_that_begin_a_study_at_the_same_moment_share_it(folder: Path) -> None:
    path = str(folder.parent / "study.db")
    open_store(path).close()
    begin = Barrier(4)

    def prepare(number: int) -> list[str]:
        store = open_store(path)
        try:
            made = []
            for name in map(str, range(20)):
                begin.wait(timeout=60)
                made.append(prepare_study(store, replace(settings(folder, subject=str(number)), study=name)).id)
            return made
        finally:
            store.close()

    with ThreadPoolExecutor(4) as pool:
        first, *others = pool.map(prepare, range(4))
    assert all(other == first for other in others)
    assert len(set(first)) == 20


@pytest.mark.parametrize("model", ["offline", "scripted"])
def test_only_the_built_in_reader_says_how_likely_a_driver_is(folder: Path, model: str) -> None:
    def volunteering(task: Task, request: Request, complaint: str | None) -> Step:
        if isinstance(task, CodeChunk):
            return reply_of(motivation(7, driver_chance=0.01))
        return answers(task, request, complaint)

    analyst = None if model == "offline" else ScriptedAnalyst(volunteering)
    run_study(replace(settings(folder), model=model, embeddings=False), Silent(), analyst)
    with closing(open_store(str(folder.parent / "study.db"))) as store:
        found = [one.detail for one in store.findings(store.study("Bills")) if isinstance(one.detail, Motivation)]
    assert found
    assert {one.driver_chance is not None for one in found} == {model == "offline"}


def test_folder_that_was_renamed_or_is_given_from_further_up_is_the_same_study(folder: Path) -> None:
    (folder / "Z.txt").write_bytes((folder / "P01.txt").read_bytes())
    first, _ = run(folder)
    assert [one.name for one in first.failures] == ["Z.txt"], "side by side they are two"
    (folder / "Z.txt").unlink()
    moved = folder.rename(folder.parent / "round one")
    write(moved, "P05")
    report, scripted = run(moved)
    assert (report.exit_status, report.read, report.failures) == (0, 5, [])
    assert {task.transcript.name for task, _ in scripted.asked if isinstance(task, CodeChunk)} == {"P05.txt"}
    inside = moved.parent / "all" / "round one"
    inside.parent.mkdir()
    moved.rename(inside)
    again, scripted = run(inside.parent)
    assert (again.exit_status, again.read, scripted.asked) == (0, 5, [])
    (inside / "participants.csv").write_text("participant,file\nA1,P01.txt\n", encoding="utf-8")
    told, _ = run(inside.parent)
    assert (told.exit_status, told.read) == (0, 5)
    with closing(open_store(settings(folder).db)) as store:
        assert {one.id for one in store.participants(store.study("Bills"))} == {"A1", "P02", "P03", "P04", "P05"}


def test_file_whose_name_is_no_utf_8_is_read_like_any_other(folder: Path) -> None:
    (folder / os.fsdecode(b"caf\xe9")).mkdir()
    (folder / "P04.txt").rename(folder / os.fsdecode(b"caf\xe9/P\xe8.txt"))
    report, _ = run(folder)
    assert (report.exit_status, report.read) == (0, 4)
    again, scripted = run(folder)
    assert (again.exit_status, again.read, scripted.asked) == (0, 4, [])
    with closing(open_store(str(folder.parent / "study.db"))) as store:
        names = {one.name for one in store.files(store.study("Bills"))}
    assert "caf\\udce9/P\\udce8.txt" in names


def test_folder_whose_name_is_no_utf_8_gives_the_study_its_name(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9")).mkdir()
    assert RunSettings.make([str(tmp_path / os.fsdecode(b"caf\xe9"))], model="offline").study == "caf\\udce9"
