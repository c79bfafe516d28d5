"""Groups of people who are alike: average linkage, and as many groups as likeness carries; everything deterministic.

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
MUST_SEPARATE = 0.03
"""Groups that are no better told apart than this (mean silhouette, -1 to 1) are one group."""
_ALL_STAGES = 60
"""Up to this many people every stage of linkage is looked at after settling."""
_FEW = 5
"""One in so many may be left out of a single group."""


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


def group_alike(
    alike: Numbers, *, number: int | None, most: int, smallest: int, enough: float = -1.0, slack: float = 0.0
) -> Grouping:
    """Group by likeness.

    People are joined from the most alike on, and then each is put where they are most alike. Of all stages on the way,
    the one is taken at which the likeness inside groups adds up to most: joining two groups pays as long as their
    people are more alike than people of the study are on average.

    Args:
        alike: how much alike two people are, square and symmetric; 0 is the average of the study.
        number: how many groups are wanted; None for the number that adds up to most. Fewer come back where there are
            not so many groups of that size.
        most: at most so many groups.
        smallest: groups of fewer people are none.
        enough: below this mean likeness to every group somebody is in none.
        slack: groups are joined also where their people are this much less alike than the average.
    """
    size = len(alike)
    if size == 0:
        return Grouping((), 0.0)
    everybody = Grouping((0,) * size if size >= smallest else (OUT,) * size, 0.0)
    settled: dict[int, tuple[float, tuple[int, ...]]] = {}
    for kept in _stages(alike, most, smallest):
        labels = settle(alike, kept, enough=enough, smallest=smallest) if max(kept) > 0 else kept
        groups, inside = max(labels) + 1, likeness_inside(alike + slack, labels)
        if groups not in settled or inside > settled[groups][0]:
            settled[groups] = inside, labels
    if number is not None:
        chosen = max((groups for groups in settled if groups <= number), default=1)
    else:
        chosen = max(settled, key=lambda groups: (settled[groups][0], -groups), default=1)
    scores = tuple((groups, silhouette(alike, labels)) for groups, (_, labels) in sorted(settled.items()) if groups > 1)
    if chosen == 1:
        return replace(_without_strangers(settled[1][1], everybody) if 1 in settled else everybody, scores=scores)
    separation = dict(scores)[chosen]
    if number is None and separation < MUST_SEPARATE:
        return replace(everybody, scores=scores)
    return Grouping(settled[chosen][1], separation, scores)


def _stages(alike: Numbers, most: int, smallest: int) -> list[tuple[int, ...]]:
    """The stages of average linkage with a possible number of groups; of many people only the best for each number."""
    stages = [_large_enough(labels, smallest) for labels in _levels(alike)]
    stages = [kept for kept in dict.fromkeys(stages) if 0 <= max(kept) < most]
    if len(alike) <= _ALL_STAGES:
        return stages
    best: dict[int, tuple[int, ...]] = {}
    for kept in stages:
        groups = max(kept)
        if groups not in best or likeness_inside(alike, kept) > likeness_inside(alike, best[groups]):
            best[groups] = kept
    return list(best.values())


def likeness_inside(alike: Numbers, labels: Sequence[int]) -> float:
    """The likeness of every two people in one group, added up."""
    marks = np.array(labels)
    members = np.zeros((len(marks), int(marks.max(initial=OUT)) + 1))
    rows = np.flatnonzero(marks != OUT)
    members[rows, marks[rows]] = 1.0
    both = float(np.einsum("ik,ij,jk->", members, alike, members, optimize=True))
    return (both - float(np.diagonal(alike)[rows].sum())) / 2


def _without_strangers(labels: tuple[int, ...], everybody: Grouping) -> Grouping:
    """One group without those who are like nobody in it, as long as they are few; else everybody is in it."""
    few = labels.count(OUT) * _FEW <= len(labels)
    return replace(everybody, labels=labels) if few else everybody


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
