"""The garbage collector while modules are imported and while calls are made."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from synth.collecting import collecting_seldom


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_garbage_is_looked_for_seldom_until_the_last_one_ends() -> None:
    gc.set_threshold(700, 10, 10)
    with collecting_seldom():
        with collecting_seldom():
            assert gc.get_threshold()[0] > 10_000
        assert gc.get_threshold()[0] > 10_000
    assert gc.get_threshold() == (700, 10, 10)


def test_who_wants_it_never_or_more_seldom_gets_that() -> None:
    for number in (0, 1_000_000):
        gc.set_threshold(number)
        with collecting_seldom():
            assert gc.get_threshold()[0] == number
