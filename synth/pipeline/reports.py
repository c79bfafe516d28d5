"""Results to files: the report of a run, and exports."""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import Path

from synth.domain import slug_of
from synth.errors import InputError, OptionError
from synth.export import FORMATS, export_results
from synth.pipeline.loading import load_results
from synth.pipeline.names import shown_results
from synth.results import Results
from synth.store import Store, Study

_NAMES_HIDDEN = ("html", "md")
"""Formats that are shown to others: they carry pseudonyms unless a person asks for names."""


def file_stem(study_name: str) -> str:
    """A file name for a study: letters, digits and hyphens of its name; `study` where none is left."""
    return slug_of(study_name) or "study"


def write_report(store: Store, study: Study, results: Results, out_dir: str) -> Path:
    """Write the report of a study into a folder, which is made.

    Raises:
        InputError: it cannot be written; everything is stored, `synth export` writes it elsewhere.
    """
    from synth.export.html import write_html

    path = Path(out_dir) / f"{file_stem(study.name)}.html"
    shown = shown_results(store, study, results)
    del results  # where nobody else holds it, its texts go before the report is made
    # A name of its own: two runs of a study may end at the same moment.
    begun = path.with_suffix(f".{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with begun.open("wb") as file:
            write_html(shown, file)
        begun.replace(path)
    except OSError as error:
        raise InputError(
            f"{path}: the report cannot be written ({error.strerror}). Everything is stored: "
            f"`synth export '{study.name}' -f html --out FILE` writes it elsewhere."
        ) from error
    finally:
        # Also where somebody ends the run meanwhile. Where the folder is a file, there is nothing to take back.
        with suppress(OSError):
            begun.unlink(missing_ok=True)
    return path


def export_study(store: Store, study: Study, format_: str, *, show_names: bool = False) -> dict[str, bytes]:
    """The files of one format, the main one first.

    Raises:
        OptionError: there is no such format.
        NotFoundError: the study has no draft yet.
    """
    if format_ not in FORMATS:
        raise OptionError(f"No format '{format_}': give one of {', '.join(FORMATS)}.")
    results = load_results(store, study)
    if format_ in _NAMES_HIDDEN and not show_names:
        results = shown_results(store, study, results)
    return export_results(results, format_)
