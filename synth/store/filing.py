"""Storing findings, in lists and in the index of words from the moment they are there.

All that a coding carries is stored by a few statements, in the transaction that stores the coding: there is no moment
at which a finding can be read and not be found. Changes and deletions are followed by the triggers of the schema, which
have to find the same words in the index that were put there: both are made by one expression, `FINDING_WORDS`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter

from sqlite_utils import Database

from synth.domain import Emotion, Finding, Kind, Motivation, Touchpoint
from synth.migrations.m009_search import FINDING_WORDS
from synth.migrations.m017_one_row import IS_CURRENT, READER
from synth.store.studies import Study

# Each a single statement: while SQLite works Python does something else, but for each further statement it has to wait.
_STORE = """
    insert into findings (study_id, transcript_id, model, current, id, participant_id, kind, first_line, last_line,
        label, language, phase, detail, confidence, key)
    select ?, ?, ?, 1, * from (values {rows}) limit ?
    on conflict (study_id, id) do update set label = excluded.label, phase = excluded.phase,
        detail = excluded.detail, confidence = excluded.confidence, key = excluded.key
"""
_CARRY = """
    insert into coding_findings
    select c.number, j.key, f.number from codings c cross join json_each(:ids) j
    cross join findings f on f.study_id = :study and f.id = j.value
    where c.study_id = :study and c.transcript_id = :transcript and c.request_key = :request
"""
_INDEX_NEW = f"""
    insert into finding_words (rowid, words)
    select number, {FINDING_WORDS.format(f="findings")} from findings where number > :before
"""
_FILE_KNOWN = f"""
    update findings set current = {IS_CURRENT}, model = {READER}
    where number <= :before and number in (select cf.finding from coding_findings cf
        join codings c on c.number = cf.coding
        where c.study_id = :study and c.transcript_id = :transcript and c.request_key = :request)
"""

_OWN = 11
"""Values of a finding, besides those of all that a coding carries."""
_STORING = {room: _STORE.format(rows=",".join([f"({','.join('?' * _OWN)})"] * room)) for room in (10, 30, 90)}
"""The statement by how many findings it has room for. To prepare one for 90 takes a third of the time of storing them,
so there are few, and kept ones are used again: what is left of the room is empty, and not looked at. SQLite takes some
32,000 values in a statement, but older ones a thousand."""
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
        carried: all of them, on lines of its transcript, in the order of the reply.
        known: ids of those that stay as they are stored.
    """
    if not carried:
        return
    before = _last_number(db)
    # Each once: what is changed is taken out of the index first, where it must be then.
    new = list({finding.id: finding for finding in carried if finding.id not in known}.values())
    for start in range(0, len(new), max(_STORING)):
        _store(db, study, carrier, new[start : start + max(_STORING)])
    key: dict[str, object] = {
        "study": study.id, "transcript": carrier.transcript_id, "request": carrier.request_key,
    }  # fmt: skip
    db.execute(_CARRY, key | {"ids": json.dumps([finding.id for finding in carried])})
    made = _last_number(db) - before
    if made:
        db.execute(_INDEX_NEW, {"before": before})
    if made < len(carried):
        db.execute(_FILE_KNOWN, key | {"before": before})


def _last_number(db: Database) -> int:
    number: int = db.execute("select coalesce(max(number), 0) from findings").fetchone()[0]
    return number


def _store(db: Database, study: Study, carrier: Carrier, findings: Sequence[Finding]) -> None:
    room = min(room for room in _STORING if room >= len(findings))
    own = [value for finding in findings for value in _row(finding)]
    empty = [None] * (_OWN * (room - len(findings)))
    db.execute(_STORING[room], [study.id, carrier.transcript_id, carrier.model, *own, *empty, len(findings)])


def _row(finding: Finding) -> Sequence[object]:
    """A finding's own values."""
    where, (kind, _, values) = finding.evidence, _DETAILS[type(finding.detail)]
    return (
        finding.id, finding.participant_id, kind, where.first_line, where.last_line, finding.label, finding.language,
        finding.phase, _told(finding.detail, finding.signals, finding.code), finding.confidence,
        values(finding.detail)[0],
    )  # fmt: skip


# Many findings are of the same emotion or by the same channel, and nothing else is told of them.
@lru_cache(maxsize=4_000)
def _told(detail: Motivation | Emotion | Touchpoint, signals: tuple[str, ...], code: str | None) -> str:
    """What is said of a finding, in JSON; what stands beside its detail only where it is there."""
    _, names, values = _DETAILS[type(detail)]
    kept: dict[str, object] = dict(zip(names, values(detail), strict=True))
    if signals:
        kept["signals"] = signals
    if code:
        kept["code"] = code
    return _json(kept)
