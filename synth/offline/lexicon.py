"""Word lists of the built-in reader: which words name a feeling, a channel, a driver, or say what a sentence does.

The lists are the YAML files in `words/`. A pattern is one or more words in lower case, compared as `words_of` gives
them; `anger*` stands for every word that begins so, `-mail` for every word that ends so. Matching is deterministic and
takes a few look-ups a word: a transcript of 2,000 words is read in some milliseconds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from synth.shipped import shipped_yaml

FILES = ("emotions", "channels", "drivers", "cues")
LANGUAGES = ("en", "nl")
_WORD = re.compile(r"[a-z0-9]+|[?!]|…|\.\.\.|[£€$%]")
_APOSTROPHES = re.compile("['’‘`´]")
_NEGATION = "cue/negating"
_NEGATION_REACH = 3
"""Words between a word of negation and the feeling that it denies, at the most, with the feeling's own."""
_CONTRAST = frozenset(("but", "maar", "wel", "juist"))
"""Words that end what a negation denies: 'not happy but furious', 'niet blij maar woedend'."""
_SHORTEST_PART = 3


def words_of(text: str) -> list[str]:
    """The words and telling marks of a text, lower case, without apostrophes and accents."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return _WORD.findall(_APOSTROPHES.sub("", plain))


@dataclass(frozen=True, slots=True)
class Hit:
    """A pattern found in a text."""

    group: str
    """`emotion/KEY/words`, `emotion/KEY/signs`, `channel/KEY/words`, `channel/KEY/acts`, `driver/KEY` or `cue/KEY`."""
    first: int
    """The number of its first word, from 0."""
    length: int
    """In words."""
    negated: bool
    """Whether a word of negation stands just before it ('not really happy'); told for named feelings only."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The patterns of one language, by the word they begin with."""

    language: str
    exact: Mapping[str, Sequence[tuple[tuple[str, ...], str]]]
    beginnings: Mapping[str, Sequence[tuple[tuple[str, ...], str]]]
    endings: Mapping[str, Sequence[tuple[tuple[str, ...], str]]] = field(default_factory=dict)

    def hits(self, words: Sequence[str]) -> list[Hit]:
        """Every pattern that stands in these words, from left to right; they may overlap."""
        found: list[Hit] = []
        for place, word in enumerate(words):
            for pattern, group in self._beginning_with(word):
                if len(pattern) > 1 and not _goes_on(pattern, words, place):
                    continue
                named = group.startswith("emotion/") and group.endswith("/words")
                negated = named and is_denied(words, place, self.language)
                found.append(Hit(group, place, len(pattern), negated))
        return found

    def _beginning_with(self, word: str) -> Iterator[tuple[tuple[str, ...], str]]:
        yield from self.exact.get(word, ())
        for length in range(_SHORTEST_PART, len(word) + 1):
            yield from self.beginnings.get(word[:length], ())
        for length in range(_SHORTEST_PART, len(word)):
            yield from self.endings.get(word[-length:], ())


def is_denied(words: Sequence[str], place: int, language: str) -> bool:
    """Whether a word of negation stands shortly before a place, with nothing between them that ends what it denies."""
    negations = _negations(language)
    for word in reversed(words[max(0, place - _NEGATION_REACH) : place]):
        if word in negations:
            return True
        if word in _CONTRAST:
            return False
    return False


@cache
def _negations(language: str) -> frozenset[str]:
    return frozenset(groups(language)[_NEGATION])


def _goes_on(pattern: Sequence[str], words: Sequence[str], place: int) -> bool:
    if place + len(pattern) > len(words):
        return False
    return all(
        words[place + step].startswith(part[:-1]) if part.endswith("*") else words[place + step] == part
        for step, part in enumerate(pattern[1:], 1)
    )


@cache
def lexicon(language: str) -> Lexicon:
    """The lexicon of `en` or `nl`; the English one for any other language."""
    wanted = language if language in LANGUAGES else "en"
    return build_lexicon(wanted, groups(wanted))


def build_lexicon(language: str, groups: Mapping[str, Sequence[str]]) -> Lexicon:
    """A lexicon of these groups of patterns, in the notation of the word lists."""
    exact: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    beginnings: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    endings: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for group, patterns in groups.items():
        for pattern in patterns:
            parts = tuple(filter(None, (_part(word) for word in pattern.split())))
            if not parts:
                continue
            if parts[0].startswith("-"):
                endings.setdefault(parts[0][1:], []).append((parts, group))
            elif parts[0].endswith("*"):
                beginnings.setdefault(parts[0][:-1], []).append((parts, group))
            else:
                exact.setdefault(parts[0], []).append((parts, group))
    return Lexicon(language, exact, beginnings, endings)


def _part(word: str) -> str:
    inner = "".join(words_of(word.strip("*-")))
    return ("-" if word.startswith("-") else "") + inner + ("*" if word.endswith("*") else "")


@cache
def group_names() -> tuple[str, ...]:
    """Every group in a fixed order: the columns of the features."""
    return tuple(groups("en"))


@cache
def groups(language: str) -> Mapping[str, tuple[str, ...]]:
    """Group to patterns, in the order of the files."""
    result: dict[str, tuple[str, ...]] = {}
    for name in FILES:
        for key, languages in _load(name).items():
            stem = f"{name.removesuffix('s')}/{key}"
            lists = languages[language]
            if isinstance(lists, dict):
                result.update({f"{stem}/{part}": tuple(patterns) for part, patterns in lists.items()})
            else:
                result[stem] = tuple(lists)
    return result


@cache
def _load(name: str) -> dict[str, dict[str, dict[str, list[str]] | list[str]]]:
    data: dict[str, dict[str, dict[str, list[str]] | list[str]]] = shipped_yaml(source(name))
    return data


def source(name: str) -> bytes:
    """The file of one word list, as it ships: YAML where the name says nothing else."""
    file = name if "." in name else f"{name}.yaml"
    return (resources.files("synth") / "offline" / "words" / file).read_bytes()
