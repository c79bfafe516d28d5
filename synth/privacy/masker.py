"""Finding everything that is to be replaced in a text, and the words that are written in its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from synth.domain import Transcript, fold_space
from synth.parse.language import tell_sentence_language
from synth.privacy.book import Target
from synth.privacy.key import Key
from synth.privacy.known import new_labels, speaker_target, transcript_book
from synth.privacy.names import find_names
from synth.privacy.patterns import find_patterns
from synth.privacy.streets import find_streets
from synth.privacy.tokens import Tokens, tokenize
from synth.privacy.urls import find_urls
from synth.privacy.values import Found, Identifier
from synth.privacy.words import Words, load_words

# Which of two that overlap is right: the one with the surer shape.
_RANK = {
    kind: rank
    for rank, kind in enumerate(
        (
            Identifier.EMAIL, Identifier.URL, Identifier.IBAN, Identifier.CARD, Identifier.BIRTH_DATE,
            Identifier.NUMBER, Identifier.PLATE, Identifier.BSN, Identifier.PHONE, Identifier.POSTCODE,
            Identifier.STREET, Identifier.COMPANY, Identifier.PARTICIPANT, Identifier.INTERVIEWER, Identifier.SPEAKER,
            Identifier.PERSON,
            Identifier.PLACE,
        )
    )
}  # fmt: skip


class Masker:
    """Finds and words replacements for one transcript; made once, used for all its texts."""

    def __init__(self, key: Key, transcript: Transcript | None = None, language: str | None = None) -> None:
        self._key, self._words = key, load_words()
        self._others: dict[str, Masker] = {}
        self.language = language or (transcript.language if transcript else "en")
        self.labels = new_labels(transcript, key) if transcript else {}
        """New names of the transcript's speakers."""
        self._book = transcript_book(key, transcript, self.labels, self._words, self.language)
        self._targets = _label_targets(transcript, self.labels) if transcript else {}
        self._handle_targets = {
            name.casefold(): target for name, target in self._targets.items() if _HANDLE.fullmatch(name)
        }

    def find(self, transcript: Transcript) -> list[Found]:
        """Everything to replace in a transcript's text; in order, without overlap."""
        starts, ends = [line.start for line in transcript.lines], [line.end for line in transcript.lines]
        tokens = tokenize(transcript.text, starts, ends, _lower_lines(transcript, self._words))
        return self._find(tokens, _written_labels(transcript, self._targets))

    def mask(self, text: str) -> str:
        """A text of no transcript, read as a note: names in any case are names."""
        return self._masked(text, tokenize(text, (), ()))

    def mask_sentence(self, text: str) -> str:
        """A sentence of a draft or a label, which may be somebody's very words: read as speech, in its own language.

        It may be of speech that was written without capitals: a name that is no other word is one in either.
        """
        language = tell_sentence_language(text, self.language)
        if language == self.language:
            tokens = tokenize(text, (0,), (len(text),))
            shown = self._masked(text, tokens)
            if any(one.low == one.word and one.low in self._words.safe_lower for one in tokens.items):
                shown = self._masked(shown, tokenize(shown, (0,), (len(shown),), frozenset({0})))
            return shown
        other = self._others.get(language)
        if other is None:
            other = self._others[language] = Masker(self._key, None, language)
        return other.mask_sentence(text)

    def _masked(self, text: str, tokens: Tokens) -> str:
        found = self._find(tokens)
        parts: list[str] = []
        done = 0
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

    def _find(self, tokens: Tokens, labels: Iterable[Found] = ()) -> list[Found]:
        found = [*labels, *self._handles(tokens.text)]
        found += find_patterns(tokens.text, self.language, cased=tokens.cased)
        found += find_streets(tokens, self._words)
        names = find_names(tokens, self._book, self._words, self.language)
        found += find_urls(tokens.text, self._words, self._book, names)
        return _without_overlap(found + names)

    def _handles(self, text: str) -> Iterator[Found]:
        """Labels that are no words, `devin_b` or `anna.dv`, where they stand in the text."""
        if self._handle_targets:
            for match in _HANDLE.finditer(text):
                target = self._handle_targets.get(match.group().casefold())
                if target is not None:
                    yield Found(match.start(), match.end(), target.kind, target.canonical, target.pseudonym)


_FIRST_WORD = re.compile(r"[^\W\d_]+")
_HANDLE = re.compile(r"(?<![\w.])(?=[^\W_.]*[\d_.])\w[\w.]*\w(?![\w.]*\w)")


def _label_targets(transcript: Transcript, labels: Mapping[str | None, str]) -> dict[str, Target]:
    """Whom each label that is replaced names; the pseudonym is the new label."""
    return {
        speaker.name: replace(
            speaker_target(speaker.participant, speaker.role, fold_space(speaker.name), labels[speaker.name]),
            pseudonym=labels[speaker.name],
        )
        for speaker in transcript.speakers
        if speaker.name is not None and speaker.name in labels
    }


def _lower_lines(transcript: Transcript, words: Words) -> frozenset[int]:
    """Places of lines by speakers whose words were written without capitals, or in nothing else.

    Told by the small words that start their lines ('ik', 'maar', 'so'): these are never names, so that a text under
    pseudonyms is judged as its source was. A speaker without such lines is judged by all the others.
    """
    places: dict[str | None, list[int]] = {}
    seen: dict[str | None, list[bool]] = {}
    for place, line in enumerate(transcript.lines):
        speaker = transcript.turns[line.turn - 1].speaker
        places.setdefault(speaker, []).append(place)
        first = _FIRST_WORD.search(line.text)
        if first and first.group().lower() in words.stop - words.first_names and len(first.group()) > 1:
            seen.setdefault(speaker, []).append(first.group().istitle())
    everybody = [titled for own in seen.values() for titled in own]
    lower: set[int] = set()
    for speaker, own in places.items():
        titled = seen.get(speaker) or everybody
        if titled and sum(titled) < 0.5 * len(titled):
            lower.update(own)
    return frozenset(lower)


def _written_labels(transcript: Transcript, targets: Mapping[str, Target]) -> Iterator[Found]:
    """A speaker's label as it stands before a turn, with everything in it: `Devin Becker (GreenPark)`."""
    for turn in transcript.turns:
        target = targets.get(turn.speaker or "")
        if target is None or turn.speaker is None:
            continue
        start = transcript.lines[turn.first_line - 2].end if turn.first_line > 1 else 0
        between = transcript.text[start : transcript.lines[turn.first_line - 1].start]
        at = between.casefold().rfind(turn.speaker.casefold()) if len(between) == len(between.casefold()) else -1
        if at >= 0:
            yield Found(start + at, start + at + len(turn.speaker), target.kind, target.canonical, target.pseudonym)


def _without_overlap(found: Iterable[Found]) -> list[Found]:
    """In order; of those that overlap the surest shape, then the longest."""
    chosen: list[Found] = []
    for one in sorted(found, key=lambda item: (item.start, -item.end, _RANK[item.kind])):
        if chosen and one.start < chosen[-1].end:
            other = chosen[-1]
            if (_RANK[one.kind], other.start - one.start) < (_RANK[other.kind], 0) and one.end >= other.end:
                chosen[-1] = one
            continue
        chosen.append(one)
    return chosen
