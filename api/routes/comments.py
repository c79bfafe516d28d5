"""Comments on claims and cells: said, resolved, opened again; `@login` calls somebody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from api.access import Anybody, MaybeStore, ReviewedStudy, SignedIn, ViewedStudy
from api.deps import OpenStore, StudyShown
from api.errors import ApiError, Problem
from api.models import Id
from api.once import IdempotencyKey, once
from api.rendering import page_words_of, render
from api.review_models import CommentChange, CommentIn, CommentKept, CommentPage, CommentQuery, CommentShape
from api.reviewing import Call, Talk, back_address, calls_of, comments_address, need_claim, need_map, said_to, talk_of
from api.routes.answers import OF_STUDY, WITH_STORE, send
from api.visitors import Visitor
from synth.accounts import LOGIN
from synth.domain import MAP_LANES
from synth.pipeline.deciding import find_claim
from synth.pipeline.shown import ShownStudy
from synth.store import Store, Study
from synth.store.comments import Comment

router = APIRouter(include_in_schema=False)
api_router = APIRouter(prefix="/api/v1/studies/{study_id}/comments", tags=["comments"])

_CALLED = re.compile(rf"(?<![\w@])@({LOGIN.pattern})")
Said = Annotated[str, Form(min_length=1, max_length=4000)]
_COMMENTED = {
    **WITH_STORE,
    404: {"model": Problem, "description": "`study-not-found`, `no-draft`, `claim-not-found`, `not-found`"},
    409: {"model": Problem, "description": "`key-reused`"},
}
_OF_ONE = {**WITH_STORE, 404: {"model": Problem, "description": "`study-not-found`, `not-found`"}}
Number = Annotated[int, Path(ge=1, le=9_007_199_254_740_991)]
SubjectId = Annotated[str, Form(min_length=1, max_length=200, pattern=r"^[0-9A-Za-z_.: -]+$")]


@router.post("/studies/{study_id}/comments")
def comment_on_page(
    study: ReviewedStudy, store: OpenStore, study_shown: StudyShown, visitor: Anybody, text: Said,
    subject: Annotated[Literal["claim", "cell"], Form()], subject_id: SubjectId,
    back: Annotated[str, Form(max_length=20)] = "",
) -> Response:  # fmt: skip
    """Say something about a claim or a cell, and return to it."""
    _, uncalled = _say(store, study_shown, visitor, subject, subject_id, text)
    if subject == "claim" and back in ("persona", "map"):
        address = back_address(study_shown, back, subject_id, find_claim(study_shown, subject_id))
    else:
        address = comments_address(study, subject, subject_id, back)
    return RedirectResponse(said_to(address, "review_uncalled" if uncalled else "review_commented", uncalled), 303)


@router.post("/studies/{study_id}/comments/{number}/resolve")
def resolve_on_page(
    study: ReviewedStudy, store: OpenStore, visitor: Anybody, number: int,
    open: Annotated[str, Form(max_length=1)] = "", back: Annotated[str, Form(max_length=20)] = "",
) -> Response:  # fmt: skip
    """Mark a comment as resolved, or open it again."""
    said = store.comment(study, number)
    if said is None:
        raise ApiError("not-found", "There is no such comment.")
    store.resolve_comment(study, number, None if open else visitor.name)
    key = "review_reopened" if open else "review_resolved"
    if back == "foryou":
        return RedirectResponse(f"/for-you?said={key}", 303)
    return RedirectResponse(comments_address(study, said.subject, said.subject_id, said=key), 303)


@dataclass(frozen=True, slots=True)
class CellTalkPage:
    """What is said about one cell of a map."""

    title: str
    map_address: str
    map_title: str
    talk: Talk


@dataclass(frozen=True, slots=True)
class ForYouPage:
    """Open comments that call whoever looks, by study."""

    studies: tuple[tuple[Study, tuple[Call, ...]], ...]
    login: str
    """Empty without accounts."""


@router.api_route("/studies/{study_id}/maps/{map_id}/talk", methods=["GET", "HEAD"])
def show_cell_talk(
    request: Request, study: ViewedStudy, store: OpenStore, study_shown: StudyShown, map_id: Id,
    phase: Annotated[str, Query(max_length=60)], lane: Annotated[str, Query(max_length=60)],
) -> Response:  # fmt: skip
    """What is said about a cell, and the form to say something; in place on the map, or as a page."""
    cell = f"{map_id}:{phase}:{lane}"
    if cell not in set(_cells(study_shown)):
        raise ApiError("not-found", "The newest draft has no map with this cell.")
    words = page_words_of(request)
    journey = need_map(study_shown, map_id)
    names = {one.key: one.name(words.language) for one in study_shown.framework.phases}
    page = CellTalkPage(
        f"{names.get(phase, phase)} \N{MIDDLE DOT} {words.known('lane', lane)}",
        f"/studies/{study.id}/maps/{map_id}",
        journey.title,
        talk_of(store, study, "cell", cell, "map"),
    )
    part = request.headers.get("hx-request") == "true"
    return render(request, "review/talk_part.html.j2" if part else "review/talk.html.j2", page)


@router.api_route("/for-you", methods=["GET", "HEAD"])
def show_calls(request: Request, visitor: SignedIn, store: MaybeStore) -> Response:
    """Every open comment that calls whoever looks by name, in all studies that they may see."""
    found = []
    if store is not None and visitor.account is not None:
        left = store.calls_left(visitor.account.id)
        seen = [one for one in store.studies() if one.id in left and visitor.role_on(one.id) is not None]
        found = [(one, calls_of(store, one, visitor)) for one in seen]
    page = ForYouPage(tuple(found), visitor.account.login if visitor.account else "")
    return render(request, "review/foryou.html.j2", page)


@api_router.get("", response_model=CommentPage, responses=OF_STUDY, operation_id="list_comments")
def list_comments(study: ViewedStudy, store: OpenStore, wanted: Annotated[CommentQuery, Query()]) -> Response:
    """Comments on one claim or one cell of a map, or every open comment of the study."""
    if wanted.subject_id or wanted.cell:
        subject = "claim" if wanted.subject_id else "cell"
        found = store.comments(study, subject, wanted.subject_id or wanted.cell or "")
    else:
        found = store.open_comments(study)
    part = found[wanted.offset : wanted.offset + wanted.limit]
    counts = {"total": len(found), "limit": wanted.limit, "offset": wanted.offset}
    return send({**counts, "items": [shape(one) for one in part]})


@api_router.post("", response_model=CommentKept, status_code=201, responses=_COMMENTED, operation_id="add_comment")
def add_comment(
    study: ReviewedStudy, store: OpenStore, study_shown: StudyShown, visitor: Anybody, said: CommentIn,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Say something about a claim or a cell; `@login` in the text calls somebody, `uncalled` says whom it could not."""
    subject, subject_id = ("claim", said.claim_id) if said.claim_id else ("cell", said.cell or "")

    def say() -> JSONResponse:
        kept, uncalled = _say(store, study_shown, visitor, subject, subject_id, said.text)
        return send(shape(kept) | {"uncalled": uncalled}, 201)

    what = f"POST /api/v1/studies/{study.id}/comments"
    return once(store, visitor, idempotency_key, what, said.model_dump(mode="json"), say)


@api_router.patch("/{number}", response_model=CommentShape, responses=_OF_ONE, operation_id="resolve_comment")
def change_comment(
    study: ReviewedStudy, store: OpenStore, visitor: Anybody, number: Number, asked: CommentChange
) -> Response:
    """Mark a comment as resolved, or open it again; none is ever deleted."""
    if not store.resolve_comment(study, number, visitor.name if asked.resolved else None):
        raise ApiError("not-found", "There is no such comment.")
    now = store.comment(study, number)
    assert now is not None
    return send(shape(now))


def shape(one: Comment) -> dict[str, object]:
    """A comment as programs get it."""
    return {
        "id": one.id, "subject": one.subject, "subject_id": one.subject_id, "answers": one.answers,
        "by": one.by_whom, "text": one.text, "written_utc": one.written_utc, "resolved_by": one.resolved_by,
        "resolved_utc": one.resolved_utc,
    }  # fmt: skip


def _say(
    store: Store, shown: ShownStudy, visitor: Visitor, subject: str, subject_id: str, text: str
) -> tuple[Comment, list[str]]:  # fmt: skip
    """Keep a comment on something that is shown, and whom it calls.

    Returns:
        The comment, and the names in it that call nobody: no account on this study has them.

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
    called = {name.casefold(): name for name in (found.rstrip(".") for found in _CALLED.findall(said)) if name}
    logins = {one.login.casefold(): one.id for one in store.accounts() if one.role_on(study.id)} if called else {}
    mentioned = [id_ for login, id_ in logins.items() if login in called]
    own = visitor.account.id if visitor.account else None
    number = store.add_comment(study, subject, subject_id, said, visitor.name, own, mentioned=mentioned)
    kept = next(one for one in store.comments(study, subject, subject_id) if one.id == number)
    return kept, [name for login, name in called.items() if login not in logins]


def _cells(shown: ShownStudy) -> Iterator[str]:
    for journey in shown.draft.maps:
        for column in journey.phases:
            yield from (f"{journey.id}:{column.phase}:{lane}" for lane in ("feeling", *MAP_LANES))
