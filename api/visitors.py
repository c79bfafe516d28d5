"""Who is asking, as a value; `api.access` finds out."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from synth.accounts import Account, Role, Token


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is asking."""

    session_id: str
    """What the cookie held, or a new id where it held none."""
    fresh: bool
    """Whether the browser does not have the id yet."""
    alone: bool
    """Single-user mode: nobody has an account, and only this machine can ask."""
    account: Account | None = None
    token: Token | None = None
    alone_name: str = ""

    @property
    def inside(self) -> bool:
        """Whether they may see more than the login."""
        return self.alone or self.account is not None

    @property
    def name(self) -> str:
        """Stands in the ledger and at comments."""
        return self.account.shown_name if self.account else self.alone_name

    @property
    def who(self) -> str:
        """Stands in the audit."""
        if self.token:
            return f"{self.account.login if self.account else ''} token:{self.token.id}".strip()
        return self.account.login if self.account else "alone" if self.alone else ""

    @property
    def by_cookie(self) -> bool:
        """Whether the browser lets them in by itself, so that a foreign page could make it ask."""
        return self.token is None

    def role_on(self, study_id: str) -> Role | None:
        """The role on a study; None: it does not exist for them."""
        if self.alone:
            return Role.ADMIN
        role = self.account.role_on(study_id) if self.account else None
        return self.token.limit(role, study_id) if self.token else role

    @property
    def role(self) -> Role | None:
        """The role on what belongs to no study; a token for one study has none."""
        if self.alone:
            return Role.ADMIN
        role = self.account.role if self.account else None
        return self.token.limit(role, "") if self.token else role

    @property
    def may_make_studies(self) -> bool:
        """Whether they may make a study."""
        return self.may(Role.RESEARCHER)

    def may(self, role: Role, study_id: str | None = None) -> bool:
        """Whether they may do what a role may, on a study or (without one) on what belongs to none."""
        own = self.role if study_id is None else self.role_on(study_id)
        return own is not None and own.includes(role)


def visitor_of(connection: HTTPConnection) -> Visitor | None:
    """Who was recognised in a request; None where it was refused before that."""
    found = connection.scope.get("state", {}).get("visitor")
    return found if isinstance(found, Visitor) else None
