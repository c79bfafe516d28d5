"""Names of people in the words of an interview.

Known names come first: the speakers of this transcript in every form, then what the researcher listed, then speakers of
the study's other transcripts by their full labels. Then people who are spoken of: by how they are introduced ('mijn naam
is', 'meneer', 'my sister', 'a man called'), and by a list of first names. A name that was found once in a transcript
is found in the whole of it, by its parts too.

What is also an ordinary word ('Mark', 'Will', 'Roos', 'Dan', 'Bakker') is a name where its capital is no accident of a
sentence's start, or where what follows is what a person does. A name that nothing introduces and no list holds is not
found: `synth.privacy.preview` lists the capitals that were left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import dropwhile

from synth.privacy.labels import Form
from synth.privacy.tokens import Token, Tokens
from synth.privacy.values import Found, Identifier
from synth.privacy.words import Phrase, Words

_PLAIN_GAP = re.compile(r"[ \t]{1,2}\n?[ \t]{0,4}|\n[ \t]{0,4}")
_INITIALS = re.compile(r"(?<!\w)(?:[A-Z]\. ?){1,4}$")
_CLOSES = re.compile(r"\s*(?:[,.!?;:)\"”’\n]|$|[–—-] )")
# Behind a verb these are its subject: 'Dan zegt zo'n vrouw', 'Dan belde mijn broer'.
_SUBJECTS = frozenset(
    "ik je jij u hij ie ze zij we wij jullie het i you he she it we they er men iemand somebody someone zo'n de een mijn m'n die "
    "dat onze haar zijn jouw uw my his her their our the a an".split()
)
_NEVER_BY_SURNAME = frozenset("dan will may can wil als an al in on made said".split())
_CALLED = frozenset("called named genaamd heet heette heetten".split())
_WHO = frozenset("die hij zij ze he she who wie".split())
_BARE_ROLE = frozenset({"zekere", "ene"})
_SHORT_TITLES = frozenset("mevr mw dhr dr drs prof ir ing mr mrs ms".split())
_ADDRESS = frozenset("meneer mevrouw mijnheer mevr mw dhr heer dr drs prof ir ing mr mrs ms".split())
_DUTCH_PLACERS = frozenset("in op aan uit bij onder over voor".split())


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a form names."""

    kind: Identifier
    canonical: str
    pseudonym: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A form with whom it names."""

    form: Form
    target: Target
    own: bool
    """Of somebody who speaks in this transcript, or listed by the researcher."""


@dataclass
class Book:
    """Known forms by their first word, the longest first."""

    entries: dict[str, list[Known]] = field(default_factory=dict)
    keep: frozenset[Phrase] = frozenset()
    """What the researcher wants left as it is."""

    def add(self, known: Iterable[Known]) -> None:
        """Add forms; the first who has a form keeps it."""
        for one in known:
            held = self.entries.setdefault(one.form.words[0], [])
            if all(other.form != one.form for other in held):
                held.append(one)
                held.sort(key=lambda entry: -len(entry.form.words))


@dataclass(frozen=True, slots=True)
class _Mention:
    first: int
    last: int
    """Exclusive."""
    words: Phrase
    target: Target | None = None
    titled: bool = False


def find_names(tokens: Tokens, book: Book, words: Words, language: str) -> list[Found]:
    """Every name of a person, and every listed company and place; in order, without overlap."""
    search = _Search(tokens, book, words, language)
    search.known_and_introduced()
    search.parts_of_those_found()
    return search.found()


class _Search:
    def __init__(self, tokens: Tokens, book: Book, words: Words, language: str) -> None:
        self.tokens, self.items, self.cased = tokens, tokens.items, tokens.cased
        self.book, self.words, self.language = book, words, language
        self.mentions: list[_Mention] = []
        self.taken: set[int] = set()
        self.untouched = frozenset(phrase[0] for phrase in words.no_persons | book.keep)
        self.solo = self._solo() if self.cased else frozenset()

    # --- The two passes ---

    def known_and_introduced(self) -> None:
        """Speakers, listed names, introduced people and first names."""
        index, entries, words = 0, self.book.entries, self.words
        names = words.first_names if self.cased else words.safe_lower
        while index < len(self.items):
            token = self.items[index]
            low = token.low
            mention = None
            if low in entries:
                mention = self._known(index, entries[low])
            if mention is None and "-" in low and any(part in entries for part in low.split("-")):
                mention = self._hyphenated(index)
            if mention is None and (token.capital or not self.cased or low in words.particles or low in names):
                skipped = self._left_alone(index)
                if skipped:
                    index += skipped
                    continue
                mention = self._person(index)
            if mention is None:
                index += 1
            else:
                self._take(mention)
                index = mention.last

    def parts_of_those_found(self) -> None:
        """Whoever was found once is found by first name, surname and genitive in the whole transcript."""
        learned: dict[str, list[Phrase]] = {}
        for mention in self.mentions:
            if mention.target is None:
                for form in self._learned_forms(mention):
                    held = learned.setdefault(form[0], [])
                    if form not in held:
                        held.append(form)
        # What is part of an address or a link is no word of the language.
        lower = {one.low for one in self.items if not one.capital and self.tokens.text[one.start - 1 : one.start].isspace()}
        for index, token in enumerate(self.items):
            if index in self.taken or token.low not in learned:
                continue
            for form in sorted(learned[token.low], key=len, reverse=True):
                last = self._matches(index, form)
                if last and self._is_learned_name(index, last, form, lower):
                    self._take(_Mention(index, last, form))
                    break

    def found(self) -> list[Found]:
        """What was found, each person under one canonical name."""
        resolved = self._resolve()
        done = []
        for mention in sorted(self.mentions, key=lambda one: one.first):
            token, last = self.items[mention.first], self.items[mention.last - 1]
            target = mention.target or Target(Identifier.PERSON, resolved[mention.words])
            start, tail = token.start, last.tail
            initials = _INITIALS.search(self.tokens.text, max(0, start - 16), start)
            if initials and target.kind not in (Identifier.COMPANY, Identifier.PLACE):
                start = initials.start()
            if not tail and self._is_genitive(mention, last):
                tail = "'s"
            end = last.end + len(last.tail)
            done.append(Found(start, end, target.kind, target.canonical, target.pseudonym, tail))
        return done

    # --- Known names ---

    def _known(self, index: int, entries: Sequence[Known]) -> _Mention | None:
        for known in entries:
            last = self._matches(index, known.form.words)
            if not last or not self._is_known_name(index, last, known):
                continue
            if known.form.first and known.target.kind is not Identifier.COMPANY:
                longer = self._name_end(index)
                if longer and longer > last and self._name_before(index, longer):
                    phrase = tuple(token.low for token in self.items[index:longer])
                    named = next((one for one in entries if one.form.words == phrase), None)
                    alone = not any(len(one.form.words) > 1 and one.target == known.target for one in entries)
                    target = named.target if named else known.target if alone else None
                    return _Mention(index, longer, phrase, target)
            return _Mention(index, last, known.form.words, known.target)
        return None

    def _is_known_name(self, index: int, last: int, known: Known) -> bool:
        token, form = self.items[index], known.form
        if form.exact is not None:
            return token.word == form.exact
        if not self.tokens.is_speech(index):
            return known.own or token.capital
        word = self.items[last - 1]
        plain = form.words[-1]
        if not (word.capital or (token.capital and len(form.words) > 1)):
            return self._is_safe_in_lower_case(form, known.own)
        if known.target.kind in (Identifier.COMPANY, Identifier.PLACE) or len(form.words) > 1:
            return True
        stem = plain[:-1] if plain.endswith("s") and not self._is_word(plain) else plain
        if not self._is_word(plain) and not self._is_word(stem):
            return True
        if not known.own:
            return False
        return self._is_used_as_name(index, last, stem)

    def _is_safe_in_lower_case(self, form: Form, own: bool) -> bool:
        """Whether a known name written without a capital is still the name."""
        last = form.words[-1]
        if form.surname:
            return not self.cased and own and not self._is_word(last) and len(last) > 3
        if len(form.words) > 1:
            return not self.cased or last not in self.words.surname_words
        return own and len(last) > 2 and not self._is_word(last) and not self._is_word(last.removesuffix("s"))

    def _is_used_as_name(self, index: int, last: int, word: str) -> bool:
        """Whether a speaker's name that is also a word is the name here: yes unless it reads as the word."""
        token, following = self.items[index], self._low(last)
        before = self._low(index - 1)
        plain_gap = self._is_plain(last - 1)
        if self.tokens.items[last - 1].tail:
            return True
        if word in self.words.other.get(self.language, self.words.other["both"]):
            return not self._reads_as_month(index)
        if before in self.words.articles and not token.initial:
            return False
        if not token.initial:
            return True
        if word in self.words.function.get(self.language, self.words.function["both"]):
            return not plain_gap or (following in self.words.speech and self._low(last + 1) not in _SUBJECTS)
        return not (plain_gap and following in self.words.verb_follows - self.words.speech)

    def _reads_as_month(self, index: int) -> bool:
        return self._low(index - 1) in ("in", "last", "this", "next", "since", "until", "of", "by", "from", "sinds", "vorige", "tot")

    def _hyphenated(self, index: int) -> _Mention | None:
        """`Berg-Jansen` where `Berg` is known: the whole word is a name."""
        token = self.items[index]
        for part in token.low.split("-"):
            for known in self.book.entries.get(part, ()):
                if known.form.words == (part,) and token.capital and known.own and not self._is_word(part):
                    return _Mention(index, index + 1, (token.low,), known.target)
        return None

    # --- People who are spoken of ---

    def _left_alone(self, index: int) -> int:
        """How many words a shop, a saint or a phrase to keep takes here; 0 where there is none."""
        if self.items[index].low not in self.untouched:
            return 0
        for phrases in (self.words.no_persons, self.book.keep):
            for length in (4, 3, 2, 1):
                phrase = tuple(token.low for token in self.items[index : index + length])
                if len(phrase) == length and phrase in phrases:
                    return length
        return 0

    def _person(self, index: int) -> _Mention | None:
        token = self.items[index]
        cue = self._cue(index)
        if cue:
            last = self._name_end(index, cued=True)
            if last and self._cue_holds(cue, index, last):
                phrase = self._phrase(index, last)
                return _Mention(index, last, phrase, self._behind_initials(phrase), titled=cue == "title")
        low = self._first_name(token)
        if low is None or not self._is_first_name(index, low):
            return None
        last = self._name_end(index) or index + 1
        if self.items[last - 1].low in self.words.places_after or self._low(last) in self.words.places_after:
            return None
        if self.cased and self.words.is_ambiguous(low, self.language):
            # In a heading every word has a capital.
            if not (self._is_person_by_context(index, last, low) and self.tokens.is_speech(index)):
                return None
        return _Mention(index, last, self._phrase(index, last))

    def _behind_initials(self, phrase: Phrase) -> Target | None:
        """The speaker that 'J.W. van den Berg' is, where it is one."""
        bare = tuple(dropwhile(lambda word: len(word) == 1, phrase))
        if not bare or bare == phrase:
            return None
        return next((one.target for one in self.book.entries.get(bare[0], ()) if one.own and one.form.words == bare), None)

    def _first_name(self, token: Token) -> str | None:
        """The first name that a word is, or is a genitive or a pair of; None where it is none."""
        names = self.words.first_names if self.cased else self.words.safe_lower
        low = token.low
        if low in names:
            return low
        if "-" in low and low.split("-")[0] in names and token.capital:
            return low.split("-")[0]
        bare = low[:-1]
        if (
            self.language != "en" and low.endswith("s") and len(bare) > 3 and bare in self.words.safe_lower
            and bare[-1] not in "sxz" and not self._is_word(low)
        ):  # fmt: skip
            return bare
        return None

    def _is_first_name(self, index: int, low: str) -> bool:
        token = self.items[index]
        if not self.cased:
            return low in self.words.safe_lower
        if not token.capital or (token.initial and low in self.words.kin):
            return False
        if token.word.isupper() and len(token.word) < 4:
            return False
        return not (self._low(index - 1) in self.words.places_before and self._is_plain(index - 1, also=". "))

    def _is_person_by_context(self, index: int, last: int, low: str) -> bool:
        """For a first name that is a word, a month or a place as well."""
        words, token = self.words, self.items[index]
        acts = self._is_plain(last - 1) and self._low(last) in words.speech and not self._reads_as_month(index)
        if token.initial and low in words.function["both"]:
            acts = acts and self._low(last + 1) not in _SUBJECTS
        if acts or self.items[last - 1].tail:
            return True
        surname = last > index + 1
        if low in words.other.get(self.language, words.other["both"]):
            return surname and low not in _NEVER_BY_SURNAME and not self._reads_as_month(index)
        if self._low(index - 1) in words.articles and self._is_plain(index - 1):
            return False
        if token.initial:
            return surname and low not in _NEVER_BY_SURNAME
        return True

    def _cue(self, index: int) -> str | None:
        """What before this word says that a person's name follows."""
        if index == 0:
            return None
        before, words = self._low(index - 1), self.words
        plain = self._is_plain(index - 1)
        stopped = before not in _SHORT_TITLES and not plain
        if before in words.titles and self._is_plain(index - 1, also=".") and not stopped:
            # 'de dokter van Sint Maarten' is of a place; 'mevrouw van Sint Maarten' would be odd.
            led = self.items[index].low in words.particles and not self.items[index].capital
            return None if led and before not in _ADDRESS else "title"
        if self.items[index].low in words.particles and not self.items[index].capital:
            return None
        if before in words.kin and self._is_somebodys(index - 1):
            if plain:
                return "kin"
            return "aside" if self.tokens.gap(index - 1) == ", " else None
        if before in _CALLED and plain and self._is_about_person(index - 1):
            return "called"
        if before in _BARE_ROLE and plain:
            return "called"
        if self._low(index + 1) in ("heet", "heette") and self._low(index + 2) in ("hij", "zij", "ze"):
            return "called"
        return self._phrase_cue(index)

    def _phrase_cue(self, index: int) -> str | None:
        if self._raw(index - 1) not in self.words.cue_ends:
            return None
        gap = self.tokens.gap(index - 1)
        if not (_PLAIN_GAP.fullmatch(gap) or gap in (": ", ", ", " '", ' "')):
            return None
        for length in (1, 2, 3, 4):
            phrase = tuple(self._raw(place) for place in range(index - length, index))
            if phrase in self.words.introductions:
                return "introduction"
            if phrase in self.words.soft_introductions and self._is_plain(index - 1):
                return "soft"
            if phrase in self.words.greetings and "\n\n" not in gap:
                return "greeting"
        return None

    def _cue_holds(self, cue: str, index: int, last: int) -> bool:
        token, after = self.items[index], self.tokens.gap(last - 1)
        low = self.items[last - 1].low
        if low in self.words.stop and low not in self.words.first_names:
            return False
        if token.low in self.words.stop and token.low not in self.words.particles | self.words.first_names:
            return False
        if not self.cased:
            return token.low in self.words.safe_lower or (
                cue == "introduction" and self._low(index - 1) in ("is", "name", "heet") and len(token.low) > 2
            )
        if not any(one.capital for one in self.items[index:last]):
            return False
        if cue == "soft":
            ends = bool(_CLOSES.match(after)) or self._low(last) in ("en", "and", "van", "from")
            return last > index + 1 or (ends and not token.low.endswith("ing"))
        if cue in ("greeting", "aside"):
            return bool(_CLOSES.match(after)) or self._low(index - 1) in ("dear", "beste", "lieve", "geachte")
        return True

    def _is_somebodys(self, index: int) -> bool:
        """Whether a word for a relative belongs to somebody: 'mijn zus', 'my late husband', 'Gerrits zus'."""
        for place in (index - 1, index - 2):
            if place < 0:
                return False
            owner = self.items[place]
            if owner.low in self.words.possessives or owner.tail:
                return True
            if place == index - 1 and owner.capital and owner.low.endswith("s") and place in self.taken:
                return True
        return False

    def _is_about_person(self, index: int) -> bool:
        """Whether 'called' or 'heet' is said of a person, not of a firm or a thing."""
        if self._low(index - 1) in _WHO:
            return True
        near = self.items[max(0, index - 3) : index]
        return any(token.low in self.words.persons or token.low in self.words.kin for token in near)

    # --- How far a name goes ---

    def _name_end(self, index: int, *, cued: bool = False) -> int | None:
        """Where the name that starts here ends; None where none does."""
        place, taken = index, 0
        while place < len(self.items) and taken < 4:
            start = place
            while place < len(self.items) - 1 and self.items[place].low in self.words.particles and (
                self._is_plain(place, also=" '")
            ):
                place += 1
            token = self.items[place]
            run = tuple(one.low for one in self.items[start:place])
            if taken and token.initial and self._ends_sentence(place - 1) and len(self.items[place - 1].word) > 1:
                return start
            if not self._is_name_word(token, cued=cued and taken == 0 or not self.cased and bool(run)):
                return start if taken else None
            if run and not self._may_carry(run, token, leads=taken == 0):
                return start if taken else None
            place += 1
            taken += 1
            initial = len(token.word) == 1 and self.tokens.gap(place - 1) in (".", ". ")
            if token.tail or not (self._is_plain(place - 1) or initial):
                break
            if not self.cased and not (place < len(self.items) and self.items[place].low in self.words.particles):
                break
        return place if taken else None

    def _is_name_word(self, token: Token, *, cued: bool) -> bool:
        if token.low in self.words.stop and token.low not in self.words.first_names:
            return False
        if not self.cased:
            return cued and len(token.low) > 1
        if not token.capital or token.low in self.words.label_words:
            return False
        # ING, FPGAs
        return not (token.word[:2].isupper() and len(token.word) > 1 and token.low not in self.words.first_names)

    def _may_carry(self, run: Phrase, token: Token, *, leads: bool) -> bool:
        """Whether a word after 'van', 'de' and the like is a surname, and not where somebody is or works."""
        if leads:
            return token.capital or not self.cased
        if run[0] in _DUTCH_PLACERS and run[-1] not in ("'t", "’t", "t", "den"):
            return False
        if len(run) == 1 and run[0] in _DUTCH_PLACERS:
            return False
        return token.low not in self.solo

    def _name_before(self, index: int, last: int) -> bool:
        """Whether the longer reading of a known first name is a full name, not two people side by side."""
        return all(self.items[place].low not in self.book.entries for place in range(index + 1, last)) or any(
            self.items[place].low in self.words.particles for place in range(index + 1, last)
        )

    def _solo(self) -> frozenset[str]:
        """Words that stand with a capital by themselves in mid-sentence: firms and places, rarely surnames."""
        alone = set()
        for index, token in enumerate(self.items):
            if token.capital and not token.initial and index:
                before = self.items[index - 1]
                if before.low not in self.words.particles and not before.capital and before.low not in self.words.titles:
                    alone.add(token.low)
        return frozenset(alone)

    # --- Parts of names that were found ---

    def _learned_forms(self, mention: _Mention) -> list[Phrase]:
        name = mention.words
        if len(name) == 1:
            return [name, (f"{name[0]}s",)]
        first = next((index for index, word in enumerate(name) if word in self.words.particles), len(name) - 1)
        surname = name[first:]
        forms = [name, surname, surname[-1:], (*surname[:-1], f"{surname[-1]}s")]
        if first and not mention.titled and len(name[0]) > 1:
            forms += [name[:1], (f"{name[0]}s",)]
        return [form for form in forms if form and len(form[-1]) > 1 and form[-1] not in self.words.particles]

    def _is_learned_name(self, index: int, last: int, form: Phrase, lower: set[str]) -> bool:
        token, word = self.items[index], self.items[last - 1]
        if any(place in self.taken for place in range(index, last)):
            return False
        if not self.cased:
            return word.low in self.words.safe_lower or (len(form) > 1) or not self._is_word(word.low)
        if not word.capital or word.low in self.words.stop or (word.word.isupper() and len(word.word) < 4):
            return False
        if len(form) > 1:
            return True
        stem = form[0].removesuffix("s")
        if not (self._is_word(form[0]) or self._is_word(stem) or form[0] in lower):
            return True
        if self._low(index - 1) in self.words.articles and self._is_plain(index - 1):
            return False
        if self._reads_as_month(index) and stem in self.words.other["both"]:
            return False
        if not token.initial or self._is_person_by_context(index, last, stem):
            return True
        # 'Ivy, she said': who is spoken to; but 'Dan, na een week' is the adverb.
        called = self.tokens.gap(last - 1).startswith(",") and stem not in self.words.function["both"]
        return called or self._low(last) in self.words.speech

    def _resolve(self) -> dict[Phrase, str]:
        """One canonical name for every way in which a person is named here."""
        names = list(dict.fromkeys(mention.words for mention in self.mentions if mention.target is None))
        full = [name for name in names if len(name) > 1 and name[0] not in self.words.particles]
        resolved = {}
        for name in names:
            stems = {name[0], name[0].removesuffix("s")} if len(name) == 1 else set()
            owners = [
                one for one in full
                if one != name and (one[-len(name) :] == name or one[0] in stems or one[-1] in stems)
            ]  # fmt: skip
            bare = next((one for one in names if len(one) == 1 and len(name) == 1 and f"{one[0]}s" == name[0]), name)
            resolved[name] = " ".join(owners[0] if len(owners) == 1 else bare)
        return resolved

    def _is_genitive(self, mention: _Mention, last: Token) -> bool:
        """`Jans` for somebody called Jan, `Annas` for Anna: written as `persoon 1's`."""
        if not last.low.endswith("s"):
            return False
        stem = last.low[:-1]
        if mention.target is not None and mention.target.kind in (Identifier.PARTICIPANT, Identifier.INTERVIEWER):
            return any(
                stem == known.form.words[-1]
                for known in self.book.entries.get(stem, ())
                if known.target == mention.target
            )
        return any(other.words[-1] == stem or other.words[0] == stem for other in self.mentions)

    # --- Looking around ---

    def _take(self, mention: _Mention) -> None:
        self.mentions.append(mention)
        self.taken.update(range(mention.first, mention.last))

    def _phrase(self, first: int, last: int) -> Phrase:
        return tuple(token.low for token in self.items[first:last])

    def _low(self, index: int) -> str:
        return self.items[index].low if 0 <= index < len(self.items) else ""

    def _raw(self, index: int) -> str:
        if not 0 <= index < len(self.items):
            return ""
        token = self.items[index]
        return (token.low + token.tail).replace("’", "'")

    def _is_plain(self, index: int, also: str | None = None) -> bool:
        """Whether nothing but a blank stands between a word and the next."""
        gap = self.tokens.gap(index) if 0 <= index < len(self.items) - 1 else ""
        if _PLAIN_GAP.fullmatch(gap):
            return True
        return also is not None and gap.rstrip() == also.rstrip() and len(gap) <= 2

    def _ends_sentence(self, index: int) -> bool:
        return any(sign in ".!?…:" for sign in self.tokens.gap(index))

    def _matches(self, index: int, phrase: Phrase) -> int | None:
        """Where a known form that starts at this word ends; None where it is another."""
        last = index + len(phrase)
        if last > len(self.items):
            return None
        for place, word in enumerate(phrase):
            token = self.items[index + place]
            if token.low != word or (token.tail and place < len(phrase) - 1):
                return None
            if place and not self._is_plain(index + place - 1, also="." if len(phrase[place - 1]) == 1 else " '"):
                return None
        return last

    def _is_word(self, low: str) -> bool:
        words = self.words
        return (
            words.is_ambiguous(low, self.language)
            or low in words.surname_words
            or low in words.stop
            or low in words.titles
            or low in words.kin
        )


def book_of(known: Mapping[Target, Sequence[Form]], *, own: bool) -> list[Known]:
    """Forms with whom they name, ready to be added to a book."""
    return [Known(form, target, own) for target, forms in known.items() for form in forms]
