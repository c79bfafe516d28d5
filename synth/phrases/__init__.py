"""Sentences that the program itself writes into drafts, in English and Dutch, as data.

`say("nl", "segments.alone", ...)` gives one. Values are put in as
they are, signed numbers in the way of the language. Nothing here knows what a sentence is for.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

import yaml


@cache
def _forms() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for file in sorted(resources.files(__name__).iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".yaml"):
            _collect(yaml.safe_load(file.read_text(encoding="utf-8")), "", found)
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


def _written(value: object, language: str) -> str:
    if isinstance(value, float):
        text = f"{value:+.1f}".replace("-", "−")
        return text.replace(".", ",") if language == "nl" else text
    return str(value)
