"""`synth user`: accounts of the service, and tokens for programs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from synth.cli.options import db_option, json_option
from synth.cli.terminal import counted, json_text
from synth.env import machine_user

if TYPE_CHECKING:
    from synth.store import Store

_ROLES = ["viewer", "reviewer", "researcher", "admin"]


@click.group()
def user() -> None:
    """Who may open the studies of a database with `synth serve`.

    As long as nobody has an account, `synth serve` opens on this machine only, without signing in.

    \b
    synth user add mira --role admin
    synth user add joris --role reviewer --study "Home energy"
    synth user token mira --name nightly --scope researcher --days 90
    """


@user.command()
@click.argument("login")
@click.option(
    "--role", type=click.Choice(_ROLES), default=None, help="What they may do.  [default: viewer; admin for the first]"
)
@click.option("--study", default=None, metavar="STUDY", help="Only on this study; may be given again for another one.")
@click.option(
    "--name", "shown_name", default="", metavar="NAME", help="In the ledger and at comments.  [default: the login]"
)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input, for scripts.")
@db_option
def add(login: str, role: str | None, study: str | None, shown_name: str, password_stdin: bool, db_path: str) -> None:
    """Make an account, or give one that exists a role on a further study.

    The password is asked for and never stands on the command line.
    """
    from synth.accounts import Role, fold_login
    from synth.errors import InputError
    from synth.pipeline.people import add_account, find_account, first_role
    from synth.store import open_store

    store = open_store(db_path)
    on = store.study(study) if study else None
    folded, given = fold_login(login), first_role(store, Role(role) if role else None, on)
    account = find_account(store, folded)
    if account is None:
        add_account(store, folded, shown_name, read_password(password_stdin), given, on)
    elif on is None:
        raise InputError(f"'{folded}' has an account. `synth user role {folded} {given}` changes the role.")
    else:
        store.set_membership(account, on, given)
    note(store, "account-added", f"{folded} {given}")
    click.echo(f"{folded} is {given} of {f'“{on.name}”' if on else 'all studies'} in {db_path}.")


@user.command()
@click.argument("login")
@click.argument("role", type=click.Choice([*_ROLES, "none"]))
@click.option("--study", default=None, metavar="STUDY", help="On this study alone; 'none' is then: as on the others.")
@db_option
def role(login: str, role: str, study: str | None, db_path: str) -> None:
    """Change the role of an account, on all studies or on one.

    \b
    synth user role joris researcher --study "Home energy"
    """
    from synth.accounts import Role
    from synth.store import open_store

    store = open_store(db_path, create=False)
    account = store.account_of(login)
    given = None if role == "none" else Role(role)
    if study:
        store.set_membership(account, store.study(study), given)
    else:
        store.set_role(account, given)
    note(store, "role-changed", f"{account.login} {role}")
    click.echo(f"{account.login}: {role} on {f'“{study}”' if study else 'all studies'}.")


@user.command()
@click.argument("login")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input, for scripts.")
@click.option("--keep-tokens", is_flag=True, help="Its tokens go on working.  [default: they stop]")
@db_option
def password(login: str, password_stdin: bool, keep_tokens: bool, db_path: str) -> None:
    """Give an account a new password; whoever is signed in with it signs in again, and its tokens stop."""
    from synth.pipeline.people import change_password
    from synth.store import open_store

    store = open_store(db_path, create=False)
    account = store.account_of(login)
    stopped = change_password(store, account, read_password(password_stdin), keep_tokens=keep_tokens)
    note(store, "password-changed", account.login)
    if stopped:
        note(store, "tokens-stopped", f"{account.login} {stopped}")
    tokens = f" {counted(stopped, 'token')} stopped." if stopped else ""
    click.echo(f"{account.login} has a new password.{tokens}")


@user.command(name="list")
@json_option
@db_option
def list_(as_json: bool, db_path: str) -> None:
    """List the accounts with their roles."""
    from synth.store import open_store

    store = open_store(db_path, create=False)
    names = {study.id: study.name for study in store.studies()}
    accounts = store.accounts()
    if as_json:
        rows = [
            {
                "login": one.login,
                "name": one.shown_name,
                "role": one.role,
                "studies": {names[study]: given for study, given in one.memberships.items() if study in names},
                "made_utc": one.made_utc,
            }
            for one in accounts
        ]
        click.echo(json_text({"accounts": rows}))
        return
    if not accounts:
        click.echo("Nobody has an account: `synth serve` opens on this machine without one.")
    for one in accounts:
        on = [f"{given} of “{names[study]}”" for study, given in one.memberships.items() if study in names]
        roles = ", ".join([f"{one.role} of all studies"] * bool(one.role) + on) or "no role"
        click.echo(f"{one.login}  {one.shown_name}  {roles}")


@user.command()
@click.argument("login")
@db_option
def remove(login: str, db_path: str) -> None:
    """End an account: its sessions and tokens stop at once, what it decided stays."""
    from synth.store import open_store

    store = open_store(db_path, create=False)
    account = store.account_of(login)
    store.end_account(account)
    note(store, "account-ended", account.login)
    click.echo(f"{account.login} has no account any more.")


@user.command()
@click.argument("login")
@click.option("--name", required=True, metavar="NAME", help="What it is for.")
@click.option(
    "--scope", type=click.Choice(_ROLES), default="viewer", show_default=True, help="The most that it may do."
)
@click.option(
    "--study", default=None, metavar="STUDY", help="The only study that it opens.  [default: all of the account's]"
)
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True, help="How long it works.")
@db_option
def token(login: str, name: str, scope: str, study: str | None, days: int, db_path: str) -> None:
    """Make a token for a program; it is printed once, and only its hash is kept.

    \b
    curl -H "Authorization: Bearer $TOKEN" http://localhost:8765/api/v1/studies
    """
    from synth.accounts import Role
    from synth.pipeline.people import add_token
    from synth.store import open_store

    store = open_store(db_path, create=False)
    account = store.account_of(login)
    on = store.study(study) if study else None
    made, secret = add_token(store, account, name, Role(scope), on, days)
    note(store, "token-made", f"{account.login} {made.id} {scope}")
    click.echo(secret)
    click.echo(f"Works until {made.ends_utc}. It is not shown again.", err=True)


def read_password(from_stdin: bool) -> str:
    """From standard input up to the first line end, or asked for twice without showing it."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return asked


def note(store: Store, what: str, about: str) -> None:
    """Write in the audit who changed what from the command line."""
    from synth.accounts import AuditEntry

    store.note(AuditEntry(what, f"command line: {machine_user()}", refused=False, method="CLI", about=about))
