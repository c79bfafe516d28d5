"""Putting other words in places of a transcript without moving its lines: numbers, turns and id stay as they are.

Findings point to line numbers, so evidence resolves in the source and in the rewritten transcript alike.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from synth.domain import Line, Skipped, Transcript


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Other words for a span of the text; not empty, and more than white space."""

    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A rewrite as it was carried out: `number` is its place in the sequence given; one that crosses ends of lines is
    carried out once in every line."""

    number: int
    line: int | None
    source_start: int
    source_end: int
    start: int
    end: int


def rewrite_transcript(
    transcript: Transcript,
    rewrites: Sequence[Rewrite],
    labels: Mapping[str | None, str],
    words: Callable[[str], str],
    name: str | None = None,
) -> tuple[Transcript, tuple[Placed, ...]]:
    """The transcript with other words.

    Args:
        rewrites: in order, without overlap.
        labels: new names of speakers; those that are not in it keep theirs.
        words: rewrites what is not in the text: skipped parts and warnings.
        name: the transcript's new name; None keeps it.
    """
    cut = _cut_at_lines(transcript, rewrites)
    text, placed = _join(transcript, cut)
    starts = [one.source_start for one in placed]

    def moved(offset: int) -> int:
        index = bisect_right(starts, offset) - 1
        # At a start of a rewrite its own change does not count yet: nothing ends or starts inside one.
        if index >= 0 and starts[index] == offset:
            index -= 1
        return offset if index < 0 else offset + placed[index].end - placed[index].source_end

    lines = []
    for line in transcript.lines:
        start, end = moved(line.start), moved(line.end)
        lines.append(Line(line.number, line.turn, start, end, text[start:end], line.start_seconds))
    changed = replace(
        transcript,
        name=transcript.name if name is None else name,
        text=text,
        lines=tuple(lines),
        turns=tuple(turn._replace(speaker=labels.get(turn.speaker, turn.speaker)) for turn in transcript.turns),
        speakers=tuple(replace(one, name=labels.get(one.name, one.name)) for one in transcript.speakers),
        skipped=tuple(Skipped(words(part.text), words(part.why)) for part in transcript.skipped),
        warnings=tuple(words(warning) for warning in transcript.warnings),
    )
    return changed, placed


def _cut_at_lines(transcript: Transcript, rewrites: Sequence[Rewrite]) -> list[tuple[int, int, int, str]]:
    """(number, start, end, words) of each piece that holds more than white space, none across an end of a line."""
    ends = sorted({line.start for line in transcript.lines} | {line.end for line in transcript.lines})
    pieces = []
    for number, rewrite in enumerate(rewrites):
        inner = ends[bisect_right(ends, rewrite.start) : bisect_left(ends, rewrite.end)]
        bounds = [rewrite.start, *inner, rewrite.end]
        for start, end in pairwise(bounds):
            piece = transcript.text[start:end]
            left, right = len(piece) - len(piece.lstrip()), len(piece.rstrip())
            if right > left:
                pieces.append((number, start + left, start + right, rewrite.words))
    return pieces


def _join(transcript: Transcript, cut: Sequence[tuple[int, int, int, str]]) -> tuple[str, tuple[Placed, ...]]:
    line_starts = [line.start for line in transcript.lines]
    parts: list[str] = []
    placed: list[Placed] = []
    done = length = 0
    for number, start, end, words in cut:
        parts += (transcript.text[done:start], words)
        new_start = length + start - done
        length = new_start + len(words)
        index = bisect_right(line_starts, start) - 1
        inside = index >= 0 and start < transcript.lines[index].end
        placed.append(Placed(number, index + 1 if inside else None, start, end, new_start, length))
        done = end
    parts.append(transcript.text[done:])
    return "".join(parts), tuple(placed)
