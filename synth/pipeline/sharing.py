"""Links to a study's report for people without an account: under pseudonyms, until a day, revocable."""

from __future__ import annotations

from synth.accounts import RuleError, Share, make_share, secret_key
from synth.pipeline.people import checked_name
from synth.pipeline.reports import export_study
from synth.store import Store, Study

MOST_DAYS = 366


def share_report(store: Store, study: Study, label: str, days: int, by: str) -> tuple[Share, str]:
    """A link and its secret, which is shown once; the database holds its hash.

    Raises:
        RuleError: the days cannot be.
    """
    if not 1 <= days <= MOST_DAYS:
        raise RuleError("days-cannot-be", f"A link works between 1 and {MOST_DAYS} days. Give another number.")
    share, secret, key = make_share(study.id, checked_name(label), by, days)
    store.add_share(share, key)
    return share, secret


def opened_share(store: Store, secret: str) -> tuple[Share, Study] | None:
    """The link of a secret and its study; None where it has expired, was revoked or never was."""
    share = store.share_of(secret_key(secret))
    return (share, store.study_by_id(share.study_id)) if share else None


def shared_report(store: Store, share: Share, study: Study) -> bytes:
    """The report as it is now, with names hidden.

    Raises:
        NotFoundError: nothing is drafted yet.
    """
    content = next(iter(export_study(store, study, "html", show_names=False).values()))
    store.open_share(share)
    return content
