"""Taking results away: one writer a format, each from `Results` to files.

A writer adds nothing and leaves out nothing in silence. To add a format, write a module with a function from `Results`
to named bytes, and name it in `_WRITERS`.
"""

from __future__ import annotations

from importlib import import_module
from typing import cast

from synth.errors import OptionError
from synth.results import Results

_WRITERS = {
    "json": ("synth.export.json", "export_json"),
    "html": ("synth.export.html", "export_html"),
    "md": ("synth.export.markdown", "export_markdown"),
    "csv": ("synth.export.csv", "export_csv"),
}
FORMATS = tuple(_WRITERS)


def export_results(results: Results, format_: str) -> dict[str, bytes]:
    """The files of one format by their names, the main one first.

    Raises:
        OptionError: there is no such format.
    """
    if format_ not in _WRITERS:
        raise OptionError(f"No format '{format_}': give one of {', '.join(FORMATS)}.")
    module, function = _WRITERS[format_]
    # A writer is imported when it is used: templates and drawings cost time that a CSV does not need.
    return cast("dict[str, bytes]", getattr(import_module(module), function)(results))
