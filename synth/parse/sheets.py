"""The first sheet of an .xlsx workbook as records of text; formulas count as the values they last had."""

from __future__ import annotations

import re
import zipfile
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from synth.errors import ReadError
from synth.parse import archive
from synth.parse.decode import normalise

_MOST_CELLS = 2_000_000
_MOST_COLUMNS = 500


def read_sheet(packed: zipfile.ZipFile, name: str, limit: int) -> list[list[str]]:
    """The records of the first sheet that has any.

    Raises:
        ReadError: damaged, or too large.
    """
    shared: list[str] = []
    if "xl/sharedStrings.xml" in packed.namelist():
        strings = _Strings()
        archive.walk_xml(packed, "xl/sharedStrings.xml", name, limit, strings)
        shared = strings.found
    sheets = [member for member in packed.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", member)]
    for member in sorted(sheets, key=lambda one: int(re.sub(r"\D", "", one))):
        cells = _Cells(shared, name)
        archive.walk_xml(packed, member, name, limit, cells)
        records = [record for record in cells.records if any(cell.strip() for cell in record)]
        if records:
            return records
    return []


class _Strings(ContentHandler):
    """The strings that cells refer to by number."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._parts: list[str] = []
        self._taking = False
        self._phonetic = 0

    def startElement(self, name: str, _attrs: AttributesImpl) -> None:
        """Open an element."""
        self._phonetic += name == "rPh"
        self._taking = name == "t" and not self._phonetic

    def endElement(self, name: str) -> None:
        """Close an element."""
        self._taking = False
        self._phonetic -= name == "rPh"
        if name == "si":
            self.found.append(normalise("".join(self._parts)))
            self._parts = []

    def characters(self, content: str) -> None:
        """Text between tags."""
        if self._taking:
            self._parts.append(content)


class _Cells(ContentHandler):
    """The records of one sheet."""

    def __init__(self, shared: list[str], name: str) -> None:
        super().__init__()
        self.records: list[list[str]] = []
        self._shared, self._name = shared, name
        self._column = 0
        self._kind = ""
        self._parts: list[str] = []
        self._taking = False
        self._count = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        """Open an element."""
        if name == "row":
            self.records.append([])
            self._column = 0
        elif name == "c":
            letters = re.match(r"[A-Z]{1,3}", attrs.get("r", ""))
            self._column = _column_number(letters.group()) if letters else self._column + 1
            self._kind, self._parts = attrs.get("t", "n"), []
        self._taking = name in {"v", "t"}

    def endElement(self, name: str) -> None:
        """Close an element."""
        self._taking = False
        if name == "c" and self._parts and self.records and self._column <= _MOST_COLUMNS:
            self._count += 1
            if self._count > _MOST_CELLS:
                raise ReadError(
                    self._name, "The sheet has too many cells to be a table of interviews; save the part needed."
                )
            record = self.records[-1]
            record += [""] * (self._column - len(record))
            record[self._column - 1] = self._value("".join(self._parts))

    def _value(self, text: str) -> str:
        if self._kind == "s":
            return self._shared[int(text)] if text.isdigit() and int(text) < len(self._shared) else ""
        # Excel writes whole numbers as floats at times.
        return re.sub(r"\.0$", "", text) if self._kind == "n" else normalise(text)

    def characters(self, content: str) -> None:
        """Text between tags."""
        if self._taking:
            self._parts.append(content)


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
