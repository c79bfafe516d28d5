"""How pseudonyms are worded: by kind and number, in English and Dutch."""

from __future__ import annotations

from collections.abc import Mapping

from synth.privacy.values import Identifier

_WORDS: Mapping[Identifier, tuple[str, str]] = {
    Identifier.PARTICIPANT: ("participant", "deelnemer"),
    Identifier.INTERVIEWER: ("interviewer", "interviewer"),
    Identifier.SPEAKER: ("speaker", "spreker"),
    Identifier.PERSON: ("person", "persoon"),
    Identifier.COMPANY: ("company", "bedrijf"),
    Identifier.PLACE: ("place", "plaats"),
    Identifier.STREET: ("Street", "Straat"),
    Identifier.POSTCODE: ("postcode", "postcode"),
    Identifier.PHONE: ("phone number", "telefoonnummer"),
    Identifier.EMAIL: ("e-mail address", "e-mailadres"),
    Identifier.URL: ("web address", "webadres"),
    Identifier.IBAN: ("bank account", "bankrekening"),
    Identifier.BSN: ("identity number", "burgerservicenummer"),
    Identifier.CARD: ("card number", "kaartnummer"),
    Identifier.PLATE: ("number plate", "kenteken"),
    Identifier.BIRTH_DATE: ("date of birth", "geboortedatum"),
    Identifier.NUMBER: ("number", "nummer"),
}
"""In English and in Dutch."""
_LETTERED = frozenset({Identifier.COMPANY})
"""Those that have a letter, where that reads better than a number."""


def render_pseudonym(kind: Identifier, number: int, language: str) -> str:
    """`persoon 3`, `company A`: in Dutch for `nl`, else in English."""
    word = _WORDS[kind][1 if language == "nl" else 0]
    return f"{word} {_letters(number) if kind in _LETTERED else number}"


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
