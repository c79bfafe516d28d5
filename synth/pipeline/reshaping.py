"""Other groups of people: merging, splitting and renaming personas, moving a person, with the maps that follow.

What is counted is counted anew from the findings of the people who are there now; sentences that somebody drafted stay
where their people went, with the evidence of those people. The result is a new draft, so the one before stays as it
was, and the ledger says who did it and why. The promises: every claim keeps its id, so decisions stand; a decided claim
is never changed by this; and a later run starts from these personas, not from those before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from synth.analyst import MapReply, Passage, PersonaReply
from synth.domain import (
    Claim,
    Draft,
    Finding,
    JourneyMap,
    Origin,
    Persona,
    PhaseColumn,
    Quote,
    Theme,
    content_id,
    distinct,
    fold_space,
)
from synth.errors import InputError, NotFoundError, SynthError
from synth.frameworks import Framework
from synth.journeys import MOST_QUOTES, build_map, map_task, title_of_map
from synth.personas import build_persona, make_passages, persona_task
from synth.pipeline.loading import study_framework
from synth.review import Decision
from synth.segments import Segment
from synth.store import Store, Study
from synth.store.base import now_utc
from synth.store.drafts import RESHAPED, StoredDraft

_MARKS = ("peak", "low", "end")
"""Keys of moments that name a phase of the map."""


class DraftChangedError(SynthError):
    """Another draft came since the page was loaded; nothing was stored."""

    def __init__(self) -> None:
        super().__init__("Another draft came since this was seen. Nothing was changed; load the page again.")


@dataclass(frozen=True, slots=True)
class _Group:
    """Who is to be one persona, and what it takes over."""

    persona_id: str
    name: str
    people: tuple[str, ...]
    sources: tuple[Persona, ...]
    """Personas whose drafted sentences it takes over, the first one's first."""


def merge_personas(
    store: Store, study: Study, persona_id: str, other_id: str, *, by_whom: str, seen_draft: str, why: str = ""
) -> str:
    """Make one persona of two; the first keeps its id and name.

    Returns:
        The id of the persona.

    Raises:
        NotFoundError: there is no such persona.
        DraftChangedError: another draft came since.
    """

    def plan(draft: Draft) -> tuple[list[_Group], set[str], Decision]:
        first, second = _persona(draft, persona_id), _persona(draft, other_id)
        if first.id == second.id:
            raise InputError("A persona cannot be merged with itself. Choose another one.")
        people = distinct([*first.participant_ids, *second.participant_ids])
        decision = Decision(seen_draft, "persona", first.id, "merge", by_whom, f"{first.name} + {second.name}",
                            first.name, why)  # fmt: skip
        return [_Group(first.id, first.name, people, (first, second))], {second.id}, decision

    _reshape(store, study, seen_draft, plan)
    return persona_id


def split_persona(
    store: Store, study: Study, persona_id: str, people: Sequence[str], name: str, *, by_whom: str, seen_draft: str,
    why: str = "",
) -> str:  # fmt: skip
    """Take people out of a persona and make another one of them.

    Returns:
        The id of the new persona.

    Raises:
        NotFoundError: there is no such persona.
        InputError: nobody would leave, nobody would stay, or the name is empty or that of another persona.
        DraftChangedError: another draft came since.
    """
    made = content_id("persona", "split", persona_id, sorted(people), seen_draft)

    def plan(draft: Draft) -> tuple[list[_Group], set[str], Decision]:
        old = _persona(draft, persona_id)
        leaving = distinct([one for one in people if one in old.participant_ids])
        staying = distinct([one for one in old.participant_ids if one not in leaving])
        if not leaving or not staying:
            raise InputError("Choose at least one person who leaves, and leave at least one.")
        new_name = _own_name(draft, name)
        groups = [
            _Group(old.id, old.name, staying, (old,)),
            _Group(made, new_name, leaving, (old,)),
        ]
        after = f"{old.name} ({len(staying)}) + {new_name} ({len(leaving)})"
        return groups, set(), Decision(seen_draft, "persona", old.id, "split", by_whom, old.name, after, why)

    _reshape(store, study, seen_draft, plan)
    return made


def assign_person(
    store: Store, study: Study, participant_id: str, persona_id: str, *, by_whom: str, seen_draft: str, why: str = ""
) -> None:
    """Move a person to a persona; the map of the one that they leave follows too.

    Raises:
        NotFoundError: there is no such persona or person.
        InputError: they are there already, or were the last of theirs.
        DraftChangedError: another draft came since.
    """

    def plan(draft: Draft) -> tuple[list[_Group], set[str], Decision]:
        target = _persona(draft, persona_id)
        source = next((one for one in draft.personas if participant_id in one.participant_ids), None)
        if source is None and all(one.id != participant_id for one in store.participants(study)):
            raise NotFoundError("The study has nobody of this id.")
        if source is not None and source.id == target.id:
            raise InputError("This person is in this persona already.")
        if source is not None and len(source.participant_ids) == 1:
            raise InputError("This is the last person of their persona. Merge the two personas instead.")
        groups = [_Group(target.id, target.name, distinct([*target.participant_ids, participant_id]), (target,))]
        if source is not None:
            rest = distinct([one for one in source.participant_ids if one != participant_id])
            groups.append(_Group(source.id, source.name, rest, (source,)))
        before = source.id if source is not None else None
        decision = Decision(seen_draft, "participant", participant_id, "assign", by_whom, before, target.id, why)
        return groups, set(), decision

    _reshape(store, study, seen_draft, plan)


def rename_persona(
    store: Store, study: Study, persona_id: str, name: str, *, by_whom: str, seen_draft: str, why: str = ""
) -> None:
    """Call a persona otherwise; its map goes by the new name where it went by the old one.

    Raises:
        NotFoundError: there is no such persona.
        InputError: the name is empty, or that of another persona.
        DraftChangedError: another draft came since.
    """
    with store.write():
        stored = _seen(store, study, seen_draft)
        old, draft = _persona(stored.draft, persona_id), stored.draft
        new = _own_name(draft, name, persona_id)
        personas = tuple(replace(one, name=new) if one.id == persona_id else one for one in draft.personas)
        titles = {title_of_map(study.language, old.name): title_of_map(study.language, new), old.name: new}
        maps = tuple(
            replace(one, title=titles.get(one.title, one.title)) if one.persona_id == persona_id else one
            for one in draft.maps
        )
        decision = Decision(seen_draft, "persona", persona_id, "edit", by_whom, old.name, new, why)
        _put(store, study, stored, replace(draft, personas=personas, maps=maps), decision)


def base_key(inputs_key: str) -> str | None:
    """The key of the draft that people reshaped into this one; None where nobody did."""
    return inputs_key.removeprefix(RESHAPED).partition(":")[0] if inputs_key.startswith(RESHAPED) else None


# --- How -------------------------------------------------------------------------------------------------------------

_Plan = Callable[[Draft], tuple[list[_Group], set[str], Decision]]


def _reshape(store: Store, study: Study, seen_draft: str, plan: _Plan) -> None:
    with store.write():
        stored = _seen(store, study, seen_draft)
        groups, gone, decision = plan(stored.draft)
        _put(store, study, stored, _draft(store, study, stored, groups, gone), decision)


def _seen(store: Store, study: Study, seen_draft: str) -> StoredDraft:
    stored = store.last_draft(study)
    if stored is None or stored.id != seen_draft:
        raise DraftChangedError
    return stored


def _put(store: Store, study: Study, stored: StoredDraft, draft: Draft, decision: Decision) -> None:
    number = store.decide(study, decision)
    key = f"{RESHAPED}{base_key(stored.inputs_key) or stored.inputs_key}:{number}"
    store.put_draft(study, key, draft, replace(stored.provenance, drafted_utc=now_utc()))


def _draft(store: Store, study: Study, stored: StoredDraft, groups: Sequence[_Group], gone: set[str]) -> Draft:
    old, framework = stored.draft, study_framework(study)
    passages = _passages(store, study, {person for group in groups for person in group.people})
    touched = {group.persona_id for group in groups} | gone
    taken = {claim.id for persona in old.personas if persona.id not in touched for claim in persona.claims}
    maps = {journey.persona_id: journey for journey in old.maps}
    made: dict[str, tuple[Persona, JourneyMap]] = {}
    for group in groups:
        persona = _remake(group, passages, old.themes, framework, study, taken)
        journey = _redraw(group, persona, maps, passages, framework, study, taken)
        made[persona.id] = (persona, journey)
    kept = [one for one in old.personas if one.id not in gone]
    personas = [made[one.id][0] if one.id in made else one for one in kept]
    personas += [persona for key, (persona, _) in made.items() if all(one.id != key for one in kept)]
    drawn = {journey.persona_id: journey for _, journey in made.values()}
    placed = {person for one in personas for person in one.participant_ids}
    return replace(
        old,
        personas=tuple(personas),
        maps=tuple(drawn.get(one.id) or maps[one.id] for one in personas if one.id in drawn or one.id in maps),
        # Everybody of the personas before is in one of these: nobody is put out.
        unassigned=tuple(one for one in old.unassigned if one.participant_id not in placed),
    )


def _remake(
    group: _Group, passages: Sequence[Passage], themes: Sequence[Theme], framework: Framework, study: Study,
    taken: set[str],
) -> Persona:  # fmt: skip
    """A persona with what is counted of these people, and the sentences that are still theirs."""
    first = group.sources[0]
    people = frozenset(group.people)
    borders = tuple(one for source in group.sources for one in source.border_ids if one in people)
    segment = Segment(group.people, group.people[0], borders, None, group.persona_id, group.name)
    task = persona_task(
        segment, passages, participants_in_study=len({one.finding.participant_id for one in passages}), taken_names=(),
        framework=framework, subject=study.subject, language=study.language,
    )  # fmt: skip
    # Not its name: that is the segment's, and people may give a longer one than a reply can hold.
    bare = PersonaReply(name=group.persona_id, claims=[], hero=0, quotes=[], unknowns=[])
    counted, _ = build_persona(task, bare, segment, passages, themes)
    own = _own(passages, people)
    sections = [claim.section for claim in counted.claims]
    carried = _carry((claim for source in group.sources for claim in source.claims), own, group.persona_id, taken,
                     {claim.id for claim in counted.claims})  # fmt: skip
    taken |= {claim.id for claim in counted.claims}
    order = {section: place for place, section in enumerate(dict.fromkeys([*(c.section for c in first.claims),
                                                                           *sections]))}  # fmt: skip
    claims = sorted([*counted.claims, *carried], key=lambda claim: order.get(claim.section, len(order)))
    quotes = [quote for source in group.sources for quote in source.quotes if quote.finding_id in own]
    return replace(
        counted,
        name=group.name,
        claims=tuple(claims),
        quotes=tuple(quotes) or counted.quotes,
    )


def _redraw(
    group: _Group, persona: Persona, maps: dict[str, JourneyMap], passages: Sequence[Passage], framework: Framework,
    study: Study, taken: set[str],
) -> JourneyMap:  # fmt: skip
    """The map of these people: counted columns, and the sentences that are still theirs."""
    before = [maps[source.id] for source in group.sources if source.id in maps]
    task = map_task(persona, passages, framework=framework, subject=study.subject, language=study.language)
    kept = before and before[0].persona_id == persona.id
    title = before[0].title if kept else title_of_map(study.language, persona.name)
    wave = before[0].wave if before else None
    reply = MapReply(claims=[], quotes=[], reading="")
    journey, _ = build_map(task, reply, persona, passages, wave=wave)
    own = _own(passages, frozenset(group.people))
    columns = []
    for column in journey.phases:
        olds = [one for drawn in before for one in drawn.phases if one.phase == column.phase]
        columns.append(_column(column, olds, own, journey, taken))
    return replace(journey, title=title, phases=tuple(columns))


def _column(
    column: PhaseColumn, olds: Sequence[PhaseColumn], own: dict[str, Finding], journey: JourneyMap, taken: set[str]
) -> PhaseColumn:
    counted = {claim.id for claim in column.claims}
    carried = [
        _fitting(claim, journey)
        for claim in _carry((claim for old in olds for claim in old.claims), own,
                            f"{journey.id}:{column.phase}", taken, counted)
        if claim.section != "question" or len(claim.participant_ids) > 1
    ]  # fmt: skip
    taken |= counted
    plans = {claim_id: plan for old in olds for claim_id, plan in old.plans.items()}
    quotes = [Quote(one.finding_id, column.phase) for old in olds for one in old.quotes if one.finding_id in own]
    return replace(
        column,
        claims=(*carried, *column.claims),
        quotes=tuple(quotes[:MOST_QUOTES]) or column.quotes,
        plans={claim.id: plans[claim.id] for claim in carried if claim.id in plans},
    )


def _fitting(claim: Claim, journey: JourneyMap) -> Claim:
    """Without the mark of peak, low or end where that lies elsewhere now."""
    if claim.section != "moment" or claim.key not in _MARKS or getattr(journey, claim.key) == claim.phase:
        return claim
    return replace(claim, key=None)


def _carry(
    claims: Iterable[Claim], own: dict[str, Finding], owner: str, taken: set[str], counted: set[str]
) -> list[Claim]:
    """Drafted sentences that stand on findings of these people, with that evidence; ids stay, none stands twice."""
    found: list[Claim] = []
    said: set[tuple[str, str]] = set()
    for claim in claims:
        if claim.origin is Origin.COMPUTED or claim.id in counted:
            continue
        pro = tuple(one for one in claim.finding_ids if one in own)
        # Evidence against a claim may come from anybody; only whose persona it is has changed.
        key = (claim.section, fold_space(claim.text).casefold())
        if not pro or key in said:
            continue
        said.add(key)
        claim_id = claim.id if claim.id not in taken else content_id(claim.id, owner)
        taken.add(claim_id)
        people = distinct([own[one].participant_id for one in pro])
        found.append(replace(claim, id=claim_id, finding_ids=pro, participant_ids=people))
    return found


def _own(passages: Sequence[Passage], people: frozenset[str]) -> dict[str, Finding]:
    return {one.finding.id: one.finding for one in passages if one.finding.participant_id in people}


def _passages(store: Store, study: Study, people: set[str]) -> tuple[Passage, ...]:
    """All findings; those of the people concerned with their words, the others for comparison alone."""
    findings = store.findings(study, rejected=False)
    own = [one for one in findings if one.participant_id in people]
    wanted = list(dict.fromkeys(one.evidence.transcript_id for one in own))
    worded = make_passages(own, store.transcripts_by_id(study, wanted))
    return (*worded, *(Passage(one, "") for one in findings if one.participant_id not in people))


def _own_name(draft: Draft, name: str, persona_id: str = "") -> str:
    """A name by which this persona, or a new one, is told from the others."""
    own = fold_space(name)
    if not own:
        raise InputError("Give the persona a name: what these people need, in a few words.")
    if any(one.name.casefold() == own.casefold() for one in draft.personas if one.id != persona_id):
        raise InputError("Another persona has this name. Choose one that tells them apart.")
    return own


def _persona(draft: Draft, persona_id: str) -> Persona:
    found = next((one for one in draft.personas if one.id == persona_id), None)
    if found is None:
        raise NotFoundError("The newest draft has no persona with this id. Load the page again.")
    return found
