"""What stands around rows and is no part of them: line numbers, times in a margin, the log of a program."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

from synth.parse import times
from synth.parse.pieces import Row, RowKind

NUMBERED = re.compile(r"\s*(\d{1,5})[.):]?(?:[ \t]+|$)")
_LONGEST_NAME = 4
"""Words: what stands before a time in a margin is mostly longer, or it is `Name<tab>0:22`."""
_SPAN_ROW = re.compile(rf"\s*\[\s*{times.CLOCK}\s*--?>\s*{times.CLOCK}\s*\]\s*\S")
_MARGIN = re.compile(rf"(?<=\S)([ \t]+)[\[(#]?{times.CLOCK}[\])#]?\s*$")
_WIDE = 4
"""Blanks that set a margin apart, where no tab does."""


def without_numbers(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Rows without the line numbers that some typists' programs print before every line."""
    filled = [row.text for row in rows if row.text.strip()]
    body = list(itertools.dropwhile(lambda text: not NUMBERED.match(text), filled))
    found = [match for text in body if (match := NUMBERED.match(text))]
    numbers = [int(match.group(1)) for match in found]
    steady = sum(after == before + 1 for before, after in itertools.pairwise(numbers))
    if (
        len(found) < 8
        or len(found) < 0.9 * len(body)
        or len(body) < 0.7 * len(filled)
        or steady < 0.9 * (len(found) - 1)
    ):
        return tuple(rows)
    return tuple(
        replace(row, text=row.text[match.end() :], lead=max(0, row.lead - match.end()))
        if (match := NUMBERED.match(row.text))
        else row
        for row in rows
    )


def without_margin(rows: list[Row]) -> list[Row]:
    """Rows without the times that stand behind them in a margin, each of which is when its row was said."""
    found = {
        n: match
        for n, row in enumerate(rows)
        if (match := _MARGIN.search(row.text)) and ("\t" in match.group(1) or len(match.group(1)) >= _WIDE)
    }
    clocks = [times.clocks_in(match.group())[:1] for match in found.values()]
    spoken = sum(len(match.string[: match.start()].split()) > _LONGEST_NAME for match in found.values())
    if len(found) < 3 or 2 * spoken < len(found) or not all(clocks):
        return rows
    if any(before > after for before, after in itertools.pairwise(clocks)):
        return rows
    return [
        replace(row, text=row.text[: found[n].start()], start=times.clocks_in(found[n].group())[0])
        if n in found
        else row
        for n, row in enumerate(rows)
    ]


def without_log(rows: list[Row]) -> list[Row]:
    """Rows of which each has its span of time, without what the program that wrote them says above and below."""
    timed = [number for number, row in enumerate(rows) if _SPAN_ROW.match(row.text)]
    if len(timed) < 3 or len(timed) < 0.3 * sum(bool(row.text.strip()) for row in rows):
        return rows
    first, last = timed[0], timed[-1]
    while first and rows[first - 1].text.strip():
        first -= 1
    while last + 1 < len(rows) and rows[last + 1].text.strip():
        last += 1
    return [
        row
        if first <= number <= last or not row.text.strip() or row.kind is RowKind.ASIDE
        else replace(row, kind=RowKind.ASIDE, why="outside the times")
        for number, row in enumerate(rows)
    ]
