"""Dates of birth: dates that somebody says they were born on, and whole dates so long ago that they are hardly else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from synth.privacy.values import Found, Identifier

_MONTHS = (
    "januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december|"
    "january|february|march|may|june|july|august|october|"
    "jan|feb|mrt|apr|jun|jul|aug|sept?|okt|oct|nov|dec"
)
_YEAR = r"(?:(?:19|20)\d\d|['’]\d\d)"
_DATES = (
    re.compile(r"(?<![\w.,\-/])\d{1,2}([-/.])\d{1,2}\1((?:19|20)?\d\d)(?![\w])(?![\-/.]\d)"),
    re.compile(r"(?<![\w.,\-/])((?:19|20)\d\d)-\d\d-\d\d(?!\w)"),
    re.compile(
        rf"(?<!\w)\d{{1,2}}(?:st|nd|rd|th|e|ste|de)?(?: of)? (?:{_MONTHS})\.?,?(?: ({_YEAR}))?(?!\w)", re.IGNORECASE
    ),
)
_MONTH_FIRST = re.compile(rf" (?P<day>\d{{1,2}}(?:st|nd|rd|th)?)(?:,? ({_YEAR}))?(?!\w)")
_MONTH_BEFORE = re.compile(rf"(?<!\w)(?:{_MONTHS})$", re.IGNORECASE)
_SPOKEN_DATE = re.compile(
    r"(?<!\w)(?:[a-zë]+(?:de|ste|th|st|nd|rd|first|second|third|een|elf|twaalf|ien|twintig|dertig))(?: of)? "
    rf"(?:{_MONTHS})(?: ({_YEAR}))?(?!\w)",
    re.IGNORECASE,
)
_MONTH = re.compile(rf"\b(?:{_MONTHS})\b", re.IGNORECASE)
_BORN = re.compile(
    r"geboren|geboortedat|geboortedag|geboorte|geb\.|jarig|verjaardag|verjaar|(?<!\w)born|birth|(?<!\w)dob(?!\w)|\bbday",
    re.IGNORECASE,
)


def find_birth_dates(text: str) -> Iterator[Found]:
    """Dates in figures or with a month's name."""
    for pattern in _DATES:
        for match in pattern.finditer(text):
            year = match.group(match.lastindex) if match.lastindex else None
            if _is_birth(text, match.start(), match.end(), year, numeric=pattern is not _DATES[2]):
                yield _birth(text, match.start(), match.end())
    for match in _MONTH_FIRST.finditer(text):
        month = _MONTH_BEFORE.search(text, max(0, match.start() - 12), match.start())
        if month and _is_birth(text, month.start(), match.end(), match.group(2), numeric=False):
            yield _birth(text, month.start(), match.end())


def _birth(text: str, start: int, end: int) -> Found:
    return Found(start, end, Identifier.BIRTH_DATE, " ".join(text[start:end].lower().split()))


def _is_birth(text: str, start: int, end: int, year: str | None, *, numeric: bool) -> bool:
    """Announced as one; or a whole date so long ago that it is hardly anything else."""
    before, after = text[max(0, start - 70) : start].lower(), text[end : end + 18].lower()
    said = _BORN.search(before.rsplit("\n\n", 1)[-1]) or _BORN.search(re.split(r"[.?!]", after)[0])
    near = re.search(r"[^\d]{0,25}$", before)
    if year is None:
        # A day without a year: only right behind the word.
        return bool(_BORN.search(before[-22:]))
    born = int(year[-2:]) + (1900 if int(year[-2:]) > 25 else 2000) if len(year) < 4 else int(year)
    if said:
        # A recent date is a birth only right behind the word: 'geboren in 1961, getekend 3 mei 2023'.
        return born < 2010 or bool(near and _BORN.search(near.group()))
    return len(year) == 4 and born < (2010 if numeric else 1990)


def find_spoken_birth_dates(text: str) -> Iterator[Found]:
    """Dates said in words, behind a word for birth: 'geboren op de negentiende mei 1952'."""
    for born in _BORN.finditer(text):
        if not _MONTH.search(text, born.end(), born.end() + 60):
            continue
        match = _SPOKEN_DATE.search(text, born.end(), min(len(text), born.end() + 60))
        if match:
            yield _birth(text, match.start(), match.end())
