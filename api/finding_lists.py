"""Lists of findings: what an address asks for, what the store is asked, and the lines of the table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from api.data_models import finding_words
from api.words import Words
from synth.domain import Theme
from synth.frameworks import Framework
from synth.pipeline.loading import study_framework
from synth.pipeline.searching import ShownCard, hides, list_findings, marked, match_of, without_hidden
from synth.pipeline.shown import ShownStudies
from synth.store import Store, Study
from synth.store.search import FindingQuery

STATES = ("open", "accept", "reject", "hand", "used", "unused")
FILTERS = ("q", "kind", "phase", "channel", "driver", "emotion", "theme", "person", "wave", "model", "state")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; empty: any."""

    q: str = ""
    kind: str = ""
    phase: str = ""
    channel: str = ""
    driver: str = ""
    emotion: str = ""
    theme: str = ""
    person: str = ""
    wave: str = ""
    model: str = ""
    state: str = ""

    @property
    def given(self) -> tuple[tuple[str, str], ...]:
        """Names and values that are set."""
        return tuple((name, value) for name in FILTERS if (value := getattr(self, name)))

    def address(self, **changes: str) -> str:
        """The query of an address with these changes, without `?`."""
        other = replace(self, **changes)
        return urlencode(other.given)


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding in the table."""

    shown: ShownCard
    what: str
    phase: str
    parts: tuple[tuple[str, bool], ...]
    """Its words, each part with whether the search found it."""


def query_of(asked: Asked, theme: Theme | None) -> FindingQuery:
    """What the store is asked; a kind that contradicts a driver, an emotion or a channel finds nothing."""
    wants = [(kind, key) for kind, key in (("motivation", asked.driver), ("emotion", asked.emotion),
                                           ("touchpoint", asked.channel)) if key]  # fmt: skip
    kinds = {kind for kind, _ in wants} | ({asked.kind} if asked.kind else set())
    none = len(kinds) > 1 or (asked.theme and theme is None)
    return FindingQuery(
        kind=next(iter(kinds), None),
        phase=asked.phase or None,
        key=wants[0][1] if wants else None,
        person=asked.person or None,
        wave=asked.wave or None,
        model=asked.model or None,
        state=asked.state if asked.state in STATES else None,
        among=() if none else theme.finding_ids if theme else None,
        match=match_of(asked.q) if asked.q else None,
    )


def found_rows(
    store: Store, shown: ShownStudies, study: Study, asked: Asked, theme: Theme | None, limit: int, offset: int,
    words: Words,
) -> tuple[int, tuple[FindingRow, ...], bool]:  # fmt: skip
    """How many findings the address asks for, a part of them, and whether its words hold a name that is hidden."""
    if asked.q and match_of(asked.q) is None:
        return 0, (), False
    if asked.q and hides(store, shown, study, asked.q):
        return 0, (), True
    total, found = list_findings(store, shown, study, query_of(asked, theme), limit, offset)
    cards = without_hidden(found, asked.q) if asked.q else found
    if found and not cards:
        return 0, (), True
    framework = study_framework(study)
    rows = tuple(finding_row(card, framework, words, asked.q) for card in cards)
    return total - len(found) + len(cards), rows, False


def finding_row(card: ShownCard, framework: Framework, words: Words, query: str) -> FindingRow:
    """A finding as a line of the table."""
    details = finding_words(card.finding, framework, words, str)
    phase = card.finding.phase
    known = {one.key: one.name(words.language) for one in framework.phases}
    parts = marked(card.words, query) if query else ((card.words, False),)
    return FindingRow(card, details[0][1], known.get(phase or "", phase or words("no_phase")), parts)
