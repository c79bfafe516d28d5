"""Labels of findings: a few words in the interview's language, put together from names and from the line's own nouns.

A label is made to be read and to be grouped: the same subject gets the same words wherever it is spoken of.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from synth.domain import fold_space
from synth.offline.lexicon import source, words_of
from synth.shipped import shipped_yaml

_TOKEN = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_LONGEST_LABEL = 80
_SHORTEST_WORD = 4


@cache
def _names() -> Mapping[str, Any]:
    names: Mapping[str, Any] = shipped_yaml(source("names"))
    return names


def name_of(what: str, key: str, language: str) -> str:
    """The noun for an emotion, a channel or a driver; the key itself where a framework brings one of its own."""
    entry = _names()[what].get(key)
    return str(entry["nl" if language == "nl" else "en"]) if entry else key


@dataclass(frozen=True, slots=True)
class Subjects:
    """In how many lines each content word stands."""

    lines: Mapping[str, int]
    language: str

    def of(self, text: str, most: int = 2, but: Sequence[str] = (), least: int = 1) -> list[str]:
        """The nouns that say what a line is about, in its order: those that have a determiner there.

        Args:
            text: of the line.
            most: how many words at the most.
            but: words that the label has already.
            least: in how many lines a word must stand, to be what somebody speaks of and not said in passing.
        """
        taken = {word for phrase in but for word in words_of(phrase)}
        content = set(_content(text, self.language)) - taken
        nouns = [word for word in _determined(text, self.language) if word in content and self.lines[word] >= least]
        ranked = sorted(dict.fromkeys(nouns), key=lambda word: (-min(self.lines[word], 4), nouns.index(word)))
        chosen = set(ranked[:most])
        return [word for word in dict.fromkeys(nouns) if word in chosen]


def find_subjects(lines: Iterable[str], language: str) -> Subjects:
    """The content words of what was said, whoever said it."""
    spoken = "nl" if language == "nl" else "en"
    counts: Counter[str] = Counter()
    for line in lines:
        counts.update(set(_content(fold_space(line), spoken)))
    return Subjects(counts, spoken)


def _determined(text: str, language: str) -> list[str]:
    """The words right after a determiner."""
    determiners = frozenset(_names()["determiners"][language])
    tokens = [match.group().casefold() for match in _TOKEN.finditer(text)]
    return [after for before, after in pairwise(tokens) if before in determiners]


def _content(text: str, language: str) -> list[str]:
    empty = empty_words(language)
    tokens = (match.group().casefold() for match in _TOKEN.finditer(text))
    return [
        token for token in tokens if len(token) >= _SHORTEST_WORD and not (set(words_of(token)) & empty or "'" in token)
    ]


@cache
def empty_words(language: str) -> frozenset[str]:
    """Words that say nothing of what a line is about."""
    return frozenset(_names()["empty"][language])


def join_label(name: str, subjects: Sequence[str]) -> str:
    """A name with what it is about: 'frustration: waiting time'; the name alone where that is not known."""
    label = f"{name}: {' '.join(subjects)}" if subjects else name
    return label if len(label) <= _LONGEST_LABEL else name[:_LONGEST_LABEL]
