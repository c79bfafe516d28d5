"""A decision against the version of a claim that its author saw.

The promise: of two people who decide on the same version of a claim, the second gets both versions, and nothing is
overwritten. `synth.pipeline.versions` looks and stores under one write lock; this says the same over HTTP.
"""

from __future__ import annotations

from api.errors import ApiError
from api.models import DecisionIn, SeenClaim, SeenVersion, ShownClaim
from synth.pipeline.versions import ClaimChangedError, ClaimVersion, NothingToUndoError, decide_seen
from synth.results import State
from synth.review import Decision
from synth.store import Store, Study


def decide_as_seen(store: Store, study: Study, asked: DecisionIn, by: str) -> tuple[Decision, ShownClaim]:
    """Store a decision if the claim is still as its author saw it.

    Returns:
        The stored decision, and the claim as it is shown from now on.

    Raises:
        ApiError: there is no such claim; it has changed since it was seen; or there is nothing to undo.
    """
    seen = (asked.seen.text, asked.seen.state) if asked.seen else None
    try:
        decision, after = decide_seen(
            store, study, asked.claim_id, asked.action, by_whom=by, seen=seen, text=asked.text, why=asked.why
        )
    except NothingToUndoError as error:
        raise ApiError("nothing-to-undo", str(error)) from error
    except ClaimChangedError as error:
        raise _refusal(store, study, asked, error.current) from error
    return decision, shown_claim(after or _as_left(decision))


def shown_claim(version: ClaimVersion) -> ShownClaim:
    """A version as it is sent."""
    return ShownClaim(
        draft_id=version.draft_id,
        text=version.text,
        state=version.state,
        by=version.by_whom,
        decided_utc=version.decided_utc,
    )


def _as_left(decision: Decision) -> ClaimVersion:
    """After an undo of the last thing that kept a claim which the newest draft no longer makes."""
    text = decision.before or ""
    return ClaimVersion(decision.subject_id, decision.draft_id, text, State.PROPOSED, text)


def _refusal(store: Store, study: Study, asked: DecisionIn, current: ClaimVersion | None) -> ApiError:
    gone = current is None and (asked.seen is None or store.newest_draft_id(study) == asked.draft_id)
    if gone:
        return ApiError("claim-not-found", "The newest draft has no claim with this id. Nothing was stored.")
    drafted = current.drafted_text if current else ""
    seen = asked.seen or SeenClaim(text=drafted, state=State.PROPOSED)
    what = "send `current` as `seen`" if current else "look at the newest draft: it no longer has this claim"
    version = SeenVersion(draft_id=asked.draft_id, text=seen.text, state=seen.state)
    return ApiError(
        "claim-changed",
        f"Nothing was stored. Compare `seen` with `current`; to decide on it as it is now, {what}.",
        seen=version.model_dump(mode="json"),
        current=shown_claim(current).model_dump(mode="json") if current else None,
    )
