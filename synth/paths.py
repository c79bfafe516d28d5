"""The way people went: through phases and from channel to channel, each in the order of their own story.

The order of the story is not the order of telling: where findings know their place in the story that counts, else the
place in the interview. Nothing is straightened: who skips a phase, comes back to one or starts over is counted as such
(method.md 5.2).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from synth.domain import ChannelSwitch, Finding, PathStep, Touchpoint, distinct

_DOUBTFUL = 0.6
"""A single touchpoint less sure than this that breaks up a run of one phase is taken for a slip of the reader."""
_SHARED = 2
"""People who must make the same move before it counts as a flow, unless they say themselves that they switched."""


def story_of(findings: Iterable[Finding], telling: Sequence[str]) -> list[Finding]:
    """One person's contact moments in the order in which they happened.

    Args:
        findings: of one person; only touchpoints are used.
        telling: ids of findings in the order of telling.
    """
    place = {finding_id: index for index, finding_id in enumerate(telling)}
    # What was passed over or never came is told of, but nobody was there.
    points = [one for one in findings if isinstance(one.detail, Touchpoint) and not one.detail.skipped]
    points.sort(key=lambda one: place.get(one.id, len(place)))
    transcripts = list(dict.fromkeys(one.evidence.transcript_id for one in points))
    ordered: list[Finding] = []
    for transcript_id in transcripts:  # a person interviewed again tells another story
        own = [one for one in points if one.evidence.transcript_id == transcript_id]
        ordered += _in_story_order(own)
    return ordered


def phase_path(stories: dict[str, list[Finding]], phases: Sequence[str]) -> tuple[PathStep, ...]:
    """How many went from one phase straight to another.

    Args:
        stories: participant to contact moments, from `story_of`.
        phases: of the framework, in order; others are passed over.
    """
    people: dict[tuple[str, str], set[str]] = defaultdict(set)
    for participant, story in stories.items():
        visited = _phases_visited([one for one in story if one.phase in phases])
        for before, after in pairwise(visited):
            people[before, after].add(participant)
    order = {phase: index for index, phase in enumerate(phases)}
    steps = sorted(people, key=lambda step: (order[step[0]], order[step[1]]))
    return tuple(PathStep(before, after, tuple(sorted(people[before, after]))) for before, after in steps)


def story_entries(stories: dict[str, list[Finding]], phases: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """In which phase each person's story begins; those who never speak of a phase begin in none."""
    begun: dict[str, list[str]] = defaultdict(list)
    for participant, story in stories.items():
        visited = _phases_visited([one for one in story if one.phase in phases])
        if visited:
            begun[visited[0]].append(participant)
    return {phase: tuple(sorted(begun[phase])) for phase in phases if phase in begun}


def channel_switches(stories: dict[str, list[Finding]], phases: Sequence[str]) -> tuple[ChannelSwitch, ...]:
    """Moves between channels: those that people speak of themselves, and those that several make one after the other.

    Whether somebody had to start again is only known of the former.
    """
    told: dict[tuple[str, str, str, str], _Move] = defaultdict(_Move)
    seen: dict[tuple[str, str, str, str], _Move] = defaultdict(_Move)
    for participant, story in stories.items():
        placed = [one for one in story if one.phase in phases]
        for index, finding in enumerate(placed):
            detail = finding.detail
            assert isinstance(detail, Touchpoint)  # `story_of` gives nothing else
            if detail.from_channel is not None:
                before = _last_on(placed[:index], detail.from_channel)
                from_phase = (before.phase if before else finding.phase) or ""
                move = told[from_phase, detail.from_channel, finding.phase or "", detail.channel]
                move.add(participant, finding, lost=detail.context_kept is False)
            elif index:
                previous = placed[index - 1].detail
                assert isinstance(previous, Touchpoint)
                if previous.channel != detail.channel:
                    move = seen[placed[index - 1].phase or "", previous.channel, finding.phase or "", detail.channel]
                    move.add(participant, finding, lost=False)
    for key, move in seen.items():
        if key in told:
            told[key].join(move)
        elif len(move.people) >= _SHARED:
            told[key] = move
    order = {phase: index for index, phase in enumerate(phases)}
    keys = sorted(told, key=lambda key: (order[key[0]], order[key[2]], key[1], key[3]))
    return tuple(
        ChannelSwitch(
            *key, distinct(told[key].people), distinct(told[key].lost), tuple(dict.fromkeys(told[key].findings))
        )
        for key in keys
    )


@dataclass
class _Move:
    people: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    def add(self, participant: str, finding: Finding, *, lost: bool) -> None:
        self.people.append(participant)
        self.findings.append(finding.id)
        if lost:
            self.lost.append(participant)

    def join(self, other: _Move) -> None:
        self.people += other.people
        self.findings += other.findings


def _in_story_order(points: Sequence[Finding]) -> list[Finding]:
    """By place in the story; one without a place stays behind the one that was told before it."""
    keys: list[tuple[float, int]] = []
    last = -1.0
    for index, finding in enumerate(points):
        detail = finding.detail
        known = detail.story_order if isinstance(detail, Touchpoint) else None
        last = last if known is None else known
        keys.append((last, index))
    return [finding for _, finding in sorted(zip(keys, points, strict=True), key=lambda pair: pair[0])]


def _phases_visited(story: Sequence[Finding]) -> list[str]:
    """Phases without repeats next to each other."""
    runs: list[list[Finding]] = []
    for finding in story:
        if runs and runs[-1][0].phase == finding.phase:
            runs[-1].append(finding)
        else:
            runs.append([finding])
    kept = [run for index, run in enumerate(runs) if not _is_slip(runs, index)]
    visited: list[str] = []
    for run in kept:
        phase = run[0].phase or ""
        if not visited or visited[-1] != phase:
            visited.append(phase)
    return visited


def _is_slip(runs: Sequence[Sequence[Finding]], index: int) -> bool:
    run = runs[index]
    if len(run) > 1 or not 0 < index < len(runs) - 1:
        return False
    around = runs[index - 1][0].phase == runs[index + 1][0].phase
    return around and (run[0].confidence or 1.0) < _DOUBTFUL


def _last_on(story: Sequence[Finding], channel: str) -> Finding | None:
    on = [one for one in story if isinstance(one.detail, Touchpoint) and one.detail.channel == channel]
    return on[-1] if on else None
