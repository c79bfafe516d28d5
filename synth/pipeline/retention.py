"""How long studies are kept: deleted so many months after they were last worked on, never without notice.

Notice is given once the time is up, on the list of studies and on the study's own pages; the study is deleted when
`NOTICE_DAYS` have passed since, unless somebody worked on it or changed its retention. Deleting takes the key of
pseudonyms along and overwrites what was deleted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from synth.accounts import TIME, AuditEntry, Retention, RuleError
from synth.privacy import key_path
from synth.store import Store, Study

NOTICE_DAYS = 30
MOST_MONTHS = 600


@dataclass(frozen=True, slots=True)
class Keeping:
    """When a study goes."""

    retention: Retention
    due_utc: str
    """When notice is given, or was due."""
    deletes_utc: str
    """When it is deleted, if nobody works on it before."""
    noticed: bool


def set_retention(store: Store, study: Study, months: int | None, by: str) -> None:
    """Keep a study so many months after it was last worked on; None: until somebody deletes it.

    Raises:
        RuleError: the number cannot be.
    """
    if months is not None and not 1 <= months <= MOST_MONTHS:
        raise RuleError("months-cannot-be", f"Retention is between 1 and {MOST_MONTHS} months. Give another number.")
    store.set_retention(study, months, by)


def keeping(store: Store, study: Study) -> Keeping | None:
    """When a study goes; None: it stays until somebody deletes it."""
    retention = store.retention(study)
    if retention is None:
        return None
    due = add_months(_moment(store.last_worked_on(study)), retention.months)
    # Work after the notice, or a new setting, begins anew: then the notice is older than what makes it due.
    noticed = retention.notice_utc is not None and _moment(retention.notice_utc) >= due
    notice = _moment(retention.notice_utc) if noticed and retention.notice_utc else due
    return Keeping(retention, due.strftime(TIME), (notice + timedelta(days=NOTICE_DAYS)).strftime(TIME), noticed)


def apply_retention(store: Store, now: datetime | None = None) -> tuple[list[str], list[str]]:
    """Give notice where it is due, and delete what notice was given of long enough ago.

    Returns:
        The names of studies that notice was given of, and of those that were deleted.
    """
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    noticed, deleted = [], []
    for study in store.studies():
        kept = keeping(store, study)
        if kept is None or moment < _moment(kept.due_utc):
            continue
        if not kept.noticed:
            store.give_notice(study, moment.strftime(TIME))
            _note(store, study, "retention-notice")
            noticed.append(study.name)
        elif moment >= _moment(kept.deletes_utc):
            _note(store, study, "study-deleted")
            # Whoever asked for this looks whether the file could be overwritten (`Store.scrub`).
            delete_study(store, study)
            deleted.append(study.name)
    return noticed, deleted


def delete_study(store: Store, study: Study) -> bool:
    """Delete a study with all that belongs to it, its key of pseudonyms too; overwrite what was deleted.

    Returns:
        Whether the file was scrubbed; false while another program has it open.
    """
    store.delete_study(study)
    Path(key_path(store.path, study.name)).unlink(missing_ok=True)
    return store.scrub()


def add_months(moment: datetime, months: int) -> datetime:
    """So many months later; the last day of a month where it has no such day."""
    total = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(total, 12)
    for day in (moment.day, 30, 29, 28):
        try:
            return moment.replace(year=min(year, 9999), month=month + 1, day=day)
        except ValueError:
            continue
    raise AssertionError("every month has a 28th")


def _note(store: Store, study: Study, what: str) -> None:
    store.note(AuditEntry(what, "retention", refused=False, study_id=study.id))


def _moment(utc: str) -> datetime:
    return datetime.strptime(utc, TIME).replace(tzinfo=UTC)
