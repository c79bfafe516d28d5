"""Files that are containers: docx, odt, xlsx, qdpx, pdf, rtf, and a zip of interviews."""

from __future__ import annotations

import re
import zipfile
from contextlib import suppress
from dataclasses import replace
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from synth.domain import Skipped
from synth.errors import ReadError
from synth.parse import archive
from synth.parse.flow import Flow
from synth.parse.pieces import Spoken, Written
from synth.parse.settings import ReadSettings

_UNPACKED = 4
"""How many times the file limit a document may unpack to."""
_HEADING_STYLE = re.compile(r"(?:heading|kop|title|titel|subtitle|ondertitel|berschrift|titre)[ _]?\d?$", re.I)
_EMPHASIS = frozenset({"w:b", "w:i", "w:u"})


def read_document(
    data: bytes, name: str, container: str, settings: ReadSettings
) -> tuple[str, Written | list[Spoken] | list[Written]]:
    """Format and content of a container.

    Args:
        data: the whole file.
        name: how the file is called.
        container: `zip`, `pdf` or `rtf`.
        settings: for the limit of what is unpacked.

    Raises:
        ReadError: damaged, protected, without text, or of a kind that holds no transcript.
    """
    if container == "pdf":
        from synth.parse.pdf import read_pdf

        return "pdf", read_pdf(data, name)
    if container == "rtf":
        from synth.parse.rtf import read_rtf

        return "rtf", read_rtf(data)
    packed = archive.open_zip(data, name)
    limit = _UNPACKED * settings.max_bytes
    members = set(packed.namelist())
    if "word/document.xml" in members:
        return "docx", read_docx(packed, name, limit)
    if any(member.lower().endswith(".qde") for member in members):
        from synth.parse.projects import read_project

        return "qdpx", read_project(packed, name, limit)
    if "content.xml" in members:
        from synth.parse.odt import read_odt

        return "odt", read_odt(packed, name, limit)
    if "xl/workbook.xml" in members:
        return "xlsx", _read_workbook(packed, name, limit)
    if any(member.startswith("ppt/") for member in members):
        raise ReadError(name, "This is a presentation; give the transcript as txt, docx, vtt, srt, csv or json.")
    if any(member.endswith(".iwa") for member in members):
        raise ReadError(name, "This is a document of Pages, Numbers or Keynote; export it as .docx or .csv.")
    raise ReadError(name, "This archive is no document; unpack it, or run on it as a folder of interviews.")


def _read_workbook(packed: zipfile.ZipFile, name: str, limit: int) -> list[Spoken]:
    """The interviews in a workbook: every sheet in which people speak by name, else the first with speech.

    Raises:
        ReadError: damaged, too large, or no sheet holds speech.
    """
    from synth.parse.sheets import read_sheets
    from synth.parse.tables import NO_SPEECH, read_table

    sheets = list(read_sheets(packed, name, limit))
    spoken: dict[int, list[Spoken]] = {}
    for number, (_, records) in enumerate(sheets):
        with suppress(ReadError):
            spoken[number] = read_table(records, name)
    if not spoken:
        raise ReadError(name, NO_SPEECH)
    named = [number for number, sheet in spoken.items() if any(piece.speaker for one in sheet for piece in one.pieces)]
    kept = named or list(spoken)[:1]
    found = [
        replace(one, key=" ".join(filter(None, (sheets[number][0], one.key)))) if len(kept) > 1 else one
        for number in kept
        for one in spoken[number]
    ]
    left = tuple(
        Skipped("\n".join("\t".join(filter(None, record)) for record in records), f"sheet {title!r}")
        for number, (title, records) in enumerate(sheets)
        if number not in kept
    )
    return [replace(found[0], skipped=(*found[0].skipped, *left)), *found[1:]]


def read_docx(packed: zipfile.ZipFile, name: str, limit: int) -> Written:
    """A Word document: paragraphs and tables in order; comments, notes, page headers and deleted text beside them."""
    flow = Flow()
    archive.walk_xml(packed, "word/document.xml", name, limit, _Docx(flow))
    for member in sorted(packed.namelist()):
        found = re.fullmatch(r"word/(comments|footnotes|endnotes|header|footer)\d*\.xml", member)
        if found:
            aside = _DocxAside()
            archive.walk_xml(packed, member, name, limit, aside)
            why = {"comments": "comment", "footnotes": "footnote", "endnotes": "footnote"}.get(
                found.group(1), f"page {found.group(1)}"
            )
            for text in aside.texts:
                flow.skip(text, why)
    return flow.finish()


def _is_on(attributes: AttributesImpl) -> bool:
    return attributes.get("w:val", "true") not in {"false", "0", "none", "off"}


class _Docx(ContentHandler):
    """Tells a `Flow` the content of word/document.xml."""

    def __init__(self, flow: Flow) -> None:
        super().__init__()
        self._flow = flow
        self._run: list[bool] = []
        """Emphasis of the open runs."""
        self._taking = False
        self._hidden = 0
        self._deleted = 0
        self._removed: list[str] = []

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        """Open an element."""
        if name in {"mc:Fallback", "w:moveFrom"}:
            self._hidden += 1
        if self._hidden:
            return
        if name == "w:t":
            self._taking = True
        elif name == "w:r":
            self._run.append(False)
        elif name in _EMPHASIS:
            if self._run and _is_on(attrs):
                self._run[-1] = True
        elif name == "w:rStyle":
            if self._run and attrs.get("w:val", "").lower() in {"strong", "zwaar", "nadruk", "emphasis"}:
                self._run[-1] = True
        elif name == "w:p":
            self._flow.begin_paragraph()
        elif name == "w:pStyle":
            self._flow.mark_paragraph(heading=bool(_HEADING_STYLE.search(attrs.get("w:val", ""))))
        elif name == "w:outlineLvl":
            self._flow.mark_paragraph(heading=attrs.get("w:val", "9") in "012345")
        elif name in {"w:tab", "w:ptab"}:
            if self._run:
                self._flow.text("\t")
        elif name in {"w:br", "w:cr"}:
            self._flow.text("\n")
        elif name == "w:noBreakHyphen":
            self._flow.text("-")
        elif name == "w:delText":
            self._deleted += 1
        elif name == "w:tbl":
            self._flow.begin_table()
        elif name == "w:tr":
            self._flow.begin_record()
        elif name == "w:tc":
            self._flow.begin_cell()

    def endElement(self, name: str) -> None:
        """Close an element."""
        if name in {"mc:Fallback", "w:moveFrom"}:
            self._hidden -= 1
        elif self._hidden:
            return
        elif name == "w:t":
            self._taking = False
        elif name == "w:r":
            if self._run:
                self._run.pop()
        elif name == "w:p":
            self._flow.end_paragraph()
        elif name == "w:delText":
            self._deleted -= 1
            self._flow.skip("".join(self._removed), "deleted text")
            self._removed = []
        elif name == "w:tc":
            self._flow.end_cell()
        elif name == "w:tbl":
            self._flow.end_table()

    def characters(self, content: str) -> None:
        """Text between tags."""
        if self._taking and not self._hidden:
            self._flow.text(content, emphasis=bool(self._run and self._run[-1]))
        elif self._deleted:
            self._removed.append(content)


class _DocxAside(ContentHandler):
    """The texts of comments, notes, or a page header."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._taking = False

    def startElement(self, name: str, _attrs: AttributesImpl) -> None:
        """Open an element."""
        self._taking = name == "w:t"

    def endElement(self, name: str) -> None:
        """Close an element."""
        self._taking = False
        if name == "w:p":
            self._parts.append("\n")
        elif name in {"w:comment", "w:footnote", "w:endnote", "w:hdr", "w:ftr"}:
            self.texts.append("".join(self._parts).strip())
            self._parts = []

    def characters(self, content: str) -> None:
        """Text between tags."""
        if self._taking:
            self._parts.append(content)
