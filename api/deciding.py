"""A decision against the version of a claim that its author saw.

The promise: of two people who decide on the same version of a claim, the second gets both versions, and nothing is
overwritten. Looking and storing happen under one write lock, so that nobody can come in between.
"""

from __future__ import annotations

from api.errors import ApiError
from api.models import DecisionIn, SeenClaim, SeenVersion, ShownClaim
from synth.domain import Claim
from synth.pipeline import decide_claim
from synth.results import State
from synth.review import Decision, apply_decisions, standing_decisions
from synth.store import Store, Study


def decide_as_seen(store: Store, study: Study, asked: DecisionIn) -> tuple[Decision, ShownClaim]:
    """Store a decision if the claim is still as its author saw it.

    Returns:
        The stored decision, and the claim as it is shown from now on.

    Raises:
        ApiError: there is no such claim; it has changed since it was seen; or there is nothing to undo.
    """
    with store.write():
        current, drafted = _shown_and_drafted(store, study, asked.claim_id)
        if current is None or drafted is None:
            raise _gone(store, study, asked)
        seen = asked.seen or SeenClaim(text=drafted.text, state=State.PROPOSED)
        if (seen.text, seen.state) != (current.text, current.state):
            raise _changed(seen, current, asked)
        if asked.action == "undo" and current.state is State.PROPOSED:
            raise ApiError("nothing-to-undo", "Nobody's decision on this claim stands. Nothing was stored.")
        decide_claim(
            store, study, asked.claim_id, asked.action, by_whom=asked.by, text=asked.text, why=asked.why
        )  # fmt: skip
        after, _ = _shown_and_drafted(store, study, asked.claim_id)
        return store.decisions(study)[-1], after or current


def _shown_and_drafted(store: Store, study: Study, claim_id: str) -> tuple[ShownClaim | None, Claim | None]:
    """The claim as it is shown now and as it was last drafted; None where the newest draft has no place for it."""
    stored = store.last_draft(study)
    if stored is None:
        return None, None
    decisions, decided = store.decisions(study), store.decided_claims(study)
    shown = apply_decisions(stored.draft, decisions, decided)
    found = next((claim for claim in shown.draft.claims() if claim.id == claim_id), None)
    if found is None:
        return None, None
    drafted = next((claim for claim in stored.draft.claims() if claim.id == claim_id), None) or decided[claim_id][1]
    standing = standing_decisions(decisions).get(claim_id)
    version = ShownClaim(
        draft_id=stored.id,
        text=found.text,
        state=shown.states.get(claim_id, State.PROPOSED),
        by=standing.by_whom if standing else None,
        decided_utc=standing.decided_utc if standing else None,
    )
    return version, drafted


def _gone(store: Store, study: Study, asked: DecisionIn) -> ApiError:
    newest = store.last_draft(study)
    if asked.seen is not None and newest is not None and newest.id != asked.draft_id:
        return _changed(asked.seen, None, asked)
    return ApiError("claim-not-found", "The newest draft has no claim with this id. Nothing was stored.")


def _changed(seen: SeenClaim, current: ShownClaim | None, asked: DecisionIn) -> ApiError:
    what = "send `current` as `seen`" if current else "look at the newest draft: it no longer has this claim"
    version = SeenVersion(draft_id=asked.draft_id, text=seen.text, state=seen.state)
    return ApiError(
        "claim-changed",
        f"Nothing was stored. Compare `seen` with `current`; to decide on it as it is now, {what}.",
        seen=version.model_dump(mode="json"),
        current=current.model_dump(mode="json") if current else None,
    )
