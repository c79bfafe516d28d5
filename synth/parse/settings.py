"""What a researcher may say about files before they are read."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_MAX_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """How to read; every default reads a file by itself alone."""

    interviewer: tuple[str, ...] = ()
    """Labels of those who ask; case, surrounding blanks and a closing colon do not matter."""
    participants: tuple[str, ...] = ()
    """Labels of those whose journey it is."""
    language: str | None = None
    """An ISO 639-1 code; None tells it from the words."""
    max_bytes: int = DEFAULT_MAX_BYTES
    """Largest file that is read, also after it has been unpacked."""
    wave: str | None = None


DEFAULT_SETTINGS = ReadSettings()
