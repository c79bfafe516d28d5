"""A transcript that was copied from the screen of Teams or Stream, where what is read aloud to the blind comes along.

Each piece then stands below `Anna Kok 1 minute 4 seconds`, and above that, once for every change of speaker, the
initials, the name and `1 minute 4 seconds1:04`. The first is the label; the others only repeat it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from synth.domain import Skipped
from synth.parse import times
from synth.parse.pieces import Row, gather
from synth.parse.rowlabels import clean_label, label_kind

_SPELLED = (
    r"(?:(?P<hours>\d{1,2})\s(?:hours?|uur|uren)\s)?(?:(?P<minutes>\d{1,3})\s(?:minutes?|minuten|minuut)\s)?"
    r"(?P<seconds>\d{1,2})\s(?:seconds?|seconden|seconde)"
)
_LABEL = re.compile(rf"\s*(?P<name>[^\d\s].{{0,80}}?)\s{{1,20}}{_SPELLED}\s*")
_TIME = re.compile(rf"\s*{_SPELLED}(?:\s*{times.CLOCK})?\s*")
_CLOCK = re.compile(rf"\s*{times.CLOCK}\s*")
_LEAST_LABELS = 2


def labels_of_copied(rows: Sequence[Row]) -> tuple[list[Row], tuple[Skipped, ...]]:
    """The rows with `Name 1 minute 4 seconds` as labels, without what repeats them, and what was left out.

    Rows that were not copied so come back as they are.
    """
    found = {
        number: match
        for number, row in enumerate(rows)
        if (match := _LABEL.fullmatch(row.text)) and label_kind(clean_label(match.group("name")))
    }
    if len(found) < _LEAST_LABELS:
        return list(rows), ()
    repeats = {number for place in found for number in _repeats_above(rows, place, found[place].group("name"))}
    result: list[Row] = []
    skipped: list[Skipped] = []
    for number, row in enumerate(rows):
        if number in found:
            label = clean_label(found[number].group("name"))
            result.append(replace(row, text="", lead=0, label=label, start=_seconds(found[number])))
        elif number in repeats:
            skipped.append(Skipped(row.text.strip(), "repeated label"))
        else:
            result.append(row)
    return result, gather(skipped)


def _repeats_above(rows: Sequence[Row], label: int, name: str) -> list[int]:
    """The rows above a label that say the same: the time in words and figures, the name, its initials."""
    initials = "".join(word[0] for word in re.findall(r"[^\W\d_]+", name)).casefold()
    found = []
    number = label - 1
    for same in (_CLOCK.fullmatch, _TIME.fullmatch, re.compile(rf"\s*{re.escape(name)}\s*").fullmatch):
        number = _filled_above(rows, number)
        if number >= 0 and same(rows[number].text):
            found.append(number)
            number -= 1
    number = _filled_above(rows, number)
    short = rows[number].text.strip().casefold() if number >= 0 and found else ""
    if 1 < len(short) <= 3 and set(short) <= set(initials):
        found.append(number)
    return found


def _filled_above(rows: Sequence[Row], number: int) -> int:
    while number >= 0 and not rows[number].text.strip():
        number -= 1
    return number


def _seconds(match: re.Match[str]) -> float:
    hours, minutes, seconds = (int(match.group(part) or 0) for part in ("hours", "minutes", "seconds"))
    return float(hours * 3600 + minutes * 60 + seconds)
