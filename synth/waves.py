"""Two waves of a study beside each other: what appeared, vanished or moved, and how feelings shifted (method.md 9.1).

People are counted, never moments. A difference is only said to hold where exchanging the waves at random seldom gives
one as large: those who spoke in both waves have their two readings exchanged, the others are dealt out anew. Of many
comparisons some look large by chance, so within each group what holds is chosen with the false discovery rate kept
under one in twenty. The same findings give the same answer: the dealing is seeded by the comparison itself.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from synth.domain import Feeling, Finding, Motivation, Theme, Touchpoint, content_id, distinct
from synth.frameworks import Framework
from synth.journeys import feelings_by_phase

LEVEL = 0.05
"""How often chance alone may give a difference that is said to hold."""
PEOPLE_FOR_SHIFT = 3
"""In each wave, before a difference of feeling can hold at all."""
_DEALS = 4_000
_EXACT_PAIRS = 11
"""Up to so many people in both waves, and nobody in one alone, every exchange is tried instead of a sample."""


@dataclass(frozen=True, slots=True)
class FeelingShift:
    """How a phase felt in two waves."""

    phase: str
    before: float | None
    """The mean over people, -2 to 2; None where nobody said."""
    after: float | None
    people_before: tuple[str, ...]
    people_after: tuple[str, ...]
    chance: float | None
    """How often exchanging the waves gives a difference as large, 0 to 1; None where it cannot be told."""
    holds: bool
    finding_ids: tuple[str, ...]

    @property
    def change(self) -> float | None:
        """After less before."""
        return None if self.before is None or self.after is None else round(self.after - self.before, 2)


@dataclass(frozen=True, slots=True)
class Presence:
    """In how many people's stories something is, in two waves."""

    what: str
    """`theme`, `driver` or `channel`."""
    key: str
    """A theme's id, or a key of the framework."""
    label: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    of: tuple[int, int]
    """How many were interviewed in each."""
    chance: float
    holds: bool
    phase_before: str | None
    """The phase that most of these people spoke of it in; None where there are none."""
    phase_after: str | None
    finding_ids: tuple[str, ...]

    @property
    def change(self) -> str:
        """`appeared`, `vanished`, `moved` (to another phase), `more`, `fewer` or `same` share of people."""
        if not self.before:
            return "appeared"
        if not self.after:
            return "vanished"
        if self.phase_before != self.phase_after and self.phase_before and self.phase_after:
            return "moved"
        if abs(self.shift) < 1e-9:
            return "same"
        return "more" if self.shift > 0 else "fewer"

    @property
    def shift(self) -> float:
        """The share of people after less the share before, -1 to 1; of nobody, the share is 0."""
        before, after = (
            len(told) / people if people else 0.0
            for told, people in zip((self.before, self.after), self.of, strict=True)
        )
        return after - before


Felt = Mapping[str, tuple[Feeling, ...]]
"""For each phase, how each person felt there."""
_Compared = TypeVar("_Compared", FeelingShift, Presence)


@dataclass(frozen=True, slots=True)
class WaveComparison:
    """Two waves of one study."""

    waves: tuple[str, str]
    people: tuple[tuple[str, ...], tuple[str, ...]]
    """Who was interviewed in each."""
    feelings: tuple[FeelingShift, ...]
    """Every phase of the framework, in order."""
    presences: tuple[Presence, ...]
    """Themes, then drivers, then channels; what holds first, then by the size of the change."""

    @property
    def both(self) -> tuple[str, ...]:
        """Who was interviewed in both."""
        return distinct([one for one in self.people[0] if one in self.people[1]])

    def holding(self) -> tuple[FeelingShift | Presence, ...]:
        """The differences that hold."""
        return (*(one for one in self.feelings if one.holds), *(one for one in self.presences if one.holds))


def compare_waves(
    before: Sequence[Finding],
    after: Sequence[Finding],
    *,
    people: tuple[Sequence[str], Sequence[str]],
    themes: Sequence[Theme],
    framework: Framework,
    waves: tuple[str, str],
    language: str,
    felt: tuple[Felt, Felt] | None = None,
) -> WaveComparison:
    """Compare what was found in two waves.

    Args:
        before, after: findings of each wave.
        people: who was interviewed in each; whoever said nothing of a thing counts as silent on it.
        themes: of the study, over both waves.
        framework: whose phases, drivers and channels are compared.
        waves: their names.
        language: in which drivers and channels are named.
        felt: how people felt in each wave, phase by phase, where that is known already.
    """
    groups = (distinct(people[0]), distinct(people[1]))
    first, second = felt or (feelings_by_phase(before, framework), feelings_by_phase(after, framework))
    feelings = [_feeling_shift(phase, first[phase], second[phase], waves) for phase in framework.phase_keys]
    themes_by_finding = {finding_id: theme.id for theme in themes for finding_id in theme.finding_ids}

    def theme_of(finding: Finding) -> str | None:
        return themes_by_finding.get(finding.id)

    kinds = [
        _presences("theme", _by(before, theme_of), _by(after, theme_of), {one.id: one.label for one in themes},
                   groups, waves),
        _presences("driver", _by(before, _driver), _by(after, _driver),
                   {one.key: one.name(language) for one in framework.drivers}, groups, waves),
        _presences("channel", _by(before, _channel), _by(after, _channel),
                   {one.key: one.name(language) for one in framework.channels}, groups, waves),
    ]  # fmt: skip
    return WaveComparison(
        waves=waves,
        people=groups,
        feelings=tuple(_held(feelings)),
        presences=tuple(one for kind in kinds for one in sorted(_held(kind), key=_rank)),
    )


def exchange_chance(before: Mapping[str, float], after: Mapping[str, float], seed: str) -> float | None:
    """How often exchanging two waves gives a difference of means at least as large as theirs, 0 to 1.

    Args:
        before, after: participant to value; who is in both has the two exchanged, the others are dealt out anew.
        seed: the same seed deals the same way.

    Returns:
        None where a wave is empty.
    """
    if not before or not after:
        return None
    both = sorted(set(before) & set(after))
    alone = [before[one] for one in sorted(set(before) - set(after))]
    others = [after[one] for one in sorted(set(after) - set(before))]
    pairs = np.array([(before[one], after[one]) for one in both], dtype=np.float64).reshape(-1, 2)
    seen = abs(mean(after.values()) - mean(before.values()))
    if not alone and not others and len(both) <= _EXACT_PAIRS:
        swaps = np.array(list(itertools.product((False, True), repeat=len(both))), dtype=np.bool_)
        dealt = _differences(pairs, swaps, np.zeros(len(swaps)), 0.0, (0, 0))
        return float(np.mean(dealt >= seen - 1e-9))
    generator = np.random.default_rng(int(content_id(seed), 16))
    swaps = generator.random((_DEALS, len(both))) < 0.5
    # Few values occur, so how often each falls to the first wave is drawn, which is the same law as dealing out people.
    values, counts = np.unique(np.array([*alone, *others], dtype=np.float64), return_counts=True)
    drawn = generator.multivariate_hypergeometric(counts, len(alone), size=_DEALS, method="marginals")
    dealt = _differences(pairs, swaps, drawn @ values, float(counts @ values), (len(alone), len(others)))
    return float((np.sum(dealt >= seen - 1e-9) + 1) / (_DEALS + 1))


def _differences(
    pairs: npt.NDArray[np.float64],
    swaps: npt.NDArray[np.bool_],
    alone: npt.NDArray[np.float64],
    total: float,
    people: tuple[int, int],
) -> npt.NDArray[np.float64]:
    """The difference of means of each deal, without its sign.

    Args:
        pairs: the readings of those in both waves.
        swaps: whose are exchanged in each deal.
        alone: of those in one wave only, the sum of the readings that fall to the first.
        total: of those, the sum of all.
        people: of those, how many are in each wave.
    """
    first = np.where(swaps, pairs[:, 1], pairs[:, 0]).sum(axis=1) + alone
    second = np.where(swaps, pairs[:, 0], pairs[:, 1]).sum(axis=1) + total - alone
    differences: npt.NDArray[np.float64] = np.abs(second / (len(pairs) + people[1]) - first / (len(pairs) + people[0]))
    return differences


# --- Feelings ----------------------------------------------------------------------------------------------------


def _feeling_shift(
    phase: str, before: Sequence[Feeling], after: Sequence[Feeling], waves: tuple[str, str]
) -> FeelingShift:
    first, second = ({one.participant_id: one.valence for one in side} for side in (before, after))
    enough = min(len(first), len(second)) >= PEOPLE_FOR_SHIFT
    return FeelingShift(
        phase=phase,
        before=round(mean(first.values()), 2) if first else None,
        after=round(mean(second.values()), 2) if second else None,
        people_before=distinct(list(first)),
        people_after=distinct(list(second)),
        chance=exchange_chance(first, second, f"{phase} {waves}") if enough else None,
        holds=False,
        finding_ids=tuple(finding for one in (*before, *after) for finding in one.finding_ids),
    )


# --- Presence ----------------------------------------------------------------------------------------------------


def _by(findings: Iterable[Finding], key: Callable[[Finding], str | None]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        value = key(finding)
        if value is not None:
            found[value].append(finding)
    return found


def _driver(finding: Finding) -> str | None:
    return finding.detail.driver if isinstance(finding.detail, Motivation) else None


def _channel(finding: Finding) -> str | None:
    return finding.detail.channel if isinstance(finding.detail, Touchpoint) else None


def _presences(
    what: str,
    before: Mapping[str, list[Finding]],
    after: Mapping[str, list[Finding]],
    labels: Mapping[str, str],
    groups: tuple[Sequence[str], Sequence[str]],
    waves: tuple[str, str],
) -> list[Presence]:
    made = []
    for key in sorted({*before, *after}):
        first, second = ({one.participant_id for one in side.get(key, ())} for side in (before, after))
        chance = exchange_chance(
            {one: float(one in first) for one in groups[0]},
            {one: float(one in second) for one in groups[1]},
            f"{what} {key} {waves}",
        )
        made.append(
            Presence(
                what=what,
                key=key,
                label=labels.get(key, key),
                before=distinct(list(first)),
                after=distinct(list(second)),
                of=(len(groups[0]), len(groups[1])),
                chance=1.0 if chance is None else chance,
                holds=False,
                phase_before=_phase(before.get(key, ())),
                phase_after=_phase(after.get(key, ())),
                finding_ids=tuple(one.id for one in (*before.get(key, ()), *after.get(key, ()))),
            )
        )
    return made


def _phase(findings: Sequence[Finding]) -> str | None:
    people = {(one.participant_id, one.phase) for one in findings if one.phase}
    counts = Counter(phase for _, phase in people)
    return min(counts, key=lambda phase: (-counts[phase], phase)) if counts else None


def _rank(one: Presence) -> tuple[bool, float, str]:
    return not one.holds, -abs(one.shift), one.label


# --- What holds --------------------------------------------------------------------------------------------------


def _held(found: Sequence[_Compared]) -> list[_Compared]:
    """Those marked that hold, by the step-up procedure of Benjamini and Hochberg (1995)."""
    known = sorted(one.chance for one in found if one.chance is not None)
    passed = [chance for rank, chance in enumerate(known, start=1) if chance <= LEVEL * rank / len(known)]
    limit = max(passed, default=-1.0)
    return [replace(one, holds=one.chance is not None and one.chance <= limit) for one in found]
