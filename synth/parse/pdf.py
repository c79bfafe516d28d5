"""PDF with text in it, by pdfium: lines of every page in order, page headers and numbers apart."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Sequence

from synth.errors import ReadError
from synth.parse.decode import normalise
from synth.parse.pieces import Row, RowKind, Written

SCANNED = "The PDF holds pictures of pages and no text; run text recognition (OCR) on it first."
_LOCK = threading.Lock()
_MOST_PAGES = 5_000
_HYPHEN = re.compile("[\ufffe\x02]\\s*\n?")


def read_pdf(data: bytes, name: str) -> Written:
    """The rows of a PDF's text.

    Raises:
        ReadError: damaged, protected, or scans without text.
    """
    pages = [_HYPHEN.sub("-", normalise(page)).replace("\ufffe", "-") for page in _pages(data, name)]
    if not any(re.search(r"\w", page) for page in pages):
        raise ReadError(name, SCANNED)
    lines = [page.strip("\n").split("\n") for page in pages]
    repeated = _repeated(lines)
    rows: list[Row] = []
    for page in lines:
        for place, line in enumerate(page):
            edge = place < 2 or place >= len(page) - 2
            is_number = edge and re.fullmatch(r"\s*[-–]?\s*\d{1,4}\s*[-–]?\s*", line) is not None and len(lines) > 1
            if edge and line.strip() and (is_number or _shape(line) in repeated):
                rows.append(Row(line, RowKind.ASIDE, why="page number" if is_number else "page header or footer"))
            else:
                rows.append(Row(line))
    empty = sum(not re.search(r"\w", page) for page in pages)
    warnings = (f"{empty} of {len(pages)} pages hold no text (pictures?).",) if empty else ()
    if empty == 1:
        warnings = (f"1 of {len(pages)} pages holds no text (a picture?).",)
    return Written(tuple(rows), wrapped=True, warnings=warnings)


def _pages(data: bytes, name: str) -> list[str]:
    import pypdfium2  # type: ignore[import-untyped]

    # pdfium keeps state of its own: one thread at a time.
    with _LOCK:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            protected = "password" in str(error).lower()
            why = (
                "The PDF has a password; save it without one." if protected else "The PDF is damaged; export it again."
            )
            raise ReadError(name, why) from error
        try:
            if len(document) > _MOST_PAGES:
                raise ReadError(name, f"The PDF has more than {_MOST_PAGES} pages; split it.")
            texts = []
            for number in range(len(document)):
                page = document[number]
                textpage = page.get_textpage()
                texts.append(textpage.get_text_bounded())
                textpage.close()
                page.close()
            return texts
        except pypdfium2.PdfiumError as error:
            raise ReadError(name, "The PDF is damaged; export it again.") from error
        finally:
            document.close()


def _shape(line: str) -> str:
    return re.sub(r"\d+", "#", line.strip())


def _repeated(pages: Sequence[Sequence[str]]) -> set[str]:
    """Lines, numbers aside, that stand at the edge of most pages."""
    if len(pages) < 3:
        return set()
    counts = Counter(
        shape for page in pages for shape in {_shape(line) for line in (*page[:2], *page[-2:]) if line.strip()}
    )
    return {shape for shape, count in counts.items() if count > 0.5 * len(pages) and not shape.rstrip().endswith(":")}
