"""Times as transcripts write them, in seconds from the start of the recording.

One pattern (`CLOCK`) says what a time looks like, so that readers and the label grammar agree: `m:ss`, `mm:ss` beyond
an hour, `hh:mm:ss` with a fraction after a point or a comma, frames as a fourth group, and the `-3` that some players
add."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from statistics import median

CLOCK = r"\d{1,3}:\d{1,2}(?::\d{1,2})?(?:[.,]\d{1,9}|:\d{1,3})?(?:-\d)?"
MARK = rf"(?:[\[({{<]\s*{CLOCK}\s*[\])}}>]|#\s*{CLOCK}\s*#|{CLOCK})"
RANGE = rf"(?:[\[({{<]\s*)?{CLOCK}\s*(?:-->|->|–|—|-|to|tot|t/m)\s*{CLOCK}(?:\s*[\])}}>])?"

_CLOCK = re.compile(r"(\d{1,3}):(\d{1,2})(?::(\d{1,2}))?(?:[.,](\d{1,9})|:(\d{1,3}))?(?:-\d)?")
_FIND = re.compile(CLOCK)
_WORDS = re.compile(
    r"(?:(\d{1,3})\s*h(?:ours?|r)?)?\s*(?:(\d{1,3})\s*m(?:in)?)?\s*(?:(\d{1,4}(?:\.\d+)?)\s*s(?:ec)?)?", re.I
)
_DAY = 86_400.0
_NUMBER = re.compile(r"\d{1,15}(?:[.,]\d{1,20})?")


def parse_clock(text: str) -> float | None:
    """Seconds of one time such as `0:22`, `00:12:34,560` or `00:01:02:13`; None where it is none."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    first, second, third, fraction, frames = match.groups()
    if third is None and frames is not None:
        # Three groups: the pattern prefers `frames` only where four stand.
        third, frames = frames, None
    if int(second) > 59 or (third is not None and int(third) > 59):
        return None
    seconds = int(first) * 60 + int(second) if third is None else int(first) * 3600 + int(second) * 60 + int(third)
    return seconds + float(f"0.{fraction}") if fraction else float(seconds)


def clocks_in(text: str) -> tuple[float, ...]:
    """Every time in a mark or a range of marks, in order."""
    found = (parse_clock(match.group()) for match in _FIND.finditer(text))
    return tuple(seconds for seconds in found if seconds is not None)


def parse_time(text: str) -> float | None:
    """Seconds of a time in any form: a clock, `1h 02m 03s`, `12.5s`, `PT1M2S`, or a bare number, which is kept as it
    is."""
    value = text.strip().strip("[](){}<>#").strip()
    if not value:
        return None
    clock = parse_clock(value)
    if clock is not None:
        return clock
    if _NUMBER.fullmatch(value):
        return float(value.replace(",", "."))
    match = _WORDS.fullmatch(value.removeprefix("PT"))
    if match is None or not any(match.groups()):
        return None
    hours, minutes, seconds = match.groups()
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(seconds or 0)


def bare_numbers_as_seconds(values: Sequence[float], words: int) -> float:
    """What to multiply a column of bare numbers with to get seconds.

    Speech takes about 0.4 seconds a word; a column in which a word would take minutes counts in milliseconds, or in the
    100-nanosecond ticks of some services; one in which it would take next to no time counts in days.

    Args:
        values: the numbers in the order of the file.
        words: how many words were said in all.
    """
    if len(values) < 2 or not words:
        return 0.001 if values and max(values) >= 100_000 and all(value.is_integer() for value in values) else 1.0
    steps = [after - before for before, after in itertools.pairwise(values) if after > before]
    if not steps:
        return 1.0
    seconds_per_word = median(steps) * len(steps) / words
    if max(values) < 2 and seconds_per_word * _DAY < 60:
        # A sheet keeps times as parts of a day, and takes `1:23` for hours and minutes.
        return _DAY if seconds_per_word * _DAY < 4 else _DAY / 60
    if not all(value.is_integer() for value in values) or seconds_per_word < 20:
        return 1.0
    return 0.001 if seconds_per_word < 200_000 else 1e-7
