"""What pages need to answer at once: whether anything changed since they looked, and interviews as they are shown."""

from __future__ import annotations

from sqlite_utils import Database

from synth.migrations.registry import migrations, run_script

_COUNTED = {
    # Draft, framework, what somebody's withdrawal took away.
    "drafted": (
        ("drafts", "insert"), ("drafts", "update"), ("drafts", "delete"), ("claims", "update"), ("claims", "delete"),
    ),
    # Interviews, the files that they came from, who speaks in them.
    "heard": (
        ("transcripts", "insert"), ("transcripts", "update"), ("transcripts", "delete"), ("files", "insert"),
        ("files", "update"), ("files", "delete"), ("speakers", "insert"), ("speakers", "update"),
        ("withdrawals", "insert"),
    ),
    # Words of interviews that were there before: another text, other speakers, or none any more.
    "reworded": (("transcripts", "update"), ("transcripts", "delete"), ("withdrawals", "insert")),
    "people": (("participants", "insert"), ("participants", "update"), ("participants", "delete")),
    # Which findings there are.
    "coded": (
        ("codings", "insert"), ("codings", "update of current"), ("codings", "delete"), ("withdrawals", "insert"),
    ),
    "decided": (("decisions", "insert"), ("decisions", "update"), ("decisions", "delete")),
    "ran": (("runs", "insert"), ("runs", "update of state"), ("runs", "delete")),
}  # fmt: skip


@migrations()
def m012_changes(db: Database) -> None:
    """Counters that rise with every change of a study, and interviews under pseudonyms for pages.

    What a service keeps in memory holds as long as the counters stand; they are right whichever process wrote. They
    begin at random: a study that is deleted and made anew under the same name must not look unchanged.
    """
    columns = ", ".join(f"{name} integer not null" for name in _COUNTED)
    begins = ", ".join("abs(random() % 1000000000)" for _ in _COUNTED)
    script = f"""
        create table study_changes (
            study_id text primary key,
            {columns}
        ) strict, without rowid;
        insert into study_changes select id, {begins} from studies;
        create trigger studies_are_made after insert on studies
        begin
            insert into study_changes values (new.id, {begins}) on conflict do nothing;
        end;
        create trigger studies_are_changed after update on studies
        begin
            update study_changes set drafted = drafted + 1 where study_id = new.id;
        end;

        -- An interview whose names were kept, as pages show it: under pseudonyms. `names` says under which names of the
        -- key it was made; another sign there means that it is made anew.
        create table shown_transcripts (
            study_id text not null,
            transcript_id text not null,
            names text not null,
            body text not null,
            primary key (study_id, transcript_id),
            foreign key (study_id, transcript_id) references transcripts(study_id, id) on delete cascade
        ) strict;
        create trigger transcripts_are_shown after update on transcripts
        begin
            delete from shown_transcripts where study_id = old.study_id and transcript_id = old.id;
        end;
        create trigger speakers_are_shown after insert on speakers
        begin
            delete from shown_transcripts where study_id = new.study_id and transcript_id = new.transcript_id;
        end;
        create trigger withdrawals_are_shown after insert on withdrawals
        begin
            delete from shown_transcripts where study_id = new.study_id;
        end;

        -- Which interviews have their names still, without a walk through their texts.
        create index transcripts_names on transcripts (study_id, names, id);
        """
    for counter, changes in _COUNTED.items():
        for table, event in changes:
            row = "old" if event == "delete" else "new"
            name = f"{table}_{event.partition(' ')[0]}_counts_{counter}"
            script += f"""
        create trigger {name} after {event} on {table}
        begin
            update study_changes set {counter} = {counter} + 1 where study_id = {row}.study_id;
        end;
            """
    run_script(db, script)
