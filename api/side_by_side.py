"""Two maps beside each other: of two personas, or of one persona's people in two waves, phase by phase on one scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from api.claims import HeadWriter
from synth.domain import JourneyMap, Persona, PhaseColumn
from synth.export.drawings.feeling import MEAN_FROM, draw_emblem, hue
from synth.export.grid import ColumnView, MapView, emotion_name, phase_name
from synth.export.sheet import channel_name
from synth.pipeline.waves import WaveMap, wave_map
from synth.store import Store, Study

MOST_LINES = 3
"""Of one side in one cell."""
LANES = ("feeling", "channels", "doing", "need", "friction")
COUNTED = LANES[:2]
"""What waves are compared by."""
_WIDTH, _HEIGHT = 1150, 104


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a cell: a claim, a channel or a feeling."""

    text: str
    people: int
    href: str = ""
    mean: str = ""
    hue: str = "flat"
    said: str = ""
    """The language of the words, where they are a participant's own."""


@dataclass(frozen=True, slots=True)
class Lines:
    """One side of a cell."""

    shown: tuple[Line, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """A lane of one phase on both sides."""

    lane: str
    first: Lines
    second: Lines


@dataclass(frozen=True, slots=True)
class PhasePair:
    """One phase on both sides."""

    place: int
    name: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class OneSide:
    """One of the two."""

    name: str
    people: int
    href: str
    curve: Markup
    small: Markup
    """The same for a narrow screen."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Two maps beside each other."""

    what: str
    """`personas` or `waves`."""
    sides: tuple[OneSide, OneSide]
    phases: tuple[PhasePair, ...]
    lanes: tuple[str, ...]
    href: str
    """Where all differences stand; empty for personas."""


def two_personas(first: MapView, second: MapView, base: str, writer: HeadWriter) -> Beside:
    """Two drafted maps.

    Args:
        first, second: as pages show them.
        base: address of the study.
        writer: of the page.
    """
    views = [{one.column.phase: one for one in side.columns} for side in (first, second)]
    order = [one.column.phase for one in first.columns]
    order += [one.column.phase for one in second.columns if one.column.phase not in order]
    phases = []
    for place, key in enumerate(order, start=1):
        pairs = []
        for lane in LANES:
            one, other = (
                _drafted(lane, view.get(key), f"{base}/maps/{side.journey.id}")
                for side, view in zip((first, second), views, strict=True)
            )
            pairs.append(Pair(lane, one, other))
        phases.append(PhasePair(place, phase_name(writer, key), tuple(pairs)))
    made = tuple(
        OneSide(one.persona.name, len(one.people), f"{base}/maps/{one.journey.id}", one.compared, one.emblem)
        for one in (first, second)
    )
    return Beside("personas", (made[0], made[1]), tuple(phases), LANES, "")


def two_waves(
    store: Store, study: Study, journey: JourneyMap, persona: Persona, waves: tuple[str, str], base: str,
    writer: HeadWriter,
) -> Beside:  # fmt: skip
    """One persona's people in two waves: what is counted, since sentences are drafted over all waves together."""
    made = [wave_map(store, study, writer.results.framework, wave, persona.participant_ids) for wave in waves]
    names = [writer.words("beside.wave", wave=wave) for wave in waves]
    phases = tuple(
        PhasePair(
            place,
            phase_name(writer, column.phase),
            (
                Pair("feeling", *(_counted(one, column.phase, writer) for one in made)),
                Pair("channels", *(_channels(one, column.phase, writer) for one in made)),
            ),
        )
        for place, column in enumerate(journey.phases, start=1)
    )
    sides = []
    for name, one in zip(names, made, strict=True):
        drawn = _only(one.journey, journey)
        wide = draw_emblem(drawn, {}, width=_WIDTH, height=_HEIGHT, dots=True)
        small = draw_emblem(drawn, {}, width=len(drawn.phases) * 44, height=56)
        sides.append(OneSide(name, len(one.people), "", wide, small))
    return Beside("waves", (sides[0], sides[1]), phases, COUNTED, f"{base}/waves")


def wave_pairs(waves: Sequence[str]) -> Mapping[str, tuple[str, str]]:
    """Which two waves may be chosen, by what the address says: each with the one before it, the last with the first."""
    pairs = {f"{at}-{at + 1}": (waves[at], waves[at + 1]) for at in range(len(waves) - 1)}
    if len(waves) > 2:
        pairs[f"0-{len(waves) - 1}"] = (waves[0], waves[-1])
    return pairs


def _drafted(lane: str, view: ColumnView | None, address: str) -> Lines:
    if view is None:
        return Lines(())
    if lane == "feeling":
        return _felt(view.feeling_word, view.feeling_mean, view.feeling_hue, len(view.feeling.people))
    if lane == "channels":
        return _lines([Line(name, len(people)) for name, people in view.channels])
    return _lines([
        Line(one.claim.text, len(one.pro.people), f"{address}?claim={one.claim.id}#c-{one.claim.id}", said=one.said)
        for one in view.lanes[lane]
    ])  # fmt: skip


def _felt(word: str, mean: str, sign: str, people: int) -> Lines:
    return Lines((Line(word, people, mean=mean, hue=sign),)) if word else Lines(())


def _lines(lines: Sequence[Line]) -> Lines:
    return Lines(tuple(lines[:MOST_LINES]), max(0, len(lines) - MOST_LINES))


def _counted(one: WaveMap, phase: str, writer: HeadWriter) -> Lines:
    column = _column(one, phase)
    if column is None or column.mean is None:
        return Lines(())
    firm = len(column.feelings) >= MEAN_FROM
    mean = writer.words.decimal(column.mean, signed=True) if firm else ""
    return _felt(emotion_name(writer, column.emotion), mean, hue(column.mean) if firm else "flat", len(column.feelings))


def _channels(one: WaveMap, phase: str, writer: HeadWriter) -> Lines:
    column = _column(one, phase)
    ranked = sorted(column.channels.items(), key=lambda pair: (-len(pair[1]), pair[0])) if column else []
    return _lines([Line(channel_name(writer.results, key, writer), len(people)) for key, people in ranked])


def _column(one: WaveMap, phase: str) -> PhaseColumn | None:
    return next((column for column in one.journey.phases if column.phase == phase), None)


def _only(counted: JourneyMap, shown: JourneyMap) -> JourneyMap:
    """The phases that the page shows, in its order."""
    columns = {column.phase: column for column in counted.phases}
    return replace(counted, phases=tuple(columns[one.phase] for one in shown.phases if one.phase in columns))
