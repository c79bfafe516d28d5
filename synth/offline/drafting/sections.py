"""Which words may stand where in a persona: as a goal, reason, fear, refusal or its name, and which come first."""

from __future__ import annotations

import re
from collections.abc import Sequence

from synth.offline.drafting.excerpts import (
    QUOTATION,
    best_piece,
    leans_back,
    refers_back,
    says_self,
    says_why,
    standing,
    tells_others,
)
from synth.offline.drafting.feelings import names_feeling
from synth.offline.drafting.forms import never_matcher
from synth.offline.drafting.material import LEAST_SURE, Piece
from synth.offline.drafting.wishes import (
    is_no_need,
    of_the_story,
    reads_as_name,
    tells_need,
    tells_wish,
    wants_as_anybody,
)
from synth.offline.labels import wish_in
from synth.quotes import content_words

_LONGEST_NAME = 42
_LEAST_CONTENT = 3
"""Words that carry meaning, in what is shown as what somebody says."""
_LEAST_NAME = 2
"""The same for a name, which is shorter."""
_SURE_REASON = 0.6
_BECAUSE = re.compile(r"\b(?:because|so that|omdat|zodat)\b", re.IGNORECASE)
_FOR = re.compile(r"want\b", re.IGNORECASE)
"""The Dutch 'for' begins half of what people say, and most of it gives no reason."""
_AFRAID = frozenset({"worry", "fear", "doubt", "distrust"})
"""Feelings that words must name to stand as a fear."""
_FORESEES = re.compile(
    r"\b(?:l(?:ay|ying|ie) awake|couldn['’]t sleep|what if|(?:lag|lig|lagen|liggen) (?:\w+ ){0,3}wakker"
    r"|wakker (?:gelegen|liggen)|niet (?:meer )?slapen|wat als|stel dat)\b",
    re.IGNORECASE,
)
"""What keeps people awake, and what they ask themselves."""
_ENVY = re.compile(r"\b(?:jealous|env(?:y|ious)|jaloe?r?s|afgunst)", re.IGNORECASE)
"""Kept with distrust in the lists of words, and nobody's fear."""


def refuses(piece: Piece, text: str) -> bool:
    """Whether it says what its speaker would not do."""
    said = text.strip(QUOTATION)
    return _says_something(said) and not tells_others(said) and bool(never_matcher(piece.finding.language).find(said))


def _says_something(text: str) -> bool:
    return content_words(text) >= _LEAST_CONTENT


def wants(_piece: Piece, text: str) -> bool:
    """Whether it says what its speaker wants to get done, and not only what they do not want."""
    return _says_something(text) and tells_wish(text) and not is_no_need(text)


def gives_reason(piece: Piece, text: str) -> bool:
    """Whether the words tell a reason by themselves, or the reader is sure of one and they are all of it."""
    said = text.strip(QUOTATION)
    own = says_self(said) or bool(_BECAUSE.search(said))
    if not (own and _says_something(said)) or refers_back(said) or tells_others(said) or is_no_need(text):
        return False
    if _FOR.match(said) and not tells_need(said):
        return False
    tells = says_why(said) > 0 and piece.sure >= LEAST_SURE
    return tells or (piece.sure >= _SURE_REASON and "…" not in text)


def names_fear(piece: Piece, text: str) -> bool:
    """Whether it names what its speaker is afraid of, or says what kept them awake."""
    said = text.strip(QUOTATION)
    named = bool(_FORESEES.search(said)) or names_feeling(said, piece.finding.language, _AFRAID)
    return named and _says_something(said) and not (_ENVY.search(said) or refers_back(said) or tells_others(said))


def as_name(piece: Piece) -> str:
    """What somebody wants, where it could be anybody's and is said in few enough words to be a name; else empty."""
    wish = wish_in(piece.words, piece.finding.language)
    if not (len(wish) <= _LONGEST_NAME and wants_as_anybody(wish)):
        wish = best_piece(piece.words, _LONGEST_NAME)
        if "…" in wish or leans_back(wish) or of_the_story(wish) or not reads_as_name(wish):
            return ""
    name = wish.rstrip(" .!,;:")
    return name[:1].upper() + name[1:] if content_words(name) >= _LEAST_NAME else ""


def by_standing(pieces: Sequence[Piece]) -> list[Piece]:
    """Those whose words stand best by themselves first; the surest among equals."""
    return sorted(pieces, key=lambda piece: (-(standing(piece.words) + 2 * piece.sure), piece.number))


def by_reason(pieces: Sequence[Piece]) -> list[Piece]:
    """Those that say in so many words what is wanted or why first, then those that stand best by themselves."""

    def worth(one: Piece) -> float:
        return standing(one.words) + 2 * one.sure + says_why(one.words) + tells_need(one.words)

    return sorted(pieces, key=lambda one: (-worth(one), one.number))
