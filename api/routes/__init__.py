"""The addresses, a module a group: each has `router` for pages or for programs, registered here.

Order matters only where two patterns fit one address: the first wins.
"""

from __future__ import annotations

from fastapi import APIRouter

from api.routes import (
    claims,
    comments,
    compare,
    decisions,
    drawn,
    files,
    findings,
    home,
    ledger,
    login,
    managing,
    map_parts,
    maps,
    personas,
    profile,
    queue,
    report,
    runs,
    search,
    settings,
    studies,
    study_settings,
    themes,
    transcripts,
    uploads,
)

ROUTERS: tuple[APIRouter, ...] = (
    studies.router,
    decisions.router,
    claims.router,
    map_parts.router,
    managing.router,
    home.router,
    report.router,
    login.router,
    profile.router,
    settings.router,
    study_settings.router,
    uploads.router,
    uploads.api_router,
    runs.router,
    runs.api_router,
    findings.router,
    findings.api_router,
    transcripts.router,
    transcripts.api_router,
    themes.router,
    themes.api_router,
    search.router,
    search.api_router,
    compare.router,
    compare.api_router,
    queue.router,
    personas.router,
    drawn.router,
    maps.router,
    ledger.router,
    ledger.api_router,
    comments.router,
    comments.api_router,
    files.router,
)
"""Every group of addresses; add yours with one line."""
