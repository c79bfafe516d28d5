"""What a person sees before anything is sent: every replacement, the text that would be sent, and the capitals left.

The list of capitals is for a person to check: a name that nothing introduces and no list holds is in it. It leaves out
words that start a sentence and stand nowhere else with a capital, and words that are never a name (months, languages,
'I').
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from synth.domain import Transcript, fold_space
from synth.privacy.key import Key
from synth.privacy.replace import learn_names, replace_names
from synth.privacy.tokens import Tokens, tokenize
from synth.privacy.values import Identifier, Replaced
from synth.privacy.words import Words, load_words

MANY = 3
"""How many places are named for a word that was left."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One name with what stands in its place; for the eyes of a researcher, never for a log."""

    kind: Identifier
    name: str
    pseudonym: str
    times: int


@dataclass(frozen=True, slots=True)
class LeftWord:
    """A word or a run of words with capitals that would be sent as it is."""

    words: str
    times: int
    places: tuple[tuple[str, int], ...]
    """The first few: the transcript's name as it would be stored, and the line."""


@dataclass(frozen=True, slots=True)
class Preview:
    """Nothing is stored or sent to make it."""

    replaced: tuple[Replaced, ...]
    """What would be sent, with every replacement."""
    names: tuple[Shown, ...]
    """Each name once for each pseudonym, the commonest first within a kind."""
    left: tuple[LeftWord, ...]
    """The commonest first."""

    def counts(self) -> dict[Identifier, int]:
        """How many places were replaced, by kind."""
        return dict(Counter(one.kind for replaced in self.replaced for one in replaced.replacements))


def preview_names(transcripts: Sequence[Transcript], key: Key) -> Preview:
    """Replace names and say what was done and what was left.

    Args:
        key: gets new pseudonyms; do not save it, and nothing is kept.
    """
    learn_names(transcripts, key)
    replaced = tuple(replace_names(transcript, key) for transcript in transcripts)
    counted: Counter[tuple[Identifier, str, str]] = Counter()
    for source, done in zip(transcripts, replaced, strict=True):
        for one in done.replacements:
            name = fold_space(source.text[one.source_start : one.source_end])
            counted[one.kind, name, one.pseudonym] += 1
    order = {kind: rank for rank, kind in enumerate(Identifier)}
    names = sorted(counted.items(), key=lambda item: (order[item[0][0]], -item[1], item[0][1]))
    return Preview(
        replaced,
        tuple(Shown(kind, name, pseudonym, times) for (kind, name, pseudonym), times in names),
        left_words(replaced),
    )


def left_words(replaced: Iterable[Replaced]) -> tuple[LeftWord, ...]:
    """The words with capitals in what would be sent, neighbours as one; the commonest first."""
    words = load_words()
    places: dict[str, list[tuple[str, int]]] = {}
    openers: dict[str, list[tuple[str, int]]] = {}
    for one in replaced:
        for phrase, place, opens in _capitals(one, words):
            (openers if opens else places).setdefault(phrase, []).append(place)
    # A word that starts sentences only is left out; one that stands in mid-sentence too is counted in both.
    for phrase, starts in openers.items():
        if phrase in places:
            places[phrase] += starts
    found = [LeftWord(phrase, len(where), tuple(sorted(where)[:MANY])) for phrase, where in places.items()]
    return tuple(sorted(found, key=lambda left: (-left.times, left.words)))


def _capitals(replaced: Replaced, words: Words) -> list[tuple[str, tuple[str, int], bool]]:
    """(words, place, whether they start a sentence) of every run of capitals in speech."""
    transcript = replaced.transcript
    starts, ends = [line.start for line in transcript.lines], [line.end for line in transcript.lines]
    tokens = tokenize(transcript.text, starts, ends)
    ours = {place for one in replaced.replacements for place in range(one.start, one.end)}
    found, index = [], 0
    while index < len(tokens.items):
        token = tokens.items[index]
        first = index
        index += 1
        if not token.capital or token.start in ours or not tokens.is_speech(first) or len(token.word) < 2:
            continue
        if token.low in words.stop and (token.low not in words.first_names or token.low in words.other["both"]):
            continue
        while _continues(tokens, index, words) and tokens.items[index].start not in ours:
            index += 1
        acts = (
            index < len(tokens.items)
            and tokens.items[index].low in words.speech
            and token.low not in words.function["both"]
        )
        opens = token.initial and index == first + 1 and not acts
        phrase = fold_space(transcript.text[token.start : tokens.items[index - 1].end])
        found.append((phrase, (transcript.name, bisect_right(starts, token.start)), opens))
    return found


def _continues(tokens: Tokens, index: int, words: Words) -> bool:
    if index >= len(tokens.items) or tokens.gap(index - 1) not in (" ", "\n", " & "):
        return False
    token = tokens.items[index]
    return token.capital and not (token.low in words.stop and token.low not in words.first_names)
