"""A claim as a page shows it: its words, who stands behind it, and what they said, in place.

Promise: whoever is counted under a claim can be read there. Where a study is so large that all words would swell the
page, fewer passages of one person are shown in place and the others are links to the same words among the interviews;
every person counted keeps at least one passage in place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from synth.claims import quoted_words
from synth.domain import Claim, JourneyMap, Origin, Transcript, fold_space
from synth.export.drawings.voices import draw_voices
from synth.export.evidence import Passage, make_passages
from synth.export.interface import Interface, clock
from synth.results import Results, State
from synth.strength import Strength

IN_PLACE_CHARACTERS = 560_000
"""About so much of the page, in characters, may be participants' words that stand in place under a sentence."""
_ELLIPSIS = re.compile("\N{HORIZONTAL ELLIPSIS}|\\.\\.\\.")


@dataclass(frozen=True, slots=True)
class PassageView:
    """One passage with where it stands, told when it is asked for."""

    passage: Passage
    writer: ClaimWriter

    @property
    def where(self) -> str:
        """'interview-03.txt, lines 213-214'."""
        return f"{self.passage.transcript.name}, {self.lines}"

    @property
    def lines(self) -> str:
        """'lines 213-214'."""
        return self.writer.words.count("lines", len(self.passage.cited), runs=self.passage.runs)

    @property
    def time(self) -> str:
        """'21:40'; empty where the transcript has no times."""
        return clock(self.passage.start_seconds) if self.passage.start_seconds is not None else ""

    @property
    def href(self) -> str:
        """To the same lines among the interviews."""
        return self.writer.line_href(self.passage.transcript, self.passage.cited[0])


@dataclass(frozen=True, slots=True)
class Link:
    """Words with a place on the page."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Side:
    """Those for a claim, or those against it."""

    people: tuple[str, ...]
    shown: tuple[PassageView, ...]
    more: tuple[Link, ...]
    """Passages that are not shown in place."""
    href: str = ""
    """Where their words are fetched from when somebody opens them; empty where they stand in place."""


@dataclass(frozen=True, slots=True)
class ClaimView:
    """Everything that a template needs to show one claim."""

    claim: Claim
    anchor: str
    state: State
    voices: Markup
    pro: Side
    against: Side
    silent: tuple[str, ...]
    total: int
    """People who could speak here: those of the persona."""
    findings: int
    tag: str
    """What kind of friction or moment it is, in words; empty for others."""
    label: str
    """The driver, channel or question it is about, in words; empty where it has no key."""
    strength: Strength
    outside: tuple[str, ...]
    """Those against it who are not of the persona."""
    said: str
    """The language of the words, where the sentence is a participant's own, letter by letter; empty otherwise."""
    href: str = ""
    """Where its evidence is fetched from when somebody opens it; empty where it stands in place."""
    open: bool = False
    """Whether it stands open when the page is loaded."""

    @property
    def contested(self) -> bool:
        """Whether anybody speaks against it, or a critic refuted it."""
        return self.claim.contested

    @property
    def by_person(self) -> bool:
        """Whether a person wrote it: then it may stand without quotes."""
        return self.claim.origin is Origin.PERSON

    @property
    def thin(self) -> bool:
        """Whether only one or two people stand behind it."""
        return len(self.pro.people) <= 2


def said_in(claim: Claim, results: Results) -> str:
    """The language of a sentence in quotation marks that stands like that in its own evidence; empty for others.

    Evidence whose words are not loaded tells nothing.
    """
    pieces = [piece for piece in (part.strip() for part in _ELLIPSIS.split(quoted_words(claim.text))) if piece]
    for finding_id in filter(results.has_words, claim.finding_ids if pieces else ()):
        words = results.words(finding_id, around=0)
        folded = fold_space(words.text)
        if all(piece in folded for piece in pieces):
            return words.transcript.language
    return ""


class Anchors:
    """Ids for one page: made of stable ids, safe in a URL, and never given twice."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def make(self, prefix: str, id_: str) -> str:
        """The id for this thing; a second thing of the same id gets a number."""
        plain = f"{prefix}-{re.sub(r'[^A-Za-z0-9_-]+', '-', id_).strip('-') or 'x'}"
        anchor, turn = plain, 2
        while anchor in self._given:
            anchor, turn = f"{plain}-{turn}", turn + 1
        self._given.add(anchor)
        return anchor


class ClaimWriter:
    """Makes the views of all claims of one page."""

    def __init__(self, results: Results, words: Interface, anchors: Anchors, report: str = "") -> None:
        """`report` is the file whose lines are linked to; empty where they stand on the same page."""
        self.report = report
        self.results, self.words, self.anchors = results, words, anchors
        self._place = {transcript.id: place for place, transcript in enumerate(results.transcripts, start=1)}
        self.places: dict[str, str] = {}
        """Claim to its anchor."""
        self.used: dict[str, list[str]] = {}
        """Finding to the anchors of the claims that stand on it."""
        self.per_person = self._passages_per_person()

    def claim(
        self, claim: Claim, people: Sequence[str], *, tag: str = "", label: str = "", pitch: float = 4
    ) -> ClaimView:
        """One claim among these people, who keep their order as slots."""
        anchor = self.anchors.make("c", claim.id)
        self.places[claim.id] = anchor
        own = tuple(people) or claim.participant_ids
        for finding_id in (*claim.finding_ids, *claim.against_finding_ids):
            self.used.setdefault(finding_id, []).append(anchor)
        slots = self.slots((*people, *claim.participant_ids, *claim.against_participant_ids))
        spoken = {*claim.participant_ids, *claim.against_participant_ids}
        return ClaimView(
            claim=claim,
            anchor=anchor,
            state=self.results.state(claim.id),
            voices=draw_voices(slots, set(claim.participant_ids), set(claim.against_participant_ids), pitch),
            pro=self.side(claim.participant_ids, claim.finding_ids),
            against=self.side(claim.against_participant_ids, claim.against_finding_ids),
            silent=tuple(person for person in slots if person not in spoken),
            total=len(slots),
            findings=len(claim.finding_ids),
            tag=tag,
            label=label,
            strength=self.results.strengths.of(claim, own),
            outside=tuple(person for person in self.slots(claim.against_participant_ids) if person not in own),
            said=said_in(claim, self.results),
        )

    def slots(self, people: Iterable[str]) -> tuple[str, ...]:
        """Distinct people in the order of the study."""
        order = {participant.id: place for place, participant in enumerate(self.results.participants)}
        return tuple(sorted(set(people), key=lambda person: (order.get(person, len(order)), person)))

    def drawn(self, what: str, journey: JourneyMap, draw: Callable[[], Markup]) -> Markup:
        """A drawing of what was counted on a map; a writer that makes pages again and again may keep it."""
        del what, journey
        return draw()

    def side(self, people: Collection[str], finding_ids: Sequence[str]) -> Side:
        """The words of these findings: a few passages a person in place, the others as links."""
        shown: list[PassageView] = []
        more: list[Link] = []
        count: dict[str, int] = {}
        for passage in make_passages(self.results, finding_ids):
            person = passage.participant_id
            count[person] = count.get(person, 0) + 1
            view = self.passage(passage)
            if count[person] <= self.per_person:
                shown.append(view)
            else:
                more.append(Link(f"{person}: {view.lines}", view.href))
        return Side(self.slots(people), tuple(shown), tuple(more))

    def passage(self, passage: Passage) -> PassageView:
        """A passage with where it stands."""
        return PassageView(passage, self)

    def line_href(self, transcript: Transcript, line: int) -> str:
        """The place of a line among the interviews."""
        return f"{self.report}#t{self._place[transcript.id]}-{line}"

    def _passages_per_person(self) -> int:
        """As many passages of one person in place as the page can carry: all, or a few, at least one."""
        sizes: list[list[int]] = []
        for ids in self._opened():
            people: dict[str, list[int]] = {}
            for passage in make_passages(self.results, ids):
                size = sum(len(line.text) + 26 for line in passage.lines) + 190
                people.setdefault(passage.participant_id, []).append(size)
            sizes += people.values()
        most = max((len(passages) for passages in sizes), default=1)
        for limit in (most, 8, 6, 5, 4, 3, 2):
            if sum(sum(passages[:limit]) for passages in sizes) <= IN_PLACE_CHARACTERS:
                return max(1, limit)
        return 1

    def _opened(self) -> Iterable[Sequence[str]]:
        """The findings behind everything on the page that opens words."""
        for claim in self.results.draft.claims():
            yield claim.finding_ids
            yield claim.against_finding_ids
        for journey in self.results.draft.maps:
            for column in journey.phases:
                yield [one for feeling in column.feelings for one in feeling.finding_ids]
                yield [one for ids in column.channel_finding_ids.values() for one in ids]
