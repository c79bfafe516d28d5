"""From a speaker's label to every form in which that person may be named in the words.

`Anna de Vries (deelnemer)` is also `Anna`, `De Vries`, `Vries`, `mevrouw De Vries`, `A. de Vries` and, in Dutch,
`Annas`. A label that names nobody (`R`, `Deelnemer 4`, `P07`) has no forms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from synth.privacy.words import Phrase, Words

_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]|[|/].*$|\s[-–—]\s.*$|<[^>]*>|@\S+|[\"“”„']([^\"“”„']{2,})[\"“”„'](?=\s)")
_NICKNAME = re.compile(r"[\"“”„(]\s*([^\W\d_]{2,})\s*[\"“”)]")
_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
_CODE = re.compile(r"[a-z]{1,12}[-_ ]?\d{1,5}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Form:
    """One way to name somebody: words in lower case."""

    words: Phrase
    first: bool = False
    """A first name or nickname by itself."""
    surname: bool = False
    """A surname by itself, without what stands before it ('Berg' of 'van den Berg')."""
    exact: str | None = None
    """Only in this very spelling: initials."""


def is_code(label: str) -> bool:
    """Whether a label is a code (`P07`, `Speaker 1`) or a pseudonym of ours already (`persoon 3`)."""
    return bool(_CODE.fullmatch(label.strip()))


def label_forms(label: str, words: Words, language: str) -> list[Form]:
    """Every form of the person behind a label; the fullest first, none where the label names nobody."""
    if is_code(label):
        return []
    name = _name_words(label, words)
    if not name:
        return []
    forms = [Form(name)] if len(name) > 1 else []
    if len(name) > 2 and not any(word in words.particles for word in name):
        # Which of three is a middle name and which a surname is not told: 'Mei Ling' and 'Ling Chen' both count.
        forms += [Form(name[:-1]), Form(name[1:])]
    firsts, particles, surname = _split(name, words)
    forms += list(_surname_forms(firsts, particles, surname))
    for first in _first_names(label, firsts, words):
        forms.append(Form((first,), first=True))
        forms += [Form((ending,), first=True) for ending in _inflected(first, language)]
    if firsts and "-" in firsts[0]:
        initials = "".join(part[0] for part in firsts[0].split("-")).upper()
        forms.append(Form((initials.lower(),), exact=initials))
    return list(dict.fromkeys(forms))


def _name_words(label: str, words: Words) -> Phrase:
    bare = _ASIDE.sub(" ", label)
    if bare.count(",") == 1:
        # 'Vries, Anna de': what stands after the comma comes first.
        last, first = bare.split(",")
        bare = f"{first} {last}" if last.strip() and first.strip() else bare
    found = [word.group().lower() for word in _WORD.finditer(bare.replace("_", " ").replace(".", ". "))]
    # 'de' is a word of labels ('de interviewer') and of names: it stays between or before names.
    kept = [word for word in found if word not in words.label_words or word in words.particles]
    while kept and (kept[-1] in words.particles or len(kept[-1]) == 1):
        kept.pop()
    return tuple(kept) if any(word not in words.particles for word in kept) else ()


def _split(name: Phrase, words: Words) -> tuple[Phrase, Phrase, Phrase]:
    """First names, what stands before the surname, and the surname with all that follows it."""
    if name[0] in words.particles and len(name) > 1:
        start = next(index for index, word in enumerate(name) if word not in words.particles)
        return (), name[:start], name[start:]
    at = next((index for index, word in enumerate(name) if index and word in words.particles), None)
    if at is not None:
        end = next(index for index in range(at, len(name)) if name[index] not in words.particles)
        return name[:at], name[at:end], name[end:]
    if len(name) == 1:
        return name, (), ()
    if len(name) > 2 and all(word in words.first_names for word in name[1:-1]):
        return name[:-1], (), name[-1:]
    return name[:1], (), name[1:] if len(name) > 2 else name[-1:]


def _surname_forms(firsts: Phrase, particles: Phrase, surname: Phrase) -> Iterator[Form]:
    if not surname:
        return
    if particles:
        yield Form(particles + surname)
    if len(surname) > 1:
        yield Form(surname)
    for index, word in enumerate(surname):
        if len(word) == 1:
            continue
        yield Form((word,), surname=True)
        yield Form((f"{word}s",), surname=True)
        if firsts and index == len(surname) - 1:
            for initial in {first[0] for first in firsts[:1]}:
                yield Form((initial, *particles, *surname))
        if "-" in word:
            yield from (Form((part,), surname=True) for part in word.split("-") if len(part) > 2)
            tail = word.split("-")[1:]
            yield from (Form((part, *surname[index + 1 :])) for part in tail if surname[index + 1 :])


def _first_names(label: str, firsts: Phrase, words: Words) -> list[str]:
    names = [first for first in firsts if len(first) > 1]
    names += [match.group(1).lower() for match in _NICKNAME.finditer(label)]
    names = [name for name in names if name not in words.label_words]
    for name in tuple(names):
        parts = name.split("-")
        names += [part for part in parts if len(parts) > 1 and len(part) > 1]
        names += sorted(words.nicknames.get(name, frozenset()))
    return list(dict.fromkeys(names))


def _inflected(name: str, language: str) -> Iterator[str]:
    """Genitive and diminutive; the apostrophe of `Anna's` is the tokenizer's business."""
    if len(name) < 3:
        return
    if name[-1] not in "sxz":
        yield f"{name}s"
    if language == "nl":
        yield f"{name}je" if name[-1] in "tdsfkp" else f"{name}tje"
