"""Finding phrases in running text: words, prefixes and gaps, with an eye for negation before them.

A phrase is words in order; `abc*` is any word that begins so, `...` up to four words of any kind. Text is compared word
by word, without case or punctuation. Looking up a text costs about as much as splitting it into words.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from synth.domain import fold_space

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_PIECE = re.compile(r"\.\.\.|[^\W_]+(?:'[^\W_]+)?\*?")
_GAP = "..."
_LONGEST_GAP = 4
_NEGATION_REACH = 4
_NEGATIONS = frozenset(
    [
        "niet",
        "geen",
        "niks",
        "niets",
        "nooit",
        "niemand",
        "nergens",
        "zonder",
        "hoef",
        "hoefde",
        "hoeft",
        "hoefden",
        "not",
        "no",
        "never",
        "nobody",
        "without",
        "don't",
        "didn't",
        "doesn't",
        "isn't",
        "wasn't",
        "weren't",
        "won't",
        "wouldn't",
        "can't",
        "cannot",
        "couldn't",
        "hasn't",
        "haven't",
        "hadn't",
        "nothing",
    ]
)


@dataclass(frozen=True, slots=True)
class Match:
    """Where a phrase stands: the words from `start` to before `end`."""

    key: str
    start: int
    end: int
    negated: bool
    """A negation stands shortly before it."""


class PhraseMatcher:
    """Phrases of many keys, looked up together."""

    def __init__(self, phrases: Mapping[str, Iterable[str]]) -> None:
        self._exact: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        self._prefixed: list[tuple[str, tuple[str, ...], str]] = []
        for key, of_key in phrases.items():
            for phrase in of_key:
                parts = tuple(_PIECE.findall(phrase.casefold().replace("’", "'")))
                if not parts:
                    continue
                if parts[0].endswith("*"):
                    self._prefixed.append((parts[0][:-1], parts, key))
                else:
                    self._exact[parts[0]].append((parts, key))
        self._starts: dict[str, list[tuple[tuple[str, ...], str]]] = {}

    def find(self, text: str) -> list[Match]:
        """All matches in order; the same key may match more than once."""
        words = words_of(text)
        found = []
        for position, word in enumerate(words):
            for parts, key in self._starting(word):
                end = _end_of(words, position, parts)
                if end is not None:
                    before = words[max(0, position - _NEGATION_REACH) : position]
                    found.append(Match(key, position, end, any(one in _NEGATIONS for one in before)))
        return found

    def keys(self, text: str) -> list[str]:
        """Keys with a match, each once, in order."""
        return list(dict.fromkeys(match.key for match in self.find(text)))

    def _starting(self, word: str) -> list[tuple[tuple[str, ...], str]]:
        known = self._starts.get(word)
        if known is None:
            prefixed = [(parts, key) for prefix, parts, key in self._prefixed if word.startswith(prefix)]
            known = self._starts[word] = [*self._exact.get(word, ()), *prefixed]
        return known


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, apostrophes straightened."""
    return _WORD.findall(fold_space(text).casefold().replace("’", "'"))


def _end_of(words: Sequence[str], position: int, parts: Sequence[str]) -> int | None:
    """Where the phrase ends that starts here; None where it does not stand here."""
    for index, part in enumerate(parts):
        if part == _GAP:
            rest = parts[index + 1 :]
            for skipped in range(_LONGEST_GAP + 1):
                end = _end_of(words, position + skipped, rest)
                if end is not None:
                    return end
            return None
        if position >= len(words) or not _is(words[position], part):
            return None
        position += 1
    return position


def _is(word: str, part: str) -> bool:
    return word.startswith(part[:-1]) if part.endswith("*") else word == part
