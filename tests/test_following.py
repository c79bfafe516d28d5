"""People whose ids change between runs: what was found and decided goes with the interview."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from synth.domain import Role
from synth.pipeline.loading import load_results
from synth.pipeline.progress import Silent
from synth.pipeline.run import RunSettings, run_study
from synth.pipeline.run_report import RunReport
from synth.pipeline.waves import name_wave
from synth.pipeline.withdrawing import withdraw_participant
from synth.privacy import key_path
from synth.review import Decision
from synth.store import Store, Study, open_store
from tests.scripted import ScriptedAnalyst
from tests.test_pipeline import INTERVIEW, answers

PEOPLE = {"anna": "Anna", "bert": "Bert", "carla": "Carla", "dirk": "Dirk"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "interviews"
    made.mkdir()
    for file, name in PEOPLE.items():
        own = " ".join(f"{name} said the {n}th thing of {len(name) * n}." for n in range(9))
        (made / f"{file}.txt").write_text(INTERVIEW.format(name=name) + f"\n{name}: {own}\n", encoding="utf-8")
    return made


def run(folder: Path, **changes: Any) -> RunReport:
    made: dict[str, Any] = {"db": str(folder.parent / "s.db"), "study": "S", "model": "scripted", "personas": "1"}
    made |= {"out_dir": str(folder.parent / "report"), "names": "keep"} | changes
    return run_study(RunSettings.make([str(folder)], **made), Silent(), ScriptedAnalyst(answers))


def opened(folder: Path) -> tuple[Store, Study]:
    store = open_store(str(folder.parent / "s.db"))
    return store, store.study("S")


def table(folder: Path, *rows: str, head: str = "participant,file,age") -> None:
    (folder / "participants.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")


def people(store: Store, study: Study) -> set[str]:
    return {one.id for one in store.participants(study)}


def test_a_table_that_comes_later_gives_an_interview_another_id_and_nobody_is_there_twice(folder: Path) -> None:
    run(folder)
    store, study = opened(folder)
    before = {finding.id: finding.participant_id for finding in store.findings(study)}
    [persona] = load_results(store, study).draft.personas
    assert people(store, study) == {"P01", "P02", "P03", "P04"}
    store.decide(study, Decision("d", "participant", "P01", "assign", "Anna", None, persona.id, "she fits"))
    table(folder, "K7,anna.txt,41")

    assert run(folder).participants == 4
    assert people(store, study) == {"K7", "P02", "P03", "P04"}
    assert next(one.attributes for one in store.participants(study) if one.id == "K7") == {"age": "41"}
    after = {finding.id: finding.participant_id for finding in store.findings(study)}
    assert after == {id_: "K7" if whose == "P01" else whose for id_, whose in before.items()}
    [now] = load_results(store, study).draft.personas
    assert (now.id, set(now.participant_ids)) == (persona.id, {"K7", "P02", "P03", "P04"})
    decided = [one for one in store.decisions(study) if one.subject == "participant"]
    assert [(one.subject_id, one.by_whom, one.after) for one in decided] == [("K7", "Anna", persona.id)]


@pytest.mark.parametrize("names", ["keep", "replace"])
def test_nothing_of_somebody_with_another_id_is_left_when_they_withdraw(folder: Path, names: str) -> None:
    run(folder, names=names)
    table(folder, "K7,anna.txt,41")
    run(folder, names=names)
    store, study = opened(folder)
    key = key_path(store.path, study.name)
    assert b"Anna" in key.read_bytes()
    withdrawn = withdraw_participant(store, study, "K7")
    assert withdrawn.calls > 0
    assert people(store, study) == {"P02", "P03", "P04"}
    assert all(b"Anna" not in file.read_bytes() for file in (key, *folder.parent.glob("s.db*")))
    with closing(sqlite3.connect(store.path)) as database:
        drafts = [body for (body,) in database.execute("select body from drafts")]
    assert drafts
    assert all(f'"{id_}"' not in body for body in drafts for id_ in ("P01", "K7"))
    table(folder, "P01,nobody.txt,41")
    (folder / "anna.txt").unlink()
    (folder / "els.txt").write_text(INTERVIEW.format(name="Els") + "\nEls: Een ander gesprek, over iets anders.\n")
    run(folder, names=names)
    assert people(store, study) == {"P02", "P03", "P04", "P05"}, "an id that somebody had is nobody else's"


def test_the_same_table_again_reads_nothing_anew(folder: Path) -> None:
    table(folder, "K7,anna.txt,41", "K8,bert.txt,29")
    run(folder)
    store, study = opened(folder)
    heard = store.study_version(study).heard
    run(folder)
    assert store.study_version(study).heard == heard


def test_attributes_that_come_later_are_taken_without_reading_anew(folder: Path) -> None:
    run(folder)
    table(folder, "P01,anna.txt,41", "P02,bert.txt,29")
    run(folder)
    store, study = opened(folder)
    assert [one.attributes.get("age") for one in store.participants(study)] == ["41", "29", None, None]


def test_roles_that_were_put_right_leave_one_person(folder: Path) -> None:
    (folder / "anna.txt").write_text(
        (folder / "anna.txt").read_text("utf-8").replace("Interviewer:", "Zoe:"), encoding="utf-8"
    )
    run(folder, interviewers=("Anna",))
    store, study = opened(folder)

    def roles() -> dict[str | None, tuple[Role, str | None]]:
        heads = [head for head in store.shelf(study).heads() if head.name == "anna.txt"]
        return {speaker.name: (speaker.role, speaker.participant) for speaker in heads[0].speakers}

    was = roles()["Zoe"][1]
    assert was is not None
    run(folder, interviewers=("Zoe",))
    assert roles() == {"Zoe": (Role.INTERVIEWER, None), "Anna": (Role.PARTICIPANT, was)}
    assert len(people(store, study)) == 4
    speaking = {head.id: {s.participant for s in head.speakers} for head in store.shelf(study).heads()}
    assert all(one.participant_id in speaking[one.evidence.transcript_id] for one in store.findings(study))


def test_a_table_puts_roles_right_after_a_run(folder: Path) -> None:
    run(folder, interviewers=("Anna", "Interviewer"))
    store, study = opened(folder)
    table(
        folder,
        "K1,anna.txt,Anna,participant",
        "I1,anna.txt,Interviewer,interviewer",
        head="participant,file,speaker,role",
    )
    run(folder, interviewers=("Anna", "Interviewer"))
    assert people(store, study) == {"K1", "P01", "P02", "P03"}


def test_two_ids_that_change_places_keep_to_their_interviews(folder: Path) -> None:
    run(folder)
    store, study = opened(folder)
    before = {finding.id: finding.participant_id for finding in store.findings(study)}
    table(folder, "P02,anna.txt,41", "P01,bert.txt,29")
    run(folder)
    swapped = {"P01": "P02", "P02": "P01"}
    after = {finding.id: finding.participant_id for finding in store.findings(study)}
    assert after == {id_: swapped.get(whose, whose) for id_, whose in before.items()}
    assert people(store, study) == {"P01", "P02", "P03", "P04"}


def test_a_wave_that_was_named_stays_when_interviews_are_read_again(folder: Path) -> None:
    run(folder)
    store, study = opened(folder)
    assert name_wave(store, study, "", "spring") == 4
    table(folder, "K7,anna.txt,41")
    with (folder / "bert.txt").open("a", encoding="utf-8") as file:
        file.write("\nBert: And one more thing.\n")
    run(folder)
    assert store.wave_sizes(study) == {"spring": 4}
    (folder / "carla.txt").write_text(INTERVIEW.format(name="Els") + "\nEls: Een ander gesprek, over iets anders.\n")
    run(folder)
    assert store.wave_sizes(study) == {"": 1, "spring": 3}, "another interview under the same name is of no wave"
    run(folder, wave="autumn")
    assert store.wave_sizes(study) == {"autumn": 4}
    listed = (store.waves(study), store.choices(study).waves, store.card(study).waves)
    assert listed == (("autumn",),) * 3, "older versions of changed files are of a wave that nobody is shown"


def test_under_pseudonyms_too(folder: Path) -> None:
    run(folder, names="replace")
    table(folder, "K7,anna.txt,41")
    run(folder, names="replace")
    store, study = opened(folder)
    assert people(store, study) == {"K7", "P02", "P03", "P04"}
    assert {one.participant_id for one in store.findings(study)} == {"K7", "P02", "P03", "P04"}
    texts = " ".join(transcript.text for transcript in store.shelf(study))
    assert "Anna" not in texts


def test_a_table_that_cannot_have_its_way_reads_nothing_again_and_again(folder: Path) -> None:
    rows = "\n".join(f"X1,{n},Sentence {n} about the bill that came in spring." for n in range(8))
    (folder / "table.csv").write_text(f"participant,start,text\n{rows}\n", encoding="utf-8")
    run(folder)
    store, study = opened(folder)
    first = store.study_version(study).heard
    table(folder, "K7,table.csv,41")
    run(folder)
    assert store.study_version(study).heard > first
    heard = store.study_version(study).heard
    run(folder)
    assert store.study_version(study).heard == heard
