"""Transcripts that take hardly more room than their text.

A report looks into all transcripts of a study in no order at all, so they are there at once, and a line that is an
object with words of its own takes three times the room of its words. Here the lines of a transcript are numbers, and a
line is made when it is looked at. The promise: whoever looks sees the same lines.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import eq
from typing import cast, overload

from synth.domain import Line, Transcript


def packed(transcript: Transcript) -> Transcript:
    """The same transcript in less room."""
    lines = cast("tuple[Line, ...]", PackedLines(transcript))  # a sequence, which is all that a tuple is taken for
    return replace(transcript, lines=lines)


class PackedLines(Sequence[Line]):
    """The lines of a transcript, made as they are looked at."""

    __slots__ = ("_places", "_seconds", "_text")

    def __init__(self, transcript: Transcript) -> None:
        """Of a transcript whose lines are numbered from 1."""
        self._text = transcript.text
        self._places = array("I", (n for line in transcript.lines for n in (line.turn, line.start, line.end)))
        seconds = [line.start_seconds for line in transcript.lines]
        timed = any(second is not None for second in seconds)
        self._seconds = array("d", (math.nan if one is None else one for one in seconds)) if timed else None

    def __len__(self) -> int:
        return len(self._places) // 3

    def __iter__(self) -> Iterator[Line]:
        return map(self._line, range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(eq, self, other))

    def __hash__(self) -> int:
        return hash(tuple(self))

    @overload
    def __getitem__(self, place: int) -> Line: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Line, ...]: ...
    def __getitem__(self, place: int | slice) -> Line | tuple[Line, ...]:
        places = range(len(self))[place]
        return tuple(map(self._line, places)) if isinstance(places, range) else self._line(places)

    def _line(self, place: int) -> Line:
        turn, start, end = self._places[3 * place : 3 * place + 3]
        seconds = math.nan if self._seconds is None else self._seconds[place]
        return Line(place + 1, turn, start, end, self._text[start:end], None if math.isnan(seconds) else seconds)
