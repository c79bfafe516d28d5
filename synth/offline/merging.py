"""Grouping findings without a model: by what they were coded as, and what their words tell happens.

Findings of one driver, emotion or channel mean the same where their words tell the same situation, in whichever
language, or name the same thing; the rest of them goes by phase. That is coarse, and it is the same every time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from synth.analyst import LabelGroup, MergeLabels, MergeReply
from synth.domain import Emotion, Finding, Motivation, Touchpoint
from synth.frameworks import FUNCTIONAL
from synth.offline.drafting.forms import motive_answers, motive_matcher, situation_matcher, situations
from synth.offline.wording import Subjects, find_subjects
from synth.phrases import has_form, say

_LEAST = 2
_LONGEST_LABEL = 80
_MOST_GROUPS = 200
_MOST_MEMBERS = 400
_UNSURE = "reasons"
"""Motivations whose driver is too unsure to name a theme after."""
_Numbered = tuple[int, Finding, str]


def merge_labels(task: MergeLabels) -> MergeReply:
    """The reply to a task; the same task gives the same reply."""
    by_key: dict[str, list[_Numbered]] = defaultdict(list)
    for number, (finding, words) in enumerate(zip(task.findings, task.words, strict=True), start=1):
        by_key[_key(finding)].append((number, finding, words))
    languages = {finding.language for finding in task.findings}
    said = [(finding.language, words) for finding, words in zip(task.findings, task.words, strict=True)]
    subjects = {one: find_subjects((words for spoken, words in said if spoken == one), one) for one in languages}
    groups: list[LabelGroup] = []
    for key in sorted(by_key):
        groups += _groups_of_key(key, by_key[key], task, subjects)
    groups.sort(key=lambda group: -len(group.members))
    return MergeReply(groups=groups[:_MOST_GROUPS])


def _groups_of_key(
    key: str, entries: Sequence[_Numbered], task: MergeLabels, subjects: Mapping[str, Subjects]
) -> list[LabelGroup]:
    name = _name(key, task)
    groups = []
    rest = list(entries)
    for told, members in _most_first(rest, lambda entry: _told(entry[1], entry[2])):
        label = f"{name}: {_said(told, task.language)}"
        groups.append(_group(label, members))
        rest = [entry for entry in rest if entry not in members]
    for subject, members in _most_first(rest, lambda entry: subjects[entry[1].language].of(entry[2], but=[name])):
        groups.append(_group(f"{name}: {subject}", members))
        rest = [entry for entry in rest if entry not in members]
    for phase, members in _most_first(rest, lambda entry: [entry[1].phase or ""]):
        label = say(task.language, "theme.in_phase", name=name, phase=_phase(phase, task)) if phase else name
        groups.append(_group(label, members))
        rest = [entry for entry in rest if entry not in members]
    if rest:
        groups.append(_group(name, rest))
    return groups


def _most_first(
    entries: Sequence[_Numbered], keys: Callable[[_Numbered], Iterable[str]]
) -> list[tuple[str, list[_Numbered]]]:
    """Groups that share a key, of two people at least; each entry in the largest that it belongs to."""
    left = [(entry, tuple(dict.fromkeys(keys(entry)))) for entry in entries]
    groups: list[tuple[str, list[_Numbered]]] = []
    while left:
        sharing: dict[str, list[_Numbered]] = defaultdict(list)
        for entry, own in left:
            for key in own:
                sharing[key].append(entry)
        best = min(sharing, key=lambda key: (-_people(sharing[key]), -len(sharing[key]), key), default=None)
        if best is None or _people(sharing[best]) < _LEAST:
            return groups
        groups.append((best, sharing[best]))
        left = [(entry, own) for entry, own in left if best not in own]
    return groups


def _group(label: str, members: Sequence[_Numbered]) -> LabelGroup:
    return LabelGroup(label=label[:_LONGEST_LABEL], members=[number for number, _, _ in members][:_MOST_MEMBERS])


def _people(entries: Iterable[_Numbered]) -> int:
    return len({finding.participant_id for _, finding, _ in entries})


def _key(finding: Finding) -> str:
    unsure = isinstance(finding.detail, Motivation) and not finding.detail.tells_driver
    return _UNSURE if unsure else finding.about


def _name(key: str, task: MergeLabels) -> str:
    kinds = {Motivation: task.framework.drivers, Emotion: task.framework.emotions, Touchpoint: task.framework.channels}
    for entry in kinds[type(task.findings[0].detail)]:
        if entry.key == key:
            return entry.name(task.language)
    return say(task.language, f"theme.{key}") if key in (FUNCTIONAL, _UNSURE) else key


def _told(finding: Finding, words: str) -> list[str]:
    """Situations, and for a motivation what it wants to know."""
    matches = situation_matcher(finding.language).find(words)
    told = [f"situation.{match.key}" for match in matches if not match.negated and _fits(match.key, finding)]
    if isinstance(finding.detail, Motivation):
        told += [f"information.{key}" for key in motive_matcher("information", finding.language).keys(words)]
    return told


def _fits(situation: str, finding: Finding) -> bool:
    if not isinstance(finding.detail, Emotion):
        return situations()[situation].alone
    return (finding.detail.valence > 0) == (situations()[situation].tone == "good")


def _said(told: str, language: str) -> str:
    what, _, key = told.partition(".")
    if what == "situation" and has_form(f"situation.{key}"):
        return say(language, f"situation.{key}")
    text = situations()[key].say if what == "situation" else motive_answers("information")[key].they
    said = text.of(language)
    return said[:1].lower() + said[1:] if not said.startswith("I ") else said


def _phase(key: str, task: MergeLabels) -> str:
    names = {phase.key: phase.name(task.language).lower() for phase in task.framework.phases}
    return names.get(key, key)
