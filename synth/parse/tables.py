"""Tables of speech: csv, tsv and sheets, with columns in any order and a header in English, in Dutch, or none."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from statistics import mean

from synth.domain import Skipped
from synth.errors import ReadError
from synth.parse import times
from synth.parse.columns import Columns, cell_of, find_columns, question_and_answer
from synth.parse.pieces import Piece, Spoken
from synth.parse.rowlabels import LabelKind, clean_label, label_kind

NO_SPEECH = (
    "The table has no column with speech; name its columns `speaker`, `text` and, where there are times, `start`"
    " (a table of people is read where its file is called participants or deelnemers)."
)
_DELIMITERS = ",;\t|"
_LONGEST_CELL = 2_000_000
_UNQUOTED = re.compile(
    rf"\s*(?:({times.CLOCK})[,;]\s*)?([^\W\d_][^,;\"\n]{{0,40}})[,;]\s*(?:({times.CLOCK})[,;]\s*)?([^\"\s].*)"
)
_LEAST_ROWS = 4
"""Line ends in a cell that holds an interview."""


def split_table(text: str) -> list[list[str]] | None:
    """The records of delimited text by the separator that gives the steadiest columns; None where none gives two."""
    csv.field_size_limit(_LONGEST_CELL)
    sample = "\n".join(text[:60_000].split("\n")[:200])
    best: tuple[float, str] | None = None
    for delimiter in _DELIMITERS:
        try:
            records = [record for record in _records(sample, delimiter) if any(record)]
        except csv.Error:
            continue
        widths = [len(record) for record in records]
        if not widths or mean(widths) < 1.5:
            continue
        usual = max(set(widths), key=widths.count)
        score = widths.count(usual) / len(widths) * (1.0 if usual > 1 else 0.0) + min(usual, 6) / 100
        # A header that names columns settles it: commas in the text make other separators look steady.
        score += find_columns(records[:1]).header * 1.0
        if best is None or score > best[0]:
            best = score, delimiter
    if (best is None or best[0] < 1.0) and (unquoted := _unquoted(text)) is not None:
        return unquoted
    if best is None or best[0] < 0.5:
        return None
    try:
        return [record for record in _records(text, best[1]) if record]
    except csv.Error:
        return None


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True)


def _unquoted(text: str) -> list[list[str]] | None:
    """The records of rows such as `00:12,Interviewer,And then, what?`, in which nobody quoted the commas of the speech;
    None for text of another kind."""
    found: list[re.Match[str]] = []
    for row in filter(str.strip, text.split("\n")):
        match = _UNQUOTED.fullmatch(row)
        if match is None or (found and _filled(match) != _filled(found[0])):
            return None
        found.append(match)
    labels = Counter(clean_label(match.group(2)) for match in found)
    kinds = {label_kind(label) if label else None for label in labels}
    if len(labels) < 2 or min(labels.values()) < 2 or not kinds <= {LabelKind.ROLE, LabelKind.CODE, LabelKind.NAME}:
        return None
    if LabelKind.ROLE not in kinds and len(_filled(found[0])) < 3:
        # Sentences begin with a word and a comma too.
        return None
    return [[match.group(number) for number in _filled(match)] for match in found]


def _filled(match: re.Match[str]) -> tuple[int, ...]:
    """The numbers of the groups that matched."""
    return tuple(number for number in range(1, len(match.groups()) + 1) if match.group(number) is not None)


def looks_like_table(text: str) -> bool:
    """Whether delimited text has a header that names at least the text and one column more, or needs none."""
    first = text.lstrip().split("\n", 1)[0][:400]
    if not any(delimiter in first for delimiter in _DELIMITERS):
        return False
    if _unquoted(text) is not None:
        return True
    table = split_table(text[:20_000])
    if table is None or len(table) < 2:
        return False
    columns = find_columns(table)
    if not columns.header:
        # Rows of three between tabs are what typists write: the label grammar reads them.
        return _is_bare_table(table, columns) and ("\t" not in first or len(table[0]) > 3)
    return columns.text is not None and (columns.speaker is not None or columns.start is not None)


def _is_bare_table(table: Sequence[Sequence[str]], columns: Columns) -> bool:
    """Whether records without a header hold a time, a name and words each, as NVivo and ELAN export them."""
    told = None not in (columns.text, columns.speaker, columns.start)
    return told and len(table) >= 4 and len({len(record) for record in table}) == 1


def interviews_in_cells(table: Sequence[Sequence[str]]) -> list[tuple[str, str, tuple[Skipped, ...]]]:
    """The interviews of a table that keeps each of them whole in one cell, as exports of notes do.

    Returns:
        What each is called (no two the same), its text, and what else stands in its record; empty for tables of
        another kind.
    """
    header, *records = table
    long = [
        number
        for number in range(len(header))
        if records and all(cell_of(record, number).count("\n") >= _LEAST_ROWS for record in records)
    ]
    if len(long) != 1 or "\n" in header[long[0]]:
        return []
    others = [number for number in range(len(header)) if number != long[0]]
    columns = ([cell_of(record, number) for record in records] for number in others)
    counted = [str(number) for number, _ in enumerate(records, 1)]
    names = next((cells for cells in columns if all(cells) and len(set(cells)) == len(cells)), counted)
    return [
        (
            name,
            cell_of(record, long[0]),
            tuple(Skipped(cell, f"column {header[n].strip()!r}") for n in others if (cell := cell_of(record, n))),
        )
        for name, record in zip(names, records, strict=True)
    ]


def read_table(table: Sequence[Sequence[str]], name: str) -> list[Spoken]:
    """The speech of a table, one value an interview where a column says which row is of which.

    Raises:
        ReadError: no column holds speech.
    """
    columns = find_columns(table)
    if columns.text is None and columns.answer is None:
        raise ReadError(name, NO_SPEECH)
    by_key: dict[str, list[Sequence[str]]] = defaultdict(list)
    split = _split_by(table, columns)
    for record in table[columns.header :]:
        by_key[cell_of(record, split) if split is not None else ""].append(record)
    header = (Skipped("\t".join(cell for cell in table[0] if cell), "header row"),) if columns.header else ()
    person = columns.person is not None and split == columns.person
    return [
        _read_records(records, columns, header, key or None, key if person and key else None)
        for key, records in by_key.items()
        if any(text.strip() for record in records for text in record)
    ]


def _split_by(table: Sequence[Sequence[str]], columns: Columns) -> int | None:
    """The column that tells interviews apart: a few values, each in one run of rows."""
    for number in (columns.interview, columns.person):
        if number is None:
            continue
        values = [cell_of(record, number) for record in table[columns.header :]]
        runs = 1 + sum(before != after for before, after in itertools.pairwise(values))
        if all(values) and len(values) > 1 and 1 <= len(set(values)) == runs <= max(1, len(values) // 2):
            return number
    return None


def _read_records(
    records: list[Sequence[str]], columns: Columns, header: tuple[Skipped, ...], key: str | None, person: str | None
) -> Spoken:
    pieces: list[Piece] = []
    skipped = list(header)
    raw: list[tuple[str, str]] = []
    joined = 0
    for number, record in enumerate(records):
        rejoined = _rejoined(record, columns)
        joined += rejoined is not record
        records[number] = record = rejoined
        start, end = cell_of(record, columns.start), cell_of(record, columns.end)
        parts = _said(record, columns)
        if not parts and any(cell.strip() for cell in record):
            skipped.append(Skipped("\t".join(cell for cell in record if cell), "row without words"))
        for speaker, text in parts:
            pieces.append(Piece(text, speaker))
            raw.append((start, end))
    for number, name in columns.others.items():
        values = [value for record in records if (value := cell_of(record, number))]
        if values and not all(value.replace(".", "").isdigit() for value in values):
            skipped.append(Skipped("\n".join(values), f"column {name!r}"))
    extra = [cell for record in records for cell in record[_width(columns) :] if cell.strip()]
    if extra:
        skipped.append(Skipped("\n".join(extra), "cells beyond the header"))
    timed = _with_times(pieces, raw)
    silent = sum(piece.speaker is None for piece in pieces)
    keeps = bool(pieces) and pieces[0].speaker is not None and silent > 0.3 * len(pieces)
    warnings = (f"{joined} rows had separators inside the speech; their cells were joined again.",) if joined else ()
    if joined == 1:
        warnings = ("1 row had separators inside the speech; its cells were joined again.",)
    return Spoken(
        tuple(_in_order_of_time(timed)),
        silence_keeps_speaker=keeps,
        key=key,
        person=person,
        skipped=tuple(skipped),
        warnings=warnings,
    )


def _in_order_of_time(pieces: list[Piece]) -> list[Piece]:
    """The pieces as they were said, where a table lists first all of one speaker, then all of the next."""
    starts = [piece.start for piece in pieces if piece.start is not None]
    runs = 1 + sum(before.speaker != after.speaker for before, after in itertools.pairwise(pieces))
    speakers = {piece.speaker for piece in pieces}
    if len(starts) < len(pieces) or len(pieces) < 4 or not 1 < runs == len(speakers) or starts == sorted(starts):
        return pieces
    return sorted(pieces, key=lambda piece: piece.start or 0.0)


def _rejoined(record: Sequence[str], columns: Columns) -> Sequence[str]:
    """A record whose speech was cut at separators that nobody quoted, with the speech in one cell again.

    It shows in cells under no heading, to the right of the speech; where known columns stand between, it stays as it
    is."""
    text, known = columns.text, (columns.speaker, columns.start, columns.end, columns.interview, columns.person)
    if not columns.header or text is None or any(number is not None and number > text for number in known):
        return record
    nameless = [n for n, cell in enumerate(record) if n > text and cell.strip() and not columns.others.get(n)]
    if not nameless:
        return record
    speech = ", ".join(cell.strip() for cell in record[text : nameless[-1] + 1] if cell.strip())
    return [*record[:text], speech]


def _said(record: Sequence[str], columns: Columns) -> list[tuple[str | None, str]]:
    """Who says what in one record: one part, or a question and its answer."""
    if columns.answer is not None and columns.text is None:
        return list(question_and_answer(record, columns))
    text = cell_of(record, columns.text)
    speaker = re.sub(rf"[\[(<#]?\s*{times.CLOCK}\s*[\])>#]?", "", cell_of(record, columns.speaker))
    return [(clean_label(speaker) or None, text)] if text else []


def _width(columns: Columns) -> int:
    named = (columns.text, columns.speaker, columns.start, columns.end, columns.interview, columns.person, columns.role)
    known = [number for number in (*named, columns.question, columns.answer, *columns.others) if number is not None]
    return max(known) + 1


def _with_times(pieces: Sequence[Piece], raw: Sequence[tuple[str, str]]) -> list[Piece]:
    """The pieces with their times in seconds; bare numbers are scaled by how long speech takes."""
    words = sum(len(piece.text.split()) for piece in pieces)
    ranged = [times.clocks_in(start) for start, _ in raw]
    starts = [pair[0] if pair else times.parse_time(start) for pair, (start, _) in zip(ranged, raw, strict=True)]
    ends = [pair[1] if len(pair) > 1 else times.parse_time(end) for pair, (_, end) in zip(ranged, raw, strict=True)]
    bare = not any(":" in start for start, _ in raw)
    known = [value for value in starts if value is not None]
    factor = times.bare_numbers_as_seconds(known, words) if bare else 1.0
    offset = known[0] if bare and known and known[0] > 1e8 * (1 / factor if factor < 1 else 1) else 0.0
    return [
        Piece(piece.text, piece.speaker, _scaled(start, factor, offset), _scaled(end, factor, offset))
        for piece, start, end in zip(pieces, starts, ends, strict=True)
    ]


def _scaled(value: float | None, factor: float, offset: float) -> float | None:
    return None if value is None else round((value - offset) * factor, 3)
