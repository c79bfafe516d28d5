"""Transcripts in less room: whoever looks at their lines sees the same lines."""

from __future__ import annotations

from dataclasses import replace
from sys import getsizeof

from synth.domain import Transcript
from synth.packed import PackedLines, packed
from tests.scripted import TURNS, interview


def timed() -> Transcript:
    """An interview of which some lines have a time."""
    plain = interview(TURNS * 20)
    lines = [line._replace(start_seconds=line.number / 4 if line.number % 3 else None) for line in plain.lines]
    return replace(plain, lines=tuple(lines))


def test_lines_are_the_same_one_by_one_in_pieces_and_all_together() -> None:
    for whole in (interview(), timed()):
        lines = packed(whole).lines
        assert list(lines) == list(whole.lines)
        assert lines[-1] == whole.lines[-1]
        assert lines[2:5] == whole.lines[2:5]
        assert packed(whole) == whole
        assert packed(whole) != replace(whole, lines=whole.lines[:-1])
        assert lines != [line.text for line in whole.lines]


def test_what_is_asked_of_lines_is_answered_as_before() -> None:
    whole = timed()
    small = packed(whole)
    assert [small.speaker_of(line.number) for line in small.lines] == [
        whole.speaker_of(line.number) for line in whole.lines
    ]
    assert small.slice(2, 4) == whole.slice(2, 4)


def test_lines_take_less_than_a_tenth_of_the_room() -> None:
    whole = interview(TURNS * 50)
    small = packed(whole).lines
    assert isinstance(small, PackedLines)
    before = sum(getsizeof(line) + getsizeof(line.text) for line in whole.lines)
    assert getsizeof(small) + getsizeof(small._places) < before / 10
