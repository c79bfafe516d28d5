"""What can be said of a persona by counting alone: drivers, channels, loyalty, and what sets its people apart.

Every claim here is made by the program and of one form, so that it means the same in every persona; the sentences are
data. People are counted, never findings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from statistics import mean

from synth.claims import make_claim, plain_text
from synth.domain import Claim, Emotion, Finding, Motivation, Origin, Theme, Touchpoint
from synth.frameworks import FUNCTIONAL, OTHER_CHANNEL, Framework
from synth.phrases import has_form, join_words, say

_LEAST_LEAD = 0.34
"""How much larger the share of a persona's people must be than that of the others, to be called a difference."""
_MOST_DIFFERENCES, _MOST_THEMES, _MOST_CODED = 4, 2, 3
_MAY_MISS = 5
"""Of so many people one may be missing where nearly all of them are said to tell something."""
_FEW = 0.25
"""No larger a share of the others tells what sets a persona's people apart."""
_SURE, _GUESS = 0.6, 0.45
"""How sure a reader is of a contact: less than a guess is never counted as a channel, less than sure only of somebody
without a surer one."""
_BY_ITSELF = 0.5
"""A driver that is so likely stands on a single passage."""
_MANY = 2
"""So many channels of one person each are told together, beside as many of several, in a persona of more people."""
_USING, _BONDING = "using", "bonding"
"""Roles of phases, as frameworks give them."""
_ATTACHED = "attached"
"""The sign of loyalty that says the same as the reading of attachment."""
_BOND = frozenset({"trust", "gratitude"})
_BREAK = frozenset({"distrust", "disappointment", "anger", "disgust", "regret"})
"""Feelings that are about the other. Joy may be about anything."""


def count_drivers(owner: str, own: Sequence[Finding], framework: Framework, language: str) -> list[Claim]:
    """One claim a driver that anybody spoke of, those of most people first.

    Where the reader says how likely a driver is, one passage that is hardly likely does not carry it alone.
    """
    heard = {key: findings for key, findings in _by_key(own, _driver_of).items() if _is_firm(findings)}
    texts = {driver.key: driver.need(language) for driver in framework.drivers}
    texts[FUNCTIONAL] = say(language, "counted.functional")
    return _claims(owner, "driver", heard, texts)


def count_channels(owner: str, own: Sequence[Finding], framework: Framework, language: str) -> list[Claim]:
    """One claim a channel that anybody used, those of most people first.

    Where there are many, those that one person each used are one claim, the last. What is none of the framework's
    channels is told by its words on the map: counted, it says nothing.
    """
    sure = [one for found in _by_key(own, _used_channel).values() for one in _surest(found)]
    used = _by_key(sure, _used_channel)
    used.pop(OTHER_CHANNEL, None)
    texts = {one.key: one.doing(language) for one in framework.channels}
    alone = [key for key, findings in used.items() if key in texts and _people(findings) == 1]
    if _people(own) <= _MANY or len(alone) < _MANY or len(used) - len(alone) < _MANY:
        return _claims(owner, "channel", used, texts)
    shared = {key: findings for key, findings in used.items() if key not in alone}
    nouns = join_words(language, [channel_noun(key, framework, language) for key in alone])
    text = say(language, "counted.channels_of_one", channels=nouns)
    rest = make_claim(owner, "channel", text, [one for key in alone for one in used[key]], about="channels of one")
    return [*_claims(owner, "channel", shared, texts), _counted(rest)]


def read_loyalty(
    owner: str, own: Sequence[Finding], framework: Framework, language: str, others: Sequence[Finding] = ()
) -> list[Claim]:
    """Satisfaction and attachment as two readings, each with people for and against, where there is evidence.

    Which of the two a feeling tells is taken from the finding where the reader knows (method.md 4.2): of a person with
    such marks, and of everybody where most people of the study have them, feelings without one tell neither. Where it
    does not, satisfied is who felt more good than bad in phases whose role is using, and attached is who says so by
    what they feel in phases whose role is bonding; a framework without phases of a role has no such reading. Who gives
    a sign of being attached is. The signs of loyalty follow, those of buying and those of attachment apart.

    Args:
        owner: the persona's id.
        own: findings of its people.
        framework: gives the roles of phases and the signs.
        language: of the sentences.
        others: findings of everybody else, which tell whether the reader marks what feelings tell.
    """
    role: dict[str | None, str] = {phase.key: phase.role for phase in framework.phases}
    unmarked = _unmarked(own, others)
    using = [one for one in own if _reading(one) == "satisfaction"]
    using += [one for one in unmarked if role.get(one.phase) == _USING]
    bound = [one for one in own if _reading(one) == "connection"]
    bound += [one for one in unmarked if role.get(one.phase) == _BONDING and _tells_bond(one)]
    sides = {"satisfaction": _sides(using), _ATTACHED: _with_sign(*_sides(bound), own)}
    claims: list[Claim] = []
    left_out: set[str] = set()
    for key, (good, bad) in sides.items():
        if not good and not bad:
            continue
        content, discontent = (len({one.participant_id for one in side}) for side in (good, bad))
        form = "level" if content == discontent else "yes" if content > discontent else "no"
        ours, theirs = (good, bad) if content >= discontent else (bad, good)
        text = say(language, f"counted.{key}_{form}")
        claims.append(_counted(make_claim(owner, "loyalty", text, ours, key=key, against=theirs)))
        if key == _ATTACHED and form != "yes":
            # Who gives the sign stands in the reading already, on one side of what it says.
            left_out.add(_ATTACHED)
    return claims + _signals(owner, own, framework, language, left_out)


def _reading(finding: Finding) -> str | None:
    return finding.detail.reading if isinstance(finding.detail, Emotion) else None


def _unmarked(own: Sequence[Finding], others: Sequence[Finding]) -> list[Finding]:
    """Feelings of people of whom the reader marked none as telling satisfaction or attachment.

    There are none where it marked those of most people in the study: then what it left unmarked tells neither.
    """
    felt = [one for one in (*own, *others) if isinstance(one.detail, Emotion)]
    marked = {one.participant_id for one in felt if _reading(one) is not None}
    if 2 * len(marked) > len({one.participant_id for one in felt}):
        return []
    return [one for one in own if isinstance(one.detail, Emotion) and one.participant_id not in marked]


def _with_sign(good: list[Finding], bad: list[Finding], own: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
    """Both sides of attachment where somebody feels none: who gives the sign of it is on the good one alone."""
    if not bad:
        return good, bad
    signs = [one for one in own if _ATTACHED in one.signals]
    sure = {one.participant_id for one in signs}
    return list(dict.fromkeys([*good, *signs])), [one for one in bad if one.participant_id not in sure]


def _signals(
    owner: str, own: Sequence[Finding], framework: Framework, language: str, left_out: Collection[str]
) -> list[Claim]:
    """One claim a sign of loyalty, with those who give a sign of the opposite, of the same sort, against it."""
    claims = []
    for signal in framework.signals:
        if signal.key in left_out:
            continue
        given = [one for one in own if signal.key in one.signals]
        people = {one.participant_id for one in given}
        opposite = {other.key for other in framework.signals
                    if other.loyalty == signal.loyalty and other.good != signal.good}  # fmt: skip
        against = [one for one in own if opposite & set(one.signals) and one.participant_id not in people]
        if given:
            text = signal.name(language)
            claims.append(_counted(make_claim(owner, "loyalty", text, given, key=signal.loyalty, against=against)))
    return claims


def tell_apart(
    owner: str,
    own: Sequence[Finding],
    others: Sequence[Finding],
    framework: Framework,
    language: str,
    themes: Sequence[Theme] = (),
) -> list[Claim]:
    """What more of these people tell, want, do or feel than of everybody else.

    First what nearly all of them tell and few others, by themes; then drivers, channels and one emotion, which says
    least by itself; of each the largest differences first. What half of the others do as well is no difference, and
    what half of these people or fewer do does not set them apart.
    """
    people, rest = {one.participant_id for one in own}, {one.participant_id for one in others}
    if not people or not rest:
        return []
    told = _themes_apart(owner, own, rest, framework, language, themes)
    claims: list[Claim] = []
    for about, key_of in _ABOUT.items():
        found: list[tuple[float, Claim]] = []
        here, there = _by_key(own, key_of), _by_key(others, key_of)
        for key, findings in here.items():
            mine = len({one.participant_id for one in findings})
            theirs = len({one.participant_id for one in there.get(key, ())})
            lead = mine / len(people) - theirs / len(rest)
            usual = theirs * 2 >= len(rest)
            if lead < _LEAST_LEAD or usual or key in (FUNCTIONAL, OTHER_CHANNEL) or 2 * mine <= len(people):
                continue
            what = _what(about, key, framework, language)
            text = say(language, f"counted.unlike_{about}", what=what, mine=mine, people=len(people), theirs=theirs,
                       rest=len(rest))  # fmt: skip
            claim = make_claim(owner, "unlike", text, findings, about=f"{about} {key}")
            found.append((lead, _counted(claim)))
        found.sort(key=lambda entry: -entry[0])
        claims += [claim for _, claim in found[: 1 if about == "emotion" else None]]
    return [*told, *claims[:_MOST_CODED]][:_MOST_DIFFERENCES]


def _themes_apart(
    owner: str,
    own: Sequence[Finding],
    others: Collection[str],
    framework: Framework,
    language: str,
    themes: Sequence[Theme],
) -> list[Claim]:
    """Themes that nearly all of these people tell and few others; not those that are named after what was coded and say
    no more than a driver, channel or emotion does."""
    ours = {one.id: one for one in own}
    people, rest = len({one.participant_id for one in own}), len(others)
    coded = _names_of_codes(framework, language)
    found: list[tuple[float, Claim]] = []
    for theme in themes:
        findings = [ours[one] for one in theme.finding_ids if one in ours]
        mine = len({one.participant_id for one in findings})
        theirs = sum(one in others for one in theme.participant_ids)
        if mine < max(2, people - people // _MAY_MISS) or theirs > _FEW * rest or plain_text(theme.label) in coded:
            continue
        text = say(language, "counted.unlike_theme", what=theme.label, mine=mine, people=people, theirs=theirs,
                   rest=rest)  # fmt: skip
        claim = make_claim(owner, "unlike", text, findings, about=f"theme {theme.id}")
        found.append((mine / people - theirs / rest, _counted(claim)))
    found.sort(key=lambda entry: -entry[0])
    return [claim for _, claim in found[:_MOST_THEMES]]


def channel_noun(key: str, framework: Framework, language: str) -> str:
    """A channel as part of a sentence."""
    form = f"channel_noun.{key}"
    return say(language, form) if has_form(form) else framework.channel(key).name(language).lower()


# --- Parts -------------------------------------------------------------------------------------------------------


def _names_of_codes(framework: Framework, language: str) -> set[str]:
    """Labels of themes that hold nothing but a driver, channel or emotion, and a phase."""
    names = [one.name(language) for one in (*framework.drivers, *framework.channels, *framework.emotions)]
    names += [say(language, "theme.functional"), say(language, "theme.reasons")]
    phases = [phase.name(language).lower() for phase in framework.phases]
    placed = [say(language, "theme.in_phase", name=name, phase=phase) for name in names for phase in phases]
    return {plain_text(one) for one in (*names, *placed)}


def _driver_of(finding: Finding) -> str | None:
    detail = finding.detail
    return detail.driver if isinstance(detail, Motivation) and detail.tells_driver else None


def _is_firm(findings: Sequence[Finding]) -> bool:
    """Whether a driver stands on more than one guess."""
    chances = [one.detail.driver_chance for one in findings if isinstance(one.detail, Motivation)]
    return len(chances) > 1 or any(chance is None or chance >= _BY_ITSELF for chance in chances)


def _surest(findings: Sequence[Finding]) -> list[Finding]:
    """Those that the reader was sure of; of somebody without any, the others but mere guesses."""
    sure_of = {one.participant_id for one in findings if _sure(one) >= _SURE}
    return [one for one in findings if _sure(one) >= (_SURE if one.participant_id in sure_of else _GUESS)]


def _sure(finding: Finding) -> float:
    return 1.0 if finding.confidence is None else finding.confidence


def _used_channel(finding: Finding) -> str | None:
    detail = finding.detail
    return detail.channel if isinstance(detail, Touchpoint) and not detail.skipped else None


def _channel_of(finding: Finding) -> str | None:
    return finding.detail.channel if isinstance(finding.detail, Touchpoint) else None


def _emotion_of(finding: Finding) -> str | None:
    return finding.detail.emotion if isinstance(finding.detail, Emotion) else None


_ABOUT: dict[str, Callable[[Finding], str | None]] = {
    "driver": _driver_of,
    "channel": _channel_of,
    "emotion": _emotion_of,
}


def _what(about: str, key: str, framework: Framework, language: str) -> str:
    if about == "driver":
        return framework.driver(key).name(language).lower()
    if about == "channel":
        return channel_noun(key, framework, language)
    return framework.emotion(key).name(language).lower()


def _people(findings: Sequence[Finding]) -> int:
    return len({one.participant_id for one in findings})


def _by_key(findings: Sequence[Finding], key_of: Callable[[Finding], str | None]) -> dict[str, list[Finding]]:
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        key = key_of(finding)
        if key is not None:
            groups[key].append(finding)
    order = sorted(groups, key=lambda key: (-_people(groups[key]), -len(groups[key]), key))
    return {key: groups[key] for key in order}


def _claims(owner: str, section: str, groups: dict[str, list[Finding]], texts: dict[str, str]) -> list[Claim]:
    return [
        _counted(make_claim(owner, section, texts[key], findings, key=key))
        for key, findings in groups.items()
        if key in texts
    ]


def _counted(claim: Claim) -> Claim:
    return replace(claim, origin=Origin.COMPUTED)


def _tells_bond(finding: Finding) -> bool:
    detail = finding.detail
    return isinstance(detail, Emotion) and detail.emotion in (_BOND if detail.valence > 0 else _BREAK)


def _sides(findings: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
    """The findings of those who felt more good than bad, and of those who felt more bad than good."""
    of_person: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        of_person[finding.participant_id].append(finding)
    good: list[Finding] = []
    bad: list[Finding] = []
    for felt in of_person.values():
        middle = mean(one.detail.valence for one in felt if isinstance(one.detail, Emotion))
        if middle > 0:
            good += [one for one in felt if isinstance(one.detail, Emotion) and one.detail.valence > 0]
        elif middle < 0:
            bad += [one for one in felt if isinstance(one.detail, Emotion) and one.detail.valence < 0]
    return good, bad
