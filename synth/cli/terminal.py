"""What a person sees while a command works, and how tables look in a terminal."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence

import click


class TerminalProgress:
    """Progress on stderr: one line that renews itself in a terminal, one line a step elsewhere."""

    def __init__(self) -> None:
        self._stream = sys.stderr
        self._live = self._stream.isatty()
        self._step, self._total, self._done = "", 0, 0
        self._began = self._drawn = 0.0

    def begin(self, step: str, total: int) -> None:
        """A step begins."""
        self._step, self._total, self._done = step, total, 0
        self._began, self._drawn = time.monotonic(), 0.0
        self._draw()

    def advance(self, count: int = 1) -> None:
        """So many more items are done."""
        self._done += count
        self._total = max(self._total, self._done)
        if time.monotonic() - self._drawn > 0.1:
            self._draw()

    def end(self) -> None:
        """The step is over; what it came to stays on the screen."""
        if not self._step:
            return
        seconds = time.monotonic() - self._began
        self._clear()
        click.echo(f"{self._step:<28} {self._done:>5} of {self._total:<5} {_spell(seconds)}", file=self._stream)
        self._step = ""

    def say(self, message: str) -> None:
        """A sentence of its own line."""
        self._clear()
        click.echo(message, file=self._stream)
        if self._step:
            self._draw()

    def _draw(self) -> None:
        if not self._live:
            return
        self._drawn = time.monotonic()
        elapsed = self._drawn - self._began
        left = ""
        if self._done and self._done < self._total and elapsed > 1:
            left = f"{_spell(elapsed / self._done * (self._total - self._done))} left"
        text = f"{self._step:<28} {self._done:>5} of {self._total:<5} {left}"
        # A line that wraps could not be drawn over.
        most = os.get_terminal_size(self._stream.fileno()).columns or len(text) + 1
        self._stream.write(f"\r\x1b[K{text[: most - 1]}")
        self._stream.flush()

    def _clear(self) -> None:
        if self._live:
            self._stream.write("\r\x1b[K")


def _spell(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    if seconds < 3600:
        return f"{int(seconds // 60)} min {int(seconds % 60):02} s"
    return f"{int(seconds // 3600)} h {int(seconds % 3600 // 60):02} min"


def json_text(shown: object) -> str:
    """What a command found, for machines."""
    return json.dumps(shown, ensure_ascii=False, indent=1)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Columns as wide as their widest cell; those whose numbers are in `right` are set to the right."""
    cells = [list(heads), *[list(row) for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]

    def line(row: Sequence[str]) -> str:
        parts = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        return "  ".join(parts).rstrip()

    rule = "  ".join("─" * width for width in widths)
    return "\n".join([line(heads), rule, *map(line, rows)])


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its word: '1 line', '2 lines'."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def shorten(text: str, width: int) -> str:
    """The text in at most so many signs, cut with an ellipsis."""
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"
