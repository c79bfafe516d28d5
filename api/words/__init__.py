"""The words of the pages: a folder a language, a file a group of pages, the same keys in both.

The words of the report (`synth/export/words`) are there too, so that a page can use the report's templates; a key of
the pages may not be one of the report. Dates, numbers and plural forms follow the locale (Babel).
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal

from synth.export.interface import LANGUAGES, Interface, interface_words
from synth.shipped import shipped_yaml

__all__ = ["LANGUAGES", "Words", "choose_language", "page_words"]

_LOCALES = {"en": "en_GB", "nl": "nl_NL"}


class Words(Interface):
    """One language of the pages; call it with a key and the values of its places."""

    def __init__(self, language: str) -> None:
        super().__init__(language)
        self._words = page_words(language)
        self._locale = _locale(language)

    def count(self, key: str, n: int, /, **values: object) -> str:
        """The words for this many: `key.one`, `key.other`, by the plural rule of the language; `{n}` is the number."""
        return self(f"{key}.{self._locale.plural_form(n)}", n=self.whole(n), **values)

    def whole(self, n: int) -> str:
        """A whole number, in groups of three."""
        return format_decimal(n, format="#,##0", locale=self._locale)

    def date(self, utc: str) -> str:
        """An ISO 8601 moment as a date in words, where this machine stands; as it is where it is none."""
        moment = _moment(utc)
        return format_date(moment, "d MMMM y", locale=self._locale) if moment else utc

    def time(self, utc: str) -> str:
        """An ISO 8601 moment as date and time; as it is where it is none."""
        moment = _moment(utc)
        return format_datetime(moment, "d MMM y, HH:mm", locale=self._locale) if moment else utc

    def ago(self, utc: str) -> str:
        """How long ago, or how soon, a moment is: '3 days ago', 'over 2 uur'."""
        moment = _moment(utc)
        if moment is None:
            return utc
        return format_timedelta(moment - datetime.now(UTC), add_direction=True, locale=self._locale)

    def money(self, dollars: float | None) -> str:
        """A cost in US dollars; a dash where it is not known."""
        return "–" if dollars is None else format_currency(dollars, "USD", locale=self._locale)

    def size(self, n_bytes: int) -> str:
        """A size in bytes, kB or MB."""
        if n_bytes < 100:
            return f"{n_bytes} B"
        kilo = n_bytes / 1000
        value, unit = (kilo / 1000, "MB") if kilo >= 1000 else (kilo, "kB")
        return f"{format_decimal(value, format='#,##0.0' if value < 10 else '#,##0', locale=self._locale)} {unit}"


def choose_language(asked: str | None, accept_language: str) -> str:
    """The language of a page: the one that was chosen, else the first that the browser accepts, else English.

    Args:
        asked: of the address or the cookie; anything but a language that there is counts as not given.
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
    """All keys of a language with their words, those of the report included; groups are joined with dots.

    Raises:
        ValueError: a key stands in two files, or is no word.
    """
    words = dict(interface_words(language))
    folder = resources.files(__package__).joinpath(language)
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".yaml"):
            for key, text in _flat(shipped_yaml(file.read_bytes()), ""):
                if key in words:
                    raise ValueError(f"{language}/{file.name}: the key {key} stands in another file too.")
                words[key] = text
    return words


def _flat(node: Any, prefix: str) -> list[tuple[str, str]]:
    if isinstance(node, dict):
        if not all(isinstance(key, str) for key in node):
            raise ValueError(f"{prefix}: YAML reads on, off, yes, no and numbers as no words; give keys other names.")
        return [pair for key, value in node.items() for pair in _flat(value, f"{prefix}.{key}" if prefix else str(key))]
    if not isinstance(node, str):
        raise ValueError(f"{prefix}: YAML reads {node!r} here and no words; put it in quotes.")
    return [(prefix, node)]


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(_LOCALES[language])


def _moment(utc: str) -> datetime | None:
    try:
        read = datetime.fromisoformat(utc)
    except ValueError:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone()
