"""The sheets of an .xlsx workbook as records of text; formulas count as the values they last had."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from synth.errors import ReadError
from synth.parse import archive
from synth.parse.decode import normalise

_SMALL = re.compile(r"\d(?:\.\d{1,20})?[eE]-\d{1,2}")
_MOST_CELLS = 2_000_000
_MOST_COLUMNS = 500


def read_sheets(packed: zipfile.ZipFile, name: str, limit: int) -> Iterator[tuple[str, list[list[str]]]]:
    """The name and the records of each sheet that has any, in the order of their tabs.

    Raises:
        ReadError: damaged, or too large.
    """
    shared: list[str] = []
    if "xl/sharedStrings.xml" in packed.namelist():
        strings = _Strings()
        archive.walk_xml(packed, "xl/sharedStrings.xml", name, limit, strings)
        shared = strings.found
    members = [member for member in packed.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", member)]
    titles = _titles(packed, name, limit)
    places = {member: place for place, member in enumerate(titles)}
    members.sort(key=lambda member: (places.get(member, len(places)), int(re.sub(r"\D", "", member))))
    count = 0
    for number, member in enumerate(members, 1):
        cells = _Cells(shared, name, count)
        archive.walk_xml(packed, member, name, limit, cells)
        count = cells.count
        records = [record for record in cells.records if any(cell.strip() for cell in record)]
        if records:
            yield titles.get(member, f"{number}"), records


def _titles(packed: zipfile.ZipFile, name: str, limit: int) -> dict[str, str]:
    """What people call each sheet, by the member that holds it, in the order of the tabs."""
    book, ways = _Attributes("sheet"), _Attributes("Relationship")
    archive.walk_xml(packed, "xl/workbook.xml", name, limit, book)
    if "xl/_rels/workbook.xml.rels" not in packed.namelist():
        return {}
    archive.walk_xml(packed, "xl/_rels/workbook.xml.rels", name, limit, ways)
    members = {way.get("Id"): "xl/" + way.get("Target", "").removeprefix("/xl/") for way in ways.found}
    return {members[sheet["r:id"]]: sheet.get("name", "") for sheet in book.found if sheet.get("r:id") in members}


class _Attributes(ContentHandler):
    """The attributes of all elements of one name."""

    def __init__(self, wanted: str) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []
        self._wanted = wanted

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        """Open an element."""
        if name == self._wanted:
            self.found.append({key: str(value) for key, value in attrs.items()})


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

    def __init__(self, shared: list[str], name: str, count: int) -> None:
        super().__init__()
        self.records: list[list[str]] = []
        self._shared, self._name = shared, name
        self._column = 0
        self._kind = ""
        self._parts: list[str] = []
        self._taking = False
        self.count = count
        """Cells of this sheet and of those before it."""

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
            self.count += 1
            if self.count > _MOST_CELLS:
                raise ReadError(
                    self._name, "The sheet has too many cells to be a table of interviews; save the part needed."
                )
            record = self.records[-1]
            record += [""] * (self._column - len(record))
            record[self._column - 1] = self._value("".join(self._parts))

    def _value(self, text: str) -> str:
        if self._kind == "s":
            return self._shared[int(text)] if text.isdigit() and int(text) < len(self._shared) else ""
        if self._kind != "n":
            return normalise(text)
        # Excel writes whole numbers as floats at times, and small ones with an exponent.
        return re.sub(r"\.0$", "", f"{float(text):.9f}" if _SMALL.fullmatch(text) else text)

    def characters(self, content: str) -> None:
        """Text between tags."""
        if self._taking:
            self._parts.append(content)


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
