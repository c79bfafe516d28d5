"""The word lists that decide whether a capital is a name: `words.yaml` and `first_names.txt`, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from synth.shipped import shipped_yaml

Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Words:
    """All in lower case."""

    first_names: frozenset[str]
    function: Mapping[str, frozenset[str]]
    """By language: first names that start a sentence as another word ('Will', 'Dan', 'Ben')."""
    noun: Mapping[str, frozenset[str]]
    """By language: first names that are nouns or verbs as well ('Rose', 'Mark', 'Roos')."""
    other: Mapping[str, frozenset[str]]
    """By language: first names that are months, places or brands as well."""
    surname_words: frozenset[str]
    titles: frozenset[str]
    kin: frozenset[str]
    possessives: frozenset[str]
    persons: frozenset[str]
    speech: frozenset[str]
    verb_follows: frozenset[str]
    articles: frozenset[str]
    greetings: frozenset[Phrase]
    introductions: frozenset[Phrase]
    soft_introductions: frozenset[Phrase]
    cue_ends: frozenset[str]
    """The last words of greetings and introductions."""
    particles: frozenset[str]
    stop: frozenset[str]
    no_persons: frozenset[Phrase]
    places_before: frozenset[str]
    places_after: frozenset[str]
    short_lower: frozenset[str]
    label_words: frozenset[str]
    nicknames: Mapping[str, frozenset[str]]
    """Every name of a group to all of the group."""
    streets: Mapping[str, tuple[str, ...]]
    no_streets: frozenset[Phrase]
    safe_lower: frozenset[str]
    """First names that are no other word in either language: found in a text without capitals too."""

    def is_ambiguous(self, name: str, language: str) -> bool:
        """Whether a first name is also an ordinary word where this language is spoken."""
        return any(name in group.get(language, group["both"]) for group in (self.function, self.noun, self.other))


@cache
def load_words() -> Words:
    """The lists that ship with the package."""
    folder = files(__package__)
    raw = shipped_yaml(folder.joinpath("words.yaml").read_bytes())
    lines = folder.joinpath("first_names.txt").read_text("utf-8").splitlines()
    names = frozenset(name for line in lines if not line.startswith("#") for name in line.lower().split())
    function, noun, other = (_by_language(raw["ambiguous"], kind) for kind in ("function", "noun", "other"))
    surname_words, stop = _words(raw["surname_words"]), _words(raw["stop"])
    anything = frozenset().union(*(words for group in (function, noun, other) for words in group.values()))
    short = _words(raw["short_lower"])
    safe = (names - anything - surname_words - stop - _words(raw["titles"]) - _words(raw["kin"])) | short
    greetings = _phrases([*raw["greetings"].split(), *raw["greeting_phrases"]])
    introductions, soft = _phrases(raw["introductions"]), _phrases(raw["soft_introductions"])
    return Words(
        first_names=names - (stop - anything),
        function=function,
        noun=noun,
        other=other,
        surname_words=surname_words,
        stop=stop,
        greetings=greetings,
        introductions=introductions,
        soft_introductions=soft,
        cue_ends=frozenset(phrase[-1] for phrase in greetings | introductions | soft),
        no_persons=_phrases(raw["no_persons"]),
        short_lower=short,
        nicknames=_groups(raw["nicknames"]),
        streets={key: tuple(words.split()) for key, words in raw["streets"].items() if key != "no_streets"},
        no_streets=_phrases(raw["streets"]["no_streets"]),
        safe_lower=frozenset(name for name in safe if len(name) > 3 or name in short),
        titles=_words(raw["titles"]),
        kin=_words(raw["kin"]),
        possessives=_words(raw["possessives"]),
        persons=_words(raw["persons"]),
        speech=_words(raw["speech"]),
        verb_follows=_words(raw["verb_follows"]),
        articles=_words(raw["articles"]),
        particles=_words(raw["particles"]),
        places_before=_words(raw["places_before"]),
        places_after=_words(raw["places_after"]),
        label_words=_words(raw["label_words"]),
    )


def word_set(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


def word_list(text: str) -> list[str]:
    """The words of a text, in order."""
    return text.split()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.lower().split())


def _phrases(entries: list[str]) -> frozenset[Phrase]:
    return frozenset(tuple(entry.lower().replace("&", " ").replace("-", " ").split()) for entry in entries)


def _by_language(raw: Mapping[str, Mapping[str, str]], kind: str) -> dict[str, frozenset[str]]:
    both = _words(raw["both"].get(kind, ""))
    own = {language: _words(raw[language].get(kind, "")) for language in ("nl", "en")}
    return {language: words | both for language, words in own.items()} | {"both": own["nl"] | own["en"] | both}


def _groups(lines: list[str]) -> dict[str, frozenset[str]]:
    groups: dict[str, frozenset[str]] = {}
    for line in lines:
        members = _words(line)
        first = line.lower().split()[0]
        for name in members:
            # A short form may belong to several names; only the head of a group brings in all of its own.
            groups[name] = groups.get(name, frozenset()) | (members if name == first else {first})
    return groups
