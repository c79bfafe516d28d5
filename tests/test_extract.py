"""The evidence gate."""

from __future__ import annotations

from typing import Any

import pytest

from synth.analyst import ChunkReply
from synth.chunk import chunk_lines
from synth.domain import Emotion, Finding, Kind, Motivation, Refusal, Touchpoint
from synth.extract import MAX_EVIDENCE_LINES, extract_findings
from tests.scripted import emotion, interview, motivation, reply_of, task_for, touchpoint


def gate(*proposals: dict[str, Any]) -> tuple[list[Finding], list[Refusal]]:
    return extract_findings(task_for(), ChunkReply.model_validate_json(reply_of(*proposals)))


def test_proposals_on_a_participants_lines_become_findings() -> None:
    findings, refusals = gate(emotion(3), motivation(2, 3), touchpoint(4))
    assert [finding.kind for finding in findings] == [Kind.MOTIVATION, Kind.EMOTION, Kind.TOUCHPOINT]
    assert [(f.evidence.first_line, f.evidence.last_line) for f in findings] == [(2, 3), (3, 3), (4, 4)]
    assert {finding.participant_id for finding in findings} == {"P1"}
    assert refusals == []


@pytest.mark.parametrize(
    ("first", "last", "why"),
    [
        (3, 2, "first line comes after"),
        (0, 2, "no such lines"),
        (-5, 2, "no such lines"),
        (7, 8, "no such lines"),
        (10**40, 10**40, "no such lines"),
        (1, 1, "not a participant's"),
        (1, 2, "change of speaker"),
        (4, 6, "change of speaker"),
    ],
)
def test_lines_that_may_not_be_cited_are_refused(first: int, last: int, why: str) -> None:
    findings, (refusal,) = gate(emotion(first, last))
    assert findings == []
    assert why in refusal.why
    assert refusal.kind == "emotion"


def test_a_number_that_no_database_takes_is_left_out_of_the_refusal() -> None:
    _, (refusal,) = gate(emotion(10**40, 10**40))
    assert (refusal.first_line, refusal.last_line) == (None, None)


def test_context_lines_are_not_to_be_coded() -> None:
    turns = [(who, [f"{who} says something here, number {n}."]) for n in range(6) for who in ("Interviewer", "P1")]
    transcript = interview(turns)
    chunk = chunk_lines(transcript, 200)[1]
    assert chunk.context_from < chunk.first_line
    context_line = next(n for n in range(chunk.context_from, chunk.first_line) if transcript.speaker_of(n).participant)
    reply = ChunkReply.model_validate_json(reply_of(emotion(context_line)))
    findings, (refusal,) = extract_findings(task_for(transcript, chunk), reply)
    assert findings == []
    assert "outside the chunk" in refusal.why


def test_a_passage_that_is_too_long_is_refused() -> None:
    task = task_for(interview([("P1", [f"Sentence {number}." for number in range(40)])]))
    reply = ChunkReply.model_validate_json(
        reply_of(emotion(1, MAX_EVIDENCE_LINES), emotion(20, 20 + MAX_EVIDENCE_LINES))
    )
    findings, (refusal,) = extract_findings(task, reply)
    assert [finding.evidence.last_line for finding in findings] == [MAX_EVIDENCE_LINES]
    assert "More than" in refusal.why


@pytest.mark.parametrize(
    "given", ["Feel Secure", "feel_secure", "feel-secure", "Zich zeker voelen", "feel secure (safe)"]
)
def test_keys_are_known_by_their_names(given: str) -> None:
    (finding,), refusals = gate(motivation(2, driver=given))
    assert finding.detail == Motivation("feel secure", "choice")
    assert refusals == []


def test_a_driver_that_the_framework_lacks_is_kept_as_functional_and_said() -> None:
    (finding,), (refusal,) = gate(motivation(2, driver="save money"))
    assert finding.detail == Motivation("functional", "choice")
    assert refusal.kind == "driver"
    assert "save money" not in refusal.why


def test_functional_is_no_driver_but_allowed() -> None:
    (finding,), refusals = gate(motivation(2, driver="Functional"))
    assert isinstance(finding.detail, Motivation)
    assert finding.detail.driver == "functional"
    assert refusals == []


def test_an_unknown_channel_is_kept_as_other_and_said() -> None:
    (finding,), (refusal,) = gate(touchpoint(4, channel="carrier pigeon"))
    assert finding.detail == Touchpoint("other")
    assert refusal.kind == "channel"


def test_an_unknown_emotion_is_refused() -> None:
    findings, (refusal,) = gate(emotion(3, emotion="zen"))
    assert findings == []
    assert refusal.kind == "emotion"


def test_an_unknown_phase_leaves_the_finding_unplaced_and_said() -> None:
    (finding,), (refusal,) = gate(emotion(3, phase="onboarding"))
    assert finding.phase is None
    assert refusal.kind == "phase"


@pytest.mark.parametrize("given", [None, "", "null", "None", "unknown"])
def test_no_phase_is_no_refusal(given: str | None) -> None:
    (finding,), refusals = gate(emotion(3, phase=given))
    assert finding.phase is None
    assert refusals == []


def test_a_switch_keeps_where_it_came_from() -> None:
    (finding,), _ = gate(touchpoint(6, channel="letter", from_channel="phone", context_kept=False, story_order=2))
    assert finding.detail == Touchpoint("letter", "phone", False, 2.0)


def test_starting_again_on_the_same_channel_is_kept_as_a_move_on_it() -> None:
    (finding,), refusals = gate(touchpoint(4, channel="phone", from_channel="phone", context_kept=False))
    detail = finding.detail
    assert isinstance(detail, Touchpoint)
    assert (detail.channel, detail.from_channel, detail.context_kept, refusals) == ("phone", "phone", False, [])


def test_a_switch_to_the_same_channel_is_none() -> None:
    (finding,), _ = gate(touchpoint(4, channel="phone", from_channel="phone", context_kept=True, story_order=10**400))
    assert finding.detail == Touchpoint("phone", None, None, None)


@pytest.mark.parametrize(
    ("from_channel", "kept", "told"),
    [(None, False, False), ("null", False, False), ("pigeon", False, False), (None, True, None)],
)
def test_who_had_to_start_again_did_wherever_they_came_from(
    from_channel: str | None, kept: bool, told: bool | None
) -> None:
    (finding,), _ = gate(touchpoint(4, channel="phone", from_channel=from_channel, context_kept=kept))
    assert isinstance(finding.detail, Touchpoint)
    assert (finding.detail.from_channel, finding.detail.context_kept) == (None, told)


def test_the_same_passage_coded_twice_is_one_finding_the_surest() -> None:
    findings, refusals = gate(emotion(3, label="cross", sure=4), emotion(3, label="furious", sure=8))
    assert [finding.label for finding in findings] == ["furious"]
    assert refusals == []


def test_overlapping_passages_with_the_same_key_and_phase_are_one_finding() -> None:
    findings, _ = gate(emotion(2, 3), emotion(3, 4, label="again"), emotion(3, emotion="worry"), emotion(6))
    assert [(f.evidence.first_line, f.evidence.last_line) for f in findings] == [(2, 3), (3, 3), (6, 6)]


def test_every_id_stands_once_whatever_is_repeated() -> None:
    findings, _ = gate(
        emotion(2, sure=1), emotion(3, sure=2), emotion(2, 3, sure=9), emotion(3, phase="intent"), emotion(2, 3, sure=3)
    )
    assert len({finding.id for finding in findings}) == len(findings)
    assert [finding.confidence for finding in findings if finding.phase == "use"] == [0.9]


def test_a_second_run_gives_the_same_ids_under_other_labels() -> None:
    (one,), _ = gate(emotion(3, label="angry"))
    (two,), _ = gate(emotion(3, label="furious about the bill", sure=2))
    assert one.id == two.id


def test_what_an_analyst_writes_is_on_one_line_without_control_characters() -> None:
    (finding,), _ = gate(emotion(3, label="very\x1b[31m\n angry\x00", trigger=" the\tbill "))
    assert finding.label == "very [31m angry"
    assert finding.detail == Emotion("anger", -2, 3, True, "the bill")
