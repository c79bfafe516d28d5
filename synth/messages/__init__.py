"""What Synth says about files, runs and refusals, in the language of whoever reads it.

The code says and stores these sentences in English, as they stand in `words.yaml` under a code; the command line prints
them so. Pages and reports in Dutch ask `in_language`, which knows a sentence again by its English words, also one that
was stored long ago. A sentence that nobody gave Dutch words stays English; tests hold that every sentence about a file
has them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from synth.shipped import shipped_yaml

_PLACE = re.compile(r"\{(\w+)\}")
_NUMBERS = frozenset({"n", "all"})
"""Places that hold a number and nothing else: not the name of a file that a sentence about it begins with."""
_NUMBER = r"[^\s:]*?"
_MOST = 4_000
"""Longer texts are no sentences of ours."""
_DEEPEST = 8
"""Sentences and names before them inside each other: what goes deeper was written by somebody else."""


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence with its code, known again."""

    code: str
    values: Mapping[str, str]


def known(text: str) -> Message | None:
    """Which sentence a text is; None where it is none of these."""
    code = _plain().get(text)
    if code is not None or len(text) > _MOST:
        return Message(code, {}) if code is not None else None
    for code, shape in _shapes():
        found = shape.fullmatch(text)
        if found:
            return Message(code, found.groupdict())
    return None


def message_code(text: str) -> str | None:
    """The code of a sentence, for programs."""
    found = known(text)
    return found.code if found else None


@lru_cache(maxsize=4_000)
def in_language(text: str, language: str) -> str:
    """A sentence in a language: 'en' is as it was said, and so is what has no words in that language."""
    if language == "en" or not text or len(text) > _MOST:
        return text
    return _in_language(text, language, _DEEPEST)


def _in_language(text: str, language: str, deeper: int) -> str:
    """The same, with so many sentences inside each other."""
    found = known(text)
    if found is not None:
        words = catalogue()[found.code][language]
        inside = {name: _in_language(value, language, deeper - 1) if deeper else value
                  for name, value in found.values.items()}  # fmt: skip
        return _PLACE.sub(lambda place: inside[place[1]], words)
    # A note begins with the name of the file or the model that it is about; an error of a server ends with its code.
    head, colon, rest = text.partition(": ")
    if colon and len(head) <= 200 and deeper:
        said = _in_language(rest, language, deeper - 1)
        if said != rest:
            return f"{head}: {said}"
    begun, bracket, code = text.rpartition(" (")
    if bracket and code.endswith(")") and deeper and known(begun) is not None:
        return f"{_in_language(begun, language, deeper - 1)} ({code}"
    return text


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Every sentence: code to language to words."""
    text = resources.files(__package__).joinpath("words.yaml").read_text(encoding="utf-8")
    return {
        str(code): {str(language): str(words) for language, words in one.items()}
        for code, one in shipped_yaml(text).items()
    }


@cache
def _plain() -> dict[str, str]:
    return {one["en"]: code for code, one in catalogue().items() if not _PLACE.search(one["en"])}


@cache
def _shapes() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Those with places, the ones of most words first: the more is said, the surer it is known."""
    shapes = [(code, one["en"]) for code, one in catalogue().items() if _PLACE.search(one["en"])]
    shapes.sort(key=lambda pair: -len(_PLACE.sub("", pair[1])))
    return tuple((code, re.compile(_shape(text), re.S)) for code, text in shapes)


def _shape(text: str) -> str:
    parts = _PLACE.split(text)
    return "".join(
        re.escape(part) if place % 2 == 0 else f"(?P<{part}>{_NUMBER if part in _NUMBERS else '.*?'})"
        for place, part in enumerate(parts)
    )
