"""Claims and their evidence on pages: the report's parts, with links to the interviews of this service.

A page makes an `EvidenceWriter` over the words that it opens and calls `writer.claim(...)`, or `writer.head(...)`
without words. The macros of `report/parts.html.j2` (imported as `parts` by the base template) draw what it gives:
`parts.evidence(view)`, `parts.claim(view, true)`, `parts.state(view, true)`, `parts.count(view)`,
`parts.passage(one)`, `parts.quote(one)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from api.words import Words
from synth.domain import Claim, Transcript
from synth.export.claims import Anchors, ClaimView, ClaimWriter, Side
from synth.pipeline.shown import ShownStudies, ShownStudy
from synth.results import Results
from synth.store import Store

MOST_WORDS = 400
"""Findings whose words are shown at once for a cell."""


@dataclass(frozen=True, slots=True)
class CellWords:
    """What was said about a cell."""

    title: str
    people: tuple[str, ...]
    side: Side
    more: int


class EvidenceWriter(ClaimWriter):
    """Views of claims whose passages link to the lines of the interview's page."""

    def __init__(self, results: Results, words: Words, base: str) -> None:
        self._base = base
        super().__init__(results, words, Anchors())

    def line_href(self, transcript: Transcript, line: int) -> str:
        """The place of a line on the page of its interview."""
        return f"{self._base}/interviews/{transcript.id}#l{line}"

    def head(
        self, claim: Claim, people: Sequence[str], *, tag: str = "", label: str = "", pitch: float = 4
    ) -> ClaimView:
        """A claim without its words: who is for, against and silent, its state, its counts. Needs no findings."""
        bare = replace(claim, finding_ids=(), against_finding_ids=())
        view = self.claim(bare, people, tag=tag, label=label, pitch=pitch)
        return replace(view, claim=claim, findings=len(claim.finding_ids))

    def _passages_per_person(self) -> int:
        # Only what somebody opens is here, so all of it is shown.
        return 1_000


def evidence_writer(
    store: Store, shown: ShownStudies, study: ShownStudy, finding_ids: Sequence[str], words: Words
) -> EvidenceWriter:
    """A writer over the words of these findings and no others, in the language of the page.

    Without any finding it draws heads of claims (`head`), which is all that a page needs before something is opened.
    """
    return EvidenceWriter(shown.words(store, study, finding_ids), words, f"/studies/{study.study.id}")
