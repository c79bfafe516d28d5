"""How far two readers of the same things agree, beyond what is bare chance.

Values in, values out: a table of counts goes in (how often the one said this and the other that), and three measures
come out side by side. Percent agreement is easy to understand and flatters where nearly everything is the same;
Krippendorff's alpha punishes exactly that case; Gwet's AC1 stands firm in it. None of them is shown alone, and the
share of things that each reader marked (the prevalence) stands beside them, since it decides how they differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

_C = TypeVar("_C", bound=Hashable)
Table = Mapping[tuple[_C, _C], int]
"""How many things the first reader called this and the second that."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two readers' agreement on the same things, each put in one category by each reader."""

    units: int
    """How many things both put in a category."""
    agreed: int
    percent: float | None
    """0 to 100; None where there is nothing that both judged."""
    ac1: float | None
    """Gwet's AC1: 1 perfect, 0 as by chance; None where there is nothing that both judged."""
    alpha: float | None
    """Krippendorff's alpha for nominal data: 1 perfect, 0 as by chance. None also where both said the same of
    everything: without variation nothing can be told from chance."""


def measure_agreement(table: Table[_C], categories: int) -> Agreement:
    """All three measures of one table.

    Args:
        table: counts of pairs; pairs that are missing count 0.
        categories: how many there were to choose from, also those that nobody chose: AC1 depends on it.

    Raises:
        ValueError: fewer than two categories, or fewer than the table has.
    """
    used = {category for pair, count in table.items() if count for category in pair}
    if categories < max(2, len(used)):
        raise ValueError(f"{categories} categories, the table has {len(used)}")
    units = sum(table.values())
    agreed = sum(count for (one, other), count in table.items() if one == other)
    return Agreement(
        units=units,
        agreed=agreed,
        percent=100 * agreed / units if units else None,
        ac1=gwet_ac1(table, categories),
        alpha=krippendorff_alpha(table),
    )


def gwet_ac1(table: Table[_C], categories: int) -> float | None:
    """Gwet's first-order agreement coefficient for two readers.

    With p the share of agreement and m(k) the mean of both readers' shares of category k, chance agreement is the sum
    over k of m(k) (1 - m(k)), divided by the number of categories less one; AC1 is (p - chance) / (1 - chance).
    Source: K. L. Gwet, Computing inter-rater reliability and its variance in the presence of high agreement, British
    Journal of Mathematical and Statistical Psychology 61 (2008), 29-48.

    Returns:
        None for an empty table. 1 where both said the same one thing of everything: chance is then 0.
    """
    units = sum(table.values())
    if not units:
        return None
    agreed = sum(count for (one, other), count in table.items() if one == other) / units
    means = [count / (2 * units) for count in _values(table).values()]
    # At the most 1 / categories, so that the divisor below is never 0.
    chance = sum(mean * (1 - mean) for mean in means) / (categories - 1)
    return (agreed - chance) / (1 - chance)


def krippendorff_alpha(table: Table[_C]) -> float | None:
    """Krippendorff's alpha for nominal data, two readers and no missing values.

    Of the 2N values that N things were given, n(k) are of category k; d things were given two different ones. Alpha is
    1 - (2N - 1) d / (the sum over pairs of different categories k, l of n(k) n(l)), which corrects for small N.
    Source: K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), sections A and B; Content Analysis, 2nd
    edition (2004), chapter 11.

    Returns:
        None for an empty table, and where all values are the same: alpha is not defined without variation.
    """
    counts = _values(table)
    values = sum(counts.values())
    # The sum over unordered pairs of different categories.
    different = (values**2 - sum(count**2 for count in counts.values())) / 2
    if not different:
        return None
    disagreed = sum(count for (one, other), count in table.items() if one != other)
    return 1 - (values - 1) * disagreed / different


def prevalence(table: Table[_C], category: _C) -> tuple[float | None, float | None]:
    """The share (0 to 1) of things that each reader put in this category; None for an empty table."""
    units = sum(table.values())
    if not units:
        return None, None
    first = sum(count for (one, _), count in table.items() if one == category)
    second = sum(count for (_, other), count in table.items() if other == category)
    return first / units, second / units


def _values(table: Table[_C]) -> Counter[_C]:
    """How often each category was given, by both readers together."""
    values: Counter[_C] = Counter()
    for (one, other), count in table.items():
        values[one] += count
        values[other] += count
    return values
