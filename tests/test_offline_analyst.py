"""The built-in analyst: the same task gives the same answer, and what it says stands on what was found."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from synth.analyst import (
    Analyst,
    ClaimReply,
    CodeChunk,
    Decided,
    DraftMap,
    DraftPersona,
    MapReply,
    MergeLabels,
    MergeReply,
    Passage,
    PersonaReply,
    Task,
)
from synth.chunk import chunk_lines
from synth.cues import load_needs, load_traits
from synth.cues.matching import PhraseMatcher
from synth.domain import Emotion, Kind, Motivation, Role, Touchpoint
from synth.journeys import build_map, map_task
from synth.offline import OfflineAnalyst, quality
from synth.offline.drafting.excerpts import LONGEST, best_piece, excerpt
from synth.offline.drafting.forms import motive_answers, situations
from synth.offline.drafting.material import lay_out
from synth.offline.drafts import answer_draft, drafts_version
from synth.parse import parse_bytes
from synth.personas import build_persona, persona_task
from synth.phrases import form_names, has_form, join_words, say
from tests.drafting import FRAMEWORK, SEGMENT, everybody, passage

CHECKING = "I went through every line and did the sums myself."

INTERVIEW = b"""Interviewer: How did it go?

P1: I called them three times and nobody rang back. I was so angry that I could not sleep.

Interviewer: And then?

P1: I want to know what it will cost me. In the end I went to the shop, and she took the time to explain it.
"""


def persona_of(passages: Sequence[Passage], language: str = "en", taken: tuple[str, ...] = ()) -> PersonaReply:
    reply = answer_draft(task_of(passages, language, taken))
    assert isinstance(reply, PersonaReply)
    return reply


def task_of(passages: Sequence[Passage], language: str = "en", taken: tuple[str, ...] = ()) -> DraftPersona:
    return persona_task(
        SEGMENT,
        passages,
        participants_in_study=6,
        taken_names=taken,
        framework=FRAMEWORK,
        subject="",
        language=language,
    )


def map_task_of(passages: Sequence[Passage], language: str = "en") -> DraftMap:
    persona, _ = build_persona(task_of(passages, language), persona_of(passages, language), SEGMENT, passages)
    return map_task(persona, passages, framework=FRAMEWORK, subject="", language=language)


def map_of(passages: Sequence[Passage], language: str = "en") -> MapReply:
    reply = answer_draft(map_task_of(passages, language))
    assert isinstance(reply, MapReply)
    return reply


def chunk_task() -> CodeChunk:
    [transcript] = parse_bytes(INTERVIEW, "P1.txt")
    speakers = tuple(
        replace(one, participant="P1" if one.role is Role.PARTICIPANT else None) for one in transcript.speakers
    )
    transcript = replace(transcript, speakers=speakers)
    return CodeChunk(transcript, chunk_lines(transcript)[0], FRAMEWORK, "", "en")


def all_tasks() -> list[Task]:
    findings = tuple(one.finding for one in everybody() if one.finding.kind is Kind.TOUCHPOINT)
    words = tuple(one.words for one in everybody() if one.finding.kind is Kind.TOUCHPOINT)
    merging = MergeLabels(Kind.TOUCHPOINT, findings, words, FRAMEWORK, "nl")
    return [chunk_task(), merging, task_of(everybody()), map_task_of(everybody())]


@pytest.fixture(scope="module")
def analyst() -> Analyst:
    return OfflineAnalyst(embeddings=False)


@pytest.mark.parametrize("place", range(4))
def test_an_answer_is_a_reply_and_the_same_every_time(analyst: Analyst, place: int) -> None:
    task = all_tasks()[place]
    request = analyst.request(task)
    answers = [asyncio.run(analyst.answer(task, request, complaint)).raw for complaint in (None, "Again, please.")]
    assert answers[0] == answers[1]
    task.reply.model_validate_json(answers[0], strict=True)


def test_keys_tell_tasks_apart_and_are_the_same_for_the_same_task(analyst: Analyst) -> None:
    keys = [analyst.request(task).key for task in all_tasks()]
    assert len(set(keys)) == len(keys)
    assert keys == [OfflineAnalyst(embeddings=False).request(task).key for task in all_tasks()]


@pytest.mark.parametrize("changed", [{"language": "nl"}, {"taken_names": ("x",)}, {"subject": "bread"}, {"others": ()}])
def test_whatever_an_answer_may_depend_on_changes_the_key(analyst: Analyst, changed: dict[str, object]) -> None:
    task = task_of(everybody())
    assert analyst.request(task).key != analyst.request(replace(task, **changed)).key  # type: ignore[arg-type]


def test_what_people_decided_asks_for_no_other_answer(analyst: Analyst) -> None:
    settled = (Decided("stated", None, "Wants no surprises", rejected=False, people=("P1",)),)
    for task in (task_of(everybody()), map_task_of(everybody())):
        assert analyst.request(replace(task, decided=settled)).key == analyst.request(task).key


def test_nothing_is_sent_and_nothing_costs(analyst: Analyst) -> None:
    request = analyst.request(task_of(everybody()))
    assert (analyst.remote, request.prompt, request.model) == (False, "", "offline")


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_draft_passes_its_own_gate_whole(language: str) -> None:
    passages = everybody()
    persona, refusals = build_persona(task_of(passages, language), persona_of(passages, language), SEGMENT, passages)
    task = map_task_of(passages, language)
    journey, more = build_map(task, map_of(passages, language), persona, passages, wave=None)
    assert [*refusals, *more] == []
    assert any(column.claims for column in journey.phases)


@pytest.mark.parametrize("language", ["en", "nl"])
def test_sentences_are_short_and_whole(language: str) -> None:
    replies = [*persona_of(everybody(), language).claims, *map_of(everybody(), language).claims]
    assert replies
    for reply in replies:
        assert 3 < len(reply.text) <= 160
        assert "{" not in reply.text
        assert "  " not in reply.text


def test_a_persona_is_named_after_a_need_and_never_twice_the_same() -> None:
    names: list[str] = []
    for _ in range(4):
        names.append(persona_of(everybody(), "nl", tuple(names)).name)
    assert len(set(names)) == 4
    assert names[0] in FRAMEWORK.driver("feel secure").names("nl")


def test_somebody_of_whom_half_of_a_sentence_is_true_is_not_behind_it() -> None:
    def essence(checkers: tuple[str, ...]) -> ClaimReply:
        sums = [
            passage(one, Motivation("functional"), CHECKING, line=line) for one in checkers for line in (20, 21, 22)
        ]
        secure = [passage(one, Motivation("feel secure"), "I want to know it.", line=3) for one in ("P2", "P3", "P4")]
        return next(one for one in persona_of([*secure, *sums]).claims if one.section == "essence")

    assert ", and " in essence(("P2", "P3", "P4")).text
    assert ", and " not in essence(("P1", "P2", "P3")).text


def test_a_driver_that_half_of_the_people_have_does_not_lead() -> None:
    def essence(*people: str) -> list[str]:
        secure = [passage(one, Motivation("feel secure"), "I want to know it.", line=3) for one in people]
        rest = [passage(one, Motivation("functional"), "I wanted it done.", line=4) for one in ("P1", "P2", "P3", "P4")]
        return [one.text for one in persona_of([*secure, *rest]).claims if one.section == "essence"]

    assert essence("P1", "P2") == []
    assert essence("P1", "P2", "P3") == ["Wants to know where they stand, without surprises"]


def test_maps_are_titled_by_their_persona() -> None:
    task = replace(map_task_of(everybody()), subject="Switching supplier")
    titles = []
    for name in ("No surprises", "Keep it simple"):
        reply = answer_draft(replace(task, persona_name=name))
        assert isinstance(reply, MapReply)
        titles.append(reply.title)
    assert titles == ["The journey of ‘No surprises’", "The journey of ‘Keep it simple’"]


def test_a_driver_that_everybody_has_names_nobody() -> None:
    same = "I want to know what it will cost me."
    others = [passage(person, Motivation("feel secure"), same, "use") for person in ("P5", "P6")]
    reply = persona_of([*everybody()[:8], *others])
    assert reply.name == "Know what it will cost me"
    [essence] = [one for one in reply.claims if one.section == "essence"]
    assert len(essence.findings) == 4


def test_a_draft_says_nothing_of_what_nobody_said() -> None:
    reply = map_of(everybody())
    assert {claim.phase for claim in reply.claims} == {"consideration", "use"}
    assert not [claim for claim in reply.claims if claim.section == "moment" and claim.key == "peak"]


def test_no_passages_give_an_empty_draft() -> None:
    assert persona_of(()).claims == []
    assert persona_of(()).hero == 0
    assert map_of(()).claims == []


def test_a_fear_is_only_claimed_where_somebody_was_afraid() -> None:
    calm = [
        passage("P1", Motivation("feel secure"), "I want to be sure of it."),
        passage("P1", Emotion("joy", 2), "Lovely."),
    ]
    worried = [*calm, passage("P1", Emotion("worry", -1), "I lay awake over what might come of it.", line=9)]
    assert not [one for one in persona_of(calm).claims if one.section == "fear"]
    assert [one for one in persona_of(worried).claims if one.section == "fear"]


def test_those_who_like_a_channel_and_those_who_do_not_are_set_against_each_other() -> None:
    felt = {"P1": ("anger", -2), "P2": ("anger", -1), "P3": ("relief", 1), "P4": ("joy", 2)}
    calls = [
        one
        for person, (emotion, valence) in felt.items()
        for one in (
            passage(person, Touchpoint("phone"), "I called them about the bill.", line=10),
            passage(person, Emotion(emotion, valence), "That stayed with me all evening.", line=11),
        )
    ]
    [claim] = [one for one in persona_of(calls).claims if one.section == "differ"]
    passages = task_of(calls).passages
    assert {passages[number - 1].finding.participant_id for number in claim.findings} == {"P3", "P4"}
    assert {passages[number - 1].finding.participant_id for number in claim.against} == {"P1", "P2"}


def test_feelings_about_different_things_in_one_phase_are_no_contradiction() -> None:
    assert not [one for one in persona_of(everybody()).claims if one.section == "differ"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("I had to explain it all over again.", True),
        ("I did not have to explain it all over again.", False),
        ("I never had to tell my story again.", False),
    ],
)
def test_what_is_said_not_to_have_happened_did_not(words: str, told: bool) -> None:
    [piece] = lay_out([passage("P1", Touchpoint("phone"), words)])
    assert ("retell" in piece.happens) is told


def test_a_friction_that_was_felt_as_good_is_none() -> None:
    moments = [
        passage("P1", Touchpoint("phone"), "Then I was put through to another department.", line=1),
        passage("P1", Emotion("gratitude", 2), "How kind they were.", line=2),
    ]
    assert "passed on" not in lay_out(moments)[0].happens


def test_a_switch_without_context_is_a_story_told_again() -> None:
    lost = [
        passage(person, Touchpoint("phone", "email", context_kept=False), "Then I phoned.", line=3)
        for person in ("P1", "P2")
    ]
    claims = [one for one in map_of(lost, "nl").claims if one.section in ("friction", "idea")]
    assert [(one.section, one.key) for one in claims] == [("friction", "context lost"), ("idea", "context lost")]
    assert claims[0].findings == claims[1].findings == [1, 2]


def test_what_half_of_them_wanted_to_know_is_a_question_that_recurs() -> None:
    asked = [passage(person, Motivation("functional", "information"), "I looked for what it costs.", "orientation")
             for person in ("P1", "P2")]  # fmt: skip
    claims = [one for one in map_of(asked).claims if one.section == "question"]
    assert [(one.section, one.phase, one.findings) for one in claims] == [("question", "orientation", [1, 2])]
    assert not [one for one in map_of(asked[:1]).claims if one.section == "question"]


@pytest.mark.parametrize(
    "words",
    [
        "Nou ja, eh, ik wil gewoon weten wat het me gaat kosten, want anders lig ik wakker, en dat wil ik niet meer.",
        "I told her, well, you know how these things go, and she said that it would all be done by the end of the week "
        "and that I should not worry about a thing because it was in hand.",
        "toen heb ik gebeld en toen zeiden ze dat het er niet was en toen ben ik maar naar de winkel gegaan want daar "
        "zit iemand die het weet en die het voor me regelt zonder dat ik er iets voor hoef te doen",
        "Korte zin die past.",
    ],
)
def test_a_piece_of_somebodys_words_is_a_slice_of_them(words: str) -> None:
    piece = best_piece(words)
    assert piece.removeprefix("… ").removesuffix(" …") in words
    assert len(piece) <= LONGEST + 4


@pytest.mark.parametrize("words", ["", "Ja.", "eh eh eh", "Nou ja.", "a" * 400])
def test_words_that_cannot_stand_alone_are_not_shown(words: str) -> None:
    assert excerpt(words, "nl") == ""


def test_quotation_marks_are_those_of_the_language() -> None:
    assert excerpt("Ik wil weten wat het kost.", "nl") == "‘Ik wil weten wat het kost.’"
    assert excerpt("I want to know what it costs.", "en") == "“I want to know what it costs.”"


def test_hesitation_is_left_out_and_what_was_meant_stays() -> None:
    assert best_piece("Nou, eh, ik wil weten wat het kost.") == "ik wil weten wat het kost."


def test_merging_puts_the_same_situation_in_two_languages_together() -> None:
    dutch = passage("P1", Touchpoint("phone"), "Toen moest ik het opnieuw vertellen.", language="nl")
    english = passage("P2", Touchpoint("phone"), "I had to tell it all over again.")
    other = passage("P3", Touchpoint("app"), "I opened the app.")
    some = (dutch, english, other)
    task = MergeLabels(
        Kind.TOUCHPOINT, tuple(one.finding for one in some), tuple(one.words for one in some), FRAMEWORK, "nl"
    )
    reply = answer_draft(task)
    assert isinstance(reply, MergeReply)
    assert [1, 2] in [group.members for group in reply.groups]
    assert sorted(number for group in reply.groups for number in group.members) == [1, 2, 3]


def test_every_form_is_there_in_both_languages_with_the_same_places() -> None:
    from synth.phrases import _forms

    for name in form_names():
        dutch, english = (set(re.findall(r"\{(\w+)\}", _forms()[name][language])) for language in ("nl", "en"))
        assert dutch == english, name


def test_the_data_of_sentences_holds_together() -> None:
    frictions = {"unclear step", "returning question", "missing information", "channels disagree", "context lost", None}
    assert {one.friction for one in situations().values()} <= frictions
    assert {need.key for need in load_needs()} >= set(load_traits())
    assert {one.driver for one in load_traits().values()} - {None} <= {driver.key for driver in FRAMEWORK.drivers}
    assert all(has_form(f"situation.{key}") for key in situations())
    assert all(one.me is not None for one in motive_answers("information").values())


def test_phrases_are_found_with_gaps_prefixes_and_negation() -> None:
    matcher = PhraseMatcher({"again": ["explain ... again"], "wait": ["wait*"]})
    found = matcher.find("I waited. I did not have to explain my whole story again!")
    assert [(match.key, match.negated) for match in found] == [("wait", False), ("again", True)]


def test_sentences_join_words_in_their_language() -> None:
    assert join_words("nl", ["a", "b", "c"]) == "a, b en c"
    assert join_words("en", ["a", "b"]) == "a and b"
    assert say("nl", "reading.good") == "goed"


@pytest.mark.parametrize("language", ["en", "nl"])
def test_how_often_the_reader_is_right_is_said_in_one_sentence(language: str) -> None:
    assert quality(language).endswith(".")


def test_the_version_is_the_same_in_one_installation() -> None:
    assert drafts_version() == drafts_version()
