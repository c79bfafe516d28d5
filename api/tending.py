"""What a running service does by itself: keys of models into the environment once, retention at the start and daily."""

from __future__ import annotations

import logging
from pathlib import Path
from threading import Event, Thread

from api.errors import log_without_words
from api.settings import ServiceSettings
from synth.errors import SynthError
from synth.pipeline.retention import apply_retention
from synth.service_keys import keys_path, load_keys
from synth.store import open_store

DAY_SECONDS = 24 * 3600
_log = logging.getLogger(__name__)


def tend(settings: ServiceSettings, ended: Event) -> Thread:
    """Begin, in a thread that ends with the event.

    A day on which retention cannot be looked after is logged, and the next one comes all the same.

    Raises:
        StoreError: the file of keys cannot be read.
    """
    if keys_path(settings.db).exists():
        load_keys(settings.db, make=False).put_into_environment()
    thread = Thread(target=_daily, args=(settings.db, ended), name="retention", daemon=True)
    thread.start()
    return thread


def keep_retention(db: str) -> None:
    """Give notice of studies and delete them where it is time; nothing where there is no database."""
    if not Path(db).exists():
        return
    store = open_store(db, create=False)
    try:
        apply_retention(store)
    finally:
        store.close()


def _daily(db: str, ended: Event) -> None:
    while True:
        try:
            keep_retention(db)
        except SynthError as error:
            # The message names the file, never anybody's words.
            _log.error("Retention could not be looked after: %s", error)
        except Exception as error:
            log_without_words(error)
        if ended.wait(DAY_SECONDS):
            return
