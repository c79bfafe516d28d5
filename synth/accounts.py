"""Who may do what: roles, accounts, sessions, tokens and shares as values, and the secrets that let people in.

The promises: what lets somebody in is stored as a hash only, and a password as an argon2id hash; a role on a study is
read in one place, `Account.role_on`; nobody gets more by a token than its owner has.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from synth.errors import InputError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LEAST_PASSWORD = 10
MOST_PASSWORD = 1_000
MOST_NAME = 100
LOGIN = re.compile(rf"[\w.@+-]{{1,{MOST_NAME}}}")
"""Signs of a login, which may be an address of mail."""
TIME = "%Y-%m-%dT%H:%M:%SZ"
"""How times are stored: they compare as text."""
TOKEN_PREFIX = "synth_"
"""A token is known by it wherever it turns up, such as in a file that was committed."""


class RuleError(InputError):
    """Something that accounts, links and studies may not be.

    Attributes:
        code: names the rule, such as `password-short`; pages have words for each.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Role(StrEnum):
    """What somebody may do on a study; each may do what those before it may."""

    VIEWER = "viewer"
    """Read."""
    REVIEWER = "reviewer"
    """Decide and comment."""
    RESEARCHER = "researcher"
    """Bring in interviews, run, share."""
    ADMIN = "admin"
    """People, retention, keys."""

    @property
    def rank(self) -> int:
        """A higher role has a higher rank."""
        return list(Role).index(self)

    def includes(self, other: Role) -> bool:
        """Whether this role may do all that the other may."""
        return self.rank >= other.rank


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody with a password."""

    id: str
    login: str
    shown_name: str
    """Stands in the ledger and at comments."""
    role: Role | None
    """On every study that `memberships` does not name; None: only on those that it names."""
    memberships: Mapping[str, Role] = field(default_factory=dict)
    """Role by study id."""
    made_utc: str = ""
    ended_utc: str | None = None

    def role_on(self, study_id: str) -> Role | None:
        """The role on a study; None: it does not exist for this person. An admin of all is admin of each."""
        if self.role is Role.ADMIN:
            return Role.ADMIN
        return self.memberships.get(study_id, self.role)


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that somebody signed in with."""

    key: str
    account_id: str
    began_utc: str
    seen_utc: str
    ends_utc: str
    agent: str


@dataclass(frozen=True, slots=True)
class Token:
    """What a program signs in with; the secret itself was shown once and is stored nowhere."""

    id: str
    account_id: str
    name: str
    scope: Role
    """The most that it may do."""
    study_id: str | None
    """The only study that it opens; None: all of its owner's."""
    made_utc: str
    ends_utc: str
    used_utc: str | None = None
    revoked_utc: str | None = None

    def limit(self, role: Role | None, study_id: str) -> Role | None:
        """What is left of the owner's role on a study."""
        if role is None or (self.study_id is not None and self.study_id != study_id):
            return None
        return min(role, self.scope, key=lambda one: one.rank)

    def days_left(self) -> float:
        """How long it still works."""
        return (datetime.strptime(self.ends_utc, TIME).replace(tzinfo=UTC) - datetime.now(UTC)) / timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Share:
    """A link to the report of a study, under pseudonyms, for people without an account."""

    id: str
    study_id: str
    label: str
    made_by: str
    made_utc: str
    ends_utc: str
    revoked_utc: str | None = None
    opened: int = 0


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Something that was refused, or a change of who may do what. Never any words of a study."""

    what: str
    """A code such as `role-refused` or `account-added`."""
    who: str
    """A login, `token:ID`, `alone` in single-user mode, or nothing where nobody was signed in."""
    refused: bool
    method: str = ""
    route: str = ""
    """The pattern of the address, such as `/studies/{study_id}`: addresses themselves can name people."""
    study_id: str | None = None
    address: str = ""
    """Where the request came from."""
    about: str = ""
    """Whom or what a change is about, such as a login and a role."""
    at_utc: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a study is kept."""

    months: int
    set_by: str
    set_utc: str
    notice_utc: str | None = None
    """When it was announced that the study will be deleted; None before."""


def fold_login(login: str) -> str:
    """A login as it is stored and compared.

    Raises:
        RuleError: it can be no login.
    """
    folded = login.strip().casefold()
    if not LOGIN.fullmatch(folded):
        raise RuleError(
            "login-cannot-be",
            "A login has 1 to 100 letters, digits and signs of . _ @ + - and no spaces. Give another one.",
        )
    return folded


def check_password(password: str, login: str = "") -> None:
    """Refuse a password that is too easy to guess.

    Raises:
        RuleError: it is too short, too long, all one sign, or the login itself.
    """
    if len(password) < LEAST_PASSWORD:
        raise RuleError(
            "password-short", f"The password is too short. Give at least {LEAST_PASSWORD} signs; a few words do well."
        )
    if len(password) > MOST_PASSWORD:
        raise RuleError("password-long", f"The password is too long. Give at most {MOST_PASSWORD} signs.")
    if len(set(password)) < 4 or (login and password.casefold() == login.casefold()):
        raise RuleError("password-easy", "This password is too easy to guess. Give another one; a few words do well.")


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    return _hasher().hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password is the one of the hash. As slow where there is no hash, so that nobody learns who exists."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        right = _hasher().verify(stored or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return right and stored is not None


def new_secret(prefix: str = "") -> str:
    """A secret that nobody guesses: 32 random bytes, safe in an address."""
    return prefix + secrets.token_urlsafe(32)


def make_token(account: Account, name: str, scope: Role, study_id: str | None, days: float) -> tuple[Token, str, str]:
    """A token for a program: as it is stored, the secret to show once, and the hash it is stored under."""
    secret, now = new_secret(TOKEN_PREFIX), datetime.now(UTC)
    key = secret_key(secret)
    ends = now + timedelta(days=days)
    return Token(key[:12], account.id, name, scope, study_id, _text(now), _text(ends)), secret, key


def make_share(study_id: str, label: str, made_by: str, days: float) -> tuple[Share, str, str]:
    """A link to a report: as it is stored, the secret to show once, and the hash it is stored under."""
    secret, now = new_secret(), datetime.now(UTC)
    key = secret_key(secret)
    ends = now + timedelta(days=days)
    return Share(key[:12], study_id, label, made_by, _text(now), _text(ends)), secret, key


def secret_key(secret: str) -> str:
    """The hash under which a secret is stored. It has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _text(moment: datetime) -> str:
    return moment.strftime(TIME)


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    # argon2id with the second of RFC 9106's settings: 64 MB, three passes.
    return PasswordHasher()


@cache
def _nobody() -> str:
    return hash_password(new_secret())
