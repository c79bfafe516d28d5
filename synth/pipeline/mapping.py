"""What people think of a map: its state, scores of touchpoints, and the maps that they draw themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean

from synth.domain import Feeling, JourneyMap, PhaseColumn
from synth.journeys import PEOPLE_FOR_EXTREMES, find_marks
from synth.store.decisions import DrawnPhase, MapState, TouchpointScore


@dataclass(frozen=True, slots=True)
class ScoredTouchpoint:
    """A channel in a phase with the means of what people think of it."""

    phase: str
    channel: str
    participants: int
    """Who used it there, by the interviews."""
    people: int
    """Who scored how satisfied people are there."""
    satisfaction: float | None
    person: float | None
    organisation: float | None


def map_status(state: MapState | None, draft_id: str) -> str:
    """`draft`, `review`, `agreed`, or `outdated`: agreed on or in review, and another draft came since."""
    if state is None:
        return "draft"
    return state.state if state.draft_id == draft_id else "outdated"


def scored_touchpoints(journey: JourneyMap, scores: Sequence[TouchpointScore]) -> list[ScoredTouchpoint]:
    """Every touchpoint of a map in the order of its phases, those of most people first, with the means of scores."""
    found = []
    for column in journey.phases:
        for channel, people in sorted(column.channels.items(), key=lambda pair: (-len(pair[1]), pair[0])):
            own = [one for one in scores if (one.phase, one.channel) == (column.phase, channel)]
            found.append(
                ScoredTouchpoint(
                    column.phase,
                    channel,
                    len(people),
                    sum(one.satisfaction is not None for one in own),
                    _mean([one.satisfaction for one in own]),
                    _mean([one.person for one in own]),
                    _mean([one.organisation for one in own]),
                )
            )
    return found


def drawn_map(journey: JourneyMap, drawn: Mapping[str, DrawnPhase]) -> JourneyMap:
    """A map of what people drew, in the form that curves are drawn from: one value a phase, nobody's voices."""

    def column(one: PhaseColumn) -> PhaseColumn:
        value = drawn[one.phase].valence if one.phase in drawn else None
        felt = () if value is None else tuple(Feeling(str(n), value, ()) for n in range(_FIRM))
        return PhaseColumn(one.phase, (), felt, value, None, None, {}, {}, (), ())

    columns = tuple(map(column, journey.phases))
    known = [(one.phase, one.mean, _FIRM) for one in columns if one.mean is not None]
    peak, low, end = find_marks(known)
    return replace(journey, phases=columns, path=(), switches=(), peak=peak, low=low, end=end)


_FIRM = max(5, PEOPLE_FOR_EXTREMES)
"""So many voices make a mean that is drawn as a whole line."""


def _mean(values: Sequence[int | None]) -> float | None:
    known = [one for one in values if one is not None]
    return mean(known) if known else None
