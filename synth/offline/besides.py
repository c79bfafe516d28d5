"""What the words of a passage say besides what it was coded as, by rule, in both languages.

Who began a contact, what it took, what came of it, whether it came again or never; whether a feeling judges what was
got or binds to whoever gave it; signs of loyalty; why a moment counts. The promise: each stands on a pattern of
`words/besides.yaml` in the passage itself, what came of a contact also in the sentences after it; without a pattern, or
where patterns disagree, nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from synth.domain import Kind
from synth.frameworks import Framework
from synth.marks import EMOTION_MARKS, TOUCHPOINT_MARKS
from synth.offline.features import CodedLine
from synth.offline.lexicon import Lexicon, build_lexicon, source

_FILE = "besides"
_REACH = 3
"""How many words before a pattern a denial of it may stand, at the most."""
_AFTER = 2
"""Sentences after a contact that may tell what came of it, in the same turn and before the next contact."""
_FLIPPED = {"outcome/done": "outcome/failed"}
"""What a denial turns round; any other denied pattern says nothing."""
_DENYING_ITSELF = ("outcome/failed", "skipped", "signals/warns")
"""Patterns with their own 'not' or 'never'."""
_STRONGER = {"outcome/failed": ("outcome/partly",), "effort/3": ("effort/1", "effort/2"), "effort/2": ("effort/1",)}
"""Of two that both stand there, the one that says more: 'easy' in a call that took three times."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a passage says besides."""

    marks: tuple[str, ...] = ()
    """As replies carry them, see `synth.marks`."""
    matters: str | None = None


def said_besides(
    kind: Kind, lines: Sequence[CodedLine], after: Sequence[CodedLine], language: str, framework: Framework
) -> Said:
    """What a passage says besides.

    Args:
        kind: of the finding.
        lines: of the passage.
        after: the sentences after it that may still be about it.
        language: `en` or `nl`.
        framework: whose signals of loyalty there are.
    """
    here = _groups(lines, language)
    signals = [key for key in framework.signal_keys if f"signals/{key}" in here]
    if "warns" in signals and "recommends" in signals:
        signals.remove("recommends")  # 'I would not recommend it' has both
    if kind is Kind.TOUCHPOINT:
        # What it took and came to is often told in the sentence after.
        later = _groups(after, language)
        found = here | {group for group in later if group.startswith(("outcome/", "effort/"))
                        and not any(own.startswith(group.split("/")[0]) for own in here)}  # fmt: skip
        return Said((*_marks(found, TOUCHPOINT_MARKS), *signals), _reason(here, language))
    own = _marks(here, EMOTION_MARKS) if kind is Kind.EMOTION else ()
    return Said((*own, *signals))


def lines_after(lines: Sequence[CodedLine], last: int, next_contact: int | None) -> list[CodedLine]:
    """The lines of the same turn after a row, up to the next contact.

    Args:
        lines: participants' lines in order.
        last: the row that the passage ends on.
        next_contact: the line number of the next contact; None where there is none.
    """
    found = []
    for line in lines[last + 1 : last + 1 + _AFTER]:
        if line.turn != lines[last].turn or (next_contact is not None and line.number >= next_contact):
            break
        found.append(line)
    return found


def _marks(groups: frozenset[str] | set[str], known: Mapping[str, tuple[str, object]]) -> tuple[str, ...]:
    told: dict[str, list[str]] = {}
    weaker = {other for group in groups for other in _STRONGER.get(group, ())}
    for mark, (field, value) in known.items():
        group = f"{field}/{value}" if value is not True else field
        if group in groups and group not in weaker:
            told.setdefault(field, []).append(mark)
    # Where two disagree ('I called', 'they called back') nobody can tell which is meant.
    return tuple(marks[0] for marks in told.values() if len(marks) == 1)


def _reason(groups: frozenset[str], language: str) -> str | None:
    texts = (text for key, text in _reasons().items() if f"matters/{key}" in groups)
    return next((text["nl" if language == "nl" else "en"] for text in texts), None)


def _groups(lines: Sequence[CodedLine], language: str) -> frozenset[str]:
    """Every group with a pattern in these lines, denied ones turned round or left out."""
    language = "nl" if language == "nl" else "en"
    denials = frozenset(_data()["denying"][language])
    found: set[str] = set()
    for line in lines:
        for hit in _lexicon(language).hits(line.words):
            before = line.words[max(0, hit.first - _REACH) : hit.first]
            denied = not denials.isdisjoint(before) and hit.group not in _DENYING_ITSELF
            group = _FLIPPED.get(hit.group) if denied else hit.group
            if group is not None:
                found.add(group)
    return frozenset(found)


@cache
def _lexicon(language: str) -> Lexicon:
    lists = {name: entry[language] for name, entry in _data().items() if name != "denying"}
    return build_lexicon(language, lists)


@cache
def _reasons() -> Mapping[str, Mapping[str, str]]:
    reasons: Mapping[str, Mapping[str, str]] = _file()["reasons"]
    return reasons


@cache
def _data() -> Mapping[str, Mapping[str, list[str]]]:
    return {name: entry for name, entry in _file().items() if name != "reasons"}


@cache
def _file() -> Mapping[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data: Mapping[str, Any] = yaml.load(source(_FILE), Loader=loader)
    return data
