"""How strong a claim is, in numbers that can be read off the interviews: never a grade, never a probability.

Three questions. Who says it and who says otherwise, of how many who spoke about the subject at all: silence is no
disagreement. Was it found again where an interview was read more than once. And would it still stand with other people:
people of the persona are drawn anew, with some twice and some not at all, and it is counted how often at least two
different people still say it and more of them than contradict it.

The promise: the same findings give the same figures; a claim of one voice never holds in a draw, and that is meant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from synth.domain import TWO_SIDED, Claim, Finding, Kind

DRAWS, DRAWS_LARGE, LARGE = 400, 100, 1_000
"""So many draws; fewer above so many people, where they hardly differ."""
_LEAST_VOICES = 2
_SEED = 20260417


@dataclass(frozen=True, slots=True)
class Strength:
    """The figures of one claim among the people of its persona."""

    speaking: int
    """People who spoke about the subject: said anything of the same kinds, in the same phase where it has one."""
    found_again: float | None
    """0 to 1: how many of its findings stood in every reading; None where interviews were read once."""
    holds: float | None
    """0 to 1: in how many draws of other people it still stands; None for fewer than three people, without findings,
    and where it says that people differ: there the two sides are no votes."""


class Strengths:
    """Measures claims over one study's findings."""

    def __init__(self, findings: Mapping[str, Finding]) -> None:
        self._findings = findings
        self._spoken: dict[str, set[tuple[Kind, str | None]]] = defaultdict(set)
        for one in findings.values():
            self._spoken[one.participant_id].add((one.kind, one.phase))

    def of(self, claim: Claim, people: Sequence[str]) -> Strength:
        """The figures of a claim among these people."""
        cited = [self._findings[one] for one in claim.finding_ids if one in self._findings]
        kinds = {one.kind for one in cited}
        known = {*claim.participant_ids, *claim.against_participant_ids}
        speaking = {
            person
            for person in people
            if person in known
            or any(kind in kinds and claim.phase in (None, phase) for kind, phase in self._spoken.get(person, ()))
        }
        again = [one.stability for one in cited if one.stability is not None]
        return Strength(
            speaking=len(speaking),
            found_again=round(sum(again) / len(again), 2) if again else None,
            holds=_holds(claim, people) if claim.section != TWO_SIDED else None,
        )


def _holds(claim: Claim, people: Sequence[str]) -> float | None:
    if len(people) < 3 or not claim.finding_ids:
        return None
    draws = _draws(len(people))
    saying, denying = set(claim.participant_ids), set(claim.against_participant_ids)
    pro = np.array([person in saying for person in people])
    against = np.array([person in denying for person in people])
    voices = (draws[:, pro] > 0).sum(axis=1)
    still = (voices >= _LEAST_VOICES) & (draws[:, pro].sum(axis=1) > draws[:, against].sum(axis=1))
    return round(float(still.mean()), 2)


@cache
def _draws(people: int) -> npt.NDArray[np.int64]:
    """How often each of so many people was drawn, a row a draw."""
    generator = np.random.default_rng(_SEED)
    draws = DRAWS if people <= LARGE else DRAWS_LARGE
    drawn: npt.NDArray[np.int64] = generator.multinomial(people, np.full(people, 1 / people), size=draws)
    return drawn
