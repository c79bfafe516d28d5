"""The path lane: how many come through each phase, who skips one, and who goes back (method.md 5.2)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from synth.domain import JourneyMap, PathStep
from synth.export.drawings.svg import drawing, element, link, number, points, text

HEIGHT = 116
_MIDDLE = 58.0
_MOST_ARCS = 3
"""So many skips and so many returns are drawn, those of most people; the table has all."""


@dataclass(frozen=True, slots=True)
class PathWords:
    """The words for so many people who do something."""

    skip: Callable[[int], str]
    back: Callable[[int], str]
    again: Callable[[int], str]
    """Go round again: back from a phase of the loyalty loop."""
    enter: Callable[[int], str]
    """Begin their story here."""
    href: Callable[[PathStep], str] = lambda _: "#"
    """Where a skip or a return leads: to the words of those who made it."""


def kind_of_step(step: PathStep, phases: Sequence[str], loop: Collection[str]) -> str:
    """`next`, `skip`, `back`, or `again` for a new round out of the loyalty loop; empty where a phase is not there."""
    if step.from_phase not in phases or step.to_phase not in phases:
        return ""
    ahead = phases.index(step.to_phase) - phases.index(step.from_phase)
    if ahead < 0:
        return "again" if step.from_phase in loop and step.to_phase not in loop else "back"
    return "next" if ahead == 1 else "skip"


def draw_path(journey: JourneyMap, column_width: float, words: PathWords, loop: Collection[str] = ()) -> Markup:
    """Stops with their number of people, the trunk between neighbours, arcs above for skips and below for returns.

    Who begins later than the first phase is marked at the stop where they come in.

    Args:
        loop: the phases of the loyalty loop; a way back out of it is a new round.
    """
    place = {column.phase: number_ for number_, column in enumerate(journey.phases)}

    def x(at: int) -> float:
        return column_width * at + column_width / 2

    steps = [step for step in journey.path if step.from_phase in place and step.to_phase in place]
    parts: list[Markup] = []
    if journey.phases:
        parts.append(
            element("path", class_="track", d=f"M{number(x(0))} {_MIDDLE}H{number(x(len(journey.phases) - 1))}")
        )
    for step in steps:
        a, b = place[step.from_phase], place[step.to_phase]
        if b - a == 1:
            weight = 0.6 + 0.62 * len(step.participant_ids)
            parts.append(element("path", class_="trunk", d=f"M{number(x(a))} {_MIDDLE}H{number(x(b))}",
                                 stroke_width=min(12, weight)))  # fmt: skip
    skips = [step for step in steps if place[step.to_phase] - place[step.from_phase] > 1]
    backs = [step for step in steps if place[step.to_phase] < place[step.from_phase]]
    labels: list[Markup] = []
    for arcs, side in ((skips, -1), (backs, 1)):
        drawn = sorted(arcs, key=lambda step: (-len(step.participant_ids), step.from_phase, step.to_phase))[:_MOST_ARCS]
        spans = [(place[step.from_phase], place[step.to_phase]) for step in drawn]
        for step, (a, b), level in zip(drawn, spans, _levels(spans), strict=True):
            kind = kind_of_step(step, [column.phase for column in journey.phases], loop)
            label = {"skip": words.skip, "again": words.again}.get(kind, words.back)(len(step.participant_ids))
            parts.append(link(words.href(step), label, *_arc(x(a), x(b), len(step.participant_ids), side, level)))
            name = text((x(a) + x(b)) / 2, _MIDDLE + side * _top(level) + 4, label, "arcn", "middle")
            labels.append(link(words.href(step), label, name))
    parts += labels
    for number_, column in enumerate(journey.phases):
        count = len(column.participant_ids)
        parts.append(element("circle", class_="stop" if count else "stop none", cx=x(number_), cy=_MIDDLE,
                             r=11 if count > 2 else 9))  # fmt: skip
        parts.append(text(x(number_), _MIDDLE + 4.2, str(count), "stopn", "middle"))
        enter = len(journey.entries.get(column.phase, ()))
        if enter and number_:
            parts += _entry(x(number_), words.enter(enter))
    return drawing(column_width * len(journey.phases), HEIGHT, parts, "path")


def _entry(at: float, label: str) -> Iterator[Markup]:
    """A short way in from below, with its words beside it."""
    yield element(
        "path",
        class_="arc",
        stroke_width=1.4,
        d=f"M{number(at - 28)} {number(_MIDDLE + 30)}L{points((at - 11, _MIDDLE + 12))}",
    )
    yield element("path", class_="tip", d=f"M{points((at - 8, _MIDDLE + 9))}l-7 1.6l4.6 4.9z")
    yield text(at - 30, _MIDDLE + 42, label, "arcn", "middle")


def _levels(spans: Sequence[tuple[int, int]]) -> list[int]:
    """How high each arc runs: a short one below a longer one that it lies under, none through another's top."""
    levels: dict[int, int] = {}
    for number_ in sorted(range(len(spans)), key=lambda n: abs(spans[n][0] - spans[n][1])):
        low, high = sorted(spans[number_])
        under = [level for other, level in levels.items() if min(spans[other]) < high and max(spans[other]) > low]
        levels[number_] = max(under, default=-1) + 1
    return [levels[number_] for number_ in range(len(spans))]


def _top(level: int) -> float:
    return 24 + 13.0 * level


def _arc(a: float, b: float, count: int, side: int, level: int) -> Iterator[Markup]:
    """An arc from one stop to another with an arrow head; its top is flat, so that the words have a place."""
    top, start = _MIDDLE + side * _top(level), _MIDDLE + side * 13
    way = 1 if b > a else -1
    inset = way * min(46.0, abs(b - a) / 3)
    from_x, to_x = a + way * 3, b - way * 3
    line = (
        f"M{points((from_x, start))}C{points((from_x, top), (from_x + inset / 2, top), (from_x + inset, top))}"
        f"H{number(to_x - inset)}C{points((to_x - inset / 2, top), (to_x, top), (to_x, start + side * 3))}"
    )
    yield element("path", class_="hit", d=line)
    yield element("path", class_="arc", stroke_width=min(4, 0.8 + 0.35 * count), d=line)
    yield element("path", class_="tip", d=f"M{points((to_x, start - side))}l-3.5 {number(side * 7)}h7z")
