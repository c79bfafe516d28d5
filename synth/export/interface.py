"""The words of the interface, in the language of the study, and how that language writes numbers, times and lists.

All words stand in one file a language, `words/en.yaml` and `words/nl.yaml`, with the same keys; templates and writers
name keys and never contain words. A key that is missing is an error, not an empty place on a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources

from synth.messages import in_language
from synth.phrases import retold
from synth.shipped import shipped_yaml

LANGUAGES = ("en", "nl")
MINUS = "\N{MINUS SIGN}"


class Interface:
    """One language of the interface; call it with a key and the values of its places."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "en"
        self._words = interface_words(self.language)

    def __call__(self, key: str, /, **values: object) -> str:
        """The words of a key, with `{places}` filled.

        Raises:
            KeyError: the language has no such key, or a place was given no value.
        """
        return self._words[key].format(**values)

    def count(self, key: str, n: int, /, **values: object) -> str:
        """The words for this many: `key.one` for one, `key.other` for any other number; `{n}` is the number."""
        return self(f"{key}.{'one' if n == 1 else 'other'}", n=self.whole(n), **values)

    def has(self, key: str) -> bool:
        """Whether there are words for this key."""
        return key in self._words

    def known(self, group: str, key: str) -> str:
        """The words of `group.key`, or the key itself where a framework of the researcher's own brings others."""
        return self._words.get(f"{group}.{key}", key)

    def told(self, text: str | None) -> str:
        """A sentence that Synth says or stored, such as why a file could not be read, in this language."""
        return in_language(retold(text or "", self.language), self.language)

    def whole(self, n: int) -> str:
        """A whole number, in groups of three: 12,345 or 12.345."""
        return f"{n:,}" if self.language == "en" else f"{n:,}".replace(",", ".")

    def decimal(self, value: float, places: int = 1, *, signed: bool = False) -> str:
        """A number with a real minus sign and, in Dutch, a comma; zero has no sign."""
        rounded = round(value, places) + 0.0
        sign = MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
        text = f"{abs(rounded):.{places}f}"
        return sign + (text if self.language == "en" else text.replace(".", ","))

    def share(self, value: float) -> str:
        """0 to 1 as a percentage."""
        return f"{round(value * 100)}{'%' if self.language == 'en' else ' %'}"

    def listed(self, items: Sequence[str]) -> str:
        """'P01, P02 and P03'."""
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self('and')} {items[-1]}"

    def date(self, utc: str) -> str:
        """An ISO 8601 moment as a date in words; as it is where it is none."""
        parts = utc[:10].split("-")
        if len(parts) != 3 or not all(part.isdigit() for part in parts) or not 1 <= int(parts[1]) <= 12:
            return utc
        month = self("months").split()[int(parts[1]) - 1]
        return f"{int(parts[2])} {month} {parts[0]}"


def clock(seconds: float) -> str:
    """A time in a recording: 3:07, 21:40, 1:02:31."""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@cache
def interface_words(language: str) -> dict[str, str]:
    """All keys of a language with their words; nested groups are joined with dots."""
    text = resources.files(__package__).joinpath("words", f"{language}.yaml").read_text(encoding="utf-8")
    return dict(_flat(shipped_yaml(text), ""))


def _flat(node: object, prefix: str) -> list[tuple[str, str]]:
    if isinstance(node, dict):
        return [pair for key, value in node.items() for pair in _flat(value, f"{prefix}.{key}" if prefix else str(key))]
    return [(prefix, str(node))]
