"""A drafting task laid out for drafting: every passage with its number, what happens in it, and how it felt there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from synth.analyst import ClaimReply, Passage
from synth.cues import trait_matcher
from synth.domain import Emotion, Finding, Kind, Motivation, Touchpoint
from synth.frameworks import OTHER_CHANNEL
from synth.offline.drafting.forms import situation_matcher, situations

NEAR_LINES = 3
"""A feeling this many lines away is taken for the feeling at a passage."""
LEAST_SURE = 0.45
"""Below this a reader's guess at a reason or a contact carries no sentence: six in ten or more were wrong."""
_MOST_FINDINGS = 60
_GOOD, _BAD = 1, -1
_RETELL = "retell"
"""The situation that a switch without context is."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One passage."""

    number: int
    finding: Finding
    words: str
    mood: int
    """1 good, -1 bad, 0 unknown or both: what its person felt at that place of the interview."""
    happens: tuple[str, ...]
    """Keys of situations that its words tell."""
    traits: tuple[str, ...]
    """Keys of ways of acting that its words tell."""

    @property
    def person(self) -> str:
        """Whose passage it is."""
        return self.finding.participant_id

    def near(self, other: Piece) -> bool:
        """Whether the other was said by the same person within a few lines."""
        here, there = self.finding.evidence, other.finding.evidence
        same = here.transcript_id == there.transcript_id and self.person == other.person
        return same and abs(here.first_line - there.first_line) <= NEAR_LINES

    @property
    def sure(self) -> float:
        """0 to 1; 1 where it does not say, as of what people added by hand."""
        return self.finding.confidence if self.finding.confidence is not None else 1.0


@dataclass(frozen=True, slots=True)
class Group:
    """Pieces that carry one sentence."""

    key: str
    pieces: tuple[Piece, ...]

    @property
    def people(self) -> int:
        """Distinct people."""
        return len({piece.person for piece in self.pieces})


def lay_out(passages: Sequence[Passage]) -> list[Piece]:
    """Passages as pieces, in the same order, numbered from 1."""
    moods = _moods(passages)
    return [
        Piece(
            number=number,
            finding=passage.finding,
            words=passage.words,
            mood=moods[passage.finding.id],
            happens=_happens(passage, moods[passage.finding.id]),
            traits=_traits(passage),
        )
        for number, passage in enumerate(passages, start=1)
    ]


def motivations(pieces: Iterable[Piece]) -> list[Piece]:
    """Those of this kind."""
    return [piece for piece in pieces if piece.finding.kind is Kind.MOTIVATION]


def carried(groups: Iterable[Group]) -> list[Group]:
    """Groups with a piece that the reader was sure enough of."""
    return [group for group in groups if any(piece.sure >= LEAST_SURE for piece in group.pieces)]


def emotions(pieces: Iterable[Piece]) -> list[Piece]:
    """Those of this kind."""
    return [piece for piece in pieces if piece.finding.kind is Kind.EMOTION]


def touchpoints(pieces: Iterable[Piece]) -> list[Piece]:
    """Those of this kind."""
    return [piece for piece in pieces if piece.finding.kind is Kind.TOUCHPOINT]


def valence(piece: Piece) -> int:
    """-2 to 2; 0 for what is no emotion."""
    return piece.finding.detail.valence if isinstance(piece.finding.detail, Emotion) else 0


def emotion(piece: Piece) -> str:
    """The emotion; empty for what is none."""
    return piece.finding.detail.emotion if isinstance(piece.finding.detail, Emotion) else ""


def is_stated(piece: Piece) -> bool:
    """Whether it is a feeling that was named: what somebody did out of fear does not tell by itself what they felt."""
    return isinstance(piece.finding.detail, Emotion) and piece.finding.detail.stated


def any_driver(piece: Piece) -> str:
    """The driver, however unsure; empty for what is no motivation."""
    return piece.finding.detail.driver if isinstance(piece.finding.detail, Motivation) else ""


def driver(piece: Piece) -> str:
    """The driver; empty for what is no motivation, and where it is too unsure to be told."""
    detail = piece.finding.detail
    return detail.driver if isinstance(detail, Motivation) and detail.tells_driver else ""


def channel(piece: Piece) -> str:
    """The channel; empty for what is no touchpoint."""
    return piece.finding.detail.channel if isinstance(piece.finding.detail, Touchpoint) else ""


def acts(piece: Piece) -> bool:
    """Whether its person did something at a contact, as far as is known."""
    detail = piece.finding.detail
    return isinstance(detail, Touchpoint) and detail.channel != OTHER_CHANNEL and detail.initiator != "organisation"


def in_phase(pieces: Iterable[Piece], *phases: str) -> list[Piece]:
    """Those that are placed in one of these phases."""
    return [piece for piece in pieces if piece.finding.phase in phases]


def group_by(pieces: Iterable[Piece], keys: Callable[[Piece], Iterable[str]]) -> list[Group]:
    """Groups by key, those of most people first, then of most pieces, then by key."""
    groups: dict[str, list[Piece]] = defaultdict(list)
    for piece in pieces:
        for key in dict.fromkeys(keys(piece)):
            if key:
                groups[key].append(piece)
    made = [Group(key, tuple(of_key)) for key, of_key in groups.items()]
    return sorted(made, key=lambda group: (-group.people, -len(group.pieces), group.key))


def by_channel(pieces: Iterable[Piece]) -> list[Group]:
    """Touchpoints by channel, without mere guesses and those whose channel is none of the framework's."""
    surer = [piece for piece in pieces if piece.sure >= LEAST_SURE]
    return [group for group in group_by(surer, lambda one: [channel(one)]) if group.key != OTHER_CHANNEL]


def claim(
    section: str,
    text: str,
    pieces: Sequence[Piece],
    *,
    key: str | None = None,
    phase: str | None = None,
    against: Sequence[Piece] = (),
) -> ClaimReply:
    """A claim on these pieces; of very many, those of as many people as possible."""
    return ClaimReply(
        section=section, key=key, phase=phase, text=text, findings=_numbers(pieces), against=_numbers(against)
    )


def _numbers(pieces: Sequence[Piece]) -> list[int]:
    if len(pieces) <= _MOST_FINDINGS:
        return sorted(piece.number for piece in pieces)
    turns: dict[str, int] = defaultdict(int)
    ranked = []
    for piece in sorted(pieces, key=lambda one: -one.sure):
        turns[piece.person] += 1
        ranked.append((turns[piece.person], piece.number))
    return sorted(number for _, number in sorted(ranked)[:_MOST_FINDINGS])


def _moods(passages: Sequence[Passage]) -> dict[str, int]:
    felt: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for passage in passages:
        finding = passage.finding
        if isinstance(finding.detail, Emotion):
            where = finding.evidence
            felt[where.transcript_id, finding.participant_id].append((where.first_line, finding.detail.valence))
    moods = {}
    for passage in passages:
        finding = passage.finding
        if isinstance(finding.detail, Emotion):
            total = finding.detail.valence
        else:
            line = finding.evidence.first_line
            around = felt[finding.evidence.transcript_id, finding.participant_id]
            total = sum(value for place, value in around if abs(place - line) <= NEAR_LINES)
        moods[finding.id] = (total > 0) - (total < 0)
    return moods


def _happens(passage: Passage, mood: int) -> tuple[str, ...]:
    """Situations that the words tell and that fit how it felt; what is said not to have happened did not."""
    known = situations()
    keys = []
    for match in situation_matcher(passage.finding.language).find(passage.words):
        situation = known[match.key]
        tone = _GOOD if situation.tone == "good" else _BAD
        fits = mood != -tone and (situation.alone or mood == tone)
        if fits and not match.negated:
            keys.append(match.key)
    detail = passage.finding.detail
    if isinstance(detail, Touchpoint) and detail.context_kept is False and _RETELL in known:
        keys.append(_RETELL)
    return tuple(dict.fromkeys(keys))


def _traits(passage: Passage) -> tuple[str, ...]:
    matches = trait_matcher(passage.finding.language).find(passage.words)
    return tuple(dict.fromkeys(match.key for match in matches if not match.negated))
