"""Batches that a provider works off in its own time."""

from __future__ import annotations

from sqlite_utils import Database

from synth.migrations.registry import migrations, run_script


@migrations()
def m004_batches(db: Database) -> None:
    """Batches that a provider works off in its own time, and the requests in them."""
    run_script(
        db,
        """
        create table batches (
            id text primary key,
            study_id text not null references studies(id) on delete cascade,
            model text not null,
            state text not null check (state in ('submitted', 'collected', 'failed', 'cancelled')),
            submitted_utc text not null,
            ended_utc text,
            why text
        ) strict;
        create index batches_study on batches(study_id, state);

        -- No words: the prompt of a request is rendered again when its answer comes. `participants` says whose words
        -- are in it, as JSON, so that a withdrawal takes the request along.
        create table batch_requests (
            batch_id text not null references batches(id) on delete cascade,
            key text not null,
            task text not null,
            prompt_version text not null,
            participants text not null,
            state text not null check (state in ('waiting', 'answered', 'failed')),
            why text,
            primary key (batch_id, key)
        ) strict, without rowid;
        create index batch_requests_key on batch_requests(key);
        """,
    )
