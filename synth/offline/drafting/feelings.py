"""Whether words name a feeling or a channel by themselves, so that they can stand as what somebody feels or uses.

What a reader inferred from what somebody did is right in an interview and reads as nothing on a map. A feeling that is
denied in the same sentence is not named.
"""

from __future__ import annotations

from collections.abc import Collection

from synth.offline.lexicon import lexicon, words_of

_REACH = 5
"""Words before a feeling in which it is denied: 'not that I was worried'."""
_DENYING = frozenset(["not", "never", "wouldnt", "wasnt", "didnt", "dont", "nobody", "niet", "nooit", "niemand"])
"""Words that reach further than a lexicon's own denials, which stand next to what they deny."""


def denies_feeling(text: str, language: str, feelings: Collection[str]) -> bool:
    """Whether one of these emotions is named in a text and denied there, and none of them named beside."""
    return _named(text, language, feelings) == {True}


def names_feeling(text: str, language: str, feelings: Collection[str]) -> bool:
    """Whether one of these emotions is named in a text and not denied.

    Args:
        text: what somebody said.
        language: `en` or `nl`.
        feelings: keys of emotions.
    """
    return False in _named(text, language, feelings)


def names_channel(text: str, language: str, channel: str) -> bool:
    """Whether a text names a channel in so many words, or what is done through it alone ('I called them')."""
    return any(hit.group.startswith(f"channel/{channel}/") for hit in lexicon(language).hits(words_of(text)))


def _named(text: str, language: str, feelings: Collection[str]) -> set[bool]:
    """For each of these emotions that is named, whether it is denied."""
    found: set[bool] = set()
    words = words_of(text)
    known = lexicon(language)
    for hit in known.hits(words):
        pieces = hit.group.split("/")
        if pieces[0] != "emotion" or pieces[-1] != "words" or pieces[1] not in feelings:
            continue
        before = words[max(0, hit.first - _REACH) : hit.first]
        found.add(hit.negated or not _DENYING.isdisjoint(before))
    return found
