"""Findings are filed coding by coding."""

from __future__ import annotations

from sqlite_utils import Database

from synth.migrations.registry import migrations, run_script


@migrations()
def m015_filing(db: Database) -> None:
    """No more rows of lists and of the index made finding by finding.

    A trigger made each of them when a finding was stored, and changed them once more when it was known which coding
    carries it: seven indexes written twice for each finding. Whoever stores a coding files all that it carries at once,
    in the same transaction (`synth.store.filing`). What is changed or deleted is followed by triggers still.
    """
    run_script(
        db,
        """
        drop trigger findings_are_found;
        drop trigger codings_carry;
        """,
    )
