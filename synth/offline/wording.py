"""Labels of findings: a few words in the interview's language, put together from names and from the line's own nouns.

A label is made to be read and to be grouped: the same subject gets the same words wherever it is spoken of.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import yaml

from synth.domain import Transcript, fold_space
from synth.offline.lexicon import source, words_of

_TOKEN = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_LONGEST_LABEL = 80
_SHORTEST_WORD = 4


@cache
def _names() -> Mapping[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    names: Mapping[str, Any] = yaml.load(source("names"), Loader=loader)
    return names


def name_of(what: str, key: str, language: str) -> str:
    """The noun for an emotion, a channel or a driver; the key itself where a framework brings one of its own."""
    entry = _names()[what].get(key)
    return str(entry["nl" if language == "nl" else "en"]) if entry else key


@dataclass(frozen=True, slots=True)
class Subjects:
    """How often each content word stands in an interview, with whether it is mostly used as a noun."""

    lines: Mapping[str, int]
    nouns: frozenset[str]
    language: str

    def of(self, text: str, most: int = 2, but: Sequence[str] = ()) -> list[str]:
        """The words that say what a line is about, in its order; empty where it has none.

        Args:
            text: of the line.
            most: how many words at the most.
            but: words that the label has already.
        """
        taken = {word for phrase in but for word in words_of(phrase)}
        candidates = [word for word in _content(text, self.language) if word not in taken]
        nouns = [word for word in candidates if word in self.nouns]
        ranked = sorted(dict.fromkeys(nouns), key=lambda word: (-min(self.lines[word], 4), candidates.index(word)))
        chosen = set(ranked[:most])
        return [word for word in dict.fromkeys(candidates) if word in chosen]


def find_subjects(transcript: Transcript) -> Subjects:
    """The content words of a transcript, of whoever speaks."""
    language = "nl" if transcript.language == "nl" else "en"
    determiners = frozenset(_names()["determiners"][language])
    lines: Counter[str] = Counter()
    nouns: Counter[str] = Counter()
    for line in transcript.lines:
        text = fold_space(line.text)
        lines.update(set(_content(text, language)))
        tokens = [match.group().casefold() for match in _TOKEN.finditer(text)]
        nouns.update(after for before, after in pairwise(tokens) if before in determiners)
    return Subjects(lines, frozenset(word for word in lines if nouns[word]), language)


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
