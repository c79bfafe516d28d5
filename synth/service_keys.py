"""The secrets of a service, in a file of their own beside the database, readable by its owner alone.

A copy of the database alone signs no session and asks no model. The file holds the key that sessions are signed with,
and the keys of model providers that were entered in the browser, which are never shown again. Those are sealed where
the environment has `SYNTH_SECRET`, a secret that must not lie beside the file; without it they stand in the file as
they are: a key that lies beside what it opens would protect nothing.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from synth.errors import StoreError
from synth.sealing import SealError, seal, unseal

SECRET = "SYNTH_SECRET"
LEAST_SECRET = 16
"""Signs that it must have."""
Sealing = Literal["none", "plain", "sealed", "locked"]


@dataclass(frozen=True, slots=True)
class ServiceKeys:
    """What the file holds."""

    signing: str
    models: Mapping[str, str] = field(default_factory=dict)
    """Name of the environment variable, such as OPENAI_API_KEY, to the key."""
    locked: str = ""
    """Keys of models that are sealed with another secret than the one that is set, as they stand in the file."""

    def with_model_key(self, variable: str, key: str) -> ServiceKeys:
        """With this key; an empty one takes it away."""
        kept = {name: value for name, value in self.models.items() if name != variable}
        return replace(self, models=kept | ({variable: key} if key else {}))

    def put_into_environment(self) -> None:
        """Let models be asked with these keys; what the environment has already wins."""
        for variable, key in self.models.items():
            os.environ.setdefault(variable, key)

    @property
    def sealing(self) -> Sealing:
        """How the keys of models lie in the file: none, as they are, sealed, or sealed with another secret."""
        if self.locked:
            return "locked"
        return "none" if not self.models else "sealed" if own_secret() else "plain"


def keys_path(db: str) -> Path:
    """The file beside a database."""
    path = Path(db)
    return path.with_name(f"{path.stem}.service.key.json")


def own_secret() -> str:
    """The secret that keys are sealed with; empty where none is set.

    Raises:
        StoreError: it is too short to protect anything.
    """
    secret = os.environ.get(SECRET, "")
    if 0 < len(secret) < LEAST_SECRET:
        raise StoreError(f"{SECRET} is too short. Give at least {LEAST_SECRET} signs, made by chance.")
    return secret


def load_keys(db: str, *, make: bool = True) -> ServiceKeys:
    """The keys beside a database.

    Args:
        db: the database as the user named it.
        make: whether the file is made where there is none; otherwise the keys hold until the program ends.

    Raises:
        StoreError: the file cannot be read or made.
    """
    path = keys_path(db)
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        models = {str(name): str(key) for name, key in held["models"].items()}
        return _opened(ServiceKeys(str(held["signing"]), models), str(held.get("sealed", "")))
    except FileNotFoundError:
        made = ServiceKeys(secrets.token_urlsafe(32))
        if make:
            save_keys(db, made)
        return made
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise StoreError(
            f"{path}: the keys of the service cannot be read ({type(error).__name__}). Mend the file, or delete it: "
            "then everybody signs in again and the keys of models are entered again."
        ) from error


def save_keys(db: str, keys: ServiceKeys) -> None:
    """Write the file anew, readable by its owner alone; a reader sees the old one or the new one whole.

    Raises:
        StoreError: it cannot be written.
    """
    path, secret = keys_path(db), own_secret()
    held: dict[str, object] = {"signing": keys.signing, "models": dict(keys.models)}
    if keys.locked and not (secret and keys.models):
        # Whoever sets the right secret again finds them.
        held["sealed"] = keys.locked
    elif secret and keys.models:
        held |= {"models": {}, "sealed": seal(json.dumps(dict(keys.models)), secret)}
    beside: Path | None = None
    try:
        # mkstemp makes files with mode 600.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".service-", suffix=".key.json")
        beside = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps(held, indent=1) + "\n")
        beside.replace(path)
    except OSError as error:
        if beside is not None:
            beside.unlink(missing_ok=True)  # it holds keys
        raise StoreError(f"{path}: the keys of the service cannot be written ({error.strerror}).") from error


def seal_if_plain(db: str) -> bool:
    """Seal keys of models that stand in the file as they are, once there is a secret; whether that was done."""
    if not own_secret() or not keys_path(db).exists():
        return False
    if not json.loads(keys_path(db).read_text(encoding="utf-8")).get("models"):
        return False
    save_keys(db, load_keys(db, make=False))
    return True


def _opened(keys: ServiceKeys, sealed: str) -> ServiceKeys:
    """With the keys that are sealed, where the secret is there."""
    if not sealed:
        return keys
    secret = own_secret()
    try:
        inside = json.loads(unseal(sealed, secret)) if secret else None
    except SealError:
        inside = None
    if inside is None:
        return replace(keys, locked=sealed)
    return replace(keys, models=dict(keys.models) | {str(name): str(key) for name, key in inside.items()})
