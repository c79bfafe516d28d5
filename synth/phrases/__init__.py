"""Sentences that the program itself writes into drafts, in English and Dutch, as data.

`say("nl", "segments.alone", ...)` gives one. Values are put in as
they are, signed numbers in the way of the language. Nothing here knows what a sentence is for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from synth.shipped import shipped_yaml


@cache
def _forms() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for file in sorted(resources.files(__name__).iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".yaml"):
            _collect(shipped_yaml(file.read_bytes()), "", found)
    return found


def _collect(node: dict[str, Any], prefix: str, found: dict[str, dict[str, str]]) -> None:
    for key, value in node.items():
        if set(value) == {"en", "nl"}:
            found[f"{prefix}{key}"] = value
        else:
            _collect(value, f"{prefix}{key}.", found)


def say(language: str, form: str, **values: object) -> str:
    """The sentence of this form; English for any language but Dutch.

    Raises:
        KeyError: there is no such form, or a value that it needs is missing.
    """
    text = _forms()[form]["nl" if language == "nl" else "en"]
    return text.format(**{key: _written(value, language) for key, value in values.items()})


def retold(text: str, language: str) -> str:
    """Why somebody is in a persona or in none, in another language than that of the study; else the text as it is.

    By which traits they are near a persona stands in it in the study's language alone: that is left out.
    """
    for form, shape in _reasons("en" if language == "nl" else "nl"):
        found = shape.fullmatch(text)
        if found:
            plain = form.removesuffix("_by")
            return say(language, plain, **{name: _number(value, language) for name, value in found.groupdict().items()})
    return text


_PLACE = re.compile(r"\{(\w+)\}")
_FIGURE = re.compile(r"[+−-]?\d+[.,]\d+")


@cache
def _reasons(language: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Each sentence that is a reason, with what knows it again; those of most words first."""
    groups = ("segments.", "assigned.")
    reasons = [(form, words[language]) for form, words in _forms().items() if form.startswith(groups)]
    reasons.sort(key=lambda pair: -len(_PLACE.sub("", pair[1])))
    return tuple((form, re.compile(_shape(text), re.S)) for form, text in reasons)


def _shape(text: str) -> str:
    parts = _PLACE.split(text)
    return "".join(re.escape(part) if place % 2 == 0 else f"(?P<{part}>.*?)" for place, part in enumerate(parts))


def _number(value: str, language: str) -> str:
    if not _FIGURE.fullmatch(value):
        return value
    return value.replace(".", ",") if language == "nl" else value.replace(",", ".")


def has_form(form: str) -> bool:
    """Whether there is a sentence of this form."""
    return form in _forms()


def form_names() -> tuple[str, ...]:
    """Every form, for tests that look at all of them."""
    return tuple(sorted(_forms()))


def join_words(language: str, words: Sequence[str]) -> str:
    """'a, b and c'."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {'en' if language == 'nl' else 'and'} {words[-1]}"


def figure(value: float, language: str, form: str = ".2f") -> str:
    """A number with a real minus sign and, in Dutch, a comma."""
    text = f"{value:{form}}".replace("-", "−")
    return text.replace(".", ",") if language == "nl" else text


def _written(value: object, language: str) -> str:
    return figure(value, language, "+.1f") if isinstance(value, float) else str(value)
