"""What an idea would take, and where a small surprise would fit."""

from __future__ import annotations

import pytest

from synth.analyst import Passage
from synth.claims import make_claim
from synth.domain import Emotion, Evidence, Feeling, Finding, Motivation, Origin, Plan, Touchpoint
from synth.frameworks import load_framework
from synth.plan import moment_of, plan_idea, wow_claims

FRAMEWORK = load_framework("customer")


def passage(
    number: int, detail: Motivation | Emotion | Touchpoint, words: str = "So.", phase: str = "orientation"
) -> Passage:
    finding = Finding(f"f{number}", f"P{number}", Evidence("t", number, number), "label", "en", phase, detail)
    return Passage(finding, words)


def planned(
    passages: list[Passage], *, phase: str = "orientation", friction: str | None = None, text: str = "Do something"
) -> Plan:
    findings = [one.finding for one in passages]
    idea = make_claim("map", "idea", text, findings, phase=phase)
    frictions = [make_claim("map", "friction", "It is hard", findings, phase=phase, key=friction)] if friction else []
    moment = moment_of(phase, FRAMEWORK, ("website",), "en")
    return plan_idea(idea, frictions, {one.finding.id: one for one in passages}, moment, FRAMEWORK, "en")


@pytest.mark.parametrize(
    ("channel", "phase", "words", "friction", "medium"),
    [
        ("website", "orientation", "I could not see what it was.", "missing information", "video_informs"),
        ("website", "use", "I could not see what it was.", "missing information", "service"),
        ("in person", "orientation", "She told me half of it.", "missing information", "person"),
        ("website", "orientation", "The bill was a riddle.", "missing information", "invoice"),
        ("website", "purchase", "It went round in circles.", "context lost", "text"),
    ],
)
def test_video_is_advised_only_where_it_suits(channel: str, phase: str, words: str, friction: str, medium: str) -> None:
    plan = planned([passage(1, Touchpoint(channel), words, phase)], phase=phase, friction=friction)
    assert plan.medium == medium
    assert plan.medium_why


def test_a_moment_that_enthuses_can_be_shown_in_a_video() -> None:
    told = [passage(1, Emotion("enthusiasm", 2), phase="advocacy"),
            passage(2, Touchpoint("social media"), phase="advocacy")]  # fmt: skip
    assert planned(told, phase="advocacy").medium == "video_enthuses"


def test_kpi_follows_from_the_friction_that_is_answered() -> None:
    lost = planned([passage(1, Touchpoint("phone"))], friction="context lost")
    asked = planned([passage(1, Touchpoint("phone"))], friction="returning question")
    assert (lost.effort, asked.effort) == (3, 1)
    assert "only once" in lost.kpi
    assert "per hundred" in asked.kpi


def test_the_channel_is_that_of_what_is_answered_else_of_the_phase() -> None:
    assert planned([passage(1, Touchpoint("letter"))]).channel == "letter"
    assert planned([passage(1, Emotion("anger", -2))]).channel == "website"


@pytest.mark.parametrize(
    ("text", "friction", "channel", "medium"),
    [
        ("Show opening hours in every official list", "missing information", "website", "video_informs"),
        ("Say on the phone what comes next", "missing information", "phone", "person"),
        ("Answer sooner", "waiting", "phone", "person"),
        ("Say the same on the phone and in the letter", "channels disagree", "phone", "person"),
    ],
)
def test_what_people_had_to_call_about_is_not_put_where_they_called(
    text: str, friction: str, channel: str, medium: str
) -> None:
    plan = planned([passage(1, Touchpoint("phone"))], friction=friction, text=text)
    assert (plan.channel, plan.medium) == (channel, medium)


def felt(*values: float) -> tuple[Feeling, ...]:
    return tuple(Feeling(f"P{number}", value, (f"f{number}",)) for number, value in enumerate(values, start=1))


def test_a_wow_fits_where_it_runs_well_for_most_and_later_rather_than_sooner() -> None:
    own = [passage(number, Emotion("joy", 2), phase=phase).finding
           for number in (1, 2, 3) for phase in ("orientation", "loyalty")]  # fmt: skip
    feelings = {"orientation": felt(2, 2, 2), "use": felt(2, 2, -2), "loyalty": felt(1, 1, 1)}
    claims = wow_claims("map", feelings, own, 3, FRAMEWORK, "en")
    assert [(one.section, one.phase, one.participant_ids) for one in claims] == [("wow", "loyalty", ("P1", "P2", "P3"))]
    assert claims[0].origin is Origin.COMPUTED


def test_no_wow_is_invented_for_a_journey_that_does_not_run_well() -> None:
    own = [passage(1, Emotion("joy", 2)).finding]
    assert wow_claims("map", {"orientation": felt(2, 2), "use": felt(0, 0.5, 1)}, own, 3, FRAMEWORK, "nl") == []
