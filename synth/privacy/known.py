"""Who is known before a transcript is read: its own speakers, the researcher's list, the study's other speakers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from weakref import WeakKeyDictionary

from synth.domain import Role, Transcript, fold_space
from synth.participants import is_generic
from synth.privacy.book import Book, Target
from synth.privacy.key import Key
from synth.privacy.labels import Form, label_forms
from synth.privacy.values import Identifier
from synth.privacy.words import Words, load_words

_STUDY_BOOKS: WeakKeyDictionary[Key, dict[str, tuple[int, Book]]] = WeakKeyDictionary()


def names_somebody(label: str) -> bool:
    """Whether a label is somebody's own, not a part in an interview or a code."""
    return not is_generic(label) and bool(label_forms(label, load_words(), "en"))


def new_labels(transcript: Transcript, key: Key) -> dict[str | None, str]:
    """A new name for every speaker who has one of their own; no two are the same."""
    labels: dict[str | None, str] = {}
    kept = {speaker.name for speaker in transcript.speakers if speaker.name and not names_somebody(speaker.name)}
    used = set(kept)
    for speaker in transcript.speakers:
        name = speaker.name
        if name is None or name in kept:
            continue
        folded = fold_space(name)
        if speaker.participant is not None:
            label = speaker.participant
        else:
            kind = Identifier.INTERVIEWER if speaker.role is Role.INTERVIEWER else Identifier.SPEAKER
            label = key.pseudonym(kind, folded.casefold(), transcript.language, folded)
        plain, number = label, 1
        while label in used:
            number += 1
            label = f"{plain} ({number})"
        used.add(label)
        labels[name] = label
    return labels


def transcript_book(
    key: Key, transcript: Transcript | None, labels: Mapping[str | None, str], words: Words, language: str
) -> Book:
    """The names known for one transcript: of its own speakers first, then those of the study.

    Args:
        labels: the new names of its speakers.
    """
    own: dict[Target, list[Form]] = {}
    for speaker in transcript.speakers if transcript is not None else ():
        name = speaker.name
        if name is not None and name in labels:
            target = speaker_target(speaker.participant, speaker.role, fold_space(name), labels[name])
            own.setdefault(target, []).extend(label_forms(name, words, language))
        if speaker.participant is not None:
            # Also under a code: the key may know the name from another file.
            target = Target(Identifier.PARTICIPANT, speaker.participant, speaker.participant)
            for label in key.participants.get(speaker.participant, []):
                own.setdefault(target, []).extend(label_forms(label, words, language))
    study = _study_book(key, words, language)
    book = Book(study.keep, study)
    book.add(own, own=True)
    return book


def _study_book(key: Key, words: Words, language: str) -> Book:
    """What holds for every transcript of the study; made again only when the key has learned a name."""
    books = _STUDY_BOOKS.setdefault(key, {})
    if language not in books or books[language][0] != key.revision:
        book = Book(frozenset(tuple(name.lower().split()) for name in key.lists.get("keep", [])))
        book.add(_listed(key, words, language), own=True)
        book.add(_others(key, words, language), own=False)
        books[language] = (key.revision, book)
    return books[language][1]


def speaker_target(participant: str | None, role: Role, label: str, pseudonym: str) -> Target:
    """Whom a label names."""
    if participant is not None:
        return Target(Identifier.PARTICIPANT, participant, participant)
    kind = Identifier.INTERVIEWER if role is Role.INTERVIEWER else Identifier.SPEAKER
    return Target(kind, label.casefold(), pseudonym)


def _listed(key: Key, words: Words, language: str) -> dict[Target, list[Form]]:
    """What the researcher listed: people in every form, firms also by their first word."""
    listed: dict[Target, list[Form]] = {}
    for name in key.lists.get("person", []):
        phrase = tuple(name.lower().split())
        listed[Target(Identifier.PERSON, name.casefold())] = [Form(phrase), *label_forms(name, words, language)]
    for name in key.lists.get("company", []):
        phrase = phrase_of(name)
        forms = [Form(phrase, surname=len(phrase) == 1 and not name.islower())]
        if len(phrase) > 1 and len(phrase[0]) > 4 and phrase[0] not in words.stop:
            forms.append(Form(phrase[:1], surname=True))
        listed[Target(Identifier.COMPANY, name.casefold())] = forms
    for name in key.lists.get("place", []):
        phrase = phrase_of(name)
        listed[Target(Identifier.PLACE, name.casefold())] = [
            Form(phrase, surname=len(phrase) == 1 and not name.islower())
        ]
    return {target: forms for target, forms in listed.items() if all(form.words for form in forms)}


def phrase_of(name: str) -> tuple[str, ...]:
    """The words of a name in lower case."""
    return tuple(re.findall(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*", name.lower()))


def _others(key: Key, words: Words, language: str) -> dict[Target, list[Form]]:
    """Speakers of other transcripts: by the full label, and by parts that are no other word."""
    others: dict[Target, list[Form]] = {}
    for person, labels in key.participants.items():
        for label in labels:
            forms = [form for form in label_forms(label, words, language) if len(form.words) > 1]
            others.setdefault(Target(Identifier.PARTICIPANT, person, person), []).extend(forms)
    for label in key.interviewers():
        pseudonym = key.pseudonym(Identifier.INTERVIEWER, label.casefold(), language)
        forms = [form for form in label_forms(label, words, language) if len(form.words) > 1]
        others.setdefault(Target(Identifier.INTERVIEWER, label.casefold(), pseudonym), []).extend(forms)
    return others
