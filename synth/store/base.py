"""Opening the database file, and the one way to write to it."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from synth.errors import StoreError
from synth.migrations import migrations

Row = dict[str, Any]
_FLUSH_SECONDS = 1.0


def now_utc() -> str:
    """The time as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def open_database(path: str, *, create: bool = True) -> Database:
    """The database with its schema up to date, foreign keys on and a write-ahead log.

    Raises:
        StoreError: see `synth.store.open_store`.
    """
    if not create and not Path(path).exists():
        raise StoreError(f"{path}: there is no database here. `synth run FOLDER --db {path}` makes one.")
    try:
        connection = sqlite3.connect(path, check_same_thread=False, timeout=30)
        database = Database(connection)
        _refuse_newer(database, path)
        database.enable_wal()
        # Withdrawal promises that nothing is left in the file; freed pages are overwritten as they are freed.
        connection.execute("pragma secure_delete = on")
        migrations.apply(database)
        # Last: a migration may rebuild a table, which must happen with this off.
        connection.execute("pragma foreign_keys = on")
    except sqlite3.Error as error:
        raise store_error(error, path) from error
    return database


def copy_database(path: str) -> Database:
    """A copy in memory, of an empty database where there is no file: what is done to it changes nothing.

    Raises:
        StoreError: as `open_database`.
    """
    database = open_database(":memory:")
    if Path(path).exists():
        original = open_database(path, create=False)
        original.conn.backup(database.conn)
        original.close()
    return database


def _refuse_newer(database: Database, path: str) -> None:
    known = {migration.name for migration in migrations.pending(database)}
    applied = {migration.name for migration in migrations.applied(database)}
    mine = {migration.name for migration in migrations._migrations}
    if applied - mine:
        raise StoreError(f"{path}: this database was made by a newer version of Synth. Update Synth to open it.")
    tables = [name for name in database.table_names() if not name.startswith("_sqlite")]
    if not applied and known == mine and tables:
        raise StoreError(f"{path}: this is a database of another program. Give another file with --db.")


def store_error(error: sqlite3.Error, path: str) -> StoreError:
    """What a failure of SQLite means for the person at the keyboard."""
    said = str(error).lower()
    for part, why in (
        ("readonly", "the database cannot be written. Check its permissions, or give another file with --db."),
        ("unable to open", "the database cannot be opened. Does the folder exist, and may you write in it?"),
        ("full", "the disk is full. Make room and run the same command again: nothing that was stored is lost."),
        ("not a database", "this file is not a database. Give another file with --db."),
        ("locked", "another program is writing to this database. Try again when it is done."),
        ("malformed", "the database file is damaged. Restore a copy, or give another file with --db."),
        ("disk i/o", "the disk reports an error. Check it, then run the same command again."),
    ):
        if part in said:
            return StoreError(f"{path}: {why}")
    return StoreError(f"{path}: the database refused this ({type(error).__name__}: {error}).")


def _flush(path: str) -> None:
    """Wait until what was written to a file is on the disk; one that is gone has been folded into the database."""
    with suppress(OSError):
        handle = os.open(path, os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class Base:
    """A connection with the helpers that every part of the store uses."""

    def __init__(self, database: Database, path: str) -> None:
        self._db = database
        self.path = path
        """The file as the user named it; of a copy in memory, the file that it is a copy of."""
        self._flushed: float | None = None
        """When the log was last sent to the disk, while commits do not wait for that."""

    def close(self) -> None:
        """Close the file; the write-ahead log is folded into it."""
        self._db.close()

    @contextmanager
    def writing_much(self) -> Iterator[None]:
        """Meanwhile a commit does not wait for the disk: on many a machine that takes longer than all else of a call.

        What is written is there for whoever opens the file next, also when this process is killed. It is sent to the
        disk every second; where the machine itself stops (a power cut) the last of it may be lost, and the file stays
        whole.
        """
        self._execute("pragma synchronous = normal")
        self._flushed = time.monotonic()
        try:
            yield
        finally:
            self._flushed = None
            self._execute("pragma synchronous = full")
            _flush(self._log_path())

    def _log_path(self) -> str:
        """The write-ahead log; empty for a database in memory."""
        file = self._db.execute("pragma database_list").fetchone()[2]
        return f"{file}-wal" if file else ""

    def _flush_at_times(self) -> None:
        now = time.monotonic()
        if self._flushed is not None and now - self._flushed > _FLUSH_SECONDS:
            self._flushed = now
            threading.Thread(target=_flush, args=(self._log_path(),), name="flush", daemon=True).start()

    @contextmanager
    def write(self) -> Iterator[Database]:
        """A transaction that is certain to get the lock before it reads what it will change.

        A deferred transaction that reads first fails at once when another process has written meanwhile, whatever the
        timeout; an immediate one waits.

        Raises:
            StoreError: the file cannot be written.
        """
        connection = self._db.conn
        try:
            if connection.in_transaction:
                with self._db.atomic():
                    yield self._db
                return
            self._db.execute("begin immediate")
            try:
                yield self._db
            except BaseException:
                connection.rollback()
                raise
            else:
                connection.commit()
                self._flush_at_times()
        except sqlite3.OperationalError as error:
            if connection.in_transaction:
                connection.rollback()
            raise store_error(error, self.path) from error

    def _rows(self, sql: str, **values: object) -> list[Row]:
        return list(self._db.query(sql, values))

    def _row(self, sql: str, **values: object) -> Row | None:
        return next(iter(self._rows(sql, **values)), None)

    def _execute(self, sql: str, **values: object) -> None:
        self._db.execute(sql, values)
