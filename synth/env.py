"""What is around a command: the `.env` file, and whoever is at the machine.

Apart from `synth.settings`, so that a command that only prints its help need not load pydantic.
"""

from __future__ import annotations

import getpass
import os
from pathlib import Path

from synth.errors import SettingError


def load_env_file(folder: str | Path = ".") -> None:
    """Put the variables of a `.env` file into the environment, except those that are set already or empty.

    An empty line of a copied `.env.example` means 'not set'; libraries would take it for a key.

    Raises:
        SettingError: the file cannot be read.
    """
    path = Path(folder) / ".env"
    if path.is_file():
        from dotenv import dotenv_values

        try:
            for name, value in dotenv_values(path, encoding="utf-8-sig").items():
                if value:
                    os.environ.setdefault(name, value)
        except OSError as error:
            raise SettingError(f"{path}: the settings cannot be read ({error.strerror}).") from error
        except ValueError as error:
            why = "it is no text in UTF-8"
            raise SettingError(f"{path}: the settings cannot be read ({why}). Save it as UTF-8 text.") from error


def machine_user() -> str:
    """Whoever is at this machine, as the system calls them; `me` where it does not say, as in many a container."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # the last on Windows
        return "me"
