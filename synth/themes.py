"""Findings to themes: tasks that ask which findings mean the same, and the gate through which the answers go.

A reply names findings by number. Numbers that do not exist and findings that are in a theme already are refused; a
finding that no group takes is a theme by itself. The promise: every finding is in exactly one theme, and a theme's id
depends on its kind and label alone, so that it stays the same when more findings join.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from synth.analyst import LabelGroup, MergeLabels, MergeReply
from synth.domain import Finding, Kind, Refusal, Theme, distinct, fold_space
from synth.frameworks import Framework
from synth.refused import is_other_language
from synth.regroup import in_order, main_phase, theme_id

LARGEST = 300
"""Findings in one task: more than this no model keeps in view."""


def merge_tasks(
    findings: Sequence[Finding], words: Mapping[str, str], framework: Framework, language: str
) -> list[MergeLabels]:
    """One task a kind; where there are too many findings, those about the same thing stay in one task.

    Args:
        findings: of all participants.
        words: finding id to the words that it stands on.
        framework: goes into the task.
        language: in which themes are named.
    """
    tasks = []
    for kind in Kind:
        chosen = sorted((one for one in findings if one.kind is kind), key=_sort_key)
        parts = -(-len(chosen) // LARGEST)
        for part in range(parts):
            some = tuple(chosen[part * len(chosen) // parts : (part + 1) * len(chosen) // parts])
            said = tuple(words.get(one.id, "") for one in some)
            tasks.append(MergeLabels(kind, some, said, framework, language))
    return tasks


def build_themes(
    tasks: Sequence[MergeLabels], replies: Sequence[MergeReply | None]
) -> tuple[tuple[Theme, ...], tuple[Refusal, ...]]:
    """Themes from replies.

    Args:
        tasks: from `merge_tasks`.
        replies: parallel to `tasks`; None where nobody answered: its findings are themes by themselves.

    Returns:
        Themes by kind, those of most people first, and what was refused.
    """
    refusals: list[Refusal] = []
    groups: dict[tuple[Kind, str], list[Finding]] = {}
    labels: dict[tuple[Kind, str], str] = {}
    for task, reply in zip(tasks, replies, strict=True):
        for label, members in _checked_groups(task, reply, refusals):
            key = (task.kind, _plain(label))
            labels.setdefault(key, label)
            groups.setdefault(key, []).extend(members)
    themes = [_theme(kind, labels[kind, plain], members) for (kind, plain), members in groups.items()]
    return in_order(themes), tuple(refusals)


def keep_theme_labels(themes: Sequence[Theme], earlier: Sequence[Theme], language: str) -> tuple[Theme, ...]:
    """Themes under the labels of an earlier draft where they are much the same, so that what people did to one holds.

    Whoever names them names them anew each time. A theme takes the label of the one with which it shares most
    findings, more than half of the larger of the two; the closest pairs first. Labels of a draft in another language
    than this one are left behind.
    """
    if is_other_language(" ".join(one.label for one in earlier), language):
        return tuple(themes)
    place = {finding: number for number, theme in enumerate(themes) for finding in theme.finding_ids}
    pairs = []
    for number, before in enumerate(earlier):
        shared = Counter(place[finding] for finding in before.finding_ids if finding in place)
        pairs += [
            (-count, at, number)
            for at, count in shared.items()
            if len(before.finding_ids) > 1
            and 2 * count > max(len(before.finding_ids), len(themes[at].finding_ids))
            and themes[at].kind is before.kind
        ]
    kept = list(themes)
    taken = {theme.id for theme in themes}
    for _, at, number in sorted(pairs):
        label, own = earlier[number].label, themes[at]
        known_again = theme_id(own.kind, label)
        if kept[at] is own and known_again not in taken:
            kept[at] = replace(own, id=known_again, label=label)
            taken.add(known_again)
    return in_order(kept)


def _checked_groups(
    task: MergeLabels, reply: MergeReply | None, refusals: list[Refusal]
) -> list[tuple[str, list[Finding]]]:
    taken: set[int] = set()
    checked = []
    for group in reply.groups if reply is not None else ():
        members = _checked_members(task, group, taken, refusals)
        label = fold_space(group.label)
        if members and not label:
            refusals.append(_refusal(task, "A group has no label: it is named after its first finding."))
            label = members[0].label
        if members:
            checked.append((label, members))
    rest = [number for number in range(1, len(task.findings) + 1) if number not in taken]
    return checked + [(task.findings[number - 1].label, [task.findings[number - 1]]) for number in rest]


def _checked_members(task: MergeLabels, group: LabelGroup, taken: set[int], refusals: list[Refusal]) -> list[Finding]:
    members = []
    for number in dict.fromkeys(group.members):
        if not 1 <= number <= len(task.findings):
            refusals.append(_refusal(task, f"A group names finding {number}, there are {len(task.findings)}."))
        elif number in taken:
            refusals.append(_refusal(task, f"Finding {number} is in another group already."))
        else:
            taken.add(number)
            members.append(task.findings[number - 1])
    return members


def _refusal(task: MergeLabels, why: str) -> Refusal:
    return Refusal(f"{task.name}:{task.kind}", "theme", None, None, why)


def _theme(kind: Kind, label: str, members: Sequence[Finding]) -> Theme:
    return Theme(
        id=theme_id(kind, label),
        kind=kind,
        label=label,
        finding_ids=tuple(one.id for one in members),
        participant_ids=distinct([one.participant_id for one in members]),
        phase=main_phase(members),
    )


def _plain(label: str) -> str:
    return fold_space(label).casefold()


def _sort_key(finding: Finding) -> tuple[str, str, str]:
    return (finding.about, _plain(finding.label), finding.id)
