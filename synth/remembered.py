"""What was made of a value, kept for the few that it was last made of.

A task, a framework or its list of words is asked about again and again while a study is read. It is known by being the
same object: to compare or hash all that it holds would take longer than most of what is made of it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """What was made, by the object that it was made of."""

    def __init__(self, most: int) -> None:
        """Keep so many; the oldest goes first."""
        self._most = most
        self._made: OrderedDict[Hashable, tuple[object, T]] = OrderedDict()

    def get(self, one: object, *about: Hashable) -> T | None:
        """What was made of this object, and of these values beside it; None where that is not kept."""
        found = self._made.get((id(one), *about))
        return None if found is None else found[1]

    def keep(self, made: T, one: object, *about: Hashable) -> T:
        """Keep what was made of an object, and of values beside it; the same is returned."""
        self._made[(id(one), *about)] = (one, made)  # the object too: while it is here no other gets its id
        if len(self._made) > self._most:
            self._made.popitem(last=False)
        return made
