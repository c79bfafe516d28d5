"""Measured events beside what people said (method.md 8.3)."""

from __future__ import annotations

from sqlite_utils import Database

from synth.migrations.registry import migrations, run_script


@migrations()
def m010_measured(db: Database) -> None:
    """Counts of events by place, and what each event is worth in a study."""
    run_script(
        db,
        """
        create table measured (
            study_id text not null references studies(id) on delete cascade,
            wave text not null,
            phase text not null,
            channel text not null,
            touchpoint text not null,
            event text not null,
            count integer not null check (count >= 0),
            imported_utc text not null,
            primary key (study_id, wave, phase, channel, touchpoint, event)
        ) strict, without rowid;

        create table event_points (
            study_id text not null references studies(id) on delete cascade,
            event text not null,
            points real not null,
            primary key (study_id, event)
        ) strict, without rowid;
        """,
    )
