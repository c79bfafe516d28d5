"""HTML pages as rows: blocks end rows, headings and tables are known, what a browser would not show is left out."""

from __future__ import annotations

from html.parser import HTMLParser

from synth.parse import words
from synth.parse.flow import Flow
from synth.parse.pieces import Written

_BLOCKS = words.listed(
    """p div section article main header footer nav aside li ul ol dl dt dd blockquote pre address figure
    figcaption form fieldset details summary hr body html tbody thead tfoot caption cite time"""
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "title"})
_SILENT = frozenset(
    {"script", "style", "template", "noscript", "svg", "button", "select", "option", "iframe", "object"}
)
_EMPHASIS = frozenset({"b", "strong", "i", "em", "u", "cite"})


def read_html(text: str) -> Written:
    """The rows of a page."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.finish()


class _Reader(HTMLParser):
    """Tells a `Flow` what a browser would show."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._flow = Flow()
        self._silent = 0
        self._emphasis = 0
        self._heading = 0
        self._verbatim = 0
        self._cells = 0
        self._tables = 0
        self._blank = True

    def finish(self) -> Written:
        """Everything that was read."""
        return self._flow.finish()

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        if tag in _SILENT:
            self._silent += 1
        elif tag == "br":
            self._flow.text("\n")
            self._blank = True
        elif tag in _HEADINGS:
            self._flow.close_loose()
            self._heading += 1
        elif tag == "table":
            self._flow.close_loose()
            self._flow.begin_table()
            self._tables += 1
        elif tag == "tr" and self._tables:
            self._end_cell()
            self._flow.begin_record()
        elif tag in {"td", "th"} and self._tables:
            self._end_cell()
            self._flow.begin_cell()
            self._cells = self._tables
        elif tag in _BLOCKS:
            self._flow.close_loose()
            self._blank = True
        self._emphasis += tag in _EMPHASIS
        self._verbatim += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        """Close an element; closing tags without an opening one are ignored."""
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _HEADINGS and self._heading:
            self._flow.mark_paragraph(heading=True)
            self._flow.close_loose()
            self._heading -= 1
        elif tag in {"td", "th"}:
            self._end_cell()
        elif tag == "table" and self._tables:
            self._end_cell()
            self._flow.end_table()
            self._tables -= 1
        elif tag in _BLOCKS:
            self._flow.close_loose()
        self._emphasis -= tag in _EMPHASIS and self._emphasis > 0
        self._verbatim -= tag == "pre" and self._verbatim > 0

    def _end_cell(self) -> None:
        if self._cells and self._cells == self._tables:
            self._flow.close_loose()
            self._flow.end_cell()
            self._cells = 0

    def handle_data(self, data: str) -> None:
        """Text between tags; white space folds as in a browser."""
        if self._silent:
            return
        if self._verbatim:
            self._flow.text(data, emphasis=self._emphasis > 0)
            return
        words = " ".join(data.split())
        if not words:
            if self._flow.is_open() and not self._blank:
                self._flow.text(" ", emphasis=False)
            return
        before = " " if data[0].isspace() and self._flow.is_open() and not self._blank else ""
        after = " " if data[-1].isspace() else ""
        self._flow.text(before + words + after, emphasis=self._emphasis > 0)
        self._blank = False
