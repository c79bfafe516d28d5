"""A codebook as a table that people edit in a spreadsheet and bring back (`synth.codebook` reads it)."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from synth.codebook import COLUMNS
from synth.domain import Code
from synth.export.csv import safe_cell


def export_codebook_csv(codes: Sequence[Code]) -> bytes:
    """UTF-8 with a byte order mark; examples stand on lines of their own inside a cell."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for code in codes:
        kind = code.kind.value if code.kind else ""
        cells = (kind, code.name, code.definition, code.use_when, code.not_when, "\n".join(code.examples), code.made_by)
        writer.writerow([safe_cell(cell) for cell in cells])
    return out.getvalue().encode("utf-8-sig")
