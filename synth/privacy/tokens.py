"""The words of a text with what tells a name: capitals, and whether they must be there because a sentence starts."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

_TOKEN = re.compile(r"(?<!\w)[^\W\d_]+(?:['’\-][^\W\d_]+)*(?!\w)")
_GENITIVE = ("'s", "’s")
_SENTENCE_END = ".!?…:"
_QUOTES = " \t\n\r\"'“”‘’„«»()[]*_-–—>#"


class Token(NamedTuple):
    """One word; `Daan's` is the word `Daan` with the tail `'s`."""

    start: int
    end: int
    """Without the tail."""
    word: str
    low: str
    tail: str
    capital: bool
    initial: bool
    """Has a capital that says nothing: a sentence starts here."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """All words of a text."""

    text: str
    items: tuple[Token, ...]
    cased: bool
    """Whether capitals say something: neither all in lower case nor all in capitals."""
    line_starts: Sequence[int]
    line_ends: Sequence[int]
    lower_lines: frozenset[int]
    """Places of lines by somebody whose words were written without capitals."""

    def is_cased(self, index: int) -> bool:
        """Whether a capital or its absence says something of this word."""
        if not self.cased or not self.lower_lines:
            return self.cased
        return bisect_right(self.line_starts, self.items[index].start) - 1 not in self.lower_lines

    def is_speech(self, index: int) -> bool:
        """Whether a word stands in a line, not in a label, a heading or a note."""
        start = self.items[index].start
        place = bisect_right(self.line_starts, start) - 1
        return place >= 0 and start < self.line_ends[place]

    def gap(self, index: int) -> str:
        """What stands between a word and the next one; the rest of the text after the last."""
        item = self.items[index]
        end = item.end + len(item.tail)
        return self.text[end : self.items[index + 1].start] if index + 1 < len(self.items) else self.text[end:]


def tokenize(
    text: str, line_starts: Sequence[int], line_ends: Sequence[int], lower_lines: frozenset[int] = frozenset()
) -> Tokens:
    """Split a text into words.

    Args:
        line_starts: of the lines that are speech, in order; with `line_ends` empty where all of it is no speech.
        lower_lines: places of the lines that were written without capitals.
    """
    starts = frozenset(line_starts)
    items = []
    for match in _TOKEN.finditer(text):
        start, word = match.start(), match.group()
        low = word.lower()
        # The commonest first: this loop is a third of the time that masking takes.
        if low == word and "'" not in word and "’" not in word:
            items.append(Token(start, start + len(word), word, word, "", False, False))
            continue
        tail = word[-2:] if len(word) > 3 and word.endswith(_GENITIVE) else ""
        bare = word[: len(word) - len(tail)]
        capital = bare[0].isupper()
        initial = capital and (start in starts or _starts_sentence(text, start))
        items.append(Token(start, start + len(bare), bare, bare.lower(), tail, capital, initial))
    return Tokens(text, tuple(items), bool(line_starts) or _is_cased(items), line_starts, line_ends, lower_lines)


def _is_cased(items: Sequence[Token]) -> bool:
    """For a text of no transcript. 'I' counts for nothing."""
    words = [item for item in items if len(item.word) > 1]
    capitals = sum(item.capital for item in words)
    shouted = sum(item.word.isupper() for item in words)
    return capitals > 0 and capitals >= 0.02 * len(words) and shouted < 0.5 * len(words)


def _starts_sentence(text: str, start: int) -> bool:
    position = start - 1
    quoted = False
    while position >= 0 and text[position] in _QUOTES:
        if text[position] == "\n" and position and text[position - 1] == "\n":
            return True
        quoted = quoted or text[position] in '"“”„«‘'
        position -= 1
    return position < 0 or text[position] in _SENTENCE_END or quoted
