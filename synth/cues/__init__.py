"""Words that tell needs and ways of acting, in both languages, whatever a study is about; and how they are counted.

The lists are data (`needs.yaml`). They are generic on purpose: none names a product or a trade. What counts is how
often somebody uses them next to others who speak the same language, so a list may be longer in one language.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any

from pydantic import Field

from synth.cues.matching import PhraseMatcher, words_of
from synth.frameworks import Border
from synth.shipped import shipped_yaml

LANGUAGES = ("en", "nl")


class Names(Border):
    """The side of a need, as a noun phrase."""

    en: str
    nl: str


class Need(Border):
    """One need or way of acting with the words that tell it."""

    key: str
    names: Names
    en: tuple[str, ...] = Field(min_length=1)
    nl: tuple[str, ...] = Field(min_length=1)

    def name(self, language: str) -> str:
        """What it is called; English for any but Dutch."""
        return self.names.nl if language == "nl" else self.names.en


class Said(Border):
    """The same in both languages."""

    en: str
    nl: str

    def of(self, language: str) -> str:
        """In this language; English for any but Dutch."""
        return self.nl if language == "nl" else self.en


class Listed(Border):
    """The same list in both languages."""

    en: tuple[str, ...]
    nl: tuple[str, ...]

    def of(self, language: str) -> tuple[str, ...]:
        """In this language; English for any but Dutch."""
        return self.nl if language == "nl" else self.en


class Trait(Border):
    """A need or way of acting as it is said of a persona, with stricter phrases that tell it by themselves."""

    trait: Said
    """Completes 'Wants ..., and ...'."""
    names: Listed
    """What a persona with it could be called."""
    en: tuple[str, ...] = Field(min_length=1)
    nl: tuple[str, ...] = Field(min_length=1)
    driver: str | None = None
    """The driver that says nearly the same: both are not said of one persona."""


class _Needs(Border):
    needs: tuple[Need, ...]


class _Traits(Border):
    traits: dict[str, Trait]


@cache
def load_needs() -> tuple[Need, ...]:
    """The needs that ship, in the order of their counts."""
    return _Needs.model_validate(read_data("needs")).needs


@cache
def load_traits() -> dict[str, Trait]:
    """The traits that ship, by key; the keys are those of needs."""
    return dict(_Traits.model_validate(read_data("traits")).traits)


def read_data(name: str) -> Any:
    """What a data file says, as it ships."""
    return shipped_yaml(resources.files(__name__).joinpath(f"{name}.yaml").read_bytes())


@cache
def need_matcher(language: str) -> PhraseMatcher:
    """Finds the cues of every need in texts of one language; languages without lists of their own have none."""
    if language not in LANGUAGES:
        return PhraseMatcher({})
    return PhraseMatcher({need.key: need.nl if language == "nl" else need.en for need in load_needs()})


@cache
def trait_matcher(language: str) -> PhraseMatcher:
    """Finds the phrases of every trait in texts of one language; other languages have none."""
    if language not in LANGUAGES:
        return PhraseMatcher({})
    return PhraseMatcher({key: one.nl if language == "nl" else one.en for key, one in load_traits().items()})


def count_traits(language: str, texts: Iterable[str]) -> list[int]:
    """In how many of these texts each trait is told and not denied."""
    place = {key: index for index, key in enumerate(load_traits())}
    matcher = trait_matcher(language)
    counts = [0] * len(place)
    for text in texts:
        for key in {match.key for match in matcher.find(text) if not match.negated}:
            counts[place[key]] += 1
    return counts


def count_needs(language: str, texts: Iterable[str]) -> tuple[list[int], int]:
    """How often the cues of each need stand in these texts, and how many words they have."""
    place = {need.key: index for index, need in enumerate(load_needs())}
    matcher = need_matcher(language)
    counts, total = [0] * len(place), 0
    for text in texts:
        total += len(words_of(text))
        for match in matcher.find(text):
            counts[place[match.key]] += 1
    return counts, total
