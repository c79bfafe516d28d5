"""Decisions: the ledger, and adding to it."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response

from api.access import Anybody, Keys, ReviewedStudy, ViewedStudy
from api.deciding import check_read, decide_as_seen, decision_json
from api.deps import OpenStore, Shown
from api.errors import ApiError
from api.models import DecisionIn, DecisionPage, DecisionTaken, Paging
from api.once import IdempotencyKey, once
from api.routes.answers import OF_DECISION, OF_STUDY, send
from synth.errors import NotFoundError

router = APIRouter(prefix="/api/v1/studies/{study_id}/decisions", tags=["decisions"])


@router.get("", response_model=DecisionPage, responses=OF_STUDY, operation_id="list_decisions")
def list_decisions(study: ViewedStudy, store: OpenStore, paging: Annotated[Paging, Query()]) -> Response:
    """The ledger in the order in which decisions were taken."""
    total, part = store.decisions_part(study, paging.limit, paging.offset)
    items = [decision_json(decision) for decision in part]
    return send({"total": total, "limit": paging.limit, "offset": paging.offset, "items": items})


@router.post("", response_model=DecisionTaken, status_code=201, responses=OF_DECISION, operation_id="decide")
def decide(
    study: ReviewedStudy,
    store: OpenStore,
    shown: Shown,
    visitor: Anybody,
    keys: Keys,
    asked: DecisionIn,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Accept, edit or reject a claim, or undo the decision that stands. Nothing is overwritten: decisions are appended.

    `seen` says which version of the claim the decision is about. Where the claim is shown otherwise by now, the answer
    is 409 with both versions, and nothing is stored. A new draft alone is no conflict.

    A contested claim, and one of fewer than three people, is accepted only with `read`: GET of the claim gives it with
    the words of everybody who must be read. Without it the answer is 409 `unread`.
    """
    if visitor.account and asked.by not in (None, visitor.name):
        raise ApiError(
            "role-refused", "Nobody decides in the name of somebody else: leave `by` out. Nothing was stored."
        )

    if asked.action == "accept":
        with suppress(NotFoundError):
            check_read(store, study, shown.load(store, study), asked, visitor, keys)

    def take() -> JSONResponse:
        decision, claim = decide_as_seen(store, study, asked, asked.by or visitor.name)
        return send({"decision": decision_json(decision), "claim": claim.model_dump(mode="json")}, 201)

    body = asked.model_dump(mode="json")
    return once(store, visitor, idempotency_key, f"POST /api/v1/studies/{study.id}/decisions", body, take)
