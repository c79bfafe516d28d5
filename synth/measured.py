"""Content score: what people were measured doing at a touchpoint, beside what they said of it (method.md 8.3).

Events come from web statistics, mail programs and the like. Each counts so many points, or takes some away; the score
of a touchpoint is their sum, and the share of good points says whether it does well. It never mixes with feelings: it
stands beside them, and where the two disagree that is listed.
"""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from pydantic import Field

from synth.cues import Names, read_data
from synth.domain import PhaseColumn, fold_space
from synth.errors import InputError
from synth.frameworks import Border, Framework

GOOD_SHARE, BAD_SHARE = 0.6, 0.4
"""At least so much of the points is good, or at most, before a touchpoint is said to do well or badly."""
GOOD_FEELING, BAD_FEELING = 0.25, -0.25
PEOPLE_FOR_FEELING = 3
MOST_COUNTED = 10**12
"""Of one kind of event in one row; more is a mistake in the file."""
_NO_EVENT = "There is no event in it: give a CSV with a head of columns (phase, channel, event, count)."
_COLUMNS = {
    "phase": ("phase", "fase"),
    "channel": ("channel", "kanaal"),
    "touchpoint": ("touchpoint", "contactmoment", "page", "pagina", "content", "mail"),
    "event": ("event", "gebeurtenis", "action", "actie"),
    "count": ("count", "aantal", "number", "n"),
    "wave": ("wave", "meetronde"),
}


class Event(Border):
    """One kind of event."""

    key: str
    points: float
    names: Names
    also: tuple[str, ...]

    def name(self, language: str) -> str:
        """In words, for a number of them."""
        return self.names.nl if language == "nl" else self.names.en


class _Events(Border):
    events: tuple[Event, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Measured:
    """How often one kind of event was measured at one touchpoint."""

    phase: str
    """A phase of the framework."""
    channel: str
    """A channel of the framework."""
    event: str
    count: int
    touchpoint: str = ""
    """What it was: a page, a mail; empty where the file does not say."""
    wave: str = ""


@dataclass(frozen=True, slots=True)
class ContentScore:
    """The score of one phase, or of one channel in it."""

    phase: str
    channel: str | None
    """None for the phase as a whole."""
    counts: Mapping[str, int]
    """By event, in the order of the events."""
    points: float
    """Sum of points less deductions."""
    share: float | None
    """Good points among all, 0 to 1; None where no event counts."""

    @property
    def verdict(self) -> str:
        """`good`, `bad` or `mixed`."""
        if self.share is None or BAD_SHARE < self.share < GOOD_SHARE:
            return "mixed"
        return "good" if self.share >= GOOD_SHARE else "bad"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A phase in which what was measured and what people felt go different ways."""

    phase: str
    score: ContentScore
    mean: float
    people: int


@cache
def load_events() -> tuple[Event, ...]:
    """The events that are known, in order."""
    return _Events.model_validate(read_data("events")).events


def default_points() -> dict[str, float]:
    """Event to its points."""
    return {event.key: event.points for event in load_events()}


def read_points(given: Sequence[str]) -> dict[str, float]:
    """Points as somebody gives them, `click=2`; events that are not named keep theirs.

    Raises:
        InputError: not `EVENT=NUMBER`, or no such event.
    """
    points = default_points()
    for one in given:
        name, _, number = one.partition("=")
        event = _event(name)
        try:
            worth = float(number.replace(",", "."))
        except ValueError:
            worth = math.nan
        if event is None or not math.isfinite(worth):
            raise InputError(f"--points {one}: give EVENT=NUMBER, for example click=2; events: {', '.join(points)}.")
        points[event] = worth
    return points


def read_measured(data: bytes, framework: Framework) -> list[Measured]:
    """Read a CSV of events: columns phase, channel, event, count; touchpoint and wave where there are.

    Phases and channels may be keys of the framework or their names in English or Dutch. Rows of the same place and
    event are added up.

    Raises:
        InputError: the file cannot be read so; the message names the line and what would be understood.
    """
    text = _decoded(data)
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise InputError(f"This is not a table ({error}); save it as CSV.") from error
    if len(rows) < 2:
        raise InputError(_NO_EVENT)
    place = _columns(rows[0])
    names = {
        "phase": _names((one.key, one.en, one.nl) for one in framework.phases),
        "channel": _names((one.key, one.en, one.nl) for one in framework.channels),
    }
    totals: dict[tuple[str, str, str, str, str], int] = defaultdict(int)
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        cells = {column: row[at].strip() if at < len(row) else "" for column, at in place.items()}
        event = _event(cells["event"])
        if event is None:
            raise InputError(
                f"Line {number}: '{cells['event']}' is no event that is known. "
                f"Known are: {', '.join(one.key for one in load_events())}."
            )
        found = [_known(cells[column], names[column], column, number) for column in ("phase", "channel")]
        wave, touchpoint = cells.get("wave", ""), fold_space(cells.get("touchpoint", ""))
        totals[wave, found[0], found[1], touchpoint, event] += _count(cells["count"], number)
    if not totals:
        raise InputError(_NO_EVENT)
    return [Measured(phase, channel, event, count, touchpoint, wave)
            for (wave, phase, channel, touchpoint, event), count in totals.items()]  # fmt: skip


def score_phases(
    measured: Iterable[Measured], points: Mapping[str, float], phases: Sequence[str]
) -> tuple[ContentScore, ...]:
    """For each phase with events: the phase as a whole, then its channels, of most events first."""
    counts: dict[tuple[str, str | None], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in measured:
        for channel in (None, one.channel):
            counts[one.phase, channel][one.event] += one.count
    order = {phase: place for place, phase in enumerate(phases)}
    places = [place for place in counts if place[0] in order]
    places.sort(key=lambda place: (order[place[0]], place[1] is not None, -sum(counts[place].values()), place[1] or ""))
    return tuple(_score(phase, channel, counts[phase, channel], points) for phase, channel in places)


def disagreements(scores: Iterable[ContentScore], phases: Iterable[PhaseColumn]) -> tuple[Disagreement, ...]:
    """Phases that are measured to do well and felt bad, or the other way round, in order.

    Three people must have said how it felt.
    """
    columns = {column.phase: column for column in phases}
    found = []
    for score in scores:
        column = columns.get(score.phase)
        if score.channel is not None or column is None or column.mean is None:
            continue
        if len(column.feelings) < PEOPLE_FOR_FEELING:
            continue
        felt = "good" if column.mean >= GOOD_FEELING else "bad" if column.mean <= BAD_FEELING else "mixed"
        if {felt, score.verdict} == {"good", "bad"}:
            found.append(Disagreement(score.phase, score, column.mean, len(column.feelings)))
    return tuple(found)


def _score(phase: str, channel: str | None, counts: Mapping[str, int], points: Mapping[str, float]) -> ContentScore:
    known = {event.key: counts[event.key] for event in load_events() if counts.get(event.key)}
    worth = [points.get(event, 0.0) * count for event, count in known.items()]
    good, bad = sum(one for one in worth if one > 0), -sum(one for one in worth if one < 0)
    return ContentScore(phase, channel, known, round(good - bad, 2), good / (good + bad) if good + bad else None)


# --- Reading -----------------------------------------------------------------------------------------------------


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            continue
    raise InputError("The file is not text. Save it as CSV in UTF-8.")


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.replace("_", " "))
    return fold_space("".join(one for one in decomposed if not unicodedata.combining(one))).casefold()


def _columns(head: Sequence[str]) -> dict[str, int]:
    named = {_plain(cell): at for at, cell in reversed(list(enumerate(head)))}
    place = {column: named[name] for column, names in _COLUMNS.items() for name in names if name in named}
    missing = [column for column in ("phase", "channel", "event", "count") if column not in place]
    if missing:
        raise InputError(f"Columns are missing: {', '.join(missing)}. There are: {', '.join(head)}.")
    return place


def _names(entries: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    return {_plain(name): entry[0] for entry in entries for name in entry}


def _known(cell: str, names: Mapping[str, str], column: str, number: int) -> str:
    key = names.get(_plain(cell))
    if key is None:
        raise InputError(f"Line {number}: '{cell}' is no {column} of this study. There are: "
                         f"{', '.join(sorted(set(names.values())))}.")  # fmt: skip
    return key


def _event(cell: str) -> str | None:
    plain = _plain(cell)
    return next((one.key for one in load_events() if plain == one.key or plain in map(_plain, one.also)), None)


def _count(cell: str, number: int) -> int:
    plain = re.sub(r"[.,\s](?=\d{3}(?:\D|$))", "", cell)
    try:
        count = float(plain)
    except ValueError:
        count = math.nan
    if not 0 <= count <= MOST_COUNTED or not count.is_integer():
        raise InputError(f"Line {number}: '{cell}' is no count. Give a whole number from 0.")
    return int(count)
