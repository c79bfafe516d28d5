"""The built-in reader: codes the lines of a chunk without a model, a key or a network.

It reads the whole transcript once, judges every line of its participants with small trained heads, and returns what
lies in the chunk: results do not depend on how a transcript is cut. The same text gives the same reply, always.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from synth.analyst import (
    MOST_OF_A_KIND,
    ChunkReply,
    Cited,
    CodeChunk,
    EmotionReply,
    MotivationReply,
    TouchpointReply,
    VectorCache,
)
from synth.domain import Kind, Transcript, content_id, fold_space
from synth.frameworks import Framework
from synth.offline import decide, details, lexicon, tone
from synth.offline.besides import Said, lines_after, said_besides
from synth.offline.chances import FILE as CHANCES
from synth.offline.chances import driver_chances
from synth.offline.codes import fit_code, key_words
from synth.offline.features import Floats, TranscriptFeatures, read_features
from synth.offline.heads import Heads, dump_heads, parse_heads, shipped_weights, vector_context
from synth.offline.labels import label_of
from synth.offline.leanings import LeaningLines
from synth.offline.vectors import embeddings_status, line_texts, line_vectors
from synth.offline.wording import Subjects, find_subjects, join_label, name_of
from synth.profiles import Leaning

CODE_VERSION = 4
"""Raised by hand where the code gives other replies for the same words and weights."""
_KEPT = 32
"""Transcripts."""
_SPOKEN_OF = 4
"""Lines of an interview in which a word must stand to be what somebody speaks of."""
_MOST = MOST_OF_A_KIND
"""Findings of a kind in a reply."""
_KEY_OF = {Kind.MOTIVATION: "driver", Kind.EMOTION: "emotion", Kind.TOUCHPOINT: "channel"}
"""The field of a reply that says what was coded."""
_R = TypeVar("_R", MotivationReply, EmotionReply, TouchpointReply)


@cache
def shipped_heads() -> Heads:
    """The heads that ship with the package, read once a process."""
    return parse_heads(shipped_weights())


@dataclass(frozen=True, slots=True)
class _Read:
    features: TranscriptFeatures
    scores: Floats
    meant: Floats
    """What the sentence vectors say by themselves, without word lists; the same as `scores` where there are none."""
    subjects: Subjects


@dataclass(frozen=True, slots=True)
class _Coded:
    """Every finding of a transcript, as replies, with the passage each stands on."""

    motivations: list[MotivationReply]
    emotions: list[EmotionReply]
    touchpoints: list[TouchpointReply]


class Reader:
    """Codes chunks. One may serve many transcripts; it keeps those it read last."""

    def __init__(
        self, cache: VectorCache | None = None, embeddings: bool | None = None, heads: Heads | None = None
    ) -> None:
        """A reader with sentence vectors where they can be used.

        Args:
            cache: where sentence vectors are kept.
            embeddings: False to do without, True to insist; None uses them where `embeddings_status` says so.
            heads: in place of those that ship; for training.
        """
        self._cache = cache
        self._heads = heads
        self._vectors = embeddings_status().usable if embeddings is None else embeddings
        self._read: OrderedDict[tuple[str, int], _Read] = OrderedDict()
        self._last: tuple[_Read, Framework, _Coded] | None = None

    @property
    def bank(self) -> str:
        """Which heads decide: `words`, or `vectors` where sentence vectors are used."""
        return "vectors" if self._vectors else "words"

    @property
    def version(self) -> str:
        """Changes whenever replies may: with the code, the weights, the word lists and the kind of heads."""
        weights = shipped_weights() if self._heads is None else dump_heads(self._heads)
        lists = [
            lexicon.source(name)
            for name in (*lexicon.FILES, *tone.LISTS, "names", "besides", "contacts", "order", CHANCES)
        ]
        return f"{CODE_VERSION}-{self.bank}-{content_id(*(zlib.crc32(data) for data in (weights, *lists)))}"

    def code(self, task: CodeChunk) -> ChunkReply:
        """Everything found in a chunk; nothing where no participant speaks in it."""
        coded = self._code_once(task)
        first, last = task.chunk.first_line, task.chunk.last_line
        return ChunkReply(
            motivations=_given_codes(Kind.MOTIVATION, _inside(coded.motivations, first, last), task),
            emotions=_given_codes(Kind.EMOTION, _inside(coded.emotions, first, last), task),
            touchpoints=_given_codes(Kind.TOUCHPOINT, _inside(coded.touchpoints, first, last), task),
        )

    def judge(self, transcript: Transcript, framework: Framework) -> tuple[details.Judged, Floats]:
        """A transcript with the scores of its lines, and what sentence vectors alone say of them."""
        read = self._read_once(transcript)
        return details.Judged(read.features, read.scores, self.heads, framework), read.meant

    def leanings(self, transcripts: Sequence[Transcript], framework: Framework) -> dict[str, Leaning]:
        """What moves each participant, over all their transcripts; see `synth.offline.leanings`."""
        lines = LeaningLines.of(self.heads, framework)
        if lines is None:
            return {}
        for transcript in transcripts:
            read = self._read_once(transcript)
            lines.add(transcript, read.features, read.scores, read.meant)
        return lines.leanings()

    @property
    def heads(self) -> Heads:
        """The heads that decide."""
        return shipped_heads() if self._heads is None else self._heads

    def _code_once(self, task: CodeChunk) -> _Coded:
        """Everything in the task's transcript; the last is kept, since the chunks of one mostly come in a row."""
        read, framework = self._read_once(task.transcript), task.framework
        if self._last is None or self._last[0] is not read or self._last[1] is not framework:
            self._last = read, framework, _code(read, self.heads, self.bank, task.transcript, framework)
        return self._last[2]

    def _read_once(self, transcript: Transcript) -> _Read:
        key = transcript.id, zlib.crc32(repr((transcript.text, transcript.speakers)).encode())
        if key not in self._read:
            self._read[key] = self._read_anew(transcript)
            if len(self._read) > _KEPT:
                self._read.popitem(last=False)
        self._read.move_to_end(key)
        return self._read[key]

    def _read_anew(self, transcript: Transcript) -> _Read:
        features = read_features(transcript)
        context = None
        if self._vectors:
            vectors = line_vectors(line_texts(transcript, features), self._cache)
            context = vector_context(features, vectors, self.heads.vector_mean)
        scores = self.heads.scores(features, context)
        meant = scores if context is None else context @ self.heads.vector
        return _Read(
            features, scores, meant, find_subjects((line.text for line in transcript.lines), transcript.language)
        )


def _code(read: _Read, heads: Heads, bank: str, transcript: Transcript, framework: Framework) -> _Coded:
    judged = details.Judged(read.features, read.scores, heads, framework)
    calibrations = {kind: heads.calibration[f"{bank}/{kind.value}"] for kind in Kind}
    passages = decide.find_all(read.features, read.scores, heads.columns(), calibrations)
    told = _Told(judged, read.subjects, transcript, details.judge_phases(judged, passages))
    return _Coded(
        motivations=_motivations(told, details.kinds_of(passages, Kind.MOTIVATION), read.meant, bank),
        emotions=_emotions(told, details.kinds_of(passages, Kind.EMOTION)),
        touchpoints=_touchpoints(told, details.kinds_of(passages, Kind.TOUCHPOINT)),
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """A transcript as replies are made of it."""

    judged: details.Judged
    subjects: Subjects
    transcript: Transcript
    phases: dict[decide.Passage, str | None]

    def name(self, what: str, key: str) -> str:
        """The noun for a key, in the transcript's language."""
        return name_of(what, key, self.transcript.language)

    def words(self, passage: decide.Passage) -> str:
        """What was said there."""
        return fold_space(self.transcript.slice(passage.first_line, passage.last_line)[2])

    def about(self, passage: decide.Passage, name: str) -> list[str]:
        """The one thing that a passage speaks of, where it is spoken of elsewhere too, if its name does not say it."""
        return self.subjects.of(self.words(passage), most=1, but=[name], least=_SPOKEN_OF)

    def cited(self, passage: decide.Passage, label: str) -> dict[str, Any]:
        """What every reply says."""
        return {
            "first_line": passage.first_line,
            "last_line": passage.last_line,
            "label": label,
            "phase": self.phases[passage],
            "sure": decide.sure_of(passage.probability),
        }

    def besides(self, passage: decide.Passage, next_contact: int | None = None) -> Said:
        """What a passage says besides; `next_contact` is the line where the next contact begins."""
        lines = self.judged.features.lines
        own = self.judged.lines(passage)
        after = lines_after(lines, self.judged.rows(passage)[-1], next_contact)
        return said_besides(passage.kind, own, after, self.judged.features.language, self.judged.framework)


def _motivations(told: _Told, passages: list[decide.Passage], meant: Floats, bank: str) -> list[MotivationReply]:
    replies = []
    chances = driver_chances(told.judged, meant, passages, bank)
    for passage, chance in zip(passages, chances, strict=True):
        driver = details.judge_driver(told.judged, passage)
        cited = told.cited(
            passage, label_of(told.words(passage), told.transcript.language) or told.name("driver", driver)
        )
        question = details.judge_question(told.judged, passage)
        marks = list(told.besides(passage).marks)
        replies.append(
            MotivationReply(**cited, driver=driver, question=question, marks=marks, driver_chance=round(chance, 2))
        )
    return replies


def _emotions(told: _Told, passages: list[decide.Passage]) -> list[EmotionReply]:
    replies = []
    for passage, feeling in [(one, felt) for one in passages for felt in details.judge_feelings(told.judged, one)]:
        name = told.name("emotion", feeling.emotion)
        about = told.about(passage, name)
        replies.append(
            EmotionReply(
                **told.cited(passage, join_label(name, about)),
                emotion=feeling.emotion,
                valence=feeling.valence,
                intensity=feeling.intensity,
                stated=feeling.stated,
                trigger=about[0] if about else None,
                marks=list(told.besides(passage).marks),
            )
        )
    return replies


def _touchpoints(told: _Told, passages: list[decide.Passage]) -> list[TouchpointReply]:
    contacts = details.judge_contacts(told.judged, passages)
    order = details.order_contacts(told.judged, passages, told.phases)
    replies = []
    for at, (passage, contact, place) in enumerate(zip(passages, contacts, order, strict=True)):
        said = told.besides(passage, passages[at + 1].first_line if at + 1 < len(passages) else None)
        name = told.name("channel", contact.channel)
        replies.append(
            TouchpointReply(
                **told.cited(passage, join_label(name, told.about(passage, name))),
                channel=contact.channel,
                from_channel=contact.from_channel,
                context_kept=contact.context_kept,
                story_order=place,
                marks=list(said.marks),
                matters=said.matters,
            )
        )
    return replies


def _given_codes(kind: Kind, replies: list[_R], task: CodeChunk) -> list[_R]:
    """Each with the code of the study's codebook that fits it, where the study has one."""
    if not task.codes:
        return replies
    return [reply.model_copy(update={"code": _code_of(kind, reply, task)}) for reply in replies]


def _code_of(kind: Kind, reply: Cited, task: CodeChunk) -> str | None:
    words = task.transcript.slice(reply.first_line, reply.last_line)[2]
    about = str(getattr(reply, _KEY_OF[kind]))
    said = (words, reply.label, *key_words(task.framework, kind, about, reply.phase))
    return fit_code(kind, said, task.codes, task.language)


def _inside(replies: list[_R], first: int, last: int) -> list[_R]:
    """Those that begin in a chunk, cut to it; the surest where there are more than a reply may hold."""
    here = [
        reply.model_copy(update={"last_line": min(reply.last_line, last)})
        for reply in replies
        if first <= reply.first_line <= last
    ]
    if len(here) <= _MOST:
        return here
    surest = sorted(here, key=lambda reply: (-reply.sure, reply.first_line))[:_MOST]
    return sorted(surest, key=lambda reply: reply.first_line)
