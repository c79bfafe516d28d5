"""Markup inside text: emphasis, entities, links and tags are resolved, so that the words are left as they were said.

Every function is linear in the length of its text.
"""

from __future__ import annotations

import html
import re

from synth.parse import words
from synth.parse.times import parse_clock

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_RUN = re.compile(r"(?<!\\)(\*{1,3}|_{1,3})")
_STARS = re.compile(r"(?<!\\)(\*{2,3})")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!>~|<&\"'$:])")
_LINK = re.compile(r"(!?)\[([^\[\]\n]{0,300})\]\(\s*<?([^()\s<>]{0,600})>?(?:\s+\"[^\"\n]{0,200}\")?\s*\)")
_TAG = re.compile(
    r"</?(?:b|i|u|s|em|strong|span|font|p|div|sup|sub|mark|a|cite|small|center|blockquote|time)(?:\s[^<>\n]{0,300})?/?>",
    re.I,
)
_BREAK = re.compile(r"<br\s*/?>", re.I)


def unescape(text: str) -> str:
    """HTML entities that end in a semicolon as their characters; a no-break blank stays one."""
    return _ENTITY.sub(lambda match: html.unescape(match.group()), text) if "&" in text else text


def emphasis(text: str, *, stars_only: bool) -> tuple[str, int]:
    """The text without paired emphasis marks, and how many characters at its start were emphasised.

    Args:
        text: one row.
        stars_only: leave `_` and single `*` alone, as in plain text.
    """
    pattern = _STARS if stars_only else _RUN
    if not pattern.search(text):
        return text, 0
    opened: dict[str, int] = {}
    gone: list[tuple[int, int]] = []
    lead_end = 0
    for match in pattern.finditer(text):
        start, end, mark = match.start(), match.end(), match.group()
        before, after = text[start - 1 : start], text[end : end + 1]
        inside = before.isalnum() and after.isalnum() and mark[0] == "_"
        if mark in opened and before and not before.isspace() and not inside:
            first = opened.pop(mark)
            if not _is_sound(text[first + len(mark) : start]):
                gone += [(first, first + len(mark)), (start, end)]
                if not text[:first].strip(" \t#>-*_"):
                    lead_end = max(lead_end, start)
        elif after and not after.isspace() and not inside:
            opened[mark] = start
    if not gone:
        return text, 0
    gone.sort()
    pieces, last, lead = [], 0, 0
    for start, end in gone:
        pieces.append(text[last:start])
        last = end
    pieces.append(text[last:])
    if lead_end:
        lead = lead_end - sum(end - start for start, end in gone if end <= lead_end)
    return "".join(pieces), lead


def _is_sound(text: str) -> bool:
    found = re.findall(r"[^\W\d_]+", text.casefold())
    return 0 < len(found) <= 4 and any(word in words.SOUNDS for word in found)


def links(text: str) -> tuple[str, list[str]]:
    """The text with `[words](address)` as its words, and the addresses; an image goes with its caption."""
    if "](" not in text:
        return text, []
    addresses = [
        " ".join(filter(None, (match.group(1) and match.group(2), match.group(3)))) for match in _LINK.finditer(text)
    ]
    return _LINK.sub(_words_of_link, text), [each for each in addresses if each]


def _words_of_link(match: re.Match[str]) -> str:
    """What a link shows; a time that leads to a place in a recording stays a time in brackets."""
    if match.group(1):
        return ""
    return f"[{match.group(2)}]" if parse_clock(match.group(2)) is not None else match.group(2)


def unescape_markdown(text: str) -> str:
    """Backslash escapes as the characters they protect."""
    return _ESCAPE.sub(r"\1", text) if "\\" in text else text


def tags(text: str) -> str:
    """Common inline tags away, `<br>` as a line break; what a transcriber put between angle brackets stays."""
    return _TAG.sub("", _BREAK.sub("\n", text)) if "<" in text else text
