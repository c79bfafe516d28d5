"""Reading: bytes to `Transcript`. One reader a format, then speakers, lines, roles and language the same for all.

    from synth.parse import parse_file
    [transcript] = parse_file("P01.docx")

Nothing in a file is dropped in silence: what is not speech is in `Transcript.skipped` with the reason, what cannot be
read is a `ReadError` with one sentence that says what to do. Reading is deterministic, and bounded in memory and time
for any bytes."""

from __future__ import annotations

from pathlib import Path

from synth.domain import Transcript
from synth.errors import ReadError
from synth.parse.files import FileFailure, Found, FoundFile, find_files
from synth.parse.participants import Joined, PersonRow, is_named, join_participants, participant_hint, read_participants
from synth.parse.reading import parse_bytes, too_large
from synth.parse.same import KnownSpeech, other_people, same_speech
from synth.parse.sentences import split_lines
from synth.parse.settings import DEFAULT_SETTINGS, ReadSettings

__all__ = [
    "FileFailure",
    "Found",
    "FoundFile",
    "Joined",
    "KnownSpeech",
    "PersonRow",
    "ReadSettings",
    "find_files",
    "is_named",
    "join_participants",
    "other_people",
    "parse_bytes",
    "parse_file",
    "participant_hint",
    "read_participants",
    "same_speech",
    "split_lines",
]


def parse_file(
    path: str | Path, settings: ReadSettings = DEFAULT_SETTINGS, name: str | None = None
) -> list[Transcript]:
    """Read one file; see `parse_bytes`.

    Args:
        path: the file.
        settings: what a person says about it.
        name: what the transcript is called; the file's name where it is None.

    Raises:
        ReadError: the file is not there, may not be opened, or cannot be read as a transcript.
    """
    file = Path(path)
    shown = name if name is not None else file.name
    try:
        size = file.stat().st_size
        if size > settings.max_bytes:
            raise ReadError(shown, too_large(size, settings.max_bytes))
        data = file.read_bytes()
    except FileNotFoundError as error:
        raise ReadError(str(path), "There is no such file; check the path.") from error
    except IsADirectoryError as error:
        raise ReadError(str(path), "This is a folder; name a file in it.") from error
    except OSError as error:
        raise ReadError(str(path), f"The file cannot be opened ({error.strerror}); check its permissions.") from error
    return parse_bytes(data, shown, settings)
