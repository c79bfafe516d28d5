"""From map to plan: what an idea would take, by which medium, and where a small surprise would fit.

All of it is counted or follows from rules that are data (`phrases/plan.yaml`), so that a plan says the same whoever
drafted the idea (method.md 7.4, 8.1, 8.2). The promise: a plan never claims more than the findings that its idea
answers, and where video does not suit, it says so with the reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from synth.analyst import Passage
from synth.claims import make_claim
from synth.cues.matching import PhraseMatcher
from synth.domain import Claim, Emotion, Feeling, Finding, Motivation, Origin, Plan, Touchpoint, distinct
from synth.frameworks import OTHER_CHANNEL, Framework
from synth.phrases import say

_PERSONAL = frozenset({"in person", "desk", "phone"})
_CALLED = frozenset({"phone"})
"""Where people turn to when they miss something, so that it is no place to put it."""
_WATCHED = frozenset({"website", "app", "social media", "advertising", "email", "portal"})
"""Channels on which a video can be watched at the moment itself."""
_ENTHUSED = frozenset({"enthusiasm", "joy", "pride", "curiosity", "amusement", "hope"})
_INFORMING = frozenset({"unclear step", "missing information", "returning question"})
_EFFORT = {
    "unclear step": 1, "returning question": 1, "missing information": 1, "channels disagree": 3, "context lost": 3,
    "waiting": 2, "reaching": 2, "mistakes": 3, "listening": 2, "bad": 2, "good": 1,
}  # fmt: skip
ANSWERS = tuple(_EFFORT)
"""What an idea may answer: kinds of friction, other kinds of trouble, or something that runs well."""
_NOT_OURS = frozenset({"word of mouth", OTHER_CHANNEL})
"""Channels on which an organisation cannot act itself."""
_BILL = re.compile(
    r"\b(?:invoices?|bills?|billed|statements?|facturen|factuur|rekeningen|rekening|nota's|nota|jaarafrekening|"
    r"eindafrekening|afrekening|aanmaning|incasso)\b",
    re.IGNORECASE,
)
_WOW_FROM = 0.75
"""A phase whose mean is below this does not yet run well."""
_WOW_PEOPLE = 3
_WOW_BAD_SHARE = 0.25
"""Where more than this share felt bad, the trouble comes first."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known of one phase when its ideas are planned."""

    phase: str
    name: str
    informing: bool
    """Whether people gather information in this phase, before they are anybody's."""
    serving: bool
    """Whether people use what they chose in this phase, so that contact is mostly about help."""
    channels: tuple[str, ...]
    """Those used here, of most people first."""


def moment_of(phase: str, framework: Framework, channels: Sequence[str], language: str) -> Moment:
    """The phase as a plan sees it."""
    role = framework.phase(phase).role
    return Moment(
        phase,
        framework.phase(phase).name(language).lower(),
        informing=role == "informing",
        serving=role == "using",
        channels=tuple(channels),
    )


def plan_idea(
    idea: Claim,
    frictions: Sequence[Claim],
    passages: Mapping[str, Passage],
    moment: Moment,
    framework: Framework,
    language: str,
) -> Plan:
    """What carrying out an idea would take.

    Args:
        idea: in its phase.
        frictions: of the same phase; the idea answers those that share a finding with it.
        passages: by finding id.
        moment: the phase it is in.
        framework: whose channels it may name.
        language: the study's.
    """
    answered = [passages[one] for one in idea.finding_ids if one in passages]
    kind = _kind(idea, frictions, answered)
    channel = _named(idea.text, framework, language) or _channel(kind, answered, moment)
    medium = _medium(kind, channel, answered, moment)
    return Plan(
        channel=channel,
        call_to_action=say(language, f"plan.call.{kind}"),
        kpi=say(language, f"plan.kpi.{kind}", phase=moment.name),
        effort=_EFFORT[kind],
        medium=medium,
        medium_why=say(language, f"plan.medium.{medium}"),
    )


def _kind(idea: Claim, frictions: Sequence[Claim], answered: Sequence[Passage]) -> str:
    """What it says that it answers, else the friction it shares findings with, else whether that was good or bad."""
    if idea.key is not None:
        return idea.key
    shared = Counter(
        friction.key
        for friction in frictions
        if friction.key is not None
        for finding in friction.finding_ids
        if finding in idea.finding_ids
    )
    if shared:
        return min(shared, key=lambda key: (-shared[key], str(key))) or "bad"
    felt = [one.finding.detail.valence for one in answered if isinstance(one.finding.detail, Emotion)]
    return "good" if felt and sum(felt) > 0 else "bad"


def _named(text: str, framework: Framework, language: str) -> str | None:
    """The channel that an idea names; None where it names none, or several."""
    keys = language != "nl"  # they are English words, of which `mail` is another channel in Dutch
    names = tuple((c.key, (c.name(language), c.key) if keys else (c.name(language),)) for c in framework.channels)
    named = _matcher(names).keys(text)
    return named[0] if len(named) == 1 and named[0] not in _NOT_OURS else None


@lru_cache(maxsize=8)
def _matcher(names: tuple[tuple[str, tuple[str, ...]], ...]) -> PhraseMatcher:
    """Finds channels by their names; of a framework it is made once, and not for every idea."""
    return PhraseMatcher(dict(names))


def _channel(kind: str, answered: Sequence[Passage], moment: Moment) -> str | None:
    """Of what it answers, where that says; else of the phase. None where an organisation can act on none of them.

    What was missing or unclear is to be found before anybody has to call about it.
    """
    used = Counter(one.finding.detail.channel for one in answered if isinstance(one.finding.detail, Touchpoint))
    ranked = [*sorted(used, key=lambda key: (-used[key], key)), *moment.channels]
    passed_over = _NOT_OURS | _CALLED if kind in _INFORMING else _NOT_OURS
    return next((channel for channel in ranked if channel not in passed_over), None)


def _medium(kind: str, channel: str | None, answered: Sequence[Passage], moment: Moment) -> str:
    """Method.md 8.2: video informs or enthuses; it is no answer to a bill, to a question for help, or to a person."""
    if any(_BILL.search(one.words) for one in answered):
        return "invoice"
    if channel in _PERSONAL:
        return "person"
    if moment.serving and kind != "good":
        return "service"
    asked = any(isinstance(one.finding.detail, Motivation) and one.finding.detail.question == "information"
                for one in answered)  # fmt: skip
    if channel in _WATCHED and moment.informing and (kind in _INFORMING or asked):
        return "video_informs"
    enthused = any(isinstance(one.finding.detail, Emotion) and one.finding.detail.emotion in _ENTHUSED
                   for one in answered)  # fmt: skip
    if kind == "good" and enthused and channel in _WATCHED:
        return "video_enthuses"
    return "text"


def wow_claims(
    owner: str,
    felt: Mapping[str, Sequence[Feeling]],
    own: Sequence[Finding],
    people: int,
    framework: Framework,
    language: str,
) -> list[Claim]:
    """Where a small surprise would be remembered: the one phase that runs well for most (method.md 7.4).

    A phase runs well where at least three people said how it felt, their mean is clearly above zero and no more than a
    quarter of them felt bad. Of several, the later one: endings are remembered. Where people tell others, nothing
    happens to them that could surprise, and where one of them warns, nothing runs well.

    Args:
        owner: the map's id.
        felt: by phase, one feeling a person.
        own: findings of the persona's people.
        people: how many they are.
    """
    warnings = {signal.key for signal in framework.signals if signal.loyalty == "emotional" and not signal.good}
    warned = {one.phase for one in own if warnings.intersection(one.signals)}
    fitting = [
        phase
        for phase, feelings in felt.items()
        if not framework.phase(phase).telling
        and phase not in warned
        and len(feelings) >= _WOW_PEOPLE
        and sum(one.valence for one in feelings) / len(feelings) >= _WOW_FROM
        and sum(one.valence < 0 for one in feelings) <= _WOW_BAD_SHARE * len(feelings)
    ]
    if not fitting:
        return []
    phase = fitting[-1]
    happy = {one.participant_id for one in felt[phase] if one.valence > 0}
    good = [one for one in own if one.phase == phase and one.participant_id in happy
            and isinstance(one.detail, Emotion) and one.detail.valence > 0]  # fmt: skip
    calls = {(one.detail.channel, one.participant_id) for one in own if one.phase == phase
             and one.participant_id in happy and isinstance(one.detail, Touchpoint)
             and one.detail.channel != OTHER_CHANNEL}  # fmt: skip
    people_on = Counter(channel for channel, _ in calls)
    # What one of them used says nothing of where it runs well for several.
    used = {channel: number for channel, number in people_on.items() if number > 1}
    count = len(distinct([one.participant_id for one in good]))
    if used:
        channel = framework.channel(min(used, key=lambda key: (-used[key], key))).name(language)
        text = say(language, "wow.place", people=count, all=people, channel=channel)
    else:
        text = say(language, "wow.place_bare", people=count, all=people)
    return [replace(make_claim(owner, "wow", text, good, phase=phase, about=phase), origin=Origin.COMPUTED)]
