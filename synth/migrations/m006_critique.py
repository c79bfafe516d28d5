"""What a critic came to on each claim."""

from __future__ import annotations

from sqlite_utils import Database

from synth.migrations.registry import migrations, run_script


@migrations()
def m006_critique(db: Database) -> None:
    """The verdict on a claim, and what was held against it; claims that no critic saw have neither."""
    run_script(
        db,
        """
        alter table claims add column verdict text check (verdict in ('stands', 'contradicted', 'overreach'));
        alter table claims add column critique text not null default '';
        """,
    )
