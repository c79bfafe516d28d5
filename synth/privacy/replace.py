"""From a transcript to the same transcript under pseudonyms.

The promises: lines, turns, numbers and the id are those of the source, so that evidence resolves in both; the same name
has the same pseudonym in the whole study; replacing twice changes nothing more. What cannot be promised is that nothing
was missed: see `docs/privacy.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from synth.domain import Role, Transcript, fold_space
from synth.participants import is_generic
from synth.privacy.key import Key
from synth.privacy.labels import Form, label_forms
from synth.privacy.names import Book, Target, book_of, find_names
from synth.privacy.patterns import find_patterns
from synth.privacy.rewrite import Rewrite, rewrite_transcript
from synth.privacy.streets import find_streets
from synth.privacy.tokens import Tokens, tokenize
from synth.privacy.urls import find_urls
from synth.privacy.values import Found, Identifier, Replaced, Replacement
from synth.privacy.words import Words, load_words

# Which of two that overlap is right: the one with the surer shape.
_RANK = {
    kind: rank
    for rank, kind in enumerate(
        (
            Identifier.EMAIL, Identifier.URL, Identifier.IBAN, Identifier.CARD, Identifier.BIRTH_DATE, Identifier.NUMBER,
            Identifier.PLATE, Identifier.BSN, Identifier.PHONE, Identifier.POSTCODE, Identifier.STREET,
            Identifier.COMPANY, Identifier.PARTICIPANT, Identifier.INTERVIEWER, Identifier.SPEAKER, Identifier.PERSON,
            Identifier.PLACE,
        )
    )
}  # fmt: skip


def learn_names(transcripts: Iterable[Transcript], key: Key) -> None:
    """Note in the key who speaks under which label, so that they are known in every transcript of the study.

    Call it for all transcripts of a batch before any is replaced: then the order of files makes no difference.
    """
    for transcript in transcripts:
        for speaker in transcript.speakers:
            if speaker.name is None or not _names_somebody(speaker.name):
                continue
            if speaker.participant is not None:
                if speaker.name != speaker.participant:
                    key.add_participant(speaker.participant, speaker.name)
            elif speaker.role is Role.INTERVIEWER:
                label = fold_space(speaker.name)
                key.pseudonym(Identifier.INTERVIEWER, label.casefold(), transcript.language, label)


def replace_names(transcript: Transcript, key: Key) -> Replaced:
    """The transcript with a pseudonym for every name and identifier that was found.

    Args:
        transcript: its participants have ids. One that was replaced before comes back as it is.
        key: grows by what is new; save it before anything that was replaced is stored or sent.
    """
    learn_names([transcript], key)
    masker = Masker(key, transcript)
    found = masker.find(transcript)
    rewrites = [Rewrite(one.start, one.end, masker.words_for(one, transcript.text)) for one in found]
    changed, placed = rewrite_transcript(
        transcript, rewrites, masker.labels, masker.mask, neutral_name(transcript.name, [transcript], key)
    )
    replacements = tuple(
        Replacement(found[at.number].kind, rewrites[at.number].words, at.line, at.source_start, at.source_end, at.start, at.end)
        for at in placed
    )
    return Replaced(changed, replacements)


def replace_text(text: str, key: Key, language: str, transcript: Transcript | None = None) -> str:
    """A text that is no transcript (a label of a finding, a claim, a note) with pseudonyms for names.

    Args:
        transcript: whose words it is about; its speakers are then known by their first names too.
    """
    return Masker(key, transcript, language).mask(text)


class Masker:
    """Finds and words replacements for one transcript; made once, used for all its texts."""

    def __init__(self, key: Key, transcript: Transcript | None = None, language: str | None = None) -> None:
        self._key, self._words = key, load_words()
        self.language = language or (transcript.language if transcript else "en")
        self.labels = _new_labels(transcript, key) if transcript else {}
        """New names of the transcript's speakers."""
        self._book = _book(key, transcript, self.labels, self._words, self.language)

    def find(self, transcript: Transcript) -> list[Found]:
        """Everything to replace in a transcript's text; in order, without overlap."""
        starts, ends = [line.start for line in transcript.lines], [line.end for line in transcript.lines]
        return self._find(tokenize(transcript.text, starts, ends))

    def mask(self, text: str) -> str:
        """A text of no transcript, read as a note: names in any case are names."""
        found = self._find(tokenize(text, (), ()))
        parts, done = [], 0
        for one in found:
            parts += (text[done : one.start], self.words_for(one, text))
            done = one.end
        return "".join((*parts, text[done:]))

    def words_for(self, found: Found, text: str) -> str:
        """What is written in its place; new names enter the key."""
        if found.pseudonym is not None:
            return found.pseudonym + found.tail
        spelling = text[found.start : found.end].removesuffix(found.tail)
        return self._key.pseudonym(found.kind, found.canonical, self.language, spelling) + found.tail

    def _find(self, tokens: Tokens) -> list[Found]:
        found = find_patterns(tokens.text, self.language, cased=tokens.cased)
        found += find_streets(tokens, self._words)
        names = find_names(tokens, self._book, self._words, self.language)
        found += find_urls(tokens.text, self._words, self._book, names)
        return _without_overlap(found + names)


def neutral_name(name: str, transcripts: Sequence[Transcript], key: Key) -> str:
    """A file's name as the study shows it: its own, or one made of participants' ids where it holds a name.

    The same file keeps its neutral name, in the key; two files never share one.

    Args:
        transcripts: those read from the file; none where it could not be read.
    """
    if name in key.files:
        return key.files[name]
    path = PurePath(name)
    if name in key.files.values() or not _holds_name(path.stem, transcripts, key):
        return name
    people = sorted({s.participant for one in transcripts for s in one.speakers if s.participant})
    language = transcripts[0].language if transcripts else "en"
    stem = "-".join(people[:4]) or ("bestand" if language == "nl" else "file")
    taken = set(key.files.values())
    neutral, number = f"{stem}{path.suffix}", 1
    while neutral in taken:
        number += 1
        neutral = f"{stem} ({number}){path.suffix}"
    key.files[name] = neutral
    return neutral


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


def _names_somebody(label: str) -> bool:
    return not is_generic(label) and bool(label_forms(label, load_words(), "en"))


def _new_labels(transcript: Transcript, key: Key) -> dict[str | None, str]:
    """A new name for every speaker who has one of their own; no two are the same."""
    labels: dict[str | None, str] = {}
    kept = {speaker.name for speaker in transcript.speakers if speaker.name and not _names_somebody(speaker.name)}
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


def _book(
    key: Key, transcript: Transcript | None, labels: Mapping[str | None, str], words: Words, language: str
) -> Book:
    book = Book(keep=frozenset(tuple(name.lower().split()) for name in key.lists.get("keep", [])))
    own: dict[Target, list[Form]] = {}
    if transcript is not None:
        for speaker in transcript.speakers:
            if speaker.name in labels and speaker.name is not None:
                target = _target(speaker.participant, speaker.role, fold_space(speaker.name), labels[speaker.name])
                own.setdefault(target, []).extend(label_forms(speaker.name, words, language))
                # The same person may have spoken under another label elsewhere.
                for label in key.participants.get(speaker.participant or "", []):
                    own[target] += label_forms(label, words, language)
        # A participant under a code whose name the key knows from another file.
        for speaker in transcript.speakers:
            if speaker.participant and speaker.name not in labels:
                target = Target(Identifier.PARTICIPANT, speaker.participant, speaker.participant)
                for label in key.participants.get(speaker.participant, []):
                    own.setdefault(target, []).extend(label_forms(label, words, language))
    book.add(book_of(own, own=True))
    book.add(book_of(_listed(key, words, language), own=True))
    book.add(book_of(_others(key, words, language), own=False))
    return book


def _target(participant: str | None, role: Role, label: str, pseudonym: str) -> Target:
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
        phrase = _phrase(name)
        forms = [Form(phrase, surname=len(phrase) == 1 and not name.islower())]
        if len(phrase) > 1 and len(phrase[0]) > 4 and phrase[0] not in words.stop:
            forms.append(Form(phrase[:1], surname=True))
        listed[Target(Identifier.COMPANY, name.casefold())] = forms
    for name in key.lists.get("place", []):
        phrase = _phrase(name)
        listed[Target(Identifier.PLACE, name.casefold())] = [Form(phrase, surname=len(phrase) == 1 and not name.islower())]
    return {target: forms for target, forms in listed.items() if all(form.words for form in forms)}


def _phrase(name: str) -> tuple[str, ...]:
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


def _without_overlap(found: Iterable[Found]) -> list[Found]:
    """In order; of those that overlap the surest shape, then the longest."""
    chosen: list[Found] = []
    for one in sorted(found, key=lambda item: (item.start, -item.end)):
        if chosen and one.start < chosen[-1].end:
            other = chosen[-1]
            if (_RANK[one.kind], other.start - one.start) < (_RANK[other.kind], 0) and one.end >= other.end:
                chosen[-1] = one
            continue
        chosen.append(one)
    return chosen


def _holds_name(stem: str, transcripts: Sequence[Transcript], key: Key) -> bool:
    """Whether a file's name without its ending holds a name, a number or an address."""
    words = load_words()
    parts = [part.lower() for part in re.findall(r"[A-ZÀ-Þ]?[a-zß-ÿ]+|[A-ZÀ-Þ]+(?![a-zß-ÿ])|[^\W\d_]+", stem)]
    labels = [s.name for one in transcripts for s in one.speakers if s.name and _names_somebody(s.name)]
    labels += [label for known in key.participants.values() for label in known] + key.interviewers()
    language = transcripts[0].language if transcripts else "en"
    forms = {word for label in labels for form in label_forms(label, words, language) for word in form.words}
    known = {word for word in forms if len(word) > 2 and word not in words.particles and word not in words.stop}
    if known.intersection(parts):
        return True
    squeezed = "".join(parts)
    if any(len(name := "".join(_phrase(label))) > 4 and name in squeezed for label in labels):
        return True
    if any(part in words.safe_lower for part in parts):
        return True
    return bool(find_patterns(stem.replace("_", " "), language, cased=True))
