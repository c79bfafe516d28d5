"""What readers hand over before speakers, turns and lines are made of it.

Two families: a `Written` source is rows of text in which labels still have to be found (txt, docx, pdf, ...); a
`Spoken` source is pieces that already have their times, and mostly their speakers (cues, tables, JSON). Either way
nothing that stood in the source is left out: what is not speech is a row or a `Skipped` with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from synth.domain import Skipped


class RowKind(StrEnum):
    """What a row of a written source is known to be before labels are looked for."""

    TEXT = "text"
    HEADING = "heading"
    BULLET = "bullet"
    ASIDE = "aside"
    """Known not to be speech; `Row.why` says what it is."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a written source, markup resolved."""

    text: str
    kind: RowKind = RowKind.TEXT
    lead: int = 0
    """How many characters at its start are emphasised (bold, italic): often a label."""
    why: str = ""
    tail: str = "\n"
    """What stands between this row and the next."""
    label: str | None = None
    """The speaker where a table says so; `text` then holds the speech alone."""
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """Rows of text, in order."""

    rows: tuple[Row, ...]
    wrapped: bool | None = None
    """Whether lines break in the middle of sentences; None where the rows themselves have to tell."""
    key: str | None = None
    """Which interview of several in one file."""
    skipped: tuple[Skipped, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of speech with its times: a cue, a row of a table, a segment of JSON."""

    text: str
    speaker: str | None = None
    start: float | None = None
    end: float | None = None
    change: bool = False
    """Whether another voice begins here though the file does not say whose."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """Pieces, in the order of the file."""

    pieces: tuple[Piece, ...]
    messages: bool = False
    """Whether every piece is a message by itself, so that no sentence runs over its end."""
    silence_keeps_speaker: bool = True
    """Whether a piece without a speaker goes on with the one before."""
    key: str | None = None
    person: str | None = None
    """The participant's own id where the file gives it apart from the labels."""
    skipped: tuple[Skipped, ...] = ()
    warnings: tuple[str, ...] = field(default=())


Source = Written | Spoken


def gather(skipped: list[Skipped]) -> tuple[Skipped, ...]:
    """Neighbours skipped for the same reason as one."""
    gathered: list[list[str]] = []
    reasons: list[str] = []
    for entry in skipped:
        if reasons and reasons[-1] == entry.why:
            gathered[-1].append(entry.text)
        else:
            reasons.append(entry.why)
            gathered.append([entry.text])
    return tuple(Skipped("\n".join(texts), why) for texts, why in zip(gathered, reasons, strict=True))
