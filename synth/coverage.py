"""What of the interviews the draft stands on, and what it leaves aside: where it is cited, the turns nobody cited, and
who is quoted more than their share.

The promise: everything a participant said is either in a cited stretch or in a turn that is listed as not cited, or
stands beside a cited line in the same turn; nothing is rounded away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from synth.domain import Coverage, Finding, JourneyMap, Persona, Transcript, fold_space

OVER_QUOTED = 1.5
"""Times the equal share: who is cited more than that is quoted more than others."""
_LEAST_EXTRA = 3
"""Passages beyond the equal share; with few passages one more is no sign of anything."""


@dataclass(frozen=True, slots=True)
class UncitedTurn:
    """A turn of a participant that no finding cites."""

    turn: int
    first_line: int
    last_line: int
    words: int
    text: str
    """What was said, verbatim, white space folded."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """How much of what a persona stands on comes from one person."""

    participant_id: str
    passages: int
    share: float
    """0 to 1, of all passages of the persona."""
    over: bool
    """Whether that is clearly more than an equal share."""


def cited_share(coverage: Sequence[Coverage]) -> float | None:
    """How much of what was said is cited; None where nothing was said."""
    spoken = sum(one.spoken_characters for one in coverage)
    return sum(one.cited_characters for one in coverage) / spoken if spoken else None


def cited_stretches(
    transcript: Transcript, participant_id: str, findings: Iterable[Finding]
) -> list[tuple[float, float]]:
    """Where in somebody's speech the cited lines lie: from and to, 0 for their first word and 1 for their last.

    Neighbouring lines are one stretch; empty where nothing is cited or nothing was said.
    """
    cited = {
        number
        for one in findings
        if one.evidence.transcript_id == transcript.id
        for number in range(one.evidence.first_line, one.evidence.last_line + 1)
    }
    names = {one.name for one in transcript.speakers if one.participant == participant_id}
    spoken = [line for line in transcript.lines if transcript.turns[line.turn - 1].speaker in names]
    total = sum(line.end - line.start for line in spoken)
    stretches: list[tuple[float, float]] = []
    at = 0
    for line in spoken:
        begin, at = at, at + line.end - line.start
        if line.number not in cited:
            continue
        if stretches and stretches[-1][1] >= begin / total:
            stretches[-1] = (stretches[-1][0], at / total)
        else:
            stretches.append((begin / total, at / total))
    return stretches


def uncited_turns(transcript: Transcript, numbers: Sequence[int]) -> list[UncitedTurn]:
    """These turns with their words, in order."""
    found = []
    for number in sorted(numbers):
        turn = transcript.turns[number - 1]
        text = fold_space(transcript.slice(turn.first_line, turn.last_line)[2])
        found.append(UncitedTurn(number, turn.first_line, turn.last_line, len(text.split()), text))
    return found


def who_is_quoted(persona: Persona, findings: Mapping[str, Finding], maps: Sequence[JourneyMap] = ()) -> list[Quoted]:
    """How many passages each of a persona's people gives to its claims, quotes and map, those who give most first.

    Args:
        persona: whose claims and quotes count.
        findings: of the study, by id.
        maps: of the draft; proposals on them give nobody more weight.
    """
    of_map = [claim for journey in maps if journey.persona_id == persona.id
              for column in journey.phases for claim in column.claims if not claim.idea]  # fmt: skip
    cited = {one for claim in (*persona.claims, *of_map) for one in claim.finding_ids}
    cited |= {quote.finding_id for quote in persona.quotes}
    people = Counter(dict.fromkeys(persona.participant_ids, 0))
    people.update(findings[one].participant_id for one in cited if one in findings)
    counts = {person: people[person] for person in persona.participant_ids}
    total = sum(counts.values())
    fair = total / max(1, len(counts))
    return [
        Quoted(
            person,
            count,
            count / total if total else 0.0,
            len(counts) > 1 and count > OVER_QUOTED * fair and count - fair >= _LEAST_EXTRA,
        )
        for person, count in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    ]
