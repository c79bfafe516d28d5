"""What was refused, and what was changed about who may do what; shares; retention; answers to repeated requests."""

from __future__ import annotations

from synth.accounts import AuditEntry, Retention, Share
from synth.store.base import Base, Row, now_utc, utc_after
from synth.store.studies import Study

MOST_REFUSALS = 100_000
"""Older ones go: nobody may fill the disk by being refused."""


class Audit(Base):
    """The book of the doorkeeper."""

    def note(self, entry: AuditEntry) -> None:
        """Write an entry."""
        with self.write() as db:
            cursor = db.execute(
                """
                insert into audit (at_utc, who, what, refused, method, route, study_id, address, about)
                values (:at, :who, :what, :refused, :method, :route, :study, :address, :about)
                """,
                {
                    "at": entry.at_utc or now_utc(),
                    "who": entry.who[:120],
                    "what": entry.what,
                    "refused": int(entry.refused),
                    "method": entry.method[:10],
                    "route": entry.route[:200],
                    "study": entry.study_id,
                    "address": entry.address[:60],
                    "about": entry.about[:300],
                },
            )
            last = int(cursor.lastrowid or 0)
            if entry.refused and last % 1_000 == 0:
                db.execute("delete from audit where refused = 1 and id <= :old", {"old": last - MOST_REFUSALS})

    def audit(self, *, refused: bool | None = None, limit: int = 50, offset: int = 0) -> tuple[int, list[AuditEntry]]:
        """How many entries there are, and a part of them, the newest first."""
        where = "" if refused is None else f"where refused = {int(refused)}"
        total = self._count(f"select count(*) from audit {where}")
        rows = self._rows(
            f"""
            select what, who, refused, method, route, study_id, address, about, at_utc, id as number
            from audit {where} order by id desc limit :limit offset :offset
            """,
            limit=limit, offset=offset,
        )  # fmt: skip
        return total, [AuditEntry(**row | {"refused": bool(row["refused"])}) for row in rows]

    # --- Shares ---

    def add_share(self, share: Share, key: str) -> None:
        """Store a link under the hash of its secret."""
        self._change(
            "insert into shares values (:id, :study, :key, :label, :by, :made, :ends, null, 0)",
            id=share.id,
            study=share.study_id,
            key=key,
            label=share.label,
            by=share.made_by,
            made=share.made_utc,
            ends=share.ends_utc,
        )

    def share_of(self, key: str) -> Share | None:
        """The link of a hash; None where it has expired or was revoked."""
        row = self._row(
            "select * from shares where key = :key and ends_utc > :now and revoked_utc is null", key=key, now=now_utc()
        )
        return _share(row) if row else None

    def open_share(self, share: Share) -> None:
        """Count that a link was opened."""
        self._change("update shares set opened = opened + 1 where id = :id", id=share.id)

    def shares(self, study: Study) -> list[Share]:
        """All that a study ever had, the newest first."""
        rows = self._rows("select * from shares where study_id = :id order by made_utc desc, id", id=study.id)
        return [_share(row) for row in rows]

    def revoke_share(self, study: Study, share_id: str) -> bool:
        """Close a link; whether there was one that worked."""
        revoked = self._change(
            "update shares set revoked_utc = :now where id = :id and study_id = :study and revoked_utc is null",
            now=now_utc(), id=share_id, study=study.id,
        )  # fmt: skip
        return revoked > 0

    # --- Retention ---

    def retention(self, study: Study) -> Retention | None:
        """How long a study is kept; None: until somebody deletes it."""
        row = self._row("select months, set_by, set_utc, notice_utc from retention where study_id = :id", id=study.id)
        return Retention(**row) if row else None

    def set_retention(self, study: Study, months: int | None, by: str) -> None:
        """Keep a study so many months after it was last worked on; None: until somebody deletes it."""
        with self.write() as db:
            db.execute("delete from retention where study_id = :id", {"id": study.id})
            if months is not None:
                db.execute(
                    "insert into retention values (:id, :months, :by, :now, null)",
                    {"id": study.id, "months": months, "by": by, "now": now_utc()},
                )

    def give_notice(self, study: Study, at_utc: str) -> None:
        """Note that the deletion of a study was announced."""
        self._change("update retention set notice_utc = :now where study_id = :id", now=at_utc, id=study.id)

    def last_worked_on(self, study: Study) -> str:
        """When somebody last worked on it in any way that is stored with its time, else when it was made."""
        row = self._row(
            """
            select max(at) as at from (
                select created_utc as at from studies where id = :id
                union all select max(coalesce(ended_utc, started_utc)) from runs where study_id = :id
                union all select max(decided_utc) from decisions where study_id = :id
                union all select max(coalesce(resolved_utc, written_utc)) from comments where study_id = :id
                union all select max(uploaded_utc) from uploads where study_id = :id
                union all select max(set_utc) from map_states where study_id = :id
                union all select max(scored_utc) from touchpoint_scores where study_id = :id
                union all select max(changed_utc) from drawn_phases where study_id = :id
                union all select max(changed_utc) from drawn_cells where study_id = :id
                union all select max(state_utc) from drawn_maps where study_id = :id
                union all select max(imported_utc) from measured where study_id = :id
                union all select max(made_utc) from codes where study_id = :id
            )
            """,
            id=study.id,
        )
        return str(row["at"]) if row and row["at"] else study.created_utc

    # --- Repeated requests ---

    def kept_answer(self, key: str) -> tuple[str, int, str] | None:
        """Hash of the request, status and body of what was answered under a key in the last day; None: it is new."""
        row = self._row(
            "select request_key, status, body from idempotency where key = :key and made_utc >= :since",
            key=key,
            since=utc_after(days=-1),
        )
        return (row["request_key"], row["status"], row["body"]) if row else None

    def keep_answer(self, key: str, request_key: str, status: int, body: str, keep_since_utc: str) -> None:
        """Keep an answer; those older than the given time go."""
        with self.write() as db:
            db.execute("delete from idempotency where made_utc < :since", {"since": keep_since_utc})
            db.execute(
                "insert or ignore into idempotency values (:key, :request, :status, :body, :now)",
                {"key": key, "request": request_key, "status": status, "body": body, "now": now_utc()},
            )


def _share(row: Row) -> Share:
    return Share(**{name: row[name] for name in Share.__slots__})
