"""Databases as earlier versions left them, with a study in them: what a migration has to bring along."""

from __future__ import annotations

from pathlib import Path

from sqlite_utils import Database

from synth.migrations import migrations
from synth.migrations.m009_search import FINDING_WORDS

_CARDS = """
    insert into finding_cards (id, study_id, finding_id, transcript_id, participant_id, kind, key, phase, first_line,
        last_line, model, current, decided)
    select number, study_id, id, transcript_id, participant_id, kind, key, phase, first_line, last_line, model,
        current, decided from now.findings
"""
_CARRIED = """
    insert into coding_findings
    select c.study_id, c.transcript_id, c.request_key, cf.position, f.id from now.coding_findings cf
    join now.codings c on c.number = cf.coding join now.findings f on f.number = cf.finding
"""


def make_older(path: Path, before: str) -> None:
    """Put the same study, as it was stored before a migration from `m009_search` to `m017_one_row`, in its place."""
    there = path.with_suffix(".older")
    old = Database(there)
    migrations.apply(old, stop_before=before)
    old.execute("attach ? as now", [str(path)])
    with old.atomic():
        left = {"coding_findings", "_sqlite_migrations"}
        for table in (one for one in _tables(old, "main") if one in _tables(old, "now") and one not in left):
            names = ", ".join(f"[{name}]" for name in _columns(old, "main", table) & _columns(old, "now", table))
            old.execute(f"insert or ignore into main.[{table}] ({names}) select {names} from now.[{table}]")
        old.execute(_CARRIED)
        if "finding_cards" in _tables(old, "main"):
            old.execute(_CARDS)
            words = FINDING_WORDS.format(f="f")
            old.execute(f"insert into finding_words (rowid, words) select number, {words} from now.findings f")
    old.close()
    there.replace(path)


def _tables(database: Database, schema: str) -> list[str]:
    """Those that hold rows of their own, as they were made: an index of words is filled from others by triggers."""
    rows = database.execute(
        f"select name from {schema}.sqlite_master where type = 'table' and name not glob '*_words*' order by rowid"
    )
    return [row[0] for row in rows]


def _columns(database: Database, schema: str, table: str) -> set[str]:
    return {row[1] for row in database.execute(f"pragma {schema}.table_info([{table}])")}
