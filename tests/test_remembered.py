"""What was made of a value is known by which object it is."""

from __future__ import annotations

import gc
import weakref

from synth.remembered import Remembered


class Thing:
    """Equal to every other."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Thing)

    def __hash__(self) -> int:
        return 1


def test_the_same_object_is_known_and_its_equal_is_not() -> None:
    kept, one, other = Remembered[str](8), Thing(), Thing()
    assert kept.keep("made", one) == "made"
    assert (kept.get(one), kept.get(other)) == ("made", None)


def test_values_beside_it_are_told_apart_by_what_they_are() -> None:
    kept, one = Remembered[str](8), Thing()
    kept.keep("of a bill", one, "bill", (1, 2))
    assert kept.get(one, "".join(("bi", "ll")), (1, 2)) == "of a bill"
    assert kept.get(one) is None
    assert kept.get(one, "bill", (1, 3)) is None


def test_the_oldest_goes_first() -> None:
    kept, things = Remembered[int](2), [Thing() for _ in range(3)]
    for number, thing in enumerate(things):
        kept.keep(number, thing)
    assert [kept.get(thing) for thing in things] == [None, 1, 2]


def test_object_stays_while_what_was_made_of_it_does() -> None:
    """Else another could get its number, and be taken for it."""
    kept, one = Remembered[str](1), Thing()
    there = weakref.ref(one)
    kept.keep("made", one)
    del one
    gc.collect()
    assert there() is not None
    kept.keep("made of another", Thing())
    gc.collect()
    assert there() is None
