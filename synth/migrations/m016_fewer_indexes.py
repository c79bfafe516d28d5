"""Lists of findings with the indexes that their filters need, and no more."""

from __future__ import annotations

from sqlite_utils import Database

from synth.migrations.m009_search import CARD_IS_CURRENT
from synth.migrations.registry import migrations, run_script


@migrations()
def m016_fewer_indexes(db: Database) -> None:
    """Four indexes over all findings in place of seven, and one over those few that people decided on.

    Each is written for every finding that is stored. Who read a finding stands in the index of their order, which
    gives both the count and the parts of such a list; and what is looked up by its place is current or it is not, so
    that the same index leads there.
    """
    run_script(
        db,
        f"""
        drop index finding_cards_order;
        drop index finding_cards_place;
        drop index finding_cards_model;
        drop index finding_cards_decided;

        create index finding_cards_order on finding_cards
            (study_id, current, transcript_id, first_line, last_line, kind, finding_id, model);
        create index finding_cards_decided on finding_cards
            (study_id, current, decided, transcript_id, first_line, last_line, kind, finding_id) where decided <> '';

        drop trigger codings_begin;
        -- A coding that is made anew drops what it no longer carries.
        create trigger codings_begin after insert on codings
        begin
            update finding_cards set current = {CARD_IS_CURRENT}
                where study_id = new.study_id and current in (0, 1) and transcript_id = new.transcript_id
                    and first_line between new.first_line and new.last_line;
        end;
        """,
    )
