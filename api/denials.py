"""The audit: a row for each request that was refused because of who asked or where from, and for each change of that.

A row names the pattern of the address, never the address: ids of participants stand in those. Where there is no
database there is nothing to guard, and no row.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import cast

from starlette.requests import HTTPConnection

from api.settings import ServiceSettings
from api.visitors import visitor_of
from synth.accounts import AuditEntry
from synth.errors import StoreError
from synth.store import Store, open_store

DENIALS = frozenset(
    {
        "host-refused", "origin-refused", "form-expired", "sign-in-needed", "token-refused", "login-refused",
        "role-refused", "too-many-tries",
    }
)  # fmt: skip
"""Codes of `api.errors.PROBLEMS`."""

_log = logging.getLogger(__name__)


def note_denial(connection: HTTPConnection, code: str) -> None:
    """Write that a request was refused. It is refused also where this cannot be written."""
    settings = cast(ServiceSettings, connection.app.state.settings)
    if not Path(settings.db).exists():
        return
    try:
        store = open_store(settings.db, create=False)
        try:
            store.note(audit_entry(connection, code, refused=True))
        finally:
            store.close()
    except StoreError:
        _log.error("A denial could not be noted: %s", code)


def note_change(connection: HTTPConnection, store: Store, what: str, about: str = "", who: str | None = None) -> None:
    """Write that somebody changed who may do what.

    Args:
        connection: the request.
        store: where it is written.
        what: a code, such as `account-added`.
        about: whom or what, such as a login and a role.
        who: whose doing it is; None: of whoever asked.
    """
    entry = audit_entry(connection, what, refused=False, about=about)
    store.note(entry if who is None else replace(entry, who=who))


def note_password(connection: HTTPConnection, store: Store, login: str, stopped: int) -> None:
    """Write that a password was changed, and how many tokens stopped with it."""
    note_change(connection, store, "password-changed", login)
    if stopped:
        note_change(connection, store, "tokens-stopped", f"{login} {stopped}")


def audit_entry(connection: HTTPConnection, what: str, *, refused: bool, about: str = "") -> AuditEntry:
    """An entry about a request."""
    scope = connection.scope
    visitor, study = visitor_of(connection), scope.get("state", {}).get("study")
    client = scope.get("client")
    return AuditEntry(
        what=what,
        who=visitor.who if visitor else "",
        refused=refused,
        method=str(scope.get("method", "")),
        route=str(getattr(scope.get("route"), "path", "")),
        study_id=study.id if study else None,
        address=str(client[0]) if client else "",
        about=about,
    )
