"""Accounts with their roles, and what lets them in: sessions and tokens, of which only hashes are stored."""

from __future__ import annotations

import json

from synth.accounts import Account, Role, RuleError, Session, Token, fold_login
from synth.domain import content_id
from synth.errors import NotFoundError
from synth.store.base import Base, Row, now_utc, utc_after
from synth.store.studies import Study


class Accounts(Base):
    """Who may do what."""

    # --- Accounts ---

    def has_accounts(self) -> bool:
        """Whether anybody has an account that was not ended: from then on nobody gets in without one."""
        return bool(self._column("select 1 from accounts where ended_utc is null limit 1"))

    def accounts(self) -> list[Account]:
        """All that were not ended, by login."""
        return self._accounts("select * from accounts where ended_utc is null order by login")

    def account(self, account_id: str) -> Account | None:
        """An account by its id; None where there is none or it was ended."""
        return next(
            iter(self._accounts("select * from accounts where id = :id and ended_utc is null", id=account_id)), None
        )

    def account_of(self, login: str) -> Account:
        """An account by its login.

        Raises:
            NotFoundError: there is none.
            RuleError: it can be no login.
        """
        folded = fold_login(login)
        found = self._accounts("select * from accounts where login = :login and ended_utc is null", login=folded)
        if not found:
            raise NotFoundError(f"No account '{folded}' in {self.path}. `synth user list` names those that there are.")
        return found[0]

    def add_account(self, login: str, shown_name: str, password_hash: str, role: Role | None) -> Account:
        """Make an account.

        Raises:
            RuleError: the login is taken, by an ended account too: what was decided under it stays its own; or the
                name is somebody else's.
        """
        folded = fold_login(login)
        with self.write() as db:
            if self._column("select 1 from accounts where login = :login", login=folded):
                raise RuleError("login-taken", f"The login '{folded}' is taken, or was once. Give another one.")
            self._keep_names_apart(shown_name or folded)
            account = Account(
                content_id("account", folded, now_utc()), folded, shown_name or folded, role, {}, now_utc()
            )
            db.execute(
                "insert into accounts values (:id, :login, :shown_name, :password, :role, :made, null)",
                {
                    "id": account.id,
                    "login": folded,
                    "shown_name": account.shown_name,
                    "password": password_hash,
                    "role": role.value if role else None,
                    "made": account.made_utc,
                },
            )
        return account

    def end_account(self, account: Account) -> None:
        """End an account: its sessions and tokens stop at once, what it decided stays.

        Raises:
            RuleError: it is the last admin and others would be left without one.
        """
        with self.write() as db:
            self._keep_an_admin(account, None, ending=True)
            db.execute("update accounts set ended_utc = :now where id = :id", {"now": now_utc(), "id": account.id})
            db.execute("delete from sessions where account_id = :id", {"id": account.id})
            db.execute("delete from memberships where account_id = :id", {"id": account.id})
            db.execute(
                "update tokens set revoked_utc = :now where account_id = :id and revoked_utc is null",
                {"now": now_utc(), "id": account.id},
            )

    def set_role(self, account: Account, role: Role | None) -> None:
        """The role on every study that has no role of its own for this account.

        Raises:
            RuleError: nobody would be left who may manage accounts.
        """
        with self.write() as db:
            self._keep_an_admin(account, role, ending=False)
            db.execute(
                "update accounts set role = :role where id = :id",
                {"role": role.value if role else None, "id": account.id},
            )

    def set_membership(self, account: Account, study: Study, role: Role | None) -> None:
        """The role on one study; None: as on the others."""
        with self.write() as db:
            db.execute(
                "delete from memberships where account_id = :account and study_id = :study",
                {"account": account.id, "study": study.id},
            )
            if role is not None:
                db.execute(
                    "insert into memberships values (:account, :study, :role)",
                    {"account": account.id, "study": study.id, "role": role.value},
                )

    def set_shown_name(self, account: Account, shown_name: str) -> None:
        """The name in the ledger from now on; entries that stand keep theirs.

        Raises:
            RuleError: it is somebody else's.
        """
        with self.write() as db:
            self._keep_names_apart(shown_name, account.id)
            db.execute("update accounts set shown_name = :name where id = :id", {"name": shown_name, "id": account.id})

    def password_hash(self, login: str) -> tuple[str, str] | None:
        """Account id and stored hash of a login; None where there is no such account."""
        row = self._row(
            "select id, password_hash from accounts where login = :login and ended_utc is null",
            login=login.strip().casefold(),
        )
        return (row["id"], row["password_hash"]) if row else None

    def set_password(
        self, account: Account, password_hash: str, keep_session: str = "", *, keep_tokens: bool = False
    ) -> int:
        """A new password; every session but this one ends, and every token unless they are kept.

        Returns:
            How many tokens stopped.
        """
        with self.write() as db:
            stopped = 0
            if not keep_tokens:
                stopped = db.execute(
                    """
                    update tokens set revoked_utc = :now
                    where account_id = :id and revoked_utc is null and ends_utc > :now
                    """,
                    {"now": now_utc(), "id": account.id},
                ).rowcount
            db.execute(
                "update accounts set password_hash = :hash where id = :id", {"hash": password_hash, "id": account.id}
            )
            db.execute(
                "delete from sessions where account_id = :id and key <> :keep", {"id": account.id, "keep": keep_session}
            )
        return stopped

    # --- Sessions ---

    def begin_session(self, key: str, account: Account, days: float, agent: str) -> None:
        """A browser signed in; ends at the latest after so many days. Sessions that have ended are taken away."""
        with self.write() as db:
            db.execute("delete from sessions where ends_utc < :now", {"now": now_utc()})
            db.execute(
                "insert into sessions values (:key, :account, :now, :now, :ends, :agent)",
                {
                    "key": key,
                    "account": account.id,
                    "now": now_utc(),
                    "ends": utc_after(days=days),
                    "agent": agent[:200],
                },
            )

    def session(self, key: str, idle_minutes: float) -> Session | None:
        """The session of a hash; None where it has ended, was revoked or was idle for too long."""
        row = self._row(
            "select * from sessions where key = :key and ends_utc > :now and seen_utc > :idle",
            key=key,
            now=now_utc(),
            idle=utc_after(minutes=-idle_minutes),
        )
        return Session(**row) if row else None

    def see_session(self, key: str) -> None:
        """Note that a session is in use."""
        self._change("update sessions set seen_utc = :now where key = :key", now=now_utc(), key=key)

    def sessions(self, account: Account) -> list[Session]:
        """Those of an account that have not ended, the newest first."""
        rows = self._rows(
            "select * from sessions where account_id = :id and ends_utc > :now order by seen_utc desc",
            id=account.id,
            now=now_utc(),
        )
        return [Session(**row) for row in rows]

    def end_session(self, key: str, account_id: str) -> bool:
        """End one session of an account; whether there was one."""
        ended = self._change(
            "delete from sessions where key = :key and account_id = :account", key=key, account=account_id
        )
        return ended > 0

    # --- Tokens ---

    def add_token(self, token: Token, key: str) -> None:
        """Store a token under the hash of its secret."""
        self._change(
            "insert into tokens values (:id, :account, :name, :key, :scope, :study, :made, :ends, null, null)",
            id=token.id,
            account=token.account_id,
            name=token.name,
            key=key,
            scope=token.scope.value,
            study=token.study_id,
            made=token.made_utc,
            ends=token.ends_utc,
        )

    def token_of(self, key: str) -> Token | None:
        """The token of a hash; None where it has expired or was revoked."""
        row = self._row(
            "select * from tokens where key = :key and ends_utc > :now and revoked_utc is null", key=key, now=now_utc()
        )
        return _token(row) if row else None

    def use_token(self, token: Token) -> None:
        """Note that a token is in use."""
        self._change("update tokens set used_utc = :now where id = :id", now=now_utc(), id=token.id)

    def tokens(self, account: Account) -> list[Token]:
        """All that an account ever had, the newest first."""
        return [
            _token(row)
            for row in self._rows(
                "select * from tokens where account_id = :id order by made_utc desc, id", id=account.id
            )
        ]

    def revoke_token(self, token_id: str, account_id: str) -> bool:
        """Stop a token of an account; whether there was one that worked."""
        revoked = self._change(
            "update tokens set revoked_utc = :now where id = :id and account_id = :account and revoked_utc is null",
            now=now_utc(), id=token_id, account=account_id,
        )  # fmt: skip
        return revoked > 0

    # --- Guessing ---

    def try_password(self, keys: dict[str, int], minutes: float) -> bool:
        """Count a try; whether it is still allowed.

        Args:
            keys: hash of what is counted (a login, an address) to the most tries in the time.
            minutes: the length of that time.
        """
        since = utc_after(minutes=-minutes)
        with self.write() as db:
            db.execute("delete from attempts where at_utc < :since", {"since": utc_after(days=-1)})
            allowed = True
            for key, most in keys.items():
                tries = self._count(
                    "select count(*) from attempts where key = :key and at_utc >= :since", key=key, since=since
                )
                allowed = allowed and tries < most
            if allowed:
                for key in keys:
                    db.execute("insert into attempts values (:key, :now)", {"key": key, "now": now_utc()})
        return allowed

    def forget_tries(self, own: str, others: list[str]) -> None:
        """After the right password: all tries of a key, and of others the one that was right."""
        with self.write() as db:
            db.execute("delete from attempts where key = :key", {"key": own})
            for key in others:
                db.execute(
                    "delete from attempts where rowid = (select max(rowid) from attempts where key = :key)",
                    {"key": key},
                )

    def _keep_names_apart(self, shown_name: str, account_id: str = "") -> None:
        """The ledger tells people apart by these names: nobody decides under that of somebody else."""
        wanted = shown_name.casefold()
        for row in self._rows("select login, shown_name from accounts where id <> :id", id=account_id):
            if wanted in (row["login"], row["shown_name"].casefold()):
                raise RuleError("name-taken", "Somebody else has this name, or had it. Give another one.")

    def _keep_an_admin(self, account: Account, role: Role | None, *, ending: bool) -> None:
        """Whoever is last may go: then the service is back in single-user mode."""
        others = [one for one in self.accounts() if one.id != account.id]
        if account.role is Role.ADMIN and role is not Role.ADMIN and not any(one.role is Role.ADMIN for one in others):
            if ending and not others:
                return
            raise RuleError(
                "last-admin",
                f"'{account.login}' is the only admin; nobody could manage accounts then. "
                "Make somebody else an admin first.",
            )

    def _accounts(self, sql: str, **values: object) -> list[Account]:
        rows = self._rows(sql, **values)
        roles: dict[str, dict[str, Role]] = {}
        members = "select * from memberships where account_id in (select value from json_each(:ids))"
        for member in self._rows(members, ids=json.dumps([row["id"] for row in rows])):
            roles.setdefault(member["account_id"], {})[member["study_id"]] = Role(member["role"])
        return [
            Account(
                row["id"],
                row["login"],
                row["shown_name"],
                Role(row["role"]) if row["role"] else None,
                roles.get(row["id"], {}),
                row["made_utc"],
                row["ended_utc"],
            )
            for row in rows
        ]


def _token(row: Row) -> Token:
    fields = {name: row[name] for name in Token.__slots__ if name != "scope"}
    return Token(**fields, scope=Role(row["scope"]))
