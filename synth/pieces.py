"""A draft asked for in pieces: some sections of a persona, one phase of a map, each on the findings that can carry it.

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
from synth.personas import take_turns
from synth.phrases import say

PORTRAIT = ("essence", "goal", "stated")
"""What is asked for with the name and the quotes."""
_MOST_IN_PIECE = 250
_LONGEST_TITLE = 80
_FELT = (Kind.MOTIVATION, Kind.EMOTION)
_PIECES: tuple[tuple[tuple[str, ...], tuple[Kind, ...]], ...] = (
    (("decide",), (Kind.MOTIVATION, Kind.TOUCHPOINT)),
    (("fear", "never", "loyalty"), _FELT),
    (("differ",), tuple(Kind)),
)


def persona_pieces(task: DraftPersona) -> tuple[DraftPersona, tuple[DraftClaims, ...]]:
    """The portrait of a persona, and its further sections; sections that no finding can carry are not asked for."""
    portrait = replace(task, passages=_of_kinds(task.passages, _FELT), sections=PORTRAIT)
    rest = [
        DraftClaims(
            passages=passages,
            participant_ids=task.participant_ids,
            participants_in_study=task.participants_in_study,
            sections=sections,
            framework=task.framework,
            subject=task.subject,
            language=task.language,
        )
        for sections, kinds in _PIECES
        if (passages := _of_kinds(task.passages, kinds)) and (sections != ("differ",) or len(task.participant_ids) > 1)
    ]
    return portrait, tuple(rest)


def map_pieces(task: DraftMap) -> tuple[DraftMap, ...]:
    """One piece a phase, with its findings and those of no phase; phases of which nobody spoke are not asked for."""
    loose = [one for one in task.passages if one.finding.phase not in task.framework.phase_keys]
    pieces = []
    for phase in task.framework.phase_keys:
        here = [one for one in task.passages if one.finding.phase == phase]
        if here:
            means = tuple(entry for entry in task.means if entry[0] == phase)
            shown = [*take_turns(here, _MOST_IN_PIECE), *take_turns(loose, max(0, _MOST_IN_PIECE - len(here)))]
            chosen = {one.finding.id for one in shown}
            own = tuple(one for one in task.passages if one.finding.id in chosen)
            pieces.append(replace(task, passages=own, means=means, phases=(phase,)))
    return tuple(pieces)


def join_persona(
    task: DraftPersona,
    portrait: tuple[DraftPersona, PersonaReply],
    rest: Sequence[tuple[DraftClaims, ClaimsReply]],
) -> tuple[PersonaReply, list[Refusal]]:
    """The reply to the whole task that the pieces come to, and what of them cannot be turned back."""
    refusals: list[Refusal] = []
    piece, reply = portrait
    numbers = _Numbers(task.passages, piece.passages, piece.name, refusals)
    claims = [numbers.claim(one) for one in reply.claims]
    for other, its in rest:
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
    title = say(task.language, "draft.map_title", name=task.persona_name)
    bare = MapReply(title=title[:_LONGEST_TITLE], claims=[], quotes=[])
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
