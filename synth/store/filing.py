"""Filing findings: one narrow row each for lists with filters, and their words in the full-text index.

All that a coding carries is filed by a few statements, in the transaction that stores it: there is no moment at which a
finding can be read and not be found. Changes and deletions are followed by the triggers of the schema, which have to
find the same words in the index that were put there: both are made by one expression, `FINDING_WORDS`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from synth.domain import Finding
from synth.migrations.m009_search import CARD_IS_CURRENT, CARD_MODEL, FINDING_KEY, FINDING_WORDS
from synth.store.studies import Study

# Each a single statement: while SQLite works Python does something else, but for each further statement it has to wait.
_PUT_FINDINGS = f"""
    insert into findings
    select :study, {", ".join(f"json_extract(value, '$[{place}]')" for place in range(11))}
    from json_each(:findings) where true
    on conflict (study_id, id) do update set label = excluded.label, phase = excluded.phase,
        detail = excluded.detail, confidence = excluded.confidence
"""
_CARRY = """
    insert into coding_findings
    select :study, :transcript, :request, key, value from json_each(:ids) where true
"""
_FILE_NEW = f"""
    insert into finding_cards (study_id, finding_id, transcript_id, participant_id, kind, key, phase, first_line,
        last_line, model, current)
    select f.study_id, f.id, f.transcript_id, f.participant_id, f.kind, {FINDING_KEY.format(f="f")}, f.phase,
        f.first_line, f.last_line, :model, 1
    from coding_findings cf cross join findings f on f.study_id = cf.study_id and f.id = cf.finding_id
    where cf.study_id = :study and cf.transcript_id = :transcript and cf.request_key = :request order by cf.position
    on conflict (study_id, finding_id) do nothing
"""
_INDEX_NEW = f"""
    insert into finding_words (rowid, words)
    select c.id, {FINDING_WORDS.format(f="f")} from finding_cards c
    join findings f on f.study_id = c.study_id and f.id = c.finding_id where c.id > :before
"""
_FILE_KNOWN = f"""
    update finding_cards set current = {CARD_IS_CURRENT}, model = {CARD_MODEL}
    where study_id = :study and id <= :before and finding_id in (select finding_id from coding_findings
        where study_id = :study and transcript_id = :transcript and request_key = :request)
"""


@dataclass(frozen=True, slots=True)
class Carrier:
    """The coding that carries findings."""

    transcript_id: str
    request_key: str
    model: str


def put_findings(
    db: Database, study: Study, carrier: Carrier, carried: Sequence[Finding], known: frozenset[str] = frozenset()
) -> None:
    """Store what a coding carries, whose row is there already, and file it; within a transaction.

    Args:
        db: the database.
        study: whose findings.
        carrier: a current coding of it.
        carried: all of them, in the order of the reply.
        known: ids of those that stay as they are stored.
    """
    if not carried:
        return
    key: dict[str, object] = {
        "study": study.id, "transcript": carrier.transcript_id, "request": carrier.request_key,
    }  # fmt: skip
    new = [_row(finding) for finding in carried if finding.id not in known]
    if new:
        db.execute(_PUT_FINDINGS, {"study": study.id, "findings": json.dumps(new, ensure_ascii=False)})
    db.execute(_CARRY, key | {"ids": json.dumps([finding.id for finding in carried])})
    before = db.execute("select coalesce(max(id), 0) from finding_cards").fetchone()[0]
    filed = db.execute(_FILE_NEW, key | {"model": carrier.model}).rowcount
    if filed:
        db.execute(_INDEX_NEW, {"before": before})
    if filed < len(carried):
        db.execute(_FILE_KNOWN, key | {"before": before})


def _row(finding: Finding) -> list[object]:
    """The values of a finding's row in the order of its columns, after the study's."""
    where, detail = finding.evidence, finding.detail
    # What is said of the finding beside its detail, each only where it is there.
    kept: dict[str, object] = {name: getattr(detail, name) for name in detail.__slots__}
    if finding.signals:
        kept["signals"] = finding.signals
    if finding.code:
        kept["code"] = finding.code
    return [
        finding.id, where.transcript_id, finding.participant_id, finding.kind.value, where.first_line, where.last_line,
        finding.label, finding.language, finding.phase, kept, finding.confidence,
    ]  # fmt: skip
