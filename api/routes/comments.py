"""Comments on claims and cells: said, answered, resolved; `@login` calls somebody."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.access import Anybody, ReviewedStudy, ViewedStudy
from api.deps import OpenStore
from api.errors import ApiError
from api.models import Id
from api.review_models import CommentIn, CommentList, CommentShape
from api.routes.answers import OF_STUDY, send
from api.visitors import Visitor
from synth.store import Store, Study
from synth.store.comments import Comment

router = APIRouter(include_in_schema=False)
api_router = APIRouter(prefix="/api/v1/studies/{study_id}/comments", tags=["comments"])

_CALLED = re.compile(r"(?<![\w@])@([\w.-]{1,100})")
Said = Annotated[str, Form(min_length=1, max_length=4000)]
SubjectId = Annotated[str, Form(min_length=1, max_length=200, pattern=r"^[0-9A-Za-z_.: -]+$")]


@router.post("/studies/{study_id}/comments")
def comment_on_page(
    request: Request, study: ReviewedStudy, store: OpenStore, visitor: Anybody, text: Said,
    subject: Annotated[Literal["claim", "cell"], Form()], subject_id: SubjectId,
    back: Annotated[str, Form(max_length=20)] = "", answers: Annotated[int | None, Form(ge=1)] = None,
) -> Response:  # fmt: skip
    """Say something about a claim or a cell, and return to it."""
    del request
    _say(store, study, visitor, subject, subject_id, text, answers)
    return RedirectResponse(_address(study, subject, subject_id, back, "review_commented"), 303)


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
    return RedirectResponse(_address(study, said.subject, said.subject_id, "", key), 303)


@api_router.get("", response_model=CommentList, responses=OF_STUDY, operation_id="list_comments")
def list_comments(study: ViewedStudy, store: OpenStore, subject_id: Id | None = None) -> Response:
    """Comments on one claim, or every open comment of the study."""
    found = store.comments(study, "claim", subject_id) if subject_id else store.open_comments(study)
    return send({"items": [shape(one) for one in found]})


@api_router.post("", response_model=CommentShape, status_code=201, responses=OF_STUDY, operation_id="add_comment")
def add_comment(study: ReviewedStudy, store: OpenStore, visitor: Anybody, said: CommentIn) -> Response:
    """Say something about a claim; `@login` in the text calls somebody."""
    number = _say(store, study, visitor, "claim", said.claim_id, said.text, None)
    kept = store.comment(study, number)
    assert kept is not None
    return send(shape(kept), 201)


def shape(one: Comment) -> dict[str, object]:
    """A comment as programs get it."""
    return {
        "id": one.id, "subject": one.subject, "subject_id": one.subject_id, "answers": one.answers,
        "by": one.by_whom, "text": one.text, "written_utc": one.written_utc, "resolved_by": one.resolved_by,
        "resolved_utc": one.resolved_utc,
    }  # fmt: skip


def _say(
    store: Store, study: Study, visitor: Visitor, subject: str, subject_id: str, text: str, answers: int | None
) -> int:
    called = {name.casefold().rstrip(".") for name in _CALLED.findall(text)}
    accounts = [one for one in store.accounts() if one.role_on(study.id)] if called else []
    mentioned = [one.id for one in accounts if one.login.casefold() in called]
    own = visitor.account.id if visitor.account else None
    return store.add_comment(study, subject, subject_id, text.strip(), visitor.name, own, answers, mentioned)


def _address(study: Study, subject: str, subject_id: str, back: str, said: str) -> str:
    base, anchor = f"/studies/{study.id}", f"#comments-{subject_id.replace(':', '-')}"
    if subject == "cell":
        return f"{base}/maps/{subject_id.partition(':')[0]}?said={said}{anchor}"
    if back == "queue":
        return f"{base}/review?claim={subject_id}&said={said}{anchor}"
    return f"{base}/claims/{subject_id}?said={said}{anchor}"
