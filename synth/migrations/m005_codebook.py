"""The codebook of a study."""

from __future__ import annotations

from sqlite_utils import Database

from synth.migrations.registry import migrations, run_script


@migrations()
def m005_codebook(db: Database) -> None:
    """The codebook of a study; which finding has which code stands with the finding."""
    run_script(
        db,
        """
        create table codes (
            study_id text not null references studies(id) on delete cascade,
            -- Empty for a code that fits findings of every kind.
            kind text not null check (kind in ('', 'motivation', 'emotion', 'touchpoint')),
            name text not null,
            position integer not null,
            definition text not null,
            use_when text not null,
            not_when text not null,
            examples text not null,
            made_by text not null,
            made_utc text not null,
            primary key (study_id, kind, name)
        ) strict, without rowid;
        """,
    )
