"""Participants to segments: at most five groups by needs, motives and behaviour, and those who fit none (method.md 2).

People are compared by their profiles (`synth.profiles`), grouped by average linkage, and then looked at one by one. The
number of groups is the one that sets people best apart. How far a grouping can be trusted is measured: findings are
drawn anew many times, and for every two people it is counted how often they land together.

The promise: the same input gives the same segments, in the same order; everybody is in one segment or unassigned with
the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synth.clusters import MUST_SEPARATE, OUT, Grouping, group_alike
from synth.domain import Finding, Fit, Theme, Transcript, Unassigned, content_id
from synth.frameworks import Framework
from synth.phrases import figure, join_words, say
from synth.profiles import (
    Evidence,
    Leaning,
    Numbers,
    gather_evidence,
    make_profiles,
    resample,
    take_people,
    weigh_blocks,
)

MOST = 5
"""Personas by default at the most (method.md 2.2)."""
SMALLEST = 3
"""People in a persona, unless the study is small or a number was asked for."""
_SMALL_STUDY = 9
"""Below this many people a persona may have two, and likeness is less hard on people: see `_SLACK`."""
_SLACK = 0.4
"""In a small study everybody pulls the average towards themselves, which makes the others look unlike them."""
_TOO_FEW = 4
"""Below this many people no groups are told apart."""
_EXACT = 400
"""Up to this many people all pairs are compared; above, the groups are found in so many of them."""
_ROUNDS, _ROUNDS_LARGE, _LARGE = 60, 20, 120
_BORDER = 0.35
"""On the border: lands with another segment at least this often, or stands nearly as close to it."""
_NEARLY = 0.3
"""Nearly as close: less than this share of the usual lead of the own segment."""
_SEED = 20260101


@dataclass(frozen=True, slots=True)
class Segment:
    """A group of participants that becomes a persona."""

    participant_ids: tuple[str, ...]
    medoid_id: str
    """The one most like all the others: the persona keeps its id as long as this one stays."""
    border_ids: tuple[str, ...]
    stability: float | None
    """0 to 1: how often two of its people land together when findings are drawn anew; None for one person, or where
    there was nothing to be told apart from."""
    persona_id: str | None = None
    """Of the persona that an earlier draft made of nearly the same people; None for a new one."""
    name: str | None = None
    """Of a persona that is kept as it was; None where a name is to be found."""


@dataclass(frozen=True, slots=True)
class Segmentation:
    """Everybody's place."""

    segments: tuple[Segment, ...]
    """The largest first."""
    unassigned: tuple[Unassigned, ...]
    person_stability: Mapping[str, float]
    """For each person in a segment, how often they land with the others of it; in a large study only for a sample."""
    criterion: str
    """How the number was chosen and what people were compared on, in sentences."""
    separations: tuple[tuple[int, float], ...] = ()
    """For each number of groups that was possible, the mean silhouette of the best one."""
    compared: int = 0
    """Of how many people all pairs were compared."""
    fits: tuple[Fit, ...] = ()
    """Where personas were kept: how each new participant was put to one, or to none."""


def segment_participants(
    findings: Sequence[Finding],
    transcripts: Sequence[Transcript],
    themes: Sequence[Theme],
    framework: Framework,
    *,
    language: str,
    personas: int | None = None,
    leanings: Mapping[str, Leaning] | None = None,
) -> Segmentation:
    """Group the participants of a study.

    Args:
        findings: of all participants.
        transcripts: all of the study; who speaks in one is a participant.
        themes: findings that mean the same.
        framework: whose drivers, channels, emotions and phases are compared.
        language: of the sentences in the result.
        personas: how many are asked for; None for the number that sets people best apart, up to five.
        leanings: participant to what moves them and how they go about it, where the reader judges whole interviews.
    """
    everybody = gather_evidence(findings, transcripts, themes, framework, leanings=leanings)
    silent = [row for row, total in enumerate(everybody.finding_totals) if total == 0]
    spoken = [row for row, total in enumerate(everybody.finding_totals) if total > 0]
    unassigned = [Unassigned(everybody.ids[row], say(language, "segments.nothing_found")) for row in silent]
    if not spoken:
        return Segmentation((), tuple(unassigned), {}, say(language, "segments.none"))
    evidence = take_people(everybody, spoken)
    people = len(spoken)
    if personas is None and people < _TOO_FEW:
        alone = Segment(evidence.ids, evidence.ids[0], (), None)
        return Segmentation((alone,), tuple(unassigned), {}, say(language, "segments.few", people=people))
    plan = _Plan.of(people, personas)
    placed = _place(evidence, plan)
    segments = _segments(placed)
    unassigned += [_misfit(placed, row, language) for row in _rows(placed, OUT)]
    return Segmentation(
        segments=segments,
        unassigned=tuple(sorted(unassigned, key=lambda one: one.participant_id)),
        person_stability=_person_stability(placed),
        criterion=_criterion(placed, plan, language),
        separations=tuple((groups, round(score, 3)) for groups, score in placed.scores),
        compared=len(placed.sample),
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    number: int | None
    smallest: int
    people: int

    @classmethod
    def of(cls, people: int, number: int | None) -> _Plan:
        smallest = SMALLEST if people >= _SMALL_STUDY else 2
        if number is not None:
            smallest = max(1, min(smallest, people // number))
        return cls(number, smallest, people)

    @property
    def enough(self) -> float:
        """Two random people are alike by minus one over the others, since likeness is told against the average."""
        return -0.25 / max(1, min(self.people, _EXACT) - 1)

    def group(self, alike: Numbers) -> Grouping:
        """Groups by linkage, then everybody where they are most alike.

        Where a number was asked for, groups may be smaller than usual until there are so many.
        """
        found = Grouping((), 0.0)
        for smallest in range(self.smallest, 0, -1):
            found = group_alike(
                alike,
                number=self.number,
                most=self.number or MOST,
                smallest=smallest,
                enough=self.enough,
                slack=_SLACK / max(1, self.people - 1) if self.people < _SMALL_STUDY else 0.0,
            )
            if self.number is None or found.size >= self.number:
                break
        return found


@dataclass(frozen=True)
class _Placed:
    """People with their labels, and what is known of how firm these are."""

    ids: tuple[str, ...]
    labels: Numbers
    near: Numbers
    """A row a person, a column a segment: mean likeness to its members, without oneself."""
    scores: tuple[tuple[int, float], ...]
    sample: tuple[int, ...]
    """Rows of those for whom `together` was counted."""
    together: Numbers | None
    """How often two of the sample land together; None for a single segment."""
    weights: Mapping[str, float]
    """What people were compared on, and how much each counted."""


def _place(evidence: Evidence, plan: _Plan) -> _Placed:
    sample = _sample(evidence.ids)
    small = evidence if len(sample) == plan.people else take_people(evidence, sample)
    weights = weigh_blocks(small)
    profiles = make_profiles(evidence, weights)
    vectors = profiles.vectors[sample]
    grouping = plan.group(vectors @ vectors.T)
    marks = grouping.labels
    # People in one group only: there is nothing that they could be nearer to, so nobody is left out of it.
    groups = max(marks, default=OUT) + 1
    labels, near = _assign(profiles.vectors, sample, np.array(marks), groups, plan)
    together = _land_together(small, weights, plan) if groups > 1 else None
    return _Placed(evidence.ids, labels, near, grouping.scores, tuple(sample), together, weights)


def _assign(
    vectors: Numbers, sample: Sequence[int], marks: Numbers, groups: int, plan: _Plan
) -> tuple[Numbers, Numbers]:
    """Labels and likeness of everybody, from the labels of the sample."""
    members = np.zeros((len(vectors), groups))
    chosen = np.array(sample)
    inside = np.flatnonzero(marks != OUT)
    members[chosen[inside], marks[inside].astype(int)] = 1.0
    sums, sizes = members.T @ vectors, members.sum(axis=0)
    own = np.einsum("ij,ij->i", vectors, vectors)[:, None] * members
    near = (vectors @ sums.T - own) / np.maximum(sizes[None, :] - members, 1.0)
    labels = np.full(len(vectors), OUT)
    labels[chosen] = marks
    rest = np.setdiff1d(np.arange(len(vectors)), chosen)
    if len(rest) and groups:
        best = near[rest].argmax(axis=1)
        fits = (near[rest].max(axis=1) >= plan.enough) | (groups == 1)
        labels[rest] = np.where(fits, best, OUT)
    return labels, near


def _sample(ids: Sequence[str]) -> list[int]:
    """Everybody, or so many as all pairs can be compared of: by the hash of their ids."""
    if len(ids) <= _EXACT:
        return list(range(len(ids)))
    by_hash = sorted(range(len(ids)), key=lambda row: content_id(ids[row]))
    return sorted(by_hash[:_EXACT])


def _land_together(evidence: Evidence, weights: Mapping[str, float], plan: _Plan) -> Numbers:
    """How often each two land in one segment when everybody's findings are drawn anew from their own."""
    generator = np.random.default_rng(_SEED)
    people = len(evidence.ids)
    counted = np.zeros((people, people))
    rounds = _ROUNDS if people <= _LARGE else _ROUNDS_LARGE
    for _ in range(rounds):
        vectors = make_profiles(resample(evidence, generator), weights).vectors
        marks = np.array(plan.group(vectors @ vectors.T).labels)
        counted += (marks[:, None] == marks[None, :]) & (marks[:, None] != OUT)
    return counted / rounds


# --- Results -----------------------------------------------------------------------------------------------------


def _segments(placed: _Placed) -> tuple[Segment, ...]:
    segments = []
    for group in range(placed.near.shape[1]):
        rows = _rows(placed, group)
        medoid = rows[int(np.argmax(placed.near[rows, group]))]
        segments.append(
            Segment(
                participant_ids=tuple(placed.ids[row] for row in rows),
                medoid_id=placed.ids[medoid],
                border_ids=tuple(placed.ids[row] for row in rows if _on_border(placed, row, rows)),
                stability=_stability(placed, rows),
            )
        )
    return tuple(sorted(segments, key=lambda one: (-len(one.participant_ids), one.participant_ids)))


def _rows(placed: _Placed, label: int) -> list[int]:
    return [int(row) for row in np.flatnonzero(placed.labels == label)]


def _on_border(placed: _Placed, row: int, rows: Sequence[int]) -> bool:
    own = int(placed.labels[row])
    if placed.near.shape[1] < 2:
        return False
    leads = placed.near[rows, own] - np.delete(placed.near[rows], own, axis=1).max(axis=1)
    lead = placed.near[row, own] - np.delete(placed.near[row], own).max()
    if lead < _NEARLY * max(float(np.median(leads)), 0.0) or lead <= 0:
        return True
    if placed.together is None or row not in placed.sample:
        return False
    counted = placed.together[placed.sample.index(row)]
    marks = placed.labels[list(placed.sample)]
    others = [counted[marks == group].mean() for group in range(placed.near.shape[1]) if group != own]
    return bool(max(others) >= _BORDER)


def _stability(placed: _Placed, rows: Sequence[int]) -> float | None:
    if placed.together is None:
        return None
    known = {row: index for index, row in enumerate(placed.sample)}
    where = [known[row] for row in rows if row in known]
    if len(where) < 2:
        return None
    part = placed.together[np.ix_(where, where)]
    return round(float(part[~np.eye(len(where), dtype=bool)].mean()), 2)


def _person_stability(placed: _Placed) -> dict[str, float]:
    if placed.together is None:
        return {}
    marks = placed.labels[list(placed.sample)]
    stability = {}
    for index, row in enumerate(placed.sample):
        mates = [other for other in np.flatnonzero(marks == marks[index]) if other != index]
        if marks[index] != OUT and mates:
            stability[placed.ids[row]] = round(float(placed.together[index, mates].mean()), 2)
    return stability


def _misfit(placed: _Placed, row: int, language: str) -> Unassigned:
    near = placed.near[row]
    why = say(language, "segments.alone")
    if len(near) and float(near.max()) > 0:
        group = int(near.argmax())
        rows = _rows(placed, group)
        medoid = placed.ids[rows[int(np.argmax(placed.near[rows, group]))]]
        why = say(language, "segments.alone_near", near=medoid)
    return Unassigned(placed.ids[row], why)


def _criterion(placed: _Placed, plan: _Plan, language: str) -> str:
    number = placed.near.shape[1]
    shown = ", ".join(f"{groups}: {figure(score, language)}" for groups, score in placed.scores)
    if number > 1:
        form = "segments.asked" if plan.number is not None else "segments.chosen"
        parts = [say(language, form, number=number, most=MOST, scores=shown)]
    elif plan.number == 1:
        parts = []
    else:
        best = figure(max((score for _, score in placed.scores), default=0.0), language)
        least = figure(MUST_SEPARATE, language)
        parts = [say(language, "segments.one", smallest=plan.smallest, score=best, least=least)]
    parts += _basis(placed.weights, language)
    small = plan.smallest == 2 and plan.number is None
    parts.append(say(language, "segments.small_study" if small else "segments.smallest", smallest=plan.smallest))
    if len(placed.sample) < len(placed.ids):
        parts.append(say(language, "segments.sampled", people=len(placed.ids), sample=len(placed.sample)))
    return " ".join(parts)


_BASIS: Mapping[str, tuple[str, ...]] = {
    "drivers": ("driver", "leaning", "person"),
    "needs": ("needs", "traits"),
    "channels": ("channel", "contacts"),
    "emotions": ("emotion", "feelings"),
    "themes": ("theme",),
    "words": ("words",),
}
"""What people are compared on, in the words of a draft, with the blocks of a profile that hold it."""


def _basis(weights: Mapping[str, float], language: str) -> list[str]:
    """What carried weight in this study, in one sentence; none where nothing did."""
    used = [name for name, blocks in _BASIS.items() if any(weights.get(block, 0.0) > 0 for block in blocks)]
    what = join_words(language, [say(language, f"segments.basis_of.{name}") for name in used])
    return [say(language, "segments.basis", what=what)] if used else []
