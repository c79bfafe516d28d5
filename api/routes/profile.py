"""One's own name, password, browsers and tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.access import MaybeStore, Service, SignedIn
from api.denials import note_change, note_denial, note_password
from api.errors import ApiError
from api.passwords import MINUTES, hashing
from api.rendering import render
from api.sessions import NAME_COOKIE, YEAR_SECONDS, cookie_header
from api.visitors import Visitor
from synth.accounts import MOST_PASSWORD, Account, Role, RuleError, Session, Token, secret_key, verify_password
from synth.pipeline.people import add_token, change_password, checked_name
from synth.store import Store, Study

router = APIRouter(include_in_schema=False)
_READ = ["GET", "HEAD"]
Name = Annotated[str, Form(max_length=500)]
Password = Annotated[str, Form(max_length=MOST_PASSWORD)]


@dataclass(frozen=True, slots=True)
class ProfilePage:
    """Everything about oneself."""

    account: Account | None
    """None in single-user mode."""
    name: str
    sessions: tuple[Session, ...]
    this_session: str
    tokens: tuple[Token, ...]
    studies: tuple[Study, ...]
    """Those that a token can be for."""
    problem: str = ""
    """A key of the words."""
    place: str = ""
    """At which form the problem is shown."""
    secret: str = ""
    """A token that was just made; shown this once."""

    def study_choices(self, all_words: str) -> list[tuple[str, str]]:
        """Ids and names for a choice, after the words for all of them."""
        return [("", all_words), *((study.id, study.name) for study in self.studies)]


@router.api_route("/profile", methods=_READ)
def show_profile(request: Request, visitor: SignedIn, store: MaybeStore) -> Response:
    """One's own page."""
    return render(request, "profile/profile.html.j2", _page(visitor, store))


@router.post("/profile/name")
def change_name(request: Request, visitor: SignedIn, store: MaybeStore, settings: Service, name: Name = "") -> Response:
    """The name in the ledger from now on."""
    try:
        given = checked_name(name)
        if not given:
            raise RuleError("name-missing", "Give a name.")
        if store and visitor.account:
            store.set_shown_name(visitor.account, given)
    except RuleError as error:
        return _again(request, visitor, store, error, "name")
    answer = RedirectResponse("/profile?said=saved", 303)
    if visitor.alone:
        kept = cookie_header(NAME_COOKIE, quote(given), seconds=YEAR_SECONDS, secure=settings.secure)
        answer.headers.append("set-cookie", kept)
    return answer


@router.post("/profile/password")
def new_password(
    request: Request, visitor: SignedIn, store: MaybeStore, old: Password = "", new: Password = "",
    again: Password = "", keep_tokens: Annotated[str, Form(max_length=3)] = "",
) -> Response:  # fmt: skip
    """A new password; every other browser signs in again, and tokens stop unless they are kept."""
    account, kept = _own_account(visitor, store)
    if new != again:
        return _again(request, visitor, store, RuleError("passwords-differ", "They differ."), "password")
    if not kept.try_password({secret_key(f"change {account.id}"): 10}, MINUTES):
        raise ApiError("too-many-tries", "Wait a quarter of an hour.")
    known = kept.password_hash(account.login)
    with hashing():
        right = verify_password(known[1] if known else None, old)
    if not right:
        note_denial(request, "login-refused")
        return _again(request, visitor, store, RuleError("password-wrong", "The old password is wrong."), "password")
    try:
        with hashing():
            stopped = change_password(kept, account, new, secret_key(visitor.session_id), keep_tokens=bool(keep_tokens))
    except RuleError as error:
        return _again(request, visitor, store, error, "password")
    note_password(request, kept, account.login, stopped)
    return RedirectResponse("/profile?said=password", 303)


@router.post("/profile/sessions/end")
def end_session(
    request: Request, visitor: SignedIn, store: MaybeStore, key: Annotated[str, Form(max_length=64)]
) -> Response:
    """Sign another browser out."""
    account, kept = _own_account(visitor, store)
    if kept.end_session(key, account.id):
        note_change(request, kept, "session-ended", account.login)
    return RedirectResponse("/profile?said=session", 303)


@router.post("/profile/tokens")
def make_token(
    request: Request,
    visitor: SignedIn,
    store: MaybeStore,
    name: Name = "",
    scope: Annotated[Role, Form()] = Role.VIEWER,
    study: Annotated[str, Form(max_length=64)] = "",
    days: Annotated[int, Form(ge=1, le=366)] = 90,
) -> Response:
    """A token for a program; the page that answers shows it, and no other ever does."""
    account, kept = _own_account(visitor, store)
    on = next((one for one in kept.studies() if one.id == study and visitor.role_on(one.id)), None)
    if study and on is None:
        raise ApiError("study-not-found", "No study has this id.")
    try:
        token, secret = add_token(kept, account, name, scope, on, days)
    except RuleError as error:
        return _again(request, visitor, store, error, "tokens")
    note_change(request, kept, "token-made", f"{account.login} {token.id} {token.scope}")
    return render(request, "profile/profile.html.j2", _page(visitor, store, place="tokens", secret=secret), 201)


@router.post("/profile/tokens/revoke")
def revoke_token(
    request: Request, visitor: SignedIn, store: MaybeStore, token: Annotated[str, Form(max_length=64)]
) -> Response:
    """Stop a token."""
    account, kept = _own_account(visitor, store)
    if kept.revoke_token(token, account.id):
        note_change(request, kept, "token-revoked", f"{account.login} {token}")
    return RedirectResponse("/profile?said=token_revoked", 303)


def _own_account(visitor: Visitor, store: Store | None) -> tuple[Account, Store]:
    """Who asks, with an account; a token may not change what lets its owner in."""
    if store is None or visitor.account is None or visitor.token is not None:
        raise ApiError("role-refused", "This belongs to an account, and a person has to be signed in with it.")
    return visitor.account, store


def _page(
    visitor: Visitor, store: Store | None, *, problem: str = "", place: str = "", secret: str = ""
) -> ProfilePage:
    account = store.account(visitor.account.id) if store and visitor.account else None
    studies = [study for study in store.studies() if visitor.role_on(study.id)] if store else []
    return ProfilePage(
        account,
        account.shown_name if account else visitor.name,
        tuple(store.sessions(account)) if store and account else (),
        secret_key(visitor.session_id),
        tuple(store.tokens(account)) if store and account else (),
        tuple(studies),
        problem,
        place,
        secret,
    )


def _again(request: Request, visitor: Visitor, store: Store | None, error: RuleError, place: str) -> Response:
    page = _page(visitor, store, problem=f"problem.{error.code}", place=place)
    return render(request, "profile/profile.html.j2", page, 422)
