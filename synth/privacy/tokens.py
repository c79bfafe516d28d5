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


def tokenize(text: str, line_starts: Sequence[int], line_ends: Sequence[int]) -> Tokens:
    """Split a text into words.

    Args:
        line_starts: of the lines that are speech, in order; with `line_ends` empty where all of it is no speech.
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
    return Tokens(text, tuple(items), _is_cased(items, line_starts, line_ends), line_starts, line_ends)


def _is_cased(items: Sequence[Token], line_starts: Sequence[int], line_ends: Sequence[int]) -> bool:
    """Judged by the speech, without labels; by everything where there is no speech. 'I' counts for nothing."""
    count = capitals = shouted = place = 0
    for item in items:
        if line_starts:
            while place < len(line_ends) and line_ends[place] <= item.start:
                place += 1
            if place == len(line_ends) or item.start < line_starts[place]:
                continue
        count += 1
        if item.capital and len(item.word) > 1:
            capitals += 1
            shouted += item.word.isupper()
    return count > 0 and capitals / count >= 0.02 and shouted / count < 0.5


def _starts_sentence(text: str, start: int) -> bool:
    position = start - 1
    quoted = False
    while position >= 0 and text[position] in _QUOTES:
        if text[position] == "\n" and position and text[position - 1] == "\n":
            return True
        quoted = quoted or text[position] in '"“”„«‘'
        position -= 1
    return position < 0 or text[position] in _SENTENCE_END or quoted
