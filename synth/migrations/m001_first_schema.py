"""The first schema: studies, transcripts, people, calls, findings, drafts, decisions."""

from __future__ import annotations

from sqlite_utils import Database

from synth.migrations.registry import migrations, run_script


@migrations()
def m001_first_schema(db: Database) -> None:
    """Studies, transcripts, people, calls, findings, drafts and decisions."""
    run_script(
        db,
        """
        create table studies (
            id text primary key,
            name text not null unique,
            subject text not null,
            language text not null,
            framework text not null,
            framework_yaml text not null,
            created_utc text not null
        ) strict;

        create table participants (
            study_id text not null references studies(id) on delete cascade,
            id text not null,
            attributes text not null,
            primary key (study_id, id)
        ) strict, without rowid;

        create table transcripts (
            study_id text not null references studies(id) on delete cascade,
            id text not null,
            name text not null,
            format text not null,
            encoding text not null,
            language text not null,
            source_sha256 text not null,
            source_bytes integer not null,
            text text not null,
            wave text,
            warnings text not null,
            names text not null check (names in ('kept', 'replaced')),
            added_utc text not null,
            primary key (study_id, id)
        ) strict;

        create table speakers (
            study_id text not null,
            transcript_id text not null,
            position integer not null,
            name text,
            role text not null check (role in ('participant', 'interviewer', 'unknown')),
            role_confidence real not null,
            participant_id text,
            turns integer not null,
            primary key (study_id, transcript_id, position),
            foreign key (study_id, transcript_id) references transcripts(study_id, id) on delete cascade,
            foreign key (study_id, participant_id) references participants(study_id, id)
        ) strict, without rowid;

        create table turns (
            study_id text not null,
            transcript_id text not null,
            number integer not null,
            speaker text,
            first_line integer not null,
            last_line integer not null,
            start_seconds real,
            end_seconds real,
            primary key (study_id, transcript_id, number),
            foreign key (study_id, transcript_id) references transcripts(study_id, id) on delete cascade
        ) strict, without rowid;

        -- The words of a line are a slice of the transcript's text; they stand in the database once.
        create table lines (
            study_id text not null,
            transcript_id text not null,
            number integer not null,
            turn integer not null,
            start integer not null,
            end integer not null check (end > start),
            start_seconds real,
            primary key (study_id, transcript_id, number),
            foreign key (study_id, transcript_id, turn)
                references turns(study_id, transcript_id, number) on delete cascade
        ) strict, without rowid;

        create table skipped (
            study_id text not null,
            transcript_id text not null,
            position integer not null,
            text text not null,
            why text not null,
            primary key (study_id, transcript_id, position),
            foreign key (study_id, transcript_id) references transcripts(study_id, id) on delete cascade
        ) strict, without rowid;

        -- Every file that was offered, read or not; `fingerprint` is the hash of its bytes and of how it was read.
        create table files (
            study_id text not null references studies(id) on delete cascade,
            key text not null,
            name text not null,
            fingerprint text not null,
            state text not null check (state in ('read', 'failed')),
            why text,
            transcript_ids text not null,
            seen_utc text not null,
            primary key (study_id, key)
        ) strict;

        -- One row a model call that was answered: written before anything is derived from the answer.
        create table calls (
            key text primary key,
            request_key text not null,
            task text not null,
            model text not null,
            prompt_version text not null,
            prompt text not null,
            raw text not null,
            input_tokens integer not null,
            output_tokens integer not null,
            cached_tokens integer not null,
            cost_usd real,
            seconds real not null,
            cut_off integer not null check (cut_off in (0, 1)),
            answered_utc text not null,
            set_aside text
        ) strict;
        create index calls_request on calls(request_key);

        -- Which studies used a call, and whose words it holds.
        create table call_uses (
            study_id text not null references studies(id) on delete cascade,
            key text not null references calls(key) on delete cascade,
            participant_id text not null,
            primary key (study_id, key, participant_id)
        ) strict, without rowid;

        -- How a chunk was coded by one analyst with one prompt: the newest is current, older ones stay for comparison.
        create table codings (
            study_id text not null,
            transcript_id text not null,
            request_key text not null,
            first_line integer not null,
            last_line integer not null,
            model text not null,
            prompt_version text not null,
            state text not null check (state in ('coded', 'failed')),
            why text,
            current integer not null check (current in (0, 1)),
            coded_utc text not null,
            primary key (study_id, transcript_id, request_key),
            foreign key (study_id, transcript_id) references transcripts(study_id, id) on delete cascade
        ) strict;

        create table findings (
            study_id text not null,
            id text not null,
            transcript_id text not null,
            participant_id text not null,
            kind text not null check (kind in ('motivation', 'emotion', 'touchpoint')),
            first_line integer not null,
            last_line integer not null check (last_line >= first_line),
            label text not null,
            language text not null,
            phase text,
            detail text not null,
            confidence real,
            primary key (study_id, id),
            foreign key (study_id, participant_id) references participants(study_id, id),
            foreign key (study_id, transcript_id, first_line) references lines(study_id, transcript_id, number),
            foreign key (study_id, transcript_id, last_line) references lines(study_id, transcript_id, number)
        ) strict;
        create index findings_transcript on findings(study_id, transcript_id, first_line);
        create index findings_participant on findings(study_id, participant_id);

        create table coding_findings (
            study_id text not null,
            transcript_id text not null,
            request_key text not null,
            position integer not null,
            finding_id text not null,
            primary key (study_id, transcript_id, request_key, position),
            foreign key (study_id, transcript_id, request_key)
                references codings(study_id, transcript_id, request_key) on delete cascade,
            foreign key (study_id, finding_id) references findings(study_id, id) on delete cascade
        ) strict, without rowid;
        create index coding_findings_finding on coding_findings(study_id, finding_id);

        create table refusals (
            study_id text not null,
            transcript_id text,
            request_key text not null,
            position integer not null,
            chunk_id text not null,
            kind text not null,
            first_line integer,
            last_line integer,
            why text not null,
            primary key (study_id, request_key, position),
            foreign key (study_id, transcript_id) references transcripts(study_id, id) on delete cascade
        ) strict;

        create table drafts (
            study_id text not null references studies(id) on delete cascade,
            id text not null,
            number integer not null,
            inputs_key text not null,
            body text not null,
            provenance text not null,
            drafted_utc text not null,
            primary key (study_id, id),
            unique (study_id, number)
        ) strict;

        create table claims (
            study_id text not null,
            draft_id text not null,
            id text not null,
            owner text not null,
            position integer not null,
            section text not null,
            phase text,
            key text,
            text text not null,
            origin text not null check (origin in ('analyst', 'computed', 'person')),
            idea integer not null check (idea in (0, 1)),
            lead_finding_id text check (origin = 'person' or lead_finding_id is not null),
            primary key (study_id, draft_id, id),
            foreign key (study_id, draft_id) references drafts(study_id, id) on delete cascade,
            foreign key (study_id, draft_id, id, lead_finding_id)
                references claim_evidence(study_id, draft_id, claim_id, finding_id)
                deferrable initially deferred
        ) strict;

        create table claim_evidence (
            study_id text not null,
            draft_id text not null,
            claim_id text not null,
            finding_id text not null,
            position integer not null,
            against integer not null check (against in (0, 1)),
            primary key (study_id, draft_id, claim_id, finding_id),
            foreign key (study_id, draft_id, claim_id) references claims(study_id, draft_id, id) on delete cascade,
            foreign key (study_id, finding_id) references findings(study_id, id)
        ) strict, without rowid;
        create index claim_evidence_finding on claim_evidence(study_id, finding_id);

        create table decisions (
            id integer primary key,
            study_id text not null references studies(id) on delete cascade,
            draft_id text not null,
            subject text not null check (subject in ('claim', 'theme', 'persona', 'participant', 'finding')),
            subject_id text not null,
            action text not null
                check (action in ('accept', 'edit', 'reject', 'merge', 'split', 'assign', 'add', 'undo')),
            by_whom text not null,
            decided_utc text not null,
            before text,
            after text,
            why text not null
        ) strict;
        create index decisions_subject on decisions(study_id, subject, subject_id);
        create trigger decisions_are_appended before update on decisions
            when new.id is not old.id or new.subject_id is not old.subject_id or new.action is not old.action
                or new.by_whom is not old.by_whom or new.decided_utc is not old.decided_utc
        begin
            select raise(abort, 'a decision is never changed');
        end;
        create trigger decisions_are_kept before delete on decisions
            when exists (select 1 from studies where id = old.study_id)
        begin
            select raise(abort, 'a decision is never deleted');
        end;

        create table runs (
            id integer primary key,
            study_id text not null references studies(id) on delete cascade,
            model text not null,
            state text not null check (state in ('running', 'done', 'partly', 'stopped', 'failed')),
            started_utc text not null,
            ended_utc text,
            report text not null default '',
            summary text not null default '{}'
        ) strict;

        -- What is left of somebody who withdrew: that it happened and what it changed. No word of theirs, no pseudonym.
        create table withdrawals (
            study_id text not null references studies(id) on delete cascade,
            position integer not null,
            withdrawn_utc text not null,
            transcripts integer not null,
            findings integer not null,
            claims_weakened integer not null,
            claims_lost integer not null,
            primary key (study_id, position)
        ) strict, without rowid;

        create table vectors (
            model text not null,
            text_sha256 text not null,
            vector blob not null,
            primary key (model, text_sha256)
        ) strict, without rowid;
        """,
    )
