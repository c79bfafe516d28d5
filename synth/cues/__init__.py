"""Words that tell needs and ways of acting, in both languages, whatever a study is about; and how they are counted.

The lists are data (`needs.yaml`). They are generic on purpose: none names a product or a trade. What counts is how
often somebody uses them next to others who speak the same language, so a list may be longer in one language.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources

import yaml
from pydantic import Field

from synth.cues.matching import PhraseMatcher, words_of
from synth.frameworks import Border

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


class _Needs(Border):
    needs: tuple[Need, ...]


@cache
def load_needs() -> tuple[Need, ...]:
    """The needs that ship, in the order of their counts."""
    text = resources.files(__name__).joinpath("needs.yaml").read_text(encoding="utf-8")
    return _Needs.model_validate(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))).needs


@cache
def need_matcher(language: str) -> PhraseMatcher:
    """Finds the cues of every need in texts of one language; languages without lists of their own have none."""
    if language not in LANGUAGES:
        return PhraseMatcher({})
    return PhraseMatcher({need.key: need.nl if language == "nl" else need.en for need in load_needs()})


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
