"""What the things and deeds of a line are like, welcome or not: often all that tells a feeling that nobody names.

'They rang back the same day' names no feeling, and yet it is plain that it was no bad one. The lists are
`words/tones.yaml`; a word of negation just before turns a thing round ('no queue', 'niet verkeerd').
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import yaml

from synth.offline.lexicon import Lexicon, build_lexicon, is_denied, source

TONES = ("good", "bad", "no good", "no bad", "rather good", "rather bad")
"""What `tone_of` tells, in this order."""
_MOST, _MOST_DENIED = 3, 2


def tone_of(words: Sequence[str], language: str) -> tuple[float, ...]:
    """How many welcome and unwelcome things words hold, how many denied ones, and which of the two outweighs."""
    found = sorted({(hit.first, hit.first + hit.length, hit.group) for hit in _lists(language).hits(words)})
    counts = dict.fromkeys(TONES[:4], 0)
    for first, end, group in found:
        if any(a <= first and end <= z and z - a > end - first for a, z, _ in found):
            continue
        counts[f"no {group}" if is_denied(words, first, language) else group] += 1
    good, bad = counts["good"] - counts["no good"], counts["bad"] - counts["no bad"]
    return (
        float(min(counts["good"], _MOST)),
        float(min(counts["bad"], _MOST)),
        float(min(counts["no good"], _MOST_DENIED)),
        float(min(counts["no bad"], _MOST_DENIED)),
        float(good > bad),
        float(bad > good),
    )


def no_tone() -> tuple[float, ...]:
    """Of no words at all."""
    return (0.0,) * len(TONES)


@cache
def _lists(language: str) -> Lexicon:
    lists = yaml.load(source("tones"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return build_lexicon(language, {tone: languages[language] for tone, languages in lists.items()})
