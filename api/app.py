"""The application: routes, errors and what stands before them, put together."""

from __future__ import annotations

from threading import Lock
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from api.errors import PROBLEM_JSON, add_error_handlers
from api.models import Health
from api.routes import ROUTERS
from api.routes.answers import EVERYWHERE
from api.security import Catch, Guard, Headers, Versions
from api.sessions import KeyRing
from api.settings import ServiceSettings
from synth import __version__
from synth.pipeline.shown import ShownStudies
from synth.store.pool import StorePool

DESCRIPTION = """Studies of one database: what was read and drafted, and decisions on it.

Every error is a problem (RFC 9457) of one shape; `type` says what to do, see docs/api.md. On this machine alone and
without accounts anybody may ask; otherwise send a token: `Authorization: Bearer synth_...`. What it gives out holds
what people said in confidence."""


class SynthApi(FastAPI):
    """FastAPI with errors documented under the media type that they are sent with."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        if self.openapi_schema is None:
            document = super().openapi()
            operations = [operation for path in document["paths"].values() for operation in path.values()]
            for operation in operations:
                for status, response in operation["responses"].items():
                    if int(status) >= 400:
                        # One shape for all, whatever the address itself answers with.
                        response["content"] = {PROBLEM_JSON: next(iter(response["content"].values()))}
            document["components"]["securitySchemes"] = {
                "token": {"type": "http", "scheme": "bearer", "description": "Not needed in single-user mode."}
            }
            document["security"] = [{"token": []}, {}]
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
        middleware=[
            Middleware(Headers, settings=settings),
            Middleware(Catch),
            Middleware(Guard, settings=settings),
            Middleware(GZipMiddleware, minimum_size=1_000, compresslevel=5),
            Middleware(Versions),
        ],
    )
    app.state.settings = settings
    app.state.key_ring = KeyRing(settings)
    app.state.report_lock = Lock()
    app.state.shown = ShownStudies()
    app.state.pool = StorePool(settings.db)
    add_error_handlers(app)
    for router in ROUTERS:
        app.include_router(router)

    @app.get("/healthz", response_model=Health, responses=EVERYWHERE, tags=["service"], operation_id="get_health")
    def health() -> Health:
        """Whether the service answers; says nothing about the database."""
        return Health()

    app.state.addresses = frozenset(str(getattr(route, "path", "")) for router in ROUTERS for route in router.routes)
    return app
