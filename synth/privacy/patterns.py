"""Identifiers that have a shape: numbers, addresses, dates. Each shape is checked as far as it can be.

A check digit or a word before it decides: nine digits are a burgerservicenummer where the eleven-test holds or where
somebody says that they are one, and else they stay. What is wrong by a digit and announced by nobody is not found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from synth.privacy.births import find_birth_dates, find_spoken_birth_dates
from synth.privacy.phones import find_phones, find_spoken_phones, phone_digits
from synth.privacy.values import Found, Identifier
from synth.privacy.words import word_set

_Finder = Callable[[str, bool], Iterator[Found]]


def find_patterns(text: str, language: str, *, cased: bool) -> list[Found]:
    """Every identifier with a shape, except names and streets; may overlap, the surest first.

    Args:
        language: of the text; spoken numbers are read in it.
        cased: whether the text has capitals: without them letters of a postcode or plate are taken in lower case.
    """
    found: list[Found] = []
    if "@" in text or "apenstaart" in text or " dot " in text:
        found += _emails(text)
    if _DIGITS.search(text):
        for finder in (_ibans, _cards, _announced, _bsns, _plates, _postcodes, _long_numbers):
            found += finder(text, cased)
        found += find_birth_dates(text)
        found += find_phones(text)
    found += find_spoken_birth_dates(text)
    found += find_spoken_phones(text, language)
    return found


_DIGITS = re.compile(r"\d")


def _before(text: str, start: int, width: int) -> str:
    """The end of what stands before, on one line and in lower case."""
    return text[max(0, start - width) : start].lower()


def _alnum(text: str) -> str:
    return "".join(sign for sign in text if sign.isalnum()).upper()


# --- Mail --------------------------------------------------------------------------------------------------------

_EMAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63})+")
_SPOKEN_EMAIL = re.compile(
    r"(?<!\w)\w+(?: (?:punt|dot|streepje|dash|underscore|liggend streepje) \w+){0,5} "
    r"(?:apenstaartje|apestaartje|at) \w+(?: (?:punt|dot|streepje|dash) \w+){1,4}(?!\w)",
    re.IGNORECASE,
)
_TOP = re.compile(r" (?:punt|dot) (?:nl|com|org|net|eu|be|de|uk|co uk|ie|io|info|edu|gov)$", re.IGNORECASE)


def _emails(text: str) -> Iterator[Found]:
    for match in _EMAIL.finditer(text):
        yield Found(match.start(), match.end(), Identifier.EMAIL, match.group().lower())
    for match in _SPOKEN_EMAIL.finditer(text):
        words = match.group().lower()
        if "staartje" in words or _TOP.search(words):
            yield Found(match.start(), match.end(), Identifier.EMAIL, words)


# --- Bank --------------------------------------------------------------------------------------------------------

_IBAN_START = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{2})\d{2}(?=[ .\-]?[A-Za-z0-9])")
_IBAN_LENGTHS: Final = {
    "NL": 18, "BE": 16, "DE": 22, "FR": 27, "GB": 22, "IE": 22, "LU": 20, "ES": 24, "IT": 27, "PT": 25, "AT": 20,
    "CH": 21, "DK": 18, "SE": 24, "NO": 15, "FI": 18, "PL": 28, "CZ": 24, "HU": 28, "RO": 24, "BG": 22, "GR": 27,
    "TR": 26, "UA": 29, "HR": 21, "SI": 19, "SK": 24, "LT": 20, "LV": 21, "EE": 20, "CY": 28, "MT": 31, "IS": 26,
    "RS": 22, "SA": 24, "AE": 23, "IL": 23,
}  # fmt: skip
_IBAN_SAID = re.compile(r"iban|rekening|account")


def _ibans(text: str, _cased: bool) -> Iterator[Found]:
    for match in _IBAN_START.finditer(text):
        country = match.group(1).upper()
        end = _walk_alnum(text, match.start(), _IBAN_LENGTHS.get(country, 0))
        if end is None:
            continue
        number = _alnum(text[match.start() : end])
        dutch = country == "NL" and re.fullmatch(r"NL\d\d[A-Z]{4}\d{10}", number)
        if _mod97(number) or (dutch and _IBAN_SAID.search(_before(text, match.start(), 40))):
            yield Found(match.start(), end, Identifier.IBAN, number)


def _walk_alnum(text: str, start: int, length: int) -> int | None:
    """Where `length` letters and digits from `start` end, with at most one mark between two; None where they do not."""
    position, seen, gap = start, 0, False
    while length and position < len(text):
        sign = text[position]
        if sign.isascii() and sign.isalnum():
            seen, gap = seen + 1, False
        elif sign in " .-" and not gap:
            gap = True
        else:
            return None
        position += 1
        if seen == length:
            follows = text[position : position + 1]
            return None if follows.isalnum() else position
    return None


def _mod97(iban: str) -> bool:
    return int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 == 1


_CARD = re.compile(r"(?<![\w.,])\d{4}([ \-]?)\d{2}(?:[ \-]?\d){7,12}\d(?![\w])")


def _cards(text: str, _cased: bool) -> Iterator[Found]:
    for match in _CARD.finditer(text):
        digits = _alnum(match.group())
        if 13 <= len(digits) <= 19 and digits[0] in "23456" and _luhn(digits):
            yield Found(match.start(), match.end(), Identifier.CARD, digits)


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (2 - index % 2) for index, digit in enumerate(digits[-2::-1])]
    return (sum(value - 9 * (value > 9) for value in doubled) + int(digits[-1])) % 10 == 0


# --- Identity numbers --------------------------------------------------------------------------------------------

_BSN = re.compile(
    r"(?<![\w€$£])(?<![\d][.,\-])(?:\d{8,9}|\d{3}([. ])\d{3}\1\d{3}|\d{4}[. ]\d{2}[. ]\d{3})(?![\w%])(?![.,\-]\d)"
)
_BSN_SAID = re.compile(r"bsn|burgerservice|sofi\b|sofi-?nummer")
_MONEY_AFTER = re.compile(r"\s*(?:euro|eur|cent|pond|pounds?|dollars?|€|£)", re.IGNORECASE)
_BELGIAN = re.compile(r"(?<![\w.])\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}(?!\w)")
_NI = re.compile(r"(?<!\w)[A-Za-z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-Da-d](?!\w)")
_PPS = re.compile(r"(?<!\w)\d{7} ?[A-Wa-w][ABHWTXZabhwtxz]?(?!\w)")


def _bsns(text: str, _cased: bool) -> Iterator[Found]:
    for match in _BSN.finditer(text):
        digits = _alnum(match.group())
        said = bool(_BSN_SAID.search(_before(text, match.start(), 45)))
        if said or (len(digits) == 9 and _eleven_test(digits) and not _MONEY_AFTER.match(text, match.end())):
            yield Found(match.start(), match.end(), Identifier.BSN, digits)
    for match in _BELGIAN.finditer(text):
        yield Found(match.start(), match.end(), Identifier.BSN, _alnum(match.group()))
    for match in _NI.finditer(text):
        if match.group()[:2].isupper() or "insurance" in _before(text, match.start(), 45):
            yield Found(match.start(), match.end(), Identifier.BSN, _alnum(match.group()))
    for match in _PPS.finditer(text):
        if _pps_check(_alnum(match.group())) or "pps" in _before(text, match.start(), 45):
            yield Found(match.start(), match.end(), Identifier.BSN, _alnum(match.group()))


def _eleven_test(digits: str) -> bool:
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return int(digits) > 0 and sum(w * int(d) for w, d in zip(weights, digits, strict=True)) % 11 == 0


def _pps_check(number: str) -> bool:
    total = sum(weight * int(digit) for weight, digit in zip(range(8, 1, -1), number[:7], strict=True))
    if len(number) == 9 and number[8] != "W":
        total += 9 * (ord(number[8]) - 64)
    return "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] == number[7]


_NUMBER = re.compile(r"(?<!\w)(?:[A-Z]{1,5}[ \-]?)?\d[\d \-/.]{2,20}\d(?:-?[A-Za-z]{1,3})?(?!\w)")
_ANNOUNCED = re.compile(
    r"(?<!\w)(?:(?:klant|polis|relatie|contract|order|bestel|dossier|zaak|patiënt|patient|lid|lidmaatschaps?|rekening|"
    r"factuur|paspoort|rijbewijs|identiteits?|id-|meter|serie|ticket|reserverings?|boekings?|personeels|studenten?|"
    r"inschrijf|registratie|referentie|aanvraag|schade|pas|document)nummer|kenmerk|ean-?code|(?:customer|client|account|"
    r"policy|reference|order|passport|licen[cs]e|membership|member|case|claim|booking|invoice|nhs|employee|staff|meter|"
    r"serial|ticket|reservation|student|patient|contract|registration|tracking) (?:number|no\.?|nr\.?|id)|sort code)"
    r"[^\d\n.?!]{0,25}$"
)


def _announced(text: str, _cased: bool) -> Iterator[Found]:
    """A number of at least five digits right behind a word that says what it is."""
    for match in _NUMBER.finditer(text):
        if sum(sign.isdigit() for sign in match.group()) < 5:
            continue
        if _ANNOUNCED.search(_before(text, match.start(), 60)):
            yield Found(match.start(), match.end(), Identifier.NUMBER, _alnum(match.group()))


_LONG = re.compile(r"(?<![\w.,])\d{10,30}(?![\w])")


def _long_numbers(text: str, _cased: bool) -> Iterator[Found]:
    for match in _LONG.finditer(text):
        if phone_digits(match.group()) is None:
            yield Found(match.start(), match.end(), Identifier.NUMBER, match.group())


# --- Cars --------------------------------------------------------------------------------------------------------

_PLATE_NL = re.compile(
    r"(?<![\w\-])(?:[A-Z]{2}-\d\d-\d\d|\d\d-\d\d-[A-Z]{2}|\d\d-[A-Z]{2}-\d\d|[A-Z]{2}-\d\d-[A-Z]{2}|[A-Z]{2}-[A-Z]{2}-\d\d|"
    r"\d\d-[A-Z]{2}-[A-Z]{2}|\d\d-[A-Z]{3}-\d|\d-[A-Z]{3}-\d\d|[A-Z]{2}-\d{3}-[A-Z]|[A-Z]-\d{3}-[A-Z]{2}|[A-Z]{3}-\d\d-[A-Z]|"
    r"[A-Z]-\d\d-[A-Z]{3}|\d-[A-Z]{2}-\d{3}|\d{3}-[A-Z]{2}-\d)(?![\w\-])",
    re.IGNORECASE,
)
_PLATE_MIDDLE = re.compile(r"-(?=[A-Za-z0-9]{2,3}-)")
_PLATE_OTHER = re.compile(r"(?<![\w\-])(?:[A-Z]{2}\d{2} ?[A-Z]{3}|\d{2,3}-[A-Z]{1,2}-\d{3,6})(?![\w\-])")
_PLATE_BARE = re.compile(r"(?<!\w)(?=[A-Za-z0-9]*\d)(?=[A-Za-z0-9]*[A-Za-z])[A-Za-z0-9]{6,7}(?!\w)")
_PLATE_SAID = re.compile(r"kenteken|nummerplaat|number plate|registration|licen[cs]e plate|\breg\b", re.IGNORECASE)


def _plates(text: str, _cased: bool) -> Iterator[Found]:
    # From the middle group outwards: hyphens are rarer than words.
    for middle in _PLATE_MIDDLE.finditer(text):
        match = _PLATE_NL.search(text, max(0, middle.start() - 3), middle.end() + 7)
        if match and match.start() < middle.start():
            yield Found(match.start(), match.end(), Identifier.PLATE, _alnum(match.group()))
    for match in _PLATE_OTHER.finditer(text):
        yield Found(match.start(), match.end(), Identifier.PLATE, _alnum(match.group()))
    if _PLATE_SAID.search(text):
        for match in _PLATE_BARE.finditer(text):
            if _PLATE_SAID.search(_before(text, match.start(), 30)):
                yield Found(match.start(), match.end(), Identifier.PLATE, _alnum(match.group()))


# --- Postcodes ---------------------------------------------------------------------------------------------------

_POSTCODE_NL = re.compile(
    r"(?<![\w.,\-€/])([1-9]\d{3})(\s?)([A-Za-z]{2})(?!\w)(?P<house>,? \d{1,4}(?:[a-z])?(?![\w.,:%]\d|\w))?"
)
_POSTCODE_SAID = re.compile(r"post ?code|postal code|eircode|zip|adres|address")
# Two letters after a year or an amount that are a word or a unit.
_NOT_LETTERS = word_set(
    "tv eu ns it hr pc ai uk us vs ov ev cv ok pr km kg wc bv nv gb mb tb kw en of in ik je we he is am pm ad bc er gp "
    "mm cm ml cc pk hp mw mg nl be de te op om zo nu ja al an as at by do go if me my no on or so to up sa sd ss st nd "
    "rd th wh hz ip rp kb jr sr nr ww vm dm mn ma na ze"
)
_YEAR_WORDS = re.compile(
    r"(?:\b(?:in|sinds|since|from|vanaf|van|tot|until|voor|na|rond|before|after|by|eind|begin|of)|['’]) $"
)
_UK = re.compile(r"(?<!\w)([A-Za-z]{1,2}\d[A-Za-z\d]?) ?(\d[ABD-HJLNP-UW-Zabd-hjlnp-uw-z]{2})(?!\w)")
_EIRCODE = re.compile(r"(?<!\w)(?:[AC-FHKNPRTV-Y]\d{2}|D6W) ?(?=\d*[A-Z])(?=[A-Z]*\d)[0-9AC-FHKNPRTV-Y]{4}(?!\w)")
_BARE_POSTCODE = re.compile(r"postcode(?: is| was|:)? ([1-9]\d{3})(?!\d| ?[A-Za-z]{2}(?!\w))", re.IGNORECASE)
_TOWN = re.compile(
    r",? (?P<town>(?:(?:['’]s|Den|De|Sint|St\.?|Nieuw|Oud)[ \-])?[A-Z][\w'’]+"
    r"(?:[ \-](?:(?:aan|op|bij|on|upon|in)[ \-](?:(?:den|de|het)[ \-])?)?[A-Z][\w'’]+){0,2})"
)


def _postcodes(text: str, cased: bool) -> Iterator[Found]:
    for match in _POSTCODE_NL.finditer(text):
        if _is_dutch_postcode(text, match, cased):
            yield Found(match.start(), match.end(), Identifier.POSTCODE, _alnum("".join(match.group(1, 3))))
            yield from _town(text, match.end())
    for match in _UK.finditer(text):
        said = _POSTCODE_SAID.search(_before(text, match.start(), 45))
        if match.group().isupper() or (said and match.group(2)[1:].lower() not in ("st", "nd", "rd", "th")):
            yield Found(match.start(), match.end(), Identifier.POSTCODE, _alnum(match.group()))
    for match in _EIRCODE.finditer(text):
        yield Found(match.start(), match.end(), Identifier.POSTCODE, _alnum(match.group()))
    for match in _BARE_POSTCODE.finditer(text):
        yield Found(match.start(1), match.end(1), Identifier.POSTCODE, match.group(1))


def _is_dutch_postcode(text: str, match: re.Match[str], cased: bool) -> bool:
    digits, gap, letters = match.group(1, 2, 3)
    before = _before(text, match.start(), 40)
    if _POSTCODE_SAID.search(before) and letters.lower() not in ("sa", "sd", "ss"):
        return letters.isupper() or letters.lower() not in _NOT_LETTERS
    if letters.lower() in _NOT_LETTERS or (digits[:2] in ("19", "20") and _YEAR_WORDS.search(before)):
        return False
    return letters.isupper() or (not gap and letters.islower()) or (not cased and bool(match.group("house")))


def _town(text: str, end: int) -> Iterator[Found]:
    """A postcode's town is part of the address."""
    town = _TOWN.match(text, end)
    if town:
        name = town.group("town")
        yield Found(town.start("town"), town.end("town"), Identifier.PLACE, name.casefold())
