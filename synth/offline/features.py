"""A transcript as numbers: what the heads of the built-in reader look at, for each line of a participant.

Two parts. Hashed n-grams of the line's words and characters (`Hashed`), and dense columns (`column_names`): hits of the
word lists in the line, in the two before it, in the one after it, in the question it answers and in what others say to
it, with the line's tone, length and place. The whole transcript is read at once, so that nothing depends on how it is
cut into chunks.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from synth.domain import Role, Transcript
from synth.offline.lexicon import Hit, group_names, lexicon, words_of
from synth.offline.tone import TONES, no_tone, tone_of

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

BUCKET_BITS = 15
_LONGEST_CHARACTERS = 5
_PLACES = 7
_DENSE = 0.3
"""How much a dense column counts, next to n-grams whose length as a vector is `_NGRAMS`."""
_NGRAMS = 3.0


@dataclass(frozen=True, slots=True)
class Hashed:
    """The n-grams of one line: buckets with the weight of each."""

    buckets: Integers
    weights: Floats


@dataclass(frozen=True, slots=True)
class CodedLine:
    """What is known of one line of a participant before it is judged."""

    number: int
    """The line's number in the transcript."""
    turn: int
    words: tuple[str, ...]
    hits: tuple[Hit, ...]
    place: float
    """0 to 1: how far into the interview."""


@dataclass(frozen=True, slots=True)
class TranscriptFeatures:
    """Participants' lines in order, with their features row by row."""

    language: str
    lines: tuple[CodedLine, ...]
    hashed: tuple[Hashed, ...]
    dense: Floats
    """Rows are lines; columns are those of `column_names`."""
    asked: tuple[str, ...] = ()
    """For each line the question that its turn answers; empty where there is none."""
    replied: tuple[str, ...] = ()
    """For each line what others say right after its turn, mostly the interviewer; empty where nobody does."""


def read_features(transcript: Transcript) -> TranscriptFeatures:
    """The features of every line that a participant speaks (`participant_lines`)."""
    language = "nl" if transcript.language == "nl" else "en"
    words = [words_of(line.text) for line in transcript.lines]
    hits = [tuple(lexicon(language).hits(each)) for each in words]
    counts = np.array([_counts(each) for each in hits], dtype=np.float32).reshape(len(hits), -1)
    tones = np.array([tone_of(each, language) for each in words], dtype=np.float32).reshape(len(words), -1)
    spoken = participant_lines(transcript)
    questions, replies = _questions(transcript, spoken), _replies(transcript, spoken)
    total = max(1, len(transcript.lines))
    coded = tuple(
        CodedLine(n, transcript.lines[n - 1].turn, tuple(words[n - 1]), hits[n - 1], (n - 1) / total) for n in spoken
    )
    rows = [
        np.concatenate(
            [
                _dense(coded, row, counts, questions[row], transcript),
                _beside(counts, replies[row]),
                _tones(coded, row, tones, questions[row], replies[row]),
            ]
        )
        for row in range(len(coded))
    ]
    return TranscriptFeatures(
        language,
        coded,
        tuple(hash_line(line.words) for line in coded),
        np.array(rows, dtype=np.float32).reshape(len(rows), len(column_names())),
        tuple(_joined(transcript, each) for each in questions),
        tuple(_joined(transcript, each) for each in replies),
    )


def participant_lines(transcript: Transcript) -> list[int]:
    """Numbers of the lines to be coded.

    They are the lines of speakers who are a participant of the study; where the study names nobody, of those whose role
    is participant, and where the roles are not known either, of those whose role is unknown.
    """
    named = {speaker.name for speaker in transcript.speakers if speaker.participant is not None}
    by_role = {speaker.name for speaker in transcript.speakers if speaker.role is Role.PARTICIPANT}
    unknown = {speaker.name for speaker in transcript.speakers if speaker.role is Role.UNKNOWN}
    wanted = named or by_role or unknown
    return [line.number for line in transcript.lines if transcript.turns[line.turn - 1].speaker in wanted]


def _questions(transcript: Transcript, spoken: Sequence[int]) -> list[tuple[int, ...]]:
    """For each line of a participant: the lines of the turn that it answers, none at the start of an interview."""
    mine = set(spoken)
    answered: list[tuple[int, ...]] = []
    question: tuple[int, ...] = ()
    for line in transcript.lines:
        if line.number in mine:
            answered.append(question)
            continue
        before = transcript.lines[line.number - 2] if line.number > 1 else None
        follows = before is not None and before.number in question
        question = (*question, line.number) if follows else (line.number,)
    return answered


def _replies(transcript: Transcript, spoken: Sequence[int]) -> list[tuple[int, ...]]:
    """For each line of a participant: the lines of the turn right after its own, none where a participant has it."""
    mine = set(spoken)
    after: dict[int, tuple[int, ...]] = {}
    for number in spoken:
        turn = transcript.lines[number - 1].turn
        if turn not in after:
            following = transcript.turns[turn] if turn < len(transcript.turns) else None
            said = range(following.first_line, following.last_line + 1) if following else range(0)
            after[turn] = () if any(line in mine for line in said) else tuple(said)
    return [after[transcript.lines[number - 1].turn] for number in spoken]


def _joined(transcript: Transcript, numbers: Sequence[int]) -> str:
    return " ".join(transcript.lines[number - 1].text for number in numbers)


# --- Columns -----------------------------------------------------------------------------------------------------

_NEAR = (("line", 0), ("before", -1), ("two before", -2), ("after", 1))
POSITIVE = frozenset(
    (
        "relief",
        "joy",
        "pride",
        "trust",
        "gratitude",
        "hope",
        "calm",
        "enthusiasm",
        "amusement",
        "satisfaction",
        "curiosity",
    )
)
NEUTRAL = frozenset(("surprise", "mixed"))
_TONE_PLACES = (*(name for name, _ in _NEAR), "two after", "turn", "question", "reply")
_MOST_SAID = 3
"""Of a tone that others speak in, over all lines of what they say."""
_TURN_REACH = 8
"""Lines of a turn, before and after, whose tone is that of the turn."""
_SIGNS = ("positive/words", "positive/signs", "negative/words", "negative/signs", "negated")


@cache
def column_names() -> tuple[str, ...]:
    """What each dense column tells, as `line/GROUP`, `question/GROUP`, `feeling/after/negative/signs`, `place/0`."""
    groups = (*group_names(), "negated")
    near = [name for name, _ in _NEAR]
    return (
        *(f"{place}/{group}" for place in (*near, "question") for group in groups),
        *(f"feeling/{place}/{sign}" for place in near for sign in _SIGNS),
        *(f"place/{step}" for step in range(_PLACES)),
        *(f"shape/{name}" for name in _SHAPE),
        *(f"reply/{group}" for group in groups),
        *(f"tone/{place}/{tone}" for place in _TONE_PLACES for tone in TONES),
    )


@cache
def _columns() -> dict[str, int]:
    return {name: column for column, name in enumerate(group_names())}


@cache
def _sign_sums() -> Floats:
    """Groups by signs of feeling: what a row of counts is multiplied with to sum feelings up by sign."""
    sums = np.zeros((len(group_names()) + 1, len(_SIGNS)), dtype=np.float32)
    for name, column in _columns().items():
        family, key, *part = name.split("/")
        if family == "emotion" and key not in NEUTRAL:
            sums[column, _SIGNS.index(f"{'positive' if key in POSITIVE else 'negative'}/{part[0]}")] = 1
    sums[-1, -1] = 1
    return sums


def _counts(hits: Iterable[Hit]) -> Floats:
    """Hits by group, at most two of each, and last the number of negated feelings, which count as no feeling."""
    names = _columns()
    counts = np.zeros(len(names) + 1, dtype=np.float32)
    for hit in hits:
        counts[len(names) if hit.negated else names[hit.group]] += 1
    counts[: len(names)] = np.minimum(counts[: len(names)], 2)
    return counts


def _dense(
    lines: Sequence[CodedLine], row: int, counts: Floats, question: Sequence[int], transcript: Transcript
) -> Floats:
    line = lines[row]
    nothing = np.zeros(counts.shape[1], dtype=np.float32)

    def near(step: int) -> Floats:
        other = row + step
        if not 0 <= other < len(lines) or lines[other].turn != line.turn:
            return nothing
        return np.asarray(counts[lines[other].number - 1], dtype=np.float32)

    blocks = [near(step) for _, step in _NEAR]
    asked = counts[[number - 1 for number in question]].sum(axis=0) if question else nothing
    feelings = [np.minimum(block @ _sign_sums(), 2) for block in blocks]
    places = [max(0.0, 1 - abs(line.place - step / (_PLACES - 1)) * (_PLACES - 1)) for step in range(_PLACES)]
    shape = _shape(line, transcript)
    columns = np.concatenate([*blocks, asked, *feelings, np.array(places), shape]) * _DENSE
    return np.asarray(columns, dtype=np.float32)


def _beside(counts: Floats, numbers: Sequence[int]) -> Floats:
    """The counts of some lines together."""
    said = counts[[number - 1 for number in numbers]].sum(axis=0) if numbers else np.zeros(counts.shape[1])
    return np.asarray(np.minimum(said, 2) * _DENSE, dtype=np.float32)


def _tones(
    lines: Sequence[CodedLine], row: int, tones: Floats, question: Sequence[int], reply: Sequence[int]
) -> Floats:
    """The tone of a line, of those beside it in its turn, of the turn, and of what others say before and after it."""
    nothing = np.array(no_tone(), dtype=np.float32)
    turn = lines[row].turn

    def near(step: int) -> Floats:
        other = row + step
        return tones[lines[other].number - 1] if 0 <= other < len(lines) and lines[other].turn == turn else nothing

    around = lines[max(0, row - _TURN_REACH) : row + _TURN_REACH + 1]
    inside = tones[[line.number - 1 for line in around if line.turn == turn]]
    said = [
        np.clip(tones[[number - 1 for number in numbers]].sum(axis=0), -_MOST_SAID, _MOST_SAID) if numbers else nothing
        for numbers in (question, reply)
    ]
    beside = [near(step) for step in (0, -1, -2, 1, 2)]
    return np.asarray(np.concatenate([*beside, np.mean(inside, axis=0), *said]) * _DENSE, dtype=np.float32)


_SHAPE = (
    "one",
    "words",
    "lines of the turn",
    "place",
    "under 4 words",
    "under 7 words",
    "over 20 words",
    "over 35 words",
    "first of the turn",
    "second of the turn",
    "last of the turn",
    "turn of one line",
    "holds a question",
    "holds an exclamation",
    "is a question",
    "holds a number",
    "holds money",
    "Dutch",
)


def _shape(line: CodedLine, transcript: Transcript) -> Floats:
    """How long the line is, where it stands in its turn and in the interview, and what marks it holds."""
    turn = transcript.turns[line.turn - 1]
    size, length, words = len(line.words), turn.last_line - turn.first_line + 1, line.words
    before = line.number - turn.first_line
    values = [
        1.0,
        np.log1p(size),
        np.log1p(length),
        line.place,
        size < 4,
        size < 7,
        size > 20,
        size > 35,
        before == 0,
        before == 1,
        line.number == turn.last_line,
        length == 1,
        "?" in words,
        "!" in words,
        words[-1:] == ("?",),
        any(word.isdigit() for word in words),
        any(word in "£€$" for word in words),
        transcript.language == "nl",
    ]
    return np.array(values, dtype=np.float32)


# --- N-grams -----------------------------------------------------------------------------------------------------


def hash_line(words: Sequence[str]) -> Hashed:
    """Words, pairs of words, and runs of two to five characters; each of the two families has length 1 as a vector."""
    names = {f"w{word}" for word in words} | {f"w{one} {two}" for one, two in pairwise(words)}
    text = f" {' '.join(words)} "
    runs = {
        f"c{text[start : start + size]}"
        for size in range(2, _LONGEST_CHARACTERS + 1)
        for start in range(len(text) - size + 1)
    }
    mask = (1 << BUCKET_BITS) - 1
    gathered: dict[int, float] = {}
    for family in (names, runs):
        weight = _NGRAMS / float(np.sqrt(max(1, len(family))))
        for name in family:
            bucket = zlib.crc32(name.encode()) & mask
            gathered[bucket] = gathered.get(bucket, 0.0) + weight
    order = sorted(gathered)
    return Hashed(np.array(order, dtype=np.int64), np.array([gathered[each] for each in order], dtype=np.float32))
