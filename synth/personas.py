"""Segments to personas: the task that asks for one, and what a reply becomes.

What can be counted is counted here and asked of nobody: the drivers and the channels with the people behind them, what
sets these people apart, the two readings of loyalty, and what nobody said. The rest comes from an analyst, through the
gate of `synth.claims`. The promise: every claim stands on findings of the persona's own people.

A persona's id hangs on the one participant who is most like all the others, so that it stays the same when somebody
joins or leaves. A claim's id does not hang on its findings; see `claim_id`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from synth.analyst import Decided, DraftPersona, Passage, PersonaReply
from synth.claims import Checked, Rules, check_claims, checked_numbers, plain_text
from synth.counted import count_channels, count_drivers, read_loyalty, tell_apart
from synth.domain import (
    DRAFTED_SECTIONS,
    PERSONA_SECTIONS,
    Claim,
    Finding,
    Origin,
    Persona,
    Quote,
    Refusal,
    Theme,
    Transcript,
    content_id,
    fold_space,
)
from synth.frameworks import Framework
from synth.phrases import join_words, say
from synth.quotes import can_lead, choose_quotes, is_bare
from synth.refused import is_other_language, name_fault
from synth.segments import Segment

MOST_PASSAGES = 400
"""Findings that one task holds; people take turns, so that nobody's are all left out."""
MOST_OTHERS = 400
MOST_QUOTES = 8
MOST_OWN_QUOTES = 5
"""Where the analyst chose none."""
QUESTIONS = ("information", "moment", "source", "choice", "action")
LOYALTY_KEYS = ("transactional", "emotional", "satisfaction", "attached", "recommend")
_THIN = 5
_SHORT = 42
"""A sentence of at most so many signs can be a name."""
_SECTION_ORDER = {section: place for place, section in enumerate(PERSONA_SECTIONS)}


def make_passages(
    findings: Sequence[Finding], transcripts: Mapping[str, Transcript] | Sequence[Transcript]
) -> tuple[Passage, ...]:
    """Findings with the words they stand on, by participant, then as they were said."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.evidence.transcript_id, []).append(finding)
    place: dict[str, int] = {}
    passages = []
    # One after the other: they may be read from a database as they are taken.
    for transcript in transcripts.values() if isinstance(transcripts, Mapping) else transcripts:
        place[transcript.id] = len(place)
        own = found.get(transcript.id, ())
        words = [fold_space(transcript.slice(f.evidence.first_line, f.evidence.last_line)[2]) for f in own]
        bare = is_bare(words)
        passages += [Passage(finding, said, bare=bare) for finding, said in zip(own, words, strict=True)]
    passages.sort(key=lambda one: (one.finding.participant_id, place[one.finding.evidence.transcript_id],
                                   one.finding.evidence.first_line, one.finding.evidence.last_line, one.finding.kind,
                                   one.finding.id))  # fmt: skip
    return tuple(passages)


def with_themes(passages: Sequence[Passage], themes: Sequence[Theme]) -> tuple[Passage, ...]:
    """The same, each with the label of its theme where that holds several findings."""
    labels = {finding: theme.label for theme in themes if len(theme.finding_ids) > 1 for finding in theme.finding_ids}
    return tuple(replace(one, theme=labels.get(one.finding.id, "")) for one in passages)


def persona_id(segment: Segment) -> str:
    """That of the persona that the segment was before; of a new one, made of who is most like all the others."""
    return segment.persona_id or content_id("persona", segment.medoid_id)


def keep_persona_ids(segments: Sequence[Segment], earlier: Sequence[Persona]) -> tuple[Segment, ...]:
    """Segments with the ids of the personas that an earlier draft made of the same people, so that decisions hold.

    A persona goes to the segment with which it shares most people, at least half of the smaller of the two; the closest
    pairs first.
    """
    shared = sorted(
        (
            (-len(both), place, number)
            for place, segment in enumerate(segments)
            for number, persona in enumerate(earlier)
            if 2 * len(both := set(segment.participant_ids) & set(persona.participant_ids))
            >= min(len(segment.participant_ids), len(persona.participant_ids))
        )
    )
    kept: dict[int, int] = {}
    for _, place, number in shared:
        if place not in kept and number not in kept.values():
            kept[place] = number
    taken = {earlier[number].id for number in kept.values()}
    result = []
    for place, segment in enumerate(segments):
        own = persona_id(segment)
        if place in kept:
            own = earlier[kept[place]].id
        elif own in taken:
            own = content_id("persona", segment.medoid_id, segment.participant_ids)
        result.append(replace(segment, persona_id=own))
    return tuple(result)


def persona_task(
    segment: Segment,
    passages: Sequence[Passage],
    *,
    participants_in_study: int,
    taken_names: Sequence[str],
    framework: Framework,
    subject: str,
    language: str,
    decided: Sequence[Decided] = (),
) -> DraftPersona:
    """Ask for the persona of a segment.

    Args:
        segment: whose persona it is.
        passages: of the whole study, from `make_passages`.
        participants_in_study: everybody, also who is in no segment.
        taken_names: of the personas before it.
        framework: goes into the task, as `subject` and `language`.
        decided: what people decided on sentences of this persona in earlier drafts.
    """
    people = set(segment.participant_ids)
    own = [one for one in passages if one.finding.participant_id in people]
    others = [one for one in passages if one.finding.participant_id not in people]
    return DraftPersona(
        passages=take_turns(own, MOST_PASSAGES),
        others=take_turns(others, MOST_OTHERS),
        participant_ids=segment.participant_ids,
        participants_in_study=participants_in_study,
        taken_names=tuple(taken_names),
        framework=framework,
        subject=subject,
        language=language,
        decided=tuple(decided),
    )


def build_persona(
    task: DraftPersona,
    reply: PersonaReply,
    segment: Segment,
    passages: Sequence[Passage],
    themes: Sequence[Theme] = (),
) -> tuple[Persona, tuple[Refusal, ...]]:
    """The persona that a reply becomes, with what is counted, and what was refused of the reply.

    Args:
        task: the one that was asked.
        reply: its answer; one without claims gives a persona of counted claims alone.
        segment: the one of the task.
        passages: of the whole study.
        themes: of the whole study, by which personas are told apart first.
    """
    rules = _rules(task, segment)
    checked = check_claims(reply.claims, task.passages, rules)
    people = frozenset(segment.participant_ids)
    own = [one.finding for one in passages if one.finding.participant_id in people]
    others = [one.finding for one in passages if one.finding.participant_id not in people]
    counted = [
        *count_drivers(rules.owner, own, task.framework, task.language),
        *count_channels(rules.owner, own, task.framework, task.language),
        *read_loyalty(rules.owner, own, task.framework, task.language, others),
        *tell_apart(rules.owner, own, others, task.framework, task.language, themes),
    ]
    persona = Persona(
        id=rules.owner,
        name=_name(reply, task, segment, rules, checked),
        participant_ids=segment.participant_ids,
        border_ids=segment.border_ids,
        stability=segment.stability,
        claims=_in_order(counted, checked.claims),
        quotes=_quotes(reply, task, rules, checked.refusals),
        unknowns=_unknowns(reply, segment, own, task, rules, checked.refusals),
    )
    return persona, tuple(checked.refusals)


def take_turns(passages: Sequence[Passage], most: int) -> tuple[Passage, ...]:
    """At most so many, in their order: the surest of each participant in turn, so that none is left out unheard."""
    if len(passages) <= most:
        return tuple(passages)
    of_person: dict[str, list[int]] = defaultdict(list)
    for index, passage in enumerate(passages):
        of_person[passage.finding.participant_id].append(index)
    for indexes in of_person.values():
        indexes.sort(key=lambda index: -(passages[index].finding.confidence or 0.0))
    turns = sorted(
        (turn, participant, index) for participant, indexes in of_person.items() for turn, index in enumerate(indexes)
    )
    return tuple(passages[index] for index in sorted(index for _, _, index in turns[:most]))


# --- Parts -------------------------------------------------------------------------------------------------------


def _rules(task: DraftPersona, segment: Segment) -> Rules:
    owner = persona_id(segment)
    keys = {
        "decide": frozenset(QUESTIONS),
        "loyalty": frozenset(LOYALTY_KEYS),
    }
    return Rules(
        owner=owner,
        task=f"{task.name}:{owner}",
        participant_ids=frozenset(segment.participant_ids),
        sections=DRAFTED_SECTIONS,
        keys=keys,
        phases=None,
        keyed=("decide",),
        counted=[one for one in PERSONA_SECTIONS if one not in DRAFTED_SECTIONS],
        language=task.language,
    )


def _in_order(counted: Sequence[Claim], drafted: Sequence[Claim]) -> tuple[Claim, ...]:
    """By section; what was counted comes before what was drafted, of that what most of them tell, and nothing twice."""
    claims: dict[str, Claim] = {}
    for claim in (*counted, *drafted):
        claims.setdefault(claim.id, claim)
    return tuple(sorted(claims.values(), key=_place))


def _place(claim: Claim) -> tuple[int, bool, int]:
    drafted = claim.origin is not Origin.COMPUTED
    return _SECTION_ORDER[claim.section], drafted, -len(claim.participant_ids) if drafted else 0


def _quotes(reply: PersonaReply, task: DraftPersona, rules: Rules, refusals: list[Refusal]) -> tuple[Quote, ...]:
    """The quotes that were chosen, then the program's own as far as people or halves of interviews are missing.

    Words that say nothing by themselves are not shown large, whoever chose them (`synth.quotes`).
    """
    known = {one.finding.id: one for one in task.passages}
    numbers = ([reply.hero] if reply.hero else []) + reply.quotes
    chosen = [known[one.id] for one in checked_numbers(numbers, task.passages, rules, "quote", refusals)]
    if reply.hero and chosen and not can_lead(chosen[0]):
        refusals.append(Refusal(rules.task, "quote", None, None, "These words do not say enough to be shown large."))
        chosen = [*sorted(chosen, key=lambda one: not can_lead(one))]
    found = choose_quotes(task.passages, chosen, MOST_QUOTES if chosen else MOST_OWN_QUOTES, task.language)
    return tuple(Quote(one.finding.id, one.finding.phase) for one in found)


def _name(reply: PersonaReply, task: DraftPersona, segment: Segment, rules: Rules, checked: Checked) -> str:
    """What it is called: as before where it is kept, else as drafted, else by what most of its people need."""
    if segment.name is not None:
        return segment.name
    drafted = fold_space(reply.name)
    fault = name_fault(drafted, task.language)
    if fault is None:
        return _free_name(drafted, task.taken_names)
    checked.refusals.append(Refusal(rules.task, "name", None, None, fault))
    essence = next((one.text for one in checked.claims if one.section == "essence" and len(one.text) <= _SHORT), None)
    return _free_name(essence or say(task.language, "draft.fallback_name"), task.taken_names)


def _free_name(name: str, taken: Sequence[str]) -> str:
    """The name, numbered where another persona has it already."""
    used = {plain_text(one) for one in taken}
    free, number = name, 1
    while plain_text(free) in used:
        number += 1
        free = f"{name} ({number})"
    return free


def is_unnamed(name: str) -> bool:
    """Whether nobody has named the persona: nothing that its people share was sure enough for a name."""
    fallbacks = [say(language, "draft.fallback_name") for language in ("en", "nl")]
    return any(name == fallback or name.startswith(f"{fallback} (") for fallback in fallbacks)


def _unknowns(
    reply: PersonaReply,
    segment: Segment,
    own: Sequence[Finding],
    task: DraftPersona,
    rules: Rules,
    refusals: list[Refusal],
) -> tuple[str, ...]:
    """What the analyst does not know, then what can be counted as missing."""
    language, framework = task.language, task.framework
    sentences = []
    for text in (fold_space(one) for one in reply.unknowns if one.strip()):
        if is_other_language(text, language):
            refusals.append(Refusal(rules.task, "unknown", None, None, "It is in another language than the draft."))
        else:
            sentences.append(text)
    people: dict[str | None, set[str]] = defaultdict(set)
    for finding in own:
        people[finding.phase].add(finding.participant_id)
    silent = [phase.name(language).lower() for phase in framework.phases if not people[phase.key]]
    single = [phase.name(language).lower() for phase in framework.phases if len(people[phase.key]) == 1]
    if silent:
        sentences.append(say(language, "unknown.phases", phases=join_words(language, silent)))
    if single and len(segment.participant_ids) > 2:
        sentences.append(say(language, "unknown.single", phases=join_words(language, single)))
    if len(segment.participant_ids) < _THIN:
        sentences.append(say(language, f"unknown.thin_{min(len(segment.participant_ids), 2)}",
                             people=len(segment.participant_ids)))  # fmt: skip
    return tuple(dict.fromkeys(sentences))
