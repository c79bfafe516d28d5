"""What a drafted sentence may not say: the refusals that need no judgement, in every language that is drafted in.

A persona made by a model comes out flattering, generic, or with an age and a job that nobody mentioned. So a sentence
is refused that tells who somebody is, praises, gives a number or a quotation, unless the words it stands on say the
same; and one that is in another language than the draft. The words are data (`synth/cues/refused.yaml`). A sentence is
looked through in its own language, where `men` is no man and `arm` no poverty; what people said in every one, since a
study may be mixed.

The promise: each reason can be read off the sentence and its evidence; nothing is refused for taste.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import cache

from synth.cues import LANGUAGES, Listed, read_data
from synth.cues.matching import PhraseMatcher, words_of
from synth.domain import fold_space
from synth.frameworks import Border
from synth.privacy.words import load_words

_QUOTED = re.compile(
    '\u2018(.+?)\u2019(?!\\w)|\u201c(.+?)\u201d(?!\\w)|"(.+?)"(?!\\w)|["\u201c\u201e\u2018](.+?)["\u201d\u2019](?!\\w)'
)
"""To the mark that goes with the first one, since people quote others in what they say; else to any."""
_GAP = re.compile("\u2026|\\.\\.\\.")
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")
_NAME_TOKEN = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_SHORT_QUOTE = 3
"""Fewer words in quotation marks are a term and not what somebody said."""
_ARTICLES = frozenset({"the", "de", "het", "der", "die"})


class _Refused(Border):
    demographic: dict[str, Listed]
    praise: dict[str, Listed]
    share: dict[str, Listed]
    told: dict[str, Listed]
    small: dict[str, str]


def sentence_fault(
    text: str, cited: Sequence[str], language: str, *, figures: bool = True, audience: Collection[str] = ()
) -> str | None:
    """Why this sentence cannot stand on these words; None where it can.

    Args:
        text: the sentence.
        cited: the words that it stands on, a passage each.
        language: that it should be in.
        figures: whether a number must have been said; a proposal may bring its own.
        audience: kinds of people that it may name whatever it stands on; from `kinds_of_people`.
    """
    quoted = [match[match.lastindex or 0] for match in _QUOTED.finditer(text)]
    if any(not _was_said(words, cited) for words in quoted):
        return "Words in quotation marks that nobody said."
    own = _QUOTED.sub(" ", text)
    if is_other_language(own, language):
        return "It is in another language than the draft."
    said = " ".join(cited)
    for kind, why in _WORDS.items():
        for key in sorted(_keys(kind, own, language)):
            if key not in audience and key not in _keys(kind, said) | _keys("told", said):
                return why.format(key=key)
    if figures and not set(_FIGURE.findall(own)) <= set(_FIGURE.findall(said)):
        return "It gives a number that nobody said."
    return None


def kinds_of_people(said: Iterable[tuple[str, str, str]], own: Collection[str]) -> frozenset[str]:
    """Which kinds of people (by age, family and so on) a study is about: what is proposed to them may name them.

    Those that at least half of a persona's people speak of, or more than half of everybody.

    Args:
        said: of everybody in the study: who said it, the words and their language.
        own: the persona's people.
    """
    heard: dict[str, set[str]] = defaultdict(set)
    everybody = set(own)
    for person, words, language in said:
        everybody.add(person)
        for key in _keys("demographic", words, language) | _keys("told", words, language):
            heard[key].add(person)
    return frozenset(
        key
        for key, people in heard.items()
        if 2 * len(people & set(own)) >= len(own) or 2 * len(people) > len(everybody)
    )


def name_fault(name: str, language: str) -> str | None:
    """Why a persona cannot be called this; None where it can. A name stands on no evidence, so nothing excuses it."""
    if _is_somebody(name):
        return "The name is that of an invented person."
    for kind in ("demographic", "praise"):
        for key in _keys(kind, name):
            return _WORDS[kind].format(key=key)
    return "It is in another language than the draft." if is_other_language(name, language) else None


def is_other_language(text: str, language: str) -> bool:
    """Whether small words tell that this is in another language; too few of them tell nothing."""
    small = _small()
    own = small.get(language)
    if own is None:
        return False
    words = words_of(text)
    mine = sum(word in own for word in words)
    for foreign in (small[other] - own for other in small if other != language):
        theirs = sum(word in foreign for word in words)
        if (theirs >= 2 and mine == 0) or (theirs >= 3 and theirs > 2 * mine):
            return True
    return False


# --- Parts -------------------------------------------------------------------------------------------------------

_WORDS = {
    "demographic": "It tells who somebody is ({key}), and the cited words do not.",
    "praise": "It praises, and the cited words do not.",
    "share": "It gives a share of people: those are counted.",
}


def _was_said(quoted: str, cited: Sequence[str]) -> bool:
    pieces = [piece for piece in (fold_space(part).strip(" .,;:!?") for part in _GAP.split(quoted)) if piece]
    if sum(len(piece.split()) for piece in pieces) < _SHORT_QUOTE:
        return True
    return any(all(_plain(piece) in _plain(words) for piece in pieces) for words in cited)


def _plain(text: str) -> str:
    return fold_space(text).casefold().replace("\u2019", "'").replace("\u2018", "'")


def _keys(kind: str, text: str, language: str | None = None) -> set[str]:
    """Categories of this kind that a text names: in its language where there is a list of it, else in every one."""
    languages = (language,) if language in LANGUAGES else LANGUAGES
    return {key for one in languages for key in _matcher(kind, one).keys(text)}


def _is_somebody(name: str) -> bool:
    """A first name, where it cannot be an ordinary word at the beginning of a sentence: 'Careful Carla', 'Bob'."""
    tokens = _NAME_TOKEN.findall(name)
    words = load_words()
    called = len(tokens) == 1 or (len(tokens) > 2 and tokens[1].casefold() in _ARTICLES) or "," in name
    if called and tokens and tokens[0].casefold() in words.first_names:
        return True
    return any(one[:1].isupper() and one.casefold() in words.safe_lower for one in tokens[1:])


@cache
def _refused() -> _Refused:
    return _Refused.model_validate(read_data("refused"))


@cache
def _small() -> dict[str, frozenset[str]]:
    return {language: frozenset(words.split()) for language, words in _refused().small.items()}


@cache
def _matcher(kind: str, language: str) -> PhraseMatcher:
    listed: dict[str, Listed] = getattr(_refused(), kind)
    return PhraseMatcher({key: words.of(language) for key, words in listed.items()})
