"""One row a finding: what lists filter by stands in it, and what carries it is told by numbers."""

from __future__ import annotations

from sqlite_utils import Database

from synth.migrations.m009_search import FINDING_WORDS
from synth.migrations.registry import migrations, run_script

IS_CURRENT = """exists (select 1 from coding_findings cf join codings c on c.number = cf.coding
    where cf.finding = findings.number and c.current = 1)"""
READER = """coalesce((select c.model from coding_findings cf join codings c on c.number = cf.coding
    where cf.finding = findings.number order by c.current desc, c.pass, c.coded_utc desc limit 1), '')"""


@migrations()
def m017_one_row(db: Database) -> None:
    """A finding and its row in lists become one; of twelve trees that were written for each finding, six are left.

    Half of what storing a finding took went into telling the same twice: a second row with indexes of its own, and for
    each coding that carries it four long ids in a table and in its index. Ids are drawn from a hash, so that every
    index of them is written all over; numbers that rise are written at its end. What was filtered by kind or phase by
    an index of its own is counted by the one index of their order, in 45 ms of 300,000 findings, once after a change.
    """
    run_script(
        db,
        f"""
        -- Copied out first: the file does not grow, since the new tables stand where the old ones stood.
        create temp table one_row as
            select c.id as number, f.*, c.key, c.model, c.current, c.decided
            from finding_cards c cross join findings f on f.study_id = c.study_id and f.id = c.finding_id
            order by c.id;
        create temp table numbered as select rowid as number, * from codings order by rowid;
        create temp table carried as
            select c.rowid as coding, cf.position, f.id as finding from coding_findings cf
            join codings c on c.study_id = cf.study_id and c.transcript_id = cf.transcript_id
                and c.request_key = cf.request_key
            join finding_cards f on f.study_id = cf.study_id and f.finding_id = cf.finding_id
            order by 1, 2;

        -- With all that was made for them: indexes, and triggers, of which those that count changes are made again.
        drop table coding_findings;
        drop table codings;
        drop table finding_cards;
        drop table findings;

        create table findings (
            -- What the index of words knows it by, and the codings that carry it. A vacuum may change numbers that
            -- SQLite gives by itself.
            number integer primary key,
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
            -- The driver, the emotion or the channel.
            key text not null,
            -- Who read it, by the newest coding; 'person' for a finding made by hand.
            model text not null,
            -- Whether a current coding carries it.
            current integer not null check (current in (0, 1)),
            -- The decision of people that stands on it, kept beside the ledger for filters.
            decided text not null default '' check (decided in ('', 'accept', 'reject')),
            foreign key (study_id, participant_id) references participants(study_id, id),
            foreign key (study_id, transcript_id, first_line) references lines(study_id, transcript_id, number),
            foreign key (study_id, transcript_id, last_line) references lines(study_id, transcript_id, number)
        ) strict;
        insert into findings select * from one_row order by number;
        create unique index findings_id on findings (study_id, id);

        create table codings (
            number integer primary key,
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
            -- 1 for the first reading of lines, more for those after it, 0 for what a person made.
            pass integer not null,
            unique (study_id, transcript_id, request_key),
            foreign key (study_id, transcript_id) references transcripts(study_id, id) on delete cascade
        ) strict;
        insert into codings select * from numbered order by number;

        create table coding_findings (
            coding integer not null references codings(number) on delete cascade,
            position integer not null,
            finding integer not null references findings(number) on delete cascade,
            primary key (coding, position)
        ) strict, without rowid;
        insert into coding_findings select * from carried order by coding, position;

        drop table temp.one_row;
        drop table temp.numbered;
        drop table temp.carried;

        create index coding_findings_finding on coding_findings (finding);
        -- All that lists filter by, but for the person: a list of one kind is counted without looking at a row. The
        -- place comes before whether a finding is current, so that lines that go are looked up here too.
        create index findings_order on findings
            (study_id, transcript_id, first_line, last_line, kind, id, current, model, phase, key);
        create index findings_person on findings (study_id, participant_id, current, transcript_id, first_line);
        create index findings_decided on findings
            (study_id, current, decided, transcript_id, first_line, last_line, kind, id) where decided <> '';

        create trigger findings_are_changed after update of label, phase, detail on findings
            when old.label is not new.label or old.detail is not new.detail
        begin
            insert into finding_words (finding_words, rowid, words)
                values ('delete', old.number, {FINDING_WORDS.format(f="old")});
            insert into finding_words (rowid, words) values (new.number, {FINDING_WORDS.format(f="new")});
        end;

        create trigger findings_are_lost before delete on findings
        begin
            insert into finding_words (finding_words, rowid, words)
                values ('delete', old.number, {FINDING_WORDS.format(f="old")});
        end;

        -- A coding that is made anew drops what it no longer carries.
        create trigger codings_begin after insert on codings
        begin
            update findings set current = {IS_CURRENT}
                where study_id = new.study_id and transcript_id = new.transcript_id
                    and first_line between new.first_line and new.last_line;
        end;

        create trigger codings_change after update of current on codings when old.current <> new.current
        begin
            update findings set current = {IS_CURRENT}, model = {READER}
                where number in (select finding from coding_findings where coding = new.number);
        end;

        create trigger codings_insert_counts_coded after insert on codings
        begin
            update study_changes set coded = coded + 1 where study_id = new.study_id;
        end;
        create trigger codings_update_counts_coded after update of current on codings
        begin
            update study_changes set coded = coded + 1 where study_id = new.study_id;
        end;
        create trigger codings_delete_counts_coded after delete on codings
        begin
            update study_changes set coded = coded + 1 where study_id = old.study_id;
        end;
        """,
    )
