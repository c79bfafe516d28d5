"""Paragraphs and tables of office documents and pages, collected piece by piece into rows.

docx, odt, rtf and html all tell the same story in other words: text that is emphasised or not, ends of paragraphs,
tables with cells. Their readers tell it to a `Flow`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from synth.domain import Skipped
from synth.parse import columns
from synth.parse.decode import normalise
from synth.parse.pieces import Row, RowKind, Written, gather


@dataclass(slots=True)
class _Table:
    """A table that is still being read; cells hold rows."""

    records: list[list[list[Row]]] = field(default_factory=list)


@dataclass(slots=True)
class _Paragraph:
    parts: list[tuple[str, bool]] = field(default_factory=list)
    heading: bool = False


class Flow:
    """Collects a document; call `finish` once at the end."""

    def __init__(self) -> None:
        self._out: list[list[Row]] = [[]]
        self._tables: list[_Table] = []
        self._open: list[_Paragraph] = []
        self._beside: list[Skipped] = []

    def begin_paragraph(self, *, heading: bool = False) -> None:
        """Open a paragraph; one inside another (a text box) comes out before it."""
        self._open.append(_Paragraph([], heading))

    def mark_paragraph(self, *, heading: bool) -> None:
        """Say what the open paragraph turned out to be."""
        if self._open:
            self._open[-1].heading |= heading

    def text(self, text: str, *, emphasis: bool = False) -> None:
        """Add characters to the open paragraph; outside of one they open one."""
        if not self._open:
            if not text.strip():
                return
            self.begin_paragraph()
        self._open[-1].parts.append((text, emphasis))

    def end_paragraph(self) -> None:
        """Close the innermost open paragraph."""
        if self._open:
            self._out[-1] += _rows(self._open.pop())

    def is_open(self) -> bool:
        """Whether a paragraph is open."""
        return bool(self._open)

    def end_or_blank(self) -> None:
        """End the open paragraph; where none is open, there is an empty one."""
        if not self._open:
            self.begin_paragraph()
        self.end_paragraph()

    def close_loose(self) -> None:
        """End a paragraph that text opened by itself."""
        while self._open and self._open[-1].parts:
            self.end_paragraph()

    def skip(self, text: str, why: str) -> None:
        """Text that stands beside the document: a comment, a page header."""
        if text.strip():
            self._beside.append(Skipped(normalise(text).strip(), why))

    def begin_table(self) -> None:
        """Open a table, maybe inside a cell."""
        self._tables.append(_Table())

    def begin_record(self) -> None:
        """Open a row of the table."""
        if self._tables:
            self._tables[-1].records.append([])

    def begin_cell(self) -> None:
        """Open a cell."""
        self._out.append([])

    def end_cell(self) -> None:
        """Close a cell."""
        if len(self._out) > 1:
            rows = self._out.pop()
            if self._tables and self._tables[-1].records:
                self._tables[-1].records[-1].append(rows)
            else:
                self._out[-1] += rows

    def end_table(self) -> None:
        """Close the table: rows of speech where it holds who said what, else its cells as they stand."""
        if self._tables:
            records = [record for record in self._tables.pop().records if record]
            self._out[-1] += table_to_rows(records)

    def finish(self) -> Written:
        """Everything collected."""
        while self._open:
            self.end_paragraph()
        while self._tables:
            while len(self._out) > 1:
                self.end_cell()
            self.end_table()
        rows = [row for out in self._out for row in out]
        return Written(tuple(rows), wrapped=False, skipped=gather(self._beside))


def table_to_rows(records: Sequence[Sequence[Sequence[Row]]]) -> list[Row]:
    """The rows of a table whose cells hold rows."""
    cells = [["\n".join(row.text for row in cell if row.text.strip()) for cell in record] for record in records]
    if max((len(record) for record in cells), default=0) >= 2:
        spoken = columns.table_rows(cells)
        if spoken is not None:
            return spoken
    rows: list[Row] = []
    for record, texts in zip(records, cells, strict=True):
        filled = [text for text in texts if text]
        if len(filled) > 1 and all("\n" not in text for text in filled):
            first = next(row for cell in record for row in cell if row.text.strip())
            rows.append(replace(first, text="\t".join(filled)))
        else:
            rows += [row for cell in record for row in cell if row.text.strip()]
    return rows


def _rows(paragraph: _Paragraph) -> list[Row]:
    """A paragraph as rows, one for each line in it."""
    lines: list[list[tuple[str, bool]]] = [[]]
    for text, emphasis in paragraph.parts:
        first, *more = re.split("[\n\x0b\u2028\u2029]", text)
        lines[-1].append((first, emphasis))
        lines += [[(part, emphasis)] for part in more]
    kind = RowKind.HEADING if paragraph.heading else RowKind.TEXT
    rows = []
    for line in lines:
        text, lead = "", 0
        leading = True
        for part, emphasis in line:
            cleaned = normalise(part)
            leading = leading and (emphasis or not cleaned.strip())
            text += cleaned
            lead = len(text.rstrip()) if leading and emphasis and cleaned.strip() else lead
        rows.append(Row(normalise(text), kind, lead))
    return rows
