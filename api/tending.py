"""What a running service does by itself: keys into the environment and drafts into memory at the start, and retention,
then and daily.
"""

from __future__ import annotations

import logging
from pathlib import Path
from threading import Event, Thread

from fastapi import FastAPI

from api.errors import log_without_words
from api.settings import ServiceSettings
from synth.collecting import set_aside
from synth.errors import SynthError
from synth.pipeline.retention import apply_retention
from synth.pipeline.shown import ShownStudies
from synth.service_keys import keys_path, load_keys, seal_if_plain
from synth.store import open_store
from synth.store.pool import StorePool

DAY_SECONDS = 24 * 3600
MOST_READY = 4
"""Studies whose drafts are loaded at the start."""
_log = logging.getLogger(__name__)


def tend(settings: ServiceSettings, ended: Event) -> Thread:
    """Begin, in a thread that ends with the event.

    A day on which retention cannot be looked after is logged, and the next one comes all the same.

    Raises:
        StoreError: the file of keys cannot be read.
    """
    if keys_path(settings.db).exists():
        seal_if_plain(settings.db)
        load_keys(settings.db, make=False).put_into_environment()
    thread = Thread(target=_daily, args=(settings.db, ended), name="retention", daemon=True)
    thread.start()
    return thread


def get_ready(app: FastAPI) -> Thread:
    """Begin to load the drafts of the newest studies, so that nobody's first page waits for theirs."""
    thread = Thread(target=load_drafts, args=(app.state.pool, app.state.shown), name="drafts", daemon=True)
    thread.start()
    return thread


def load_drafts(pool: StorePool, shown: ShownStudies) -> None:
    """Load them; what cannot be loaded says so on its own page."""
    # What was loaded to start with is here to stay.
    set_aside()
    try:
        with pool.lent() as store:
            if store is None:
                return
            for study in reversed(store.studies()[-MOST_READY:]):
                if store.newest_draft_id(study) is not None:
                    shown.load(store, study)
    except SynthError:
        return
    except Exception as error:
        log_without_words(error)


def keep_retention(db: str) -> None:
    """Give notice of studies and delete them where it is time; nothing where there is no database."""
    if not Path(db).exists():
        return
    store = open_store(db, create=False)
    try:
        _, deleted = apply_retention(store)
        if deleted and not store.scrub():
            _log.warning(
                "Studies were deleted, but another program has the database open: words of them may still stand in the "
                "file. Close that program, then run `synth withdraw NAME --scrub` with the name of any study."
            )
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
