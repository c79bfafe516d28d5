"""More than one pass over the same lines: which passes carry a finding, and what that makes of its stability."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from synth.store.base import Base
from synth.store.studies import Study

if TYPE_CHECKING:
    from synth.store.findings import Coding


class Passes(Base):
    """What later passes of the same reader add to the first."""

    def stability(self, study: Study, ids: Sequence[str] | None = None) -> dict[str, float]:
        """Of the findings on lines that several current passes have read: the share of these passes that carry it.

        Args:
            study: whose findings.
            ids: only of these; None for all.
        """
        if not self._column(
            "select 1 from codings where study_id = :id and current = 1 and pass > 1 limit 1", id=study.id
        ):
            return {}
        among = "" if ids is None else "and f.id in (select value from json_each(:ids))"
        rows = self._rows(
            f"""
            select f.id, count(distinct c.pass) as carried, (
                select count(distinct r.pass) from codings r
                where r.study_id = f.study_id and r.transcript_id = f.transcript_id and r.current = 1
                    and r.state = 'coded' and r.pass > 0 and r.first_line <= f.first_line and r.last_line >= f.last_line
            ) as passes
            from findings f
            join coding_findings cf on cf.finding = f.number
            join codings c on c.number = cf.coding
            where f.study_id = :id and c.current = 1 and c.state = 'coded' and c.pass > 0 {among}
            group by f.id
            """,
            id=study.id, **({} if ids is None else {"ids": json.dumps(list(ids))}),
        )  # fmt: skip
        return {row["id"]: min(1.0, row["carried"] / row["passes"]) for row in rows if row["passes"] > 1}

    def _carried_before(self, key: dict[str, str], coding: Coding) -> frozenset[str]:
        """Ids of what earlier passes found on the lines of this coding: told again, it keeps their words."""
        ids = self._column(
            """
            select distinct f.id from codings c
            join coding_findings cf on cf.coding = c.number
            join findings f on f.number = cf.finding
            where c.study_id = :study and c.transcript_id = :transcript and c.current = 1 and c.pass < :pass
                and c.first_line <= :last_line and c.last_line >= :first_line
            """,
            study=key["study"], transcript=key["transcript"], **{"pass": coding.pass_number},
            first_line=coding.first_line, last_line=coding.last_line,
        )  # fmt: skip
        return frozenset(ids)
