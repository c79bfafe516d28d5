"""Channels over the phases: a row a channel, a disc a phase, and the moves between them (method.md 5.3).

A move on which people had to start again is broken in the middle, with a cross and their number: the shape says it
before the colour does. A loop beside a disc counts those who had to come back to it for the same matter (5.2). Discs
and moves lead to the words that they stand on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from markupsafe import Markup

from synth.domain import ChannelSwitch, JourneyMap, distinct
from synth.export.drawings.svg import drawing, element, link, number, points, text

ROW = 26
_LOOP = 32.0
"""How far the handles of a loop stand off its row; the loop itself stays within the row."""
TOP = 8
_MOST_KEPT = 8
_MOST_LOST = 5
_MOST_WITHIN = 4
"""So many moves are drawn, those of most people: of those that kept their context on a whole map, of those that lost it
from each phase, and of both within one phase, where more could not be told apart. The map's words and the table below
it have all."""
_NEAREST, _FARTHEST, _APART = 36.0, 18.0, 14.0
"""Where moves within a phase bow out: clear of the number beside a disc, with room for their own before the phase ends,
and from each other."""


@dataclass(frozen=True, slots=True)
class ChannelWords:
    """The words of the drawing, and where its parts lead."""

    move: Callable[[ChannelSwitch], str]
    """A move in one line: from, to, how many people, how many start over."""
    move_href: Callable[[ChannelSwitch], str]
    use: Callable[[str, str], str]
    """A channel in a phase in one line: how many people, how many came back."""
    use_href: Callable[[str], str]
    """Of what was said on the contact in a phase."""


def channel_rows(journey: JourneyMap) -> list[tuple[str, tuple[str, ...]]]:
    """Every channel of a map with the people who used it, most people first."""
    used: dict[str, list[str]] = {}
    for column in journey.phases:
        for channel, people in column.channels.items():
            used.setdefault(channel, []).extend(people)
    for switch in journey.switches:
        for channel in (switch.from_channel, switch.to_channel):
            used.setdefault(channel, []).extend(switch.participant_ids)
    rows = [(channel, distinct(people)) for channel, people in used.items()]
    return sorted(rows, key=lambda row: (-len(row[1]), row[0]))


def draw_channels(journey: JourneyMap, column_width: float, rows: Sequence[str], words: ChannelWords) -> Markup:
    """Discs and flows; `rows` are the channels from top to bottom."""
    phases = {column.phase: place for place, column in enumerate(journey.phases)}
    places = {channel: place for place, channel in enumerate(rows)}
    flows, lost_moves = _drawn_moves(journey.switches, phases, places)
    grid = _Grid(phases, places, column_width, (*flows, *lost_moves))
    width, height = column_width * len(journey.phases), TOP * 2 + ROW * len(rows)
    parts: list[Markup] = [
        element("path", class_="grid", d=f"M0 {number(grid.y(channel))}H{number(width)}") for channel in rows
    ]
    for switch in (*flows, *lost_moves):
        parts.append(link(words.move_href(switch), words.move(switch), *grid.flow(switch)))
    for column in journey.phases:
        for channel, people in column.channels.items():
            if channel in grid.rows and people:
                again = len(column.repeats.get(channel, ()))
                disc = grid.disc(column.phase, channel, len(people), again)
                parts.append(link(words.use_href(column.phase), words.use(column.phase, channel), *disc))
    for switch in flows:
        parts.append(link(words.move_href(switch), words.move(switch), *grid.count(switch)))
    for switch in lost_moves:
        parts.append(link(words.move_href(switch), words.move(switch), *grid.cross(switch)))
    return drawing(width, height, parts, "channels")


def _drawn_moves(
    switches: Sequence[ChannelSwitch], phases: Mapping[str, int], rows: Mapping[str, int]
) -> tuple[list[ChannelSwitch], list[ChannelSwitch]]:
    """The moves that are drawn: those that kept their context, and those that lost it."""
    kept: list[ChannelSwitch] = []
    lost: list[ChannelSwitch] = []
    within: Counter[str] = Counter()
    lost_from: Counter[str] = Counter()
    for switch in sorted(switches, key=lambda one: (-len(one.lost_participant_ids), -len(one.participant_ids))):
        if not {switch.from_phase, switch.to_phase} <= phases.keys():
            continue
        if not {switch.from_channel, switch.to_channel} <= rows.keys():
            continue
        broken, inside = bool(switch.lost_participant_ids), switch.from_phase == switch.to_phase
        full = lost_from[switch.from_phase] == _MOST_LOST if broken else len(kept) == _MOST_KEPT
        if full or (inside and within[switch.from_phase] == _MOST_WITHIN):
            continue
        (lost if broken else kept).append(switch)
        within[switch.from_phase] += inside
        lost_from[switch.from_phase] += broken
    return kept, lost


class _Grid:
    def __init__(
        self, phases: Mapping[str, int], rows: Mapping[str, int], width: float, moves: Sequence[ChannelSwitch]
    ) -> None:
        self.phases, self.rows, self.width = phases, rows, width
        self._bows = self._beside(moves)
        self._marks: list[tuple[float, float, bool]] = []

    def x(self, phase: str) -> float:
        return self.width * self.phases[phase] + self.width / 2

    def y(self, channel: str) -> float:
        return TOP + ROW * self.rows[channel] + ROW / 2

    def disc(self, phase: str, channel: str, people: int, again: int) -> Iterator[Markup]:
        radius = min(12.0, 2.3 + 2.15 * sqrt(people))
        x, y = self.x(phase), self.y(channel)
        yield element("circle", class_="disc", cx=x, cy=y, r=radius)
        inside = people >= 4
        # Moves within a phase bow to the right, so that the number stands left of the disc.
        yield text(x if inside else x - radius - 4, y + 4, str(people), "discn in" if inside else "discn",
                   "middle" if inside else "end")  # fmt: skip
        if again:
            left = x + radius + 4
            yield element("path", class_="loop", d=f"M{number(left)} {number(y - 2.5)}a4.6 4.6 0 1 1 0.4 5.4")
            yield element("path", class_="tip", d=f"M{number(left - 2.6)} {number(y - 4.4)}l5.6 -0.6l-2.2 5z")
            yield text(left + 12, y + 4, str(again), "flown", "start")

    def flow(self, switch: ChannelSwitch) -> Iterator[Markup]:
        people = len(switch.participant_ids)
        name = "flow lost" if switch.lost_participant_ids else "flow"
        curve = self._curve(switch)
        yield element("path", class_="hit", d=curve)
        yield element("path", class_=name, d=curve, stroke_width=min(5, 1 + 0.45 * people))

    def count(self, switch: ChannelSwitch) -> Iterator[Markup]:
        """How many made a move that kept its context."""
        x, y = self._aside(switch, crossed=False)
        yield text(x, y + 4, str(len(switch.participant_ids)), "flown", "middle")

    def cross(self, switch: ChannelSwitch) -> Iterator[Markup]:
        x, y = self._aside(switch, crossed=True)
        count = len(switch.lost_participant_ids)
        yield element("circle", class_="crossd", cx=x, cy=y, r=6)
        yield element("path", class_="cross", d=f"M{number(x - 2.4)} {number(y - 2.4)}l4.8 4.8m0 -4.8l-4.8 4.8")
        yield text(x + 9.5, y + 4, str(count), "lostn", "start")

    def _aside(self, switch: ChannelSwitch, crossed: bool) -> tuple[float, float]:
        """The middle of a move; marks that would lie on each other step aside. A cross has its number beside it."""
        x, y = self._middle(switch)
        while any(
            abs(x - other_x) < (22 if crossed or other_crossed else 8) and abs(y - other_y) < 13
            for other_x, other_y, other_crossed in self._marks
        ):
            y += 14
        self._marks.append((x, y, crossed))
        return x, y

    def _beside(self, moves: Sequence[ChannelSwitch]) -> dict[ChannelSwitch, float]:
        """How far each move within a phase bows out: side by side, the short ones and those that kept their context
        nearest; moves that do not touch may bow alike."""
        apart = min(_APART, (self.width / 2 - _FARTHEST - _NEAREST) / (_MOST_WITHIN - 1))
        lanes: dict[str, list[list[tuple[int, int]]]] = {}
        bows = {}
        within = [switch for switch in moves if switch.from_phase == switch.to_phase]
        for switch in sorted(within, key=lambda one: (bool(one.lost_participant_ids), self._reach(one))):
            low, high = sorted((self.rows[switch.from_channel], self.rows[switch.to_channel]))
            taken = lanes.setdefault(switch.from_phase, [])
            free = (place for place, held in enumerate(taken) if all(high < a or b < low for a, b in held))
            lane = next(free, len(taken))
            if lane == len(taken):
                taken.append([])
            taken[lane].append((low, high))
            bows[switch] = _NEAREST + lane * apart
        return bows

    def _reach(self, switch: ChannelSwitch) -> int:
        return abs(self.rows[switch.from_channel] - self.rows[switch.to_channel])

    def _curve(self, switch: ChannelSwitch) -> str:
        a = self.x(switch.from_phase), self.y(switch.from_channel)
        b = self.x(switch.to_phase), self.y(switch.to_channel)
        if a[0] != b[0]:
            half = (a[0] + b[0]) / 2
            return f"M{points(a)}C{points((half, a[1]), (half, b[1]), b)}"
        # Who starts again on one channel goes round the mark of those who came back to it.
        bow, lift = a[0] + self._bows[switch] * 4 / 3, _LOOP if a[1] == b[1] else 0.0
        return f"M{points(a)}C{points((bow, a[1] - lift), (bow, b[1] + lift), b)}"

    def _middle(self, switch: ChannelSwitch) -> tuple[float, float]:
        ax, bx = self.x(switch.from_phase), self.x(switch.to_phase)
        middle = (self.y(switch.from_channel) + self.y(switch.to_channel)) / 2
        return (ax + self._bows[switch] if ax == bx else (ax + bx) / 2), middle
