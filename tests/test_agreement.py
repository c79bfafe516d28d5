"""Agreement on tables that were worked out by hand, and on those where a measure is not defined."""

from __future__ import annotations

from collections import Counter

import pytest

from synth.agreement import gwet_ac1, krippendorff_alpha, measure_agreement, prevalence


def two_by_two(both: int, only_first: int, only_second: int, neither: int) -> dict[tuple[bool, bool], int]:
    return {(True, True): both, (True, False): only_first, (False, True): only_second, (False, False): neither}


def test_balanced_table_as_worked_out_by_hand() -> None:
    # 4 both, 1 and 2 alone, 3 neither. Agreement 7/10. The mean share of 'yes' is (5 + 6) / 20 = 0.55, chance
    # 2 x 0.55 x 0.45 = 0.495, AC1 = 0.205 / 0.505. Alpha = 1 - 19 x 3 / (11 x 9).
    found = measure_agreement(two_by_two(4, 1, 2, 3), 2)
    assert (found.units, found.agreed, found.percent) == (10, 7, 70.0)
    assert found.ac1 == pytest.approx(0.205 / 0.505)
    assert found.alpha == pytest.approx(1 - 57 / 99)


def test_rare_category_pulls_alpha_down_and_leaves_ac1() -> None:
    # 1 both, 2 and 2 alone, 95 neither: 96 %. Chance 2 x 0.03 x 0.97 = 0.0582. Alpha = 1 - 199 x 4 / (6 x 194).
    found = measure_agreement(two_by_two(1, 2, 2, 95), 2)
    assert found.percent == 96.0
    assert found.ac1 == pytest.approx((0.96 - 0.0582) / (1 - 0.0582))
    assert found.alpha == pytest.approx(1 - 796 / 1164)


def test_three_categories_as_worked_out_by_hand() -> None:
    # Ten things; a: 4 + 1 by the first, 4 by the second; b: 3 and 4; c: 2 and 2. Values: a 9, b 7, c 4 of 20.
    table = {("a", "a"): 4, ("a", "b"): 1, ("b", "b"): 3, ("c", "c"): 2}
    chance = (0.45 * 0.55 + 0.35 * 0.65 + 0.2 * 0.8) / 2
    assert gwet_ac1(table, 3) == pytest.approx((0.9 - chance) / (1 - chance))
    assert krippendorff_alpha(table) == pytest.approx(1 - 19 * 1 / (9 * 7 + 9 * 4 + 7 * 4))


def test_alpha_of_krippendorffs_own_example() -> None:
    # Ten things and two observers, from section A of the paper that the docstring names: alpha = 0.095.
    first, second = "0100000010", "1110010000"
    assert krippendorff_alpha(Counter(zip(first, second, strict=True))) == pytest.approx(0.095, abs=0.0005)


def test_categories_that_nobody_chose_count_for_ac1_and_not_for_alpha() -> None:
    table = two_by_two(4, 1, 2, 3)
    # Chance is a third of 0.495 with four categories to choose from.
    assert gwet_ac1(table, 4) == pytest.approx((0.7 - 0.165) / (1 - 0.165))
    assert measure_agreement(table, 4).alpha == measure_agreement(table, 2).alpha


def test_without_variation_alpha_is_not_defined_and_ac1_is_one() -> None:
    found = measure_agreement(two_by_two(0, 0, 0, 12), 2)
    assert (found.percent, found.ac1, found.alpha) == (100.0, 1.0, None)


def test_nothing_that_both_judged_has_no_measure() -> None:
    for table in ({}, two_by_two(0, 0, 0, 0)):
        found = measure_agreement(table, 2)
        assert (found.units, found.percent, found.ac1, found.alpha) == (0, None, None, None)
        assert prevalence(table, True) == (None, None)


def test_perfect_agreement_with_variation_is_one_in_all() -> None:
    found = measure_agreement(two_by_two(3, 0, 0, 5), 2)
    assert (found.percent, found.ac1, found.alpha) == (100.0, 1.0, 1.0)


def test_complete_disagreement_is_below_chance() -> None:
    # Four things, always opposite: chance 0.5, so AC1 = -1; alpha = 1 - 7 x 4 / 16.
    found = measure_agreement(two_by_two(0, 2, 2, 0), 2)
    assert (found.percent, found.ac1, found.alpha) == (0.0, -1.0, -0.75)


def test_single_disagreement_is_as_by_chance_for_alpha() -> None:
    assert krippendorff_alpha({("a", "b"): 1}) == 0.0


@pytest.mark.parametrize("table", [two_by_two(4, 1, 2, 3), two_by_two(9, 0, 7, 1)])
def test_order_of_the_readers_changes_nothing_but_prevalence(table: dict[tuple[bool, bool], int]) -> None:
    turned = {(other, one): count for (one, other), count in table.items()}
    assert measure_agreement(table, 2) == measure_agreement(turned, 2)
    assert prevalence(table, True) == prevalence(turned, True)[::-1]


def test_prevalence_is_each_readers_own_share() -> None:
    assert prevalence(two_by_two(4, 1, 2, 3), True) == (0.5, 0.6)


@pytest.mark.parametrize("categories", [0, 1, 2])
def test_fewer_categories_than_the_table_has_are_refused(categories: int) -> None:
    with pytest.raises(ValueError, match="categories"):
        measure_agreement({("a", "b"): 1, ("c", "c"): 1}, categories)
