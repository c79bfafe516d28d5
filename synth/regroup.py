"""Themes as people regrouped them: merges, splits and new names are decisions in the ledger, laid over the draft.

What an analyst put together is a proposal. A person merges themes, takes findings out of one, or gives one another
name; each can be undone, and a later draft is regrouped the same way as far as it still has those themes and findings.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from synth.domain import Finding, Kind, Theme, content_id, distinct, fold_space

if TYPE_CHECKING:
    from synth.review import Decision

THEME_ACTIONS = ("merge", "split", "edit")


@dataclass(frozen=True, slots=True)
class ThemeChange:
    """What a decision on a theme does."""

    theme_ids: tuple[str, ...] = ()
    """With a merge: all that become one, the one that stays first."""
    finding_ids: tuple[str, ...] = ()
    """With a split: those that leave."""
    label: str | None = None
    """The name of what comes of it; None where the name stays."""

    def as_text(self) -> str:
        """As the ledger keeps it, in `after`."""
        kept: dict[str, object] = {"themes": list(self.theme_ids), "findings": list(self.finding_ids)}
        return json.dumps({k: v for k, v in (kept | {"label": self.label}).items() if v}, ensure_ascii=False)


def theme_change(decision: Decision) -> ThemeChange | None:
    """What a stored decision does to themes; None where it is not about one, or its words were blanked since."""
    if decision.subject != "theme" or decision.action not in THEME_ACTIONS or not decision.after:
        return None
    try:
        read = json.loads(decision.after)
    except ValueError:
        return None
    if not isinstance(read, dict):
        return None
    label = read.get("label")
    return ThemeChange(
        tuple(map(str, read.get("themes", ()))),
        tuple(map(str, read.get("findings", ()))),
        str(label) if label else None,
    )


def standing_changes(decisions: Sequence[Decision]) -> list[Decision]:
    """Decisions on themes that were not undone, in the order in which they were taken.

    An undo takes back the last one that stands on the same theme.
    """
    standing: list[Decision] = []
    for decision in decisions:
        if decision.subject != "theme":
            continue
        if decision.action == "undo":
            mine = [at for at, one in enumerate(standing) if one.subject_id == decision.subject_id]
            if mine:
                del standing[mine[-1]]
        elif decision.action in THEME_ACTIONS:
            standing.append(decision)
    return standing


def regroup_themes(
    themes: Sequence[Theme], decisions: Sequence[Decision], findings: Sequence[Finding]
) -> tuple[Theme, ...]:
    """Themes with the decisions that stand laid over them; every finding stays in exactly one.

    Args:
        themes: as drafted.
        decisions: all of the study, in order.
        findings: those that themes may name.
    """
    changes = [(one, change) for one in standing_changes(decisions) if (change := theme_change(one)) is not None]
    if not changes:
        return tuple(themes)
    known = {finding.id: finding for finding in findings}
    groups = {theme.id: theme for theme in themes}
    for decision, change in changes:
        if decision.action == "merge":
            _merge(groups, decision.subject_id, change, known)
        elif decision.action == "split":
            _split(groups, change, known)
        elif decision.subject_id in groups and change.label:
            groups[decision.subject_id] = replace(groups[decision.subject_id], label=change.label)
    return in_order(groups.values())


def _merge(groups: dict[str, Theme], into: str, change: ThemeChange, known: Mapping[str, Finding]) -> None:
    there = [groups[one] for one in change.theme_ids if one in groups]
    there = [one for one in there if one.kind is there[0].kind]
    if not there:
        return
    ids = tuple(dict.fromkeys(finding for theme in there for finding in theme.finding_ids))
    for theme in there:
        del groups[theme.id]
    groups[into] = _counted(replace(there[0], id=into, label=change.label or there[0].label), ids, known)


def _split(groups: dict[str, Theme], change: ThemeChange, known: Mapping[str, Finding]) -> None:
    leaving = set(change.finding_ids)
    by_kind: dict[Kind, list[str]] = {}
    for theme in list(groups.values()):
        gone = [one for one in theme.finding_ids if one in leaving]
        if not gone:
            continue
        by_kind.setdefault(theme.kind, []).extend(gone)
        left = tuple(one for one in theme.finding_ids if one not in leaving)
        if left:
            groups[theme.id] = _counted(theme, left, known)
        else:
            del groups[theme.id]
    for kind, ids in by_kind.items():
        label = change.label or (known[ids[0]].label if ids[0] in known else "")
        new = theme_id(kind, label)
        before = groups[new].finding_ids if new in groups else ()
        groups[new] = _counted(Theme(new, kind, label, (), ()), (*before, *ids), known)


def theme_id(kind: Kind, label: str) -> str:
    """The id of the theme of this name: of kind and name alone, so that it stays when findings join."""
    return content_id("theme", kind, fold_space(label).casefold())


def in_order(themes: Iterable[Theme]) -> tuple[Theme, ...]:
    """By kind, those of most people first."""
    kinds = list(Kind)
    return tuple(
        sorted(
            themes,
            key=lambda one: (kinds.index(one.kind), -len(one.participant_ids), -len(one.finding_ids), one.label),
        )
    )


def main_phase(findings: Sequence[Finding]) -> str | None:
    """The phase that most of them are in; None where none has one."""
    phases = Counter(one.phase for one in findings if one.phase)
    return min(phases, key=lambda phase: (-phases[phase], phase)) if phases else None


def _counted(theme: Theme, ids: tuple[str, ...], known: Mapping[str, Finding]) -> Theme:
    members = [known[one] for one in ids if one in known]
    return replace(
        theme,
        finding_ids=ids,
        participant_ids=distinct([one.participant_id for one in members]),
        phase=main_phase(members),
    )
