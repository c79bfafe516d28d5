"""Telephone numbers, in digits and said in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from synth.privacy.values import Found, Identifier
from synth.privacy.words import word_list

_PHONE = re.compile(
    r"(?<![\w.,/\-+])(?:(?:\+|00)\d[\d ().\-/]{6,20}\d|\(?0\)?\d[\d ().\-]{5,16}\d|"
    r"\(?[2-9]\d\d\)?[ .\-]\d{3}[ .\-]\d{4})(?!\w)"
)
_DATE_LIKE = re.compile(r"\d{1,2}([-./])\d{1,2}\1(?:19|20)\d\d(?!\d)")
_PHONE_PIECE = re.compile(r"[+\d]\d*")


def find_phones(text: str) -> Iterator[Found]:
    """Numbers in digits: Dutch, British, Irish, and any with a country's code."""
    for match in _PHONE.finditer(text):
        if _DATE_LIKE.match(text, match.start()):
            continue
        # The longest run of groups that is a number: what follows may be the next figure of the sentence.
        ends = [piece.end() for piece in _PHONE_PIECE.finditer(text, match.start(), match.end())]
        for end in reversed(ends):
            digits = phone_digits(text[match.start() : end])
            if digits:
                yield Found(match.start(), end, Identifier.PHONE, digits)
                break


def phone_digits(written: str) -> str | None:
    """The digits from the national 0 on, or with the country's code; None where this is no telephone number."""
    plus = written.startswith(("+", "00"))
    digits = re.sub(r"\D", "", written.replace("(0)", "") if plus else written)
    if plus:
        digits = digits.removeprefix("00")
        if not 9 <= len(digits) <= 15:
            return None
        return f"0{digits[2:]}" if digits.startswith("31") else f"+{digits}"
    if digits.startswith("0"):
        # 0800 and 0900 are shops and services; nine digits in one run are more likely another number.
        if digits[1] == "0" or digits.startswith(("0800", "0900", "0906", "0909")):
            return None
        bare = written.isdigit()
        return digits if len(digits) in (10, 11) or (len(digits) == 9 and not bare) else None
    return digits if len(digits) == 10 else None


_NUMERALS: Final = {
    "nl": word_list(
        "nul een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien "
        "achttien negentien"
    ),
    "en": word_list(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen"
    ),
}
_TENS: Final = {
    "nl": word_list("twintig dertig veertig vijftig zestig zeventig tachtig negentig"),
    "en": word_list("twenty thirty forty fifty sixty seventy eighty ninety"),
}


def _said_in_words(language: str) -> dict[str, str]:
    """Number words with the digits that they stand for; Dutch says 'vierentwintig' and 'negenhonderd' in one word."""
    said = {word: str(number) for number, word in enumerate(_NUMERALS[language])}
    said |= {word: f"{ten}0" for ten, word in enumerate(_TENS[language], 2)}
    if language == "en":
        return said | {"oh": "0", "o": "0", "nought": "0"}
    units = [(digit, word) for digit, word in enumerate(_NUMERALS["nl"][:10]) if digit]
    for digit, word in units:
        said[f"{word}honderd"] = f"{digit}00"
        for ten, tens in enumerate(_TENS["nl"], 2):
            said[f"{word}{'ën' if word.endswith('e') else 'en'}{tens}"] = f"{ten}{digit}"
    return said | {"één": "1"}


_NUMBER_WORDS: Final = {language: _said_in_words(language) for language in ("nl", "en")}
_SPOKEN_START: Final = {
    "nl": re.compile(r"(?<!\w)(?:nul|plus) (?=\w)", re.IGNORECASE),
    "en": re.compile(r"(?<!\w)(?:zero|oh|plus|nought|o) (?=\w)", re.IGNORECASE),
}
_SPOKEN_WORD = re.compile(r"[\s,\-]*(?P<word>[^\W\d_]+)")
_HESITATION: Final = frozenset({"eh", "uh", "ehm", "um", "uhm", "er", "dan"})


def find_spoken_phones(text: str, language: str) -> Iterator[Found]:
    """Numbers said in words: 'nul zes twaalf vierendertig ...', 'oh seven seven double oh ...'."""
    for spoken in ("nl", "en") if language not in ("nl", "en") else (language,):
        done = 0
        for match in _SPOKEN_START[spoken].finditer(text):
            if match.start() < done:
                continue
            digits, end = _read_digits(text, match.start(), spoken)
            if 9 <= len(digits) <= 14 and not digits.startswith(("0800", "0900")):
                yield Found(match.start(), end, Identifier.PHONE, digits)
                done = end


def _read_digits(text: str, start: int, language: str) -> tuple[str, int]:
    """The digits that are said from `start` on, and where the last of them ends."""
    values, digits, end, position, times, ten = _NUMBER_WORDS[language], "", start, start, 1, False
    while len(digits) < 20 and (word := _SPOKEN_WORD.match(text, position)):
        said, position = word.group("word").lower(), word.end()
        if said in values:
            # 'forty two' is 42, 'oh two' is 02.
            digits = digits[:-1] + values[said] if ten and 0 < int(values[said]) < 10 else digits + values[said] * times
            times, ten = 1, language == "en" and said in _TENS["en"]
        elif said == "hundred" and digits:
            digits, ten = f"{digits}00", False
        elif said in ("double", "dubbel", "triple"):
            times = 3 if said == "triple" else 2
            continue
        elif said in _HESITATION:
            continue
        elif said != "plus" or digits:
            break
        end = position
    return digits, end
