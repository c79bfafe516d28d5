"""One row of text: whether it begins with something that could be a speaker's label, and how that is written.

This module looks at a row by itself and only proposes; `labels` decides with the statistics of the whole file.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from synth.domain import Role
from synth.parse import times, words

LONGEST_LABEL = 70
_LOOK = 120


class Style(StrEnum):
    """How a label is set apart from the speech."""

    TIME = "time"
    COLON = "colon"
    BOLD = "bold"
    ALONE = "alone"
    TAB = "tab"
    BRACKET = "bracket"
    DASH = "dash"
    DOT = "dot"


class LabelKind(StrEnum):
    """What the label itself looks like."""

    ROLE = "role"
    CODE = "code"
    LETTER = "letter"
    NAME = "name"
    HANDLE = "handle"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible label at the start of a row."""

    row: int
    style: Style
    label: str
    key: str
    kind: LabelKind
    begins: int
    """Where in the row the speech begins; the row's length where the label stands alone."""
    times: tuple[float, ...] = ()
    bold: bool = False
    colon: bool = False
    small: bool = False
    """Whether the speech begins with a small letter."""


_SPACES = re.compile(r"[\s\u200b-\u200f\u2060\u00ad]+")
_DIRECTION = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_DATE = r"(?:\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4},?\s+)"
_NOON = r"(?:\s?[AaPp]\.?[Mm]\.?)"
_HEAD = re.compile(
    r"[\s\u200b-\u200f]*(?:(?:[-–—•>»]|>>)[ \t]*(?=[^\W\d_]|[\[<])|\d{1,4}[.):]?[ \t]+(?=[^\W\d]|[\[(]))?"
    rf"(?:(?:(?P<day>\[{_DATE}{times.CLOCK}{_NOON}?\]|{_DATE}{times.CLOCK}{_NOON}?|\[?{times.CLOCK}{_NOON}\]?)"
    rf"|(?P<mark>{times.RANGE}|{times.MARK}))[ \t]*[-–—:|]?[\s\u200e]*)?"
)
_TIME_AFTER = re.compile(
    rf"(?P<open>[\[(<{{#]\s*(?P<day>{_DATE})?)?(?:{times.RANGE}|{times.CLOCK}(?P<noon>{_NOON}(?!\w))?)"
    r"(?P<close>\s*[\])>}#])?"
)
_COLON = re.compile(r"(?<!\d)[:：]|[:：](?!\d)")
_MARK_HERE = re.compile(
    rf"[ \t]*(?:\[[^\]\n]{{0,3}}{times.CLOCK}[^\]\n]{{0,20}}\]|\({times.CLOCK}\)|#{times.CLOCK}#"
    r"|\d{1,2}:\d{2}:\d{2}(?:[.,]\d{1,3})?(?=[ \t]))[ \t]*"
)
_MARK_TO_END = re.compile(rf"[ \t]*(?:{times.RANGE}|{times.MARK})\s*$")
_BRACKETED = re.compile(
    r"(?:\[(?P<square>[^\[\]\n]{1,60})\]|<(?P<angle>[^<>\n]{1,60})>|\((?P<round>[A-Z][A-Z0-9]{0,3})\))"
    r"[ \t]*(?P<colon>[:：]?)[ \t]*"
)
_FIELD = re.compile(r"([^\t|\n]{1,60}?)(?:[ \t]*[\t|][ \t|]*| {2,})")
_DASH = re.compile(r"([^–—\n]{1,60}?)[ \t]+[-–—][ \t]+")
_DOT = re.compile(r"([IQRAPV])[.)][ \t]+")
_CHAT = re.compile(r"^\s*(?:From|Van)\s+(.{1,60}?)\s+(?:to|To|naar|aan|tot)\s+.{1,60}$|^\s*From\s{1,3}(.{1,60})$")
_PHONE = re.compile(r"\+?\d[\d ()*.-]{6,18}\d")
_DATE_BEFORE = re.compile(r"[ ,\t]+\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{2,4})?,?\s*$")
_SPEAKER_FIELD = re.compile(r"(?:speaker|spreker)[ \t]*:[ \t]*(\S{1,40})\s*$", re.I)
_LOWER_NAME = re.compile(r"[^\W\d_]{2,20}(?:[ '’-][^\W\d_]{1,20}){1,3}")
_INITIALS = re.compile(r"(?!OK)[A-Z]{2}")
_BETWEEN_NAMES = frozenset("&/|+@-–—•·")
_MAIL = re.compile(r"[\w.+-]{1,40}@[\w-]{1,40}(?:\.[\w-]{2,20}){1,3}(?:\s*\([^()]*\))?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_TRIM = " \t\n\r\f-–—:：|*_#>•~\u200b\u200c\u200d\u200e\u200f\u2060\u00ad\u00a0"


def clean_label(label: str) -> str:
    """A label without markup, closing colon and doubled blanks: the name that people see."""
    name = _SPACES.sub(" ", _DIRECTION.sub("", label)).strip(_TRIM)
    while len(name) > 2 and name[0] in "[<" and name[-1] in "]>":
        name = name[1:-1].strip(_TRIM)
    chat = _CHAT.match(name)
    return (chat.group(1) or chat.group(2)).strip() if chat else name


def label_key(label: str) -> str:
    """What two spellings of one label have in common."""
    return label.casefold().rstrip(".")


@lru_cache(maxsize=8192)
def label_kind(label: str) -> LabelKind | None:
    """What a cleaned label looks like; None for words that are no speaker's label."""
    tokens = label.split()
    if _MAIL.fullmatch(label):
        return LabelKind.NAME
    if label.casefold() in words.ONESELF:
        return LabelKind.HANDLE
    if not 1 <= len(label) <= LONGEST_LABEL or not 1 <= len(tokens) <= 8 or "://" in label or label[-1] in "?!;,…":
        return None
    if not any(character.isalpha() for character in label):
        return LabelKind.NAME if _PHONE.fullmatch(label) else None
    bare = [re.sub(r"[\W\d_]+$|^[\W\d_]+", "", token).casefold() for token in tokens]
    if role_of_label(label) is not None:
        return None if any(word in words.METADATA for word in bare) or len(tokens) > 6 else LabelKind.ROLE
    if bare[0] in words.NOT_NAMES and _INITIALS.fullmatch(label):
        # Initials that are a word too: whoever has them speaks more than once.
        return LabelKind.HANDLE
    if len(tokens) > 1 and _YEAR.fullmatch(tokens[-1]) and bare[0] not in words.OTHERS:
        return None
    if is_group(label):
        return LabelKind.ROLE
    if bare[0] in words.NOT_NAMES or (len(tokens) <= 3 and bare[-1] in words.METADATA):
        return None
    if len(tokens) == 1 and len(label.strip(".")) == 1:
        return LabelKind.LETTER
    if re.fullmatch(r"[^\W\d_]{1,14}[ _.-]?\d{1,6}[^\W\d_]?", label) or (
        len(tokens) == 1 and re.fullmatch(r"[A-Z0-9]+(?:[_-][A-Z0-9]+)+|[A-Z]{2,6}|[a-z]+_[a-z0-9_]+", label)
    ):
        return LabelKind.CODE
    if all(word in words.OTHERS for word in bare if word):
        return LabelKind.ROLE
    if _is_name(tokens):
        return LabelKind.NAME
    if len(tokens) == 1:
        return LabelKind.HANDLE if re.fullmatch(r"[^\W\d_][\w.\-]{1,24}", label) else None
    ordinary = any(word in words.NOT_NAMES or word in words.SOUNDS for word in bare)
    return LabelKind.HANDLE if len(tokens) <= 4 and not ordinary and _LOWER_NAME.fullmatch(label) else None


def is_group(label: str) -> bool:
    """Whether a label means more than one at once, as `Meerdere deelnemers` does."""
    tokens = label.casefold().split()
    return len(tokens) == 2 and tokens[0] in words.EVERYBODY and tokens[1] in words.PEOPLE


def _is_name(tokens: list[str]) -> bool:
    """Every word with a capital, but for particles, initials and what stands in parentheses after the first word.

    Letters of a script without capitals count as such; a picture among the words is no word.
    """
    tokens = [token for token in tokens if not _is_picture(token)]
    if not tokens:
        return False
    inside = False
    for place, token in enumerate(tokens):
        opens, closes = "(" in token, ")" in token
        if place and (inside or opens):
            inside = not closes
            continue
        word = token.strip("'’\"“”.,()&/")
        if not word or token in _BETWEEN_NAMES:
            if place and token in _BETWEEN_NAMES:
                continue
            return False
        if token[-1] == "." and len(word) > 4 and place < len(tokens) - 1:
            return False
        if token[0] in "'’" and word.casefold() in {"t", "s"}:
            continue
        if not (_is_capital(word) or word[0].isdigit() or (place and word.casefold() in words.PARTICLES)):
            return False
    first = tokens[0].strip("'’\"“”.,(")
    return _is_capital(first) or (len(tokens) > 1 and tokens[0].casefold() in words.PARTICLES)


def _is_capital(word: str) -> bool:
    """Whether a word is written as names are: with a capital, if only inside as in `iPad`, or without any case."""
    return any(letter.isupper() for letter in word) or (word[:1].isalpha() and word[0].lower() == word[0].upper())


def _is_picture(token: str) -> bool:
    """Whether a word is nothing but emoji and what belongs to them."""
    return all(unicodedata.category(sign) in {"So", "Sk", "Mn", "Me", "Cf", "Co"} for sign in token)


@lru_cache(maxsize=8192)
def role_of_label(label: str) -> Role | None:
    """The role that a label names; None where it only names a person."""
    tokens = [token for token in re.split(r"[\W\d_]+", label.casefold()) if token]
    whole = re.sub(r"[\d\s.]+$", "", label.casefold()).strip(" :.()")
    if whole in words.ASKERS or whole in words.ONESELF or whole in words.ASKER_LETTERS:
        return Role.INTERVIEWER
    if whole in words.TELLERS or whole in words.TELLER_LETTERS:
        return Role.PARTICIPANT
    for token in tokens:
        if token in words.CORE:
            return Role.INTERVIEWER if token in words.ASKERS else Role.PARTICIPANT
    return None


def read_row(number: int, text: str, lead: int = 0) -> Candidate | None:
    """The label that a row may begin with.

    Args:
        number: the row's number, kept in the candidate.
        text: the row, markup resolved.
        lead: how many characters at its start are emphasised.
    """
    head = _HEAD.match(text)
    begin = head.end() if head else 0
    marked = times.clocks_in(head.group("mark")) if head and head.group("mark") else ()
    # A time of the day says nothing about the recording, but sets a label apart all the same.
    of_day = head is not None and head.group("day") is not None
    look = text[begin : begin + _LOOK]
    if not look or not (any(map(str.isalpha, look[: LONGEST_LABEL + 2])) or _PHONE.match(look)):
        return None
    found = _bracketed(look) or _timed(look) or _speaker_field(look) or _coloned(look)
    if found is None and (marked or of_day):
        found = (_fielded(look) if "\t" in look.strip() else None) or _alone(look, text, begin)
    if found is None and 0 < lead - begin <= LONGEST_LABEL:
        alone = not text[lead:].strip()
        found = (Style.ALONE if alone else Style.BOLD, look[: lead - begin], lead - begin, (), False)
    found = found or _fielded(look) or _alone(look, text, begin)
    if found is None:
        return None
    style, label, length, more, colon = found
    label = clean_label(label)
    kind = label_kind(label) if label else None
    if kind is None:
        return None
    bold = bool(lead) and begin < lead <= begin + length + 3 and lead >= begin + len(label)
    seconds = marked + more
    if (seconds or of_day) and style in {Style.COLON, Style.ALONE, Style.BRACKET, Style.BOLD, Style.TAB}:
        style = Style.TIME
    speech = text[begin + length :].lstrip("\"'“‘ …")
    return Candidate(
        number, style, label, label_key(label), kind, begin + length, seconds, bold, colon, small=speech[:1].islower()
    )


_Found = tuple[Style, str, int, tuple[float, ...], bool]


def _bracketed(look: str) -> _Found | None:
    match = _BRACKETED.match(look)
    if match is None:
        return None
    label = match.group("square") or match.group("angle") or match.group("round")
    mark = _MARK_TO_END.match(look, match.end()) if len(look) < _LOOK else None
    if mark is not None:
        return Style.TIME, label, len(look), times.clocks_in(mark.group()), False
    style = Style.COLON if match.group("colon") else Style.BRACKET
    return style, label, match.end(), (), bool(match.group("colon"))


def _timed(look: str) -> _Found | None:
    """`Name  0:22`, `Name [0:22] words`, `Name (00:03): words`, `Name<tab>0:22<tab>words`."""
    match = _TIME_AFTER.search(look)
    colon = _COLON.search(look)
    if match is None or not match.start() or (colon is not None and colon.start() < match.start()):
        return None
    before, rest = look[: match.start()], look[match.end() :]
    after = re.match(r"[ \t]*([:：]?)[ \t]*(?:[-–—|][ \t])?[ \t]*", rest)
    length = match.end() + (after.end() if after else 0)
    ends = not look[length:].strip()
    has_colon = bool(after and after.group(1))
    if not (match.group("open") or ends or has_colon or before.endswith(("\t", "  "))):
        return None
    label = before.rstrip(" \t([<{#-–—,|")
    if date := _DATE_BEFORE.search(label):
        return Style.TIME, label[: date.start()], length, (), has_colon
    of_day = match.group("noon") or match.group("day")
    return Style.TIME, label, length, () if of_day else times.clocks_in(match.group()), has_colon


def _speaker_field(look: str) -> _Found | None:
    """`SPEAKER: S1` on a row of its own."""
    match = _SPEAKER_FIELD.match(look) if len(look) < _LOOK else None
    if match is None or label_kind(match.group(1)) is not LabelKind.CODE:
        return None
    return Style.COLON, match.group(1), len(look), (), True


def _coloned(look: str) -> _Found | None:
    match = _COLON.search(look, 0, LONGEST_LABEL + 2)
    if match is None or not match.start() or look[match.end() : match.end() + 2] == "//":
        return None
    if "\t" in look[: match.start()].strip():
        return None
    closing = re.match(r"[*_]{1,3}(?=\s)", look[match.end() :])
    end = match.end() + (closing.end() if closing else 0)
    rest = look[end:]
    if (
        rest
        and not rest[0].isspace()
        and match.group() == ":"
        and rest[0] not in "[(*_\"'“‘…-–"
        and not rest[0].isalpha()
    ):
        return None
    mark = _MARK_HERE.match(rest) or (_MARK_TO_END.match(rest) if len(look) < _LOOK else None)
    if mark is not None:
        return Style.TIME, look[: match.start()], end + mark.end(), times.clocks_in(mark.group()), True
    blanks = len(rest) - len(rest.lstrip())
    return Style.COLON, look[: match.start()], end + blanks, (), True


def _fielded(look: str) -> _Found | None:
    for pattern, style in ((_FIELD, Style.TAB), (_DASH, Style.DASH), (_DOT, Style.DOT)):
        match = pattern.match(look)
        if match is not None and look[match.end() :].strip():
            return style, match.group(1), match.end(), (), False
    return None


def _alone(look: str, text: str, begin: int) -> _Found | None:
    if len(text) - begin > LONGEST_LABEL + 4:
        return None
    return Style.ALONE, look, len(look), (), False
