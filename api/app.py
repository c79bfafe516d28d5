"""The application: routes, errors and what stands before them, put together."""

from __future__ import annotations

from threading import Lock
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware

from api.errors import PROBLEM_JSON, add_error_handlers
from api.models import Health
from api.routes import decisions, pages, studies
from api.routes.answers import EVERYWHERE
from api.security import Catch, Guard, Headers
from api.settings import ServiceSettings
from synth import __version__

DESCRIPTION = """Finished studies of one database, and decisions on their claims.

Every error is a problem (RFC 9457) of one shape; `type` says what to do, see docs/api.md. There are no accounts yet, so
the service answers on this machine only. What it gives out holds what people said in confidence."""


class SynthApi(FastAPI):
    """FastAPI with errors documented under the media type that they are sent with."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        if self.openapi_schema is None:
            document = super().openapi()
            operations = [operation for path in document["paths"].values() for operation in path.values()]
            for operation in operations:
                for status, response in operation["responses"].items():
                    if int(status) >= 400 and "application/json" in response["content"]:
                        response["content"] = {PROBLEM_JSON: response["content"]["application/json"]}
        return super().openapi()


def create_app(settings: ServiceSettings) -> FastAPI:
    """The service over one database; nothing is opened before the first request."""
    app = SynthApi(
        title="Synth",
        version=__version__,
        description=DESCRIPTION,
        openapi_url="/openapi.json",
        # Their pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        middleware=[Middleware(Headers), Middleware(Catch), Middleware(Guard, settings=settings)],
    )
    app.state.settings = settings
    app.state.report_lock = Lock()
    add_error_handlers(app)
    app.include_router(studies.router)
    app.include_router(decisions.router)
    app.include_router(pages.router)

    @app.get("/healthz", response_model=Health, responses=EVERYWHERE, tags=["service"], operation_id="get_health")
    def health() -> Health:
        """Whether the service answers; says nothing about the database."""
        return Health()

    return app
