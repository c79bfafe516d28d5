"""Words that can be shown by themselves: which of many passages to choose.

A good quote is short enough to be read at a glance, long enough to say something, tells what moves or touches somebody,
and can be understood without what was said before. Words that are shown large must do all of that (`can_lead`); beside
them stand quotes of different people, from early and from late in their interviews. The promise: the choice is
deterministic, and it only ranks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from synth.analyst import Passage
from synth.domain import Emotion, Motivation, Touchpoint

BEST_WORDS = (6, 25)
_ENOUGH = 5
"""Quotes that are looked for; an analyst may have chosen more."""
LEAST_LEADING_WORDS, MOST_LEADING_WORDS, LEAST_CONTENT_WORDS = 8, 32, 3
"""Words that are shown large, and how many of them must carry meaning."""
LEAST_SURE = 0.45
"""Of the finding behind words that are shown large, where the reader says how sure it is."""
_LEAST_SCORE = 1.6
"""Below this, words are not worth showing by themselves."""
_DANGLING = re.compile(
    r"^(?:en|of|maar|want|omdat|zodat|zolang|dus|toen|daarna|die|dat|dit|daar|daarom|zij|hij|ze|hun|and|or|but|because|so|then|that|this"
    r"|those|these|there|it|its|he|she|they|which|who|where|her|him|them|yes|no|ja|nee|nou|well"
    r"|(?:heb|had|ben|was|ging|kon|moest|zou|dacht|zei|kreeg|kwam|stond|zat|werd|is|waren|hebben)(?= (?:ik|we|wij))"
    r"|(?:had|have|did|was|were)(?= (?:i|we)))\b",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"^(?:(?:en|of|maar|want|dus|and|or|but|because|so|yes|no|ja|nee|nou|well|eh|ehm|uh|uhm|um|erm|euh|hm|hmm)\s+)+",
    re.IGNORECASE,
)
"""Words that a line of unpunctuated speech may begin with, whatever follows."""
_SIGNS, _WORDS_A_SIGN = ".,?!;:", 14
"""In writing there is one of these to every five to ten words."""
_FILLER = re.compile(r"\b(?:eh|ehm|uh|uhm|um|erm|euh|hm|hmm)\b", re.IGNORECASE)
_HEDGE = re.compile(
    r"\b(?:i want to say|i wanna say|what do you call it|how do you say|i don't know how to|sort of|kind of|you know"
    r"|i mean|whatever|zeg maar|hoe heet dat|hoe noem je dat|hoe zeg je dat|weet je wel|of zo|weet ik veel"
    r"|laat ik zeggen|ik bedoel)\b",
    re.IGNORECASE,
)
_CUT_OFF = re.compile(
    r"(?:[-–—]+|,|\.\.\.|…)[\"'”’]*$|\b(?:and|but|or|the|a|en|maar|of|de|het|een|says?|said|zegt|zei)[.!?…]*$"
    r"|\b(?:in|on|to|with|for|at|by|from|very|ever|that|this|is|was|because|if|when|om|met|voor|naar|omdat|want|als|dat|heel)$",
    re.IGNORECASE,
)
_RESTART = re.compile(
    r"\b(?:the|a|an|my|our|your|i just|i was|i'm|it was the|de|mijn|onze|ik heb|ik was|ik ben)"
    r"\s*(?:,|\.\.\.|…|[–—]|--|-\s)"
    r"|\w\s*(?:--|[–—])\s*(?:no|nee|i|ik|we|well|nou)\b",
    re.IGNORECASE,
)
_TWICE = re.compile(r"\b([\w']+(?: [\w']+){0,2}),? \1\b", re.IGNORECASE)
_WEIGHTY = "very no nee ja yes heel had that dat really echt ha veel so zo never"
_SAID_TWICE = frozenset(_WEIGHTY.split())
"""Words that people repeat for weight and not because they begin anew."""
_SELF = re.compile(
    r"\b(?:ik|mij|me|mijn|mezelf|wij|we|ons|onze|i|i'm|i'd|i've|i'll|my|me|mine|myself|us|our)\b", re.IGNORECASE
)
_ENDS = (".", "!", "?", "…", "”", "’", '"')
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_SMALL_WORDS = """a about after again all also am an and any are as at be been before but by can could did do does
    don't even for
    from get go got had has have he her here him his how i i'd i'll i'm i've if in into is it it's its just like
    made make me more much my no not now of off on one only or our out over said say see she so some such than that
    that's the their them then there they they're thing things this those to too up very was we well were
    what when where which who will with would yeah yes you your
    aan al alleen als altijd ben bent bij dan dat de deed denk die dit doe doen door dus een en er ergens even ga gaat
    geen gewoon ging had heb hebben heeft heel het hier hij hoe ik in is ja je kan komt kunnen maar me meer mijn moet
    naar nee niet niks nog nou nu of om omdat ook op over toch toen tot uit van veel voor waar waren was wat we
    wel werd wie worden wordt zal ze zei zeg zelf zich zij zijn zo zou"""
_SMALL = frozenset(_SMALL_WORDS.split())


def content_words(words: str) -> int:
    """How many different words carry meaning of their own."""
    return len({word for word in _WORD.findall(words.casefold().replace("’", "'")) if word not in _SMALL})


def broken_speech(words: str) -> int:
    """How often somebody breaks off, begins a sentence anew, says words twice or looks for a word."""
    text = words.strip().replace("’", "'")
    twice = [one for one in _TWICE.findall(text) if one.casefold() not in _SAID_TWICE]
    return len(_RESTART.findall(text)) + len(twice) + len(_HEDGE.findall(text)) + bool(_CUT_OFF.search(text))


def is_bare(said: Sequence[str]) -> bool:
    """Whether words of one transcript come without punctuation, as speech that was turned into text does."""
    text = " ".join(said)
    return sum(map(text.count, _SIGNS)) * _WORDS_A_SIGN < len(text.split())


def can_lead(passage: Passage) -> bool:
    """Whether these words may be shown large: a whole sentence of somebody about themselves that says something.

    What moves or touches somebody, not only what they used; surely found; nothing that leans on what went before. Of a
    transcript without punctuation a line may end anywhere and begin with 'and': what follows that must stand by itself.
    """
    words, finding = passage.words.strip(), passage.finding
    leaning = _OPENING.sub("", words) if passage.bare else words
    return (
        not isinstance(finding.detail, Touchpoint)
        and (finding.confidence is None or finding.confidence >= LEAST_SURE)
        and LEAST_LEADING_WORDS <= len(words.split()) <= MOST_LEADING_WORDS
        and content_words(words) >= LEAST_CONTENT_WORDS
        and (passage.bare or words.endswith(_ENDS))
        and bool(_SELF.search(words))
        and not _DANGLING.match(leaning)
        and len(_FILLER.findall(words)) < 2
        and not broken_speech(words)
    )


def quote_score(passage: Passage) -> float:
    """How well these words stand by themselves, about 0 to 5."""
    words = passage.words.split()
    least, most = BEST_WORDS
    score = 2.0 if least <= len(words) <= most else max(0.0, 1.5 - 0.15 * max(least - len(words), len(words) - most))
    detail = passage.finding.detail
    if isinstance(detail, Motivation):
        score += 0.8
    elif isinstance(detail, Emotion):
        score += 0.5 + 0.15 * abs(detail.valence)
    score += 0.5 if _SELF.search(passage.words) else 0.0
    score -= 0.5 if _DANGLING.match(passage.words) else 0.0
    score += 0.3 if passage.words[:1].isupper() else 0.0
    score -= 0.0 if passage.bare or passage.words.rstrip().endswith(_ENDS) else 0.6
    score -= 0.35 * len(_FILLER.findall(passage.words)) + 0.6 * min(broken_speech(passage.words), 3)
    score -= 0.6 if passage.words.rstrip().endswith("?") else 0.0
    score += 0.6 * (passage.finding.confidence or 0.5)
    score += 0.15 * min(content_words(passage.words), 6) - 0.45
    return score


def choose_quotes(passages: Sequence[Passage], chosen: Sequence[Passage], most: int, language: str) -> list[Passage]:
    """The quotes of a persona: first the one to show large, then others of different people, early and late.

    Args:
        passages: of the persona's people, in the order of telling.
        chosen: what an analyst chose, the one to show large first; all of it is kept.
        most: at the most so many.
        language: words in it come first among equals, since who reads the draft reads them.
    """
    late = _halves(passages)
    found: list[Passage] = []
    lines: set[tuple[str, int]] = set()
    pool = [
        one for one in passages if quote_score(one) >= _LEAST_SCORE and not isinstance(one.finding.detail, Touchpoint)
    ]
    for one in chosen:
        if _line(one) not in lines:
            found.append(one)
            lines.add(_line(one))
    if not found or not can_lead(found[0]):
        leading = [one for one in pool if can_lead(one)] or pool or list(passages)
        best = max(leading, key=lambda one: _worth(one, language), default=None)
        if best is not None and _line(best) not in lines:
            found.insert(0, best)
            lines.add(_line(best))
    while len(found) < min(most, _ENOUGH):
        heard = {one.finding.participant_id for one in found}
        halves = {late[one.finding.id] for one in found}
        rest = [one for one in pool if _line(one) not in lines]
        missing = [one for one in rest if one.finding.participant_id not in heard or late[one.finding.id] not in halves]
        if not missing:
            break
        best = max(
            missing,
            key=lambda one: (
                _worth(one, language)
                + (2.0 if one.finding.participant_id not in heard else 0.0)
                + (1.0 if late[one.finding.id] not in halves else 0.0)
            ),
        )
        found.append(best)
        lines.add(_line(best))
    return found[:most]


def _worth(passage: Passage, language: str) -> float:
    return quote_score(passage) + (0.5 if passage.finding.language == language else 0.0)


def _line(passage: Passage) -> tuple[str, int]:
    return passage.finding.evidence.transcript_id, passage.finding.evidence.first_line


def _halves(passages: Sequence[Passage]) -> dict[str, bool]:
    """Whether a finding stands in the later half of what was found in its interview."""
    last: dict[str, int] = {}
    for one in passages:
        where = one.finding.evidence
        last[where.transcript_id] = max(last.get(where.transcript_id, 0), where.first_line)
    return {
        one.finding.id: 2 * one.finding.evidence.first_line > last[one.finding.evidence.transcript_id]
        for one in passages
    }


def spread_quotes(passages: Sequence[Passage], most: int, *, taken: Sequence[Passage]) -> list[Passage]:
    """Good quotes of different people, early and late: whoever was not heard yet comes first.

    Args:
        passages: to choose from, in the order of telling.
        most: at the most so many.
        taken: those chosen before, whose people and words count as heard.
    """
    chosen: list[Passage] = []
    heard = [one.finding.participant_id for one in taken]
    lines = {_line(one) for one in taken}
    phases = {one.finding.phase for one in taken}
    rest = [one for one in passages if quote_score(one) > 1.2]
    while rest and len(chosen) < most:
        best = max(rest, key=lambda one: quote_score(one) - 2.0 * heard.count(one.finding.participant_id)
                   - (0.7 if one.finding.phase in phases else 0.0))  # fmt: skip
        rest.remove(best)
        if _line(best) in lines:
            continue
        chosen.append(best)
        heard.append(best.finding.participant_id)
        lines.add(_line(best))
        phases.add(best.finding.phase)
    return chosen
