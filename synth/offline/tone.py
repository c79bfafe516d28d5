"""What the things and deeds of a line are like, welcome or not: often all that tells a feeling that nobody names.

'They rang back the same day' names no feeling, and yet it is plain that it was no bad one. The lists are
`words/valence_en.txt` and `words/valence_nl.txt`: rows of a score from -3 to 3, a tab, and words as `words_of` gives
them; `*` at the end of a word stands for any ending, `_` for any one word. A word of negation just before turns a thing
round ('no queue', 'niet verkeerd'), a word such as 'very' makes it weigh more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from synth.offline.lexicon import groups, is_denied, source

TONES = ("good", "bad", "outweighs", "side", "last", "denied")
"""What `tone_of` tells, in this order: how much is welcome and unwelcome, by how much which outweighs, which does in
all and after the last turn of the sentence, and how many things are denied."""
LISTS = ("valence_en.txt", "valence_nl.txt")
_SHORTEST_STEM = 3
_STRONGER, _DENIED = 1.4, -0.6
"""What a score is multiplied with after 'very', and where it is denied: 'not great' is bad, but less so."""
_MOST, _MOST_OUTWEIGHING, _MOST_DENIED = 6.0, 4.0, 2.0
_SIZE = 0.5
"""Brings sums of scores to the size of counts."""
_TURNS = frozenset(("but", "though", "luckily", "fortunately", "unfortunately", "maar", "toch", "gelukkig", "helaas"))
"""Words after which a sentence says what weighs more: 'it was slow, but he was kind'."""


@dataclass(frozen=True, slots=True)
class _Scored:
    """The list of one language."""

    phrases: Mapping[str, float]
    """Words as they stand, between spaces."""
    longest: int
    """Of the phrases, in words."""
    stems: Mapping[str, float]
    """Beginnings of single words."""
    loose: Mapping[str, Sequence[tuple[tuple[str, ...], float]]]
    """By their first word: phrases with a part that is not fixed."""

    def found(self, words: Sequence[str]) -> list[tuple[int, float]]:
        """Things from left to right, the longest at each place: the number of its first word, and its score."""
        things = []
        place = 0
        while place < len(words):
            length, score = self._longest_at(words, place)
            if length:
                things.append((place, score))
            place += max(1, length)
        return things

    def _longest_at(self, words: Sequence[str], place: int) -> tuple[int, float]:
        best = 0, 0.0
        for parts, score in self.loose.get(words[place], ()):
            if len(parts) > best[0] and _fits(parts, words[place : place + len(parts)]):
                best = len(parts), score
        for length in range(min(self.longest, len(words) - place), best[0], -1):
            if (score_of := self.phrases.get(" ".join(words[place : place + length]))) is not None:
                return length, score_of
        if not best[0]:
            word = words[place]
            for end in range(len(word), _SHORTEST_STEM - 1, -1):
                if (stem := self.stems.get(word[:end])) is not None:
                    return 1, stem
        return best


def _fits(parts: Sequence[str], words: Sequence[str]) -> bool:
    return len(parts) == len(words) and all(
        part == "_" or (word.startswith(part[:-1]) if part.endswith("*") else word == part)
        for part, word in zip(parts, words, strict=True)
    )


def tone_of(words: Sequence[str], language: str) -> tuple[float, ...]:
    """What `TONES` names, of some words."""
    good = bad = last = 0.0
    denied = 0
    turn = max((place for place, word in enumerate(words) if word in _TURNS), default=-1)
    for first, score in _scored(language).found(words):
        if is_denied(words, first, language):
            score *= _DENIED
            denied += 1
        elif first and words[first - 1] in _strong(language):
            score *= _STRONGER
        good, bad = good + max(score, 0.0), bad - min(score, 0.0)
        last += score if first > turn else 0.0
    return (
        min(good, _MOST) * _SIZE,
        min(bad, _MOST) * _SIZE,
        max(-_MOST_OUTWEIGHING, min(_MOST_OUTWEIGHING, good - bad)) * _SIZE,
        float(np.sign(good - bad)),
        float(np.sign(last)),
        min(float(denied), _MOST_DENIED),
    )


def no_tone() -> tuple[float, ...]:
    """Of no words at all."""
    return (0.0,) * len(TONES)


@cache
def _strong(language: str) -> frozenset[str]:
    return frozenset(groups(language)["cue/strong"])


@cache
def _scored(language: str) -> _Scored:
    phrases: dict[str, float] = {}
    stems: dict[str, float] = {}
    loose: dict[str, list[tuple[tuple[str, ...], float]]] = {}
    for row in source(f"valence_{language}.txt").decode().splitlines():
        score, tab, phrase = row.partition("\t")
        if not tab:
            continue
        if "*" not in phrase and "_" not in phrase:
            phrases[phrase] = float(score)
        elif " " in phrase:
            parts = tuple(phrase.split(" "))
            loose.setdefault(parts[0], []).append((parts, float(score)))
        else:
            stems[phrase[:-1]] = float(score)
    return _Scored(phrases, max(map(len, map(str.split, phrases))), stems, loose)
