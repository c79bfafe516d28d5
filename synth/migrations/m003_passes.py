"""More than one pass over the same lines."""

from __future__ import annotations

from sqlite_utils import Database

from synth.migrations.registry import migrations, run_script


@migrations()
def m003_passes(db: Database) -> None:
    """More than one pass over the same lines: later ones stand beside the first, and do not displace it."""
    run_script(
        db,
        """
        -- 1 for the first reading of lines. A later pass is of the same analyst; `coding_findings` has what it added
        -- and what it would have coded too.
        alter table codings add column pass integer not null default 1;
        """,
    )
