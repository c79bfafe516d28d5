"""What people think of a map: its state, and scores of touchpoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

from synth.domain import JourneyMap
from synth.store.decisions import MapState, TouchpointScore


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


def _mean(values: Sequence[int | None]) -> float | None:
    known = [one for one in values if one is not None]
    return mean(known) if known else None
