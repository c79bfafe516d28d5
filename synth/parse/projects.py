"""The interviews in a REFI-QDA project (.qdpx), which NVivo, ATLAS.ti, MAXQDA and others exchange.

Only texts are read: documents, the text of a PDF, transcripts of recordings. Codes and memos are not."""

from __future__ import annotations

import itertools
import re
import zipfile
from dataclasses import dataclass, field, replace
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from synth.domain import Skipped
from synth.errors import ReadError
from synth.parse import archive
from synth.parse.decode import decode, normalise
from synth.parse.pieces import Written
from synth.parse.plain import read_plain

NO_TEXTS = "The project holds no text of an interview; export the documents from it as docx or txt."
_SOURCES = frozenset({"TextSource", "PDFSource", "AudioSource", "VideoSource"})
_TEXTS = frozenset({"TextSource", "Representation", "Transcript"})


def read_project(packed: zipfile.ZipFile, name: str, limit: int) -> list[Written]:
    """Each text of the project by its name in it.

    Raises:
        ReadError: damaged, unsafe, or without texts.
    """
    members = {member.rpartition("/")[2].casefold(): member for member in packed.namelist()}
    project = next(member for member in sorted(packed.namelist()) if member.lower().endswith(".qde"))
    reader = _Project()
    archive.walk_xml(packed, project, name, limit, reader)
    found: list[Written] = []
    missing: list[str] = []
    left = limit
    for text in reader.texts:
        content = text.content
        if text.file:
            member = members.get(text.file.rpartition("/")[2].casefold())
            data = archive.read_member(packed, member, name, left) if member else b""
            # All of them together count, as one file may be listed again and again.
            left -= len(data)
            content = decode(data, name)[0]
        if re.search(r"\w", content):
            found.append(replace(read_plain(content, markdown=False), key=_key(text.title, found)))
        else:
            missing.append(text.title)
    if not found:
        raise ReadError(name, NO_TEXTS)
    if missing:
        found[0] = replace(found[0], skipped=(*found[0].skipped, Skipped("\n".join(missing), "source without text")))
    return found if len(found) > 1 else [replace(found[0], key=None)]


def _key(title: str, found: list[Written]) -> str:
    """A name for a text that no earlier one has."""
    names = {one.key for one in found}
    numbered = (f"{title} ({number})" for number in itertools.count(len(found) + 1))
    return next(name for name in itertools.chain((title,), numbered) if name not in names)


@dataclass(slots=True)
class _Text:
    """A text that the project lists."""

    title: str
    file: str = ""
    """Where in the archive it lies; empty where it stands in the project itself."""
    parts: list[str] = field(default_factory=list)

    @property
    def content(self) -> str:
        """The text as it stands in the project itself."""
        return normalise("".join(self.parts))


class _Project(ContentHandler):
    """Collects the texts that a project lists."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[_Text] = []
        self._title = ""
        self._taking = False

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        """Open an element."""
        if name in _SOURCES:
            self._title = attrs.get("name", "").strip() or f"{len(self.texts) + 1}"
        if name in _TEXTS:
            path = attrs.get("plainTextPath", "")
            self.texts.append(_Text(self._title, path.removeprefix("internal://").removeprefix("relative://")))
        self._taking = name == "PlainTextContent" and bool(self.texts)

    def endElement(self, _name: str) -> None:
        """Close an element."""
        self._taking = False

    def characters(self, content: str) -> None:
        """Text between tags."""
        if self._taking:
            self.texts[-1].parts.append(content)
