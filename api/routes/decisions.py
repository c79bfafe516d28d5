"""Decisions: the ledger, and adding to it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response

from api.access import Anybody, ReviewedStudy, ViewedStudy
from api.deciding import decide_as_seen
from api.deps import OpenStore
from api.errors import ApiError
from api.models import DecisionIn, DecisionPage, DecisionTaken, Paging
from api.once import IdempotencyKey, once
from api.routes.answers import OF_DECISION, OF_STUDY, send
from synth.review import Decision

router = APIRouter(prefix="/api/v1/studies/{study_id}/decisions", tags=["decisions"])


@router.get("", response_model=DecisionPage, responses=OF_STUDY, operation_id="list_decisions")
def list_decisions(study: ViewedStudy, store: OpenStore, paging: Annotated[Paging, Query()]) -> Response:
    """The ledger in the order in which decisions were taken."""
    total, part = store.decisions_part(study, paging.limit, paging.offset)
    items = [_entry(decision) for decision in part]
    return send({"total": total, "limit": paging.limit, "offset": paging.offset, "items": items})


@router.post("", response_model=DecisionTaken, status_code=201, responses=OF_DECISION, operation_id="decide")
def decide(
    study: ReviewedStudy,
    store: OpenStore,
    visitor: Anybody,
    asked: DecisionIn,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Accept, edit or reject a claim, or undo the decision that stands. Nothing is overwritten: decisions are appended.

    `seen` says which version of the claim the decision is about. Where the claim is shown otherwise by now, the answer
    is 409 with both versions, and nothing is stored. A new draft alone is no conflict.
    """
    if visitor.account and asked.by not in (None, visitor.name):
        raise ApiError(
            "role-refused", "Nobody decides in the name of somebody else: leave `by` out. Nothing was stored."
        )

    def take() -> JSONResponse:
        decision, claim = decide_as_seen(store, study, asked, asked.by or visitor.name)
        return send({"decision": _entry(decision), "claim": claim.model_dump(mode="json")}, 201)

    body = asked.model_dump(mode="json")
    return once(store, visitor, idempotency_key, f"POST /api/v1/studies/{study.id}/decisions", body, take)


def _entry(decision: Decision) -> dict[str, object]:
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
