"""The report as one value: what the templates are given, in the order in which a reader meets it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from synth.built_in import is_built_in
from synth.coverage import cited_share
from synth.domain import Kind, Persona, Refusal
from synth.export.appendix import (
    FindingView,
    InterviewView,
    PersonView,
    ThemeGroup,
    build_findings,
    build_interviews,
    build_people,
    build_themes,
)
from synth.export.claims import Anchors, ClaimWriter, Link
from synth.export.grid import MapView, build_map
from synth.export.interface import Interface
from synth.export.sheet import SheetView, build_sheet
from synth.export.trust import TrustView, build_trust
from synth.results import Results, State

_KINDS = tuple(kind.value for kind in Kind)
_PROPERTIES = ("phase", "driver", "channel", "from_channel", "mark", "code")
"""Kinds of refusals that cost a finding no more than one property; see `synth.extract`."""


@dataclass(frozen=True, slots=True)
class RefusalGroup:
    """Proposals that were refused for the same reason."""

    why: str
    count: int
    kinds: str
    """'3 emotion, 1 touchpoint (the built-in reader)'."""


@dataclass(frozen=True, slots=True)
class RejectedView:
    """A claim that people rejected: listed, and nowhere else."""

    persona: str
    text: str


@dataclass(frozen=True, slots=True)
class ReportPage:
    """Everything that the report's templates use."""

    results: Results
    words: Interface
    title: str
    built_in: bool
    """Whether the built-in reader coded the interviews."""
    reader: str
    drafted: str
    versions: str
    sheets: tuple[SheetView, ...]
    maps: dict[str, MapView]
    """By persona id."""
    people: tuple[PersonView, ...]
    unassigned: tuple[PersonView, ...]
    findings: dict[str, tuple[FindingView, ...]]
    """By kind, in the order in which they were said."""
    finding_count: int
    interviews: tuple[InterviewView, ...]
    themes: tuple[ThemeGroup, ...]
    refusals: tuple[RefusalGroup, ...]
    """Proposals that stood on no evidence and were refused, by reason."""
    set_aside: tuple[RefusalGroup, ...]
    """Single properties of findings that were set aside; the findings stay."""
    drafting: tuple[RefusalGroup, ...]
    """What was refused or repaired of sentences, quotes and themes."""
    refused: int
    rejected: tuple[RejectedView, ...]
    decided: int
    claims: int
    states: dict[str, int]
    show_states: bool
    """Whether anybody has decided anything: before that, every mark would be the same."""
    share: float | None
    uncited_turns: int
    unplaced: int
    words_spoken: int
    per_person: int
    """Passages of one person that are shown in place under a claim."""
    trust: TrustView
    shortened: bool
    """Whether any claim has more passages than are shown in place."""


def build_page(results: Results) -> ReportPage:
    """The report of a study."""
    results = _told_apart(results)
    words, anchors = Interface(results.language), Anchors()
    writer = ClaimWriter(results, words, anchors)
    places = {persona.id: (f"persona-{n}", f"map-{n}") for n, persona in enumerate(results.draft.personas, start=1)}
    sheets, maps = _personas(results, places, writer)
    findings = build_findings(writer, anchors)
    interviews = build_interviews(writer, findings)
    links = {sheet.persona.id: Link(sheet.persona.name, f"#{sheet.anchor}") for sheet in sheets}
    people = build_people(results, links, interviews)
    claims = results.draft.claims()
    states = Counter(str(results.state(claim.id)) for claim in claims)
    decided = len(claims) - states[State.PROPOSED]
    lost = [refusal for refusal in results.refusals if refusal.kind in _KINDS]
    aside = [refusal for refusal in results.refusals if refusal.kind in _PROPERTIES]
    drafting = [refusal for refusal in results.refusals if refusal.kind not in (*_KINDS, *_PROPERTIES)]
    built_in = is_built_in(results.provenance.model)
    return ReportPage(
        results=results,
        words=words,
        title=results.study,
        built_in=built_in,
        reader=words("reader.built_in") if built_in else results.provenance.model,
        drafted=words.date(results.provenance.drafted_utc),
        versions=_versions(results.provenance.prompt_versions),
        sheets=tuple(sheets),
        maps=maps,
        people=tuple(people),
        unassigned=tuple(person for person in people if person.persona is None),
        findings={kind.value: tuple(v for v in findings.values() if v.finding.kind is kind) for kind in Kind},
        finding_count=len(findings),
        interviews=tuple(interviews),
        themes=tuple(build_themes(results, writer, findings, anchors)),
        refusals=tuple(group_refusals(lost, words)),
        set_aside=tuple(group_refusals(aside, words)),
        drafting=tuple(group_refusals(drafting, words)),
        refused=len(lost),
        rejected=tuple(_rejected(results)),
        decided=decided,
        claims=len(claims),
        states=dict(states),
        show_states=decided > 0,
        share=cited_share(results.coverage),
        uncited_turns=sum(len(one.uncited_turns) for one in results.coverage),
        unplaced=sum(finding.phase is None for finding in results.findings),
        words_spoken=sum(view.words for view in interviews),
        per_person=writer.per_person,
        trust=build_trust(
            results, words, links, {v.transcript.id: Link(v.transcript.name, f"#{v.anchor}") for v in interviews},
            writer.places,
        ),
        shortened=_shortened(sheets, maps),
    )  # fmt: skip


def _told_apart(results: Results) -> Results:
    """The study with the wave behind the names of interviews that are called alike."""
    times = Counter(one.name for one in results.transcripts)
    named = (
        replace(one, name=f"{one.name} ({one.wave})") if one.wave and times[one.name] > 1 else one
        for one in results.transcripts
    )
    return replace(results, transcripts=tuple(named))


def _versions(of_tasks: Mapping[str, str]) -> str:
    """'critic, draft_map 5ad2; code_chunk 91c0': tasks of one version together."""
    tasks: dict[str, list[str]] = {}
    for task, version in sorted(of_tasks.items()):
        tasks.setdefault(version, []).append(task)
    return "; ".join(f"{', '.join(named)} {version}" for version, named in tasks.items())


def group_refusals(refusals: Sequence[Refusal], words: Interface) -> list[RefusalGroup]:
    """By reason, the commonest first; reasons that differ in a number alone are one."""
    groups: dict[str, Counter[str]] = {}
    models: dict[str, Counter[str]] = {}
    for refusal in refusals:
        why = re.sub(r"\d+", "\N{HORIZONTAL ELLIPSIS}", refusal.why)
        groups.setdefault(why, Counter())[refusal.kind] += 1
        models.setdefault(why, Counter())[refusal.model or ""] += 1
    rows = [
        RefusalGroup(
            words.told(why),
            kinds.total(),
            ", ".join(f"{n} {_kind_words(kind, words)}" for kind, n in sorted(kinds.items()))
            + _by_whom(models[why], words),
        )
        for why, kinds in groups.items()
    ]
    return sorted(rows, key=lambda row: (-row.count, row.why))


def _by_whom(models: Counter[str], words: Interface) -> str:
    """' (the built-in reader)', or with several ' (the built-in reader 3, other 1)'."""
    named = [
        (words("reader.built_in") if is_built_in(model) else model, count)
        for model, count in sorted(models.items())
        if model
    ]
    if not named:
        return ""
    return f" ({', '.join(model if len(models) == 1 else f'{model} {count}' for model, count in named)})"


def _kind_words(kind: str, words: Interface) -> str:
    for group in ("refused_kind", "lane", "section"):
        if words.has(f"{group}.{kind}"):
            return words(f"{group}.{kind}").lower()
    return kind


def _personas(
    results: Results, places: dict[str, tuple[str, str]], writer: ClaimWriter
) -> tuple[list[SheetView], dict[str, MapView]]:
    journeys = {journey.persona_id: journey for journey in results.draft.maps}
    sheets: list[SheetView] = []
    maps: dict[str, MapView] = {}
    for place, persona in enumerate(results.draft.personas, start=1):
        journey = journeys.get(persona.id)
        sheets.append(build_sheet(persona, place, journey, places[persona.id], writer))
        if journey:
            maps[persona.id] = build_map(journey, persona, place, places[persona.id], writer)
    return sheets, maps


def _rejected(results: Results) -> list[RejectedView]:
    names: dict[str, Persona] = {persona.id: persona for persona in results.draft.personas}
    rows = [(persona.name, claim) for persona in names.values() for claim in persona.claims]
    rows += [
        (names[journey.persona_id].name if journey.persona_id in names else "", claim)
        for journey in results.draft.maps
        for column in journey.phases
        for claim in column.claims
    ]
    return [RejectedView(name, claim.text) for name, claim in rows if results.state(claim.id) is State.REJECTED]


def _shortened(sheets: Sequence[SheetView], maps: dict[str, MapView]) -> bool:
    of_sheets = [view for sheet in sheets for views in sheet.sections.values() for view in views]
    of_maps = [v for one in maps.values() for column in one.columns for views in column.lanes.values() for v in views]
    return any(view.pro.more or view.against.more for view in (*of_sheets, *of_maps))
