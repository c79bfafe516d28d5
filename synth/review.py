"""Draft plus decisions: what is shown, and how a new draft meets old decisions.

Drafts are immutable and decisions are appended; this module lays the one over the other. Its promises: a claim that
people decided on stays as they left it whatever a later draft says, a rejected claim does not come back, and what is
new arrives as a proposal beside what was decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from synth.analyst import Decided
from synth.domain import Claim, Draft, JourneyMap, Origin, Persona, PhaseColumn, distinct, fold_space
from synth.results import State

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
    settled = {claim: _settled(stack) for claim, stack in decision_stacks(decisions).items()}
    return {claim: one for claim, one in settled.items() if one is not None}


def decided_sentences(
    decisions: Sequence[Decision], decided: Mapping[str, tuple[str, Claim]]
) -> dict[str, tuple[Decided, ...]]:
    """By persona and map: the drafted sentences on which people decided, so that a drafter can be told of them.

    Args:
        decisions: all of the study, in order.
        decided: as for `apply_decisions`.
    """
    standing = standing_decisions(decisions)
    found: dict[str, list[Decided]] = {}
    for claim_id, (owner, claim) in decided.items():
        if claim_id in standing and claim.origin is Origin.ANALYST and claim.text:
            rejected = standing[claim_id].action == "reject"
            place = owner.split(":")[1]
            people = distinct([*claim.participant_ids, *claim.against_participant_ids])
            found.setdefault(place, []).append(Decided(claim.section, claim.phase, claim.text, rejected, people))
    # In one order, so that the same decisions make the same task; a phase may be None, which sorts with nothing.
    return {place: tuple(sorted(some, key=repr)) for place, some in found.items()}


def moved_claims(decisions: Sequence[Decision]) -> dict[str, str]:
    """Claim to the owner (`persona:ID` or `map:ID:PHASE`) that somebody moved it to, as far as it stands there now."""
    moves = {claim: _moved(stack) for claim, stack in decision_stacks(decisions).items()}
    return {claim: owner for claim, owner in moves.items() if owner is not None}


def decision_stacks(decisions: Sequence[Decision]) -> dict[str, list[Decision]]:
    """For each claim, what was decided and not undone, in order; an undo takes back the last one."""
    stacks: dict[str, list[Decision]] = {}
    for decision in decisions:
        if decision.subject != "claim":
            continue
        _stack(stacks.setdefault(decision.subject_id, []), decision)
    return stacks


def _stack(stack: list[Decision], decision: Decision) -> None:
    if decision.action == "undo":
        if stack:
            stack.pop()
    elif decision.action in _UNDONE:
        stack.append(decision)


def _settled(stack: Sequence[Decision]) -> Decision | None:
    """Of what was decided on one claim and not undone, the last that is no move."""
    return next((one for one in reversed(stack) if one.action in STATE_AFTER), None)


def _moved(stack: Sequence[Decision]) -> str | None:
    """Where it was moved last."""
    return next((one.after for one in reversed(stack) if one.action == "assign" and one.after), None)


def apply_decisions(draft: Draft, decisions: Sequence[Decision], decided: Mapping[str, tuple[str, Claim]]) -> Shown:
    """Lay decisions over a draft.

    Args:
        draft: the newest draft.
        decisions: all of the study, in order.
        decided: each claim that was ever decided on, by id, with its owner (`persona:ID` or `map:ID:PHASE`) and as it
            was last drafted. Those that the newest draft no longer makes are shown all the same: where their persona
            is gone, with the one that has most of the people behind them.
    """
    return LaidOver(draft, decisions, decided).shown()


class LaidOver:
    """A draft with decisions laid over it, to which later ones are added for what they touch alone.

    The promise: after `add` it shows what it would have shown with those decisions from the start.
    """

    def __init__(self, draft: Draft, decisions: Sequence[Decision], decided: Mapping[str, tuple[str, Claim]]) -> None:
        """As `apply_decisions`."""
        self._draft = draft
        self._drafted = dict(owned_claims(draft))
        self._here = {claim.id: (owner, claim) for owner, claims in self._drafted.items() for claim in claims}
        self._ids = {owner: frozenset(claim.id for claim in claims) for owner, claims in self._drafted.items()}
        self._stacks = decision_stacks(decisions)
        self._decided = dict(decided)
        self.states: dict[str, State] = {}
        self._standing: dict[str, Decision] = {}
        self.moved: dict[str, str] = {}
        """Claims that stand where somebody moved them, with that place."""
        self._placed: dict[str, str] = {}
        """Where each decided claim is shown, or would be."""
        self._by_owner: dict[str, dict[str, Claim]] = {}
        """Decided claims that stand or were moved."""
        self._rejected: dict[tuple[str, str], dict[str, str]] = {}
        """By owner and section: rejected claims with their bare words."""
        for claim_id in self._decided:
            self._place(claim_id)
        for claim_id in self._stacks.keys() - self._decided.keys():
            self._stand(claim_id)

    def shown(self) -> Shown:
        """The draft as people see it now."""
        return Shown(with_claims(self._draft, self.claims), dict(self.states))

    def add(self, decision: Decision) -> set[str] | None:
        """Add one more decision of the study; the owners whose claims are shown otherwise by now.

        None: this cannot tell, since the claim is of an earlier draft or written just now; begin anew then.
        """
        if decision.subject != "claim":
            return set()
        claim_id = decision.subject_id
        if claim_id not in self._decided:
            if claim_id not in self._here or decision.action == "add":
                return None
            self._decided[claim_id] = self._here[claim_id]
        stack = self._stacks.setdefault(claim_id, [])
        _stack(stack, decision)
        owners = {self._decided[claim_id][0], self._placed.get(claim_id, "")}
        self._place(claim_id)
        return (owners | {self._placed[claim_id]}) - {""}

    def claims(self, owner: str) -> tuple[Claim, ...]:
        """The claims that an owner shows."""
        claims = self._drafted.get(owner, ())
        here = [
            _edited(claim, self._standing)
            for claim in claims
            if (claim.id in self._standing or not self._comes_back(owner, claim))
            and (claim.id not in self.moved or self._placed.get(claim.id, owner) == owner)
        ]
        drafted = self._ids.get(owner, frozenset())
        kept = [
            _placed(_edited(claim, self._standing), owner)
            for claim_id, claim in sorted(self._by_owner.get(owner, {}).items(), key=_old_ones_first)
            if claim_id not in drafted
        ]
        return tuple(here + kept)

    def _comes_back(self, owner: str, claim: Claim) -> bool:
        texts = self._rejected.get((owner, claim.section))
        return texts is not None and bare_words(claim.text) in texts.values()

    def _place(self, claim_id: str) -> None:
        """Note where a decided claim stands by what was decided on it so far."""
        owner, claim = self._decided[claim_id]
        before = self._placed.get(claim_id)
        if before is not None:
            self._by_owner.get(before, {}).pop(claim_id, None)
            self._rejected.get((before, claim.section), {}).pop(claim_id, None)
        self._stand(claim_id)
        now = self._placed[claim_id] = shown_owner(self.moved.get(claim_id, owner), claim, self._draft)
        if claim_id in self._standing or claim_id in self.moved:
            self._by_owner.setdefault(now, {})[claim_id] = claim
        if claim_id in self._standing and self._standing[claim_id].action == "reject":
            self._rejected.setdefault((now, claim.section), {})[claim_id] = bare_words(claim.text)

    def _stand(self, claim_id: str) -> None:
        stack = self._stacks.get(claim_id, [])
        standing, moved = _settled(stack), _moved(stack)
        if standing is None:
            self._standing.pop(claim_id, None)
            self.states.pop(claim_id, None)
        else:
            self._standing[claim_id], self.states[claim_id] = standing, STATE_AFTER[standing.action]
        if moved is None:
            self.moved.pop(claim_id, None)
        else:
            self.moved[claim_id] = moved


def _old_ones_first(entry: tuple[str, Claim]) -> tuple[bool, str]:
    return entry[1].origin is Origin.PERSON, entry[0]


def owned_claims(draft: Draft) -> Iterator[tuple[str, tuple[Claim, ...]]]:
    """Every owner of claims with those that were drafted for it."""
    for persona in draft.personas:
        yield f"persona:{persona.id}", persona.claims
    for journey in draft.maps:
        for column in journey.phases:
            yield f"map:{journey.id}:{column.phase}", column.claims


def with_claims(draft: Draft, of: Callable[[str], tuple[Claim, ...]]) -> Draft:
    """The draft with the claims that `of` gives for each owner."""

    def column_of(journey: JourneyMap, column: PhaseColumn) -> PhaseColumn:
        return replace(column, claims=of(f"map:{journey.id}:{column.phase}"))

    return replace(
        draft,
        personas=tuple(replace(one, claims=of(f"persona:{one.id}")) for one in draft.personas),
        maps=tuple(replace(one, phases=tuple(column_of(one, column) for column in one.phases)) for one in draft.maps),
    )


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
