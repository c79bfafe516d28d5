"""People put to personas that were there before: who fits, who fits none, and why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from synth.assigning import GivenPersona, fit_participants, keep_personas
from synth.cli import cli
from synth.cli.run import _summary
from synth.domain import Emotion, Finding, Motivation, Touchpoint, Unassigned
from synth.errors import InputError
from synth.given import EXAMPLE, read_personas
from synth.phrases import retold, say
from synth.pipeline.loading import load_results
from synth.pipeline.progress import Silent
from synth.pipeline.run import RunSettings, run_study
from synth.pipeline.run_report import RunReport
from synth.results import Results
from synth.store import open_store
from tests.builders import make_finding, make_transcript
from tests.drafting import FRAMEWORK
from tests.test_critic import INTERVIEW

SAFE = GivenPersona("safe", "No surprises", {"feel secure": 8}, {"letter": 6}, {"worry": 6})
FREE = GivenPersona("free", "Not tied down", {"feel free": 8}, {"app": 6}, {"joy": 6})
KINDS = {
    "safe": (Motivation("feel secure"), Touchpoint("letter"), Emotion("worry", -1)),
    "free": (Motivation("feel free"), Touchpoint("app"), Emotion("joy", 2)),
    "neither": (Motivation("belong"), Touchpoint("in person"), Emotion("anger", -2)),
}


def said(person: str, kind: str, times: int = 4) -> list[Finding]:
    lines = [f"Sentence number {n}." for n in range(3 * times)]
    transcript = make_transcript(f"{person}.txt", [(person, lines)], {person: person})
    return [make_finding(transcript, 1 + 3 * n + at, KINDS[kind][at]) for n in range(times) for at in range(3)]


def fits(*people: tuple[str, str]) -> dict[str, str | None]:
    findings = [one for person, kind in people for one in said(person, kind)]
    found = fit_participants([SAFE, FREE], findings, [], FRAMEWORK, "en")
    return {fit.participant_id: fit.persona_id for fit in found}


def test_people_go_where_they_are_most_alike_and_strangers_to_none() -> None:
    assert fits(("P1", "safe"), ("P2", "free"), ("P3", "neither")) == {"P1": "safe", "P2": "free", "P3": None}


def test_the_reason_names_what_they_share_and_the_figures() -> None:
    [fit] = fit_participants([SAFE, FREE], said("P1", "safe"), [], FRAMEWORK, "nl")
    assert fit.why.startswith("Past bij ‘No surprises’, vooral door ")
    assert "zich zeker voelen" in fit.why or "brief" in fit.why
    assert fit.likeness >= fit.needed


def test_one_finding_is_too_little_to_fit_by() -> None:
    [fit] = fit_participants([SAFE, FREE], said("P1", "safe", 1)[1:2], [], FRAMEWORK, "en")
    assert fit.persona_id is None
    assert fit.nearest_id == "safe"


def test_the_same_people_in_another_order_get_the_same_places() -> None:
    one = [*said("P1", "safe"), *said("P2", "free"), *said("P3", "neither")]
    first = fit_participants([SAFE, FREE], one, [], FRAMEWORK, "en")
    assert fit_participants([SAFE, FREE], one[::-1], [], FRAMEWORK, "en") == first


def test_a_single_persona_takes_nobody_who_is_unlike_it() -> None:
    findings = [*said("P1", "safe"), *said("P2", "neither"), *said("P3", "free")]
    found = fit_participants([SAFE], findings, [], FRAMEWORK, "en")
    assert [fit.persona_id for fit in found] == ["safe", None, None]


def test_a_single_persona_is_kept_where_nobody_is_new() -> None:
    old = GivenPersona("safe", "No surprises", SAFE.drivers, participant_ids=("P1",))
    kept = keep_personas([old], said("P1", "safe"), [], FRAMEWORK, "en")
    assert [one.participant_ids for one in kept.segments] == [("P1",)]
    assert (kept.fits, kept.unassigned) == ((), ())


def test_who_stood_in_a_persona_stays_and_the_others_are_placed() -> None:
    old = GivenPersona("safe", "No surprises", SAFE.drivers, SAFE.channels, SAFE.emotions, participant_ids=("P9", "P8"))
    findings = [*said("P1", "safe"), *said("P3", "neither"), *said("P9", "neither")]
    kept = keep_personas([old, FREE], findings, [], FRAMEWORK, "en")
    assert [(one.name, one.persona_id, one.participant_ids) for one in kept.segments] == [
        ("No surprises", "safe", ("P1", "P9"))
    ]
    assert [one.participant_id for one in kept.unassigned] == ["P3"]
    assert "1 fit one of them" in kept.criterion


# --- Files -------------------------------------------------------------------------------------------------------


def test_the_example_of_a_file_works() -> None:
    [persona] = read_personas(EXAMPLE, "personas.yaml", FRAMEWORK)
    assert (persona.name, list(persona.drivers), list(persona.channels)) == (
        "No surprises", ["feel secure"], ["letter", "phone"]
    )  # fmt: skip


def test_names_in_either_language_are_taken_for_their_keys() -> None:
    text = "personas: [{name: X, drivers: [Zich vrij voelen], channels: [Telefoon]}]"
    driver = FRAMEWORK.driver("feel free").nl
    [persona] = read_personas(text.replace("Zich vrij voelen", driver), "x", FRAMEWORK)
    assert (list(persona.drivers), list(persona.channels)) == (["feel free"], ["phone"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("personas: [{name: X, drivers: [feel secured]}]", "Did you mean feel secure"),
        ("personas: [{name: X, driver: [feel secure]}]", "personas.0.driver"),
        ("personas: []", "personas"),
        ("personas: [{name: X", "neither YAML nor JSON"),
        ("[" * 100_000, "neither YAML nor JSON"),
        ("just words", "A file looks like this"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_to_do(text: str, said: str) -> None:
    with pytest.raises(InputError, match=r"p\.yaml") as caught:
        read_personas(text, "p.yaml", FRAMEWORK)
    assert said in str(caught.value)


def test_two_personas_of_one_name_are_an_error_and_nobody_stands_in_both() -> None:
    text = "personas:\n- {name: Bob, drivers: [thrill]}\n- {name: Bob, drivers: [belong]}\n"
    with pytest.raises(InputError, match=r"p\.yaml: 'Bob' is there twice"):
        read_personas(text, "p.yaml", FRAMEWORK)


# --- From end to end ---------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "interviews"
    made.mkdir()
    write(made, "P01", "P02", "P03", "P04")
    return made


def write(folder: Path, *people: str) -> None:
    for person in people:
        (folder / f"{person}.txt").write_text(INTERVIEW.format(name=person), encoding="utf-8")


def drafted(folder: Path, **changes: Any) -> Results:
    db = str(folder.parent / "study.db")
    settings = RunSettings.make(
        [str(folder)], db=db, study="Bills", model="offline", out_dir=str(folder.parent / "out"), **changes
    )
    run_study(settings, Silent())
    store = open_store(db)
    try:
        return load_results(store, store.study("Bills"))
    finally:
        store.close()


def ids(results: Results) -> Sequence[tuple[str, str]]:
    return [(one.id, one.name) for one in results.draft.personas]


def test_a_run_that_keeps_personas_keeps_ids_and_names_and_says_where_new_people_went(folder: Path) -> None:
    before = drafted(folder)
    write(folder, "P05")
    after = drafted(folder, keep_personas=True)
    assert ids(after) == ids(before)
    assert after.draft.grouping is not None
    assert [fit.participant_id for fit in after.draft.grouping.fits] == ["P05"]
    placed = [one for persona in after.draft.personas for one in persona.participant_ids]
    assert set(placed) >= {"P01", "P02", "P03", "P04"}


def test_keeping_twice_drafts_once(folder: Path) -> None:
    drafted(folder)
    write(folder, "P05")
    drafted(folder, keep_personas=True)
    store = open_store(str(folder.parent / "study.db"))
    first = store.last_draft(store.study("Bills"))
    store.close()
    drafted(folder, keep_personas=True)
    store = open_store(str(folder.parent / "study.db"))
    second = store.last_draft(store.study("Bills"))
    store.close()
    assert first is not None
    assert second is not None
    assert first.number == second.number


def test_personas_of_a_file_are_drafted_with_the_people_who_fit(folder: Path) -> None:
    file = folder.parent / "personas.yaml"
    file.write_text(
        "personas:\n- {name: Eerst zekerheid, drivers: [feel secure], channels: [phone, letter], emotions: [anger]}\n"
        "- {name: Vrij, drivers: [feel free], channels: [app], emotions: [joy]}\n",
        encoding="utf-8",
    )
    results = drafted(folder, personas_file=str(file))
    assert {one.name for one in results.draft.personas} <= {"Eerst zekerheid", "Vrij"}
    people = {one for persona in results.draft.personas for one in persona.participant_ids}
    people |= {one.participant_id for one in results.draft.unassigned}
    assert people == {"P01", "P02", "P03", "P04"}


def test_the_command_prints_places_and_reasons_and_changes_nothing(folder: Path) -> None:
    drafted(folder)
    file = folder.parent / "personas.yaml"
    file.write_text(EXAMPLE, encoding="utf-8")
    db = str(folder.parent / "study.db")
    runner = CliRunner()
    said = runner.invoke(cli, ["assign", "Bills", "--personas", str(file), "--db", db], catch_exceptions=False)
    assert said.exit_code == 0
    assert "P01: " in said.output
    raw = runner.invoke(cli, ["assign", "Bills", "--personas", str(file), "--db", db, "--json"], catch_exceptions=False)
    data = json.loads(raw.output)
    assert [one["participant_id"] for one in data["fits"]] == ["P01", "P02", "P03", "P04"]


@pytest.mark.parametrize("form", ["nothing_found", "not_read", "alone", "alone_near"])
def test_why_somebody_is_in_no_persona_is_retold_in_the_other_language(form: str) -> None:
    dutch, english = (say(language, f"segments.{form}", near="P03") for language in ("nl", "en"))
    assert (retold(dutch, "en"), retold(english, "nl")) == (english, dutch)
    assert (retold(english, "en"), retold(dutch, "nl")) == (english, dutch)


def test_who_fits_no_persona_that_was_given_is_retold_with_its_figures() -> None:
    values = {"name": "Weten wat het kost", "by": "telefoon en brief", "share": 64}
    dutch = say("nl", "assigned.none_by", likeness="0,43", needed="0,5", **values)
    assert retold(dutch, "en") == (
        "Fits none; comes nearest to ‘Weten wat het kost’ "
        "(likeness 0.43, at least 0.5 is asked; the same in 64% of draws)."
    )
    assert retold("Iets anders.", "en") == "Iets anders."


def test_the_terminal_says_in_its_own_language_who_is_in_no_persona() -> None:
    report = RunReport("S", "offline", unassigned=(Unassigned("P07", say("nl", "segments.alone")),))
    assert "In no persona: P07. Not more like the people of any persona than like anybody else." in _summary(report)
