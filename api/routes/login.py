"""Signing in and out."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.access import Anybody, Keys, MaybeStore, Service, SignedIn
from api.denials import note_change, note_denial
from api.passwords import MINUTES, hashing
from api.rendering import render
from api.sessions import KeyRing, cookie_header, new_session_id, session_cookie_name
from api.settings import ServiceSettings
from synth.accounts import MOST_PASSWORD, Account, secret_key, verify_password
from synth.store import Store

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class LoginPage:
    """The login, and what was wrong with the last try."""

    login: str
    next: str
    problem: str
    """A key of the words; empty at first."""
    no_accounts: bool
    """Whether nobody has an account, so that nobody can sign in."""


@router.api_route("/login", methods=["GET", "HEAD"])
def show_login(request: Request, visitor: Anybody, store: MaybeStore, next: str = "/") -> Response:
    """The form; whoever is in already goes on."""
    if visitor.inside:
        return RedirectResponse(safe_next(next), 303)
    nobody = not (store and store.has_accounts())
    return render(request, "login/login.html.j2", LoginPage("", safe_next(next), "", nobody))


@router.post("/login")
def sign_in(
    request: Request,
    visitor: Anybody,
    store: MaybeStore,
    settings: Service,
    keys: Keys,
    login: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=MOST_PASSWORD)] = "",
    next: Annotated[str, Form(max_length=2_000)] = "/",
) -> Response:
    """Check login and password; a browser that is let in gets a new session id."""
    if store is None or not store.has_accounts():
        return _again(request, login, next, "login.nobody", 403)
    here = request.client.host if request.client else ""
    tries = _counted(settings, login, here)
    if not store.try_password(tries, MINUTES):
        note_denial(request, "too-many-tries")
        answer = _again(request, login, next, "login.too_many", 429)
        answer.headers["retry-after"] = str(MINUTES * 60)
        return answer
    known = store.password_hash(login)
    with hashing():
        right = verify_password(known[1] if known else None, password)
    account = store.account(known[0]) if known and right else None
    if account is None:
        note_denial(request, "login-refused")
        return _again(request, login, next, "login.wrong", 401)
    own, *others = tries
    store.forget_tries(own, others)
    if visitor.account:
        # Whoever was signed in here before: what the browser held opens nothing any more.
        store.end_session(secret_key(visitor.session_id), visitor.account.id)
    note_change(request, store, "signed-in", who=account.login)
    return begin_session(request, store, settings, keys, account, safe_next(next))


@router.post("/logout")
def sign_out(request: Request, visitor: SignedIn, store: MaybeStore, settings: Service) -> Response:
    """End this session; the cookie opens nothing any more, wherever a copy of it may be."""
    if store and visitor.account:
        store.end_session(secret_key(visitor.session_id), visitor.account.id)
        note_change(request, store, "signed-out")
    answer = RedirectResponse("/login", 303)
    gone = cookie_header(session_cookie_name(settings), "", seconds=0, secure=settings.secure)
    answer.headers.append("set-cookie", gone)
    return answer


def begin_session(
    request: Request, store: Store, settings: ServiceSettings, keys: KeyRing, account: Account, address: str
) -> Response:
    """Let a browser in under a new id, and send it on."""
    session_id = new_session_id()
    agent = request.headers.get("user-agent", "")
    store.begin_session(secret_key(session_id), account, settings.session_days, agent)
    answer = RedirectResponse(address, 303)
    seconds = settings.session_days * 24 * 3600
    held = cookie_header(session_cookie_name(settings), keys.sign(session_id), seconds=seconds, secure=settings.secure)
    answer.headers.append("set-cookie", held)
    return answer


def safe_next(address: str) -> str:
    """Where to go after signing in: a page of this service, never another site."""
    plain = all(unicodedata.category(sign) not in ("Cc", "Cs") for sign in address)
    own = address.startswith("/") and not address.startswith(("//", "/\\")) and "\\" not in address
    return address if plain and own and len(address) <= 2_000 else "/"


def _counted(settings: ServiceSettings, login: str, here: str) -> dict[str, int]:
    """What a try is counted under: this login from here first, then each of the two."""
    folded, most = login.strip().casefold(), settings.password_tries
    return {
        secret_key(f"both {folded} {here}"): most,
        secret_key(f"login {folded}"): most * 10,
        secret_key(f"from {here}"): most * 10,
    }


def _again(request: Request, login: str, address: str, problem: str, status: int) -> Response:
    page = LoginPage(login[:200], safe_next(address), problem, no_accounts=problem == "login.nobody")
    return render(request, "login/login.html.j2", page, status)
