"""Two curves over each other on the axes of the feeling band: a map as it is, and as people drew it.

Both are on one zero line and one scale, which is what a future state is for: how far each phase is to move. What was
heard is a whole line with round marks; what people drew is dashed, as everything that is proposed, with square ones.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from synth.export.drawings.svg import drawing, element, number, text

HEIGHT = 236
_MIDDLE, _UNIT = 118.0, 36.0
_LEAST = 0.05
_SIGN = 7.6
"""Pixels that a sign of a name takes, rather too many than too few."""


def draw_over(
    before: Sequence[float | None], after: Sequence[float | None], column_width: float, labels: tuple[str, str]
) -> Markup:
    """The curves of two maps with the same phases; a phase without a value is a gap.

    Args:
        before: a value a phase, -2 to 2: solid.
        after: as many: dashed.
        column_width: pixels a phase.
        labels: the names of both curves, put at their last points.
    """
    width = column_width * len(before)
    parts: list[Markup] = []
    for value in (2, 1, 0, -1, -2):
        parts.append(element("path", class_="grid" if value else "zero", d=f"M0 {number(_y(value))}H{number(width)}"))
    for place, (old, new) in enumerate(zip(before, after, strict=True)):
        if old is not None and new is not None and abs(new - old) > 0.4:
            x = _x(place, column_width)
            way = 1 if new < old else -1
            parts.append(element("path", class_="move", d=f"M{number(x)} {number(_y(old) + way * 9)}V"
                                 f"{number(_y(new) - way * 13)}"))  # fmt: skip
            parts.append(element("path", class_="tip move-t", d=f"M{number(x)} {number(_y(new) - way * 8)}l-3.5 "
                                 f"{number(-way * 6)}h7z"))  # fmt: skip
    for values, name in ((before, "mean"), (after, "mean drawn")):
        for run in _runs(values):
            line = " L".join(f"{number(_x(place, column_width))} {number(_y(felt))}" for place, felt in run)
            parts.append(element("path", class_=name, d=f"M{line}"))
    for place, old in enumerate(before):
        if old is not None:
            parts.append(element("circle", class_="point flat", cx=_x(place, column_width), cy=_y(old), r=5))
    for place, new in enumerate(after):
        if new is not None:
            parts.append(element("rect", class_="point-d", x=_x(place, column_width) - 5, y=_y(new) - 5,
                                 width=10, height=10))  # fmt: skip
    parts += _names(before, after, column_width, labels)
    return drawing(width, HEIGHT, parts, "feeling over-curve")


def _names(
    before: Sequence[float | None], after: Sequence[float | None], column_width: float, labels: tuple[str, str]
) -> list[Markup]:
    """Each curve's name beside a point of it where the two are farthest apart."""
    both = [(abs(b - a), place) for place, (a, b) in enumerate(zip(before, after, strict=True))
            if a is not None and b is not None]  # fmt: skip
    apart, place = max(both, key=lambda pair: (pair[0], -pair[1]), default=(0.0, -1))
    named = []
    if place >= 0 and apart > _LEAST:
        for own, other, label, name in ((before, after, labels[0], "flabel"), (after, before, labels[1], "flabel d")):
            value, against = own[place], other[place]
            if value is not None and against is not None:
                below = value < against
                at = _y(value) + (22 if below else -13)
                named.append(_name(place, len(own), column_width, at, label, name))
        return named
    for own, label, name, lift in ((before, labels[0], "flabel", -13), (after, labels[1], "flabel d", 24)):
        last = next((n for n in range(len(own) - 1, -1, -1) if own[n] is not None), None)
        if last is not None:
            named.append(_name(last, len(own), column_width, _y(own[last] or 0.0) + lift, label, name))
    return named


def _name(place: int, places: int, column_width: float, at: float, label: str, name: str) -> Markup:
    """The name of a curve at one of its points, moved in where it would reach over the edge."""
    half = len(label) * _SIGN / 2
    x = min(max(_x(place, column_width), half), max(column_width * places - half, half))
    return text(x, at, label, name, "middle")


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """Neighbours that have a value; a gap is never drawn over."""
    runs: list[list[tuple[int, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((place, value))
    return [run for run in runs if len(run) > 1]


def _x(place: int, column_width: float) -> float:
    return column_width * place + column_width / 2


def _y(value: float) -> float:
    return _MIDDLE - _UNIT * value
