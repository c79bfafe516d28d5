"""Everybody gets one id, nobody gets somebody else's."""

from __future__ import annotations

from dataclasses import replace

from synth.domain import Transcript
from synth.participants import assign_participants, is_generic
from tests.scripted import interview


def spoken(name: str, *labels: str) -> Transcript:
    return interview([("Interviewer", ["And you?"]), *((label, ["I did."]) for label in labels)], name)


def ids(*transcripts: Transcript) -> list[list[str | None]]:
    return [[speaker.participant for speaker in one.speakers if speaker.name != "Interviewer"] for one in transcripts]


def unassigned(transcript: Transcript) -> Transcript:
    return replace(transcript, speakers=tuple(replace(one, participant=None) for one in transcript.speakers))


def assigned(
    *transcripts: Transcript, known: dict[str, str] | None = None, taken: tuple[str, ...] = ()
) -> list[list[str | None]]:
    return ids(*assign_participants([unassigned(one) for one in transcripts], known or {}, taken))


def test_name_never_becomes_an_id() -> None:
    assert assigned(spoken("a.txt", "Anna de Vries")) == [["P01"]]


def test_interviewer_gets_no_id() -> None:
    transcript = assign_participants([unassigned(spoken("a.txt", "Anna"))], {}, [])[0]
    assert transcript.speakers[0].participant is None


def test_code_in_a_label_or_in_the_name_of_a_file_is_the_id() -> None:
    assert assigned(spoken("a.txt", "R4"), spoken("p07.docx", "Anna")) == [["R4"], ["P07"]]


def test_free_number_is_none_that_a_later_file_has_as_its_code() -> None:
    assert assigned(spoken("a.txt", "Anna"), spoken("b.txt", "P01"), spoken("P02.txt", "Bert")) == [
        ["P03"],
        ["P01"],
        ["P02"],
    ]


def test_same_person_in_two_files_is_one_participant_whatever_the_blanks() -> None:
    assert assigned(spoken("a.txt", "Anna de Vries"), spoken("b.txt", "anna  de vries")) == [["P01"], ["P01"]]


def test_somebody_known_from_an_earlier_run_keeps_the_id() -> None:
    assert assigned(spoken("a.txt", "Anna"), known={"anna": "P09"}, taken=("P01",)) == [["P09"]]


def test_parts_in_an_interview_are_somebody_else_in_every_file() -> None:
    assert assigned(spoken("a.txt", "Deelnemer"), spoken("b.txt", "Deelnemer")) == [["P01"], ["P02"]]
    assert assigned(spoken("a.txt", "Speaker 2"), spoken("b.txt", "Speaker 2")) == [["P01"], ["P02"]]


def test_everybody_in_a_group_is_one() -> None:
    assert assigned(spoken("P10.txt", "Ruth", "Callum"), taken=("P01",)) == [["P02", "P03"]]


def test_two_thousand_speakers_get_two_thousand_ids() -> None:
    labels = ["".join(chr(97 + int(digit)) for digit in f"{number:05}") for number in range(2_000)]
    assert len(set(assigned(spoken("a.txt", *labels))[0])) == 2_000


def test_generic_labels_are_told_from_names() -> None:
    assert all(is_generic(label) for label in ("R", "*Deelnemer:*", "Speaker 3", "Geïnterviewde"))
    assert not any(is_generic(label) for label in ("Anna", "P07", "Bo"))
