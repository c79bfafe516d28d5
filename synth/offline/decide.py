"""From scores to passages: which lines hold a finding, and where neighbouring lines are one."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synth.domain import Kind
from synth.offline.features import NEUTRAL, POSITIVE, CodedLine, Floats, TranscriptFeatures
from synth.offline.heads import Calibration

MERGED = frozenset({Kind.EMOTION})
"""Kinds of which two neighbouring lines of a turn are one finding: a feeling is often told in two sentences."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One line, or two neighbouring ones of a turn, that hold a finding."""

    kind: Kind
    first_line: int
    last_line: int
    row: int
    """Of the line that speaks clearest."""
    probability: float


def probability_of(score: float, calibration: Calibration) -> float:
    """How often a line of this score holds a finding."""
    exponent = max(-30.0, min(30.0, calibration.slope * score + calibration.shift))
    return 1 / (1 + math.exp(-exponent))


def find_passages(kind: Kind, lines: Sequence[CodedLine], scores: Floats, calibration: Calibration) -> list[Passage]:
    """The passages of one kind, in order.

    Args:
        kind: what is looked for.
        lines: participants' lines in order.
        scores: of this kind, one a line.
        calibration: from where on a score counts.
    """
    passages: list[Passage] = []
    open_to_merge = False
    for row, line in enumerate(lines):
        score = float(scores[row])
        if score < calibration.threshold:
            open_to_merge = False
            continue
        new = Passage(kind, line.number, line.number, row, probability_of(score, calibration))
        last = passages[-1] if passages else None
        neighbour = last is not None and row > 0 and last.last_line == line.number - 1
        if last and open_to_merge and neighbour and lines[row - 1].turn == line.turn and kind in MERGED:
            clearest = new if new.probability > last.probability else last
            passages[-1] = Passage(kind, last.first_line, line.number, clearest.row, clearest.probability)
            open_to_merge = False
        else:
            passages.append(new)
            open_to_merge = True
    return passages


def sure_of(probability: float) -> int:
    """1 to 9, as replies say it."""
    return max(1, min(9, round(probability * 10)))


_SUPPOSING = {
    "en": re.compile(
        r"\bif\b.*\b(?:would|wouldve|wouldnt|(?:i|we)d have)\b|\b(?:would|wouldve|wouldnt|(?:i|we)d have)\b.*\bif\b"
        r"|\b(?:i|we)(?:d have| would have| wouldve) (?:been|felt|cried|died|lost|gone)\b"
    ),
    "nl": re.compile(
        r"\b(?:als|indien|stel)\b.*\b(?:had|hadden|was|waren|zou|zouden)\b"
        r".*\b(?:had|hadden|was|waren|zou|zouden) (?:ik|we|wij|me|mij)\b"
        r"|\b(?:had|hadden|was|waren|zou|zouden) (?:ik|we|wij)\b.*\b(?:als|indien)\b"
        r".*\b(?:had|hadden|was|waren|zou|zouden)\b"
    ),
}


def supposes(words: Sequence[str], language: str) -> bool:
    """Whether a line tells what would have been: 'if they had ..., I would have ...', 'als ze ..., was ik ...'."""
    return _SUPPOSING["nl" if language == "nl" else "en"].search(" ".join(words)) is not None


def find_all(
    features: TranscriptFeatures,
    scores: Floats,
    columns: Mapping[str, int],
    calibrations: Mapping[Kind, Calibration],
) -> list[Passage]:
    """The passages of all three kinds, by kind and then in order; what was never felt is no emotion."""
    felt = np.array([not supposes(line.words, features.language) for line in features.lines], dtype=bool)
    found: list[Passage] = []
    for kind in Kind:
        own = worth_telling(kind, scores, columns, features.lines, calibrations[kind].clear)
        if kind is Kind.EMOTION:
            own = np.where(felt, own, -np.inf).astype(np.float32)
        found += find_passages(kind, features.lines, own, calibrations[kind])
    return found


def named_sign(line: CodedLine) -> int:
    """1 or -1 where every feeling that a line names is pleasant, or none of them is; 0 else."""
    families = [hit.group.split("/") for hit in line.hits if hit.group.startswith("emotion/") and not hit.negated]
    return sign_of(key for _, key, part in families if part == "words")


def sign_of(named: Iterable[str]) -> int:
    """1 or -1 where every one of these emotions is pleasant, or none of them is; 0 else. Neutral ones do not count."""
    signs = {1 if key in POSITIVE else -1 for key in named if key not in NEUTRAL}
    return signs.pop() if len(signs) == 1 else 0


NAMED_SIGN = 1.5
"""How much a named feeling counts for its own sign: people who say 'furious' mostly mean it."""
_MOST_SURE = 2.0
"""From here on a feeling's sign is as sure as it gets."""


def worth_telling(
    kind: Kind, scores: Floats, columns: Mapping[str, int], lines: Sequence[CodedLine], clear: float
) -> Floats:
    """Scores of a kind, raised where it is clear what would be said of the line, and lowered where it is not.

    A feeling of which nobody knows whether it was pleasant, or a contact that could have been anywhere, tells a
    researcher little and misleads in the drafts: of two lines that are as likely to hold one, the clearer is told.

    Args:
        kind: of the finding.
        scores: rows are lines, columns the outputs.
        columns: name of an output to its column.
        lines: those of the scores.
        clear: how much it counts that the sign of a feeling, or the channel of a contact, is clear.
    """
    own = scores[:, columns[f"kind/{kind.value}"]]
    if kind is Kind.EMOTION:
        named = np.array([NAMED_SIGN * named_sign(line) for line in lines], dtype=np.float32)
        return np.asarray(own + clear * np.minimum(np.abs(scores[:, columns["valence/positive"]] + named), _MOST_SURE))
    if kind is Kind.TOUCHPOINT:
        channels = scores[:, [column for name, column in columns.items() if name.startswith("channel/")]]
        powers = np.exp(channels - channels.max(axis=1, keepdims=True))
        return np.asarray(own - clear * np.log(powers.sum(axis=1)))
    return own
