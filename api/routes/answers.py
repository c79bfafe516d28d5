"""How routes answer: JSON as the writer made it, and the errors that each may give, for the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header
from fastapi.responses import JSONResponse

from api.errors import ApiError, Problem
from api.models import Conflict, Unread
from api.security import body_etag

Responses = dict[int | str, dict[str, Any]]
IfMatch = Annotated[str | None, Header(max_length=200, description="The ETag of GET, so that nothing is lost.")]

EVERYWHERE: Responses = {
    400: {"model": Problem, "description": "`host-refused`, `bad-request`"},
    408: {"model": Problem, "description": "`too-slow`"},
    413: {"model": Problem, "description": "`too-large`"},
    500: {"model": Problem, "description": "`internal`"},
}
WITH_STORE: Responses = {
    **EVERYWHERE,
    401: {"model": Problem, "description": "`sign-in-needed`, `token-refused`"},
    403: {"model": Problem, "description": "`role-refused`, `origin-refused`, `form-expired`"},
    422: {"model": Problem, "description": "`invalid-request`"},
    503: {"model": Problem, "description": "`store-unavailable`"},
}
OF_STUDY: Responses = {**WITH_STORE, 404: {"model": Problem, "description": "`study-not-found`"}}
OF_CHANGE: Responses = {
    **WITH_STORE,
    404: {"model": Problem, "description": "`study-not-found`"},
    409: {"model": Problem, "description": "`already-there`, `rule-refused`"},
}
OF_ACCOUNT: Responses = {
    **OF_CHANGE,
    404: {"model": Problem, "description": "`not-found`, `study-not-found`"},
}
CREATED_ONCE: Responses = {
    **OF_CHANGE,
    409: {"model": Problem, "description": "`already-there`, `key-reused`"},
}
OF_MATCH: Responses = {
    **WITH_STORE,
    404: {"model": Problem, "description": "`study-not-found`"},
    412: {"model": Problem, "description": "`changed-meanwhile`"},
}
GONE: Responses = {204: {"description": "Done; the answer is empty."}}
OF_DRAFT: Responses = {**WITH_STORE, 404: {"model": Problem, "description": "`study-not-found`, `no-draft`"}}
OF_UPLOAD: Responses = {
    **WITH_STORE,
    404: {"model": Problem, "description": "`study-not-found`, `upload-not-found`"},
    409: {"model": Problem, "description": "`upload-read`, `key-reused`"},
}
OF_RUN: Responses = {
    **WITH_STORE,
    404: {"model": Problem, "description": "`study-not-found`, `run-not-found`"},
    409: {"model": Problem, "description": "`run-refused`"},
}
OF_DECISION: Responses = {
    **WITH_STORE,
    404: {"model": Problem, "description": "`study-not-found`, `claim-not-found`"},
    409: {
        "model": Conflict | Unread | Problem,
        "description": "`claim-changed` with both versions, `unread`, `nothing-to-undo`, `key-reused`",
    },
}


def etag_of(value: object) -> str:
    """The ETag under which a value is sent: it changes with the value."""
    return body_etag(bytes(send(value).body))


def same_version(if_match: str | None, current: object) -> None:
    """Refuse where the caller read another version than the one that is there.

    Raises:
        ApiError: it did.
    """
    if if_match not in (None, "*", etag_of(current)):
        raise ApiError("changed-meanwhile", "This has changed since you read it. Read it again; nothing was changed.")


def send(value: object, status: int = 200) -> JSONResponse:
    """A value that the writer of exports made, as it is: its shape is checked by a test, not at every request."""
    return JSONResponse(value, status)
