"""Groups of people who are alike: average linkage, the number of groups by silhouette, everything deterministic.

Who is in no group that is large enough stays out: a group of one is not forced on a neighbour. The promise: the same
likeness gives the same groups, with ties settled by the order of the people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from synth.profiles import Numbers

OUT = -1
"""The label of those in no group."""
MUST_SEPARATE = 0.05
"""Groups that are no better told apart than this (mean silhouette, -1 to 1) are one group."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """Labels from 0 in order of the first member, `OUT` for those in no group."""

    labels: tuple[int, ...]
    separation: float
    """Mean silhouette over all people; those in no group count 0. 0 for a single group."""
    scores: tuple[tuple[int, float], ...] = ()
    """For each number of groups that was possible, how well the best one separates."""

    @property
    def size(self) -> int:
        """How many groups there are."""
        return max(self.labels, default=OUT) + 1


def group_alike(alike: Numbers, *, number: int | None, most: int, smallest: int) -> Grouping:
    """Group by likeness.

    Args:
        alike: how much alike two people are, square and symmetric.
        number: how many groups are wanted; None for the number that separates best. Fewer come back where there are
            not so many groups of that size.
        most: at most so many groups.
        smallest: groups of fewer people are none.
    """
    size = len(alike)
    if size == 0:
        return Grouping((), 0.0)
    everybody = Grouping((0,) * size if size >= smallest else (OUT,) * size, 0.0)
    best: dict[int, Grouping] = {}
    for labels in _levels(alike):
        kept = _large_enough(labels, smallest)
        groups = max(kept) + 1
        if 2 <= groups <= most:
            score = silhouette(alike, kept)
            if groups not in best or score > best[groups].separation:
                best[groups] = Grouping(kept, score)
    scores = tuple((groups, best[groups].separation) for groups in sorted(best))
    chosen = everybody
    if number is not None:
        wanted = [groups for groups in sorted(best) if groups <= number]
        chosen = best[wanted[-1]] if wanted and number > 1 else everybody
    elif best:
        finest = max(best.values(), key=lambda grouping: (grouping.separation, -grouping.size))
        chosen = finest if finest.separation >= MUST_SEPARATE else everybody
    return replace(chosen, scores=scores)


def silhouette(alike: Numbers, labels: Sequence[int]) -> float:
    """How much closer people are to their own group than to the nearest other, on average; those in none count 0."""
    marks = np.array(labels)
    members = np.zeros((len(marks), int(marks.max(initial=OUT)) + 1))
    inside = np.flatnonzero(marks != OUT)
    members[inside, marks[inside]] = 1.0
    sizes = members.sum(axis=0)
    distance = 1 - alike
    to_groups = distance @ members
    own = to_groups[inside, marks[inside]] - np.diagonal(distance)[inside]
    near = own / np.maximum(sizes[marks[inside]] - 1, 1)
    near[sizes[marks[inside]] == 1] = 1.0
    others = to_groups[inside] / sizes
    others[np.arange(len(inside)), marks[inside]] = np.inf
    far = others.min(axis=1) if members.shape[1] > 1 else near
    return float(((far - near) / np.maximum(np.maximum(near, far), 1e-9)).sum() / len(marks))


def settle(alike: Numbers, labels: Sequence[int], *, enough: float, smallest: int, rounds: int = 5) -> tuple[int, ...]:
    """Let everybody go where they are most alike: to another group, into one from outside, or out of all.

    Linkage decides pair by pair and never takes anything back; this looks at each person once the groups are there.

    Args:
        alike: as in `group_alike`.
        labels: where they are now.
        enough: below this mean likeness to the members of a group somebody is in none.
        smallest: nobody leaves a group that would then be smaller.
        rounds: at the most.
    """
    now = np.array(labels)
    groups = range(int(now.max(initial=OUT)) + 1)
    for _ in range(rounds):
        before = now.copy()
        for person in range(len(now)):
            own = now[person]
            if own != OUT and int((now == own).sum()) <= smallest:
                continue
            members = [np.flatnonzero((now == group) & (np.arange(len(now)) != person)) for group in groups]
            near = [float(alike[person, rows].mean()) for rows in members]
            best = int(np.argmax(near)) if near else OUT
            now[person] = best if near and near[best] >= enough else OUT
        if (before == now).all():
            break
    return _relabel(now.tolist())


def _relabel(labels: Sequence[int]) -> tuple[int, ...]:
    numbers: dict[int, int] = {}
    return tuple(OUT if label == OUT else numbers.setdefault(label, len(numbers)) for label in labels)


def _levels(alike: Numbers) -> list[list[int]]:
    """The partitions of average linkage, from everybody alone to all together."""
    size = len(alike)
    likeness = alike.astype(np.float64).copy()
    np.fill_diagonal(likeness, -np.inf)
    weight = np.ones(size)
    labels = np.arange(size)
    levels = [labels.tolist()]
    for _ in range(size - 1):
        first, second = divmod(int(np.argmax(likeness)), size)
        first, second = min(first, second), max(first, second)
        both = weight[first] + weight[second]
        merged = (weight[first] * likeness[first] + weight[second] * likeness[second]) / both
        likeness[first], likeness[:, first] = merged, merged
        likeness[second], likeness[:, second] = -np.inf, -np.inf
        likeness[first, first] = -np.inf
        weight[first] = both
        labels[labels == second] = first
        levels.append(labels.tolist())
    return levels


def _large_enough(labels: Sequence[int], smallest: int) -> tuple[int, ...]:
    """Labels from 0 in order of the first member; `OUT` where the group is too small."""
    numbers: dict[int, int] = {}
    sizes = Counter(labels)
    kept = []
    for label in labels:
        if sizes[label] < smallest:
            kept.append(OUT)
            continue
        kept.append(numbers.setdefault(label, len(numbers)))
    return tuple(kept)
