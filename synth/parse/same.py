"""The same interview twice: told by what is said, not by the bytes, so that the .vtt and the .docx of one talk are one.

A sketch keeps a fixed fraction of all runs of five words; two interviews are the same where nearly all of the shorter
sketch is in the longer, unless their people have labels of their own that differ: two who were asked the same and
answered alike stay two. Sketches are small, and compared only where they share something.
"""

from __future__ import annotations

import hashlib
import heapq
import re
from collections import Counter
from collections.abc import Sequence

from synth.domain import Role, Transcript
from synth.participants import is_generic

_RUN = 5
_KEPT_OF = 8
_KEPT_WHOLE = 1_500
"""Runs up to which all are kept: a sample of few would take two short interviews that differ in little for one."""
_SAME = 0.95
_SAMPLE = 40
_MANY = 50
_WORDS = re.compile(r"[^\W_]+")


def speech_sketch(transcript: Transcript) -> frozenset[int]:
    """A sample of the runs of words in it, that depends on nothing but the words."""
    words = _WORDS.findall(" ".join(line.text for line in transcript.lines).casefold())
    runs = {" ".join(words[place : place + _RUN]) for place in range(max(1, len(words) - _RUN + 1))}
    hashes = {int.from_bytes(hashlib.blake2b(run.encode(), digest_size=8).digest(), "big") for run in runs}
    if len(hashes) <= _KEPT_WHOLE:
        return frozenset(hashes)
    return frozenset(value for value in hashes if value % _KEPT_OF == 0)


def same_speech(first: Transcript, second: Transcript) -> bool:
    """Whether both hold the same interview, whatever their format, labels and times."""
    return not other_people(first, second) and _alike(speech_sketch(first), speech_sketch(second))


class KnownSpeech:
    """Interviews that were met, by a few runs of words of each: finds those that may be the same as another.

    It is small (some forty numbers an interview), so that thousands can be told apart one by one. Whether two are the
    same is for `same_speech` to say.
    """

    def __init__(self) -> None:
        self._holders: dict[int, list[str]] = {}

    def sample(self, transcript: Transcript) -> list[int]:
        """The few runs of an interview by which it is told."""
        # The smallest numbers of two sets that are nearly one are nearly the same.
        return heapq.nsmallest(_SAMPLE, speech_sketch(transcript))

    def add(self, transcript_id: str, sample: Sequence[int]) -> None:
        """Know this one from now on."""
        for value in sample:
            holders = self._holders.setdefault(value, [])
            # A run of words that many interviews share tells nothing.
            if len(holders) < _MANY:
                holders.append(transcript_id)

    def likely(self, sample: Sequence[int]) -> list[str]:
        """Ids of those that may be the same, the likeliest first; at most three."""
        shared = Counter(one for value in sample for one in self._holders.get(value, ()))
        # Of one interview nearly half are shared even where it goes on twice as long in the other.
        enough = len(sample) // 8
        return [one for one, count in shared.most_common(3) if count >= enough]


def _alike(first: frozenset[int], second: frozenset[int]) -> bool:
    shorter, longer = sorted((len(first), len(second)))
    # A short piece inside a long interview is not the same interview.
    return longer <= 2 * shorter and len(first & second) >= _SAME * shorter > 0


def other_people(first: Transcript, second: Transcript) -> bool:
    """Whether both name their participants, and share no word of those names; texts are not looked at."""
    mine, theirs = _names(first), _names(second)
    return bool(mine and theirs) and mine.isdisjoint(theirs)


def _names(transcript: Transcript) -> set[str]:
    """The words of the labels under which participants speak, parts such as 'R' or 'Speaker 1' left out."""
    labels = [speaker.name for speaker in transcript.speakers if speaker.role is not Role.INTERVIEWER and speaker.name]
    return {word for label in labels if not is_generic(label) for word in _WORDS.findall(label.casefold())}
