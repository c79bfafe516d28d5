"""What would be sent, before anything is: files read and put under pseudonyms in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from synth.domain import Transcript
from synth.errors import InputError, StoreError
from synth.parse import ReadSettings
from synth.pipeline.names import open_key
from synth.pipeline.progress import Progress
from synth.pipeline.reading import read_files
from synth.pipeline.run import default_study_name, nothing_read
from synth.privacy import Key, Preview, preview_names, read_list
from synth.results import Failure
from synth.store import copy_store


@dataclass(frozen=True, slots=True)
class RedactPreview:
    """What a person checks before a study is sent to a model."""

    preview: Preview
    failures: tuple[Failure, ...]
    key: Key
    """With the pseudonyms that were given; saved only where a person asks."""

    def save_key(self) -> None:
        """Save the key, without which nobody could tell whom a pseudonym stands for.

        Raises:
            StoreError: it cannot be written, or somebody else gave out pseudonyms meanwhile, which may be the same.
        """
        if not self.key.save():
            raise StoreError(
                f"{self.key.path}: somebody else gave out pseudonyms of this study meanwhile. Do this again: these "
                "would stand for other people."
            )


def preview_redaction(
    paths: Sequence[str], db: str, study_name: str | None, settings: ReadSettings, names_file: str | None,
    progress: Progress,
) -> RedactPreview:  # fmt: skip
    """Read files and show what would be replaced in them; the database and the key are not changed.

    Args:
        paths: files and folders.
        db: the study database, whose key (if there is one) gives people the pseudonyms that they have.
        study_name: the study they belong to; the first folder's name where it is None.
        settings: how to read.
        names_file: the researcher's list of names, employers and places, one `kind,name` a line.
        progress: who watches.

    Raises:
        InputError: there is nothing to read, or the list cannot be read.
    """
    store = copy_store(db)
    try:
        name = study_name or default_study_name(paths)
        study = store.study(name) if store.has_study(name) else store.add_study(name, "", "en", "customer", "")
        before = {transcript.id for transcript in store.current_transcripts(study)}
        key = open_key(store, study)
        if names_file is not None:
            add_names(key, names_file)
        read = read_files(store, study, paths, settings, progress)
        transcripts: list[Transcript] = store.current_transcripts(study)
        if not transcripts:
            raise InputError(nothing_read(read))
        fresh = [transcript for transcript in transcripts if transcript.id not in before] or transcripts
        return RedactPreview(preview_names(fresh, key), tuple(read.failures), key)
    finally:
        store.close()


def add_names(key: Key, names_file: str) -> int:
    """Put a researcher's list of names into a key; how many there are.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        text = Path(names_file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = (
            "there is no such file; check the path" if isinstance(error, FileNotFoundError) else "save it as UTF-8 text"
        )
        raise InputError(f"{names_file}: the list of names cannot be read; {why}.") from error
    entries = read_list(text)
    for kind, name in entries:
        key.add_to_list(kind, name)
    return len(entries)
