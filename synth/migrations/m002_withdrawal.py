"""What a withdrawal must be able to do."""

from __future__ import annotations

from sqlite_utils import Database

from synth.migrations.registry import migrations, run_script


@migrations()
def m002_withdrawal(db: Database) -> None:
    """What a withdrawal must be able to do: take a person's own decisions along, and know their file again."""
    run_script(
        db,
        """
        -- SHA-256 of the files that held the words of somebody who withdrew, as JSON: a run over the same folder must
        -- not read them again. Nobody can tell a file or a person from it who does not have the file.
        alter table withdrawals add column sources text not null default '[]';

        drop trigger decisions_are_kept;
        create trigger decisions_are_kept before delete on decisions
            when exists (select 1 from studies where id = old.study_id)
                and not (old.subject = 'participant' and not exists
                    (select 1 from participants where study_id = old.study_id and id = old.subject_id))
                and not (old.subject = 'finding' and not exists
                    (select 1 from findings where study_id = old.study_id and id = old.subject_id))
        begin
            select raise(abort, 'a decision is never deleted');
        end;
        """,
    )
