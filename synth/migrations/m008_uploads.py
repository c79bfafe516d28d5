"""Files that came through the browser or the API, and the work that was asked for there."""

from __future__ import annotations

from sqlite_utils import Database

from synth.migrations.registry import migrations, run_script


@migrations()
def m008_uploads(db: Database) -> None:
    """Uploaded files until they are read, and jobs with how far they are."""
    run_script(
        db,
        """
        create table uploads (
            study_id text not null references studies(id) on delete cascade,
            id text not null,
            -- As the person named it; never a path. May name somebody: masked where it is shown to others.
            name text not null,
            sha256 text not null,
            bytes integer not null,
            -- Null once it was read or taken away.
            content blob,
            state text not null check (state in ('waiting', 'read', 'refused', 'removed')),
            why text,
            -- How it was read at a first look, and what people corrected; JSON.
            reading text not null default '{}',
            corrections text not null default '{}',
            uploaded_by text not null,
            uploaded_utc text not null,
            primary key (study_id, id)
        ) strict;

        create table jobs (
            id text primary key,
            study_id text not null references studies(id) on delete cascade,
            kind text not null,
            state text not null
                check (state in ('waiting', 'running', 'paused', 'cancelled', 'done', 'partly', 'stopped', 'failed')),
            -- What a person asked of it while it runs: 'pause' or 'cancel'.
            asked text,
            settings text not null,
            progress text not null default '{}',
            report text not null default '',
            asked_by text not null,
            asked_utc text not null,
            started_utc text,
            -- A job that says it runs and has not said so for long was killed.
            beat_utc text,
            ended_utc text,
            webhook text
        ) strict;
        create index jobs_study on jobs(study_id, asked_utc);
        """,
    )
