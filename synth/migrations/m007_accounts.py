"""People who work together on studies: accounts, sessions, tokens, shares, what was refused, comments, retention."""

from __future__ import annotations

from sqlite_utils import Database

from synth.migrations.registry import migrations, run_script


@migrations()
def m007_accounts(db: Database) -> None:
    """Accounts with roles by study; what lets somebody in, of which only hashes are kept; and what they say."""
    run_script(
        db,
        """
        create table accounts (
            id text primary key,
            -- Folded, so that case makes nobody else.
            login text not null unique,
            shown_name text not null,
            password_hash text not null,
            -- On every study that `memberships` says nothing of; null: only on those it names.
            role text check (role in ('viewer', 'reviewer', 'researcher', 'admin')),
            made_utc text not null,
            ended_utc text
        ) strict;

        create table memberships (
            account_id text not null references accounts(id) on delete cascade,
            study_id text not null references studies(id) on delete cascade,
            role text not null check (role in ('viewer', 'reviewer', 'researcher', 'admin')),
            primary key (account_id, study_id)
        ) strict, without rowid;

        -- `key` is a hash of what the browser holds: whoever reads this table can't use it to get in.
        create table sessions (
            key text primary key,
            account_id text not null references accounts(id) on delete cascade,
            began_utc text not null,
            seen_utc text not null,
            ends_utc text not null,
            agent text not null
        ) strict, without rowid;
        create index sessions_account on sessions(account_id);

        create table tokens (
            id text primary key,
            account_id text not null references accounts(id) on delete cascade,
            name text not null,
            key text not null unique,
            -- The most that it may do, whatever its owner may.
            scope text not null check (scope in ('viewer', 'reviewer', 'researcher', 'admin')),
            -- The only study that it opens; null: all of its owner's.
            study_id text references studies(id) on delete cascade,
            made_utc text not null,
            ends_utc text not null,
            used_utc text,
            revoked_utc text
        ) strict;

        -- Passwords tried, to slow down guessing; `key` is a hash of the login or of where it came from.
        create table attempts (
            key text not null,
            at_utc text not null
        ) strict;
        create index attempts_key on attempts(key, at_utc);

        -- Links to a report under pseudonyms for people without an account.
        create table shares (
            id text primary key,
            study_id text not null references studies(id) on delete cascade,
            key text not null unique,
            label text not null,
            made_by text not null,
            made_utc text not null,
            ends_utc text not null,
            revoked_utc text,
            opened integer not null default 0
        ) strict;

        -- What was refused, and what was changed about who may do what. Never any words of a study.
        create table audit (
            id integer primary key,
            at_utc text not null,
            who text not null,
            what text not null,
            refused integer not null check (refused in (0, 1)),
            method text not null,
            route text not null,
            study_id text,
            address text not null,
            about text not null
        ) strict;
        create index audit_refused on audit(refused, id);

        create table comments (
            id integer primary key,
            study_id text not null references studies(id) on delete cascade,
            subject text not null,
            subject_id text not null,
            -- The comment that it answers.
            answers integer references comments(id) on delete cascade,
            account_id text references accounts(id),
            by_whom text not null,
            text text not null,
            written_utc text not null,
            changed_utc text,
            resolved_by text,
            resolved_utc text
        ) strict;
        create index comments_subject on comments(study_id, subject, subject_id);

        create table mentions (
            comment_id integer not null references comments(id) on delete cascade,
            account_id text not null references accounts(id) on delete cascade,
            seen_utc text,
            primary key (comment_id, account_id)
        ) strict, without rowid;
        create index mentions_account on mentions(account_id, seen_utc);

        -- When a study is deleted: `months` after its last run or decision, and not before notice was given.
        create table retention (
            study_id text primary key references studies(id) on delete cascade,
            months integer not null check (months > 0),
            set_by text not null,
            set_utc text not null,
            notice_utc text
        ) strict, without rowid;

        -- Answers to requests that carried an idempotency key: sent again, they are answered and not done again.
        create table idempotency (
            key text primary key,
            request_key text not null,
            status integer not null,
            body text not null,
            made_utc text not null
        ) strict, without rowid;
        """,
    )
