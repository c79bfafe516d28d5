"""A draft asked for in pieces: sections of a persona, phases of a map, each on the findings that can carry it.

A model that is asked for everything at once smooths it over; asked for little at a time, on the findings that bear on
it, it stays with them. A piece numbers its findings anew, so its reply is turned back into the numbers of the whole
task and then goes through the same gate as a reply to the whole.

The promise: a number that a piece does not have is refused here with its reason, and never becomes another finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from synth.analyst import (
    ClaimReply,
    ClaimsReply,
    DraftClaims,
    DraftMap,
    DraftPersona,
    MapReply,
    Passage,
    PersonaReply,
)
from synth.domain import Kind, Refusal
from synth.journeys import title_of_map
from synth.personas import take_turns

PORTRAIT = ("essence", "goal", "stated", "fear", "never")
"""What is asked for with the name and the quotes: what they want and feel."""
FURTHER = ("decide", "loyalty", "differ")
"""What takes their contacts besides."""
_MOST_IN_PIECE = 250
_FEW_IN_PIECE = 40
"""Findings of phases that are asked for together: those of a few people, each phase of which would be a call of little
but instructions."""
_FELT = (Kind.MOTIVATION, Kind.EMOTION)


def persona_pieces(task: DraftPersona) -> tuple[DraftPersona, DraftClaims]:
    """The portrait of a persona, and its further sections."""
    portrait = replace(
        task,
        passages=_of_kinds(task.passages, _FELT),
        sections=PORTRAIT,
        decided=tuple(one for one in task.decided if one.section in PORTRAIT),
    )
    further = DraftClaims(
        passages=_of_kinds(task.passages, tuple(Kind)),
        participant_ids=task.participant_ids,
        participants_in_study=task.participants_in_study,
        sections=tuple(one for one in FURTHER if one != "differ" or len(task.participant_ids) > 1),
        framework=task.framework,
        subject=task.subject,
        language=task.language,
        decided=tuple(one for one in task.decided if one.section in FURTHER),
    )
    return portrait, further


def map_pieces(task: DraftMap) -> tuple[DraftMap, ...]:
    """A phase or a few that follow each other, with their findings and those of no phase.

    Phases of which nobody spoke are not asked for.
    """
    loose = [one for one in task.passages if one.finding.phase not in task.framework.phase_keys]
    of_phase = {
        phase: [one for one in task.passages if one.finding.phase == phase] for phase in task.framework.phase_keys
    }
    together: list[tuple[list[str], list[Passage]]] = []
    for phase, here in of_phase.items():
        if here and together and len(together[-1][1]) + len(here) <= _FEW_IN_PIECE:
            together[-1][0].append(phase)
            together[-1][1].extend(here)
        elif here:
            together.append(([phase], here))
    pieces = []
    for phases, here in together:
        means = tuple(entry for entry in task.means if entry[0] in phases)
        shown = [*take_turns(here, _MOST_IN_PIECE), *take_turns(loose, max(0, _MOST_IN_PIECE - len(here)))]
        chosen = {one.finding.id for one in shown}
        own = tuple(one for one in task.passages if one.finding.id in chosen)
        decided = tuple(one for one in task.decided if one.phase in phases)
        pieces.append(replace(task, passages=own, means=means, phases=tuple(phases), decided=decided))
    return tuple(pieces)


def join_persona(
    task: DraftPersona,
    portrait: tuple[DraftPersona, PersonaReply],
    further: tuple[DraftClaims, ClaimsReply] | None,
) -> tuple[PersonaReply, list[Refusal]]:
    """The reply to the whole task that the pieces come to, and what of them cannot be turned back.

    Args:
        task: the whole.
        portrait: a piece of it with its reply.
        further: likewise; None where nobody answered.
    """
    refusals: list[Refusal] = []
    piece, reply = portrait
    numbers = _Numbers(task.passages, piece.passages, piece.name, refusals)
    claims = [numbers.claim(one) for one in reply.claims]
    if further is not None:
        other, its = further
        claims += [_Numbers(task.passages, other.passages, other.name, refusals).claim(one) for one in its.claims]
    hero = numbers.turned([reply.hero], "quote") if reply.hero else []
    quotes = numbers.turned(reply.quotes, "quote")
    # A copy is not checked again: what one reply may hold at the most is no limit for several together.
    whole = {"claims": claims, "hero": hero[0] if hero else 0, "quotes": quotes}
    return reply.model_copy(update=whole), refusals


def join_map(task: DraftMap, pieces: Sequence[tuple[DraftMap, MapReply]]) -> tuple[MapReply, list[Refusal]]:
    """The reply to the whole map; a claim about another phase than the one asked for is refused.

    What only the whole journey tells is asked of no piece: the map is named after its persona, its peak, lowest point
    and ending are counted (`synth.journeys`), and so is what they say of it.
    """
    refusals: list[Refusal] = []
    claims: list[ClaimReply] = []
    quotes: list[int] = []
    for piece, reply in pieces:
        numbers = _Numbers(task.passages, piece.passages, piece.name, refusals)
        for one in reply.claims:
            if (one.phase or "").strip().casefold() in piece.phases:
                claims.append(numbers.claim(one))
            else:
                refusals.append(Refusal(task.name, one.section, None, None, "It is about a phase not asked for here."))
        quotes += numbers.turned(reply.quotes, "quote")
    bare = MapReply(title=title_of_map(task.language, task.persona_name), claims=[], quotes=[])
    return bare.model_copy(update={"claims": claims, "quotes": quotes}), refusals


class _Numbers:
    """From the numbers of a piece to those of the whole."""

    def __init__(self, whole: Sequence[Passage], piece: Sequence[Passage], task: str, refusals: list[Refusal]) -> None:
        place = {one.finding.id: number for number, one in enumerate(whole, start=1)}
        self._numbers = {number: place[one.finding.id] for number, one in enumerate(piece, start=1)}
        self._task, self._refusals = task, refusals

    def turned(self, numbers: Sequence[int], what: str) -> list[int]:
        """Each in the whole's numbers; those that the piece does not have are refused."""
        found = []
        for number in dict.fromkeys(numbers):
            if number in self._numbers:
                found.append(self._numbers[number])
            else:
                why = f"Finding {number} does not exist."
                self._refusals.append(Refusal(self._task, what, None, None, why))
        return found

    def claim(self, reply: ClaimReply) -> ClaimReply:
        """The same claim on the whole's numbers."""
        findings, against = self.turned(reply.findings, reply.section), self.turned(reply.against, reply.section)
        return reply.model_copy(update={"findings": findings, "against": against})


def _of_kinds(passages: Sequence[Passage], kinds: Sequence[Kind]) -> tuple[Passage, ...]:
    """Those of these kinds, people taking turns where they are too many for one piece."""
    return take_turns([one for one in passages if one.finding.kind in kinds], _MOST_IN_PIECE)
