"""How the pipeline tells what it is doing, to whoever watches: a terminal, a page, or nobody."""

from __future__ import annotations

from typing import Protocol

from synth.errors import SynthError


class Progress(Protocol):
    """Someone who watches a run."""

    def begin(self, step: str, total: int) -> None:
        """A step begins, in which about `total` items are to be done."""
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


class Heeding:
    """Passes on how far a run is, and ends it at the next step or item once it is known that it must fail.

    So a slip in a model's name is told while files are being read, and not after a thousand of them.
    """

    def __init__(self, watching: Progress) -> None:
        self._watching = watching
        self._error: SynthError | None = None

    def fail(self, error: SynthError) -> None:
        """The run must fail with this; may be called in any thread."""
        self._error = error

    def begin(self, step: str, total: int) -> None:
        """A step begins.

        Raises:
            SynthError: the one that was told; `advance` raises it too.
        """
        self._heed()
        self._watching.begin(step, total)

    def advance(self, count: int = 1) -> None:
        """So many more items of the current step are done."""
        self._heed()
        self._watching.advance(count)

    def end(self) -> None:
        """The current step is over."""
        self._watching.end()

    def say(self, message: str) -> None:
        """Something that a person should know."""
        self._watching.say(message)

    def _heed(self) -> None:
        if self._error is not None:
            raise self._error


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
