"""Opening the database file, and the one way to write to it.

SQLite lets one connection write at a time, and lets those that wait try again after growing pauses: of many that wait
somebody may wait for seconds while others pass by. Here the threads of one process queue up for a file, first come
first served, and only the first of them asks SQLite, often. The promise: a short transaction waits for those before it
in its process and for at most a few of another process, such as a run that stores findings.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from synth.accounts import TIME
from synth.errors import StoreError
from synth.migrations import migrations

Row = dict[str, Any]
_FLUSH_SECONDS = 1.0
LOCK_SECONDS = 30.0
"""Whoever waits longer than this to write is told that the database is locked."""
CACHE_KILOBYTES = 2_000
"""How much of the file SQLite keeps in memory where nobody says otherwise."""
_TRY_SECONDS = 0.001
"""Between two tries of the first in the queue; later tries come somewhat slower."""


def now_utc() -> str:
    """The time as ISO 8601 in UTC, to the second."""
    return utc_after()


def utc_after(**span: float) -> str:
    """The time so long from now (`days=1`, `minutes=-15`), as it is stored: times compare as text."""
    return (datetime.now(UTC) + timedelta(**span)).strftime(TIME)


def open_database(path: str, *, create: bool = True) -> Database:
    """The database with its schema up to date, foreign keys on and a write-ahead log.

    Raises:
        StoreError: see `synth.store.open_store`.
    """
    if not create and not Path(path).exists():
        raise StoreError(f"{path}: there is no database here. `synth run FOLDER --db {path}` makes one.")
    try:
        connection = sqlite3.connect(path, check_same_thread=False, timeout=LOCK_SECONDS)
        database = Database(connection)
        _refuse_newer(database, path)
        database.enable_wal()
        # Withdrawal promises that nothing is left in the file; freed pages are overwritten as they are freed.
        connection.execute("pragma secure_delete = on")
        _bring_up_to_date(database)
        # Last: a migration may rebuild a table, which must happen with this off.
        connection.execute("pragma foreign_keys = on")
    except sqlite3.Error as error:
        raise store_error(error, path) from error
    return database


def _bring_up_to_date(database: Database) -> None:
    """Apply what is missing; of several that open an older file at once, the first does it and the others wait."""
    if not migrations.pending(database):
        return
    # The lock first: under it is asked again what is missing.
    database.execute("begin immediate")
    with database.conn:
        migrations.apply(database)


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


class WriteQueue:
    """Threads that want to write to one file, first come first served."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._busy = False

    def take(self, seconds: float) -> bool:
        """Wait for one's turn; whether it came in time. Whoever got it must `leave`."""
        with self._lock:
            if not self._busy:
                self._busy = True
                return True
            turn = threading.Event()
            self._waiting.append(turn)
        try:
            if turn.wait(seconds):
                return True
        except BaseException:
            # Ctrl-C, for one: a turn that nobody takes would hold up everybody after it.
            if self._came(turn):
                self.leave()
            raise
        return self._came(turn)

    def _came(self, turn: threading.Event) -> bool:
        """Wait no more; whether the turn came just now."""
        with self._lock:
            if turn.is_set():
                return True
            self._waiting.remove(turn)
        return False

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def leave(self) -> None:
        """Let the next one in."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._busy = False


_QUEUES: dict[str, WriteQueue] = {}
_QUEUES_LOCK = threading.Lock()


def _queue_of(file: str) -> WriteQueue:
    with _QUEUES_LOCK:
        return _QUEUES.setdefault(file, WriteQueue())


class Base:
    """A connection with the helpers that every part of the store uses."""

    def __init__(self, database: Database, path: str) -> None:
        self._db = database
        self.path = path
        """The file as the user named it; of a copy in memory, the file that it is a copy of."""
        self._flushed: float | None = None
        """When the log was last sent to the disk, while commits do not wait for that."""
        self._file = str(database.execute("pragma database_list").fetchone()[2])
        self._queue = _queue_of(self._file) if self._file else WriteQueue()
        """Of all threads of this process that write to this file."""
        self.in_memory = not self._file
        """Whether nobody else sees what is written here."""
        self.writing = False
        """Whether a transaction is open whose changes may still be taken back."""
        self._spoiled = False
        """Whether a part of it failed, so that the whole must."""

    def close(self) -> None:
        """Close the file; the write-ahead log is folded into it."""
        self._db.close()

    def schema_version(self) -> int:
        """Changes whenever anybody changes the schema of the file."""
        return int(self._db.conn.execute("pragma schema_version").fetchone()[0])

    def end_transaction(self) -> None:
        """Take back what was begun and not ended, before somebody else is lent this store."""
        if self._db.conn.in_transaction:
            self._db.conn.rollback()

    @contextmanager
    def writing_much(self, cache_kilobytes: int = CACHE_KILOBYTES) -> Iterator[None]:
        """Meanwhile a commit does not wait for the disk: on many a machine that takes longer than all else of a call.

        What is written is there for whoever opens the file next, also when this process is killed. It is sent to the
        disk every second; where the machine itself stops (a power cut) the last of it may be lost, and the file stays
        whole.

        Args:
            cache_kilobytes: how much of the file is kept in memory. Findings go into indexes by their ids, which lie
                all over them: pages that are not there are read again and again.
        """
        self._execute("pragma synchronous = normal")
        # The log is folded into the file less often: folding waits for the disk.
        self._execute("pragma wal_autocheckpoint = 8000")
        self._execute(f"pragma cache_size = -{cache_kilobytes}")
        self._flushed = time.monotonic()
        try:
            yield
        finally:
            self._flushed = None
            self._execute("pragma synchronous = full")
            self._execute("pragma wal_autocheckpoint = 1000")
            self._execute(f"pragma cache_size = -{CACHE_KILOBYTES}")
            _flush(self._log_path())

    def _log_path(self) -> str:
        """The write-ahead log; empty for a database in memory."""
        return f"{self._file}-wal" if self._file else ""

    def _flush_at_times(self) -> None:
        now = time.monotonic()
        if self._flushed is not None and now - self._flushed > _FLUSH_SECONDS:
            self._flushed = now
            threading.Thread(target=_flush, args=(self._log_path(),), name="flush", daemon=True).start()

    @contextmanager
    def write(self) -> Iterator[Database]:
        """A transaction that is certain to get the lock before it reads what it will change; within one a part of it.

        A deferred transaction that reads first fails at once when another process has written meanwhile, whatever the
        timeout; an immediate one waits.

        Raises:
            StoreError: the file cannot be written.
        """
        connection = self._db.conn
        try:
            if connection.in_transaction:
                # A part of what is open: it is stored with the whole or not at all, without a mark of its own to go
                # back to. Of the statements of a coding those marks were every other one.
                try:
                    yield self._db
                except BaseException:
                    self._spoiled = True
                    raise
                return
            with self._turn():
                self.writing, self._spoiled = True, False
                try:
                    yield self._db
                    if self._spoiled:
                        raise RuntimeError("a part of this transaction failed, and it would have been stored")
                except BaseException:
                    connection.rollback()
                    raise
                else:
                    connection.commit()
                    self._flush_at_times()
                finally:
                    self.writing = False
        except sqlite3.OperationalError as error:
            if connection.in_transaction:
                connection.rollback()
            raise store_error(error, self.path) from error

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Hold the one lock for writing: of this process first, then of the file."""
        until = time.monotonic() + LOCK_SECONDS
        if not self._queue.take(LOCK_SECONDS):
            raise sqlite3.OperationalError("database is locked")
        try:
            self._begin(until)
            yield
        finally:
            self._queue.leave()

    def _begin(self, until: float) -> None:
        # SQLite's own pauses grow to a tenth of a second: whoever writes without pause hardly lets anybody in.
        self._db.conn.execute("pragma busy_timeout = 0")
        try:
            pause = _TRY_SECONDS
            while True:
                try:
                    self._db.execute("begin immediate")
                    return
                except sqlite3.OperationalError as error:
                    if "locked" not in str(error).lower() or time.monotonic() > until:
                        raise
                time.sleep(pause)
                pause = min(pause * 1.1, 5 * _TRY_SECONDS)
        finally:
            self._db.conn.execute(f"pragma busy_timeout = {int(LOCK_SECONDS * 1000)}")

    def _rows(self, sql: str, **values: object) -> list[Row]:
        # Not by `Database.query`, which takes a savepoint around each reading: most of a page's questions are short.
        cursor = self._db.conn.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def _row(self, sql: str, **values: object) -> Row | None:
        return next(iter(self._rows(sql, **values)), None)

    def _column(self, sql: str, **values: object) -> list[Any]:
        """The first value of every row."""
        return [row[0] for row in self._db.conn.execute(sql, values)]

    def _count(self, sql: str, **values: object) -> int:
        """The one number that is asked for."""
        return int(self._column(sql, **values)[0])

    def _execute(self, sql: str, **values: object) -> None:
        self._db.execute(sql, values)

    def _change(self, sql: str, **values: object) -> int:
        """Make a change of one statement in a transaction; how many rows it touched."""
        with self.write() as db:
            return int(db.execute(sql, values).rowcount)
