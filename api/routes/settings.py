"""Settings of the whole service: people and their roles, keys of models, frameworks, the audit."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from api.access import AnyAdmin, Keys, MadeStore, MaybeStore, Service, SignedIn
from api.denials import note_change, note_password
from api.errors import ApiError
from api.model_keys import keep_model_key, provider_rows
from api.passwords import hashing
from api.rendering import page_words_of, render
from synth.accounts import MOST_PASSWORD, Account, AuditEntry, Role, RuleError
from synth.frameworks import Framework, load_framework, shipped_frameworks
from synth.pipeline.people import add_account, change_password
from synth.service_keys import keys_path
from synth.store import Store, Study

router = APIRouter(include_in_schema=False)
_READ = ["GET", "HEAD"]
PER_PAGE = 100
Text = Annotated[str, Form(max_length=500)]


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Accounts with their roles."""

    accounts: tuple[Account, ...]
    studies: tuple[Study, ...]
    problem: str = ""
    place: str = ""
    """`add`, or the id of the account at which the problem is shown."""
    typed: tuple[str, str] = ("", "")
    """Login and name as they were entered."""
    new_password: tuple[str, str] = ("", "")
    """A login and the password that was just made for it; shown this once."""

    def study_choices(self, all_words: str) -> list[tuple[str, str]]:
        """Ids and names for a choice, after the words for all of them."""
        return [("", all_words), *((study.id, study.name) for study in self.studies)]

    def study_roles(self, account: Account) -> list[tuple[Study, Role]]:
        """Roles of its own on studies."""
        return [(study, account.memberships[study.id]) for study in self.studies if study.id in account.memberships]


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A part of the audit."""

    entries: tuple[AuditEntry, ...]
    total: int
    offset: int
    refused: bool | None
    names: dict[str, str]
    """Study id to name."""


@router.api_route("/settings", methods=_READ)
def show_settings(_visitor: SignedIn) -> Response:
    """To the first of the pages."""
    return RedirectResponse("/settings/people", 303)


# --- People ----------------------------------------------------------------------------------------------------------


@router.api_route("/settings/people", methods=_READ)
def show_people(request: Request, _visitor: AnyAdmin, store: MaybeStore) -> Response:
    """Who has an account, and what they may do."""
    return render(request, "settings/people.html.j2", _people(store))


@router.post("/settings/people")
def add_person(
    request: Request,
    visitor: AnyAdmin,
    store: MadeStore,
    login: Text = "",
    name: Text = "",
    role: Annotated[str, Form(max_length=20)] = "",
    study: Annotated[str, Form(max_length=64)] = "",
    password: Annotated[str, Form(max_length=MOST_PASSWORD)] = "",
) -> Response:
    """Make an account; without a password one is made and shown once."""
    given = password or _made_password()
    try:
        with hashing():
            account = add_account(store, login, name, given, _role(role), _study(store, study))
    except RuleError as error:
        page = _people(store, problem=f"problem.{error.code}", place="add", typed=(login, name))
        return render(request, "settings/people.html.j2", page, 422)
    note_change(request, store, "account-added", f"{account.login} {role}")
    if visitor.alone:
        # From now on nobody gets in without an account, whoever made the first one included.
        return RedirectResponse("/login", 303)
    shown = ("", "") if password else (account.login, given)
    return render(request, "settings/people.html.j2", _people(store, new_password=shown), 201)


@router.post("/settings/people/role")
def change_role(
    request: Request,
    _visitor: AnyAdmin,
    store: MaybeStore,
    account: Annotated[str, Form(max_length=64)],
    role: Annotated[str, Form(max_length=20)] = "",
    study: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """A role on all studies, or on one; none takes it away."""
    kept, one = _account(store, account)
    on = _study(kept, study)
    try:
        if on is not None:
            kept.set_membership(one, on, _role(role))
        else:
            kept.set_role(one, _role(role))
    except RuleError as error:
        page = _people(kept, problem=f"problem.{error.code}", place=one.id)
        return render(request, "settings/people.html.j2", page, 422)
    note_change(request, kept, "role-changed", f"{one.login} {role or 'none'} {on.id if on else 'all'}")
    return RedirectResponse("/settings/people?said=role", 303)


@router.post("/settings/people/password")
def reset_password(
    request: Request, _visitor: AnyAdmin, store: MaybeStore, account: Annotated[str, Form(max_length=64)]
) -> Response:
    """A new password for somebody who forgot theirs; it is shown once, to pass on."""
    kept, one = _account(store, account)
    made = _made_password()
    with hashing():
        stopped = change_password(kept, one, made)
    note_password(request, kept, one.login, stopped)
    return render(request, "settings/people.html.j2", _people(kept, new_password=(one.login, made)))


@router.post("/settings/people/end")
def end_account(
    request: Request, _visitor: AnyAdmin, store: MaybeStore, account: Annotated[str, Form(max_length=64)]
) -> Response:
    """End an account; what it decided stays."""
    kept, one = _account(store, account)
    try:
        kept.end_account(one)
    except RuleError as error:
        page = _people(kept, problem=f"problem.{error.code}", place=one.id)
        return render(request, "settings/people.html.j2", page, 422)
    note_change(request, kept, "account-ended", one.login)
    return RedirectResponse("/settings/people?said=account_ended", 303)


# --- Models and keys -------------------------------------------------------------------------------------------------


@router.api_route("/settings/models", methods=_READ)
def show_models(request: Request, _visitor: AnyAdmin, keys: Keys, settings: Service) -> Response:
    """Which providers there is a key for; never the keys."""
    held = keys.keys
    rows = provider_rows(held.models)
    return render(request, "settings/models.html.j2", rows, sealing=held.sealing, file=str(keys_path(settings.db)))


@router.post("/settings/models")
def keep_key(
    request: Request,
    _visitor: AnyAdmin,
    keys: Keys,
    store: MaybeStore,
    variable: Annotated[str, Form(max_length=60)],
    key: Annotated[str, Form(max_length=2_000)] = "",
) -> Response:
    """Keep a key in the file beside the database, or take it away; runs that begin from now on use it."""
    keep_model_key(keys, variable, key)
    if store:
        note_change(request, store, "key-set" if key.strip() else "key-removed", variable)
    return RedirectResponse("/settings/models?said=key", 303)


# --- Frameworks and the audit ----------------------------------------------------------------------------------------


@router.api_route("/settings/frameworks", methods=_READ)
def show_frameworks(request: Request, _visitor: SignedIn) -> Response:
    """The frameworks that a study can have, with phases, drivers and channels."""
    page: tuple[Framework, ...] = tuple(load_framework(key) for key in shipped_frameworks())
    return render(request, "settings/frameworks.html.j2", page, language=page_words_of(request).language)


@router.api_route("/settings/audit", methods=_READ)
def show_audit(
    request: Request,
    _visitor: AnyAdmin,
    store: MaybeStore,
    show: Annotated[str, Query(max_length=20)] = "",
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> Response:
    """What was refused, and what was changed about who may do what."""
    refused = {"refused": True, "changes": False}.get(show)
    total, entries = store.audit(refused=refused, limit=PER_PAGE, offset=offset) if store else (0, [])
    names = {study.id: study.name for study in store.studies()} if store else {}
    return render(request, "settings/audit.html.j2", AuditPage(tuple(entries), total, offset, refused, names))


def _people(store: Store | None, **more: object) -> PeoplePage:
    accounts = tuple(store.accounts()) if store else ()
    return PeoplePage(accounts, tuple(store.studies()) if store else (), **more)  # type: ignore[arg-type]


def _account(store: Store | None, account_id: str) -> tuple[Store, Account]:
    account = store.account(account_id) if store else None
    if store is None or account is None:
        raise ApiError("not-found", "No account has this id.")
    return store, account


def _study(store: Store, study_id: str) -> Study | None:
    if not study_id:
        return None
    found = next((study for study in store.studies() if study.id == study_id), None)
    if found is None:
        raise ApiError("study-not-found", "No study has this id.")
    return found


def _role(role: str) -> Role | None:
    if role in ("", "none"):
        return None
    try:
        return Role(role)
    except ValueError as error:
        raise ApiError("invalid-request", f"A role is one of {', '.join(Role)}.") from error


def _made_password() -> str:
    return "-".join(secrets.token_hex(3) for _ in range(4))
