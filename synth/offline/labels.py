"""What a reason or a contact is called in a list: the few of its speaker's own words that carry it.

What is wanted comes first ('I want to know what it costs': 'know what it costs'), then why, then the clause that stands
best by itself. A label is a slice of what was said, with an ellipsis where it had to be cut.
"""

from __future__ import annotations

import re

from synth.offline.drafting.excerpts import best_piece, clauses_of
from synth.quotes import content_words

_MOST_WORDS = 8
_LONGEST = 52
_CUT_TO = 6
_ADVERBS = {
    "en": r"(?: (?:just|only|really|still|always|also|do|did))*",
    "nl": r"(?: (?:gewoon|alleen|graag|wel|ook|toch|nu|echt|altijd|nog|dan|weer|per se))*",
}
_WISH = {
    "en": re.compile(
        rf"(?<!way )(?<!what )(?<!all )(?<!if )(?<!than )\b(?:i|we){_ADVERBS['en']} (?:want(?:ed)?|need(?:ed)?)"
        r"(?! to (?:say|laugh|cry)\b)(?: to)? "
        r"|\b(?:i|we)(?:['’]d| would)(?: really)? (?:like|love|rather|prefer)(?: to)? "
        r"|\b(?:i|we)(?:['’]m| am| was|['’]re| are| were) (?:looking for|trying to|hoping (?:to|for)) "
        r"|\b(?:all|what) (?:i|we) (?:want(?:ed)?|need(?:ed)?) (?:is|was) ",
        re.IGNORECASE,
    ),
    "nl": re.compile(
        rf"(?<!wat )(?<!als )(?<!dat )(?<!die )(?<!zo )\b(?:ik|we|wij) (?:wil|willen|wilde|wilden|wou|wouen|zoek|zocht)"
        rf"{_ADVERBS['nl']} (?!zeggen\b)"
        rf"|(?:^|[,;:.] |\bdan |\bnu )(?:wil|wilde|wou|willen|wilden) (?:ik|we|wij){_ADVERBS['nl']} (?!zeggen\b)"
        r"|\b(?:ik|we|wij) (?:heb|had|hebben|hadden|zou|zouden)(?: het| er)? (?:liever|graag|het liefst) ",
        re.IGNORECASE,
    ),
}
"""Not where what is wanted stands before it: 'the way I want it', 'dat wil ik niet kwijt'."""
_WHY = {
    "en": re.compile(r"\b(?:because|so that|so (?=i |we |that ))", re.IGNORECASE),
    "nl": re.compile(r"\b(?:omdat|zodat|want) ", re.IGNORECASE),
}
_LOOSE_ENDS = {
    language: frozenset(ends.split())
    for language, ends in (
        ("en", "the a an my our your his her their this that to of in on at with for from by and or but so if"),
        ("nl", "de het een mijn onze ons je zijn haar hun die dat te van in op aan met voor om en of maar dus als bij"),
    )
}
_LEADS_ON = re.compile(r"^(?:(?:but|and|so|maar|en|dus|ja|nee|yeah|yes|no|well|nou)\b[ ,]*)+", re.IGNORECASE)
_EDGES = " ,.;:!?…–—-\"“”‘’'"


def label_of(words: str, language: str) -> str:
    """A label of these words; empty where they hold none.

    Args:
        words: what somebody said, on one line.
        language: `nl`, or any other for English.
    """
    spoken = _spoken(language)
    return (
        wish_in(words, spoken)
        or _after(_WHY[spoken], words, spoken)
        or _whole(best_piece(words, _LONGEST), spoken)
        or _cut(best_piece(words) or words, spoken)
    )


def wish_in(words: str, language: str) -> str:
    """What somebody says they want, without 'I want'; empty where they do not say it in a few words.

    Args:
        words: what somebody said, on one line.
        language: `nl`, or any other for English.
    """
    spoken = _spoken(language)
    return _after(_WISH[spoken], words, spoken)


def _spoken(language: str) -> str:
    return "nl" if language == "nl" else "en"


def _after(cue: re.Pattern[str], words: str, language: str) -> str:
    """What follows a cue up to the end of its clause, where that is short and says something."""
    for match in cue.finditer(words):
        rest = words[match.end() :]
        start, end = clauses_of(rest)[0] if rest.strip() else (0, 0)
        text = rest[start:end].strip(_EDGES)
        if 2 <= len(text.split()) <= _MOST_WORDS and len(text) <= _LONGEST and _says_something(text, language):
            return text
    return ""


def _whole(piece: str, language: str) -> str:
    text = _LEADS_ON.sub("", piece.rstrip(_EDGES.replace("…", "")))
    return text if text and _says_something(text, language) else ""


def _cut(text: str, language: str) -> str:
    """The first words, ending on none that leads on."""
    said = _LEADS_ON.sub("", text.strip(_EDGES)).split()
    kept = said[:_CUT_TO]
    while len(said) > len(kept) > 2 and kept[-1].casefold().strip(_EDGES) in _LOOSE_ENDS[language]:
        kept.pop()
    label = " ".join(kept).strip(_EDGES)
    return f"{label} …" if label and len(kept) < len(said) else label


def _says_something(text: str, language: str) -> bool:
    return content_words(text) > 0 and text.split()[-1].casefold() not in _LOOSE_ENDS[language]
