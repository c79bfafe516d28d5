"""The built-in critic: contradictions that can be computed, each from words or codes and from nothing else.

It looks for somebody who says that the same did not happen to them, who felt the opposite then and there through the
same channel, or nothing but the opposite at a peak or a low, who uses what others refuse, who says outright that they
are not afraid; and for an essence that only half of the people carry. It understands no argument and no irony: that
nothing was found means little.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from synth.analyst import CritiqueClaims, CritiqueReply, Questioned, VerdictReply
from synth.counted import channel_noun
from synth.cues import LANGUAGES, load_traits, trait_matcher
from synth.offline.drafting.feelings import denies_feeling, names_feeling
from synth.offline.drafting.forms import situation_matcher, situations
from synth.offline.drafting.material import (
    LEAST_SURE,
    NEAR_LINES,
    Piece,
    channel,
    emotions,
    is_stated,
    lay_out,
    touchpoints,
    valence,
)
from synth.phrases import has_form, say

_GOOD, _BAD = 1, -1
_MOST_AGAINST = 12
_CODED = frozenset(["decide", "differ", "moment", "need", "touchpoint"])
"""Sections whose sentences are no better than the codes of their passages."""
_QUOTES = ("“", "‘")
_FELT = {
    True: frozenset(["relief", "joy", "pride", "trust", "gratitude", "calm", "enthusiasm", "satisfaction"]),
    False: frozenset(
        ["worry", "fear", "sadness", "disappointment", "frustration", "anger", "shame", "distrust", "doubt"]
    ),
}
_UNAFRAID = re.compile(
    r"\b(?:not (?:afraid|scared|worried|bothered)|wasn't (?:afraid|scared|worried|bothered)|never worried"
    r"|didn't (?:worry|mind)|no worries|don't worry|niet (?:bang|bezorgd|ongerust)|geen zorgen|nooit bang"
    r"|maak(?:te)? me (?:er )?(?:geen|niet) (?:zorgen|druk))\b",
    re.IGNORECASE,
)


def criticise(task: CritiqueClaims) -> CritiqueReply:
    """A verdict on each claim; the same task gives the same verdicts."""
    pieces = lay_out(task.passages)
    people = frozenset(task.participant_ids)
    own = [one for one in pieces if one.person in people]
    verdicts = [_verdict(number, claim, pieces, own, task) for number, claim in enumerate(task.claims, start=1)]
    return CritiqueReply(verdicts=verdicts)


def _verdict(
    number: int, claim: Questioned, pieces: Sequence[Piece], own: Sequence[Piece], task: CritiqueClaims
) -> VerdictReply:
    cited = [pieces[at - 1] for at in claim.cited]
    carriers = {one.person for one in cited}
    # A task may hold several phases: what was so in one of them is not denied by what was said of another.
    near = (claim.phase, None)
    others = [one for one in own if one.person not in carriers and (claim.phase is None or one.finding.phase in near)]
    for against, why in (
        _denied(claim, others, task.language),
        _felt_otherwise(claim, cited, others, task.language),
        _opposite_there(claim, others, task.language),
        _used_all_the_same(claim, others, task),
        _unafraid(claim, cited, others, task.language),
    ):
        if against:
            numbers = sorted(one.number for one in against)[:_MOST_AGAINST]
            return VerdictReply(claim=number, verdict="contradicted", against=numbers, why=why)
    if (
        _stands_on_codes(claim)
        and cited
        and all(one.finding.confidence is not None and one.sure < LEAST_SURE for one in cited)
    ):
        why = say(task.language, "critic.unsure")
        return VerdictReply(claim=number, verdict="overreach", against=[], why=why)
    if _of_other_feeling(claim, cited):
        why = say(task.language, "critic.other_feeling")
        return VerdictReply(claim=number, verdict="overreach", against=[], why=why)
    total = len(task.participant_ids)
    if claim.section == "essence" and total > 1 and 2 * len(carriers) <= total:
        why = say(task.language, "critic.half", people=len(carriers), total=total)
        return VerdictReply(claim=number, verdict="overreach", against=[], why=why)
    return VerdictReply(claim=number, verdict="stands", against=[], why="")


def _denied(claim: Questioned, others: Sequence[Piece], language: str) -> tuple[list[Piece], str]:
    """What the claim says, told by somebody as not having been so."""
    text = claim.text.casefold()
    forms = {key: one.say.of(language) for key, one in situations().items()}
    forms |= {key: one.trait.of(language) for key, one in load_traits().items()}
    for key, form in forms.items():
        if form.casefold() in text:
            against = [one for one in others if key in _denials(one)]
            if against:
                form = "critic.said_not" if key in situations() else "critic.said_not_trait"
                return against, say(language, form, what=_called(key, language))
    return [], ""


def _denials(piece: Piece) -> set[str]:
    language = piece.finding.language
    matches = [*situation_matcher(language).find(piece.words), *trait_matcher(language).find(piece.words)]
    said = {match.key for match in matches if not match.negated}
    return {match.key for match in matches if match.negated} - said


def _called(key: str, language: str) -> str:
    if has_form(f"situation.{key}"):
        return say(language, f"situation.{key}")
    if key in load_traits():
        return load_traits()[key].trait.of(language)
    return situations()[key].say.of(language)


def _stands_on_codes(claim: Questioned) -> bool:
    """Whether it says what its passages were coded as, rather than what their words tell by themselves."""
    if claim.section == "doing":
        return claim.text[:1] not in _QUOTES
    return claim.section in _CODED


def _of_other_feeling(claim: Questioned, cited: Sequence[Piece]) -> bool:
    """A feeling whose words name none of its sort, and one of the other sort or one that they deny."""
    if _is_form(claim.text):
        return False
    good = {"friction": False, "fear": False}.get(claim.section)
    if claim.section == "moment":
        good = {"peak": True, "low": False}.get(claim.key or "")
    if good is None or not cited:
        return False
    felt, denied = _FELT[good], _FELT[not good]
    said = [(one.words, one.finding.language) for one in cited]
    if any(names_feeling(words, language, felt) for words, language in said):
        return False
    named = claim.section == "moment" and all(names_feeling(words, language, denied) for words, language in said)
    return named or all(denies_feeling(words, language, felt) for words, language in said)


def _felt_otherwise(
    claim: Questioned, cited: Sequence[Piece], others: Sequence[Piece], language: str
) -> tuple[list[Piece], str]:
    """The opposite feeling of others in the same phase, on a channel that the claim stands on."""
    # What happened to somebody did happen, whatever others felt there: only words about a feeling can be answered so.
    if claim.section not in ("friction", "moment") or claim.phase is None or _is_form(claim.text):
        return [], ""
    moods = Counter(one.mood for one in cited if one.mood)
    mood = {"friction": _BAD}.get(claim.section) or {"peak": _GOOD, "low": _BAD}.get(claim.key or "")
    if mood is None:
        mood = moods.most_common(1)[0][0] if moods else 0
    channels = {channel(one) for one in touchpoints(cited)}
    here = [one for one in touchpoints(others) if one.finding.phase == claim.phase and channel(one) in channels]
    both = {one.person for one in here if one.mood == mood}
    there = [one for one in here if mood and one.mood == -mood and one.person not in both]
    named = [one for one in others if is_stated(one)]
    felt = [one for one in named if valence(one) * mood < 0 and any(_beside(one, at) for at in there)]
    return felt, say(language, "critic.felt_otherwise")


def _opposite_there(claim: Questioned, others: Sequence[Piece], language: str) -> tuple[list[Piece], str]:
    """For a highest or a lowest moment, those who felt nothing but the opposite in that phase."""
    mood = {"peak": _GOOD, "low": _BAD}.get(claim.key or "")
    if claim.section != "moment" or mood is None:
        return [], ""
    here = [one for one in emotions(others) if one.finding.phase == claim.phase and valence(one)]
    same = {one.person for one in here if valence(one) * mood > 0}
    opposite = [one for one in here if one.person not in same]
    # A peak of most is a peak, though not of all.
    if len({one.person for one in opposite}) <= len(same):
        return [], ""
    return opposite, say(language, "critic.opposite")


def _is_form(text: str) -> bool:
    """Whether a sentence is of one of the drafter's forms, which tell what happened."""
    return any(one.say.of(language) in text for one in situations().values() for language in LANGUAGES)


def _beside(feeling: Piece, moment: Piece) -> bool:
    """Whether a feeling was told at a moment of contact."""
    one, other = feeling.finding.evidence, moment.finding.evidence
    return one.transcript_id == other.transcript_id and abs(one.first_line - other.first_line) <= NEAR_LINES


def _used_all_the_same(claim: Questioned, others: Sequence[Piece], task: CritiqueClaims) -> tuple[list[Piece], str]:
    """Others of them who use the channel that is refused."""
    if claim.section != "never":
        return [], ""
    text = claim.text.casefold()
    for one in task.framework.channels:
        names = {one.key, one.en.casefold(), one.nl.casefold()}
        if any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in names):
            used = [piece for piece in touchpoints(others) if channel(piece) == one.key and piece.mood != _BAD]
            noun = channel_noun(one.key, task.framework, task.language)
            if used:
                return used, say(task.language, "critic.does_it", channel=noun)
    return [], ""


def _unafraid(
    claim: Questioned, cited: Sequence[Piece], others: Sequence[Piece], language: str
) -> tuple[list[Piece], str]:
    if claim.section != "fear":
        return [], ""
    phases = {one.finding.phase for one in cited}
    calm = [one for one in others if one.finding.phase in phases and _UNAFRAID.search(one.words)]
    return calm, say(language, "critic.calm")
