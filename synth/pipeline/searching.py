"""Findings, lines and interviews for pages: filtered, found by their words, decided on, always under pseudonyms.

What is hidden on a page cannot be asked for either: a query that holds a name which the study hides finds nothing, and
a line whose words are hidden where they matched is left out. The promise is that of the store's part (`store.search`):
nothing here loads a whole study.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from synth.domain import Finding, Theme, Transcript, fold_space
from synth.errors import NotFoundError, SynthError
from synth.pipeline.shown import ShownStudies
from synth.regroup import regroup_themes, standing_changes, theme_change
from synth.review import Decision
from synth.store import Store, Study
from synth.store.interviews import Interview
from synth.store.search import FindingCard, FindingQuery, LineHit

MOST_WORDS = 12
"""Of one query; what comes after is not looked for."""
_SHORTEST_BEGINNING = 3
"""From so many letters on a word finds those that begin so."""
_QUOTED = re.compile(r'"([^"]*)"')
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A finding in a list, as pages show it."""

    card: FindingCard
    label: str
    words: str
    name: str
    """Of its interview."""
    told: str
    """All that was written of it: label, trigger, why it matters, code."""

    @property
    def finding(self) -> Finding:
        """What was found; its label is the stored one."""
        return self.card.finding

    @property
    def mark(self) -> str:
        """What was seen of it, to send back with a decision."""
        return self.card.decided or "open"


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line that holds the words asked for, with where it stands."""

    transcript: Transcript
    number: int

    @property
    def text(self) -> str:
        """What is said there."""
        return fold_space(self.transcript.lines[self.number - 1].text)


@dataclass(frozen=True, slots=True)
class LinesFound:
    """Lines that hold the words asked for, or why none is shown."""

    total: int
    more: bool
    """Whether there are more than `total`."""
    lines: tuple[ShownLine, ...]
    hidden: bool = False
    """Whether the query holds a name that this study hides."""


class FindingsChangedError(SynthError):
    """Findings were decided on otherwise meanwhile; nothing was stored.

    Attributes:
        changed: their ids with what stands on them now: `open`, `accept`, `reject`, or `gone`.
    """

    def __init__(self, changed: Mapping[str, str]) -> None:
        super().__init__("Some of these findings were decided on meanwhile. Nothing was stored; look at them again.")
        self.changed = dict(changed)


# --- Words -------------------------------------------------------------------------------------------------------


def query_terms(text: str) -> tuple[tuple[str, ...], ...]:
    """What a query looks for, each term as its words: those in straight quotes belong together."""
    terms: list[tuple[str, ...]] = []
    for place, part in enumerate(_QUOTED.split(text[:500])):
        words = tuple(_WORD.findall(part))
        terms += ([words] if place % 2 else [(word,) for word in words]) if words else []
    return tuple(terms[:MOST_WORDS])


def match_of(text: str) -> str | None:
    """The query in the language of the full-text index: all terms, long words as beginnings; None where it is empty."""
    terms = []
    for term in query_terms(text):
        long = len(term) == 1 and len(term[0]) >= _SHORTEST_BEGINNING
        terms.append(f'"{" ".join(term)}"{"*" if long else ""}')
    return " ".join(terms) or None


def marked(text: str, query: str) -> tuple[tuple[str, bool], ...]:
    """The text in parts, each with whether the query found it; as one part where it found nothing."""
    terms = query_terms(query)
    found = list(_WORD.finditer(text))
    plain = [_plain(one.group()) for one in found]
    spans: list[tuple[int, int]] = []
    for term in terms:
        wanted = [_plain(word) for word in term]
        for at in range(len(plain) - len(wanted) + 1):
            here = plain[at : at + len(wanted)]
            begins = len(wanted) == 1 and len(wanted[0]) >= _SHORTEST_BEGINNING and here[0].startswith(wanted[0])
            if begins or here == wanted:
                spans.append((found[at].start(), found[at + len(wanted) - 1].end()))
    parts: list[tuple[str, bool]] = []
    done = 0
    for start, end in sorted(spans):
        if start < done:
            continue
        parts += ([(text[done:start], False)] if start > done else []) + [(text[start:end], True)]
        done = end
    return (*parts, (text[done:], False)) if done < len(text) or not parts else tuple(parts)


def says(text: str, query: str) -> bool:
    """Whether a text holds every term of a query."""
    return all(
        any(hit for _, hit in marked(text, f'"{" ".join(term)}"' if len(term) > 1 else term[0]))
        for term in query_terms(query)
    )


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign)).casefold()


# --- Findings ----------------------------------------------------------------------------------------------------


def list_findings(
    store: Store, shown: ShownStudies, study: Study, query: FindingQuery, limit: int, offset: int
) -> tuple[int, list[ShownCard]]:
    """How many findings there are of this kind, and a part of them with their words."""
    total, cards = store.findings_part(study, query, limit, offset)
    return total, show_cards(store, shown, study, cards)


def without_hidden(cards: Sequence[ShownCard], query: str) -> list[ShownCard]:
    """Those of the findings that were found by words which are shown, and not by a name in the place of a pseudonym."""
    return [card for card in cards if says(card.words, query) or says(card.told, query)]


def show_cards(store: Store, shown: ShownStudies, study: Study, cards: Sequence[FindingCard]) -> list[ShownCard]:
    """Findings with their words and labels under pseudonyms."""
    ids = list(dict.fromkeys(card.finding.evidence.transcript_id for card in cards))
    heads = {one.id: one for one in store.interview_heads(study, ids)}
    # Under pseudonyms in the database: shown as they stand. The others are read as pages show them.
    kept = [one for one in ids if one in heads and not heads[one].replaced]
    masked = {one.id: one for one in shown.transcripts(store, study, kept)} if kept else {}
    mask = shown.mask(store, study) if cards else str
    found = []
    for card in cards:
        where = card.finding.evidence
        transcript = masked.get(where.transcript_id)
        words = transcript.slice(where.first_line, where.last_line)[2] if transcript else card.words
        name = transcript.name if transcript else heads[where.transcript_id].name
        label, detail = mask(card.finding.label), card.finding.detail
        texts = (getattr(detail, field, None) for field in ("trigger", "matters"))
        told = " ".join([label, *(mask(text) for text in texts if text), card.finding.code or ""])
        found.append(ShownCard(card, label, fold_space(words), name, told))
    return found


def hides(store: Store, shown: ShownStudies, study: Study, query: str) -> bool:
    """Whether a query holds a name that the study hides."""
    mask = shown.mask(store, study)
    # Numbers are left to what the lines show: a mask takes many of them for a telephone number or a date.
    texts = [" ".join(term) for term in query_terms(query) if not any(word.isdigit() for word in term)]
    return any(mask(text) != text or mask(text.title()) != text.title() for text in texts)


def decide_findings(
    store: Store, study: Study, action: str, seen: Mapping[str, str], *, by_whom: str, why: str = ""
) -> list[Decision]:
    """Accept, reject or reopen findings, each as its author saw it; all of them, or none.

    Args:
        store: holds the study.
        study: whose findings.
        action: `accept`, `reject` or `undo` (the last decision that stands on each).
        seen: finding to what was seen to stand on it: `open`, `accept` or `reject`.
        by_whom: who decides.
        why: the reason.

    Raises:
        FindingsChangedError: some were decided on meanwhile, or are no more.
        NotFoundError: with `undo`, nothing stands on one of them.
    """
    with store.write():
        now = store.decided_on(study, seen)
        changed = {one: (now[one] or "open") if one in now else "gone" for one in seen}
        changed = {one: state for one, state in changed.items() if state != seen[one]}
        if changed:
            raise FindingsChangedError(changed)
        draft_id = store.newest_draft_id(study) or ""
        taken, stands = [], {}
        for one in seen:
            before = now[one]
            if action == "undo" and not before:
                raise NotFoundError("Nobody's decision on this finding stands. Nothing was stored.")
            after = _before_last(store.finding_decisions(study, one)) if action == "undo" else action
            decision = Decision(draft_id, "finding", one, action, by_whom, before or "open", after or "open", why)
            taken.append(store.decision(study, store.decide(study, decision)))
            stands[one] = after
        store.mark_findings(study, stands)
    return taken


def _before_last(decisions: Sequence[Decision]) -> str:
    stack: list[str] = []
    for decision in decisions:
        if decision.action == "add":
            # Made by hand again: what was decided before it was taken back stands no more.
            stack.clear()
        elif decision.action == "undo":
            if stack:
                stack.pop()
        elif decision.action in ("accept", "reject"):
            stack.append(decision.action)
    return stack[-2] if len(stack) > 1 else ""


# --- Lines and interviews ----------------------------------------------------------------------------------------


def find_lines(store: Store, shown: ShownStudies, study: Study, query: str, limit: int, offset: int) -> LinesFound:
    """Lines of the study's interviews that hold the words, those in which they weigh most first."""
    match = match_of(query)
    if match is None:
        return LinesFound(0, False, ())
    if hides(store, shown, study, query):
        return LinesFound(0, False, (), hidden=True)
    total, more, hits = store.lines_part(study, match, limit, offset)
    lines = tuple(_shown_lines(store, shown, study, hits, query))
    if hits and not lines:
        return LinesFound(0, False, (), hidden=True)
    return LinesFound(total - len(hits) + len(lines), more, lines)


def _shown_lines(
    store: Store, shown: ShownStudies, study: Study, hits: Sequence[LineHit], query: str
) -> list[ShownLine]:
    ids = list(dict.fromkeys(hit.transcript_id for hit in hits))
    read = {one.id: one for one in shown.transcripts(store, study, ids)}
    lines = [ShownLine(read[hit.transcript_id], hit.number) for hit in hits if hit.transcript_id in read]
    # Where a pseudonym stands in the place of what was found, the line would tell what it hides.
    return [line for line in lines if says(line.text, query)]


def list_interviews(
    store: Store, shown: ShownStudies, study: Study, limit: int, offset: int, *, wave: str = "", person: str = ""
) -> tuple[int, list[Interview]]:
    """How many interviews there are, and a part of them by name, under neutral names."""
    total, part = store.interviews_part(study, limit, offset, wave=wave or None, person=person or None)
    kept = [one.id for one in part if not one.replaced]
    names = {one.id: one.name for one in shown.transcripts(store, study, kept)} if kept else {}
    return total, [replace(one, name=names.get(one.id, one.name)) for one in part]


# --- Themes ------------------------------------------------------------------------------------------------------


def shown_themes(store: Store, shown: ShownStudies, study: Study) -> tuple[Theme, ...]:
    """The themes of the newest draft as people regrouped them, under pseudonyms; none before the first draft."""
    if store.newest_draft_id(study) is None:
        return ()
    themes = shown.load(store, study).draft.themes
    decisions = store.theme_decisions(study)
    changes = [change for one in standing_changes(decisions) if (change := theme_change(one)) is not None]
    if not changes:
        return themes
    touched = {one for change in changes for one in change.theme_ids}
    touched |= {one.subject_id for one in decisions}
    moved = {one for change in changes for one in change.finding_ids}
    ids = set(moved)
    for theme in themes:
        if theme.id in touched or moved.intersection(theme.finding_ids):
            ids.update(theme.finding_ids)
    mask = shown.mask(store, study)
    regrouped = regroup_themes(themes, decisions, store.findings_by_id(study, sorted(ids)))
    before = {theme.label for theme in themes}
    return tuple(one if one.label in before else replace(one, label=mask(one.label)) for one in regrouped)
