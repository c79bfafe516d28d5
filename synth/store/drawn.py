"""Maps that people draw cell by cell, with every version of each cell."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from synth.store.base import Base, now_utc
from synth.store.studies import Study

Place = tuple[str, str]
"""A phase and a lane."""


@dataclass(frozen=True, slots=True)
class DrawnItem:
    """One sentence of a cell, or one touchpoint."""

    id: str
    """Of the claim that it was copied from, else one of its own: the same id is the same thing, whatever it says."""
    text: str
    key: str = ""
    """The channel of a touchpoint."""


@dataclass(frozen=True, slots=True)
class DrawnCell:
    """One cell in one version."""

    version: int
    """0: as it was copied."""
    items: tuple[DrawnItem, ...]
    by_whom: str = ""
    utc: str = ""


@dataclass(frozen=True, slots=True)
class DrawnHead:
    """What a drawn map is, without its cells."""

    draft_id: str
    """The draft that it was copied from."""
    begun_by: str
    begun_utc: str
    state: str
    """`draft`, `review` or `agreed`."""
    state_draft_id: str
    state_by: str
    state_utc: str


@dataclass(frozen=True, slots=True)
class DrawnPhase:
    """One phase of a map that people drew."""

    phase: str
    valence: float | None
    words: str
    by_whom: str = ""


class DrawnMaps(Base):
    """A copy of a map to change, or a map of people's own."""

    def begin_drawn(
        self, study: Study, map_id: str, kind: str, draft_id: str, cells: Mapping[Place, Sequence[DrawnItem]],
        by_whom: str,
    ) -> bool:  # fmt: skip
        """Store the copy as version 0 of every cell; False where it was begun before, and nothing changes."""
        now = now_utc()
        with self.write() as db:
            cursor = db.execute(
                """
                insert into drawn_maps (study_id, map_id, kind, draft_id, begun_by, begun_utc)
                values (:study, :map, :kind, :draft, :who, :now) on conflict do nothing
                """,
                {"study": study.id, "map": map_id, "kind": kind, "draft": draft_id, "who": by_whom, "now": now},
            )
            if not cursor.rowcount:
                return False
            for (phase, lane), items in cells.items():
                db.execute(
                    "insert into drawn_cells values (:s, :m, :k, :p, :l, 0, :items, :who, :now)",
                    {"s": study.id, "m": map_id, "k": kind, "p": phase, "l": lane, "items": _json(items),
                     "who": by_whom, "now": now},
                )  # fmt: skip
        return True

    def drawn_head(self, study: Study, map_id: str, kind: str) -> DrawnHead | None:
        """What it is; None where nobody has begun it."""
        row = self._row(
            """
            select draft_id, begun_by, begun_utc, state, state_draft_id, state_by, state_utc from drawn_maps
            where study_id = :study and map_id = :map and kind = :kind
            """,
            study=study.id,
            map=map_id,
            kind=kind,
        )
        return DrawnHead(**row) if row else None

    def drawn_cells(self, study: Study, map_id: str, kind: str, *, first: bool = False) -> dict[Place, DrawnCell]:
        """Every cell as it is now, or as it was copied where `first`."""
        which = "version = 0" if first else "1"
        rows = self._rows(
            f"""
            select phase, lane, max(version) as version, items, by_whom, changed_utc from drawn_cells
            where study_id = :study and map_id = :map and kind = :kind and {which} group by phase, lane
            """,
            study=study.id,
            map=map_id,
            kind=kind,
        )
        return {
            (row["phase"], row["lane"]): DrawnCell(
                row["version"], _items(row["items"]), row["by_whom"], row["changed_utc"]
            )
            for row in rows
        }

    def drawn_history(self, study: Study, map_id: str, kind: str, place: Place) -> list[DrawnCell]:
        """All versions of one cell, the oldest first."""
        rows = self._rows(
            """
            select version, items, by_whom, changed_utc from drawn_cells where study_id = :study and map_id = :map
                and kind = :kind and phase = :phase and lane = :lane order by version
            """,
            study=study.id, map=map_id, kind=kind, phase=place[0], lane=place[1],
        )  # fmt: skip
        return [DrawnCell(row["version"], _items(row["items"]), row["by_whom"], row["changed_utc"]) for row in rows]

    def put_drawn_cell(
        self, study: Study, map_id: str, kind: str, place: Place, items: Sequence[DrawnItem], seen: int, by_whom: str
    ) -> bool:
        """Store the version after `seen`; False where somebody stored it before, and nothing changes."""
        values = {"study": study.id, "map": map_id, "kind": kind, "phase": place[0], "lane": place[1]}
        with self.write() as db:
            newest = db.execute(
                """
                select coalesce(max(version), 0) from drawn_cells where study_id = :study and map_id = :map
                    and kind = :kind and phase = :phase and lane = :lane
                """,
                values,
            ).fetchone()[0]
            if newest != seen:
                return False
            db.execute(
                "insert into drawn_cells values (:study, :map, :kind, :phase, :lane, :version, :items, :who, :now)",
                values | {"version": seen + 1, "items": _json(items), "who": by_whom, "now": now_utc()},
            )
        return True

    def set_drawn_state(self, study: Study, map_id: str, kind: str, state: str, draft_id: str, by_whom: str) -> None:
        """Say how far it is; `draft_id` is the draft that was seen."""
        self._change(
            """
            update drawn_maps set state = :state, state_draft_id = :draft, state_by = :who, state_utc = :now
            where study_id = :study and map_id = :map and kind = :kind
            """,
            study=study.id,
            map=map_id,
            kind=kind,
            state=state,
            draft=draft_id,
            who=by_whom,
            now=now_utc(),
        )

    def drawn_phases(self, study: Study, map_id: str, kind: str) -> dict[str, DrawnPhase]:
        """What people drew by phase before maps were drawn by cell; `synth.pipeline.drawing` takes it over.

        Args:
            study: whose map.
            map_id: which map.
            kind: `own` or `future`.
        """
        rows = self._rows(
            """
            select phase, valence, words, by_whom from drawn_phases
            where study_id = :study and map_id = :map and kind = :kind
            """,
            study=study.id,
            map=map_id,
            kind=kind,
        )
        return {row["phase"]: DrawnPhase(**row) for row in rows}


def _json(items: Sequence[DrawnItem]) -> str:
    return json.dumps([asdict(one) for one in items], ensure_ascii=False)


def _items(stored: str) -> tuple[DrawnItem, ...]:
    return tuple(DrawnItem(**one) for one in json.loads(stored))
