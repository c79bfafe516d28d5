"""The secrets of a service, in a file of their own beside the database, readable by its owner alone.

A copy of the database alone signs no session and asks no model. The file holds the key that sessions are signed with,
and the keys of model providers that were entered in the browser, which are never shown again.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from synth.errors import StoreError


@dataclass(frozen=True, slots=True)
class ServiceKeys:
    """What the file holds."""

    signing: str
    models: Mapping[str, str] = field(default_factory=dict)
    """Name of the environment variable, such as OPENAI_API_KEY, to the key."""

    def with_model_key(self, variable: str, key: str) -> ServiceKeys:
        """With this key; an empty one takes it away."""
        kept = {name: value for name, value in self.models.items() if name != variable}
        return replace(self, models=kept | ({variable: key} if key else {}))

    def put_into_environment(self) -> None:
        """Let models be asked with these keys; what the environment has already wins."""
        for variable, key in self.models.items():
            os.environ.setdefault(variable, key)


def keys_path(db: str) -> Path:
    """The file beside a database."""
    path = Path(db)
    return path.with_name(f"{path.stem}.service.key.json")


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
        return ServiceKeys(str(held["signing"]), {str(name): str(key) for name, key in held["models"].items()})
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
    path = keys_path(db)
    text = json.dumps({"signing": keys.signing, "models": dict(keys.models)}, indent=1) + "\n"
    try:
        # mkstemp makes files with mode 600.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".service-", suffix=".key.json")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(name, path)
    except OSError as error:
        raise StoreError(f"{path}: the keys of the service cannot be written ({error.strerror}).") from error
