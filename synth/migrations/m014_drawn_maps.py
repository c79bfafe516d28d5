"""Maps that people draw cell by cell: a copy of a map to change, or their own; every version of a cell is kept."""

from __future__ import annotations

from sqlite_utils import Database

from synth.migrations.registry import migrations, run_script


@migrations()
def m014_drawn_maps(db: Database) -> None:
    """Tables for drawn maps; what was drawn by phase before stays, and is laid over a copy when that is begun."""
    run_script(
        db,
        """
        create table drawn_maps (
            study_id text not null references studies(id) on delete cascade,
            map_id text not null,
            kind text not null check (kind in ('own', 'future')),
            -- The draft that it was copied from.
            draft_id text not null,
            begun_by text not null,
            begun_utc text not null,
            state text not null default 'draft' check (state in ('draft', 'review', 'agreed')),
            -- The draft that whoever set the state saw: a later one makes it outdated.
            state_draft_id text not null default '',
            state_by text not null default '',
            state_utc text not null default '',
            primary key (study_id, map_id, kind)
        ) strict, without rowid;

        -- A cell in all its versions: 0 as it was copied, the highest as it is now. None is ever changed, so that two
        -- who edit the same version cannot both store the next one.
        create table drawn_cells (
            study_id text not null,
            map_id text not null,
            kind text not null,
            phase text not null,
            lane text not null,
            version integer not null,
            -- A list of {"id", "text", "key"}.
            items text not null,
            by_whom text not null,
            changed_utc text not null,
            primary key (study_id, map_id, kind, phase, lane, version),
            foreign key (study_id, map_id, kind) references drawn_maps(study_id, map_id, kind) on delete cascade
        ) strict, without rowid;
        """,
    )
