"""Several interviews in one written file: told apart where headings such as `Interview 2` say so."""

from __future__ import annotations

import re
from dataclasses import replace

from synth.parse.pieces import RowKind, Written
from synth.parse.rowlabels import read_row

_HEADING = re.compile(
    r"\W*(?:interview|transcript(?:ie|ion)?|gesprek|interviewverslag|sessie|session)\s*"
    r"(?:nr\.?|no\.?|nummer|number|#|met|with|:|-|–)?\s*"
    r"(?P<key>(?:respondent|participant|deelnemer|interviewee)?\s*#?[A-Za-z]{0,4}[-_ ]?\d{1,4}[a-z]?|[A-Z])\b"
    r"\W*(?P<rest>.{0,80})",
    re.I,
)
_TEXT_MARK = re.compile(r"#TEXT\s*(\S.{0,80})")
"""How a file that MAXQDA wrote begins each of its texts."""
_LEAST_LABELS = 2


def split_interviews(source: Written) -> list[Written]:
    """The interviews of a source; the source itself where it does not say that it has several."""
    marks = [
        (n, match.group(1).strip()) for n, row in enumerate(source.rows) if (match := _TEXT_MARK.fullmatch(row.text))
    ]
    heads = marks or _headings(source)
    keys = {key.casefold() for _, key in heads}
    if len(heads) < 2 or len(keys) != len(heads):
        return [source]
    parts: list[Written] = []
    bounds = [number for number, _ in heads] + [len(source.rows)]
    for place, (number, key) in enumerate(heads):
        rows = source.rows[number if place else 0 : bounds[place + 1]]
        labels = sum(row.label is not None or read_row(n, row.text, row.lead) is not None for n, row in enumerate(rows))
        if labels < _LEAST_LABELS and not marks:
            return [source]
        parts.append(replace(source, rows=rows, key=key, skipped=source.skipped if not place else ()))
    return parts


def _headings(source: Written) -> list[tuple[int, str]]:
    """The rows that may begin an interview, each with what it calls it."""
    heads: list[tuple[int, str]] = []
    for number, row in enumerate(source.rows):
        if row.kind is RowKind.ASIDE or len(row.text) > 110 or row.label is not None:
            continue
        match = _HEADING.fullmatch(row.text.strip())
        free = not number or not source.rows[number - 1].text.strip() or row.kind is RowKind.HEADING or row.lead
        if match and (row.kind is RowKind.HEADING or row.lead or (free and len(match.group("rest").split()) <= 8)):
            heads.append((number, re.sub(r"\s+", " ", match.group("key")).strip()))
    return heads
