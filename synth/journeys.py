"""Personas to journey maps: the task that asks for one, and what a reply becomes.

The columns of a map are counted: who speaks about a phase, how each of them felt there, by which channels, in which
order. The cells are claims from an analyst, through the gate of `synth.claims`. The promise: a feeling is a mean over
people and not over moments, a phase of which nobody said how it felt has none, and what fits no phase is listed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from statistics import mean, quantiles

from synth.analyst import Decided, DraftMap, MapReply, Passage
from synth.claims import Rules, check_claims, checked_numbers, claim_id
from synth.domain import (
    DRAFTED_LANES,
    MAP_LANES,
    Claim,
    Emotion,
    Feeling,
    Finding,
    JourneyMap,
    Persona,
    PhaseColumn,
    Quote,
    Refusal,
    Touchpoint,
    content_id,
    distinct,
    fold_space,
)
from synth.frameworks import Framework
from synth.paths import channel_switches, phase_path, story_entries, story_of
from synth.personas import MOST_PASSAGES, take_turns
from synth.phrases import say
from synth.plan import ANSWERS, moment_of, plan_idea, wow_claims
from synth.refused import kinds_of_people

FRICTIONS = ("unclear step", "returning question", "missing information", "channels disagree", "context lost")
MOMENTS = ("peak", "low", "end")
PEOPLE_FOR_EXTREMES = 3
PEOPLE_FOR_SPREAD = 5
PEOPLE_FOR_RECURRING = 2
MOST_QUOTES = 2
"""In one phase."""
_MOST_TITLE = 80
"""As many signs as `MapReply` takes."""
_LEVEL = 0.25
"""An ending nearer to zero than this is neither good nor bad."""


def map_id(persona: Persona) -> str:
    """One map a persona."""
    return content_id("map", persona.id)


def title_of_map(language: str, persona_name: str) -> str:
    """What the map of a persona is called where nobody called it otherwise."""
    title = say(language, "draft.map_title", name=persona_name)
    if len(title) <= _MOST_TITLE:
        return title
    room = _MOST_TITLE - (len(title) - len(persona_name)) - 1
    return say(language, "draft.map_title", name=f"{persona_name[:room].rpartition(' ')[0] or persona_name[:room]}…")


def map_task(
    persona: Persona,
    passages: Sequence[Passage],
    *,
    framework: Framework,
    subject: str,
    language: str,
    decided: Sequence[Decided] = (),
) -> DraftMap:
    """Ask for the map of a persona.

    Args:
        persona: whose map it is.
        passages: of the whole study, from `make_passages`.
        framework: goes into the task, as `subject` and `language`.
        decided: what people decided on sentences of this map in earlier drafts.
    """
    people = set(persona.participant_ids)
    own = [one for one in passages if one.finding.participant_id in people]
    columns = feelings_by_phase([one.finding for one in own], framework)
    return DraftMap(
        passages=take_turns(own, MOST_PASSAGES),
        persona_name=persona.name,
        participant_ids=persona.participant_ids,
        means=tuple((phase, _mean(felt), len(felt)) for phase, felt in columns.items()),
        framework=framework,
        subject=subject,
        language=language,
        decided=tuple(decided),
    )


def build_map(
    task: DraftMap, reply: MapReply, persona: Persona, passages: Sequence[Passage], *, wave: str | None
) -> tuple[JourneyMap, tuple[Refusal, ...]]:
    """The map that a reply becomes, with what is counted, and what was refused of the reply.

    Args:
        task: the one that was asked.
        reply: its answer; one without claims gives a map of counted columns alone.
        persona: whose map it is.
        passages: of the whole study.
        wave: when the interviews were taken.
    """
    framework, people = task.framework, frozenset(persona.participant_ids)
    rules = Rules(
        owner=map_id(persona),
        task=f"{task.name}:{persona.id}",
        participant_ids=people,
        sections=DRAFTED_LANES,
        language=task.language,
        audience=cache(
            lambda: kinds_of_people(((p.finding.participant_id, p.words, p.finding.language) for p in passages), people)
        ),
        keys={
            "touchpoint": frozenset(channel.key for channel in framework.channels),
            "friction": frozenset(FRICTIONS),
            "moment": frozenset(MOMENTS),
            "idea": frozenset(ANSWERS),
        },
        phases=framework.phase_keys,
    )
    checked = check_claims(reply.claims, task.passages, rules)
    quoted = checked_numbers(reply.quotes, task.passages, rules, "quote", checked.refusals)
    own = [one.finding for one in passages if one.finding.participant_id in people]
    felt = feelings_by_phase(own, framework)
    peak, low, end = _extremes(felt)
    claims = [_without_wrong_mark(claim, {"peak": peak, "low": low, "end": end}, rules, checked.refusals)
              for claim in _recurring(checked.claims, rules, checked.refusals)]  # fmt: skip
    claims += wow_claims(rules.owner, felt, own, len(people), framework, task.language)
    words = {one.finding.id: one for one in passages}
    telling = [one.id for one in own]
    stories = {one: story_of([f for f in own if f.participant_id == one], telling) for one in persona.participant_ids}
    journey = JourneyMap(
        id=rules.owner,
        persona_id=persona.id,
        title=fold_space(reply.title) or persona.name,
        framework=framework.key,
        wave=wave,
        phases=tuple(
            _planned(_column(phase, own, felt[phase], claims, quoted, framework), words, framework, task.language)
            for phase in framework.phase_keys
        ),
        path=phase_path(stories, framework.phase_keys),
        switches=channel_switches(stories, framework.phase_keys),
        peak=peak,
        low=low,
        end=end,
        reading=" ".join(
            [
                fold_space(reply.reading) or peak_end_reading(task.means, framework, task.language),
                *strongest_moments(own, {"peak": peak, "low": low}, framework, task.language),
            ]
        ),
        unplaced_finding_ids=tuple(one.id for one in own if one.phase not in framework.phase_keys),
        entries=story_entries(stories, framework.phase_keys),
    )
    return journey, tuple(checked.refusals)


def peak_end_reading(means: Sequence[tuple[str, float | None, int]], framework: Framework, language: str) -> str:
    """What highest point, lowest point and ending say of the whole (method.md 7.2), in one sentence."""
    known = [(phase, value, people) for phase, value, people in means if value is not None]
    if not known:
        return say(language, "reading.none")
    peak, low, end = find_marks(known)
    if not any(people >= PEOPLE_FOR_EXTREMES for _, _, people in known):
        return say(language, "reading.thin")
    ending = next(value for phase, value, _ in known if phase == end)
    names = {
        what: framework.phase(phase).name(language).lower()
        for what, phase in (("peak", peak), ("low", low), ("end", end))
        if phase
    }
    if end in (peak, low):
        last, other = ("best_last", "low") if end == peak else ("worst_last", "peak")
        form = f"reading.{other}_{last}" if other in names else f"reading.{last}"
        return say(language, form, **names)
    form = "_".join(what for what in ("peak", "low") if what in names)
    word = say(
        language, "reading.good" if ending >= _LEVEL else "reading.bad" if ending <= -_LEVEL else "reading.level"
    )
    return say(language, f"reading.{form}_end" if form else "reading.flat", end_word=word, **names)


def strongest_moments(
    own: Sequence[Finding], marks: Mapping[str, str | None], framework: Framework, language: str
) -> list[str]:
    """Where most people had their own best or worst moment, as sentences, where the mark on the curve lies elsewhere.

    A mean cancels out the highs and lows of one phase, and knows nothing of how strong they were; so the curve is best
    where nothing went wrong, and that need not be what they remember.
    """
    said = []
    for mark, side in (("peak", 1), ("low", -1)):
        marked = marks[mark]
        if marked is None:
            continue
        strongest = _strongest_phases(own, side)
        people = {phase: sum(phase in phases for phases in strongest.values()) for phase in framework.phase_keys}
        most = max(people, key=lambda phase: people[phase])
        many = people[most] >= PEOPLE_FOR_EXTREMES and 2 * people[most] > len(strongest)
        if many and people[most] > people[marked]:
            name = framework.phase(most).name(language).lower()
            said.append(say(language, f"reading.own_{mark}", phase=name, count=people[most], people=len(strongest)))
    return said


def _strongest_phases(own: Sequence[Finding], side: int) -> dict[str, set[str]]:
    """Of each person who felt anything on this side of zero: the phases in which it was strongest."""
    felt: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for one in own:
        if isinstance(one.detail, Emotion) and one.phase and one.detail.valence * side > 0:
            felt[one.participant_id].append((abs(one.detail.valence) * one.detail.intensity, one.phase))
    return {person: {phase for force, phase in moments if force == max(moments)[0]} for person, moments in felt.items()}


# --- Feelings ----------------------------------------------------------------------------------------------------


def feelings_by_phase(own: Sequence[Finding], framework: Framework) -> dict[str, tuple[Feeling, ...]]:
    """For each phase of the framework in order, how each person felt there."""
    moments: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in own:
        if isinstance(finding.detail, Emotion) and finding.phase:
            moments[finding.phase, finding.participant_id].append(finding)
    people = distinct([one.participant_id for one in own])
    return {
        phase: tuple(_feeling(person, moments[phase, person]) for person in people if (phase, person) in moments)
        for phase in framework.phase_keys
    }


def _feeling(participant_id: str, moments: Sequence[Finding]) -> Feeling:
    middle = mean(one.detail.valence for one in moments if isinstance(one.detail, Emotion))
    halves = math.floor(abs(middle) * 2 + 0.5) / 2
    return Feeling(participant_id, math.copysign(halves, middle) if halves else 0.0, tuple(one.id for one in moments))


def _mean(feelings: Sequence[Feeling]) -> float | None:
    return round(mean(one.valence for one in feelings), 2) if feelings else None


def _spread(feelings: Sequence[Feeling]) -> tuple[float, float] | None:
    if len(feelings) < PEOPLE_FOR_SPREAD:
        return None
    first, _, third = quantiles([one.valence for one in feelings], n=4, method="inclusive")
    return first, third


def _extremes(felt: dict[str, tuple[Feeling, ...]]) -> tuple[str | None, str | None, str | None]:
    return find_marks([(phase, _mean(feelings) or 0.0, len(feelings)) for phase, feelings in felt.items() if feelings])


def find_marks(known: Sequence[tuple[str, float, int]]) -> tuple[str | None, str | None, str | None]:
    """Peak, low and end; a peak is above zero, a low below, and both have enough people behind them."""
    firm = [(phase, value) for phase, value, people in known if people >= PEOPLE_FOR_EXTREMES]
    above = [(value, phase) for phase, value in firm if value > 0]
    below = [(value, phase) for phase, value in firm if value < 0]
    peak = max(above, key=lambda pair: pair[0])[1] if above else None
    low = min(below, key=lambda pair: pair[0])[1] if below else None
    return peak, low, known[-1][0] if known else None


# --- Columns -----------------------------------------------------------------------------------------------------


def _column(
    phase: str,
    own: Sequence[Finding],
    feelings: tuple[Feeling, ...],
    claims: Sequence[Claim],
    quoted: Sequence[Finding],
    framework: Framework,
) -> PhaseColumn:
    here = [one for one in own if one.phase == phase]
    used: dict[str, list[Finding]] = defaultdict(list)
    for finding in here:
        if isinstance(finding.detail, Touchpoint) and not finding.detail.skipped:
            used[finding.detail.channel].append(finding)
    order = sorted(used, key=lambda channel: (-len({one.participant_id for one in used[channel]}), channel))
    lanes = {lane: place for place, lane in enumerate(MAP_LANES)}
    quotes = [Quote(one.id, phase) for one in quoted if one.phase == phase]
    again = [(one.detail.channel, one.participant_id) for one in here
             if isinstance(one.detail, Touchpoint) and one.detail.repeated]  # fmt: skip
    return PhaseColumn(
        phase=phase,
        participant_ids=distinct([one.participant_id for one in here]),
        feelings=feelings,
        mean=_mean(feelings),
        spread=_spread(feelings),
        emotion=commonest(here, _mean(feelings), framework),
        channels={channel: distinct([one.participant_id for one in used[channel]]) for channel in order},
        channel_finding_ids={channel: tuple(one.id for one in used[channel]) for channel in order},
        claims=tuple(
            sorted(
                (one for one in claims if one.phase == phase),
                key=lambda claim: (lanes[claim.section], -len(claim.participant_ids)),
            )
        ),
        quotes=tuple(quotes[:MOST_QUOTES]),
        repeats={
            channel: distinct([person for on, person in again if on == channel])
            for channel in order
            if any(on == channel for on, _ in again)
        },
    )


def _planned(column: PhaseColumn, passages: Mapping[str, Passage], framework: Framework, language: str) -> PhaseColumn:
    """The column with what each of its ideas would take."""
    moment = moment_of(column.phase, framework, tuple(column.channels), language)
    frictions = [claim for claim in column.claims if claim.section == "friction"]
    ideas = [claim for claim in column.claims if claim.idea]
    return replace(
        column, plans={one.id: plan_idea(one, frictions, passages, moment, framework, language) for one in ideas}
    )


def _recurring(claims: Sequence[Claim], rules: Rules, refusals: list[Refusal]) -> list[Claim]:
    """Without questions that only one person asked: those do not recur."""
    kept = []
    for claim in claims:
        if claim.section == "question" and len(claim.participant_ids) < PEOPLE_FOR_RECURRING:
            refusals.append(Refusal(rules.task, "question", None, None, "Only one person asked it: it does not recur."))
        else:
            kept.append(claim)
    return kept


def commonest(here: Sequence[Finding], mean: float | None, framework: Framework) -> str | None:
    """The emotion of most people; among equals that of most moments, then the first of the wheel.

    It stands beside the mean, so it is one that goes the same way where anybody felt such a one: 'angry +0.2' would
    tell two stories at once.
    """
    people: dict[str, set[str]] = defaultdict(set)
    moments: dict[str, int] = defaultdict(int)
    for finding in here:
        if isinstance(finding.detail, Emotion):
            people[finding.detail.emotion].add(finding.participant_id)
            moments[finding.detail.emotion] += 1
    wheel = {emotion.key: place for place, emotion in enumerate(framework.emotions)}
    ways = {emotion.key: emotion.valence for emotion in framework.emotions}
    along = [key for key in people if (ways.get(key, 0) * (mean or 0.0)) > 0]
    return min(
        along or people, key=lambda key: (-len(people[key]), -moments[key], wheel.get(key, len(wheel))), default=None
    )


def _without_wrong_mark(claim: Claim, marks: dict[str, str | None], rules: Rules, refusals: list[Refusal]) -> Claim:
    """A moment is only called peak, low or end where the feelings counted say so; else it stays without the mark."""
    if claim.section != "moment" or claim.key is None or marks[claim.key] == claim.phase:
        return claim
    refusals.append(Refusal(rules.task, "moment", None, None, f"The {claim.key} lies elsewhere: the mark is left out."))

    return replace(claim, key=None, id=claim_id(rules.owner, "moment", None, claim.phase, claim.text))
