"""Maps: feelings over people, paths in each one's own order, and the gate for what an analyst says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from synth.analyst import ClaimReply, DraftMap, Passage
from synth.domain import Emotion, JourneyMap, Persona, PhaseColumn, Refusal, Touchpoint
from synth.journeys import build_map, find_marks, map_task, peak_end_reading
from synth.paths import channel_switches, phase_path, story_of
from synth.personas import build_persona, persona_task
from tests.drafting import FRAMEWORK, SEGMENT, Detail, claim_reply, everybody, map_reply, passage, persona_reply

PASSAGES = everybody()


def persona(passages: Sequence[Passage] = PASSAGES) -> Persona:
    task = persona_task(
        SEGMENT, passages, participants_in_study=6, taken_names=(), framework=FRAMEWORK, subject="", language="en"
    )
    return build_persona(task, persona_reply(), SEGMENT, passages)[0]


def task_of(passages: Sequence[Passage], language: str = "en") -> DraftMap:
    return map_task(persona(passages), passages, framework=FRAMEWORK, subject="", language=language)


def mapped(
    *claims: ClaimReply, passages: Sequence[Passage] = PASSAGES, **fields: object
) -> tuple[JourneyMap, tuple[Refusal, ...]]:
    return build_map(task_of(passages), map_reply(*claims, **fields), persona(passages), passages, wave="2025-Q4")


def column(journey: JourneyMap, phase: str) -> PhaseColumn:
    return next(one for one in journey.phases if one.phase == phase)


def felt(*moments: tuple[str, int, str]) -> list[Passage]:
    return [
        passage(person, Emotion("joy" if valence > 0 else "anger", valence), f"Words {line}.", phase, line=line)
        for line, (person, valence, phase) in enumerate(moments, start=1)
    ]


def steps(person: str, *points: tuple[str, str, float | None]) -> list[Passage]:
    return [
        passage(person, Touchpoint(channel, story_order=order), f"Step {line}.", phase, line=line)
        for line, (phase, channel, order) in enumerate(points, start=1)
    ]


def test_a_mean_is_over_people_and_not_over_moments() -> None:
    moments = [("P1", -2, "use")] * 5 + [("P2", 2, "use")]
    journey, _ = mapped(passages=felt(*moments))
    assert column(journey, "use").mean == 0


def test_a_feeling_is_a_persons_mean_to_half_a_point() -> None:
    journey, _ = mapped(passages=felt(("P1", -2, "use"), ("P1", -1, "use"), ("P1", -1, "use"), ("P2", 1, "use")))
    assert [feeling.valence for feeling in column(journey, "use").feelings] == [-1.5, 1.0]


def test_a_phase_of_which_nobody_said_how_it_felt_is_a_gap() -> None:
    journey, _ = mapped()
    assert column(journey, "consideration").mean is None
    assert column(journey, "consideration").participant_ids == ("P1", "P2", "P3", "P4")
    assert column(journey, "advocacy").participant_ids == ()


def test_all_phases_of_the_framework_stand_in_order() -> None:
    journey, _ = mapped()
    assert tuple(one.phase for one in journey.phases) == FRAMEWORK.phase_keys


def test_the_word_beside_the_mean_goes_the_same_way() -> None:
    moments = felt(("P1", -1, "use"), ("P2", -1, "use"), ("P3", -1, "use"), ("P3", 2, "use"), ("P4", 2, "use"))
    shown = column(mapped(passages=moments)[0], "use")
    assert shown.mean is not None
    assert shown.mean > 0
    assert shown.emotion == "joy"


def test_the_spread_needs_five_people() -> None:
    four, _ = mapped(passages=felt(*[(f"P{n}", n - 3, "use") for n in range(1, 5)]))
    assert column(four, "use").spread is None
    segment = [(f"P{1 + n % 4}", 1, "use") for n in range(8)]
    same, _ = mapped(passages=felt(*segment))
    assert column(same, "use").spread is None


def test_peak_and_low_need_three_people_and_the_right_side_of_zero() -> None:
    high = [(f"P{n}", 2, "purchase") for n in range(1, 4)]
    bad = [(f"P{n}", -1, "use") for n in range(1, 5)]
    lone = [("P1", 2, "loyalty"), ("P2", -2, "awareness")]
    journey, _ = mapped(passages=felt(*high, *bad, *lone))
    assert (journey.peak, journey.low, journey.end) == ("purchase", "use", "loyalty")


def test_there_is_no_peak_where_nothing_is_good() -> None:
    assert find_marks([("use", -0.5, 4), ("loyalty", -1.0, 5)]) == (None, "loyalty", "loyalty")
    assert find_marks([]) == (None, None, None)


def test_channels_count_people_once_however_often_they_used_them() -> None:
    passages = steps("P1", ("use", "phone", None), ("use", "phone", None)) + steps("P2", ("use", "phone", None))
    journey, _ = mapped(passages=passages)
    assert column(journey, "use").channels == {"phone": ("P1", "P2")}
    assert len(column(journey, "use").channel_finding_ids["phone"]) == 3


def test_a_path_follows_the_story_and_not_the_telling() -> None:
    told = steps("P1", ("use", "app", 3), ("awareness", "letter", 1), ("purchase", "desk", 2))
    story = story_of([one.finding for one in told], [one.finding.id for one in told])
    assert [one.phase for one in story] == ["awareness", "purchase", "use"]


def test_a_touchpoint_without_a_place_stays_behind_the_one_told_before_it() -> None:
    told = steps("P1", ("use", "app", 3), ("use", "phone", None), ("awareness", "letter", 1))
    story = story_of([one.finding for one in told], [one.finding.id for one in told])
    assert [one.evidence.first_line for one in story] == [3, 1, 2]


def test_skips_and_returns_are_steps_of_the_path() -> None:
    told = steps("P1", ("awareness", "app", 1), ("use", "app", 2), ("consideration", "app", 3), ("use", "app", 4))
    path = phase_path({"P1": [one.finding for one in told]}, FRAMEWORK.phase_keys)
    assert [(step.from_phase, step.to_phase) for step in path] == [
        ("awareness", "use"),
        ("consideration", "use"),
        ("use", "consideration"),
    ]


def test_a_doubtful_single_visit_is_no_return() -> None:
    sure = steps("P1", ("use", "app", 1), ("use", "app", 2))
    slip = passage("P1", Touchpoint("app", story_order=3), "Slip.", "awareness", line=5, confidence=0.3)
    after = passage("P1", Touchpoint("app", story_order=4), "After.", "use", line=6)
    assert phase_path({"P1": [one.finding for one in [*sure, slip, after]]}, FRAMEWORK.phase_keys) == ()


def test_a_switch_that_lost_the_context_is_counted_as_such() -> None:
    def switching(person: str, kept: bool | None) -> list[Passage]:
        return [
            passage(person, Touchpoint("email", story_order=1), "I wrote.", "purchase", line=1),
            passage(person, Touchpoint("phone", "email", kept, 2), "I called.", "use", line=2),
        ]

    stories = {
        person: [one.finding for one in switching(person, kept)] for person, kept in (("P1", False), ("P2", True))
    }
    [switch] = channel_switches(stories, FRAMEWORK.phase_keys)
    assert (switch.from_phase, switch.from_channel, switch.to_phase, switch.to_channel) == (
        "purchase", "email", "use", "phone",
    )  # fmt: skip
    assert switch.participant_ids == ("P1", "P2")
    assert switch.lost_participant_ids == ("P1",)


def test_starting_again_on_one_channel_is_a_move_on_it_and_calling_twice_is_none() -> None:
    called = [
        passage("P1", Touchpoint("phone", story_order=1), "I called.", "use", line=1),
        passage("P1", Touchpoint("phone", "phone", False, 2), "And told it all again.", "use", line=2),
    ]
    twice = steps("P2", ("use", "phone", 1), ("use", "phone", 2))
    stories = {one: [step.finding for step in made] for one, made in (("P1", called), ("P2", twice))}
    [switch] = channel_switches(stories, FRAMEWORK.phase_keys)
    assert (switch.from_channel, switch.to_channel, switch.lost_participant_ids) == ("phone", "phone", ("P1",))
    assert switch.participant_ids == ("P1",)


def test_a_move_that_one_person_makes_in_passing_is_no_flow() -> None:
    stories = {
        person: [one.finding for one in steps(person, ("use", "app", 1), ("use", other, 2))]
        for person, other in (("P1", "phone"), ("P2", "phone"), ("P3", "desk"))
    }
    assert [(one.to_channel, len(one.participant_ids)) for one in channel_switches(stories, FRAMEWORK.phase_keys)] == [
        ("phone", 2)
    ]


def test_findings_without_a_phase_are_listed_as_unplaced() -> None:
    unplaced = passage("P1", Touchpoint("app"), "Somewhere.", None, line=90)
    journey, _ = mapped(passages=[*PASSAGES, unplaced])
    assert journey.unplaced_finding_ids == (unplaced.finding.id,)


def test_claims_stand_in_their_phase_in_the_order_of_lanes() -> None:
    journey, refusals = mapped(
        claim_reply("idea", [2], phase="use", text="Say the amount first"),
        claim_reply("doing", [2], phase="use", text="I call"),
    )
    assert [(one.section, one.idea) for one in column(journey, "use").claims] == [("doing", False), ("idea", True)]
    assert not refusals


def test_in_a_lane_what_most_people_tell_stands_first() -> None:
    many = [number for number, one in enumerate(PASSAGES, 1) if one.words == "I called them about the bill."]
    one, all_four = ("I ring them once", many[:1]), ("I ring about the bill", many)
    asked = (one, all_four)
    journey, _ = mapped(*(claim_reply("touchpoint", said, key="phone", phase="use", text=text) for text, said in asked))
    told = [claim.text for claim in column(journey, "use").claims if claim.section == "touchpoint"]
    assert told == ["I ring about the bill", "I ring them once"]


@pytest.mark.parametrize(
    "fields",
    [{"phase": None}, {"phase": "childhood"}, {"phase": "use", "findings": [77]}, {"phase": "use", "text": " "}],
)
def test_a_claim_without_phase_finding_or_text_is_refused(fields: dict[str, object]) -> None:
    journey, refusals = mapped(claim_reply("doing", **({"findings": [2]} | fields)))  # type: ignore[arg-type]
    assert not any(one.claims for one in journey.phases)
    assert refusals


def test_a_friction_key_that_is_none_is_left_out_and_the_claim_stands() -> None:
    journey, refusals = mapped(claim_reply("friction", [2], phase="use", key="rude staff"))
    assert column(journey, "use").claims[0].key is None
    assert len(refusals) == 1


def test_a_moment_is_only_called_low_where_the_feelings_say_so() -> None:
    right = claim_reply("moment", [3], phase="use", key="low", text="I lie awake")
    wrong = claim_reply("moment", [1], phase="consideration", key="low", text="I wonder")
    journey, refusals = mapped(right, wrong)
    assert column(journey, "use").claims[0].key == "low"
    assert column(journey, "consideration").claims[0].key is None
    assert any("lies elsewhere" in one.why for one in refusals)


def test_at_most_two_quotes_stand_in_a_phase() -> None:
    journey, _ = mapped(quotes=[2, 3, 5, 6, 500])
    assert len(column(journey, "use").quotes) == 2


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize(
    "means",
    [
        (),
        (("use", 0.5, 2),),
        (("purchase", 1.0, 5), ("use", -1.0, 5), ("loyalty", 0.0, 1)),
        (("purchase", 1.0, 5),),
        (("use", -1.0, 3),),
        (("use", 0.0, 3),),
    ],
)
def test_a_reading_is_one_sentence_whatever_was_felt(
    means: tuple[tuple[str, float | None, int], ...], language: str
) -> None:
    reading = peak_end_reading(means, FRAMEWORK, language)
    assert reading.endswith(".")
    assert "{" not in reading


def test_where_most_had_their_own_best_moment_is_said_where_the_curve_is_best_elsewhere() -> None:
    both = [(f"P{n}", value, "use") for n in (1, 2, 3) for value in (2, -2)]
    journey, _ = mapped(passages=felt(*both, *((f"P{n}", 1, "advocacy") for n in (1, 2, 3))))
    assert journey.peak == "advocacy"
    assert journey.reading.endswith("For 3 of 3 the best moment of their own was in use and service.")
    alone, _ = mapped(passages=felt(*((f"P{n}", 2, "use") for n in (1, 2, 3))))
    assert "of their own" not in alone.reading


@pytest.mark.parametrize(("section", "passes"), [("idea", True), ("need", True), ("doing", False)])
def test_what_speaks_to_people_may_name_the_people_that_the_study_is_about(section: str, passes: bool) -> None:
    said = [passage(p, Touchpoint("phone"), "I called about my daughter.", line=30) for p in ("P1", "P2")]
    told = (*PASSAGES, *said)
    reply = claim_reply(section, [2], phase="use", text="Tell parents in person")
    journey, refusals = mapped(reply, passages=told)
    assert bool(column(journey, "use").claims) is passes
    assert any("family" in one.why for one in refusals) is not passes
    nobody, _ = mapped(reply)
    assert column(nobody, "use").claims == ()


def test_an_analysts_own_reading_is_kept() -> None:
    assert mapped(reading="One evening carries it.")[0].reading == "One evening carries it."


def test_a_person_interviewed_twice_has_two_stories_one_after_the_other() -> None:
    details: list[tuple[str, Detail]] = [
        ("use", Touchpoint("app", story_order=5)),
        ("awareness", Touchpoint("app", story_order=1)),
    ]
    first, second = (passage("P1", detail, "Words.", phase).finding for phase, detail in details)
    later = replace(second, evidence=replace(second.evidence, transcript_id="t-P1-again"))
    assert [one.id for one in story_of([first, later], [first.id, later.id])] == [first.id, later.id]


def test_where_a_story_begins_is_counted_so_that_a_loyal_customer_is_seen_to_skip() -> None:
    told = [
        *steps("P1", ("awareness", "letter", None), ("use", "app", None)),
        *steps("P2", ("loyalty", "phone", None), ("use", "app", None)),
    ]
    assert mapped(passages=told)[0].entries == {"awareness": ("P1",), "loyalty": ("P2",)}


def test_who_comes_back_to_a_channel_is_counted_once() -> None:
    told = [passage("P1", Touchpoint("phone", repeated=True), f"Again {line}.", line=line) for line in (1, 2)]
    told += [passage("P2", Touchpoint("phone"), "Once.", line=3)]
    assert column(mapped(passages=told)[0], "use").repeats == {"phone": ("P1",)}


def test_a_question_of_one_person_does_not_recur() -> None:
    one = claim_reply("question", [1], phase="consideration", text="I want to know what it costs")
    two = claim_reply("question", [1, 3], phase="consideration", text="I want to know what it costs")
    assert [claim.section for claim in column(mapped(one)[0], "consideration").claims] == []
    assert [claim.section for claim in column(mapped(two)[0], "consideration").claims] == ["question"]
    assert any("does not recur" in refusal.why for refusal in mapped(one)[1])


def test_an_analyst_cannot_propose_a_wow() -> None:
    journey, refusals = mapped(claim_reply("wow", [2], phase="use"))
    assert not [claim for one in journey.phases for claim in one.claims]
    assert [refusal.why for refusal in refusals] == ["There is no such section."]


def test_each_idea_has_a_plan() -> None:
    idea = claim_reply("idea", [2], phase="use", key="waiting", text="Call people back")
    use = column(mapped(idea)[0], "use")
    [made] = [claim for claim in use.claims if claim.idea]
    assert use.plans[made.id].channel == "phone"
    assert use.plans[made.id].medium == "invoice"
