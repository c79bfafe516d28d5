"""The names that are known before a word is read: who speaks here, what a researcher listed, who speaks elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from synth.privacy.labels import Form
from synth.privacy.values import Identifier
from synth.privacy.words import Phrase

RUN = re.compile(r"[^\W\d_]+")
"""Letters that stand together."""


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
    """Known forms; whoever is added first keeps a form, and what `beyond` holds comes after all of one's own."""

    keep: frozenset[Phrase] = frozenset()
    """What the researcher wants left as it is."""
    beyond: Book | None = None
    _forms: dict[Phrase, Known] = field(default_factory=dict)
    _lengths: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """First word to the lengths of the forms that start with it, the longest first."""
    _full: set[Target] = field(default_factory=set)
    _runs: list[Phrase] = field(default_factory=list)
    """The runs of letters in each form: of `anne-marie` two."""

    def add(self, known: Mapping[Target, Sequence[Form]], *, own: bool) -> None:
        """Add forms by whom they name."""
        for target, forms in known.items():
            for form in forms:
                held = self._forms.get(form.words)
                # 'Jan' is rather the first name of one than the surname of another.
                if held is None or (held.form.surname and form.first):
                    self._forms[form.words] = Known(form, target, own)
                lengths = self._lengths.get(form.words[0], ())
                if len(form.words) not in lengths:
                    self._lengths[form.words[0]] = tuple(sorted({*lengths, len(form.words)}, reverse=True))
                if len(form.words) > 1:
                    self._full.add(target)

    def starts(self, word: str) -> bool:
        """Whether any form starts with this word."""
        return word in self._lengths or (self.beyond is not None and self.beyond.starts(word))

    def find(self, phrase: Phrase) -> Known | None:
        """Whom a phrase names."""
        return self._forms.get(phrase) or (self.beyond.find(phrase) if self.beyond else None)

    def candidates(self, words: Sequence[str]) -> Iterator[Known]:
        """The forms with which these words (at most four) start, the longest first."""
        lengths = set(self._lengths.get(words[0], ())) | set(
            self.beyond._lengths.get(words[0], ()) if self.beyond else ()
        )
        for length in sorted(lengths, reverse=True):
            known = self.find(tuple(words[:length])) if length <= len(words) else None
            if known is not None:
                yield known

    def has_full_name(self, target: Target) -> bool:
        """Whether somebody is known by more than one word."""
        return target in self._full or (self.beyond is not None and self.beyond.has_full_name(target))

    def may_name(self, said: set[str]) -> bool:
        """Whether a text of these runs of letters, in lower case, can hold any form."""
        if len(self._runs) != len(self._forms):
            self._runs = [tuple(RUN.findall(" ".join(phrase))) for phrase in self._forms]
        here = any(runs[0] in said and said.issuperset(runs) for runs in self._runs if runs)
        return here or (self.beyond is not None and self.beyond.may_name(said))

    def last_words(self) -> Iterable[str]:
        """The last word of every form of one's own, which tells a name in an address."""
        return {words[-1] for words in self._forms}


LONGEST = 7
"""Words of the longest form that is looked for."""
