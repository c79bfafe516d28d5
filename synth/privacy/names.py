"""Names of people in the words of an interview.

Known names come first: the speakers of this transcript in every form, then what the researcher listed, then speakers of
the study's other transcripts by their full labels. Then people who are spoken of: by how they are introduced ('mijn
naam is', 'meneer', 'my sister', 'a man called'), and by a list of first names. A name that was found once in a
transcript is found in the whole of it, by its parts too.

What is also an ordinary word ('Mark', 'Will', 'Roos', 'Dan', 'Bakker') is a name where its capital is no accident of a
sentence's start, or where what follows is what a person does. A name that nothing introduces and no list holds is not
found: `synth.privacy.preview` lists the capitals that were left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import dropwhile

from synth.privacy.book import LONGEST, Book, Known, Target
from synth.privacy.introduced import SAYS, SUBJECTS, Introduced
from synth.privacy.labels import Form
from synth.privacy.tokens import Token, Tokens
from synth.privacy.values import Found, Identifier
from synth.privacy.words import Phrase, Words, word_set

_INITIALS = re.compile(r"(?<!\w)(?:[A-Z]\. ?){1,4}$")
_NEVER_BY_SURNAME = word_set("dan will may can wil als an al in on made said")
# In standard Dutch and English no person is named behind one: 'De Linde heeft gebeld' is a firm. 'Die Roos' may be one.
_BARE_ARTICLES = word_set("de het een 'n the a an")
# Behind a name that was met elsewhere, at the start of a sentence: 'Grace was lovely', 'Mark put'.
_PREDICATES = word_set(
    "was is isn't wasn't will would can could couldn't never always just also put got took made paid turned looked "
    "seemed bleef kon wou zou moest nam gaf zag had heeft"
)


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


class _Search(Introduced):
    def __init__(self, tokens: Tokens, book: Book, words: Words, language: str) -> None:
        super().__init__(tokens, book, words, language)
        self.mentions: list[_Mention] = []
        self.bare: set[str] = set()
        self.untouched = frozenset(phrase[0] for phrase in words.no_persons | book.keep)

    # --- The two passes ---

    def known_and_introduced(self) -> None:
        """Speakers, listed names, introduced people and first names."""
        index, book, words = 0, self.book, self.words
        mixed = bool(self.tokens.lower_lines)
        names = words.first_names if self.cased else words.safe_lower
        while index < len(self.items):
            token = self.items[index]
            low = token.low
            mention = None
            if mixed:
                self.cased = self.tokens.is_cased(index)
                names = words.first_names if self.cased else words.safe_lower
            if book.starts(low):
                mention = self._known(index)
            if mention is None and "-" in low:
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
        firsts = {mention.words for mention in self.mentions if len(mention.words) == 1 and not mention.titled}
        # What is part of an address or a link is no word of the language.
        lower = {
            one.low for one in self.items if not one.capital and self.tokens.text[one.start - 1 : one.start].isspace()
        }
        for index, token in enumerate(self.items):
            if index in self.taken or token.low not in learned:
                continue
            self.cased = self.tokens.is_cased(index)
            for form in sorted(learned[token.low], key=len, reverse=True):
                last = self.matches(index, form)
                if last and self._is_learned_name(index, last, form, lower):
                    longer = self.name_end(index) if form in firsts and self.cased else None
                    if longer and self.items[longer - 1].low not in self.words.places_after:
                        # 'Quinten Jansen' where Jansen is known already: no two mentions share a word.
                        last = next((place for place in range(last, longer) if place in self.taken), max(last, longer))
                    self._take(_Mention(index, last, self._phrase(index, last)))
                    break

    def found(self) -> list[Found]:
        """What was found, each person under one canonical name."""
        resolved = self._resolve()
        self.bare = {word for mention in self.mentions for word in (mention.words[0], mention.words[-1])}
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

    def _known(self, index: int) -> _Mention | None:
        for known in self.book.candidates([token.low for token in self.items[index : index + LONGEST]]):
            last = self.matches(index, known.form.words)
            if not last or not self._is_known_name(index, last, known):
                continue
            if known.form.first and known.target.kind is not Identifier.COMPANY:
                longer = self.name_end(index)
                if longer and longer > last and self.name_before(index, longer):
                    # 'Anna Jansen' is another than the Anna de Vries who speaks; but somebody called just Anna.
                    target = None if self.book.has_full_name(known.target) else known.target
                    return _Mention(index, longer, self._phrase(index, longer), target)
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
        stem = plain[:-1] if plain.endswith("s") and not self.is_word(plain) else plain
        if not self.is_word(plain) and not self.is_word(stem):
            return True
        if not known.own:
            return False
        return self._is_used_as_name(index, last, stem)

    def _is_safe_in_lower_case(self, form: Form, own: bool) -> bool:
        """Whether a known name written without a capital is still the name."""
        last = form.words[-1]
        if form.surname:
            return not self.cased and own and not self.is_word(last) and len(last) > 3
        if len(form.words) > 1:
            first = form.words[0]
            named = first in self.words.first_names and not self.is_word(first)
            return named or not self.cased or last not in self.words.surname_words
        return own and len(last) > 2 and not self.is_word(last) and not self.is_word(last.removesuffix("s"))

    def _is_used_as_name(self, index: int, last: int, word: str) -> bool:
        """Whether a speaker's name that is also a word is the name here: yes unless it reads as the word."""
        token, following = self.items[index], self.low(last)
        before = self.low(index - 1)
        plain_gap = self.is_plain(last - 1)
        if self.tokens.items[last - 1].tail:
            return True
        if word in self.words.other.get(self.language, self.words.other["both"]):
            return not self._reads_as_month(index)
        if before in self.words.articles and not token.initial:
            return False
        if not token.initial:
            return True
        if word in self.words.function.get(self.language, self.words.function["both"]):
            # Dutch puts the subject behind the verb, where 'Dan' is the adverb; English does not.
            inverted = self.language != "en" and self.low(last + 1) in SUBJECTS
            return not plain_gap or (following in self.words.speech and not inverted)
        return not (plain_gap and following in self.words.verb_follows - self.words.speech)

    def _reads_as_month(self, index: int) -> bool:
        return self.low(index - 1) in (
            "in",
            "last",
            "this",
            "next",
            "since",
            "until",
            "of",
            "by",
            "from",
            "sinds",
            "vorige",
            "tot",
        )

    def _hyphenated(self, index: int) -> _Mention | None:
        """`Berg-Jansen` where `Berg` is known: the whole word is a name."""
        token = self.items[index]
        for part in token.low.split("-"):
            known = self.book.find((part,))
            if known and known.own and token.capital and not self.is_word(part):
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
        cue = self.cue(index)
        if cue:
            last = self.name_end(index, cued=True)
            if last and self.cue_holds(cue, index, last):
                phrase = self._phrase(index, last)
                titled = cue == "title" and self.low(index - 1) not in self.words.kin
                return _Mention(index, last, phrase, self._behind_initials(phrase), titled)
        if cue == "title" and (end := self.addressed_end(index)):
            return _Mention(index, end, self._phrase(index, end), titled=True)
        if end := self.end_of_name_said_twice(index):
            return _Mention(index, end, self._phrase(index, end))
        if self._is_beside_name(index):
            return _Mention(index, index + 1, (token.low,))
        low = self._first_name(token)
        if low is None and self.is_noun_that_acts(index):
            return _Mention(index, index + 1, (token.low,))
        if low is None or not self._is_first_name(index, low):
            return None
        last = self.name_end(index) or index + 1
        if self.items[last - 1].low in self.words.places_after or self.low(last) in self.words.places_after:
            return None
        ambiguous = self.cased and self.words.is_ambiguous(low, self.language)
        # In a heading every word has a capital.
        if ambiguous and not (self._is_person_by_context(index, last, low) and self.tokens.is_speech(index)):
            return None
        return _Mention(index, last, self._phrase(index, last))

    def _behind_initials(self, phrase: Phrase) -> Target | None:
        """The speaker that 'J.W. van den Berg' is, where it is one."""
        bare = tuple(dropwhile(lambda word: len(word) == 1, phrase))
        if not bare or bare == phrase:
            return None
        known = self.book.find(bare)
        return known.target if known and known.own else None

    def _is_beside_name(self, index: int) -> bool:
        """Whether a word with a capital is told in one breath with a first name: 'met Kacper en Anna'."""
        token = self.items[index]
        if not self.cased or token.initial or self.is_word(token.low) or not self._is_name_word(token, cued=False):
            return False
        return any(
            self.low(index + side) in ("en", "and")
            and self.is_plain(min(index, index + side))
            and self.is_plain(min(index + side, index + 2 * side))
            and 0 <= index + 2 * side < len(self.items)
            and self.items[index + 2 * side].capital
            and not self.is_word(self.low(index + 2 * side))
            and (self.low(index + 2 * side) in self.words.safe_lower or index + 2 * side in self.taken)
            for side in (1, -1)
        )

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
            and bare[-1] not in "sxz" and not self.is_word(low)
        ):  # fmt: skip
            return bare
        return None

    def _is_first_name(self, index: int, low: str) -> bool:
        token = self.items[index]
        if not self.cased:
            return low in self.words.safe_lower
        if not token.capital or (token.initial and low in self.words.kin):
            return False
        if "-" in token.low and token.low.rsplit("-", 1)[1] in self.words.places_after:
            return False
        if token.word.isupper() and len(token.word) < 4:
            return False
        return not (self.low(index - 1) in self.words.places_before and self.is_plain(index - 1, also=". "))

    def _is_person_by_context(self, index: int, last: int, low: str) -> bool:
        """For a first name that is a word, a month or a place as well."""
        words, token = self.words, self.items[index]
        if self.low(index - 1) in _BARE_ARTICLES and self.is_plain(index - 1):
            return self._is_flemish(index, last)
        surname = last > index + 1
        if self.is_relative_of_somebody(last):
            # 'Ben, mijn broer', 'Roos mijn zus'; but 'Ben mijn vader kwijt' and 'Will my boss ring?' are the words.
            noun = self.language == "nl" and low in words.noun["nl"]
            if noun or surname or not token.initial or not self.is_plain(last - 1):
                return True
        acts = self.is_plain(last - 1) and self.low(last) in words.speech and not self._reads_as_month(index)
        if self.language != "en" and token.initial and low in words.function["both"]:
            acts = acts and self.low(last + 1) not in SUBJECTS
        if acts or self.items[last - 1].tail:
            return True
        if low in words.other.get(self.language, words.other["both"]):
            return surname and low not in _NEVER_BY_SURNAME and not self._reads_as_month(index)
        if self.low(index - 1) in words.articles and self.is_plain(index - 1):
            return False
        if token.initial:
            return surname and low not in _NEVER_BY_SURNAME
        return True

    def _is_flemish(self, index: int, last: int) -> bool:
        """Whether an article stands before somebody's name: 'en de Roos zei'; with a capital, 'De Roos', it may be of a
        firm."""
        article = self.items[index - 1]
        return article.low == "de" and not article.capital and self.low(last) in SAYS

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
            if word.low in self.words.safe_lower or (len(form) > 1) or not self.is_word(word.low):
                return True
            noun = self.language == "nl" and word.low in self.words.noun["nl"]
            return noun and self.low(index - 1) not in self.words.articles
        if not word.capital or word.low in self.words.stop or (word.word.isupper() and len(word.word) < 4):
            return False
        if len(form) > 1:
            return True
        stem = form[0].removesuffix("s")
        if not (self.is_word(form[0]) or self.is_word(stem) or form[0] in lower):
            return True
        if self.low(index - 1) in _BARE_ARTICLES and self.is_plain(index - 1):
            return self._is_flemish(index, last)
        if self._reads_as_month(index) and stem in self.words.other["both"]:
            return False
        if not token.initial or self._is_person_by_context(index, last, stem):
            return True
        # 'Ivy, she said': who is spoken to; but 'Dan, na een week' is the adverb.
        called = self.tokens.gap(last - 1).startswith((",", ".")) and stem not in self.words.function["both"]
        acts = self.low(last) in self.words.speech
        if called or acts:
            return True
        ambiguous = self.words.is_ambiguous(stem, self.language) and stem not in self.words.function["nl"]
        return ambiguous and self.low(last) in _PREDICATES

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
            known = self.book.find((stem,))
            return known is not None and known.target == mention.target
        return stem in self.bare

    def _take(self, mention: _Mention) -> None:
        self.mentions.append(mention)
        self.taken.update(range(mention.first, mention.last))

    def _phrase(self, first: int, last: int) -> Phrase:
        return tuple(token.low for token in self.items[first:last])
