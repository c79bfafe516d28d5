"""OpenDocument text: content.xml as paragraphs and tables, with emphasis from its automatic styles."""

from __future__ import annotations

import zipfile
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from synth.errors import ReadError
from synth.parse import archive
from synth.parse.flow import Flow
from synth.parse.pieces import Written

_BESIDE = {
    "office:annotation": "comment",
    "text:note": "footnote",
    "text:tracked-changes": "deleted text",
    "text:table-of-content": "table of contents",
    "svg:title": "caption",
    "svg:desc": "caption",
}


def read_odt(packed: zipfile.ZipFile, name: str, limit: int) -> Written:
    """The document in an .odt archive.

    Raises:
        ReadError: damaged, protected, or another kind of OpenDocument.
    """
    kind = ""
    if "mimetype" in packed.namelist():
        kind = archive.read_member(packed, "mimetype", name, 1000).decode("ascii", "replace").strip()
    if kind and not kind.startswith("application/vnd.oasis.opendocument.text"):
        raise ReadError(name, "This is an OpenDocument of another kind; save the transcript as text (.odt) or .csv.")
    if "META-INF/manifest.xml" in packed.namelist():
        manifest = archive.read_member(packed, "META-INF/manifest.xml", name, limit)
        if b"encryption-data" in manifest:
            raise ReadError(name, archive.PASSWORD)
    flow = Flow()
    archive.walk_xml(packed, "content.xml", name, limit, _Odt(flow))
    return flow.finish()


class _Odt(ContentHandler):
    """Tells a `Flow` the content of content.xml."""

    def __init__(self, flow: Flow) -> None:
        super().__init__()
        self._flow = flow
        self._styles: set[str] = set()
        self._style = ""
        self._emphasis: list[bool] = []
        self._body = False
        self._beside: list[tuple[str, list[str]]] = []

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        """Open an element."""
        if name == "style:style":
            self._style = attrs.get("style:name", "")
        elif name == "style:text-properties":
            bold = attrs.get("fo:font-weight", "normal") not in {"normal", "400"}
            if bold or attrs.get("fo:font-style", "normal") != "normal":
                self._styles.add(self._style)
        elif name == "office:text":
            self._body = True
        elif name in _BESIDE:
            self._beside.append((_BESIDE[name], []))
        elif self._body:
            self._inside(name, attrs)

    def _inside(self, name: str, attrs: AttributesImpl) -> None:
        if name in {"text:p", "text:h"} and not self._beside:
            self._flow.begin_paragraph(
                heading=name == "text:h" or attrs.get("text:style-name", "") in {"Title", "Subtitle"}
            )
            self._emphasis.append(attrs.get("text:style-name", "") in self._styles)
        elif name == "text:span":
            style = attrs.get("text:style-name", "")
            self._emphasis.append(style in self._styles or style in {"Strong_20_Emphasis", "Emphasis"})
        elif name == "text:s":
            count = attrs.get("text:c", "1")
            self.characters(" " * min(200, int(count) if count.isdigit() else 1))
        elif name == "text:tab":
            self.characters("\t")
        elif name == "text:line-break":
            self.characters("\n")
        elif name == "table:table":
            self._flow.begin_table()
        elif name == "table:table-row":
            self._flow.begin_record()
        elif name == "table:table-cell":
            self._flow.begin_cell()

    def endElement(self, name: str) -> None:
        """Close an element."""
        if name in _BESIDE and self._beside:
            why, parts = self._beside.pop()
            self._flow.skip("".join(parts), why)
        elif not self._body:
            return
        elif name in {"text:p", "text:h"} and self._beside:
            self._beside[-1][1].append("\n")
        elif name in {"text:p", "text:h"}:
            self._flow.end_paragraph()
            self._pop()
        elif name == "text:span":
            self._pop()
        elif name == "table:table-cell":
            self._flow.end_cell()
        elif name == "table:table":
            self._flow.end_table()
        elif name == "office:text":
            self._body = False

    def _pop(self) -> None:
        if self._emphasis:
            self._emphasis.pop()

    def characters(self, content: str) -> None:
        """Text between tags."""
        if self._beside:
            self._beside[-1][1].append(content)
        elif self._body and self._emphasis:
            self._flow.text(content, emphasis=any(self._emphasis))
