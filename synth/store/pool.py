"""Stores that stay open between the requests of a service: opening one costs more than most of what is asked of it.

Each is lent to one request at a time. The promises: a store that comes back holds no lock and no transaction; a file
that was replaced, or whose schema another program changed, is opened anew; at most so many stay open.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock

from synth.errors import StoreError
from synth.store import Store, open_store

MOST_IDLE = 12
_Identity = tuple[int, int]


class StorePool:
    """Stores over one database. Threads may share it; each has the store that it was lent to itself."""

    def __init__(self, path: str, most: int = MOST_IDLE) -> None:
        """Nothing is opened before it is asked for.

        Args:
            path: the database.
            most: how many stay open while nobody needs them.
        """
        self._path, self._most = path, most
        self._lock = Lock()
        self._idle: list[tuple[Store, _Identity, int]] = []
        self._closed = False

    @contextmanager
    def lent(self) -> Iterator[Store | None]:
        """A store until the end of the block; None where there is no file.

        Raises:
            StoreError: the file cannot be used.
        """
        identity = self._identity()
        if identity is None:
            self.close_idle()
            yield None
            return
        store, schema = self._take(identity)
        try:
            yield store
        finally:
            self._give(store, identity, schema)

    def close_idle(self) -> None:
        """Close what nobody has in hand."""
        with self._lock:
            idle, self._idle = self._idle, []
        for store, _, _ in idle:
            _close(store)

    def close(self) -> None:
        """Close everything; what is lent is closed when it comes back."""
        self._closed = True
        self.close_idle()

    def _take(self, identity: _Identity) -> tuple[Store, int]:
        while True:
            with self._lock:
                kept = self._idle.pop() if self._idle else None
            if kept is None:
                store = open_store(self._path, create=False)
                return store, store.schema_version()
            store, opened, schema = kept
            try:
                if opened == identity and store.schema_version() == schema:
                    return store, schema
            except (StoreError, sqlite3.Error):
                pass
            _close(store)

    def _give(self, store: Store, identity: _Identity, schema: int) -> None:
        try:
            store.end_transaction()
        except sqlite3.Error:
            _close(store)
            return
        with self._lock:
            if not self._closed and len(self._idle) < self._most:
                self._idle.append((store, identity, schema))
                return
        _close(store)

    def _identity(self) -> _Identity | None:
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_dev, found.st_ino


def _close(store: Store) -> None:
    with suppress(sqlite3.Error):
        store.close()
