"""Replies to personas: nothing without findings of the persona's own people."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synth.analyst import DraftPersona
from synth.claims import claim_id
from synth.counted import read_loyalty, tell_apart
from synth.domain import Claim, Emotion, Motivation, Origin, Persona, Refusal, Touchpoint
from synth.personas import build_persona, keep_persona_ids, persona_task, take_turns
from synth.quotes import can_lead
from synth.segments import Segment
from tests.drafting import FRAMEWORK, SEGMENT, claim_reply, everybody, passage, persona_reply

PASSAGES = everybody()


def task(language: str = "en", taken: tuple[str, ...] = ()) -> DraftPersona:
    return persona_task(
        SEGMENT,
        PASSAGES,
        participants_in_study=6,
        taken_names=taken,
        framework=FRAMEWORK,
        subject="",
        language=language,
    )


def built(*claims: object, language: str = "en", **fields: object) -> tuple[Persona, tuple[Refusal, ...]]:
    reply = persona_reply(*claims, **fields)  # type: ignore[arg-type]
    return build_persona(task(language), reply, SEGMENT, PASSAGES)


def drafted(persona: Persona) -> list[Claim]:
    return [claim for claim in persona.claims if claim.origin is Origin.ANALYST]


def test_a_task_holds_the_findings_of_its_people_and_the_others_apart() -> None:
    people = {one.finding.participant_id for one in task().passages}
    others = {one.finding.participant_id for one in task().others}
    assert people == set(SEGMENT.participant_ids)
    assert others == {"P5", "P6"}


def test_a_claim_on_findings_stands_and_counts_people() -> None:
    persona, refusals = built(claim_reply("stated", [1, 2, 3]))
    [claim] = drafted(persona)
    assert claim.participant_ids == ("P1", "P2")
    assert len(claim.finding_ids) == 3
    assert not refusals


@pytest.mark.parametrize("findings", [[], [0], [-3], [13], [999]])
def test_a_claim_without_a_finding_that_exists_is_refused(findings: list[int]) -> None:
    persona, refusals = built(claim_reply("stated", findings))
    assert drafted(persona) == []
    assert refusals


def test_a_claim_keeps_its_good_findings_when_others_do_not_exist() -> None:
    persona, refusals = built(claim_reply("stated", [1, 99]))
    assert len(drafted(persona)[0].finding_ids) == 1
    assert len(refusals) == 1


def test_findings_of_somebody_else_carry_nothing() -> None:
    foreign = passage("P5", Motivation("thrill"), "It is a game to me.")
    mixed = replace(task(), passages=(foreign, *task().passages))
    persona, refusals = build_persona(mixed, persona_reply(claim_reply("stated", [1]), hero=2), SEGMENT, PASSAGES)
    assert drafted(persona) == []
    assert any("somebody else" in refusal.why for refusal in refusals)


@pytest.mark.parametrize("section", ["demographics", "title", "", "ESSENCE "])
def test_only_known_sections_stand(section: str) -> None:
    persona, refusals = built(claim_reply(section, [1]))
    known = section.strip().casefold() == "essence"
    assert bool(drafted(persona)) is known
    assert bool(refusals) is not known


def test_a_question_that_is_none_is_refused() -> None:
    persona, refusals = built(claim_reply("decide", [1], key="weather"), claim_reply("decide", [1], key="choice"))
    assert [claim.key for claim in drafted(persona)] == ["choice"]
    assert refusals


def test_the_same_sentence_twice_stands_once() -> None:
    persona, refusals = built(
        claim_reply("stated", [1], text="One clear amount."), claim_reply("stated", [3], text="one clear  amount")
    )
    assert len(drafted(persona)) == 1
    assert len(refusals) == 1


def test_those_who_contradict_are_kept_and_nobody_is_on_both_sides_by_one_finding() -> None:
    persona, _ = built(claim_reply("differ", [1, 4], against=[4, 7]))
    [claim] = [claim for claim in drafted(persona) if claim.section == "differ"]
    assert len(claim.against_finding_ids) == 1
    assert not set(claim.finding_ids) & set(claim.against_finding_ids)


def test_an_empty_text_is_refused() -> None:
    persona, refusals = built(claim_reply("stated", [1], text=" ... "))
    assert drafted(persona) == []
    assert len(refusals) == 1


def test_drivers_and_channels_are_counted_whatever_the_reply_says() -> None:
    persona, _ = built()
    counted = {(claim.section, claim.key): len(claim.participant_ids) for claim in persona.claims}
    assert counted["driver", "feel secure"] == 4
    assert counted["channel", "phone"] == 4
    assert ("driver", "thrill") not in counted


def test_every_claim_has_findings_of_the_personas_own_people() -> None:
    persona, _ = built(claim_reply("fear", [2, 5]))
    for claim in persona.claims:
        assert claim.finding_ids
        assert set(claim.participant_ids) <= set(persona.participant_ids)


def test_in_a_section_what_most_of_them_tell_stands_first_and_what_is_counted_before_all() -> None:
    alone, all_four = ("One of them wants it in writing", [1]), ("They want one clear amount", [1, 4, 7, 10])
    claims = [claim_reply("loyalty", cited, key="transactional", text=text) for text, cited in (alone, all_four)]
    persona, _ = built(*claims)
    told = [(claim.origin, len(claim.participant_ids)) for claim in persona.claims if claim.section == "loyalty"]
    people = [number for origin, number in told if origin is Origin.ANALYST]
    assert people == sorted(people, reverse=True)
    assert len(set(people)) == 2
    drafted = [origin is Origin.ANALYST for origin, _ in told]
    assert drafted == sorted(drafted)


def test_what_sets_them_apart_is_said_with_both_counts() -> None:
    persona, _ = built(language="nl")
    texts = [claim.text for claim in persona.claims if claim.section == "unlike"]
    assert any("4 van 4" in text and "0 van 2" in text for text in texts)


def test_what_half_of_the_others_do_too_is_no_difference() -> None:
    own = [passage(person, Touchpoint("phone"), "I called.").finding for person in ("P1", "P2")]
    others = [passage("P3", Touchpoint("phone"), "I called.").finding, passage("P4", Touchpoint("app"), "App.").finding]
    assert tell_apart("o", own, others, FRAMEWORK, "en") == []


def test_what_half_of_them_do_does_not_set_them_apart_and_what_more_do_does() -> None:
    callers = [passage(person, Touchpoint("phone"), "I called.").finding for person in ("P1", "P2", "P3")]
    others = [passage(person, Touchpoint("app"), "App.").finding for person in ("P5", "P6")]
    rest = [passage(person, Touchpoint("app"), "App.").finding for person in ("P3", "P4")]
    assert tell_apart("o", [*callers[:2], *rest], others, FRAMEWORK, "en") == []
    [claim] = tell_apart("o", [*callers, *rest], others, FRAMEWORK, "en")
    assert "3 of 4" in claim.text


def test_satisfaction_and_attachment_are_two_readings() -> None:
    emotions = [("P1", Emotion("satisfaction", 1), "use"), ("P1", Emotion("distrust", -1), "loyalty")]
    passages = tuple(
        passage(person, one, "Words.", phase, line=line) for line, (person, one, phase) in enumerate(emotions)
    )
    asked = persona_task(
        SEGMENT, passages, participants_in_study=1, taken_names=(), framework=FRAMEWORK, subject="", language="en"
    )
    persona, _ = build_persona(asked, persona_reply(), SEGMENT, passages)
    readings = {claim.key: claim.text for claim in persona.claims if claim.section == "loyalty"}
    assert set(readings) == {"satisfaction", "attached"}
    assert readings["satisfaction"].startswith("Satisfied")
    assert "no bond" in readings["attached"]


def test_a_claim_keeps_its_id_when_more_findings_join_and_not_when_it_says_something_else() -> None:
    one = drafted(built(claim_reply("stated", [1]))[0])[0]
    more = drafted(built(claim_reply("stated", [1, 4], text="wants one clear amount."))[0])[0]
    other = drafted(built(claim_reply("stated", [1], text="Wants two amounts"))[0])[0]
    assert one.id == more.id
    assert one.id != other.id


def test_ids_differ_by_section_key_and_phase() -> None:
    ids = {
        claim_id("p", "stated", None, None, "x"),
        claim_id("p", "fear", None, None, "x"),
        claim_id("p", "decide", "choice", None, "x"),
        claim_id("p", "stated", None, "use", "x"),
        claim_id("q", "stated", None, None, "x"),
    }
    assert len(ids) == 5


def test_a_persona_keeps_its_id_while_its_medoid_stays() -> None:
    larger = replace(SEGMENT, participant_ids=("P1", "P2", "P3", "P4", "P5"))
    grown = persona_task(
        larger, PASSAGES, participants_in_study=6, taken_names=(), framework=FRAMEWORK, subject="", language="en"
    )
    assert build_persona(grown, persona_reply(), larger, PASSAGES)[0].id == built()[0].id


def test_a_name_that_is_taken_is_numbered() -> None:
    persona, _ = build_persona(task(taken=("no surprises",)), persona_reply(), SEGMENT, PASSAGES)
    assert persona.name == "No surprises (2)"


@pytest.mark.parametrize("hero", [0, -1, 500])
def test_a_hero_that_does_not_exist_is_replaced(hero: int) -> None:
    persona, _ = built(hero=hero)
    words = {one.finding.id: one for one in task().passages}
    assert can_lead(words[persona.quotes[0].finding_id])


def test_quotes_are_told_once() -> None:
    persona, _ = built(hero=1, quotes=[1, 2, 2, 3])
    shown = [quote.finding_id for quote in persona.quotes]
    assert len(set(shown)) == len(shown)
    assert shown[:3] == [one.finding.id for one in task().passages[:3]]


def test_phases_that_nobody_spoke_of_are_said_to_be_unknown() -> None:
    persona, _ = built(language="nl", unknowns=["Waarom zij bleven."])
    assert persona.unknowns[0] == "Waarom zij bleven."
    assert any("loyaliteit" in sentence for sentence in persona.unknowns)


def test_taking_turns_leaves_nobody_out_and_keeps_the_order() -> None:
    busy = [passage("P1", Touchpoint("phone"), f"call {line}", line=line) for line in range(1, 60)]
    few = [passage("P2", Touchpoint("app"), f"app {line}", line=line) for line in range(1, 4)]
    chosen = take_turns([*busy, *few], 10)
    assert len(chosen) == 10
    assert sum(one.finding.participant_id == "P2" for one in chosen) == 3
    lines = [one.finding.evidence.first_line for one in chosen if one.finding.participant_id == "P1"]
    assert lines == sorted(lines)


def test_persona_keeps_its_id_while_most_of_its_people_stay() -> None:
    earlier = replace(persona_of(("P1", "P2", "P3")), id="kept")
    grown = Segment(("P1", "P2", "P3", "P9"), "P9", (), None)
    other = Segment(("P4", "P5"), "P4", (), None)
    ids = [segment.persona_id for segment in keep_persona_ids((other, grown), (earlier,))]
    assert ids[1] == "kept"
    assert ids[0] not in ("kept", None)


def persona_of(people: tuple[str, ...]) -> Persona:
    return Persona("p", "Calm", people, (), None, (), (), ())


def loyalty_of(*felt: tuple[str, Emotion], signals: tuple[tuple[str, str], ...] = ()) -> dict[str, Claim]:
    passages = [passage(person, one, "Words.", "use", line=line) for line, (person, one) in enumerate(felt, start=1)]
    given = [passage(person, Touchpoint("phone"), f"{key}.", "loyalty", line=50) for person, key in signals]
    findings = [one.finding for one in passages]
    findings += [replace(one.finding, signals=(key,)) for one, (_, key) in zip(given, signals, strict=True)]
    return {claim.text if claim.key == "transactional" else claim.key or "": claim
            for claim in read_loyalty("o", findings, FRAMEWORK, "en")}  # fmt: skip


def test_as_many_on_both_sides_are_said_to_be_divided() -> None:
    claim = loyalty_of(("P1", Emotion("satisfaction", 1)), ("P2", Emotion("anger", -2)))["satisfaction"]
    assert claim.text.startswith("Divided")
    assert (claim.participant_ids, claim.against_participant_ids) == (("P1",), ("P2",))


def test_a_feeling_that_binds_tells_nothing_of_satisfaction() -> None:
    claims = loyalty_of(("P1", Emotion("pride", 2, reading="connection")))
    assert list(claims) == ["attached"]


def test_signs_of_buying_stand_apart_and_against_those_of_the_opposite() -> None:
    claims = loyalty_of(signals=(("P1", "stays"), ("P2", "leaves"), ("P3", "warns")))
    assert claims["Stays"].against_participant_ids == ("P2",)
    assert claims["Leaves"].participant_ids == ("P2",)
    assert claims["emotional"].participant_ids == ("P3",)
