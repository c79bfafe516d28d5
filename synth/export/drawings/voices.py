"""The voices row: everybody in a persona at a fixed place, and what they say of one claim (look.md 5).

A tick up is a person for, a tick down one against, a dot silence. The same place is the same person on every claim.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from markupsafe import Markup

from synth.export.drawings.svg import drawing, element, number

MOST_TICKS = 24
"""Beyond this many people a row of ticks can't be read: a bar of three parts stands in its place."""
_BAR = 48.0


def draw_voices(slots: Sequence[str], for_: Collection[str], against: Collection[str], pitch: float = 4.0) -> Markup:
    """The row for one claim.

    Args:
        slots: everybody who could speak here, in their fixed order.
        pitch: pixels from one person to the next.
    """
    if len(slots) > MOST_TICKS:
        return _bar(len(slots), len(set(for_)), len(set(against)))
    width = 2.5 if pitch < 6 else 4.0
    # Someone can speak for and against: then both ticks are drawn.
    shapes = {"vf": "", "va": "", "vs": ""}
    for place, person in enumerate(slots):
        x = number(place * pitch)
        if person in for_:
            shapes["vf"] += f"M{x} 1h{number(width)}v7h-{number(width)}z"
        if person in against:
            shapes["va"] += f"M{x} 9h{number(width)}v5h-{number(width)}z"
        if person not in for_ and person not in against:
            shapes["vs"] += f"M{x} 7.7h{number(width)}v1.5h-{number(width)}z"
    paths = [element("path", class_=name, d=shape) for name, shape in shapes.items() if shape]
    return drawing(max(1.0, (len(slots) - 1) * pitch + width), 14, paths, "voices")


def _bar(people: int, for_: int, against: int) -> Markup:
    unit = _BAR / people
    parts = [
        element("path", class_="vs", d=f"M0 7.7h{number(_BAR)}v1.5h-{number(_BAR)}z"),
        element("path", class_="vf", d=f"M0 1h{number(for_ * unit)}v7h-{number(for_ * unit)}z") if for_ else "",
        element(
            "path", class_="va", d=f"M{number(for_ * unit)} 9h{number(against * unit)}v5h-{number(against * unit)}z"
        )
        if against
        else "",
    ]
    return drawing(_BAR, 14, parts, "voices")
