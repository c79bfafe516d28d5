"""What is said about a passage once it is found: emotion and valence, channel and switch, driver and question, phase.

Outputs of the heads decide, together with what the words name outright: a word such as 'relieved' or 'e-mail' weighs
more than what the training interviews could teach about it. Keys are always keys of the framework at hand; where it has
none of the reader's phases, a passage stays unplaced.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from synth.domain import Kind
from synth.frameworks import FUNCTIONAL, OTHER_CHANNEL, Framework
from synth.offline.decide import NAMED_SIGN, Passage, sign_of
from synth.offline.features import CodedLine, Floats, TranscriptFeatures
from synth.offline.heads import Heads
from synth.offline.order import ToldContact, story_places
from synth.offline.phases import phase_map

_NAMED_EMOTION, _SHOWN_EMOTION = 3.0, 1.0
_NEAR_LINES = 8
_STEP_WEIGHT = 0.5
"""How much the order of telling counts for a phase, next to what the lines say."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A transcript with the scores of its lines, ready to be asked about passages."""

    features: TranscriptFeatures
    scores: Floats
    heads: Heads
    framework: Framework

    def line(self, passage: Passage) -> CodedLine:
        """The line that speaks clearest in a passage."""
        return self.features.lines[passage.row]

    def lines(self, passage: Passage) -> list[CodedLine]:
        """Every line of a passage."""
        return [self.features.lines[at] for at in self.rows(passage)]

    def row(self, passage: Passage, prefix: str) -> dict[str, float]:
        """Mean scores over a passage's lines of the outputs under a prefix."""
        mean = self.scores[self.rows(passage)].mean(axis=0)
        return {name: float(mean[column]) for name, column in self.heads.columns(prefix).items()}

    def rows(self, passage: Passage) -> list[int]:
        """The rows of a passage's lines."""
        return [
            at
            for at in range(max(0, passage.row - 1), min(len(self.features.lines), passage.row + 2))
            if passage.first_line <= self.features.lines[at].number <= passage.last_line
        ]

    def has(self, passage: Passage, group: str) -> bool:
        """Whether a pattern of this group stands in a passage, not negated."""
        return any(hit.group == group and not hit.negated for line in self.lines(passage) for hit in line.hits)


def _named(judged: Judged, passage: Passage, prefix: str, part: str) -> dict[str, int]:
    """How much each key is named in a passage, counted in words; where it is denied it is left out."""
    counts: dict[str, int] = {}
    for line in judged.lines(passage):
        for hit in line.hits:
            pieces = hit.group.split("/")
            if pieces[0] == prefix and (not part or pieces[-1] == part) and not hit.negated:
                counts[pieces[1]] = counts.get(pieces[1], 0) + hit.length
    return counts


# --- Emotions ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Feeling:
    """What was felt."""

    emotion: str
    valence: int
    intensity: int
    stated: bool


def judge_feeling(judged: Judged, passage: Passage) -> Feeling:
    """The emotion of a passage, its valence and how strong it is."""
    valence = judged.row(passage, "valence")
    named = _named(judged, passage, "emotion", "words")
    positive = valence["positive"] + NAMED_SIGN * sign_of(named) > 0
    shown = _named(judged, passage, "emotion", "signs")
    scores = judged.row(passage, "emotion")
    known = {each.key: each.valence for each in judged.framework.emotions}
    fitting = [key for key, sign in known.items() if sign == 0 or (sign > 0) == positive] or list(known)

    def weight(key: str) -> float:
        trained = scores.get(key, min(scores.values()) - 1)
        return trained + _NAMED_EMOTION * min(named.get(key, 0), 2) + _SHOWN_EMOTION * min(shown.get(key, 0), 2)

    emotion = max(fitting, key=weight)
    strong = valence["strong"] > 0
    size = 2 if strong else 1
    weak = judged.has(passage, "cue/weak") and not strong
    return Feeling(
        emotion=emotion,
        valence=0 if emotion == "mixed" else (size if positive else -size),
        intensity=3 if strong else 1 if weak else 2,
        stated=valence["stated"] > 0,
    )


def judge_feelings(judged: Judged, passage: Passage) -> list[Feeling]:
    """The emotion of a passage; two where one line names a pleasant and an unpleasant one, neither of them denied.

    Mixed feelings stay two: an average of relief and regret is neither.
    """
    first = judge_feeling(judged, passage)
    known = {each.key: each.valence for each in judged.framework.emotions}
    for line in judged.lines(passage):
        hits = [hit for hit in line.hits if hit.group.startswith("emotion/") and hit.group.endswith("/words")]
        named = [key for hit in hits if not hit.negated and known.get(key := hit.group.split("/")[1])]
        pleasant = [key for key in named if known[key] > 0]
        unpleasant = [key for key in named if known[key] < 0]
        if pleasant and unpleasant:
            size = 2 if first.intensity == 3 else 1
            return [
                replace(first, emotion=keys[0], valence=sign * size, stated=True)
                for keys, sign in ((pleasant, 1), (unpleasant, -1))
            ]
    return [first]


# --- Motivations -------------------------------------------------------------------------------------------------

Question = Literal["information", "moment", "source", "choice", "action"]
_QUESTIONS: tuple[Question, ...] = ("information", "moment", "source", "choice", "action")


def judge_driver(judged: Judged, passage: Passage) -> str:
    """The driver behind a reason; `functional` where the framework has none of the reader's drivers."""
    scores = judged.row(passage, "driver")
    known = {driver.key for driver in judged.framework.drivers} | {FUNCTIONAL}
    fitting = [key for key in scores if key in known]
    return max(fitting, key=lambda key: scores[key])


def judge_question(judged: Judged, passage: Passage) -> Question | None:
    """Which motive question (method.md 3.3) a reason answers, told from cue words; None where nothing tells."""
    hits = [hit for line in judged.lines(passage) for hit in line.hits]

    def weight(question: Question) -> int:
        return sum(hit.length for hit in hits if hit.group == f"cue/answers_{question}")

    best = max(_QUESTIONS, key=weight)
    return best if weight(best) else None


# --- Touchpoints -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a contact took place, and whether somebody came there from elsewhere."""

    channel: str
    from_channel: str | None
    context_kept: bool | None


def judge_contacts(judged: Judged, passages: Sequence[Passage]) -> list[Contact]:
    """The channels of all contacts of an interview, in order of telling, with the switches that cues tell of."""
    contacts: list[Contact] = []
    for at, passage in enumerate(passages):
        channel = judge_channel(judged, passage)
        before = passages[at - 1] if at else None
        source, kept = None, None
        if before is not None and judged.line(passage).number - judged.line(before).number <= _NEAR_LINES:
            kept = _context_kept(judged, passage)
            source = contacts[-1].channel if kept is not None else None
            if source == channel:  # that it was told again to the same desk is more than a cue and a guess can tell
                source, kept = None, None
        contacts.append(Contact(channel, source, kept))
    return contacts


def judge_channel(judged: Judged, passage: Passage) -> str:
    """The channel of a contact; the framework's `other` where it has none of the reader's channels."""
    scores = judged.row(passage, "channel")
    known = {channel.key for channel in judged.framework.channels}
    fitting = [key for key in scores if key in known]
    if not fitting:
        return OTHER_CHANNEL if OTHER_CHANNEL in known else judged.framework.channels[0].key
    return max(fitting, key=lambda key: scores[key])


def _context_kept(judged: Judged, passage: Passage) -> bool | None:
    """Whether a person did not have to start again; None where neither the line nor the two after it say so."""
    turn = judged.line(passage).turn
    near = [line for line in judged.features.lines[passage.row : passage.row + 3] if line.turn == turn]
    groups = [hit.group for line in near for hit in line.hits]
    if "cue/lost_context" in groups:
        return False
    return True if "cue/kept_context" in groups else None


# --- Phases and order --------------------------------------------------------------------------------------------


def judge_phases(judged: Judged, passages: Sequence[Passage]) -> dict[Passage, str | None]:
    """The phase of each passage: the likeliest way through all of them, told in this order.

    None for one that nothing speaks for, and for all where the framework says nothing that tells its phases.
    """
    columns = judged.heads.columns("phase")
    mapped = phase_map(judged.framework, tuple(columns))
    if mapped is None:
        return dict.fromkeys(passages)
    told = sorted(passages, key=lambda passage: (passage.first_line, passage.kind.value))
    judged_rows = [
        mapped.chances(
            _near(judged, passage.row), judged.scores[passage.row], list(columns.values()), judged.features.language
        )
        for passage in told
    ]
    chances = np.array([row for row, _ in judged_rows]).reshape(len(told), len(mapped.keys))
    way = _best_way(chances, mapped.steps(judged.heads) * _STEP_WEIGHT)
    return {
        passage: mapped.keys[at] if spoken_for else None
        for passage, at, (_, spoken_for) in zip(told, way, judged_rows, strict=True)
    }


def _near(judged: Judged, row: int) -> list[tuple[CodedLine, float]]:
    """A line with weight 1, and those beside it in its turn with half of that."""
    lines = judged.features.lines
    beside = [at for at in (row - 1, row + 1) if 0 <= at < len(lines) and lines[at].turn == lines[row].turn]
    return [(lines[row], 1.0), *((lines[at], 0.5) for at in beside)]


def _best_way(chances: Floats, steps: Floats) -> list[int]:
    """The column of each row on the way with the highest sum of chances and steps (Viterbi)."""
    if not len(chances):
        return []
    best, came_from = chances[0], []
    for row in chances[1:]:
        sums = best[:, None] + steps
        came_from.append(sums.argmax(axis=0))
        best = sums.max(axis=0) + row
    way = [int(best.argmax())]
    for before in reversed(came_from):
        way.append(int(before[way[-1]]))
    return way[::-1]


def order_contacts(judged: Judged, passages: Sequence[Passage], phases: Mapping[Passage, str | None]) -> list[int]:
    """Each contact's place in the person's own story, 0 first; see `synth.offline.order`."""
    keys = list(judged.framework.phase_keys)
    contacts = [
        ToldContact(
            judged.lines(passage),
            keys.index(phase) if (phase := phases[passage]) in keys else None,
            judged.has(passage, "cue/looking_back"),
        )
        for passage in passages
    ]
    return story_places(contacts, judged.features.language)


def kinds_of(passages: Sequence[Passage], kind: Kind) -> list[Passage]:
    """Those of one kind, in order."""
    return [passage for passage in passages if passage.kind is kind]
