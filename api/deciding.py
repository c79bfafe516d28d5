"""A decision against the version of a claim that its author saw.

The promises: of two people who decide on the same version of a claim, the second gets both versions, and nothing is
overwritten (`synth.pipeline.versions` looks and stores under one write lock; this says the same over HTTP); and what
must be read before it is accepted was given to whoever accepts it.
"""

from __future__ import annotations

from api.errors import ApiError
from api.models import DecisionIn, SeenClaim, SeenVersion, ShownClaim
from api.sessions import KeyRing
from api.visitors import Visitor
from synth.domain import Claim, Finding
from synth.pipeline.deciding import evidence_version, find_claim, must_read
from synth.pipeline.shown import ShownStudy
from synth.pipeline.versions import (
    ClaimChangedError,
    ClaimVersion,
    NothingToUndoError,
    claim_version,
    decide_seen,
)
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
    try:
        decision, after = decide_seen(
            store, study, asked.claim_id, asked.action, by_whom=by, seen=_seen(asked), text=asked.text, why=asked.why
        )
    except NothingToUndoError as error:
        raise ApiError("nothing-to-undo", str(error)) from error
    except ClaimChangedError as error:
        raise _refusal(store, study, asked, error.current) from error
    return decision, shown_claim(after or _as_left(decision))


def check_read(
    store: Store, study: Study, shown: ShownStudy, asked: DecisionIn, visitor: Visitor, keys: KeyRing
) -> None:
    """Refuse an acceptance of a claim of weak evidence whose words were not given to whoever accepts it.

    A claim that is gone, or was seen in another version, passes: that it has changed is said first.

    Raises:
        ApiError: `read` is missing, or of another version of the claim or of its evidence.
    """
    placed = find_claim(shown, asked.claim_id)
    needed = must_read(placed.claim) if placed else ()
    if placed is None or not needed:
        return
    version = shown.marks[placed.claim.id]
    current = claim_version(store, study, asked.claim_id)
    if current is None or not current.is_seen(_seen(asked)):
        return
    if read_proof(keys, visitor, placed.claim, version) == asked.read:
        return
    address = f"/api/v1/studies/{study.id}/claims/{placed.claim.id}"
    raise ApiError(
        "unread",
        f"Nothing was stored. GET {address}, read what the people of `must_read` said, and send the `read` that it "
        "gives with your decision.",
        must_read=list(needed),
        open=address,
    )


def read_proof(keys: KeyRing, visitor: Visitor, claim: Claim, version: str) -> str:
    """Says that somebody was given the words of this version of a claim and of its evidence."""
    return keys.proof("claim", _who(visitor), claim.id, version, evidence_version(claim))


def finding_proof(keys: KeyRing, visitor: Visitor, finding: Finding) -> str:
    """Says that somebody was given the words of a finding."""
    return keys.proof("finding", _who(visitor), finding.id)


def _who(visitor: Visitor) -> str:
    return visitor.account.id if visitor.account else "alone"


def decision_json(decision: Decision) -> dict[str, object]:
    """An entry of the ledger as it is sent."""
    return {
        "number": decision.number,
        "draft_id": decision.draft_id,
        "subject": decision.subject,
        "subject_id": decision.subject_id,
        "action": decision.action,
        "by": decision.by_whom,
        "decided_utc": decision.decided_utc,
        "before": decision.before,
        "after": decision.after,
        "why": decision.why,
    }


def shown_claim(version: ClaimVersion) -> ShownClaim:
    """A version as it is sent."""
    return ShownClaim(
        draft_id=version.draft_id,
        version=version.mark,
        text=version.text,
        state=version.state,
        by=version.by_whom,
        decided_utc=version.decided_utc,
    )


def _seen(asked: DecisionIn) -> str | tuple[str, State] | None:
    """The version that the decision is about: by its mark, else as it was shown; None: as it was drafted."""
    return asked.version or ((asked.seen.text, asked.seen.state) if asked.seen else None)


def _as_left(decision: Decision) -> ClaimVersion:
    """After an undo of the last thing that kept a claim which the newest draft no longer makes."""
    text = decision.before or ""
    return ClaimVersion(decision.subject_id, decision.draft_id, text, State.PROPOSED, text)


def _refusal(store: Store, study: Study, asked: DecisionIn, current: ClaimVersion | None) -> ApiError:
    told = asked.seen is not None or asked.version is not None
    gone = current is None and (not told or store.newest_draft_id(study) == asked.draft_id)
    if gone:
        return ApiError("claim-not-found", "The newest draft has no claim with this id. Nothing was stored.")
    if asked.version is not None:
        return changed(None, current)
    drafted = current.drafted_text if current else ""
    seen = asked.seen or SeenClaim(text=drafted, state=State.PROPOSED)
    return changed(SeenVersion(draft_id=asked.draft_id, text=seen.text, state=seen.state), current)


def changed(seen: SeenVersion | None, current: ClaimVersion | None) -> ApiError:
    """That a claim has changed since it was seen, with both versions."""
    what = "send its `version`" if current else "look at the newest draft: it no longer has this claim"
    return ApiError(
        "claim-changed",
        f"Nothing was stored. Compare `seen` with `current`; to decide on it as it is now, {what}.",
        seen=seen.model_dump(mode="json") if seen else None,
        current=shown_claim(current).model_dump(mode="json") if current else None,
    )
