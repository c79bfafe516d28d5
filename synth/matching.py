"""The arithmetic of evaluation: which finding goes with which gold item, and how alike two groupings or orders are.

The rule of matching (`docs/evaluation.md`): a finding may go with an item where their spans overlap by at least half of
the shorter; one to one; of all such pairings the one with most pairs, then with most items that are not optional, then
with the largest total overlap (intersection over union). The search is exact and polynomial.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import comb

_OVERLAP_UNITS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text, end exclusive."""

    start: int
    end: int
    optional: bool = False
    """Careful coders could disagree about it: unmatched it is neither a miss nor a false alarm."""


def match_spans(gold: Sequence[Span], found: Sequence[Span]) -> list[tuple[int, int]]:
    """The best pairs (index into `gold`, index into `found`), in order."""
    candidates: dict[tuple[int, int], tuple[int, int]] = {}
    for i, one in enumerate(gold):
        for j, other in enumerate(found):
            shared = min(one.end, other.end) - max(one.start, other.start)
            if shared > 0 and 2 * shared >= min(one.end - one.start, other.end - other.start):
                union = max(one.end, other.end) - min(one.start, other.start)
                needed = (not one.optional) + (not other.optional)
                candidates[i, j] = needed, round(shared * _OVERLAP_UNITS / union)
    pairs: list[tuple[int, int]] = []
    for rows, columns in _groups(candidates):
        pairs += _best_pairs(rows, columns, candidates)
    return sorted(pairs)


def _groups(candidates: Mapping[tuple[int, int], object]) -> list[tuple[list[int], list[int]]]:
    """Rows and columns that hang together by candidates: each group can be solved alone."""
    rows_of: dict[int, set[int]] = {}
    columns_of: dict[int, set[int]] = {}
    for i, j in candidates:
        columns_of.setdefault(i, set()).add(j)
        rows_of.setdefault(j, set()).add(i)
    groups: list[tuple[list[int], list[int]]] = []
    left = set(columns_of)
    while left:
        rows: set[int] = set()
        columns: set[int] = set()
        fresh = {min(left)}
        while fresh:
            rows |= fresh
            columns |= {j for i in fresh for j in columns_of[i]}
            fresh = {i for j in columns for i in rows_of[j]} - rows
        left -= rows
        groups.append((sorted(rows), sorted(columns)))
    return groups


def _best_pairs(
    rows: Sequence[int], columns: Sequence[int], candidates: Mapping[tuple[int, int], tuple[int, int]]
) -> list[tuple[int, int]]:
    """The pairing of the largest worth, as an assignment in whole numbers, so that nothing is lost in rounding."""
    size = max(len(rows), len(columns))
    per_needed = (size + 1) * _OVERLAP_UNITS
    per_pair = (2 * size + 1) * per_needed

    def worth(row: int, column: int) -> int:
        if row >= len(rows) or column >= len(columns):
            return 0
        candidate = candidates.get((rows[row], columns[column]))
        return 0 if candidate is None else per_pair + candidate[0] * per_needed + candidate[1]

    costs = [[-worth(row, column) for column in range(size)] for row in range(size)]
    return [
        (rows[row], columns[column])
        for row, column in enumerate(_assign(costs))
        if row < len(rows) and column < len(columns) and (rows[row], columns[column]) in candidates
    ]


def _assign(costs: Sequence[Sequence[int]]) -> list[int]:
    """The column of each row in the cheapest complete assignment of a square matrix (Hungarian method)."""
    size = len(costs)
    row_price, column_price = [0] * size, [0] * size
    row_of: list[int | None] = [None] * size
    for start in range(size):
        slack: list[int | None] = [None] * size
        came_from: list[int | None] = [None] * size
        done: set[int] = set()
        row, column = start, -1
        while True:
            least: int | None = None
            following = -1
            for other in range(size):
                if other in done:
                    continue
                reduced = costs[row][other] - row_price[row] - column_price[other]
                known = slack[other]
                if known is None or reduced < known:
                    slack[other], came_from[other] = reduced, column if column >= 0 else None
                    known = reduced
                if least is None or known < least:
                    least, following = known, other
            step = least or 0
            row_price[start] += step
            for other in done:
                owner = row_of[other]
                if owner is not None:
                    row_price[owner] += step
                column_price[other] -= step
            for other in range(size):
                known = slack[other]
                if other not in done and known is not None:
                    slack[other] = known - step
            done.add(following)
            owner = row_of[following]
            if owner is None:
                break
            row, column = owner, following
        _augment(row_of, came_from, following, start)
    columns = [0] * size
    for place, owner in enumerate(row_of):
        if owner is not None:
            columns[owner] = place
    return columns


def _augment(row_of: list[int | None], came_from: Sequence[int | None], column: int, start: int) -> None:
    """Turn the pairs along the path that ends in a free column."""
    while True:
        before = came_from[column]
        if before is None:
            row_of[column] = start
            return
        row_of[column] = row_of[before]
        column = before


def count_matches(gold: Sequence[Span], found: Sequence[Span]) -> tuple[int, int, int]:
    """Hits, false alarms and misses; optional spans that are in no pair are neither."""
    pairs = match_spans(gold, found)
    one, two = {i for i, _ in pairs}, {j for _, j in pairs}
    wrong = sum(1 for j, span in enumerate(found) if j not in two and not span.optional)
    missed = sum(1 for i, span in enumerate(gold) if i not in one and not span.optional)
    return len(pairs), wrong, missed


def adjusted_rand(one: Sequence[Hashable], other: Sequence[Hashable]) -> float | None:
    """The adjusted Rand index of two groupings of the same things: 1 the same, 0 as by chance.

    Returns:
        None for fewer than two things. 1 where both groupings are one group, or both all single.

    Raises:
        ValueError: the groupings are of different length.
    """
    if len(one) != len(other):
        raise ValueError(f"{len(one)} and {len(other)} things")
    if len(one) < 2:
        return None
    both = sum(comb(count, 2) for count in Counter(zip(one, other, strict=True)).values())
    first = sum(comb(count, 2) for count in Counter(one).values())
    second = sum(comb(count, 2) for count in Counter(other).values())
    by_chance = first * second / comb(len(one), 2)
    most = (first + second) / 2
    return 1.0 if most == by_chance else (both - by_chance) / (most - by_chance)


def concordance(one: Sequence[float], other: Sequence[float]) -> tuple[int, int]:
    """Of two orders of the same things: pairs in the same order less pairs in the opposite one, and all pairs.

    Kendall's tau (a) is the first divided by the second. A pair that is level in either counts in the second only.
    """
    total = 0
    pairs = 0
    for i in range(len(one)):
        for j in range(i):
            left, right = one[i] - one[j], other[i] - other[j]
            total += ((left > 0) - (left < 0)) * ((right > 0) - (right < 0))
            pairs += 1
    return total, pairs
