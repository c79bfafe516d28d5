"""The evidence gate: what an analyst proposes on a chunk becomes findings only where it stands on lines it may cite.

Lines must exist, lie in the chunk (its context is not to be coded), be in order, and be one participant's within one
turn. What fails is a `Refusal` with the reason; nothing is dropped in silence and nothing is moved to lines that fit
better. A key that the framework does not have costs the finding that key alone, where it still means something without:
the finding then stays, and a refusal of kind `phase`, `driver`, `channel`, `from_channel`, `mark` or `code` says what
was set aside. The same passage coded twice for the same thing is one finding.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

from synth.analyst import ChunkReply, Cited, CodeChunk, EmotionReply, MotivationReply, TouchpointReply
from synth.domain import (
    Emotion,
    Evidence,
    Finding,
    Kind,
    Motivation,
    Refusal,
    Touchpoint,
    canonical,
    canonical_id,
    fold_space,
)
from synth.errors import EvidenceError
from synth.frameworks import FUNCTIONAL, OTHER_CHANNEL, Named
from synth.marks import take_marks
from synth.remembered import Remembered

MAX_EVIDENCE_LINES = 12
Detail = Motivation | Emotion | Touchpoint
C = TypeVar("C", bound=Cited)

_NOTHING = frozenset({"", "null", "none", "unknown", "n/a"})
"""What is written where null was meant."""
_SANE = 1_000_000_000
"""Numbers beyond this are nonsense and would not fit the database."""


def extract_findings(
    task: CodeChunk, reply: ChunkReply, *, by_built_in: bool = False
) -> tuple[list[Finding], list[Refusal]]:
    """Check every proposal of a reply against the lines that it cites.

    Args:
        task: what was asked.
        reply: what was answered.
        by_built_in: whether the built-in reader answered. Its chances were measured; a model's are set aside.

    Returns:
        Findings in the order of the reply (motivations, emotions, touchpoints), each id once, and what was refused.
        Refusals whose kind is one of `Kind` cost a finding; the others only a key of one.
    """
    gate = _Gate(task, by_built_in)
    for motivation in reply.motivations:
        gate.take(Kind.MOTIVATION, motivation, gate.motivation)
    for emotion in reply.emotions:
        gate.take(Kind.EMOTION, emotion, gate.emotion)
    for touchpoint in reply.touchpoints:
        gate.take(Kind.TOUCHPOINT, touchpoint, gate.touchpoint)
    return _without_repeats(gate.findings), gate.refusals


def count_refusals(refusals: Iterable[Refusal]) -> Counter[tuple[str | None, str]]:
    """How many there are of each model and kind."""
    return Counter((refusal.model, refusal.kind) for refusal in refusals)


def finding_id(transcript_id: str, first_line: int, last_line: int, detail: Detail) -> str:
    """The same passage coded for the same thing has the same id, whoever coded it and under whatever label."""
    kind, key = _about(detail)
    return canonical_id(_word(transcript_id), _word(kind), str(first_line), str(last_line), _word(key))


def _matching_key(known: Mapping[str, str], given: str) -> str | None:
    """The key that is meant: by itself or by a name in either language, in any case, with `_` or `-` for a blank.

    What a prompt adds to a key in parentheses may stand there too.
    """
    # Mostly it is the key itself. What is a word there is plain already.
    return known.get(given) or known.get(_plain(given)) or known.get(_plain(given.partition("(")[0]))


_words = Remembered[dict[str, str]](64)


def _known_words(entries: Sequence[Named]) -> dict[str, str]:
    """The key for each word by which an entry may be called."""
    return _words.get(entries) or _words.keep(
        # Of two entries under one word the first counts.
        {_plain(word): one.key for one in reversed(entries) for word in (one.nl, one.en, one.key)},
        entries,
    )


class _Gate:
    def __init__(self, task: CodeChunk, by_built_in: bool) -> None:
        self.findings: list[Finding] = []
        self.refusals: list[Refusal] = []
        self._task, self._framework, self._by_built_in = task, task.framework, by_built_in
        self._drivers, self._emotions = _known_words(task.framework.drivers), _known_words(task.framework.emotions)
        self._channels, self._phases = _known_words(task.framework.channels), _known_words(task.framework.phases)
        # Of two speakers under one name the first counts.
        self._participants = {one.name: one.participant for one in reversed(task.transcript.speakers)}

    def take(self, kind: Kind, proposal: C, detail_of: Callable[[C], Detail]) -> None:
        try:
            participant_id = self._checked_participant(proposal)
            detail, signals = self._marked(proposal, detail_of(proposal))
        except EvidenceError as error:
            self._refuse(kind, proposal, str(error))
            return
        transcript_id, first, last = self._task.transcript.id, proposal.first_line, proposal.last_line
        self.findings.append(
            Finding(
                id=finding_id(transcript_id, first, last, detail),
                participant_id=participant_id,
                evidence=Evidence(transcript_id, first, last),
                label=clean(proposal.label) or _about(detail)[1],
                language=self._task.language,
                phase=self._phase(proposal),
                detail=detail,
                confidence=proposal.sure / 10,
                signals=signals,
                code=self._code(kind, proposal),
            )
        )

    def _checked_participant(self, cited: Cited) -> str:
        """The participant whose lines are cited.

        Raises:
            EvidenceError: the lines may not be cited; the message says why.
        """
        chunk, transcript = self._task.chunk, self._task.transcript
        first, last = cited.first_line, cited.last_line
        if first > last:
            raise EvidenceError("The first line comes after the last.")
        if first < 1 or last > len(transcript.lines):
            raise EvidenceError(f"The transcript has no such lines: it ends at {len(transcript.lines)}.")
        if first < chunk.first_line or last > chunk.last_line:
            raise EvidenceError(f"The lines lie outside the chunk, which is {chunk.first_line} to {chunk.last_line}.")
        if last - first + 1 > MAX_EVIDENCE_LINES:
            raise EvidenceError(f"More than {MAX_EVIDENCE_LINES} lines are cited as one passage.")
        turn = transcript.lines[first - 1].turn
        if transcript.lines[last - 1].turn != turn:
            raise EvidenceError("The lines run over a change of speaker.")
        participant = self._participants[transcript.turns[turn - 1].speaker]
        if participant is None:
            raise EvidenceError("The lines are not a participant's.")
        return participant

    def _marked(self, proposal: Cited, detail: Detail) -> tuple[Detail, tuple[str, ...]]:
        if not proposal.marks:  # so it is mostly
            return detail, ()
        marked = take_marks(detail, proposal.marks, self._framework)
        if marked.left:
            self._refuse("mark", proposal, f"{len(marked.left)} of its marks do not fit a finding of this kind.")
        return marked.detail, marked.signals

    def motivation(self, proposal: MotivationReply) -> Motivation:
        chance = proposal.driver_chance if self._by_built_in else None
        return Motivation(self._driver(proposal), proposal.question, chance)

    def emotion(self, proposal: EmotionReply) -> Emotion:
        key = _matching_key(self._emotions, proposal.emotion)
        if key is None:  # a feeling that nobody can name is no emotion at all
            raise EvidenceError("The emotion is not one of the framework's.")
        trigger = clean(proposal.trigger) if proposal.trigger else None
        return Emotion(key, proposal.valence, proposal.intensity, proposal.stated, trigger or None)

    def _driver(self, proposal: MotivationReply) -> str:
        key = _matching_key(self._drivers, proposal.driver)
        if key is None:
            if _plain(proposal.driver) != FUNCTIONAL:
                self._refuse("driver", proposal, f"The driver is not one of the framework's: kept as {FUNCTIONAL}.")
            return FUNCTIONAL
        return key

    def touchpoint(self, proposal: TouchpointReply) -> Touchpoint:
        channel = _matching_key(self._channels, proposal.channel)
        if channel is None:
            self._refuse("channel", proposal, f"The channel is not one of the framework's: kept as {OTHER_CHANNEL}.")
            channel = OTHER_CHANNEL
        came_from = None
        if proposal.from_channel and _plain(proposal.from_channel) not in _NOTHING:
            came_from = _matching_key(self._channels, proposal.from_channel)
            if came_from is None:
                self._refuse("from_channel", proposal, "The channel before is not one of the framework's: left out.")
        if came_from == channel and proposal.context_kept is not False:
            came_from = None  # nothing changed; only who had to start again on one channel made a move on it
        order = proposal.story_order
        if order is not None and abs(order) > _SANE:
            order = None
        return Touchpoint(
            channel,
            came_from,
            # That somebody had to start again holds also where they do not say from where they came.
            proposal.context_kept if came_from or proposal.context_kept is False else None,
            None if order is None else float(order),
            matters=(clean(proposal.matters) if proposal.matters else None) or None,
        )

    def _phase(self, proposal: Cited) -> str | None:
        if proposal.phase is None:
            return None
        phase = _matching_key(self._phases, proposal.phase)
        if phase is None and _plain(proposal.phase) not in _NOTHING:
            self._refuse("phase", proposal, "The phase is not one of the framework's: the finding is kept without one.")
        return phase

    def _code(self, kind: Kind, proposal: Cited) -> str | None:
        if not self._task.codes or proposal.code is None or _plain(proposal.code) in _NOTHING:
            return None
        name = _code_meant([code.name for code in self._task.codes if code.kind in (None, kind)], proposal.code)
        if name is None:
            self._refuse("code", proposal, "The codebook has no such code of this kind: the finding is kept without.")
        return name

    def _refuse(self, kind: str, cited: Cited, why: str) -> None:
        first, last = (line if abs(line) <= _SANE else None for line in (cited.first_line, cited.last_line))
        self.refusals.append(Refusal(self._task.chunk.id, kind, first, last, why))


def clean(text: str) -> str:
    """On one line, without control characters: what an analyst wrote goes into pages, files and terminals."""
    text = unicodedata.normalize("NFC", text)
    if not text.isprintable():
        text = "".join(c if unicodedata.category(c) != "Cc" else " " for c in text)
    return fold_space(text)


def _about(detail: Detail) -> tuple[Kind, str]:
    if isinstance(detail, Motivation):
        return Kind.MOTIVATION, detail.driver
    if isinstance(detail, Emotion):
        return Kind.EMOTION, detail.emotion
    return Kind.TOUCHPOINT, detail.channel


@lru_cache(maxsize=4096)  # of the framework's words, over and over
def _plain(text: str) -> str:
    return fold_space(text.casefold().replace("_", " ").replace("-", " "))


_word = lru_cache(maxsize=4096)(canonical)


def _code_meant(names: Sequence[str], given: str) -> str | None:
    """The name that is meant; else the one of the same letters and digits, since a prompt shows brackets otherwise."""
    exact = [name for name in names if _plain(name) == _plain(given)]
    alike = exact or [name for name in names if _letters(name) == _letters(given)]
    return alike[0] if exact or (len(alike) == 1 and _letters(given)) else None


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _without_repeats(findings: Sequence[Finding]) -> list[Finding]:
    """One of those that code overlapping lines for the same thing in the same phase: the surest, else the first.

    Of the very same lines whatever the phase, since those have one id.
    """
    kept: list[Finding] = []
    alike: dict[tuple[Kind, str], list[Finding]] = {}
    for finding in findings:
        about = _about(finding.detail)
        first, last = finding.evidence.first_line, finding.evidence.last_line
        rivals = [
            other
            for other in alike.setdefault(about, [])
            if other.evidence.first_line <= last
            and first <= other.evidence.last_line
            and (other.phase == finding.phase or other.id == finding.id)
        ]
        if not rivals:
            kept.append(finding)
            alike[about].append(finding)
        elif _sure(finding) > max(map(_sure, rivals)):
            kept[kept.index(rivals[0])] = finding
            kept = [other for other in kept if other not in rivals[1:]]
            alike[about] = [other for other in kept if _about(other.detail) == about]
    return kept


def _sure(finding: Finding) -> float:
    return finding.confidence or 0.0
