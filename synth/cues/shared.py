"""Words that some people of a study share and others do not: what they talk about.

A word counts where at least two people use it and not nearly all of those who could. Words are compared by rough stems;
some hundreds of everyday ones (`concepts.txt`) are the same word in Dutch and in English, all others count within
their language. The rarer a word is among people, the more it tells.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

_WORD = re.compile(r"[^\W\d_]{3,}")
_ENDINGS = {
    "nl": ("ingen", "ing", "en", "je", "de", "te", "s", "t"),
    "en": ("ings", "ing", "ed", "es", "s"),
}
_SHORTEST_STEM = 4
_NEARLY_ALL = 0.7
_SMOOTH = 0.3
MOST_WORDS = 1500


def stem(word: str, language: str) -> str:
    """The word without its commonest endings."""
    for ending in _ENDINGS.get(language, ()):
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


@cache
def concepts() -> Mapping[tuple[str, str], str]:
    """Language and stem to the concept that it is a word for."""
    found: dict[tuple[str, str], str] = {}
    text = resources.files("synth.cues").joinpath("concepts.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        for language, words in zip(("nl", "en"), line.split("="), strict=True):
            for word in words.split(","):
                found.setdefault((language, stem(word.strip().casefold(), language)), line)
    return found


def count_stems(texts: Iterable[str], language: str) -> Counter[str]:
    """In how many of these texts each word stands: a concept of both languages, else a stem with its language."""
    counts: Counter[str] = Counter()
    known = concepts()
    for text in texts:
        stems = {stem(match.group().casefold(), language) for match in _WORD.finditer(text)}
        said: set[str] = set()
        for one in stems:
            concept = known.get((language, one))
            if concept is not None or len(one) >= _SHORTEST_STEM:
                said.add(concept or f"{language} {one}")
        counts.update(said)
    return counts


def shared_words(stems: Sequence[Mapping[str, int]], languages: Sequence[str]) -> tuple[Numbers, Numbers]:
    """Counts of the words that count, and how much each tells.

    Args:
        stems: what each person says, from `count_stems`.
        languages: of each person.

    Returns:
        A row a person and a column a word; and the weight of each column.
    """
    speakers = Counter(languages)
    used: Counter[str] = Counter()
    by_language: dict[str, Counter[str]] = {language: Counter() for language in speakers}
    for language, counts in zip(languages, stems, strict=True):
        used.update(counts.keys())
        by_language[language].update(counts.keys())
    telling = {}
    for word, people in used.items():
        able = sum(speakers[language] for language in speakers if by_language[language][word])
        common = any(by_language[one][word] > max(2, _NEARLY_ALL * speakers[one]) for one in speakers)
        if people >= 2 and not common:
            telling[word] = float(np.log(able / people + _SMOOTH))
    kept = sorted(telling, key=lambda word: (-used[word] * telling[word], word))[:MOST_WORDS]
    column = {word: index for index, word in enumerate(kept)}
    found = np.zeros((len(stems), len(kept)))
    for row, counts in enumerate(stems):
        for word, count in counts.items():
            place = column.get(word)
            if place is not None:
                found[row, place] = count
    return found, np.array([telling[word] for word in kept])
