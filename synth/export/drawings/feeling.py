"""The feeling band of a map, its small emblem, and the lying strip that a phone shows (look.md 6).

Everybody is a dot. A mean stands only on three people or more, its line is dotted where fewer than five stand at either
end, the spread is the middle half of five or more, and where nobody said how it felt there is a gap: nothing is drawn
over it. On a map without any mean the dots of one person in phases that follow each other are joined by a thin dashed
line, which is that person's and nobody else's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from synth.domain import JourneyMap, PhaseColumn
from synth.export.drawings.curve import Point, joined, segments
from synth.export.drawings.svg import drawing, element, number, points, text

HEIGHT = 236
MEAN_FROM = 3
"""People behind a mean that is drawn."""
FIRM_FROM = 5
"""People behind both ends of a solid line."""
_FLAT = 0.15
"""Nearer to zero than this a mean is neither good nor bad."""
_LETTER = 7.2
"""How wide a letter of a label is, about."""


def draw_feeling(journey: JourneyMap, column_width: float, ids: str, labels: dict[str, str]) -> Markup:
    """The band over all phases, `column_width` pixels each.

    Args:
        ids: a prefix for ids that no other drawing on the page has.
        labels: the words for `peak`, `low`, `end` and `and`, and for `one`, the line of a single person.
    """
    band = _Band(journey.phases, column_width)
    width = column_width * len(journey.phases)
    parts: list[Markup] = [
        element("defs", _clip(f"{ids}-up", 0, band.y(0), width), _clip(f"{ids}-down", band.y(0), HEIGHT, width),
                _hatch(f"{ids}-gap")),
    ]  # fmt: skip
    parts += [
        element("rect", x=column_width * place + 6, y=band.y(2) - 6, width=column_width - 12,
                height=band.y(-2) - band.y(2) + 12, fill=f"url(#{ids}-gap)")
        for place, column in enumerate(journey.phases) if not column.feelings
    ]  # fmt: skip
    for value in (2, 1, 0, -1, -2):
        parts.append(
            element("path", class_="zero" if value == 0 else "grid", d=f"M0 {number(band.y(value))}H{number(width)}")
        )
    for shape in band.spread():
        parts += [
            element("path", class_=name, d=shape, clip_path=f"url(#{ids}-{side})")
            for name, side in (("bpos", "up"), ("bneg", "down"))
        ]
    parts += band.line()
    if not band.has_means:
        parts += band.ways(labels["one"])
    parts += band.dots()
    parts += [_mark(column, journey, band, place) for place, column in enumerate(journey.phases)]
    parts += _labels(journey, band, labels)
    return drawing(width, HEIGHT, parts, "feeling")


def draw_emblem(
    journey: JourneyMap, labels: dict[str, str], width: float = 240, height: float = 96, *, dots: bool = False
) -> Markup:
    """The same curve in small, with words only where `labels` (phase to words) has some.

    Args:
        dots: show everybody; without means, everybody is shown in any case.
    """
    band = _Band(journey.phases, width / max(1, len(journey.phases)), middle=height / 2, unit=height / 5.4)
    parts = [element("path", class_="zero", d=f"M0 {number(height / 2)}H{number(width)}")]
    if dots or not band.has_means:
        sizes = (2.2, 5.5, 14.0) if dots else (1.8, 4.5, 0.0)
        if not band.has_means:
            parts += band.ways("", *sizes)
        parts += band.dots(*sizes)
    parts += band.line()
    for place, column in enumerate(journey.phases):
        if has_mean(column) and column.mean is not None:
            parts.append(_shape(band.x(place), band.y(column.mean), column, journey, scale=0.8 if dots else 0.62))
            if labels.get(column.phase):
                below = column.mean < 0
                anchor = "start" if place == 0 else "end" if place == len(journey.phases) - 1 else "middle"
                x = {"start": 0.0, "end": width, "middle": band.x(place)}[anchor]
                y = min(height - 3, band.y(column.mean) + 17) if below else max(10, band.y(column.mean) - 9)
                parts.append(text(x, y, labels[column.phase], "elabel", anchor))
    return drawing(width, height, parts, "emblem")


def draw_strip(values: Sequence[float], mean: float | None, spread: tuple[float, float] | None) -> Markup:
    """One reading lying down, from very bad at the left to very good at the right."""
    width, middle = 300.0, 34.0

    def x(value: float) -> float:
        return width / 2 + value * 68

    parts: list[Markup] = []
    if spread:
        for low, high, name in ((spread[0], min(spread[1], 0), "bneg"), (max(spread[0], 0), spread[1], "bpos")):
            if low < high:
                parts.append(element("rect", x=x(low), y=middle - 8, width=x(high) - x(low), height=16, class_=name))
    parts.append(element("path", class_="grid", d=f"M{number(x(-2))} {number(middle)}H{number(x(2))}"))
    parts.append(element("path", class_="zero", d=f"M{number(x(0))} {number(middle - 12)}v24"))
    for value, count in sorted(Counter(values).items()):
        pitch = min(7.0, 60 / count)
        parts += [
            element("circle", cx=x(value) + (place - (count - 1) / 2) * pitch, cy=12, r=3 if count < 9 else 1.8,
                    class_="dot")
            for place in range(count)
        ]  # fmt: skip
    if mean is not None and len(values) >= MEAN_FROM:
        parts.append(element("circle", cx=x(mean), cy=middle, r=6.5, class_=f"point {hue(mean)}"))
    parts += [
        text(x(value), 62, label, "axis", "middle") for value, label in ((-2, "\N{MINUS SIGN}2"), (0, "0"), (2, "+2"))
    ]
    return drawing(width, 66, parts, "strip")


def has_mean(column: PhaseColumn) -> bool:
    """Whether enough people said how a phase felt for their mean to be drawn."""
    return column.mean is not None and len(column.feelings) >= MEAN_FROM


def hue(value: float) -> str:
    """The class of a mean: pos, neg or flat."""
    return "pos" if value > _FLAT else "neg" if value < -_FLAT else "flat"


@dataclass(frozen=True, slots=True)
class _Dot:
    """What one person felt in one phase."""

    person: str
    place: int
    at: Point
    radius: float


class _Band:
    """Where things stand: phases from left to right, feelings from +2 at the top to -2."""

    def __init__(self, columns: Sequence[PhaseColumn], width: float, middle: float = 118, unit: float = 36) -> None:
        self.columns, self.width, self.middle, self.unit = columns, width, middle, unit

    def x(self, place: int) -> float:
        return self.width * place + self.width / 2

    def y(self, value: float) -> float:
        return self.middle - self.unit * max(-2.0, min(2.0, value))

    @property
    def has_means(self) -> bool:
        return any(map(has_mean, self.columns))

    def line(self) -> Iterator[Markup]:
        for run in _runs([has_mean(column) for column in self.columns]):
            through = [(self.x(place), self.y(self.columns[place].mean or 0.0)) for place in run]
            for (a, b), path in zip(pairwise(run), segments(through), strict=True):
                firm = min(len(self.columns[a].feelings), len(self.columns[b].feelings)) >= FIRM_FROM
                yield element("path", class_="mean" if firm else "mean few", d=path)

    def spread(self) -> Iterator[str]:
        known = [column.spread is not None and len(column.feelings) >= FIRM_FROM for column in self.columns]
        for run in _runs(known):
            pairs = [(place, self.columns[place].spread or (0.0, 0.0)) for place in run]
            upper = _widened([(self.x(place), self.y(spread[1])) for place, spread in pairs])
            lower = _widened([(self.x(place), self.y(spread[0])) for place, spread in pairs])[::-1]
            yield f"M{points(upper[0])}{_edge(upper)}L{points(lower[0])}{_edge(lower)}Z"

    def ways(self, label: str, radius: float = 3, pitch: float = 8, shift: float = 18) -> Iterator[Markup]:
        """Everybody's own line, from one phase to the next; the first one says whose such a line is."""
        there = {(dot.person, dot.place): dot for dot in self._placed(radius, pitch, shift)}
        for person, place in sorted(there):
            start, end = there[person, place], there.get((person, place + 1))
            if end is not None:
                yield element("path", element("title", person), class_="way", d=f"M{points(start.at)}L{points(end.at)}")
                if label:
                    above = 7 + abs(end.at[1] - start.at[1]) / 4  # half the label is over a line that rises or falls
                    x, y = (start.at[0] + end.at[0]) / 2, (start.at[1] + end.at[1]) / 2 - above
                    yield text(x, y, label, "axis", "middle")
                    label = ""

    def dots(self, radius: float = 3, pitch: float = 8, shift: float = 18) -> Iterator[Markup]:
        for dot in self._placed(radius, pitch, shift):
            yield element(
                "circle", element("title", dot.person), class_="dot", cx=dot.at[0], cy=dot.at[1], r=dot.radius
            )

    def _placed(self, radius: float, pitch: float, shift: float) -> Iterator[_Dot]:
        for place, column in enumerate(self.columns):
            heaps: dict[float, list[str]] = {}
            for feeling in column.feelings:
                heaps.setdefault(feeling.valence, []).append(feeling.participant_id)
            room = max(1, int((self.width / 2 - shift - 6) / pitch))
            for value, people in sorted(heaps.items()):
                many = len(people) > room
                step, size = (pitch / 2, radius * 0.6) if many else (pitch, radius)
                per_row = room * 2 if many else room
                for number_, person in enumerate(people):
                    row, column_ = divmod(number_, per_row)
                    lift = row * size * 2.2 - (len(people) - 1) // per_row * size * 1.1
                    at = (self.x(place) - shift - step * column_, self.y(value) + lift)
                    yield _Dot(person, place, at, size)


def _runs(known: Sequence[bool]) -> list[list[int]]:
    runs: list[list[int]] = []
    for place, there in enumerate(known):
        if there and runs and runs[-1][-1] == place - 1:
            runs[-1].append(place)
        elif there:
            runs.append([place])
    return runs


def _widened(edge: list[Point]) -> list[Point]:
    return [(edge[0][0] - 48, edge[0][1]), *edge, (edge[-1][0] + 14, edge[-1][1])]


def _edge(edge: Sequence[Point]) -> str:
    """The first and last stretch are flat, what lies between is the curve; the last point may come first."""
    inner = joined(edge[1:-1])
    return f"L{points(edge[1])}{inner}L{points(edge[-1])}"


def _mark(column: PhaseColumn, journey: JourneyMap, band: _Band, place: int) -> Markup:
    if not has_mean(column) or column.mean is None:
        return Markup()
    return _shape(band.x(place), band.y(column.mean), column, journey)


def _shape(x: float, y: float, column: PhaseColumn, journey: JourneyMap, scale: float = 1.0) -> Markup:
    name = f"point {hue(column.mean or 0.0)}"
    half, tall = 9.5 * scale, 8 * scale
    if column.phase == journey.peak:
        corners = points((x, y - tall * 1.15), (x + half, y + tall * 0.85), (x - half, y + tall * 0.85))
        return element("polygon", class_=name, points=corners)
    if column.phase == journey.low:
        corners = points((x, y + tall * 1.15), (x + half, y - tall * 0.85), (x - half, y - tall * 0.85))
        return element("polygon", class_=name, points=corners)
    if column.phase == journey.end:
        side = 13 * scale
        return element("rect", class_=name, x=x - side / 2, y=y - side / 2, width=side, height=side)
    return element("circle", class_=name, cx=x, cy=y, r=6.5 * scale)


def _labels(journey: JourneyMap, band: _Band, words: dict[str, str]) -> Iterator[Markup]:
    for place, column in enumerate(journey.phases):
        roles = [role for role in ("peak", "low", "end") if getattr(journey, role) == column.phase]
        if not roles or not has_mean(column) or column.mean is None:
            continue
        label = f" {words['and']} ".join(words[role] for role in roles)
        label = label[0].upper() + label[1:]
        below = "low" in roles
        y = band.y(column.mean) + (24 if below else -11)
        last, fits = place == len(journey.phases) - 1, len(label) * _LETTER <= band.width / 2 - 17
        if last and not fits:
            # People stand on the left: the word goes over or under them.
            dots = [band.y(one.valence) for one in column.feelings]
            while any(y - 15 < dot < y + 6 for dot in dots):
                y += 6 if below else -6
            yield text(band.x(place) - 13, y, label, "flabel", "end")
        else:
            yield text(band.x(place) + 13, y, label, "flabel", "start")


def _clip(id_: str, top: float, bottom: float, width: float) -> Markup:
    return element("clipPath", element("rect", x=0, y=top, width=width, height=bottom - top), id=id_)


def _hatch(id_: str) -> Markup:
    lines = element("path", class_="hatch", d="M0 8L8 0")
    return element("pattern", lines, id=id_, width=8, height=8, patternUnits="userSpaceOnUse")
