"""Events that were measured at touchpoints, and what each is worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from synth.measured import Measured, default_points
from synth.store.base import Base, now_utc
from synth.store.studies import Study


class MeasuredEvents(Base):
    """Measured events of a study."""

    def put_measured(self, study: Study, measured: Iterable[Measured]) -> int:
        """Keep counts; one of the same wave, place and event is replaced, so that a file can be imported again."""
        rows = [
            (study.id, one.wave, one.phase, one.channel, one.touchpoint, one.event, one.count, now_utc())
            for one in measured
        ]
        with self.write() as db:
            db.conn.executemany("insert or replace into measured values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        return len(rows)

    def measured(self, study: Study) -> list[Measured]:
        """All counts, by wave and place."""
        rows = self._rows(
            "select * from measured where study_id = :id order by wave, phase, channel, touchpoint, event", id=study.id
        )
        return [
            Measured(row["phase"], row["channel"], row["event"], row["count"], row["touchpoint"], row["wave"])
            for row in rows
        ]

    def forget_measured(self, study: Study) -> int:
        """Remove all counts of a study; how many there were."""
        return self._change("delete from measured where study_id = :id", id=study.id)

    def put_points(self, study: Study, points: Mapping[str, float]) -> None:
        """Set what events are worth in this study."""
        with self.write() as db:
            db.conn.executemany(
                "insert or replace into event_points values (?, ?, ?)",
                [(study.id, event, value) for event, value in points.items()],
            )

    def points(self, study: Study) -> dict[str, float]:
        """Event to points: the study's own over the defaults."""
        rows = self._rows("select event, points from event_points where study_id = :id", id=study.id)
        return default_points() | {row["event"]: row["points"] for row in rows}
