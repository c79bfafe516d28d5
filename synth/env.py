"""What is around a command: the `.env` file, and whoever is at the machine.

Apart from `synth.settings`, so that a command that only prints its help need not load pydantic.
"""

from __future__ import annotations

import getpass
import os
from pathlib import Path


def load_env_file(folder: str | Path = ".") -> None:
    """Put the variables of a `.env` file into the environment, except those that are set already or empty.

    An empty line of a copied `.env.example` means 'not set'; libraries would take it for a key.
    """
    path = Path(folder) / ".env"
    if path.is_file():
        from dotenv import dotenv_values

        for name, value in dotenv_values(path).items():
            if value:
                os.environ.setdefault(name, value)


def machine_user() -> str:
    """Whoever is at this machine, as the system calls them; `me` where it does not say, as in many a container."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # the last on Windows
        return "me"
