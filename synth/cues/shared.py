"""Words that some people of a study share and others do not: what they talk about, told without any list.

A word counts where at least two people who speak a language use it and not nearly all of them do. Words are compared by
rough stems, within one language only. The rarer a word is among people, the more it tells.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

_WORD = re.compile(r"[^\W\d_]{4,}")
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


def count_stems(texts: Iterable[str], language: str) -> Counter[str]:
    """In how many of these texts each stem stands."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update({stem(match.group().casefold(), language) for match in _WORD.finditer(text)})
    return counts


def shared_words(stems: Sequence[Mapping[str, int]], languages: Sequence[str]) -> tuple[Numbers, Numbers]:
    """Counts of the words that count, and how much each tells.

    Args:
        stems: what each person says, from `count_stems`.
        languages: of each person.

    Returns:
        A row a person and a column a word of one language; and the weight of each column.
    """
    speakers = Counter(languages)
    used: Counter[tuple[str, str]] = Counter()
    for language, counts in zip(languages, stems, strict=True):
        used.update((language, word) for word in counts)
    telling = {
        key: float(np.log(speakers[key[0]] / people + _SMOOTH))
        for key, people in used.items()
        if 2 <= people <= max(2, _NEARLY_ALL * speakers[key[0]])
    }
    kept = sorted(telling, key=lambda key: (-used[key] * telling[key], key))[:MOST_WORDS]
    column = {key: index for index, key in enumerate(kept)}
    found = np.zeros((len(stems), len(kept)))
    for row, (language, counts) in enumerate(zip(languages, stems, strict=True)):
        for word, count in counts.items():
            place = column.get((language, word))
            if place is not None:
                found[row, place] = count
    return found, np.array([telling[key] for key in kept])
