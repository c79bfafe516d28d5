"""Interviews in which nobody is named, and the questions look otherwise than the answers: bold, quoted as in an e-mail
that was answered, or numbered."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from synth.parse.pieces import Row, RowKind
from synth.parse.rowlabels import Candidate, LabelKind, Style

_QUOTED = re.compile(r"\s*(?:>\s?)+(?=\S)")
_NUMBERED = re.compile(r"\s*\d{1,3}[.)]\s+(?=\S.*\?\s*$)")
_WARNING = "The file names no speakers; {} paragraphs were taken for the questions, {} for the answers."
_LEAST_QUESTIONS = 3


@dataclass(frozen=True, slots=True)
class ToldByShape:
    """Where questions and answers begin, and what to tell a person about it."""

    starts: Mapping[int, Candidate]
    warning: str


def told_by_shape(rows: Sequence[Row | None]) -> ToldByShape | None:
    """Who asks and who answers by how paragraphs look; None where no look tells.

    Args:
        rows: of a source without labels; None for those without words.
    """
    filled = {n: row for n, row in enumerate(rows) if row is not None and row.kind is RowKind.TEXT}
    for begins_of, asking, answering in _LOOKS:
        if starts := _in_turns(filled, begins_of):
            return ToldByShape(starts, _WARNING.format(asking, answering))
    return None


def _bold(row: Row) -> int | None:
    return 0 if row.lead >= len(row.text.strip()) > 2 else None


def _behind(mark: re.Pattern[str], row: Row) -> int | None:
    match = mark.match(row.text)
    return match.end() if match else None


_LOOKS: tuple[tuple[Callable[[Row], int | None], str, str], ...] = (
    (_bold, "bold", "plain ones"),
    (partial(_behind, _QUOTED), "quoted", "the others"),
    (partial(_behind, _NUMBERED), "numbered", "the others"),
)


def _in_turns(filled: Mapping[int, Row], begins_of: Callable[[Row], int | None]) -> dict[int, Candidate]:
    """The rows at which a question or an answer begins; none where those of the look do not ask, or do not take turns.

    Args:
        filled: the rows with words.
        begins_of: where the words of a question begin in a row of the look; None for other rows.
    """
    begins = {n: begin for n, row in filled.items() if (begin := begins_of(row)) is not None}
    order = list(filled)
    changes = [n for place, n in enumerate(order) if not place or (n in begins) != (order[place - 1] in begins)]
    runs = [n for n in changes if n in begins]
    asking = {runs[bisect_right(runs, n) - 1] for n in begins if filled[n].text.rstrip().endswith("?")}
    if len(changes) < 2 * _LEAST_QUESTIONS or len(asking) < 0.6 * len(runs) or len(begins) > 0.7 * len(filled):
        return {}
    first = next(iter(begins))
    labels = {True: "Question", False: "Answer"}
    return {
        n: Candidate(n, Style.BOLD, label, label.casefold(), LabelKind.ROLE, begins.get(n, 0), bold=n in begins)
        for n in sorted({*changes, *begins})
        if n >= first and (label := labels[n in begins])
    }
