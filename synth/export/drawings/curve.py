"""Lines that say no more than their points: the monotone cubic of Fritsch and Carlson.

Between two points the curve never rises above the higher nor falls below the lower: it shows no peak that nobody felt.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import copysign

from synth.export.drawings.svg import points

Point = tuple[float, float]


def segments(through: Sequence[Point]) -> list[str]:
    """The curve as one path a stretch, each from its own start: `len(through) - 1` of them."""
    slopes = tangents(through)
    paths = []
    for (a, b), (slope_a, slope_b) in zip(pairwise(through), pairwise(slopes), strict=True):
        third = (b[0] - a[0]) / 3
        controls = (a[0] + third, a[1] + slope_a * third), (b[0] - third, b[1] - slope_b * third)
        paths.append(f"M{points(a)}C{points(*controls, b)}")
    return paths


def joined(through: Sequence[Point]) -> str:
    """The curve as the tail of a path that already stands at its first point."""
    return "".join("C" + segment.split("C", 1)[1] for segment in segments(through))


def tangents(through: Sequence[Point]) -> list[float]:
    """The slope at each point; 0 at every turn, which is what keeps the curve within its points."""
    if len(through) < 2:
        return [0.0] * len(through)
    steps = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(through)]
    if len(steps) == 1:
        return [steps[0], steps[0]]
    inner = []
    for place, (before, after) in enumerate(pairwise(steps)):
        if before * after <= 0:
            inner.append(0.0)
            continue
        a, b, c = through[place : place + 3]
        width_a, width_b = b[0] - a[0], c[0] - b[0]
        middle = (before * width_b + after * width_a) / (width_a + width_b)
        inner.append(copysign(min(2 * abs(before), 2 * abs(after), abs(middle)), before))
    return [_end(steps[0], inner[0]), *inner, _end(steps[-1], inner[-1])]


def _end(step: float, neighbour: float) -> float:
    slope = (3 * step - neighbour) / 2
    return 0.0 if slope * step <= 0 else copysign(min(abs(slope), 3 * abs(step)), step)
