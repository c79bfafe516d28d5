"""Builders of invented files for the tests of reading."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

import docx

from synth.domain import Transcript, fold_space
from synth.parse import KnownSpeech, ReadSettings, parse_bytes, same_speech

Turns = list[tuple[str | None, str]]


def turns(transcript: Transcript) -> Turns:
    """Who says what, white space folded."""
    said = []
    for turn in transcript.turns:
        lines = transcript.lines[turn.first_line - 1 : turn.last_line]
        said.append((turn.speaker, fold_space(" ".join(line.text for line in lines))))
    return said


def check(transcript: Transcript) -> None:
    """What holds for every transcript: lines are slices in order, turns partition them."""
    place, expected = 0, 1
    for line in transcript.lines:
        assert transcript.text[line.start : line.end] == line.text
        assert line.text.strip() == line.text != ""
        assert place <= line.start < line.end
        place = line.end
    for number, turn in enumerate(transcript.turns, 1):
        assert turn.number == number
        assert turn.first_line == expected <= turn.last_line
        assert all(line.turn == number for line in transcript.lines[turn.first_line - 1 : turn.last_line])
        expected = turn.last_line + 1
    assert expected == len(transcript.lines) + 1
    assert sum(speaker.turns for speaker in transcript.speakers) == len(transcript.turns)


def repeats(transcripts: Sequence[Transcript]) -> dict[int, int]:
    """The places of those that repeat an earlier one, with the place of that one, as a run finds them out."""
    known, found = KnownSpeech(), dict[int, int]()
    for place, transcript in enumerate(transcripts):
        sample = known.sample(transcript)
        likely = [int(one) for one in known.likely(sample)]
        earlier = next((one for one in likely if same_speech(transcript, transcripts[one])), None)
        if earlier is None:
            known.add(str(place), sample)
        else:
            found[place] = earlier
    return found


def read(source: str | bytes, name: str, settings: ReadSettings | None = None) -> Transcript:
    """The one transcript of a file."""
    data = source.encode() if isinstance(source, str) else source
    [transcript] = parse_bytes(data, name, settings or ReadSettings())
    check(transcript)
    return transcript


def word(paragraphs: Sequence[str | tuple[str, str]], table: Sequence[Sequence[str]] = ()) -> bytes:
    """A Word document: paragraphs, in which a pair is a bold beginning and the rest, then a table."""
    document = docx.Document()
    for paragraph in paragraphs:
        bold, plain = paragraph if isinstance(paragraph, tuple) else ("", paragraph)
        added = document.add_paragraph()
        if bold:
            added.add_run(bold).bold = True
        added.add_run(plain)
    if table:
        made = document.add_table(len(table), len(table[0]))
        for record, row in zip(table, made.rows, strict=True):
            for text, cell in zip(record, row.cells, strict=True):
                cell.text = text
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def odt(body: str, styles: str = "") -> bytes:
    """An OpenDocument text with this body."""
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
        'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
        'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0">'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    return packed({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})


def packed(members: dict[str, str | bytes]) -> bytes:
    """A zip archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """A PDF with these lines of ASCII on its pages; a page without lines is blank, as a scan is to a reader of text."""
    kids = " ".join(f"{3 + 2 * number} 0 R" for number in range(len(pages)))
    font = 3 + 2 * len(pages)
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>"]
    for number, lines in enumerate(pages):
        shown = "".join(f"({line.replace('(', '[').replace(')', ']')}) Tj T* " for line in lines)
        stream = f"BT /F1 11 Tf 14 TL 60 780 Td {shown}ET"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {4 + 2 * number} 0 R "
            f"/Resources << /Font << /F1 {font} 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    parts, offsets = ["%PDF-1.4\n"], []
    for number, content in enumerate(objects, 1):
        offsets.append(sum(map(len, parts)))
        parts.append(f"{number} 0 obj\n{content}\nendobj\n")
    start = sum(map(len, parts))
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    parts.append(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}")
    parts.append(f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n")
    return "".join(parts).encode("latin-1")
