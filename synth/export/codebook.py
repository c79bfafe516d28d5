"""A codebook as a table that people edit in a spreadsheet and bring back (`synth.codebook` reads it)."""

from __future__ import annotations

from collections.abc import Sequence

from synth.codebook import COLUMNS
from synth.domain import Code
from synth.export.csv import table_of


def export_codebook_csv(codes: Sequence[Code]) -> bytes:
    """A row for each code; examples stand on lines of their own inside a cell."""
    return table_of(COLUMNS, map(_row, codes))


def _row(code: Code) -> tuple[str, ...]:
    kind = code.kind.value if code.kind else ""
    return kind, code.name, code.definition, code.use_when, code.not_when, "\n".join(code.examples), code.made_by
