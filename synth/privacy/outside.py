"""Names outside the words of an interview: in file names and in attributes of participants."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from weakref import WeakKeyDictionary

from synth.domain import Transcript
from synth.privacy.key import Key
from synth.privacy.known import names_somebody, phrase_of
from synth.privacy.labels import label_forms
from synth.privacy.masker import Masker
from synth.privacy.patterns import find_patterns
from synth.privacy.words import Words, load_words


def neutral_name(name: str, transcripts: Sequence[Transcript], key: Key) -> str:
    """A file's name as the study shows it: its own, or one made of participants' ids where it holds a name.

    The same file keeps its neutral name, in the key; two files never share one.

    Args:
        transcripts: those read from the file; none where it could not be read.
    """
    if name in key.files:
        return key.files[name]
    file, part = _parts(name)
    path = PurePath(file)
    in_file = _holds_name(str(path.with_suffix("")), transcripts, key)
    in_part = _holds_name(part, transcripts, key)
    if name in key.files.values() or not (in_file or in_part):
        return name
    people = sorted({s.participant for one in transcripts for s in one.speakers if s.participant})
    language = transcripts[0].language if transcripts else "en"
    who = "-".join(people[:4]) or ("bestand" if language == "nl" else "file")
    taken = set(key.files.values())
    number = 1
    while (neutral := _made_of(who if number == 1 else f"{who} ({number})", path, part, in_file, in_part)) in taken:
        number += 1
    key.files[name] = neutral
    return neutral


def _parts(name: str) -> tuple[str, str]:
    """The file, and what an interview is called in it where it holds several: `book.xlsx#Sheet 2`."""
    file, _, part = name.partition("#")
    return (file, part) if PurePath(file).suffix else (name, "")


def _made_of(who: str, path: PurePath, part: str, in_file: bool, in_part: bool) -> str:
    """A name with `who` in place of what holds a name; in folders that hold one nothing is said to lie."""
    if not in_file:
        return f"{path}#{who}"
    return f"{who}{path.suffix}" if in_part or not part else f"{who}{path.suffix}#{part}"


_BEFORE_CAPITAL = re.compile(r"(?<![^\W_])([A-ZÀ-Þ][a-zß-ÿ]+)(?=[ _-][A-ZÀ-Þ][a-zß-ÿ])")
_NAMING_COLUMNS = re.compile(
    r"(?:(?:full|first|last|sur|family|voor|achter|volledige|roep)[-_ ]?)?(?:name|naam)|e[-_ ]?mail(?:adres| address)?|"
    r"(?:tele)?(?:phone|foon)(?:[-_ ]?(?:number|nummer))?|mobile|mobiel|adres|address|postcode|zip|geboortedatum|"
    r"date[-_ ]of[-_ ]birth|dob|birth[-_ ]?date|bsn|iban|street|straat|linkedin|nickname|bijnaam|contact",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Attributes:
    """Attributes of a participant that may be stored and shown."""

    kept: Mapping[str, str]
    dropped: tuple[str, ...]
    """Columns that say who somebody is."""


def clean_attributes(attributes: Mapping[str, str], key: Key, language: str) -> Attributes:
    """Attributes without columns that name somebody, and with pseudonyms in what is left."""
    dropped = tuple(column for column in attributes if _NAMING_COLUMNS.fullmatch(column.strip()))
    masker = Masker(key, None, language)
    return Attributes(
        {column: masker.mask(value) for column, value in attributes.items() if column not in dropped}, dropped
    )


def _holds_name(stem: str, transcripts: Sequence[Transcript], key: Key) -> bool:
    """Whether a file's name without its ending holds a name, a number or an address."""
    words = load_words()
    parts = [part.lower() for part in re.findall(r"[A-ZÀ-Þ]?[a-zß-ÿ]+|[A-ZÀ-Þ]+(?![a-zß-ÿ])|[^\W\d_]+", stem)]
    language = transcripts[0].language if transcripts else "en"
    labels = [s.name for one in transcripts for s in one.speakers if s.name and names_somebody(s.name)]
    squeezed = "".join(parts)
    for known in (_known(labels, words, language), _known_to(key, words, language)):
        if not known.words.isdisjoint(parts) or any(name in squeezed for name in known.names):
            return True
        # A name of two letters (`Bo`, `An`) is a word in many file names, but not with a capital.
        if not known.short.isdisjoint(re.findall(r"(?<![^\W\d_])[A-Z][a-z](?![^\W\d_])", stem)):
            return True
    if any(part in words.safe_lower for part in parts):
        return True
    # A first name that is a word as well (`Mark`, `Rik`) before another word with a capital: hiding costs nothing here.
    if any(first.lower() in words.first_names for first in _BEFORE_CAPITAL.findall(stem)):
        return True
    return bool(find_patterns(stem.replace("_", " "), language, cased=True))


@dataclass(frozen=True, slots=True)
class _Known:
    """What tells that a file is called after somebody."""

    words: frozenset[str]
    names: frozenset[str]
    """Whole names, their words written together."""
    short: frozenset[str]
    """Words of two letters, with a capital."""


_KNOWN: WeakKeyDictionary[Key, dict[str, tuple[int, _Known]]] = WeakKeyDictionary()


def _known_to(key: Key, words: Words, language: str) -> _Known:
    """The names of everybody in the study; made again only when the key has learned a name."""
    kept = _KNOWN.setdefault(key, {})
    if language not in kept or kept[language][0] != key.revision:
        labels = [label for known in key.participants.values() for label in known] + key.interviewers()
        kept[language] = key.revision, _known(labels, words, language)
    return kept[language][1]


def _known(labels: Collection[str], words: Words, language: str) -> _Known:
    forms = {word for label in labels for form in label_forms(label, words, language) for word in form.words}
    names = {"".join(phrase_of(label)) for label in labels}
    return _Known(
        frozenset(word for word in forms if len(word) > 2 and word not in words.particles and word not in words.stop),
        frozenset(name for name in names if len(name) > 4),
        frozenset(word.capitalize() for word in forms if len(word) == 2 and word not in words.particles),
    )
