"""How people who are spoken of are introduced: by what stands before a name, and, in text without capitals, by what is
done or said of them."""

from __future__ import annotations

import re

from synth.privacy.around import PLAIN_GAP, Around
from synth.privacy.book import Book
from synth.privacy.tokens import Tokens
from synth.privacy.words import Words, word_set

_CLOSES = re.compile(r"\s*(?:[,.!?;:)\"”’\n]|$|[–—-] )")
# Behind a verb these are its subject: 'Dan zegt zo'n vrouw', 'Dan belde mijn broer'.
SUBJECTS = word_set(
    "ik je jij u hij ie ze zij we wij jullie het i you he she it we they er men iemand somebody someone zo'n de een "
    "mijn m'n die dat onze haar zijn jouw uw my his her their our the a an"
)
_CALLED = word_set("called named genaamd heet heette heetten")
_WHO = word_set("die hij zij ze he she who wie")
_BARE_ROLE = frozenset({"zekere", "ene"})
_SHORT_TITLES = word_set("mevr mw dhr dr drs prof ir ing mr mrs ms")
_ADDRESS = word_set("meneer mevrouw mijnheer mevr mw dhr heer dr drs prof ir ing mr mrs ms")
# What only a person does, so that 'noor zei' and 'so rosie said' name somebody without a capital.
SAYS = word_set(
    "zei zegt vroeg vraagt belde appte mailde riep vertelde antwoordde said says asked told replied rang texted emailed"
)
# With one of these behind the verb another says it: 'de dag erna belde hij'.
_WHO_ELSE = word_set("ik je jij u hij ie ze zij we wij jullie er men iemand i you he she they")
_BEFORE_PEOPLE = word_set("met van bij tegen door with from to by")
_BEHIND_PEOPLE = word_set("van uit en from of at and")
_SPELT_ADDRESS = word_set("meneer mevrouw mijnheer dokter mister missus doctor")
_ON_THE_PHONE = (("aan", "de", "lijn"), ("aan", "de", "telefoon"))
_ONLY_IN_NAMES = word_set("der den ter ten 't ’t")


class Introduced(Around):
    """What says of a word that it is somebody's name."""

    def __init__(self, tokens: Tokens, book: Book, words: Words, language: str) -> None:
        super().__init__(tokens, book, words, language)
        self.taken: set[int] = set()
        """The words that are part of a name that was found."""

    def cue(self, index: int) -> str | None:
        """What before this word says that a person's name follows."""
        if index == 0:
            return None
        before, words = self.low(index - 1), self.words
        plain = self.is_plain(index - 1)
        stopped = before not in _SHORT_TITLES and not plain
        if before in words.titles and self.is_plain(index - 1, also=".") and not stopped:
            # 'de dokter van Sint Maarten' is of a place; 'mevrouw van Sint Maarten' would be odd.
            led = self.items[index].low in words.particles and not self.items[index].capital
            return None if led and before not in _ADDRESS else "title"
        if self.items[index].low in words.particles and not self.items[index].capital:
            return None
        if before in words.kin and self._is_somebodys(index - 1):
            if plain:
                return "kin"
            return "aside" if self.tokens.gap(index - 1) == ", " else None
        if before in words.persons and self.tokens.gap(index - 1) == ", " and self.items[index].capital:
            # 'the agent, Sunny, she'; with `aside` nothing but the name may stand between the commas.
            return "aside"
        if before in _CALLED and plain and self._is_about_person(index - 1):
            return "called"
        if before in _BARE_ROLE and plain:
            return "called"
        if self.low(index + 1) in ("heet", "heette") and self.low(index + 2) in ("hij", "zij", "ze"):
            return "called"
        return self._phrase_cue(index)

    def _phrase_cue(self, index: int) -> str | None:
        if self.raw(index - 1) not in self.words.cue_ends:
            return None
        gap = self.tokens.gap(index - 1)
        if not (PLAIN_GAP.fullmatch(gap) or gap in (": ", ", ", " '", ' "')):
            return None
        for length in (1, 2, 3, 4):
            phrase = tuple(self.raw(place) for place in range(index - length, index))
            if phrase in self.words.introductions:
                return "introduction"
            if phrase in self.words.soft_introductions and self.is_plain(index - 1):
                return "soft"
            if phrase in self.words.greetings and "\n\n" not in gap:
                return "greeting"
        return None

    def cue_holds(self, cue: str, index: int, last: int) -> bool:
        token, after = self.items[index], self.tokens.gap(last - 1)
        low = self.items[last - 1].low
        if low in self.words.stop and low not in self.words.first_names:
            return False
        if token.low in self.words.stop and token.low not in self.words.particles | self.words.first_names:
            return False
        if not self.cased:
            return (
                token.low in self.words.safe_lower
                or (cue == "introduction" and self.low(index - 1) in ("is", "name", "heet") and len(token.low) > 2)
                or (cue == "kin" and self._is_noun_name(token.low, last))
            )
        if not any(one.capital for one in self.items[index:last]):
            return False
        if cue == "soft":
            ends = bool(_CLOSES.match(after)) or self.low(last) in ("en", "and", "van", "from")
            return last > index + 1 or (ends and not token.low.endswith("ing"))
        if cue in ("greeting", "aside"):
            return bool(_CLOSES.match(after)) or self.low(index - 1) in ("dear", "beste", "lieve", "geachte")
        return True

    def addressed_end(self, index: int) -> int | None:
        """Where a surname without a capital ends that stands behind 'meneer' or 'mister'; None where none does, as in
        'een mevrouw van de bank'."""
        before, words = self.low(index - 2), self.words
        if self.cased or self.low(index - 1) not in _SPELT_ADDRESS or before in words.articles | words.possessives:
            return None
        at = next((n for n in range(index, len(self.items)) if self.low(n) not in words.particles), len(self.items))
        surname, following = self.low(at), self.low(at + 1)
        if at > index:
            sure = any(self.low(n) in _ONLY_IN_NAMES for n in range(index, at))
        elif surname in words.surname_words:
            sure = True
        else:
            acts = following in words.speech or following in _WHO or following in _BEHIND_PEOPLE
            sure = acts and not self.is_word(surname) and surname not in words.speech
        return at + 1 if sure and len(surname) > 2 else None

    def end_of_name_said_twice(self, index: int) -> int | None:
        """Where a name without capitals ends that is given again in full: 'my name is priya priya nair'."""
        if self.cased or index < 2 or self.low(index - 1) != self.low(index):
            return None
        if self._phrase_cue(index - 1) != "introduction" or index + 1 >= len(self.items):
            return None
        following, words = self.low(index + 1), self.words
        if following in words.particles:
            return self.name_end(index + 1, cued=True)
        ordinary = following in words.stop or following in words.speech or following in words.kin
        return index + 2 if not ordinary and len(following) > 2 else None

    def is_noun_that_acts(self, index: int) -> bool:
        """Whether a noun without a capital is somebody's first name: 'noor zei', 'noor mijn zusje'."""
        low, before = self.low(index), self.low(index - 1)
        if self.cased or low not in self.words.noun.get(self.language, frozenset()) or not self.is_plain(index):
            return False
        if self.is_relative_of_somebody(index + 1):
            # 'Koos mijn moeder' may be what she chose; 'met koos mijn broer' is not.
            return before in _BEFORE_PEOPLE
        if tuple(self.low(index + step) for step in (1, 2, 3)) in _ON_THE_PHONE:
            return before not in self.words.articles
        # In Dutch no noun but a name says anything without an article; 'the gas bill said' does in English.
        free = self.language == "nl" or before in self.words.stop
        says = self.low(index + 1) in SAYS and self.low(index + 2) not in _WHO_ELSE
        return free and says and before not in self.words.articles | self.words.possessives

    def _is_noun_name(self, low: str, last: int) -> bool:
        """Whether a noun without a capital is a first name where somebody is introduced: 'mijn zus noor'.

        In English the same words are verbs too: 'my husband drew a line', but not in 'my husband bill and I'.
        """
        if self.language == "nl":
            return low in self.words.noun["nl"]
        return low in self.words.noun["en"] and (
            self.low(last) in SAYS or self.low(last) in ("and", "who", "had", "was")
        )

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
        if self.low(index - 1) in _WHO:
            return True
        near = self.items[max(0, index - 3) : index]
        return any(token.low in self.words.persons or token.low in self.words.kin for token in near)
