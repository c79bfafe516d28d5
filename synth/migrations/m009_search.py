"""Finding words and findings in a large study: full-text indexes, and what lists of findings are filtered by."""

from __future__ import annotations

from sqlite_utils import Database

from synth.migrations.registry import migrations, run_script

_LINE_WORDS = "substr(t.text, l.start + 1, l.end - l.start)"
FINDING_WORDS = """{f}.label || ' ' || coalesce(json_extract({f}.detail, '$.trigger'), '') || ' '
    || coalesce(json_extract({f}.detail, '$.matters'), '') || ' ' || coalesce(json_extract({f}.detail, '$.code'), '')"""
FINDING_KEY = """coalesce(json_extract({f}.detail, '$.driver'), json_extract({f}.detail, '$.emotion'),
    json_extract({f}.detail, '$.channel'), '')"""
CARD_IS_CURRENT = """exists (select 1 from coding_findings cf join codings c on c.study_id = cf.study_id
    and c.transcript_id = cf.transcript_id and c.request_key = cf.request_key
    where cf.study_id = finding_cards.study_id and cf.finding_id = finding_cards.finding_id and c.current = 1)"""
CARD_MODEL = """coalesce((select c.model from coding_findings cf join codings c on c.study_id = cf.study_id
    and c.transcript_id = cf.transcript_id and c.request_key = cf.request_key
    where cf.study_id = finding_cards.study_id and cf.finding_id = finding_cards.finding_id
    order by c.current desc, c.pass, c.coded_utc desc limit 1), '')"""


@migrations()
def m009_search(db: Database) -> None:
    """Full-text search over lines and findings, and one narrow row a finding for lists with filters.

    The indexes hold words of people, so they follow every change by triggers: what is deleted or replaced by
    pseudonyms leaves them in the same transaction, and `scrub` merges them so that nothing of it stays in the file.
    """
    run_script(
        db,
        f"""
        -- Numbers for the index: a vacuum may change those that SQLite gives by itself.
        create table line_numbers (
            id integer primary key,
            study_id text not null,
            transcript_id text not null,
            number integer not null,
            unique (study_id, transcript_id, number)
        ) strict;

        -- Without content of their own: the words stand in the database once, in the text of their transcript.
        create virtual table line_words using fts5(words, content='', tokenize='unicode61 remove_diacritics 2');
        create virtual table finding_words using fts5(words, content='', tokenize='unicode61 remove_diacritics 2');

        create table finding_cards (
            id integer primary key,
            study_id text not null,
            finding_id text not null,
            transcript_id text not null,
            participant_id text not null,
            kind text not null,
            -- The driver, the emotion or the channel.
            key text not null,
            phase text,
            first_line integer not null,
            last_line integer not null,
            -- Who read it, by the newest coding; 'person' for a finding made by hand.
            model text not null default '',
            -- Whether a current coding carries it.
            current integer not null default 0 check (current in (0, 1)),
            -- The decision of people that stands on it, kept beside the ledger for filters.
            decided text not null default '' check (decided in ('', 'accept', 'reject')),
            unique (study_id, finding_id),
            foreign key (study_id, finding_id) references findings(study_id, id) on delete cascade
        ) strict;

        insert into line_numbers (study_id, transcript_id, number)
            select study_id, transcript_id, number from lines order by study_id, transcript_id, number;
        insert into line_words (rowid, words)
            select n.id, {_LINE_WORDS} from line_numbers n
            join lines l on l.study_id = n.study_id and l.transcript_id = n.transcript_id and l.number = n.number
            join transcripts t on t.study_id = n.study_id and t.id = n.transcript_id;

        insert into finding_cards (study_id, finding_id, transcript_id, participant_id, kind, key, phase, first_line,
            last_line)
            select f.study_id, f.id, f.transcript_id, f.participant_id, f.kind, {FINDING_KEY.format(f="f")}, f.phase,
                f.first_line, f.last_line
            from findings f order by f.study_id, f.transcript_id, f.first_line;
        update finding_cards set current = {CARD_IS_CURRENT}, model = {CARD_MODEL};
        insert into finding_words (rowid, words)
            select c.id, {FINDING_WORDS.format(f="f")} from finding_cards c
            join findings f on f.study_id = c.study_id and f.id = c.finding_id;

        create index finding_cards_order on finding_cards
            (study_id, current, transcript_id, first_line, last_line, kind, finding_id);
        create index finding_cards_kind on finding_cards
            (study_id, current, kind, key, phase, transcript_id, first_line);
        create index finding_cards_phase on finding_cards (study_id, current, phase, transcript_id, first_line);
        create index finding_cards_person on finding_cards
            (study_id, current, participant_id, transcript_id, first_line);
        create index finding_cards_model on finding_cards (study_id, current, model, transcript_id, first_line);
        create index finding_cards_decided on finding_cards (study_id, current, decided, transcript_id, first_line);
        create index finding_cards_place on finding_cards (study_id, transcript_id, first_line);

        -- So that a list of interviews need not walk through their texts.
        create index transcripts_name on transcripts (study_id, name, id);
        create index transcripts_wave on transcripts (study_id, wave, id);

        create trigger lines_are_found after insert on lines
        begin
            insert into line_numbers (study_id, transcript_id, number)
                values (new.study_id, new.transcript_id, new.number) on conflict do nothing;
            insert into line_words (rowid, words)
                select n.id, substr(t.text, new.start + 1, new.end - new.start) from line_numbers n
                join transcripts t on t.study_id = n.study_id and t.id = n.transcript_id
                where n.study_id = new.study_id and n.transcript_id = new.transcript_id and n.number = new.number;
        end;

        create trigger lines_are_lost before delete on lines
        begin
            insert into line_words (line_words, rowid, words)
                select 'delete', n.id, substr(t.text, old.start + 1, old.end - old.start) from line_numbers n
                join transcripts t on t.study_id = n.study_id and t.id = n.transcript_id
                where n.study_id = old.study_id and n.transcript_id = old.transcript_id and n.number = old.number;
            delete from line_numbers
                where study_id = old.study_id and transcript_id = old.transcript_id and number = old.number;
        end;

        -- Its lines go after it, when their words can no longer be told.
        create trigger transcripts_are_lost before delete on transcripts
        begin
            insert into line_words (line_words, rowid, words)
                select 'delete', n.id, substr(old.text, l.start + 1, l.end - l.start) from line_numbers n
                join lines l on l.study_id = n.study_id and l.transcript_id = n.transcript_id and l.number = n.number
                where n.study_id = old.study_id and n.transcript_id = old.id;
            delete from line_numbers where study_id = old.study_id and transcript_id = old.id;
        end;

        create trigger findings_are_found after insert on findings
        begin
            insert into finding_cards (study_id, finding_id, transcript_id, participant_id, kind, key, phase,
                first_line, last_line)
                values (new.study_id, new.id, new.transcript_id, new.participant_id, new.kind,
                    {FINDING_KEY.format(f="new")}, new.phase, new.first_line, new.last_line);
            insert into finding_words (rowid, words)
                select id, {FINDING_WORDS.format(f="new")} from finding_cards
                where study_id = new.study_id and finding_id = new.id;
        end;

        create trigger findings_are_changed after update of label, phase, detail on findings
            when old.label is not new.label or old.phase is not new.phase or old.detail is not new.detail
        begin
            insert into finding_words (finding_words, rowid, words)
                select 'delete', id, {FINDING_WORDS.format(f="old")} from finding_cards
                where study_id = old.study_id and finding_id = old.id;
            insert into finding_words (rowid, words)
                select id, {FINDING_WORDS.format(f="new")} from finding_cards
                where study_id = new.study_id and finding_id = new.id;
            update finding_cards set phase = new.phase, key = {FINDING_KEY.format(f="new")}
                where study_id = new.study_id and finding_id = new.id;
        end;

        create trigger findings_are_lost before delete on findings
        begin
            insert into finding_words (finding_words, rowid, words)
                select 'delete', id, {FINDING_WORDS.format(f="old")} from finding_cards
                where study_id = old.study_id and finding_id = old.id;
            delete from finding_cards where study_id = old.study_id and finding_id = old.id;
        end;

        create trigger codings_carry after insert on coding_findings
        begin
            update finding_cards set current = {CARD_IS_CURRENT}, model = {CARD_MODEL}
                where study_id = new.study_id and finding_id = new.finding_id;
        end;

        -- A coding that is made anew drops what it no longer carries.
        create trigger codings_begin after insert on codings
        begin
            update finding_cards set current = {CARD_IS_CURRENT}
                where study_id = new.study_id and transcript_id = new.transcript_id
                    and first_line between new.first_line and new.last_line;
        end;

        create trigger codings_change after update of current on codings when old.current <> new.current
        begin
            update finding_cards set current = {CARD_IS_CURRENT}, model = {CARD_MODEL}
                where study_id = new.study_id and finding_id in (
                    select finding_id from coding_findings where study_id = new.study_id
                        and transcript_id = new.transcript_id and request_key = new.request_key);
        end;
        """,
    )
