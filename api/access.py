"""Who is asking, and what they may do: the one place where a route says which role it needs.

A route names one of the annotations at the end of this module, and nothing else decides:

    def show_findings(study: ViewedStudy, ...)        viewer or more, on the study of the address
    def decide(study: ReviewedStudy, ...)             reviewer or more
    def start_run(study: ResearchedStudy, ...)        researcher or more
    def set_retention(study: AdministeredStudy, ...)  admin
    def make_study(visitor: AnyResearcher, ...)       researcher of all studies
    def list_people(visitor: AnyAdmin, ...)           admin of all studies
    def show_profile(visitor: SignedIn, ...)          anybody with an account, or alone on this machine
    def show_login(visitor: Anybody, ...)             open to the world

A test walks every route and refuses one that names none. The promises: a study that somebody has no role on does not
exist for them; a change that a page asks for carries the token of this browser's session; each denial is an audit row.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Annotated, cast
from urllib.parse import unquote

from fastapi import Depends, Path, Request

from api.errors import ApiError
from api.models import one_line
from api.security import SAFE_METHODS, UPLOADS
from api.sessions import NAME_COOKIE, KeyRing, new_session_id, session_cookie_name
from api.settings import ServiceSettings
from api.visitors import Visitor
from synth.accounts import MOST_NAME, Role, secret_key
from synth.env import machine_user
from synth.errors import NotFoundError
from synth.pipeline.shown import ShownStudies
from synth.store import Store, Study, open_store
from synth.store.base import utc_after
from synth.store.pool import StorePool

MOST_FIELDS = 200
"""Fields of one form."""


# --- What requests are given -----------------------------------------------------------------------------------------


def service_settings(request: Request) -> ServiceSettings:
    """The settings that the application was made with."""
    return cast(ServiceSettings, request.app.state.settings)


def key_ring(request: Request) -> KeyRing:
    """The secrets of the service."""
    return cast(KeyRing, request.app.state.key_ring)


Service = Annotated[ServiceSettings, Depends(service_settings)]
Keys = Annotated[KeyRing, Depends(key_ring)]


def store_pool(request: Request) -> StorePool:
    """The open stores that requests are lent."""
    return cast(StorePool, request.app.state.pool)


def opened_store(pool: Annotated[StorePool, Depends(store_pool)]) -> Iterator[Store | None]:
    """The database for the length of a request; None where there is no file: reading never makes one.

    Raises:
        StoreError: the file cannot be used.
    """
    with pool.lent() as store:
        yield store


MaybeStore = Annotated[Store | None, Depends(opened_store)]


def existing_store(store: MaybeStore) -> Store:
    """The database where it must be there.

    Raises:
        ApiError: there is none, so no study either.
    """
    if store is None:
        raise ApiError("study-not-found", "There is no database yet. `synth run FOLDER` makes one.")
    return store


def made_store(store: MaybeStore, settings: Service) -> Iterator[Store]:
    """The database, made where it is missing: for what may begin one, a study or the first account."""
    if store is not None:
        yield store
        return
    made = open_store(settings.db)
    try:
        yield made
    finally:
        made.close()


MadeStore = Annotated[Store, Depends(made_store)]


# --- Who is asking ---------------------------------------------------------------------------------------------------


def recognised(request: Request, settings: Service, store: MaybeStore, keys: Keys) -> Visitor:
    """Who is asking, by token or cookie.

    Raises:
        ApiError: a token was sent that opens nothing.
    """
    visitor = _by_token(request, store) or _by_cookie(request, settings, store, keys)
    request.state.visitor = visitor
    if store is not None and visitor.account is not None and visitor.by_cookie:
        request.state.calls = partial(store.calls_left, visitor.account.id)
    return visitor


async def from_own_page(request: Request, visitor: Annotated[Visitor, Depends(recognised)], keys: Keys) -> Visitor:
    """Refuse a change that carries no token of this browser's session, wherever the browser lets somebody in by itself.

    Programs under /api/ in single-user mode carry none: there the Origin check of `api.security` stands alone.

    Raises:
        ApiError: the token is missing or wrong; or files are sent by somebody who may not, and are not read then.
    """
    programs = request.url.path.startswith("/api/") and visitor.account is None
    if request.method in SAFE_METHODS or not visitor.by_cookie or programs:
        return visitor
    if UPLOADS.fullmatch(request.url.path):
        _may_upload(request, visitor)
    given = request.headers.get("x-csrf-token", "")
    if not given and "form" in request.headers.get("content-type", ""):
        form = await request.form(max_files=MOST_FIELDS, max_fields=MOST_FIELDS)
        given = str(form.get("csrf") or "")
    if visitor.fresh or not keys.right_token(given, visitor.session_id):
        raise ApiError("form-expired", "Load the page again and send the form once more. Nothing was changed.")
    return visitor


Anybody = Annotated[Visitor, Depends(from_own_page)]
"""Open to the world: the login, a shared report, files of the pages."""


def signed_in(visitor: Anybody) -> Visitor:
    """Anybody with an account, or alone on this machine.

    Raises:
        ApiError: nobody is signed in.
    """
    if not visitor.inside:
        raise _sign_in_needed()
    return visitor


SignedIn = Annotated[Visitor, Depends(signed_in)]


class EverywhereRole:
    """A role on what belongs to no study: accounts, keys, new studies."""

    def __init__(self, role: Role) -> None:
        self.role = role

    def __call__(self, visitor: SignedIn) -> Visitor:
        """Pass or refuse.

        Raises:
            ApiError: the role is less.
        """
        if not visitor.may(self.role):
            raise ApiError("role-refused", f"This needs the role '{self.role}' on all studies. Ask an admin.")
        return visitor


class StudyRole:
    """A role on the study of the address; gives the study."""

    def __init__(self, role: Role) -> None:
        self.role = role

    def __call__(
        self,
        request: Request,
        visitor: SignedIn,
        store: Annotated[Store, Depends(existing_store)],
        study_id: Annotated[str, Path(description="The study's `id`, as GET /api/v1/studies lists it.")],
    ) -> Study:
        """The study, or a refusal.

        Raises:
            ApiError: there is no such study, or not for this person; or the role is less.
        """
        try:
            study = store.study_by_id(study_id)
        except NotFoundError as error:
            raise _unknown_study() from error
        request.state.study = study
        request.state.left = lambda: cast(ShownStudies, request.app.state.shown).left(store, study)
        _need_role(visitor, self.role, study.id)
        return study


AnyResearcher = Annotated[Visitor, Depends(EverywhereRole(Role.RESEARCHER))]
AnyAdmin = Annotated[Visitor, Depends(EverywhereRole(Role.ADMIN))]
ViewedStudy = Annotated[Study, Depends(StudyRole(Role.VIEWER))]
ReviewedStudy = Annotated[Study, Depends(StudyRole(Role.REVIEWER))]
ResearchedStudy = Annotated[Study, Depends(StudyRole(Role.RESEARCHER))]
AdministeredStudy = Annotated[Study, Depends(StudyRole(Role.ADMIN))]


def _may_upload(request: Request, visitor: Visitor) -> None:
    """Before a form that may be large is read for its token: files of those who may bring none are not taken in."""
    if not visitor.inside:
        raise _sign_in_needed()
    _need_role(visitor, Role.RESEARCHER, str(request.path_params.get("study_id", "")))


def _need_role(visitor: Visitor, role: Role, study_id: str) -> None:
    """Refuse whoever has less than this role on a study; to whoever has none it is not there."""
    if visitor.role_on(study_id) is None:
        raise _unknown_study(hides=True)
    if not visitor.may(role, study_id):
        raise ApiError("role-refused", f"This needs the role '{role}' on this study. Ask an admin of it.")


def _unknown_study(*, hides: bool = False) -> ApiError:
    error = ApiError("study-not-found", "No study has this id. GET /api/v1/studies lists those that there are.")
    error.hides = hides
    return error


def _sign_in_needed() -> ApiError:
    return ApiError("sign-in-needed", "Sign in, or send a token: `Authorization: Bearer synth_...`.")


def _by_token(request: Request, store: Store | None) -> Visitor | None:
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if not kind:
        return None
    token = store.token_of(secret_key(secret.strip())) if store and kind.lower() == "bearer" else None
    account = store.account(token.account_id) if store and token else None
    if store is None or token is None or account is None:
        raise ApiError(
            "token-refused", "This token opens nothing: it may have expired or been revoked. Make a new one."
        )
    if token.used_utc is None or token.used_utc < utc_after(minutes=-5):
        store.use_token(token)
    return Visitor("", fresh=False, alone=False, account=account, token=token)


def _by_cookie(request: Request, settings: ServiceSettings, store: Store | None, keys: KeyRing) -> Visitor:
    cookie = request.cookies.get(session_cookie_name(settings), "")
    session_id = keys.unsign(cookie) if cookie else None
    alone = not settings.accounts_needed and not (store and store.has_accounts())
    account = None
    if session_id and store and not alone:
        session = store.session(secret_key(session_id), settings.idle_minutes)
        account = store.account(session.account_id) if session else None
        if session and session.seen_utc < utc_after(minutes=-5):
            store.see_session(session.key)
    name = _own_name(request) if alone else ""
    return Visitor(session_id or new_session_id(), session_id is None, alone, account, alone_name=name)


def _own_name(request: Request) -> str:
    """In single-user mode: the name that was entered in the browser, else the user of this machine."""
    try:
        given = one_line(unquote(request.cookies.get(NAME_COOKIE, "")))
    except ValueError:
        given = ""
    return given if 1 <= len(given) <= MOST_NAME else machine_user()
