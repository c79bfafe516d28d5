"""From map to plan as a page shows it: what could be better, and what each idea would take (method.md 7.3 and 8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from synth.domain import Claim, JourneyMap, Plan, distinct
from synth.export.claims import ClaimView, ClaimWriter
from synth.export.sheet import channel_name
from synth.phrases import say

MOST_IMPROVEMENTS = 8


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One idea of one phase with what it would take."""

    phase: str
    idea: ClaimView
    need: str
    """The need or friction of that phase that most of the same people share; empty where none is."""
    channel: str
    call_to_action: str
    kpi: str
    effort: str
    medium: str
    medium_why: str


@dataclass(frozen=True, slots=True)
class Improvement:
    """Something that holds people up, for the list of what could be better."""

    view: ClaimView
    phase: str
    people: int


def improvements(views: Mapping[str, Sequence[ClaimView]], names: Mapping[str, str]) -> tuple[Improvement, ...]:
    """What could be better, of most people first.

    Args:
        views: phase to the frictions and recurring questions that the map shows there.
        names: phase to its name.
    """
    found = [
        Improvement(view, names.get(phase, phase), len(view.pro.people))
        for phase, lane in views.items()
        for view in lane
        if view.pro.people
    ]
    return tuple(sorted(found, key=lambda one: -one.people)[:MOST_IMPROVEMENTS])


def plan_rows(
    journey: JourneyMap, ideas: Mapping[str, Sequence[ClaimView]], names: Mapping[str, str], writer: ClaimWriter
) -> tuple[PlanRow, ...]:
    """Every idea with its plan, in the order of the phases.

    Args:
        ideas: phase to the views of its ideas; one that a person wrote has no plan.
    """
    language = writer.words.language
    return tuple(
        _row(view, plan, column.claims, names.get(column.phase, column.phase), writer, language)
        for column in journey.phases
        for view in ideas.get(column.phase, ())
        if (plan := column.plans.get(view.claim.id)) is not None
    )


def consistency(journey: JourneyMap, writer: ClaimWriter) -> str:
    """Who said that channels contradict each other, in one sentence (method.md 7.5)."""
    claims = [claim for column in journey.phases for claim in column.claims if claim.key == "channels disagree"]
    people = distinct([person for claim in claims for person in claim.participant_ids])
    if not people:
        return writer.words("map.consistent")
    return writer.words.count("map.inconsistent", len(people), who=writer.words.listed(writer.slots(people)))


def _row(
    view: ClaimView, plan: Plan, claims: Sequence[Claim], phase: str, writer: ClaimWriter, language: str
) -> PlanRow:
    answered = set(view.claim.finding_ids)
    needs = [claim for claim in claims if claim.section in ("friction", "question", "need")]
    shared = [claim for claim in needs if answered.intersection(claim.finding_ids)]
    return PlanRow(
        phase=phase,
        idea=view,
        need=max(shared, key=lambda claim: len(claim.participant_ids)).text if shared else "",
        channel=channel_name(writer.results, plan.channel, writer) if plan.channel else "–",
        call_to_action=plan.call_to_action,
        kpi=plan.kpi,
        effort=say(language, f"plan.effort.{plan.effort}"),
        medium=say(language, f"plan.medium_name.{plan.medium}"),
        medium_why=plan.medium_why,
    )
