"""Looking around in the words of a text: what stands beside a word, and how far a name goes."""

from __future__ import annotations

import re

from synth.privacy.book import Book
from synth.privacy.tokens import Token, Tokens
from synth.privacy.words import Phrase, Words, word_set

PLAIN_GAP = re.compile(r"[ \t]{1,2}\n?[ \t]{0,4}|\n[ \t]{0,4}")
_DUTCH_PLACERS = word_set("in op aan uit bij onder over voor")


class Around:
    """A text's words with the lists that they are judged by."""

    def __init__(self, tokens: Tokens, book: Book, words: Words, language: str) -> None:
        self.tokens, self.items = tokens, tokens.items
        self.cased = tokens.cased
        """Whether capitals say something of the word that is looked at now."""
        self.book, self.words, self.language = book, words, language
        self.solo = self._solo() if self.cased else frozenset()

    def low(self, index: int) -> str:
        return self.items[index].low if 0 <= index < len(self.items) else ""

    def raw(self, index: int) -> str:
        if not 0 <= index < len(self.items):
            return ""
        token = self.items[index]
        return (token.low + token.tail).replace("’", "'")

    def is_plain(self, index: int, also: str | None = None) -> bool:
        """Whether nothing but a blank stands between a word and the next."""
        gap = self.tokens.gap(index) if 0 <= index < len(self.items) - 1 else ""
        if PLAIN_GAP.fullmatch(gap):
            return True
        return also is not None and gap.rstrip() == also.rstrip() and len(gap) <= 2

    def ends_sentence(self, index: int) -> bool:
        return any(sign in ".!?…:" for sign in self.tokens.gap(index))

    def matches(self, index: int, phrase: Phrase) -> int | None:
        """Where a known form that starts at this word ends; None where it is another."""
        last = index + len(phrase)
        if last > len(self.items):
            return None
        for place, word in enumerate(phrase):
            token = self.items[index + place]
            if token.low != word or (token.tail and place < len(phrase) - 1):
                return None
            if place and not self.is_plain(index + place - 1, also="." if len(phrase[place - 1]) == 1 else " '"):
                return None
        return last

    def is_word(self, low: str) -> bool:
        words = self.words
        return (
            words.is_ambiguous(low, self.language)
            or low in words.surname_words
            or low in words.stop
            or low in words.titles
            or low in words.kin
        )

    def is_relative_of_somebody(self, last: int) -> bool:
        """Whether what ends before this word is said to be somebody's: 'May, my mother-in-law', 'noor mijn zusje'."""
        joined = self.is_plain(last - 1, also=",")
        return joined and self.low(last) in self.words.possessives and self.low(last + 1) in self.words.kin

    # --- How far a name goes ---

    def name_end(self, index: int, *, cued: bool = False) -> int | None:
        """Where the name that starts here ends; None where none does."""
        place, taken = index, 0
        while place < len(self.items) and taken < 4:
            start = place
            while (
                place < len(self.items) - 1
                and self.items[place].low in self.words.particles
                and (self.is_plain(place, also=" '"))
            ):
                place += 1
            token = self.items[place]
            run = tuple(one.low for one in self.items[start:place])
            if taken and token.initial and self.ends_sentence(place - 1) and len(self.items[place - 1].word) > 1:
                return start
            if not self._is_name_word(token, cued=(cued and taken == 0) or (not self.cased and bool(run))):
                return start if taken else None
            if run and not self._may_carry(run, token, leads=taken == 0):
                return start if taken else None
            place += 1
            taken += 1
            initial = len(token.word) == 1 and self.tokens.gap(place - 1) in (".", ". ")
            if token.tail or not (self.is_plain(place - 1) or initial):
                break
            if not self.cased and not (place < len(self.items) and self.items[place].low in self.words.particles):
                break
        return place if taken else None

    def _is_name_word(self, token: Token, *, cued: bool) -> bool:
        if token.low in self.words.stop and token.low not in self.words.first_names:
            return False
        if token.low in self.words.label_words:
            return False
        if not self.cased:
            return cued and len(token.low) > 1
        if not token.capital:
            return False
        # ING, FPGAs; but O'Brien
        shouted = token.word[:2].isalpha() and token.word[:2].isupper() and len(token.word) > 1
        return not shouted or token.low in self.words.first_names

    def _may_carry(self, run: Phrase, token: Token, *, leads: bool) -> bool:
        """Whether a word after 'van', 'de' and the like is a surname, and not where somebody is or works."""
        if leads:
            return token.capital or not self.cased
        if run[0] in _DUTCH_PLACERS and run[-1] not in ("'t", "’t", "t", "den"):
            return False
        if len(run) == 1 and run[0] in _DUTCH_PLACERS:
            return False
        return token.low not in self.solo

    def name_before(self, index: int, last: int) -> bool:
        """Whether the longer reading of a known first name is a full name, not two people side by side."""
        return all(not self.book.starts(self.items[place].low) for place in range(index + 1, last)) or any(
            self.items[place].low in self.words.particles for place in range(index + 1, last)
        )

    def _solo(self) -> frozenset[str]:
        """Words that stand with a capital by themselves in mid-sentence: firms and places, rarely surnames."""
        alone = set()
        for index, token in enumerate(self.items):
            if token.capital and not token.initial and index:
                before = self.items[index - 1]
                if (
                    before.low not in self.words.particles
                    and not before.capital
                    and before.low not in self.words.titles
                ):
                    alone.add(token.low)
        return frozenset(alone)
