"""A whole study goes: every row that names it, and what was kept for it alone."""

from __future__ import annotations

from synth.store.base import Base
from synth.store.studies import Study


class Deleting(Base):
    """The end of a study."""

    def delete_study(self, study: Study) -> None:
        """Take a study out of the database with all that belongs to it; `scrub` overwrites it in the file.

        Entries of the audit stay, since they hold no words; so do calls that another study uses too.
        """
        with self.write() as db:
            # Rows point at each other in ways that no one order satisfies; at the end nothing points at nothing.
            db.execute("pragma defer_foreign_keys = on")
            own_calls = self._column(
                """
                select distinct key from call_uses where study_id = :id
                    and key not in (select key from call_uses where study_id <> :id)
                """,
                id=study.id,
            )
            # First the study itself: decisions may be deleted only when their study is gone.
            db.execute("delete from studies where id = :id", {"id": study.id})
            for table in self._tables_of_studies():
                db.execute(f"delete from [{table}] where study_id = :id", {"id": study.id})
            for key in own_calls:
                db.execute("delete from calls where key = :key", {"key": key})
            # Answers repeat what was said and how files are called, and do not say of which study.
            db.execute("delete from idempotency")

    def _tables_of_studies(self) -> list[str]:
        return self._column(
            """
            select m.name from sqlite_master m join pragma_table_info(m.name) c
            where m.type = 'table' and c.name = 'study_id' and m.name <> 'audit'
            """
        )
