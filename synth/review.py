"""Draft plus decisions: what is shown, and how a new draft meets old decisions.

Drafts are immutable and decisions are appended; this module lays the one over the other. Its promises: a claim that
people decided on stays as they left it whatever a later draft says, a rejected claim does not come back, and what is
new arrives as a proposal beside what was decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from synth.domain import Claim, Draft, JourneyMap, Persona, fold_space
from synth.regroup import ThemeChange, theme_change
from synth.results import State

__all__ = [
    "STATE_AFTER", "Decision", "Shown", "ThemeChange", "apply_decisions", "bare_words", "decision_stacks",
    "moved_claims", "shown_owner", "standing_decisions", "theme_change",
]  # fmt: skip

STATE_AFTER = {"accept": State.ACCEPTED, "edit": State.EDITED, "reject": State.REJECTED, "add": State.ACCEPTED}
"""How a claim is shown while a decision of this action stands on it."""
_UNDONE = (*STATE_AFTER, "assign")
"""What an undo takes back, the last one first."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What one person decided on one thing: who, when, from, to, why."""

    draft_id: str
    """The draft that the person saw."""
    subject: str
    """`claim`, `theme`, `persona`, `participant` or `finding`."""
    subject_id: str
    action: str
    """`accept`, `edit`, `reject`, `merge`, `split`, `assign`, `add` or `undo`."""
    by_whom: str
    before: str | None = None
    after: str | None = None
    why: str = ""
    decided_utc: str = ""
    number: int = 0
    """Its place in the ledger; 0 until it is stored."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A draft as people see it now."""

    draft: Draft
    states: Mapping[str, State]
    """By claim id; a claim that is not here is proposed."""


def standing_decisions(decisions: Sequence[Decision]) -> dict[str, Decision]:
    """The decision that holds for each claim now: the last one that was not undone; moves are none of these."""
    settled = {
        claim: [one for one in stack if one.action in STATE_AFTER]
        for claim, stack in decision_stacks(decisions).items()
    }
    return {claim: stack[-1] for claim, stack in settled.items() if stack}


def moved_claims(decisions: Sequence[Decision]) -> dict[str, str]:
    """Claim to the owner (`persona:ID` or `map:ID:PHASE`) that somebody moved it to, as far as it stands there now."""
    moves = {
        claim: [one.after for one in stack if one.action == "assign" and one.after]
        for claim, stack in decision_stacks(decisions).items()
    }
    return {claim: owners[-1] for claim, owners in moves.items() if owners}


def decision_stacks(decisions: Sequence[Decision]) -> dict[str, list[Decision]]:
    """For each claim, what was decided and not undone, in order; an undo takes back the last one."""
    stacks: dict[str, list[Decision]] = {}
    for decision in decisions:
        if decision.subject != "claim":
            continue
        stack = stacks.setdefault(decision.subject_id, [])
        if decision.action == "undo":
            if stack:
                stack.pop()
        elif decision.action in _UNDONE:
            stack.append(decision)
    return stacks


def apply_decisions(draft: Draft, decisions: Sequence[Decision], decided: Mapping[str, tuple[str, Claim]]) -> Shown:
    """Lay decisions over a draft.

    Args:
        draft: the newest draft.
        decisions: all of the study, in order.
        decided: each claim that was ever decided on, by id, with its owner (`persona:ID` or `map:ID:PHASE`) and as it
            was last drafted. Those that the newest draft no longer makes are shown all the same: where their persona
            is gone, with the one that has most of the people behind them.
    """
    standing, moved = standing_decisions(decisions), moved_claims(decisions)
    decided = {
        claim_id: (shown_owner(moved.get(claim_id, owner), claim, draft), claim)
        for claim_id, (owner, claim) in decided.items()
    }
    by_owner: dict[str, list[Claim]] = {}
    for claim_id, (owner, claim) in decided.items():
        if claim_id in standing or claim_id in moved:
            by_owner.setdefault(owner, []).append(claim)
    rejected: dict[tuple[str, str], set[str]] = {}
    for claim_id, (owner, claim) in decided.items():
        if claim_id in standing and standing[claim_id].action == "reject":
            rejected.setdefault((owner, claim.section), set()).add(bare_words(claim.text))
    states = {claim_id: STATE_AFTER[decision.action] for claim_id, decision in standing.items()}

    def comes_back(owner: str, claim: Claim) -> bool:
        texts = rejected.get((owner, claim.section))
        return texts is not None and bare_words(claim.text) in texts

    def settle(owner: str, claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
        here = [
            _edited(claim, standing)
            for claim in claims
            if (claim.id in standing or not comes_back(owner, claim))
            and (claim.id not in moved or claim.id not in decided or decided[claim.id][0] == owner)
        ]
        drafted = {claim.id for claim in claims}
        kept = [
            _placed(_edited(claim, standing), owner) for claim in by_owner.get(owner, ()) if claim.id not in drafted
        ]
        return tuple(here + kept)

    def persona(one: Persona) -> Persona:
        return replace(one, claims=settle(f"persona:{one.id}", one.claims))

    def journey(one: JourneyMap) -> JourneyMap:
        columns = tuple(
            replace(column, claims=settle(f"map:{one.id}:{column.phase}", column.claims)) for column in one.phases
        )
        return replace(one, phases=columns)

    shown = replace(draft, personas=tuple(map(persona, draft.personas)), maps=tuple(map(journey, draft.maps)))
    return Shown(shown, states)


def bare_words(text: str) -> str:
    """The text without case and signs: what is the same by this is the same sentence made again."""
    return "".join(sign for sign in fold_space(text).casefold() if sign.isalnum() or sign == " ")


def shown_owner(owner: str, claim: Claim, draft: Draft) -> str:
    """The owner, or where its persona is gone the same place of the persona with most of the people behind it."""
    kind, _, rest = owner.partition(":")
    place = rest.partition(":")[0]
    there: Sequence[Persona | JourneyMap] = draft.personas if kind == "persona" else draft.maps
    if any(one.id == place for one in there) or not draft.personas:
        return owner
    people = set(claim.participant_ids)
    nearest = max(draft.personas, key=lambda persona: len(people.intersection(persona.participant_ids)))
    if kind == "persona":
        return f"persona:{nearest.id}"
    of_nearest = next((journey.id for journey in draft.maps if journey.persona_id == nearest.id), None)
    return f"map:{of_nearest}:{rest.partition(':')[2]}" if of_nearest else owner


def _placed(claim: Claim, owner: str) -> Claim:
    """The claim in the phase of its owner, where that is a map."""
    kind, _, rest = owner.partition(":")
    return replace(claim, phase=rest.partition(":")[2]) if kind == "map" else claim


def _edited(claim: Claim, standing: Mapping[str, Decision]) -> Claim:
    decision = standing.get(claim.id)
    if decision is not None and decision.action == "edit" and decision.after:
        return replace(claim, text=decision.after)
    return claim
