"""Plain text and Markdown as rows: what is front matter, heading, table, bullet or comment is marked, the rest is
left to the label grammar. An ordinary .txt comes through unchanged, character by character."""

from __future__ import annotations

import re
from dataclasses import replace

from synth.domain import Skipped
from synth.parse import columns, markup
from synth.parse.pieces import Row, RowKind, Written

MARKDOWN_NAMES = (".md", ".markdown", ".mdown", ".mkd", ".qmd", ".rmd")
_FENCES = {"---": "---", "+++": "+++"}
_HEADING = re.compile(r"\s{0,3}#{1,6}(?:\s+|$)")
_HEADING_END = re.compile(r"\s+#+\s*$|\s*\{[.#][^{}\n]{0,80}\}\s*$")
_RULE = re.compile(r"\s*(?:[-=_~*#\u2010-\u2015\u2500]\s?){3,}\s*")
_COLUMNS_RULE = re.compile(r"\s*-{2,}(?: +-{2,})+\s*")
_BULLET = re.compile(r"(\s*)(?:[-*+•‣◦]|\[\^[^\]\n]{1,20}\]:)\s+\S")
_BAR_ROW = re.compile(r"\s*\|.*\|\s*")
_BAR_RULE = re.compile(r"\s*\|?(?:\s*:?-{2,}:?\s*\|)+\s*(?::?-{2,}:?)?\s*")
_STRONG_LABEL = re.compile(r"^\s*\*{2,3}[^*\n]{1,60}\*{2,3}", re.M)


def is_markdown(text: str, name: str) -> bool:
    """By the name, or by front matter, headings and bold labels."""
    if name.lower().endswith(MARKDOWN_NAMES):
        return True
    sample = text[:20_000]
    headings = len(re.findall(r"^#{1,6} \S", sample, re.M))
    return bool(re.match(r"---\n(?:[\w-]+:.*\n)+", sample)) or headings + len(_STRONG_LABEL.findall(sample)) >= 3


def read_plain(text: str, *, markdown: bool) -> Written:
    """The rows of a text; for plain text they join to the text again."""
    raw = text.split("\n")
    kinds = _kinds(raw, markdown=markdown)
    rows: list[Row] = []
    addresses: list[Skipped] = []
    place = 0
    while place < len(raw):
        if markdown and kinds[place][0] is RowKind.TEXT and _BAR_ROW.fullmatch(raw[place]):
            end = place
            while end < len(raw) and _BAR_ROW.fullmatch(raw[end]):
                end += 1
            rows += _bar_table(raw[place:end])
            place = end
            continue
        kind, why = kinds[place]
        if kind is RowKind.ASIDE:
            rows.append(Row(raw[place], kind, why=why))
        else:
            cleaned, found = _clean(raw[place], kind, markdown=markdown)
            rows += cleaned
            addresses += found
        place += 1
    return Written(tuple(rows), skipped=tuple(addresses))


def _kinds(raw: list[str], *, markdown: bool) -> list[tuple[RowKind, str]]:
    kinds = [(RowKind.TEXT, "")] * len(raw)
    first = _front_matter(raw)
    kinds[:first] = [(RowKind.ASIDE, "front matter")] * first
    comment = False
    last_close = max((place for place, row in enumerate(raw) if "-->" in row), default=-1)
    table = False
    for place in range(first, len(raw)):
        row = raw[place]
        if comment or (row.lstrip().startswith("<!--") and place <= last_close):
            comment = "-->" not in row
            kinds[place] = (RowKind.ASIDE, "comment")
        elif _COLUMNS_RULE.fullmatch(row):
            table = True
            kinds[place] = (RowKind.ASIDE, "table")
            if place and raw[place - 1].strip():
                kinds[place - 1] = (RowKind.ASIDE, "table")
        elif table and row.strip():
            kinds[place] = (RowKind.ASIDE, "table")
        elif _RULE.fullmatch(row):
            kinds[place] = (RowKind.ASIDE, "rule")
            underlined = place and markdown and set(row.strip()) <= {"=", "-"} and " " not in row.strip()
            if underlined and raw[place - 1].strip() and (place < 2 or not raw[place - 2].strip()):
                kinds[place - 1] = (RowKind.HEADING, "")
        elif markdown and row.startswith("```"):
            kinds[place] = (RowKind.ASIDE, "rule")
        elif markdown and _HEADING.match(row):
            kinds[place] = (RowKind.HEADING, "")
        else:
            table = False
            bullet = _BULLET.match(row)
            if bullet and (markdown or len(bullet.group(1).expandtabs(4)) >= 2):
                kinds[place] = (RowKind.BULLET, "")
    return kinds


def _front_matter(raw: list[str]) -> int:
    """How many rows at the top are front matter."""
    closing = _FENCES.get(raw[0].rstrip())
    if closing is None:
        return 0
    for place in range(1, min(len(raw), 400)):
        if raw[place].rstrip() in {closing, "..."}:
            keyed = sum(bool(re.match(r"\s*(?:-\s|[\w\"'-]+\s*[:=]|#)", row)) for row in raw[1:place] if row.strip())
            return place + 1 if keyed * 2 >= place - 1 else 0
    return 0


def _clean(row: str, kind: RowKind, *, markdown: bool) -> tuple[list[Row], list[Skipped]]:
    """One row of the file with its markup resolved; several where it holds `<br>`."""
    text, addresses = links_of(row) if markdown else (row, [])
    if kind is RowKind.HEADING:
        text = _HEADING_END.sub("", _HEADING.sub("", text))
    elif markdown and text.lstrip().startswith("> "):
        text = text.lstrip()[2:]
    text = markup.unescape(markup.tags(text))
    cleaned = []
    for part in text.split("\n"):
        plain, lead = markup.emphasis(part, stars_only=not markdown)
        cleaned.append(Row(markup.unescape_markdown(plain) if markdown else plain, kind, lead))
    return cleaned, addresses


def links_of(row: str) -> tuple[str, list[Skipped]]:
    """A Markdown row with its links as their words; the addresses are no speech."""
    text, addresses = markup.links(row)
    return text, [Skipped(address, "address of a link") for address in addresses]


def _bar_table(raw: list[str]) -> list[Row]:
    """A Markdown table: of speech where its columns say so, else as facts beside the interview."""
    cells = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]
        for row in raw
        if not _BAR_RULE.fullmatch(row)
    ]
    resolved = [
        [markup.emphasis(markup.unescape(markup.tags(cell)), stars_only=False)[0] for cell in row] for row in cells
    ]
    rows = columns.table_rows(resolved)
    if rows is None:
        return [Row(row, RowKind.ASIDE, why="table") for row in raw]
    return [replace(row, tail="\n\n") for row in rows]
