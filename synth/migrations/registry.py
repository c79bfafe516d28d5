"""Where the changes of the schema register themselves, and how one is carried out."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

migrations = Migrations("synth")


def run_script(db: Database, script: str) -> None:
    """Execute statement by statement: `executescript` would commit the migration's transaction first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.execute(statement)
            statement = ""
