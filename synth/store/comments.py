"""What people say to each other about a claim or a cell of a map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from synth.store.base import Base, now_utc
from synth.store.studies import Study


@dataclass(frozen=True, slots=True)
class Comment:
    """One thing that somebody said."""

    id: int
    subject: str
    """`claim` or `cell`."""
    subject_id: str
    answers: int | None
    account_id: str | None
    by_whom: str
    text: str
    written_utc: str
    resolved_by: str | None = None
    resolved_utc: str | None = None


class Comments(Base):
    """Comments, whom they mention, and what is resolved."""

    def add_comment(
        self, study: Study, subject: str, subject_id: str, text: str, by_whom: str, account_id: str | None,
        mentioned: Sequence[str] = (),
    ) -> int:  # fmt: skip
        """Keep a comment; its number.

        Args:
            study: where.
            subject: `claim` or `cell`.
            subject_id: of the claim; `MAP:PHASE:LANE` for a cell.
            text: what is said.
            by_whom: the name that is shown.
            account_id: whose it is; None without accounts.
            mentioned: accounts that it calls by name.
        """
        with self.write() as db:
            cursor = db.execute(
                """
                insert into comments
                    (study_id, subject, subject_id, account_id, by_whom, text, written_utc)
                values (:study, :subject, :id, :account, :who, :text, :now)
                """,
                {"study": study.id, "subject": subject, "id": subject_id, "account": account_id,
                 "who": by_whom, "text": text, "now": now_utc()},
            )  # fmt: skip
            number = int(cursor.lastrowid or 0)
            for account in dict.fromkeys(mentioned):
                db.execute("insert into mentions values (:comment, :account, null)",
                           {"comment": number, "account": account})  # fmt: skip
        return number

    def comments(self, study: Study, subject: str, subject_id: str) -> list[Comment]:
        """What was said about one thing, in order."""
        return self._comments("subject = :subject and subject_id = :id", study, subject=subject, id=subject_id)

    def comment(self, study: Study, number: int) -> Comment | None:
        """One comment; None where the study has no such."""
        return next(iter(self._comments("id = :number", study, number=number)), None)

    def open_comments(self, study: Study) -> list[Comment]:
        """Those that nobody has resolved, answers left out."""
        return self._comments("resolved_utc is null and answers is null", study)

    def resolve_comment(self, study: Study, number: int, by_whom: str | None) -> bool:
        """Mark it as resolved, or as open again where `by_whom` is None; whether there is one."""
        resolved = self._change(
            "update comments set resolved_by = :who, resolved_utc = :now where study_id = :study and id = :number",
            who=by_whom, now=now_utc() if by_whom else None, study=study.id, number=number,
        )  # fmt: skip
        return resolved > 0

    def mentions_of(self, study: Study, account_id: str) -> list[Comment]:
        """Open comments that call somebody by name."""
        return self._comments(
            "resolved_utc is null and id in (select comment_id from mentions where account_id = :account)",
            study,
            account=account_id,
        )

    def calls_left(self, account_id: str) -> dict[str, int]:
        """By study: how many open comments call somebody by name."""
        rows = self._rows(
            """
            select c.study_id, count(*) as n from mentions m join comments c on c.id = m.comment_id
            where m.account_id = :account and c.resolved_utc is null group by c.study_id
            """,
            account=account_id,
        )
        return {str(row["study_id"]): int(row["n"]) for row in rows}

    def _comments(self, chosen: str, study: Study, **values: object) -> list[Comment]:
        rows = self._rows(
            f"""
            select id, subject, subject_id, answers, account_id, by_whom, text, written_utc, resolved_by, resolved_utc
            from comments where study_id = :study and {chosen} order by id
            """,
            study=study.id,
            **values,
        )
        return [Comment(**row) for row in rows]
