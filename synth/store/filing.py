"""Filing findings: one narrow row each for lists with filters, and their words in the full-text index.

All that a coding carries is filed by a few statements, in the transaction that stores it: there is no moment at which a
finding can be read and not be found. Changes and deletions are followed by the triggers of the schema, which have to
find the same words in the index that were put there: both are made by one expression, `FINDING_WORDS`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from sqlite_utils import Database

from synth.domain import Emotion, Finding, Kind, Motivation, Touchpoint
from synth.migrations.m009_search import CARD_IS_CURRENT, CARD_MODEL, FINDING_WORDS
from synth.store.studies import Study

# Each a single statement: while SQLite works Python does something else, but for each further statement it has to wait.
_RENEW = """
    on conflict (study_id, id) do update set label = excluded.label, phase = excluded.phase,
        detail = excluded.detail, confidence = excluded.confidence
"""
_CARRY = """
    insert into coding_findings
    select :study, :transcript, :request, key, value from json_each(:ids) where true
"""
_CARDS = """
    finding_cards (study_id, finding_id, transcript_id, participant_id, kind, key, phase, first_line, last_line, model,
        current)
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

_MOST_ROWS = 80
"""In one statement: SQLite takes some 32,000 values, but older ones a thousand."""
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_DETAILS: Mapping[type, tuple[str, Sequence[str], Callable[[object], Sequence[object]]]] = {
    detail: (kind.value, detail.__slots__, attrgetter(*detail.__slots__))
    for kind, detail in ((Kind.MOTIVATION, Motivation), (Kind.EMOTION, Emotion), (Kind.TOUCHPOINT, Touchpoint))
}
"""For each class its kind, and its fields, of which the first is what findings are filed under."""


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
    new = [finding for finding in carried if finding.id not in known]
    if new:
        _insert(db, "findings", [_row(study, finding) for finding in new], _RENEW)
    db.execute(_CARRY, key | {"ids": json.dumps([finding.id for finding in carried])})
    before = db.execute("select coalesce(max(id), 0) from finding_cards").fetchone()[0]
    cards = [_card(study, finding, carrier.model) for finding in carried]
    filed = _insert(db, _CARDS, cards, "on conflict (study_id, finding_id) do nothing")
    if filed:
        db.execute(_INDEX_NEW, {"before": before})
    if filed < len(carried):
        db.execute(_FILE_KNOWN, key | {"before": before})


def _insert(db: Database, table: str, rows: Sequence[Sequence[object]], conflict: str) -> int:
    """Insert rows; how many there are now that were not."""
    made = 0
    for start in range(0, len(rows), _MOST_ROWS):
        some = rows[start : start + _MOST_ROWS]
        places = ",".join([f"({','.join('?' * len(rows[0]))})"] * len(some))
        values = [value for row in some for value in row]
        made += db.execute(f"insert into {table} values {places} {conflict}", values).rowcount
    return made


def _row(study: Study, finding: Finding) -> Sequence[object]:
    """The values of a finding's row, in the order of its columns."""
    where, (kind, names, values) = finding.evidence, _DETAILS[type(finding.detail)]
    # What is said of the finding beside its detail, each only where it is there.
    kept: dict[str, object] = dict(zip(names, values(finding.detail), strict=True))
    if finding.signals:
        kept["signals"] = finding.signals
    if finding.code:
        kept["code"] = finding.code
    return (
        study.id, finding.id, where.transcript_id, finding.participant_id, kind, where.first_line, where.last_line,
        finding.label, finding.language, finding.phase, _json(kept), finding.confidence,
    )  # fmt: skip


def _card(study: Study, finding: Finding, model: str) -> Sequence[object]:
    """The same of its row in lists, as long as it is current."""
    where, (kind, _, values) = finding.evidence, _DETAILS[type(finding.detail)]
    return (
        study.id, finding.id, where.transcript_id, finding.participant_id, kind, values(finding.detail)[0],
        finding.phase, where.first_line, where.last_line, model, 1,
    )  # fmt: skip
