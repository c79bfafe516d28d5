"""Rich Text Format, by one pass over its tokens: text, emphasis, tables; fonts, pictures and fields are left out."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace

from synth.parse import words
from synth.parse.flow import Flow
from synth.parse.pieces import Written

_TOKEN = re.compile(
    r"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z'])|([{}])|[\r\n]+|([^\\{}\r\n]+)"
)
_OTHER = words.listed(
    """fonttbl colortbl stylesheet info pict object fldinst themedata colorschememapping latentstyles datastore
    generator rsidtbl listtable listoverridetable filetbl revtbl xmlnstbl mmathpr bkmkstart bkmkend pgptbl
    listtext pntext private wgrffmtfilter nonshppict fontemb fontfile"""
)
_BESIDE = {
    "header": "page header",
    "headerl": "page header",
    "headerr": "page header",
    "headerf": "page header",
    "footer": "page footer",
    "footerl": "page footer",
    "footerr": "page footer",
    "footerf": "page footer",
    "footnote": "footnote",
    "annotation": "comment",
}
_SYMBOLS = {
    "tab": "\t",
    "line": "\n",
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
}
_DEEPEST = 2_000
_CHARSETS = {"ansi": "cp1252", "mac": "mac_roman", "pc": "cp437", "pca": "cp850"}


@dataclass(frozen=True, slots=True)
class _State:
    """What a group inherits from the one around it."""

    emphasis: bool = False
    hidden: bool = False
    ignored: bool = False
    """Inside a destination that is no text."""
    beside: str = ""
    skip_after_unicode: int = 1


def read_rtf(data: bytes) -> Written:
    """The rows of an RTF document; bytes that make no sense are passed over."""
    return _Reader().read(data.decode("latin-1"))


class _Reader:
    """The state of one pass."""

    def __init__(self) -> None:
        self._flow = Flow()
        self._states = [_State()]
        self._codec = "cp1252"
        self._star = False
        self._to_skip = 0
        self._bytes = bytearray()
        self._units: list[int] = []
        self._beside: list[str] = []
        self._in_table = False
        self._paragraph_in_table = False
        self._cell_open = False

    def read(self, text: str) -> Written:
        """Every token in order."""
        for match in _TOKEN.finditer(text):
            word, number, code, symbol, brace, plain = match.groups()
            if code is not None:
                if self._to_skip:
                    self._to_skip -= 1
                else:
                    self._flush_units()
                    self._bytes.append(int(code, 16))
                continue
            self._flush_bytes()
            if word is not None:
                self._word(word, int(number) if number else None)
            elif brace is not None:
                self._flush_units()
                self._to_skip = 0
                self._brace(brace)
            elif symbol is not None:
                self._symbol(symbol)
            elif plain is not None:
                skipped = min(self._to_skip, len(plain))
                self._to_skip -= skipped
                # A file may hold 8-bit characters as they are.
                self._write(plain[skipped:].encode("latin-1").decode(self._codec, "replace"))
        self._flush_bytes()
        self._flush_units()
        self._leave_table()
        return self._flow.finish()

    def _brace(self, brace: str) -> None:
        if brace == "{":
            if len(self._states) < _DEEPEST:
                self._states.append(self._states[-1])
        elif len(self._states) > 1:
            before = self._states.pop()
            if before.beside and not self._states[-1].beside:
                self._flow.skip("".join(self._beside), before.beside)
                self._beside = []

    def _word(self, word: str, number: int | None) -> None:
        if word == "u" and number is not None:
            self._units.append(number & 0xFFFF)
            self._to_skip = self._states[-1].skip_after_unicode
            return
        self._flush_units()
        starred, self._star = self._star, False
        state = self._states[-1]
        if word in _SYMBOLS:
            self._write(_SYMBOLS[word])
        elif word in {"par", "sect", "page"}:
            self._end_paragraph()
        elif word in {"b", "i", "ul"}:
            self._states[-1] = replace(state, emphasis=number != 0)
        elif word == "plain":
            self._states[-1] = replace(state, emphasis=False, hidden=False)
        elif word in {"v", "deleted"}:
            self._states[-1] = replace(state, hidden=number != 0)
        elif word == "uc":
            self._states[-1] = replace(state, skip_after_unicode=max(0, min(10, number or 0)))
        elif word in _BESIDE:
            self._states[-1] = replace(state, beside=_BESIDE[word])
        elif word in _OTHER or starred:
            self._states[-1] = replace(state, ignored=True)
        elif word in _CHARSETS:
            self._codec = _CHARSETS[word]
        elif word == "ansicpg" and number:
            self._codec = _codec(number)
        elif word in {"intbl", "pard", "cell", "row"}:
            self._table_word(word)

    def _table_word(self, word: str) -> None:
        if word == "pard":
            self._paragraph_in_table = False
        elif word == "intbl":
            self._paragraph_in_table = True
        elif word == "cell" and self._enter_table():
            self._flow.close_loose()
            self._flow.end_cell()
            self._cell_open = False
        elif word == "row" and self._in_table:
            self._flow.begin_record()

    def _enter_table(self) -> bool:
        """Be inside a cell."""
        if not self._in_table:
            self._flow.close_loose()
            self._flow.begin_table()
            self._flow.begin_record()
            self._in_table = True
        if not self._cell_open:
            self._flow.begin_cell()
            self._cell_open = True
        return True

    def _leave_table(self) -> None:
        if self._in_table:
            if self._cell_open:
                self._flow.close_loose()
                self._flow.end_cell()
            self._flow.end_table()
            self._in_table = self._cell_open = False

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self._star = True
        elif symbol in "\r\n":
            self._end_paragraph()
        else:
            self._write({"~": "\u00a0", "_": "-", "-": ""}.get(symbol, symbol))

    def _end_paragraph(self) -> None:
        state = self._states[-1]
        if state.beside:
            self._beside.append("\n")
        elif not state.ignored:
            self._place()
            self._flow.end_or_blank()

    def _place(self) -> None:
        """Go into the table, or out of it, as the paragraph says."""
        if self._paragraph_in_table:
            self._enter_table()
        else:
            self._leave_table()

    def _write(self, text: str) -> None:
        if text:
            self._flush_units()
        state = self._states[-1]
        if not text or state.ignored:
            return
        if state.beside or state.hidden:
            if state.beside:
                self._beside.append(text)
            else:
                self._flow.skip(text, "hidden text")
            return
        if text.strip() or self._flow.is_open():
            self._place()
            self._flow.text(text, emphasis=state.emphasis)

    def _flush_bytes(self) -> None:
        if self._bytes:
            text = self._bytes.decode(self._codec, "replace")
            self._bytes.clear()
            self._write(text)

    def _flush_units(self) -> None:
        if self._units:
            data = b"".join(unit.to_bytes(2, "little") for unit in self._units)
            self._units = []
            self._write(data.decode("utf-16-le", "replace"))


def _codec(page: int) -> str:
    try:
        return codecs.lookup("utf-8" if page == 65001 else f"cp{page}").name
    except LookupError:
        return "cp1252"
