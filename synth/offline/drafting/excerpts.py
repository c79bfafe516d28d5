"""A piece of what somebody said that is short enough for a cell and still their own words.

A piece is a run of whole clauses, cut nowhere else. What is left out before or after it within the sentence is marked
by an ellipsis; a hesitation before it is not. The promise: without the quotation marks and the ellipses, it is a slice
of the words.
"""

from __future__ import annotations

import re
from functools import cache

from synth.quotes import broken_speech

LONGEST = 105
QUOTATION = "“”‘’ …"
"""What may stand around a piece."""
_LEAST_SCORE = 1.0
"""Below this, a piece does not stand by itself and is not shown."""
_BROKEN = 0.7
"""What each break in a sentence costs: words that were corrected at once say less than words that stood."""
_SHORTEST = 18
_HESITATION = re.compile(
    r"^[–—\-\s]*(?:(?:eh+m?|uh+m?|um+|erm|hm+|nou(?: ja)?|ja|tja|ach|och|kijk|enfin|goed|well|yeah|yes|oh|o|ok(?:ay)?"
    r"|look|right|en|and|you know|i mean|weet je|zeg maar)\b[\s,.…–—-]*)*",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(
    r"(?<=[,;:.!?…–—])\s+|\s+(?=(?:maar|want|omdat|dus|toen|terwijl|zodat|but|because|so that|while|although)\s)"
)
_LONG_CLAUSE_END = re.compile(r"\s+(?=(?:en|and|of|or|dat|die|that|which|when|als|toen|then|daar|nou)\s)")
_SELF = re.compile(r"\b(?:ik|mij|me|mijn|wij|we|ons|i|i'm|i'd|i've|i'll|my|us|our)\b", re.IGNORECASE)
_OTHERS_FIRST = re.compile(r"(?:he|she|they|hij|zij|ze|die) ", re.IGNORECASE)
_FILLER = re.compile(r"\b(?:eh+m?|uh+m?|um+|erm|hm+)\b", re.IGNORECASE)
_NAME_INSIDE = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]{2,}")
_LEANS_BACK = re.compile(
    r"^(?:maar|want|omdat|dus|dat|die|daar|daarna|toen|waar|of|zodat|but|because|so|that|which|then|who|where|or|than|dan)\b",
    re.IGNORECASE,
)
_REFERS = re.compile(r"(?:dat|die|daar|that|those|which)\b(?! is wat| is what)", re.IGNORECASE)
_WHY = re.compile(
    r"\b(?:want(?:ed|s)?|need(?:ed|s)?|rather|because|so that|so i don't|i'd like|important|matters|as long as"
    r"|wil(?:de)?|wou|liever|omdat|want|zodat|nodig|hoef|belangrijk|zolang|als ik maar|moet ik|ik moet|ik hou)\b",
    re.IGNORECASE,
)
_ENDS_SENTENCE = (".", "!", "?", "…")


def excerpt(words: str, language: str, most: int = LONGEST) -> str:
    """The best piece of these words, in the quotation marks of the language; empty where no piece can stand alone."""
    piece = best_piece(words, most)
    if not piece:
        return ""
    opening, closing = ("‘", "’") if language == "nl" else ("“", "”")
    return f"{opening}{piece}{closing}"


@cache
def best_piece(words: str, most: int = LONGEST) -> str:
    """The piece without quotation marks; with an ellipsis where something of the sentence is left out."""
    clauses = _clauses(words, most)
    best, best_score = "", 0.0
    for first in range(len(clauses)):
        for last in range(first, len(clauses)):
            start, end = clauses[first][0], clauses[last][1]
            start += _hesitation(words[start:end])
            text = words[start:end]
            if len(text) > most:
                break
            score = _score(words, start, end)
            if score >= _LEAST_SCORE and score > best_score:
                best, best_score = _marked(words, start, end), score
    return best


def standing(words: str) -> float:
    """How well the best piece of these words stands by itself; 0 where none does."""
    clauses = _clauses(words, LONGEST)
    scores = [
        _score(words, clauses[first][0] + _hesitation(words[clauses[first][0] : clauses[last][1]]), clauses[last][1])
        for first in range(len(clauses))
        for last in range(first, min(first + 4, len(clauses)))
        if clauses[last][1] - clauses[first][0] <= LONGEST
    ]
    best = max(scores, default=0.0)
    return best if best >= _LEAST_SCORE else 0.0


def says_why(words: str) -> float:
    """1 where the words say outright that something is wanted or why, else 0."""
    return 1.0 if _WHY.search(words) else 0.0


def says_self(text: str) -> bool:
    """Whether somebody speaks of themselves."""
    return bool(_SELF.search(text))


def tells_others(text: str) -> bool:
    """Whether it begins with somebody else."""
    return bool(_OTHERS_FIRST.match(text))


def leans_back(text: str) -> bool:
    """Whether it begins with a word that refers to what was said before it."""
    return bool(_LEANS_BACK.match(text))


def refers_back(text: str) -> bool:
    """Whether its subject was named before it: 'but I want' can be understood alone, 'that I want' cannot."""
    return bool(_REFERS.match(text.lstrip("… ")))


def clauses_of(words: str) -> list[tuple[int, int]]:
    """Spans of the clauses, by punctuation and by the words that join them."""
    return _cut(words, 0, len(words), _CLAUSE_END)


def _clauses(words: str, most: int) -> list[tuple[int, int]]:
    """Spans of clauses; long ones without punctuation are cut at lighter joints too."""
    spans: list[tuple[int, int]] = []
    for start, end in clauses_of(words):
        spans += _cut(words, start, end, _LONG_CLAUSE_END) if end - start > most else [(start, end)]
    return spans[:40]


def _cut(words: str, start: int, end: int, joint: re.Pattern[str]) -> list[tuple[int, int]]:
    spans, begun = [], start
    for match in joint.finditer(words, start, end):
        if match.start() > begun:
            spans.append((begun, match.start()))
        begun = match.end()
    if begun < end:
        spans.append((begun, end))
    return spans


def _hesitation(text: str) -> int:
    match = _HESITATION.match(text)
    return match.end() if match and match.end() < len(text) else 0


def _score(words: str, start: int, end: int) -> float:
    text = words[start:end]
    count = len(text.split())
    if len(text) < _SHORTEST or count < 4:
        return 0.0
    score = 1.0 + min(count, 12) / 12
    score += 0.7 if _SELF.search(text) else 0.0
    score += 0.4 if _begins_sentence(words, start) else 0.0
    score += 0.5 if text.endswith(_ENDS_SENTENCE) or end == len(words) else 0.0
    score += 0.4 * says_why(text)
    score -= 0.6 if _LEANS_BACK.match(text) else 0.0
    score -= 0.6 * len(_FILLER.findall(text))
    score -= _BROKEN * broken_speech(text if end == len(words) else text.rstrip(" ,;:"))
    score -= 0.9 * len(_NAME_INSIDE.findall(text))
    score -= 0.5 if text.endswith("?") else 0.0
    return max(score, 0.0)


def _begins_sentence(words: str, start: int) -> bool:
    before = words[:start].rstrip()
    return not before or before.endswith(_ENDS_SENTENCE) or _hesitation(before + " x") >= len(before)


def _marked(words: str, start: int, end: int) -> str:
    text = words[start:end].rstrip(" ,;:–—")
    before = "" if _begins_sentence(words, start) else "… "
    after = "" if text.endswith(_ENDS_SENTENCE) or end >= len(words) else " …"
    return f"{before}{text}{after}"
