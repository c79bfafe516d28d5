"""Claims on the pages of a study: heads without words, one claim with the words of some people, and what was read.

Heads need no findings, so a page of hundreds of claims costs what it shows. Words are loaded when somebody opens a
claim. A claim of weak evidence is accepted only with a token that a page gives once it has shown everyone whose words
must be read (`synth.pipeline.deciding.must_read`); the token holds for that claim, that version of it and of its
evidence, and that session.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from threading import Lock

from markupsafe import Markup

from api.evidence import EvidenceWriter, evidence_writer
from api.sessions import KeyRing
from api.visitors import Visitor
from api.words import Words
from synth.domain import Claim, Feeling, JourneyMap
from synth.export.claims import ClaimView, Link, PassageView, Side, said_in
from synth.pipeline.deciding import Placed, evidence_version, must_read
from synth.pipeline.shown import ShownStudies, ShownStudy
from synth.results import Results
from synth.store import Store

MOST_DRAWINGS = 64
MOST_FINDINGS = 600
"""Findings of one claim that are looked at for its words; the others are found by the search."""
MOST_QUOTED = 40
"""Sentences in quotation marks that are looked up on a page; further ones are shown as any sentence."""
FIRST_PEOPLE, MORE_PEOPLE = 4, 4


class HeadWriter(EvidenceWriter):
    """Draws claims without their words; those words are fetched when somebody opens one."""

    def __init__(self, results: Results, words: Words, base: str, back: str, opened: str = "") -> None:
        """`back` names the page (`persona` or `map`) to which a decision returns; `opened` is the claim in view."""
        self.back, self.opened = back, opened
        self._order = {participant.id: place for place, participant in enumerate(results.participants)}
        self._known = results.findings_by_id
        super().__init__(results, words, base)

    def claim(
        self, claim: Claim, people: Sequence[str], *, tag: str = "", label: str = "", pitch: float = 4
    ) -> ClaimView:
        """A head; it says where its words are fetched from."""
        bare = replace(claim, finding_ids=(), against_finding_ids=())
        view = super().claim(bare, people, tag=tag, label=label, pitch=pitch)
        # A strip of feelings is drawn of findings that are loaded; most are not.
        there = replace(
            claim,
            finding_ids=tuple(one for one in claim.finding_ids if one in self._known),
            against_finding_ids=tuple(one for one in claim.against_finding_ids if one in self._known),
        )
        href = f"{self._base}/claims/{claim.id}?back={self.back}"
        said = said_in(claim, self.results)
        return replace(
            view, claim=there, findings=len(claim.finding_ids), said=said, href=href, open=claim.id == self.opened
        )

    def side(self, people: Collection[str], finding_ids: Sequence[str]) -> Side:
        """People without their words."""
        del finding_ids
        return Side(self.slots(people), (), ())

    def drawn(self, what: str, journey: JourneyMap, draw: Callable[[], Markup]) -> Markup:
        """The drawing as it was made before, as long as the feelings are the same: no decision changes them."""
        key = (what, journey.id, self.words.language, len(journey.phases))
        felt = tuple(column.feelings for column in journey.phases)
        kept = _DRAWN.get(key)
        if kept is None or len(kept[0]) != len(felt) or any(a is not b for a, b in zip(kept[0], felt, strict=True)):
            kept = (felt, draw())
            with _DRAWN_LOCK:
                while len(_DRAWN) >= MOST_DRAWINGS:
                    del _DRAWN[next(iter(_DRAWN))]
                _DRAWN[key] = kept
        return kept[1]

    def slots(self, people: Collection[str]) -> tuple[str, ...]:  # type: ignore[override]
        """Distinct people in the order of the study."""
        last = len(self._order)
        return tuple(sorted(set(people), key=lambda person: (self._order.get(person, last), person)))


def quoted_finding_ids(claims: Iterable[Claim]) -> list[str]:
    """A finding for each sentence in quotation marks: only its words can tell that it was said like that."""
    quoted = [claim for claim in claims if claim.text[:1] in _MARKS and claim.finding_ids]
    return [claim.finding_ids[0] for claim in quoted[:MOST_QUOTED]]


_MARKS = frozenset("\"'‘’“”„«»")
_DRAWN: dict[tuple[str, str, str, int], tuple[tuple[tuple[Feeling, ...], ...], Markup]] = {}
"""Drawings with the feelings that they show; compared by identity, which a draft in memory keeps."""
_DRAWN_LOCK = Lock()


@dataclass(frozen=True, slots=True)
class PersonWords:
    """What one person said for or against a claim."""

    person: str
    against: bool
    passages: tuple[PassageView, ...]


@dataclass(frozen=True, slots=True)
class OpenedClaim:
    """A claim with the words of some of its people, ready to decide on."""

    placed: Placed
    view: ClaimView
    where: str
    people: tuple[PersonWords, ...]
    """In the order in which they are to be read; those against come early."""
    rest: tuple[str, ...]
    """People whose words are not shown yet."""
    next_count: int
    """How many people to show next."""
    needed: tuple[str, ...]
    """Whose words must be read before it is accepted."""
    unread: tuple[str, ...]
    """Those of them who are not shown yet."""
    mark: str
    """The version that is shown."""
    token: str
    """That everything was shown that must be read; empty while it was not."""


def open_claim(
    store: Store, shown: ShownStudies, study: ShownStudy, placed: Placed, words: Words, visitor: Visitor,
    keys: KeyRing, count: int = FIRST_PEOPLE,
) -> OpenedClaim:  # fmt: skip
    """A claim with the words of the first `count` people.

    Args:
        store: holds the words.
        shown: hides names in them.
        study: where it stands.
        placed: the claim.
        words: of the page.
        visitor: who reads.
        keys: sign what was read.
        count: of how many people words are shown.
    """
    claim = placed.claim
    order = _reading_order(claim)
    chosen = order[:count]
    cited = [*claim.finding_ids[:MOST_FINDINGS], *claim.against_finding_ids[:MOST_FINDINGS]]
    own = {one.id for one in store.findings_by_id(study.study, cited) if one.participant_id in set(chosen)}
    writer = evidence_writer(store, shown, study, [one for one in cited if one in own], words)
    part = replace(
        claim,
        finding_ids=tuple(one for one in claim.finding_ids if one in own),
        against_finding_ids=tuple(one for one in claim.against_finding_ids if one in own),
    )
    view = writer.claim(part, placed.persona.participant_ids)
    view = replace(view, claim=claim, findings=len(claim.finding_ids))
    if len(order) > count:
        address = f"/studies/{study.study.id}/claims/{claim.id}?people={len(order)}"
        view = replace(view, pro=replace(view.pro, more=(*view.pro.more, Link(", ".join(order[count:]), address))))
    needed = must_read(claim)
    unread = tuple(person for person in needed if person not in chosen)
    mark = study.marks[claim.id]
    return OpenedClaim(
        placed=placed,
        view=view,
        where=where_of(placed, words, writer),
        people=tuple(_words_of(person, view) for person in chosen),
        rest=order[count:],
        next_count=min(len(order), count + MORE_PEOPLE),
        needed=needed,
        unread=unread,
        mark=mark,
        token="" if unread else read_token(keys, visitor, claim, mark),
    )


def read_token(keys: KeyRing, visitor: Visitor, claim: Claim, mark: str) -> str:
    """Says that this session was shown what must be read of this version of a claim and of its evidence."""
    return keys.form_token(_read(visitor, claim, mark))


def right_read_token(keys: KeyRing, visitor: Visitor, claim: Claim, mark: str, token: str) -> bool:
    """Whether a page gave this session the token for this version of the claim, and for the evidence as it is now."""
    return bool(token) and keys.right_token(token, _read(visitor, claim, mark))


def where_of(placed: Placed, words: Words, writer: EvidenceWriter) -> str:
    """Section, or lane and phase, in words."""
    section = placed.claim.section
    if placed.column is None or placed.journey is None:
        return words(f"section.{section}") if words.has(f"section.{section}") else words.known("review.place", section)
    phases = [column.phase for column in placed.journey.phases]
    names = {phase.key: phase.name(words.language) for phase in writer.results.framework.phases}
    phase = placed.column.phase
    lane = words(f"lane.{section}") if words.has(f"lane.{section}") else section
    return f"{lane} · {phases.index(phase) + 1} {names.get(phase, phase)}"


def _read(visitor: Visitor, claim: Claim, mark: str) -> str:
    return f"read {claim.id} {mark} {evidence_version(claim)} {visitor.session_id} {visitor.who}"


def _reading_order(claim: Claim) -> tuple[str, ...]:
    """Two for, then one against, and so on: the contradicting voice is in view from the start."""
    pro, against = list(claim.participant_ids), list(claim.against_participant_ids)
    order: list[str] = []
    while pro or against:
        order += pro[:2] + against[:1]
        pro, against = pro[2:], against[1:]
    return tuple(dict.fromkeys(order))


def _words_of(person: str, view: ClaimView) -> PersonWords:
    pro = tuple(one for one in view.pro.shown if one.passage.participant_id == person)
    against = tuple(one for one in view.against.shown if one.passage.participant_id == person)
    return PersonWords(person, not pro and bool(against), pro + against)
