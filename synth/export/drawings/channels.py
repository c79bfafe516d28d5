"""Channels over the phases: a row a channel, a disc a phase, and the moves between them (method.md 5.3).

A move on which people had to start again is broken in the middle, with a cross and their number: the shape says it
before the colour does. A loop beside a disc counts those who had to come back to it for the same matter (5.2). Discs
and moves lead to the words that they stand on.
"""

from __future__ import annotations

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
"""So many moves are drawn, those of most people: of those that kept their context on a whole map, of those that lost it
from each phase. The table below the map has all."""


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
    grid = _Grid({column.phase: place for place, column in enumerate(journey.phases)},
                 {channel: place for place, channel in enumerate(rows)}, column_width)  # fmt: skip
    width, height = column_width * len(journey.phases), TOP * 2 + ROW * len(rows)
    parts: list[Markup] = [
        element("path", class_="grid", d=f"M0 {number(grid.y(channel))}H{number(width)}") for channel in rows
    ]
    drawable = [switch for switch in journey.switches if grid.has(switch)]
    kept = [switch for switch in drawable if not switch.lost_participant_ids]
    lost_moves = _lost_moves(drawable)
    flows = sorted(kept, key=lambda switch: -len(switch.participant_ids))[:_MOST_KEPT]
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


def _lost_moves(switches: Sequence[ChannelSwitch]) -> list[ChannelSwitch]:
    of_phase: dict[str, list[ChannelSwitch]] = {}
    for switch in sorted(switches, key=lambda switch: -len(switch.lost_participant_ids)):
        if switch.lost_participant_ids and len(of_phase.setdefault(switch.from_phase, [])) < _MOST_LOST:
            of_phase[switch.from_phase].append(switch)
    return [switch for moves in of_phase.values() for switch in moves]


class _Grid:
    def __init__(self, phases: Mapping[str, int], rows: Mapping[str, int], width: float) -> None:
        self.phases, self.rows, self.width = phases, rows, width
        self._bows: dict[tuple[str, str, str], float] = {}
        self._lanes: dict[str, int] = {}
        self._crossed: dict[tuple[int, int], int] = {}

    def x(self, phase: str) -> float:
        return self.width * self.phases[phase] + self.width / 2

    def y(self, channel: str) -> float:
        return TOP + ROW * self.rows[channel] + ROW / 2

    def has(self, switch: ChannelSwitch) -> bool:
        phases = switch.from_phase in self.phases and switch.to_phase in self.phases
        return phases and switch.from_channel in self.rows and switch.to_channel in self.rows

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
            yield text(left + 12, y + 4, str(again), "discn", "start")

    def flow(self, switch: ChannelSwitch) -> Iterator[Markup]:
        people = len(switch.participant_ids)
        name = "flow lost" if switch.lost_participant_ids else "flow"
        curve = self._curve(switch)
        yield element("path", class_="hit", d=curve)
        yield element("path", class_=name, d=curve, stroke_width=min(5, 1 + 0.45 * people))

    def count(self, switch: ChannelSwitch) -> Iterator[Markup]:
        """How many made a move that kept its context."""
        x, y = self._aside(switch)
        yield text(x, y + 4, str(len(switch.participant_ids)), "flown", "middle")

    def cross(self, switch: ChannelSwitch) -> Iterator[Markup]:
        x, y = self._aside(switch)
        count = len(switch.lost_participant_ids)
        yield element("circle", class_="crossd", cx=x, cy=y, r=6)
        yield element("path", class_="cross", d=f"M{number(x - 2.4)} {number(y - 2.4)}l4.8 4.8m0 -4.8l-4.8 4.8")
        yield text(x + 9.5, y + 4, str(count), "lostn", "start")

    def _aside(self, switch: ChannelSwitch) -> tuple[float, float]:
        """The middle of a move; marks that would lie on each other step aside."""
        x, y = self._middle(switch)
        place = (round(x / 30), round(y / 13))
        y += 14 * self._crossed.get(place, 0)
        self._crossed[place] = self._crossed.get(place, 0) + 1
        return x, y

    def _bow(self, switch: ChannelSwitch) -> float:
        """How far a move within a phase swings out: each one a little farther than the one before."""
        key = (switch.from_phase, switch.from_channel, switch.to_channel)
        if key not in self._bows:
            turn = self._lanes.get(switch.from_phase, 0)
            self._lanes[switch.from_phase] = turn + 1
            room = self.width / 2 - 34
            self._bows[key] = min(room, 26 + turn * max(8.0, min(15.0, room / 5)))
        return self._bows[key]

    def _curve(self, switch: ChannelSwitch) -> str:
        a = self.x(switch.from_phase), self.y(switch.from_channel)
        b = self.x(switch.to_phase), self.y(switch.to_channel)
        if a[0] != b[0]:
            half = (a[0] + b[0]) / 2
            return f"M{points(a)}C{points((half, a[1]), (half, b[1]), b)}"
        # Who starts again on one channel goes round the mark of those who came back to it.
        bow, lift = a[0] + self._bow(switch) * 4 / 3, _LOOP if a[1] == b[1] else 0.0
        return f"M{points(a)}C{points((bow, a[1] - lift), (bow, b[1] + lift), b)}"

    def _middle(self, switch: ChannelSwitch) -> tuple[float, float]:
        ax, bx = self.x(switch.from_phase), self.x(switch.to_phase)
        middle = (self.y(switch.from_channel) + self.y(switch.to_channel)) / 2
        return (ax + self._bow(switch) if ax == bx else (ax + bx) / 2), middle
