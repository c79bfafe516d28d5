"""Errors in one shape for programs (RFC 9457) and in words for people.

`PROBLEMS` is the whole list: each has a code that ends its `type`, a status and a title; docs/api.md says what to do
about each, and `words/` has a page for each. Neither carries anything a participant said, except that a conflict shows
both versions of the claim to the one who decided on it.
"""

from __future__ import annotations

import logging
import traceback
from http import HTTPStatus
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import URL
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from api.denials import DENIALS, note_denial
from api.rendering import error_page
from api.visitors import visitor_of
from synth.accounts import RuleError
from synth.errors import InputError, NotFoundError, StoreError, SynthError
from synth.pipeline.reshaping import DraftChangedError

PROBLEM_JSON = "application/problem+json"
TYPE_PREFIX = "urn:problem-type:synth:"
PROBLEMS: dict[str, tuple[int, str]] = {
    "host-refused": (400, "The Host header names no address of this machine"),
    "bad-request": (400, "The request is broken"),
    "sign-in-needed": (401, "Nobody is signed in"),
    "token-refused": (401, "The token opens nothing"),
    "login-refused": (401, "Login and password do not belong together"),
    "origin-refused": (403, "Another site asked for a change"),
    "form-expired": (403, "The form does not come from this browser's session"),
    "role-refused": (403, "The role is not enough"),
    "not-found": (404, "There is nothing at this address"),
    "study-not-found": (404, "There is no such study"),
    "share-gone": (404, "The link does not work any more"),
    "no-draft": (404, "The study has no draft yet"),
    "claim-not-found": (404, "There is no such claim"),
    "upload-not-found": (404, "There is no such file"),
    "run-not-found": (404, "There is no such run"),
    "finding-not-found": (404, "There is no such finding"),
    "theme-not-found": (404, "There is no such theme, or nothing to undo on it"),
    "interview-not-found": (404, "There is no such interview"),
    "method-not-allowed": (405, "This method does not apply here"),
    "too-slow": (408, "The request did not arrive in time"),
    "claim-changed": (409, "The claim has changed since it was seen"),
    "cell-changed": (409, "The cell has changed since it was seen"),
    "findings-changed": (409, "Findings were decided on since they were seen"),
    "unread": (409, "What was said must be read first"),
    "nothing-to-undo": (409, "No decision on this claim stands"),
    "upload-read": (409, "The file was read already"),
    "run-refused": (409, "This run cannot be begun, paused, cancelled or taken up now"),
    "already-there": (409, "There is one of this name"),
    "rule-refused": (409, "This would break a rule of accounts"),
    "key-reused": (409, "The idempotency key was used for something else"),
    "changed-meanwhile": (412, "It has changed since it was seen"),
    "too-large": (413, "The request is too large"),
    "invalid-request": (422, "A value cannot be"),
    "too-many-tries": (429, "Too many tries"),
    "internal": (500, "Something went wrong here"),
    "store-unavailable": (503, "The database cannot be used"),
}
_RULES = {
    "login-taken": "already-there",
    "name-taken": "already-there",
    "study-name-taken": "already-there",
    "first-admin": "rule-refused",
    "last-admin": "rule-refused",
}
"""Rules of `synth.accounts.RuleError` that are no fault of a value's form."""
_BY_STATUS = {400: "bad-request", 403: "origin-refused", 404: "not-found", 405: "method-not-allowed", 413: "too-large"}

_log = logging.getLogger(__name__)


class FieldError(BaseModel):
    """One value that cannot be; the value itself is not repeated."""

    model_config = ConfigDict(extra="forbid")

    where: Annotated[str, Field(description="Place of the value, such as `body.action`.")]
    why: str


class Problem(BaseModel):
    """The shape of every error (RFC 9457)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:problem-type:synth:study-not-found",
                    "title": "There is no such study",
                    "status": 404,
                    "detail": "No study 0123456789abcdef here. GET /api/v1/studies lists those that there are.",
                }
            ]
        },
    )

    type: Annotated[str, Field(description="What happened, to act on; see docs/api.md.")]
    title: Annotated[str, Field(description="The same in words.")]
    status: int
    detail: Annotated[str, Field(description="What failed here, and what to do now.")]
    errors: Annotated[list[FieldError] | None, Field(description="With `invalid-request`: each value.")] = None
    rule: Annotated[str | None, Field(description="Which rule of accounts, links or studies, where it is one.")] = None


class ApiError(Exception):
    """An error of the service that is no error of `synth`.

    Attributes:
        code: a key of `PROBLEMS`.
        members: further members of the problem, ready for JSON.
        hides: whether it is there and only hidden from whoever asks: that is a denial too.
    """

    def __init__(self, code: str, detail: str, **members: object) -> None:
        super().__init__(detail)
        self.code, self.detail, self.members = code, detail, members
        self.hides = False


def answer_problem(connection: HTTPConnection, code: str, detail: str, **members: object) -> Response:
    """A problem as JSON for programs, as a page in words for people, by the path that was asked for."""
    status, title = PROBLEMS[code]
    if not is_for_programs(connection):
        return error_page(connection, status, code)
    content = {"type": TYPE_PREFIX + code, "title": title, "status": status, "detail": detail, **members}
    return JSONResponse(content, status, media_type=PROBLEM_JSON)


def is_for_programs(connection: HTTPConnection) -> bool:
    """Whether programs ask there: they get JSON, people get pages."""
    path = connection.scope["path"]
    return bool(path == "/api" or path.startswith("/api/") or path in ("/openapi.json", "/healthz"))


def to_login(connection: HTTPConnection) -> Response:
    """To the login, and back to the page that was asked for; a fragment asks the browser to go there whole."""
    part = connection.headers.get("hx-request") == "true"
    asked = connection.url if connection.scope["method"] in ("GET", "HEAD") and not part else _page_before(connection)
    wanted = f"{asked.path}?{asked.query}" if asked.query else asked.path
    address = f"/login?{urlencode({'next': wanted})}"
    if part:
        return Response(status_code=401, headers={"hx-redirect": address})
    return RedirectResponse(address, 303)


def _page_before(connection: HTTPConnection) -> URL:
    """The page of ours whose form or part this is; the first page where the browser does not say."""
    page = URL(connection.headers.get("referer", ""))
    return page if page.netloc == connection.url.netloc else URL("/")


def add_error_handlers(app: FastAPI) -> None:
    """Answer every error on purpose in the shape above; what nobody foresaw is `api.security.Catch`'s."""
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(SynthError, _synth_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)


def log_without_words(error: BaseException) -> None:
    """Log what kind of error happened and where in the code; its message may hold what somebody said."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    way = " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    _log.error("%s at %s", type(error).__name__, way)


def _api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    if error.code in DENIALS or error.hides:
        note_denial(request, error.code)
    if not is_for_programs(request) and (error.code == "sign-in-needed" or _has_left(request, error)):
        return to_login(request)
    answer = answer_problem(request, error.code, error.detail, **error.members)
    if PROBLEMS[error.code][0] == 401 and is_for_programs(request):
        answer.headers["www-authenticate"] = "Bearer"
    return answer


def _has_left(request: Request, error: ApiError) -> bool:
    """Whether a form of ours comes from a browser that has dropped the cookie of its session by now."""
    visitor = visitor_of(request)
    return error.code == "form-expired" and visitor is not None and not visitor.inside and request.url.path != "/login"


def _synth_error(request: Request, error: Exception) -> Response:
    if isinstance(error, RuleError):
        return answer_problem(request, _RULES.get(error.code, "invalid-request"), str(error), rule=error.code)
    kinds: tuple[tuple[type[Exception], str], ...] = (
        (NotFoundError, "not-found"),
        (StoreError, "store-unavailable"),
        (InputError, "invalid-request"),
        (DraftChangedError, "changed-meanwhile"),
    )
    code = next((code for kind, code in kinds if isinstance(error, kind)), "internal")
    if code in ("internal", "store-unavailable"):
        log_without_words(error)
    return answer_problem(request, code, str(error))


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [
        {"where": _sendable(".".join(map(str, one["loc"]))), "why": str(one["msg"]).removeprefix("Value error, ")}
        for one in error.errors()
    ]
    first = errors[0]
    detail = (
        f"{first['where']}: {first['why']}." if len(errors) == 1 else f"{len(errors)} values cannot be: see errors."
    )
    return answer_problem(request, "invalid-request", detail, errors=errors)


def _sendable(text: str) -> str:
    """Names of fields come from the client and may hold half a surrogate pair, which no UTF-8 can carry."""
    return text.encode("utf-8", "replace").decode("utf-8")[:200]


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _BY_STATUS.get(error.status_code, "bad-request" if error.status_code < 500 else "internal")
    detail = "See /openapi.json." if code in ("not-found", "method-not-allowed") else PROBLEMS[code][1] + "."
    if code == "method-not-allowed":
        allowed = (error.headers or {}).get("Allow", "")
        detail = f"{HTTPStatus(405).phrase}; allowed here: {allowed}." if allowed else detail
    answer = answer_problem(request, code, detail)
    answer.headers.update(error.headers or {})
    return answer
