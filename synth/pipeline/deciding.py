"""Taking a decision on a claim, against what is shown now."""

from __future__ import annotations

from synth.errors import NotFoundError
from synth.pipeline.loading import load_results
from synth.review import Decision
from synth.store import Store, Study


def decide_claim(
    store: Store, study: Study, claim_id: str, action: str, *, by_whom: str, text: str | None = None, why: str = ""
) -> Decision:
    """Append a decision on a claim; a beginning of its id is enough where it is the only one that begins so.

    Raises:
        NotFoundError: no claim, or more than one, begins with this id.
    """
    results = load_results(store, study)
    found = [claim for claim in results.draft.claims() if claim.id.startswith(claim_id)]
    if len(found) != 1:
        raise NotFoundError(
            f"{len(found) or 'No'} claims of '{study.name}' begin with {claim_id}. "
            "The ids stand in the JSON and CSV exports."
        )
    stored = store.last_draft(study)
    decision = Decision(
        draft_id=stored.id if stored else "",
        subject="claim",
        subject_id=found[0].id,
        action=action,
        by_whom=by_whom,
        before=found[0].text,
        after=text if action == "edit" else None,
        why=why,
    )
    store.decide(study, decision)
    return decision
