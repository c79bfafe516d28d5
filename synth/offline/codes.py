"""Giving findings the codes of a codebook without a model: by the words that a code and a passage share.

A code is spoken for by its name, its definition, when to use it and its examples; words of 'not when' speak against it.
Words that many codes share say little. Where nothing speaks clearly for one code the finding gets none: it is then part
of what is proposed as new codes. Languages meet only in the names of the framework's keys.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from synth.domain import Code, Kind
from synth.frameworks import Framework
from synth.offline.lexicon import words_of
from synth.offline.wording import empty_words

_STEM = 6
_SHORTEST = 3
_NAME, _RULE, _EXAMPLE = 3.0, 1.0, 0.5
"""What a whole name is worth, and one word of a rule or of an example."""
_SMALL = 0.5
_ENOUGH = 2.0
_CLEAR = 1.25
"""The best code must be worth this much more than the next."""


@dataclass(frozen=True, slots=True)
class CodeWords:
    """What speaks for and against each code of one kind."""

    names: tuple[str, ...]
    worth: tuple[Mapping[str, float], ...]

    def best(self, stems: frozenset[str]) -> str | None:
        """The name of the code that these stems speak for; None where none is clear."""
        if not self.names:
            return None
        shared = [stems & worth.keys() for worth in self.worth]
        scores = [sum(worth[stem] for stem in here) for worth, here in zip(self.worth, shared, strict=True)]
        # Of two that are spoken for alike, the one that says more: 'worried, in use' before 'worried'.
        first = max(range(len(scores)), key=lambda at: (round(scores[at], 6), len(shared[at])))
        rivals = [scores[at] for at, here in enumerate(shared) if at != first and not here < shared[first]]
        clear = scores[first] >= _ENOUGH and scores[first] >= _CLEAR * max(rivals, default=0.0)
        return self.names[first] if clear else None


def fit_code(kind: Kind, said: Sequence[str], codes: tuple[Code, ...], language: str) -> str | None:
    """The name of the code that fits a finding best.

    Args:
        kind: of the finding.
        said: its words, its label and what it was coded as, in any order.
        codes: the codebook.
        language: of the interview.
    """
    stems = frozenset(stem for text in said for stem in _all_stems(text))
    return _code_words(codes, kind, language).best(stems)


def key_words(framework: Framework, kind: Kind, key: str, phase: str | None) -> tuple[str, ...]:
    """A key and a phase of the framework with their names: how a code in either language may speak of them."""
    entries = {
        Kind.MOTIVATION: framework.drivers,
        Kind.EMOTION: framework.emotions,
        Kind.TOUCHPOINT: framework.channels,
    }[kind]
    named = [entry for entry in (*entries, *framework.phases) if entry.key in (key, phase)]
    return tuple(name for entry in named for name in (entry.key, entry.en, entry.nl)) or (key,)


@lru_cache(maxsize=16)
def _code_words(codes: tuple[Code, ...], kind: Kind, language: str) -> CodeWords:
    fitting = [code for code in codes if code.kind in (None, kind)]
    texts = [(code.name, code.definition, code.use_when, *code.examples) for code in fitting]
    found = Counter(stem for each in texts for stem in frozenset[str]().union(*map(_all_stems, each)))
    most = math.log(1 + len(fitting))
    rare = {stem: math.log(1 + len(fitting) / count) / most for stem, count in found.items()}
    return CodeWords(tuple(code.name for code in fitting), tuple(_worth(code, language, rare) for code in fitting))


def _worth(code: Code, language: str, rare: Mapping[str, float]) -> dict[str, float]:
    """What each stem is worth to a code; those that many codes share are worth less."""
    worth: dict[str, float] = {}
    for text in code.examples:
        worth |= {stem: _EXAMPLE * rare[stem] for stem in _stems(text, language)}
    for text in (code.definition, code.use_when):
        worth |= {stem: _RULE * rare[stem] for stem in _stems(text, language)}
    # Of a name small words count too, by half: 'bill' alone is no 'bill too late'.
    full = _stems(code.name, language)
    name = {stem: rare[stem] * (1 if stem in full else _SMALL) for stem in _all_stems(code.name)}
    worth |= {stem: _NAME * value / sum(name.values()) for stem, value in name.items()}
    against = _stems(code.not_when, language) - worth.keys()
    return worth | dict.fromkeys(against, -_RULE)


def _stems(text: str, language: str) -> frozenset[str]:
    empty = empty_words(language)
    return frozenset(word[:_STEM] for word in words_of(text) if _counts(word) and word not in empty)


def _all_stems(text: str) -> frozenset[str]:
    """With the small words."""
    return frozenset(word[:_STEM] for word in words_of(text) if _counts(word))


def _counts(word: str) -> bool:
    return len(word) >= _SHORTEST and word[0].isalpha()
