"""Whether further interviews still bring something new: themes for each further interview, whatever the order.

The order in which interviews were taken is an accident, so the curve is the mean over all orders. That needs no drawing
of orders: a theme that `n` of `N` interviews bring is among `k` of them except where all `k` are among the others,
which is so in `C(N-n, k)` of `C(N, k)` choices (the rarefaction of ecologists, computed step by step).

The promise: the same themes give the same curve; it starts at nothing, never falls, and ends at the number of themes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synth.domain import Finding, Theme

LAST = 3
"""The last interviews that the plain sentence is about."""


@dataclass(frozen=True, slots=True)
class Saturation:
    """How themes add up over interviews."""

    interviews: int
    themes: int
    curve: tuple[float, ...]
    """Themes after 0, 1, 2 … interviews, the mean over all orders."""
    single: int
    """Themes that one interview alone brings."""
    at_least: int | None
    """How many themes there are at least, heard or not, by how many were met once and twice (Chao 2); None below five
    interviews."""

    @property
    def last(self) -> int:
        """How many interviews the sentence is about."""
        return min(LAST, max(0, self.interviews - 1))

    @property
    def new_in_last(self) -> float:
        """Themes that the last interviews brought, on average over all orders."""
        return self.curve[-1] - self.curve[-1 - self.last] if self.last else 0.0

    @property
    def new_in_first(self) -> float:
        """Themes that as many interviews brought at the beginning."""
        return self.curve[self.last] if self.last else 0.0


def measure_saturation(themes: Sequence[Theme], findings: Mapping[str, Finding], interviews: int) -> Saturation:
    """The curve of a study.

    Args:
        themes: of all kinds.
        findings: by id; they tell in which interviews a theme stands.
        interviews: how many were read, also those that brought no theme.
    """
    spread = []
    for theme in themes:
        where = {findings[one].evidence.transcript_id for one in theme.finding_ids if one in findings}
        if where:
            spread.append(min(len(where), interviews))
    curve = np.zeros(interviews + 1)
    left = interviews - np.arange(interviews)
    for often, themes_so_often in sorted(Counter(spread).items()):
        # How likely it is missed by k interviews, from that by k - 1: each further one is drawn from those left.
        missed = np.cumprod(np.maximum(left - often, 0) / left)
        curve[1:] += themes_so_often * (1 - missed)
    once, twice = spread.count(1), spread.count(2)
    return Saturation(
        interviews, len(spread), tuple(curve.tolist()), once, _at_least(len(spread), once, twice, interviews)
    )


def _at_least(themes: int, once: int, twice: int, interviews: int) -> int | None:
    if interviews < 5:
        return None
    share = (interviews - 1) / interviews
    unheard = share * once * once / (2 * twice) if twice else share * once * (once - 1) / 2
    return themes + round(unheard)
