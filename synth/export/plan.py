"""From map to plan as a page shows it: what could be better, and what each idea would take (method.md 7.3 and 8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from synth.built_in import is_built_in
from synth.domain import Claim, JourneyMap, Plan, Touchpoint, distinct
from synth.export.claims import ClaimView, ClaimWriter
from synth.export.sheet import channel_name
from synth.phrases import say
from synth.results import Results

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
    """Who said that channels contradict each other, in one sentence (method.md 7.5).

    That a friction was given this key is not enough: of each of these people the words that it stands on must tell of
    two channels. What the built-in analyst calls so was told by words ('the letter said something else').
    """
    claims = [claim for column in journey.phases for claim in column.claims
              if claim.key == "channels disagree" and not claim.idea]  # fmt: skip
    if not claims:
        return writer.words("map.consistent")
    by_words = is_built_in(writer.results.provenance.model)
    people = distinct([one for claim in claims for one in claim.participant_ids
                       if by_words or len(_channels_told(claim, one, writer.results)) > 1])  # fmt: skip
    if not people:
        return writer.words("map.maybe_inconsistent")
    return writer.words.count("map.inconsistent", len(people), who=writer.words.listed(writer.slots(people)))


def _channels_told(claim: Claim, person: str, results: Results) -> set[str]:
    """The channels of the findings that a person gives to a claim."""
    found = [results.findings_by_id[one] for one in claim.finding_ids if one in results.findings_by_id]
    details = [one.detail for one in found if one.participant_id == person and isinstance(one.detail, Touchpoint)]
    return {channel for detail in details for channel in (detail.channel, detail.from_channel) if channel}


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
