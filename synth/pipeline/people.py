"""Accounts and their roles: the rules that the command line and the web share."""

from __future__ import annotations

from synth.accounts import (
    MOST_NAME,
    Account,
    Role,
    RuleError,
    Token,
    check_password,
    fold_login,
    hash_password,
    make_token,
)
from synth.domain import fold_space
from synth.errors import NotFoundError
from synth.store import Store, Study


def find_account(store: Store, login: str) -> Account | None:
    """The account of a login; None where there is none.

    Raises:
        RuleError: it can be no login.
    """
    try:
        return store.account_of(login)
    except NotFoundError:
        return None


def first_role(store: Store, role: Role | None, on: Study | None) -> Role:
    """The role of a new account: as given, else viewer; the first account is an admin of everything.

    Raises:
        RuleError: the first account would be less.
    """
    if store.has_accounts():
        return role or Role.VIEWER
    if on is not None or role not in (None, Role.ADMIN):
        raise RuleError(
            "first-admin", "The first account must be an admin of all studies, or nobody could manage accounts."
        )
    return Role.ADMIN


def add_account(
    store: Store, login: str, shown_name: str, password: str, role: Role | None = None, on: Study | None = None
) -> Account:
    """Make an account with a role on all studies, or on one alone.

    Raises:
        RuleError: the login is taken or can be none, the password is too easy to guess, or the first account would be
            less than an admin.
    """
    given = first_role(store, role, on)
    folded = fold_login(login)
    check_password(password, folded)
    account = store.add_account(folded, checked_name(shown_name), hash_password(password), None if on else given)
    if on is not None:
        store.set_membership(account, on, given)
    return account


def change_password(
    store: Store, account: Account, password: str, keep_session: str = "", *, keep_tokens: bool = False
) -> int:
    """A new password; every session but one ends, and every token: whoever knew the old one may have made some.

    Returns:
        How many tokens stopped.

    Raises:
        RuleError: it is too easy to guess.
    """
    check_password(password, account.login)
    return store.set_password(account, hash_password(password), keep_session, keep_tokens=keep_tokens)


def checked_name(name: str) -> str:
    """A name as it is shown; empty: the login.

    Raises:
        RuleError: it is too long or holds signs that cannot be shown.
    """
    folded = fold_space(name)
    if len(folded) > MOST_NAME or not folded.isprintable():
        raise RuleError(
            "name-cannot-be", f"A name has at most {MOST_NAME} signs, all of which can be shown. Give another one."
        )
    return folded


def add_token(
    store: Store, account: Account, name: str, scope: Role, on: Study | None, days: float
) -> tuple[Token, str]:
    """A token for a program, and its secret, which is shown once.

    Raises:
        RuleError: the name is empty or too long.
    """
    named = checked_name(name)
    if not named:
        raise RuleError("name-missing", "Give the token a name that says what it is for.")
    token, secret, key = make_token(account, named, scope, on.id if on else None, days)
    store.add_token(token, key)
    return token, secret
