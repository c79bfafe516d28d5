"""What was replaced where: the values of pseudonymisation, and how offsets map between source and replaced text.

No value here holds a name: a replacement says where the name stands in the source and what stands there instead, so
that it can be logged and shown. Replacements of one transcript are in order and do not overlap, and none crosses an
end of a line; so every line, and everything outside replacements, maps exactly both ways.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from synth.domain import Transcript


class Identifier(StrEnum):
    """What kind of name or number was found."""

    PARTICIPANT = "participant"
    INTERVIEWER = "interviewer"
    SPEAKER = "speaker"
    """A voice that is neither."""
    PERSON = "person"
    """Anybody who is spoken of."""
    COMPANY = "company"
    PLACE = "place"
    STREET = "street"
    POSTCODE = "postcode"
    PHONE = "phone"
    EMAIL = "email"
    URL = "url"
    IBAN = "iban"
    BSN = "bsn"
    """A burgerservicenummer, National Insurance number or PPS number."""
    CARD = "card"
    PLATE = "plate"
    BIRTH_DATE = "birth_date"
    NUMBER = "number"
    """A customer, policy, passport or other number of somebody's own."""


@dataclass(frozen=True, slots=True)
class Found:
    """An identifier in a text."""

    start: int
    end: int
    kind: Identifier
    canonical: str
    """What makes two spellings the same one: a number without its blanks, a name in lower case."""
    pseudonym: str | None = None
    """Set where it is settled already: a speaker's."""
    tail: str = ""
    """What of the found text is an ending and is written after the pseudonym: `'s` of a genitive."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """One place where a pseudonym stands for a name."""

    kind: Identifier
    pseudonym: str
    line: int | None
    """None outside speech: in a label, a heading, a note."""
    source_start: int
    source_end: int
    start: int
    end: int


@dataclass(frozen=True)
class Replaced:
    """A transcript under pseudonyms, with the way back to its source."""

    transcript: Transcript
    replacements: tuple[Replacement, ...]

    @cached_property
    def _source_starts(self) -> list[int]:
        return [one.source_start for one in self.replacements]

    @cached_property
    def _starts(self) -> list[int]:
        return [one.start for one in self.replacements]

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """Where a span of the replaced text stands in the source; an end inside a pseudonym takes the whole name."""
        places = [
            (one.start, one.end, one.source_start, one.source_end) for one in self._near(self._starts, start, end)
        ]
        return _map_span(start, end, self._before(self._starts, start, to_source=True), places)

    def replaced_span(self, start: int, end: int) -> tuple[int, int]:
        """Where a span of the source stands in the replaced text; an end inside a name takes the whole pseudonym."""
        near = self._near(self._source_starts, start, end)
        places = [(one.source_start, one.source_end, one.start, one.end) for one in near]
        return _map_span(start, end, self._before(self._source_starts, start, to_source=False), places)

    def _near(self, starts: Sequence[int], start: int, end: int) -> Sequence[Replacement]:
        """Every replacement that could touch the span."""
        return self.replacements[max(0, bisect_right(starts, start) - 1) : bisect_right(starts, end)]

    def _before(self, starts: Sequence[int], start: int, *, to_source: bool) -> int:
        """How far text is shifted before the replacements that could touch a span from `start`."""
        index = bisect_right(starts, start) - 2
        if index < 0:
            return 0
        last = self.replacements[index]
        return last.source_end - last.end if to_source else last.end - last.source_end


def _map_span(start: int, end: int, shift: int, places: Sequence[tuple[int, int, int, int]]) -> tuple[int, int]:
    """Map both ends; `shift` holds before the first place, and after each the one it leaves."""
    mapped_start = mapped_end = None
    for here, here_end, there, there_end in places:
        if mapped_start is None and start < here_end:
            mapped_start = there if start >= here else start + shift
        if mapped_end is None and end <= here_end:
            # An end right before a replacement, or at its start, does not touch it.
            mapped_end = there_end if end > here else end + shift
        shift = there_end - here_end
    return (
        start + shift if mapped_start is None else mapped_start,
        end + shift if mapped_end is None else mapped_end,
    )
