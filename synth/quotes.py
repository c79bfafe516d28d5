"""Words that can be shown by themselves: which of many passages to choose.

A good quote is short enough to be read at a glance, long enough to say something, tells what moves or touches somebody,
and can be understood without what was said before. The promise: the choice is deterministic, and it only ranks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from synth.analyst import Passage
from synth.domain import Emotion, Motivation

BEST_WORDS = (6, 25)
_DANGLING = re.compile(
    r"^(?:en|of|maar|want|dus|toen|daarna|die|dat|dit|daar|daarom|zij|hij|ze|hun|and|or|but|because|so|then|that|this"
    r"|those|these|there|it|its|he|she|they|which|who|where|her|him|them|yes|no|ja|nee|nou|well)\b",
    re.IGNORECASE,
)
_FILLER = re.compile(r"\b(?:eh|ehm|uh|uhm|um|erm|euh|hm|hmm)\b", re.IGNORECASE)
_SELF = re.compile(
    r"\b(?:ik|mij|me|mijn|mezelf|wij|we|ons|onze|i|i'm|i'd|i've|i'll|my|me|mine|myself|us|our)\b", re.IGNORECASE
)


def quote_score(passage: Passage) -> float:
    """How well these words stand by themselves, about 0 to 5."""
    words = passage.words.split()
    least, most = BEST_WORDS
    score = 2.0 if least <= len(words) <= most else max(0.0, 1.5 - 0.15 * max(least - len(words), len(words) - most))
    detail = passage.finding.detail
    if isinstance(detail, Motivation):
        score += 0.8
    elif isinstance(detail, Emotion):
        score += 0.5 + 0.15 * abs(detail.valence)
    score += 0.5 if _SELF.search(passage.words) else 0.0
    score -= 0.5 if _DANGLING.match(passage.words) else 0.0
    score -= 0.35 * len(_FILLER.findall(passage.words))
    score -= 0.6 if passage.words.rstrip().endswith("?") else 0.0
    score += 0.6 * (passage.finding.confidence or 0.5)
    return score


def best_quote(passages: Sequence[Passage]) -> Passage | None:
    """The one that stands best by itself; None where there is none."""
    return max(passages, key=quote_score, default=None)


def spread_quotes(passages: Sequence[Passage], most: int, *, taken: Sequence[Passage] = ()) -> list[Passage]:
    """Good quotes of different people, early and late: whoever was not heard yet comes first.

    Args:
        passages: to choose from, in the order of telling.
        most: at the most so many.
        taken: those chosen before, whose people and words count as heard.
    """
    chosen: list[Passage] = []
    heard = [one.finding.participant_id for one in taken]
    lines = {(one.finding.evidence.transcript_id, one.finding.evidence.first_line) for one in taken}
    phases = {one.finding.phase for one in taken}
    rest = [one for one in passages if quote_score(one) > 1.2]
    while rest and len(chosen) < most:
        best = max(rest, key=lambda one: quote_score(one) - 2.0 * heard.count(one.finding.participant_id)
                   - (0.7 if one.finding.phase in phases else 0.0))  # fmt: skip
        rest.remove(best)
        where = (best.finding.evidence.transcript_id, best.finding.evidence.first_line)
        if where in lines:
            continue
        chosen.append(best)
        heard.append(best.finding.participant_id)
        lines.add(where)
        phases.add(best.finding.phase)
    return chosen
