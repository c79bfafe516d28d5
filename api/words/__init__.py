"""The words of the pages, one file a language with the same keys; dates and numbers are written as in the report."""

from __future__ import annotations

from functools import cache
from importlib import resources

import yaml

from synth.export.interface import LANGUAGES, Interface

__all__ = ["LANGUAGES", "Words", "choose_language", "page_words"]


class Words:
    """One language of the pages; call it with a key and the values of its places."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._words = page_words(language)
        self._report = Interface(language)

    def __call__(self, key: str, /, **values: object) -> str:
        """The words of a key; KeyError where there are none, or where a place was given no value."""
        return self._words[key].format(**values)

    def count(self, key: str, n: int, /, **values: object) -> str:
        """The words for this many: `key.one` for one, `key.other` for any other number."""
        return self(f"{key}.{'one' if n == 1 else 'other'}", n=self.whole(n), **values)

    def has(self, key: str) -> bool:
        """Whether there are words for this key."""
        return key in self._words

    def whole(self, n: int) -> str:
        """A whole number, in groups of three."""
        return self._report.whole(n)

    def date(self, utc: str) -> str:
        """An ISO 8601 moment as a date in words."""
        return self._report.date(utc)


def choose_language(asked: str | None, accept_language: str) -> str:
    """The language of a page: the one asked for in the address, else the first that the browser accepts, else English.

    Args:
        asked: the value of `?lang=`; anything but a language that there is counts as not given.
        accept_language: the header as it came, such as `nl-NL,nl;q=0.9,en;q=0.8`.
    """
    if asked in LANGUAGES:
        return str(asked)
    wishes: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept_language.split(",")[:20]):
        tag, _, weight = part.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight.strip() else 1.0
        except ValueError:
            continue
        language = tag.strip().lower().split("-")[0]
        if language in LANGUAGES and quality > 0:
            wishes.append((-quality, place, language))
    return min(wishes)[2] if wishes else "en"


@cache
def page_words(language: str) -> dict[str, str]:
    """All keys of a language with their words; groups are joined with dots."""
    text = resources.files(__package__).joinpath(f"{language}.yaml").read_text(encoding="utf-8")
    return dict(_flat(yaml.safe_load(text), ""))


def _flat(node: object, prefix: str) -> list[tuple[str, str]]:
    if isinstance(node, dict):
        return [pair for key, value in node.items() for pair in _flat(value, f"{prefix}.{key}" if prefix else str(key))]
    return [(prefix, str(node))]
