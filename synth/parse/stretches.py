"""Between the readers and a transcript: text with the places in it where somebody speaks.

Whatever a source looked like, it becomes one `Told`: the text as it will be kept, and stretches of speech in it, each
of one speaker, with the times that were known at certain characters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from synth.domain import Skipped
from synth.parse.labels import unify
from synth.parse.pieces import Piece, Spoken, gather


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in which sentences may be looked for; no sentence crosses its ends."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one speaker says in a row."""

    speaker: str | None
    spans: tuple[Span, ...]
    start_seconds: float | None = None
    end_seconds: float | None = None
    anchors: tuple[tuple[int, float], ...] = ()
    """Offsets at which a time is known, rising."""
    pauses: tuple[int, ...] = ()
    """Offsets at which the speaker paused: good places to cut speech without punctuation."""
    dense: bool = False
    """Whether the anchors cover all of the speech, as cues do, and not only a few marks."""
    change: bool = False
    """Whether the file says that another voice begins here, though not whose."""


@dataclass(frozen=True, slots=True)
class Told:
    """The text and who speaks where in it."""

    text: str
    stretches: tuple[Stretch, ...]
    labelled: bool
    """Whether the source names speakers at all."""
    skipped: tuple[Skipped, ...] = ()
    warnings: tuple[str, ...] = ()


_PAUSE_SECONDS = 0.6
_MUSIC = re.compile(r"[\W_]*[♪♫♬♩].{0,300}", re.S)
_SOUND = re.compile(r"\s*[\[(*][^\[\]()]{1,80}[\])*]\s*")


def tell_pieces(source: Spoken) -> Told:
    """A rendering of pieces: one paragraph a turn, `Name: words`, two line ends between."""
    sounds: list[Skipped] = []
    pieces = _without_sounds(_with_speakers(source), sounds)
    groups: list[list[Piece]] = []
    for piece in pieces:
        if groups and groups[-1][0].speaker == piece.speaker and not (piece.change and piece.speaker is None):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    parts: list[str] = []
    stretches: list[Stretch] = []
    place = 0
    for group in groups:
        label = f"{group[0].speaker}: " if group[0].speaker else ""
        words, stretch = _tell_group(group, place + len(label), source.messages)
        paragraph = label + words
        parts.append(paragraph)
        stretches.append(stretch)
        place += len(paragraph) + 2
    labelled = any(piece.speaker for piece in pieces)
    return Told("\n\n".join(parts), tuple(stretches), labelled, (*source.skipped, *gather(sounds)), source.warnings)


def _without_sounds(pieces: Sequence[Piece], sounds: list[Skipped]) -> list[Piece]:
    """Pieces of music notes or of a sound in brackets that nobody is named for are no speech; their time still
    counts."""
    spoken: list[Piece] = []
    for piece in pieces:
        if _MUSIC.fullmatch(piece.text) or (_SOUND.fullmatch(piece.text) and piece.speaker is None):
            sounds.append(Skipped(piece.text, "sound"))
            if spoken and piece.end is not None:
                spoken[-1] = replace(spoken[-1], end=max(spoken[-1].end or 0.0, piece.end))
        else:
            spoken.append(piece)
    return spoken


def _with_speakers(source: Spoken) -> list[Piece]:
    """Each piece with the one name of its speaker."""
    names = unify([piece.speaker for piece in source.pieces if piece.speaker])
    result: list[Piece] = []
    current: str | None = None
    for piece in source.pieces:
        if piece.speaker:
            current = names[piece.speaker]
        elif piece.change or not source.silence_keeps_speaker:
            current = None
        result.append(Piece(piece.text, current, piece.start, piece.end, piece.change))
    return result


def _tell_group(group: Sequence[Piece], begin: int, messages: bool) -> tuple[str, Stretch]:
    parts: list[str] = []
    spans: list[Span] = []
    anchors: list[tuple[int, float]] = []
    pauses: list[int] = []
    place = begin
    before: float | None = None
    for piece in group:
        text = piece.text.strip()
        if piece.start is not None:
            anchors.append((place, piece.start))
            if before is not None and piece.start - before >= _PAUSE_SECONDS:
                pauses.append(place)
        before = piece.end if piece.end is not None else before
        offset = place
        for paragraph in text.split("\n"):
            if paragraph.strip():
                spans.append(Span(offset, offset + len(paragraph)))
            offset += len(paragraph) + 1
        parts.append(text)
        place += len(text) + 1
    starts = [piece.start for piece in group if piece.start is not None]
    ends = [piece.end for piece in group if piece.end is not None]
    joint = "\n" if messages else " "
    kept = spans if messages else _joined(spans)
    stretch = Stretch(
        group[0].speaker,
        tuple(kept),
        starts[0] if starts else None,
        max(ends) if ends else None,
        tuple(anchors),
        tuple(pauses),
        dense=True,
        change=group[0].change,
    )
    return joint.join(parts), stretch


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Pieces of running speech as one span: sentences run over the ends of cues."""
    return [Span(spans[0].start, spans[-1].end)] if spans else []
