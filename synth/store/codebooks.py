"""The codebook of a study, as it is now."""

from __future__ import annotations

import json
from collections.abc import Sequence

from synth.domain import Code, Kind
from synth.store.base import Base, now_utc
from synth.store.studies import Study


class Codebooks(Base):
    """Codes with their rules."""

    def codebook(self, study: Study) -> tuple[Code, ...]:
        """In the order in which people see it; empty where the study has none."""
        rows = self._rows(
            """
            select kind, name, definition, use_when, not_when, examples, made_by from codes
            where study_id = :id order by position, kind, name
            """,
            id=study.id,
        )
        return tuple(
            Code(
                row["name"], Kind(row["kind"]) if row["kind"] else None, row["definition"], row["use_when"],
                row["not_when"], tuple(json.loads(row["examples"])), row["made_by"],
            )
            for row in rows
        )  # fmt: skip

    def put_codebook(self, study: Study, codes: Sequence[Code]) -> None:
        """Replace the whole codebook."""
        with self.write() as db:
            db.execute("delete from codes where study_id = :id", {"id": study.id})
            for position, code in enumerate(codes):
                db.execute(
                    """
                    insert into codes values (:study, :kind, :name, :position, :definition, :use_when, :not_when,
                        :examples, :made_by, :now)
                    """,
                    {
                        "study": study.id, "kind": code.kind.value if code.kind else "", "name": code.name,
                        "position": position, "definition": code.definition, "use_when": code.use_when,
                        "not_when": code.not_when, "examples": json.dumps(code.examples, ensure_ascii=False),
                        "made_by": code.made_by, "now": now_utc(),
                    },
                )  # fmt: skip
