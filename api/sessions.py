"""Cookies and the token against forged requests: how a browser is known again.

The cookie holds a random id and a signature, nothing else; the database holds the id's hash where somebody is signed
in. A browser that is not signed in has an id too, so that its forms carry a token; at login it gets a new one, so that
an id that was planted in a browser never becomes a session.
"""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256
from http.cookies import SimpleCookie
from pathlib import Path
from threading import Lock

from itsdangerous import BadSignature, Signer

from api.settings import ServiceSettings
from synth.accounts import new_secret
from synth.service_keys import ServiceKeys, keys_path, load_keys, save_keys

LANGUAGE_COOKIE, THEME_COOKIE, NAME_COOKIE = "synth_language", "synth_theme", "synth_name"
YEAR_SECONDS = 365 * 24 * 3600


class KeyRing:
    """The secrets of this service, read once; made where there is a database and no file of keys yet."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._db, self._lock = settings.db, Lock()
        self._keys: ServiceKeys | None = None
        self._kept = False
        """Whether `_keys` are those of the file."""

    @property
    def keys(self) -> ServiceKeys:
        """The keys. Where there is no database yet they last as long as the program: reading makes no file."""
        with self._lock:
            return self._current()

    def change_model_key(self, variable: str, key: str) -> None:
        """Keep the key of a provider; an empty one takes it away."""
        with self._lock:
            changed = self._current().with_model_key(variable, key)
            save_keys(self._db, changed)
            self._keys, self._kept = changed, True

    def _current(self) -> ServiceKeys:
        if not self._kept and keys_path(self._db).exists():
            self._keys, self._kept = load_keys(self._db, make=False), True
        if self._keys is None:
            self._keys = load_keys(self._db, make=False)
        if not self._kept and Path(self._db).exists():
            save_keys(self._db, self._keys)
            self._kept = True
        return self._keys

    # --- The session cookie ---

    def sign(self, session_id: str) -> str:
        """An id as it stands in the cookie."""
        return self._signer().sign(session_id).decode("ascii")

    def unsign(self, cookie: str) -> str | None:
        """The id of a cookie; None where we did not sign it."""
        try:
            return self._signer().unsign(cookie.encode("ascii", "replace")).decode("ascii")
        except (BadSignature, UnicodeDecodeError):
            return None

    # --- The token in forms ---

    def form_token(self, session_id: str) -> str:
        """A token that only this browser's pages have; another one each time, so that compression tells nothing."""
        salt = secrets.token_hex(8)
        return f"{salt}.{self._mark(salt, session_id)}"

    def right_token(self, token: str, session_id: str) -> bool:
        """Whether a page of ours gave this browser the token."""
        salt, _, mark = token.partition(".")
        return hmac.compare_digest(mark.encode("utf-8", "replace"), self._mark(salt, session_id).encode("ascii"))

    # --- Proofs that something was given out ---

    def proof(self, *parts: str) -> str:
        """Says that this service gave somebody these parts; the same for the same parts, so that answers keep ETags."""
        said = "\n".join(["proof", *parts]).encode("utf-8", "replace")
        return hmac.new(self.keys.signing.encode("ascii"), said, sha256).hexdigest()[:32]

    def _mark(self, salt: str, session_id: str) -> str:
        said = f"form {salt} {session_id}".encode("utf-8", "replace")
        return hmac.new(self.keys.signing.encode("ascii"), said, sha256).hexdigest()

    def _signer(self) -> Signer:
        return Signer(self.keys.signing, salt="synth.session", digest_method=sha256)


def session_cookie_name(settings: ServiceSettings) -> str:
    """Over TLS the name itself makes browsers refuse a cookie that another host or plain HTTP set."""
    return "__Host-synth_session" if settings.secure else "synth_session"


def new_session_id() -> str:
    """An id that nobody guesses."""
    return new_secret()


def cookie_header(name: str, value: str, *, seconds: float | None, secure: bool, script: bool = False) -> str:
    """A Set-Cookie header.

    Args:
        name: of the cookie.
        value: what it holds.
        seconds: how long it is kept; None: until the browser closes; 0: it is taken away.
        secure: whether it is sent over TLS only.
        script: whether our own script may read it: nothing secret then.
    """
    made: SimpleCookie = SimpleCookie()
    made[name] = value
    made[name]["path"] = "/"
    made[name]["samesite"] = "Lax"
    if seconds is not None:
        made[name]["max-age"] = str(int(seconds))
    if secure:
        made[name]["secure"] = True
    if not script:
        made[name]["httponly"] = True
    return made[name].OutputString()
