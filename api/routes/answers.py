"""How routes answer: JSON as the writer made it, and the errors that each may give, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from fastapi.responses import JSONResponse

from api.errors import Problem
from api.models import Conflict

Responses = dict[int | str, dict[str, Any]]

EVERYWHERE: Responses = {
    400: {"model": Problem, "description": "`host-refused`, `bad-request`"},
    413: {"model": Problem, "description": "`too-large`"},
    500: {"model": Problem, "description": "`internal`"},
}
WITH_STORE: Responses = {
    **EVERYWHERE,
    422: {"model": Problem, "description": "`invalid-request`"},
    503: {"model": Problem, "description": "`store-unavailable`"},
}
OF_STUDY: Responses = {**WITH_STORE, 404: {"model": Problem, "description": "`study-not-found`"}}
OF_DRAFT: Responses = {**WITH_STORE, 404: {"model": Problem, "description": "`study-not-found`, `no-draft`"}}
OF_DECISION: Responses = {
    **WITH_STORE,
    403: {"model": Problem, "description": "`origin-refused`"},
    404: {"model": Problem, "description": "`study-not-found`, `claim-not-found`"},
    409: {"model": Conflict | Problem, "description": "`claim-changed` with both versions, or `nothing-to-undo`"},
}


def send(value: object, status: int = 200) -> JSONResponse:
    """A value that the writer of exports made, as it is: its shape is checked by a test, not at every request."""
    return JSONResponse(value, status)
