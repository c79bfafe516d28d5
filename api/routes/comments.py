"""Comments on claims and cells: said, resolved, opened again; `@login` calls somebody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from api.access import Anybody, ReviewedStudy, ViewedStudy
from api.deps import OpenStore, StudyShown
from api.errors import ApiError, Problem
from api.models import Id
from api.review_models import CommentIn, CommentList, CommentShape
from api.reviewing import comments_address, need_claim
from api.routes.answers import OF_STUDY, WITH_STORE, send
from api.visitors import Visitor
from synth.domain import MAP_LANES
from synth.pipeline.shown import ShownStudy
from synth.store import Store
from synth.store.comments import Comment

router = APIRouter(include_in_schema=False)
api_router = APIRouter(prefix="/api/v1/studies/{study_id}/comments", tags=["comments"])

_CALLED = re.compile(r"(?<![\w@])@([\w.@+-]{1,100})")
"""A login may be an address of mail."""
Said = Annotated[str, Form(min_length=1, max_length=4000)]
_COMMENTED = {
    **WITH_STORE,
    404: {"model": Problem, "description": "`study-not-found`, `no-draft`, `claim-not-found`"},
}
SubjectId = Annotated[str, Form(min_length=1, max_length=200, pattern=r"^[0-9A-Za-z_.: -]+$")]


@router.post("/studies/{study_id}/comments")
def comment_on_page(
    study: ReviewedStudy, store: OpenStore, study_shown: StudyShown, visitor: Anybody, text: Said,
    subject: Annotated[Literal["claim", "cell"], Form()], subject_id: SubjectId,
    back: Annotated[str, Form(max_length=20)] = "",
) -> Response:  # fmt: skip
    """Say something about a claim or a cell, and return to it."""
    _say(store, study_shown, visitor, subject, subject_id, text)
    return RedirectResponse(comments_address(study, subject, subject_id, back, "review_commented"), 303)


@router.post("/studies/{study_id}/comments/{number}/resolve")
def resolve_on_page(
    study: ReviewedStudy, store: OpenStore, visitor: Anybody, number: int, open: Annotated[str, Form(max_length=1)] = ""
) -> Response:
    """Mark a comment as resolved, or open it again."""
    said = store.comment(study, number)
    if said is None:
        raise ApiError("not-found", "There is no such comment.")
    store.resolve_comment(study, number, None if open else visitor.name)
    key = "review_reopened" if open else "review_resolved"
    return RedirectResponse(comments_address(study, said.subject, said.subject_id, said=key), 303)


@api_router.get("", response_model=CommentList, responses=OF_STUDY, operation_id="list_comments")
def list_comments(study: ViewedStudy, store: OpenStore, subject_id: Id | None = None) -> Response:
    """Comments on one claim, or every open comment of the study."""
    found = store.comments(study, "claim", subject_id) if subject_id else store.open_comments(study)
    return send({"items": [shape(one) for one in found]})


@api_router.post("", response_model=CommentShape, status_code=201, responses=_COMMENTED, operation_id="add_comment")
def add_comment(
    _: ReviewedStudy, store: OpenStore, study_shown: StudyShown, visitor: Anybody, said: CommentIn
) -> Response:
    """Say something about a claim; `@login` in the text calls somebody."""
    return send(shape(_say(store, study_shown, visitor, "claim", said.claim_id, said.text)), 201)


def shape(one: Comment) -> dict[str, object]:
    """A comment as programs get it."""
    return {
        "id": one.id, "subject": one.subject, "subject_id": one.subject_id, "answers": one.answers,
        "by": one.by_whom, "text": one.text, "written_utc": one.written_utc, "resolved_by": one.resolved_by,
        "resolved_utc": one.resolved_utc,
    }  # fmt: skip


def _say(store: Store, shown: ShownStudy, visitor: Visitor, subject: str, subject_id: str, text: str) -> Comment:
    """Keep a comment on something that is shown, and whom it calls.

    Raises:
        ApiError: there is no such claim or cell, or nothing is said.
    """
    study, said = shown.study, text.strip()
    if not said:
        raise ApiError("invalid-request", "Nothing was said.")
    if subject == "claim":
        need_claim(shown, subject_id)
    elif subject_id not in set(_cells(shown)):
        raise ApiError("not-found", "The newest draft has no map with this cell.")
    called = {name.casefold().rstrip(".") for name in _CALLED.findall(said)}
    accounts = [one for one in store.accounts() if one.role_on(study.id)] if called else []
    mentioned = [one.id for one in accounts if one.login.casefold() in called]
    own = visitor.account.id if visitor.account else None
    number = store.add_comment(study, subject, subject_id, said, visitor.name, own, mentioned=mentioned)
    return next(one for one in store.comments(study, subject, subject_id) if one.id == number)


def _cells(shown: ShownStudy) -> Iterator[str]:
    for journey in shown.draft.maps:
        for column in journey.phases:
            yield from (f"{journey.id}:{column.phase}:{lane}" for lane in ("feeling", *MAP_LANES))
