"""Figures about a draft: strength of claims, coverage, who is over-quoted, saturation; and where they are shown."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from sqlite_utils import Database

from synth.coverage import cited_stretches, uncited_turns, who_is_quoted
from synth.domain import (
    Claim,
    Draft,
    Emotion,
    Evidence,
    Finding,
    Fit,
    Grouping,
    Kind,
    Motivation,
    Persona,
    Quote,
    Theme,
    Touchpoint,
)
from synth.export import export_results
from synth.export.claims import Anchors, ClaimWriter
from synth.export.interface import Interface
from synth.export.page import build_page
from synth.export.plan import consistency
from synth.export.trust import saturation_sentence
from synth.migrations import migrations
from synth.privacy.leaving import Leaving, draft_without, trace_of
from synth.saturation import measure_saturation
from synth.store import open_store
from synth.store.drafts import DRAFT_JSON
from synth.strength import Strengths
from tests.builders import make_claim, make_finding, make_transcript, small_study
from tests.page_reader import read_page


def finding(name: str, person: str, transcript: str, line: int = 1, kind: Kind = Kind.MOTIVATION) -> Finding:
    detail = Motivation("feel secure") if kind is Kind.MOTIVATION else Emotion("fear", -1)
    return Finding(name, person, Evidence(transcript, line, line), "label", "en", "use", detail)


def theme(name: str, *findings: Finding) -> Theme:
    return Theme(name, Kind.MOTIVATION, name, tuple(one.id for one in findings), ())


# --- Saturation --------------------------------------------------------------------------------------------------

SPREAD = {"a": "1234", "b": "12", "c": "3", "d": "4", "e": "14"}
FOUND = {name: [finding(f"{name}{where}", f"P{where}", where) for where in places] for name, places in SPREAD.items()}
THEMES = [theme(name, *found) for name, found in FOUND.items()]
FINDINGS = {one.id: one for found in FOUND.values() for one in found}


def test_the_curve_is_the_mean_over_all_orders_of_the_interviews() -> None:
    orders = list(permutations("1234"))
    by_hand = [
        sum(sum(bool(set(order[:taken]) & set(places)) for places in SPREAD.values()) for order in orders) / len(orders)
        for taken in range(5)
    ]
    assert measure_saturation(THEMES, FINDINGS, 4).curve == pytest.approx(by_hand)


def test_the_order_of_themes_and_findings_changes_nothing() -> None:
    backwards = dict(reversed(FINDINGS.items()))
    again = measure_saturation(THEMES[::-1], backwards, 4)
    assert again.curve == pytest.approx(measure_saturation(THEMES, FINDINGS, 4).curve)


def test_an_interview_without_a_theme_counts_as_one_that_brought_nothing() -> None:
    more = measure_saturation(THEMES, FINDINGS, 8)
    assert more.curve[-1] == len(THEMES)
    assert more.curve[1] < measure_saturation(THEMES, FINDINGS, 4).curve[1]


def test_themes_in_every_interview_are_saturated_from_the_first() -> None:
    same = theme("x", *(finding(f"x{n}", f"P{n}", str(n)) for n in range(1, 6)))
    measured = measure_saturation([same], {f"x{n}": finding(f"x{n}", f"P{n}", str(n)) for n in range(1, 6)}, 5)
    assert measured.curve == pytest.approx((0, 1, 1, 1, 1, 1))
    assert (measured.new_in_last, measured.at_least) == (0, 1)


@pytest.mark.parametrize(("language", "number"), [("en", "0.5"), ("nl", "0,5")])
def test_the_sentence_gives_the_figures_in_the_way_of_the_language(language: str, number: str) -> None:
    measured = replace(measure_saturation(THEMES, FINDINGS, 4), curve=(0.0, 3.0, 4.5, 4.75, 5.0))
    assert measured.last == 3
    said = saturation_sentence(replace(measured, curve=(0.0, 4.5, 4.6, 4.8, 5.0)), Interface(language))
    assert number in said
    assert "5.0" not in said.replace(",", ".")


# --- Strength ----------------------------------------------------------------------------------------------------

PEOPLE = ("P1", "P2", "P3", "P4")
SAID = {one.id: one for one in (
    finding("m1", "P1", "1"), finding("m2", "P2", "2"), finding("m3", "P3", "3"),
    finding("e4", "P4", "4", kind=Kind.EMOTION),
)}  # fmt: skip


def claim(pro: tuple[str, ...], against: tuple[str, ...] = ()) -> Claim:
    people = tuple(SAID[one].participant_id for one in pro)
    others = tuple(SAID[one].participant_id for one in against)
    return Claim(
        "c", "stated", "Wants to know", pro, people, against_finding_ids=against, against_participant_ids=others
    )


def test_who_spoke_of_something_else_did_not_speak_about_it() -> None:
    assert Strengths(SAID).of(claim(("m1", "m2")), PEOPLE).speaking == 3


def test_a_claim_of_one_voice_never_stands_in_a_draw_and_one_of_all_nearly_always() -> None:
    measure = Strengths(SAID).of
    assert measure(claim(("m1",)), PEOPLE).holds == 0
    few, many = measure(claim(("m1", "m2")), PEOPLE).holds, measure(claim(("m1", "m2", "m3")), PEOPLE).holds
    assert few is not None
    assert many is not None
    assert 0 < few < many < 1


def test_a_voice_against_makes_a_claim_stand_less_often() -> None:
    alone, contested = (
        Strengths(SAID).of(one, PEOPLE).holds for one in (claim(("m1", "m2")), claim(("m1", "m2"), ("m3",)))
    )
    assert alone is not None
    assert contested is not None
    assert contested < alone


def test_found_again_is_told_only_where_interviews_were_read_more_than_once() -> None:
    twice = {"m1": replace(SAID["m1"], stability=1.0), "m2": replace(SAID["m2"], stability=0.5)}
    assert Strengths(twice).of(claim(("m1", "m2")), PEOPLE).found_again == 0.75
    assert Strengths(SAID).of(claim(("m1", "m2")), PEOPLE).found_again is None


# --- Coverage ----------------------------------------------------------------------------------------------------

TRANSCRIPT = make_transcript(
    "talk.txt",
    [("I", ["Well?"]), ("A", ["One two.", "Six ten."]), ("I", ["And?"]), ("A", ["Old new."]), ("A2", ["Other words."])],
    {"A": "P1", "A2": "P2"},
)


def test_stretches_are_shares_of_what_that_person_said() -> None:
    found = [make_finding(TRANSCRIPT, 3, Motivation("feel secure"))]
    [(begin, end)] = cited_stretches(TRANSCRIPT, "P1", found)
    assert (round(begin, 3), round(end, 3)) == (round(8 / 24, 3), round(16 / 24, 3))
    assert cited_stretches(TRANSCRIPT, "P2", found) == []


def test_neighbouring_lines_are_one_stretch_across_turns() -> None:
    found = [make_finding(TRANSCRIPT, line, Motivation("feel secure")) for line in (2, 3, 5)]
    assert cited_stretches(TRANSCRIPT, "P1", found) == [(0.0, 1.0)]


def test_turns_nobody_cited_come_with_their_words() -> None:
    [turn] = uncited_turns(TRANSCRIPT, [4])
    assert (turn.first_line, turn.last_line, turn.words, turn.text) == (5, 5, 2, "Old new.")


def test_who_gives_most_passages_is_told_and_a_small_lead_is_no_sign() -> None:
    found = {f"f{n}": finding(f"f{n}", "P1" if n < 9 else "P2", "1", n) for n in range(12)}
    persona = Persona("p", "Name", ("P1", "P2", "P3"), (), None, (
        Claim("c", "stated", "x", tuple(found), ("P1", "P2")),), (Quote("f0"),), ())  # fmt: skip
    first, *rest = who_is_quoted(persona, found)
    assert (first.participant_id, first.passages, first.over) == ("P1", 9, True)
    assert [one.over for one in rest] == [False, False]


def test_people_who_differ_are_no_votes_that_a_draw_could_count() -> None:
    assert Strengths(SAID).of(replace(claim(("m1", "m2"), ("m3",)), section="differ"), PEOPLE).holds is None


# --- Where it is seen --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_report_says_how_far_to_trust_it(language: str) -> None:
    study = replace(small_study(people=5), language=language)
    draft = study.draft
    persona = draft.personas[0]
    first = replace(persona.claims[0], verdict="overreach", critique="It says more than the words.")
    grouping = Grouping("Groups were joined.", ((2, 0.25),), {persona.participant_ids[0]: 0.5}, 5, 5)
    personas = (replace(persona, claims=(first, *persona.claims[1:])), *draft.personas[1:])
    made = replace(study.provenance, critic="offline")
    study = replace(study, draft=replace(draft, personas=personas, grouping=grouping), provenance=made)
    page = read_page(export_results(study, "html")["report.html"].decode())
    assert not page.problems
    [section] = [one for one in page.root.all("section") if one.id == "trust"]
    words = section.words()
    assert "Groups were joined." in words
    assert "It says more than the words." in words
    assert ("0.25" if language == "en" else "0,25") in words
    assert len(section.all("svg", "cov")) == len(study.coverage)
    assert len(section.all("svg", "satur")) == 1


def test_a_critics_reason_stands_once_above_all_sentences_that_it_is_held_against() -> None:
    study = small_study(people=5)
    persona = study.draft.personas[0]
    doubted = [replace(one, verdict="overreach", critique="Nobody was sure.") for one in persona.claims[:3]]
    personas = (replace(persona, claims=(*doubted, *persona.claims[3:])), *study.draft.personas[1:])
    study = replace(study, draft=replace(study.draft, personas=personas),
                    provenance=replace(study.provenance, critic="offline"))  # fmt: skip
    [listed] = read_page(export_results(study, "html")["report.html"].decode()).root.all("ul", "crit")
    assert listed.words().count("Nobody was sure.") == 1
    assert [one.words() for one in listed.all("a")] == [one.text for one in doubted]


def test_of_one_voice_nothing_is_said_of_samples() -> None:
    study = small_study(people=5)
    persona = study.draft.personas[0]
    alone = replace(persona.claims[0], participant_ids=persona.claims[0].participant_ids[:1],
                    finding_ids=persona.claims[0].finding_ids[:1], against_finding_ids=(),
                    against_participant_ids=())  # fmt: skip
    for claim, said in ((persona.claims[0], True), (alone, False)):
        draft = replace(study.draft, personas=(replace(persona, claims=(claim,)),), maps=())
        words = read_page(export_results(replace(study, draft=draft), "html")["report.html"].decode()).root.words()
        assert ("of samples drawn from these people" in words) == said


def test_page_and_json_count_passages_of_persona_and_map_alike() -> None:
    study = small_study(people=5)
    data = json.loads(export_results(study, "json")["results.json"])
    shown = build_page(study).trust.quoted[0].people
    told = {one["participant"]: one["passages"] for one in data["personas"][0]["quoted"]}
    assert told == {one.participant_id: one.passages for one in shown}
    assert sum(told.values()) > len({one for claim in study.draft.personas[0].claims for one in claim.finding_ids})


def test_what_a_critic_refuted_without_words_against_it_says_no_number_of_people() -> None:
    study = small_study(people=3)
    persona = study.draft.personas[0]
    alone = replace(persona.claims[0], against_finding_ids=(), against_participant_ids=(), verdict="overreach")
    draft = replace(study.draft, personas=(replace(persona, claims=(alone,)),), maps=())
    study = replace(study, draft=draft, provenance=replace(study.provenance, critic="maker/name"))
    words = read_page(export_results(study, "html")["report.html"].decode()).root.words()
    assert "0 against" not in words
    assert " maker/name tried to refute 1 sentence from" in words
    assert "refuted: 1." in words


def test_the_page_tells_as_many_contested_sentences_as_a_run_does() -> None:
    study = small_study(people=3)
    persona = study.draft.personas[0]
    against = next(one for one in persona.claims if one.against_finding_ids)
    refuted = replace(persona.claims[0], verdict="overreach")
    draft = replace(study.draft, personas=(replace(persona, claims=(against, refuted)),), maps=())
    study = replace(study, draft=draft, provenance=replace(study.provenance, critic="maker/name"))
    assert sum(claim.contested for claim in draft.claims()) == 2
    words = read_page(export_results(study, "html")["report.html"].decode()).root.words()
    assert "2 sentences of this draft are contested" in words
    assert "refuted: 1." in words


@pytest.mark.parametrize(
    ("model", "channels", "said"),
    [
        ("maker/name", 2, "2 people said that channels contradicted each other: P01 and P02."),
        ("maker/name", 1, "in nobody's words do two of them"),
        ("offline", 1, "2 people said that channels contradicted each other: P01 and P02."),
        ("maker/name", 0, "Nobody said that channels contradicted each other."),
    ],
)
def test_who_says_that_channels_contradict_each_other_tells_of_two(model: str, channels: int, said: str) -> None:
    study = small_study(people=2)
    cited = [one for one in study.findings if isinstance(one.detail, Touchpoint)
             and (channels == 2 or one.detail.channel == "desk")]  # fmt: skip
    told = make_claim("friction", "They say something else.", cited, phase="purchase", key="channels disagree")
    idea = make_claim("idea", "Say the same.", cited, phase="purchase", key="channels disagree", idea=True)
    journey = study.draft.maps[0]
    columns = [replace(one, claims=((told, idea) if channels else (idea,)) if one.phase == "purchase" else one.claims)
               for one in journey.phases]  # fmt: skip
    draft = replace(study.draft, maps=(replace(journey, phases=tuple(columns)),))
    study = replace(study, draft=draft, provenance=replace(study.provenance, model=model))
    assert said in consistency(draft.maps[0], ClaimWriter(study, Interface("en"), Anchors()))


def test_the_json_carries_strength_grouping_and_saturation() -> None:
    study = small_study(people=4)
    grouping = Grouping("Groups were joined.", ((2, 0.25),), {"P1": 0.5}, 4, 4)
    study = replace(study, draft=replace(study.draft, grouping=grouping))
    data = json.loads(export_results(study, "json")["results.json"])
    claims = data["personas"][0]["claims"]
    assert all(one["strength"]["speaking"] >= one["strength"]["for"] for one in claims)
    assert data["grouping"]["separations"] == [{"groups": 2, "silhouette": 0.25}]
    assert data["saturation"]["curve"][0] == 0
    assert sum(one["share"] for one in data["personas"][0]["quoted"]) == pytest.approx(1, abs=0.001)


# --- In the database ---------------------------------------------------------------------------------------------


def test_claims_of_a_database_from_before_the_critic_were_looked_at_by_nobody(tmp_path: Path) -> None:
    path = str(tmp_path / "old.db")
    old = Database(path)
    migrations.apply(old, stop_before="m006_critique")
    old.execute("pragma foreign_keys = off")
    old.execute("insert into studies (id, name, subject, language, framework, framework_yaml, created_utc)"
                " values ('s', 'Bills', '', 'en', 'customer', '', '2026-01-01')")  # fmt: skip
    body = DRAFT_JSON.dump_python(
        Draft((Persona("p", "Name", ("P1",), (), None, (), (), ()),), (), (), ()), mode="json"
    )
    del body["grouping"]
    made = json.dumps({"model": "offline", "prompt_versions": {}, "quality": "", "drafted_utc": "2026-01-01"})
    old.execute("insert into drafts values ('s', 'd', 1, 'k', ?, ?, '2026-01-01')", (json.dumps(body), made))
    old.execute(
        "insert into claims values ('s', 'd', 'c', 'persona:p', 0, 'stated', null, null, 'By hand', 'person', 0, null)"
    )
    old.conn.commit()
    old.close()
    store = open_store(path)
    last = store.last_draft(store.study("Bills"))
    store.close()
    assert last is not None
    [kept] = last.draft.claims()
    assert (kept.text, kept.verdict, kept.critique, last.draft.grouping) == ("By hand", None, "", None)


def test_who_withdraws_takes_their_place_in_the_grouping_along() -> None:
    fit = Fit("P1", "p", "p", 0.5, 0.3, 1.0, "Fits.")
    grouping = Grouping("Kept.", (), {"P1": 1.0, "P2": 0.5}, 2, 2, (fit, replace(fit, participant_id="P2")))
    persona = Persona("p", "Name", ("P1", "P2"), (), None, (), (), ())
    left = draft_without(Draft((persona,), (), (), (), grouping), Leaving("P1", (), trace_of([], []), {}))
    assert left.grouping is not None
    assert list(left.grouping.person_stability) == ["P2"]
    assert [one.participant_id for one in left.grouping.fits] == ["P2"]
