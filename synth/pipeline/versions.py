"""One claim as it is shown now, and a decision on it against the version that its author saw, without the whole study.

The promise is the same as that of `synth.review`, which lays all decisions over a whole draft: where one claim's row
and its own decisions do not settle how it is shown (a later draft dropped it, or made again what was rejected), this
asks `apply_decisions` and gives the same answer, slower.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from synth.domain import content_id
from synth.errors import SynthError
from synth.results import State
from synth.review import (
    STATE_AFTER,
    Decision,
    apply_decisions,
    bare_words,
    decision_stacks,
    moved_claims,
    standing_decisions,
)
from synth.store import Store, Study


@dataclass(frozen=True, slots=True)
class ClaimVersion:
    """A claim as it is shown now."""

    claim_id: str
    draft_id: str
    """The newest draft."""
    text: str
    state: State
    drafted_text: str
    """As it was last drafted."""
    by_whom: str | None = None
    decided_utc: str | None = None
    moved_to: str = ""
    """Where somebody moved it (`persona:ID` or `map:ID:PHASE`); empty where it stands as it was drafted."""

    @property
    def mark(self) -> str:
        """Changes whenever the claim is shown otherwise or elsewhere; a page sends it back as what was seen."""
        return version_mark(self.text, self.state, self.moved_to)

    def is_seen(self, seen: tuple[str, State] | str | None) -> bool:
        """Whether this is what somebody saw: its mark, or text and state; None: as drafted, with nobody's decision."""
        if isinstance(seen, str):
            return seen == self.mark
        return (self.text, self.state) == (seen or (self.drafted_text, State.PROPOSED))


class ClaimChangedError(SynthError):
    """The claim is shown otherwise than its decider saw it; nothing was stored.

    Attributes:
        current: how it is shown now; None where the newest draft no longer has it.
    """

    def __init__(self, current: ClaimVersion | None) -> None:
        super().__init__("The claim has changed since it was seen. Nothing was stored; look at it as it is now.")
        self.current = current


class NothingToUndoError(SynthError):
    """Nobody's decision on the claim stands."""

    def __init__(self) -> None:
        super().__init__("Nobody's decision on this claim stands. Nothing was stored.")


def version_mark(text: str, state: State, moved_to: str) -> str:
    """A short sign for one version of a claim: its text as it is stored, before names are hidden, state and place."""
    return content_id("version", text, state.value, *([moved_to] if moved_to else []))


def claim_version(store: Store, study: Study, claim_id: str) -> ClaimVersion | None:
    """How a claim is shown now; None where the newest draft has no place for it."""
    draft_id = store.newest_draft_id(study)
    if draft_id is None:
        return None
    drafted = store.drafted_claim(study, draft_id, claim_id)
    taken = store.claim_decisions(study, claim_id)
    decision = standing_decisions(taken).get(claim_id)
    if drafted is None:
        return _from_whole_draft(store, study, claim_id) if decision or moved_claims(taken) else None
    if decision is None and bare_words(drafted.text) in {
        bare_words(text) for text in store.rejected_texts(study, drafted.section)
    }:
        return _from_whole_draft(store, study, claim_id)
    return _version(claim_id, draft_id, drafted.text, decision, moved_claims(taken))


def decide_seen(
    store: Store, study: Study, claim_id: str, action: str, *, by_whom: str, seen: tuple[str, State] | str | None,
    text: str | None = None, why: str = "",
) -> tuple[Decision, ClaimVersion | None]:  # fmt: skip
    """Append a decision if the claim is still shown as its author saw it. Looking and storing happen under one lock.

    Args:
        store: holds the study.
        study: whose claim.
        claim_id: the whole id.
        action: `accept`, `edit`, `reject` or `undo`.
        by_whom: who decides.
        seen: text and state as they were shown, or the mark of that version; None: as drafted, with nobody's decision
            on it.
        text: the sentence as it should read, with `edit`.
        why: the reason.

    Returns:
        The stored decision, and the claim as it is shown from now on.

    Raises:
        ClaimChangedError: it has changed, or there is no such claim (then `current` is None).
        NothingToUndoError: nobody's decision on it stands.
    """
    with store.write():
        current = claim_version(store, study, claim_id)
        if current is None:
            raise ClaimChangedError(None)
        if not current.is_seen(seen):
            raise ClaimChangedError(current)
        if action == "undo" and not decision_stacks(store.claim_decisions(study, claim_id)).get(claim_id):
            raise NothingToUndoError
        decision = Decision(
            draft_id=current.draft_id, subject="claim", subject_id=claim_id, action=action, by_whom=by_whom,
            before=current.text, after=text if action == "edit" else None, why=why,
        )  # fmt: skip
        number = store.decide(study, decision)
        return store.decision(study, number), claim_version(store, study, claim_id)


def _version(
    claim_id: str, draft_id: str, drafted_text: str, decision: Decision | None, moved: Mapping[str, str]
) -> ClaimVersion:
    to = moved.get(claim_id, "")
    if decision is None:
        return ClaimVersion(claim_id, draft_id, drafted_text, State.PROPOSED, drafted_text, moved_to=to)
    text = decision.after if decision.action == "edit" and decision.after else drafted_text
    state = STATE_AFTER[decision.action]
    return ClaimVersion(claim_id, draft_id, text, state, drafted_text, decision.by_whom, decision.decided_utc, to)


def _from_whole_draft(store: Store, study: Study, claim_id: str) -> ClaimVersion | None:
    stored = store.last_draft(study)
    if stored is None:
        return None
    decisions, decided = store.decisions(study), store.decided_claims(study)
    shown = apply_decisions(stored.draft, decisions, decided)
    if not any(claim.id == claim_id for claim in shown.draft.claims()):
        return None
    drafted = next((claim for claim in stored.draft.claims() if claim.id == claim_id), None) or decided[claim_id][1]
    standing = standing_decisions(decisions).get(claim_id)
    return _version(claim_id, stored.id, drafted.text, standing, moved_claims(decisions))
