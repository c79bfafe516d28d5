"""How the pipeline tells what it is doing, to whoever watches: a terminal, a page, or nobody."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Someone who watches a run."""

    def begin(self, step: str, total: int) -> None:
        """A step begins, in which `total` items are to be done."""
        ...

    def advance(self, count: int = 1) -> None:
        """So many more items of the current step are done."""
        ...

    def end(self) -> None:
        """The current step is over."""
        ...

    def say(self, message: str) -> None:
        """Something that a person should know, in one sentence."""
        ...


class Silent:
    """Nobody watches."""

    def begin(self, step: str, total: int) -> None:
        """Nothing."""

    def advance(self, count: int = 1) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""

    def say(self, message: str) -> None:
        """Nothing."""
