"""Small questions about large studies: what a page's head, a list of studies or one decision needs, no more."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from synth.review import bare_words, moved_claims, standing_decisions
from synth.store.base import Row
from synth.store.decisions import Decisions
from synth.store.drafts import Drafts
from synth.store.findings import Findings
from synth.store.interviews import Interviews
from synth.store.studies import Study
from synth.store.transcripts import Transcripts


@dataclass(frozen=True, slots=True)
class DraftedClaim:
    """A claim of one draft, without its evidence."""

    id: str
    draft_id: str
    owner: str
    section: str
    text: str


@dataclass(frozen=True, slots=True)
class SlowCounts:
    """Numbers of a study that take a while to count."""

    personas: int
    transcripts: int
    findings: int
    waves: tuple[str, ...]
    cost_usd: float | None


@dataclass(frozen=True, slots=True)
class StudyCard:
    """A study in the list of studies."""

    transcripts: int
    participants: int
    findings: int
    failures: int
    """Files and parts that were not read."""
    personas: int
    claims: int
    left: int
    """Claims on which nobody's decision stands."""
    waves: tuple[str, ...]
    cost_usd: float | None
    """Of all calls that it uses; None where a price was not known."""
    drafted_utc: str | None
    comments_open: int
    people: int
    """Accounts with a role of their own on it."""


class Glances(Interviews, Transcripts, Findings, Drafts, Decisions):
    """Answers without loading a study."""

    def drafted_claim(self, study: Study, draft_id: str, claim_id: str) -> DraftedClaim | None:
        """A claim as a draft made it; None where that draft has no such claim."""
        row = self._row(
            """
            select id, draft_id, owner, section, text from claims
            where study_id = :study and draft_id = :draft and id = :id
            """,
            study=study.id,
            draft=draft_id,
            id=claim_id,
        )
        return DraftedClaim(**row) if row else None

    def rejected_texts(self, study: Study, section: str) -> list[str]:
        """The texts of claims of a section that anybody ever rejected."""
        return self._column(
            """
            select distinct c.text from claims c
            join decisions d on d.study_id = c.study_id and d.subject = 'claim' and d.subject_id = c.id
            where c.study_id = :study and c.section = :section and d.action = 'reject'
            """,
            study=study.id,
            section=section,
        )

    def card(self, study: Study, slow: SlowCounts | None = None) -> StudyCard:
        """A study in numbers, counted in the database; `slow` are those that were counted before and still hold."""
        row = self._row(
            """
            select
                (select count(*) from participants where study_id = :id) as participants,
                (select count(*) from files where study_id = :id and state = 'failed') as failed_files,
                (select count(*) from codings where study_id = :id and current = 1 and state = 'failed')
                    as failed_chunks,
                (select count(*) from files f, json_each(f.transcript_ids) t
                    where f.study_id = :id and f.state = 'read' and not exists
                        (select 1 from codings c where c.study_id = :id and c.transcript_id = t.value)
                    and exists (select 1 from runs where study_id = :id and ended_utc is not null)) as unread,
                (select count(*) from comments where study_id = :id and resolved_utc is null and answers is null)
                    as comments_open,
                (select count(*) from memberships where study_id = :id) as people,
                (select drafted_utc from drafts where study_id = :id order by number desc limit 1) as drafted_utc
            """,
            id=study.id,
        )
        counted, rest = row or {}, slow or self.slow_counts(study)
        claims, left = self.claims_left(study)
        return StudyCard(
            transcripts=rest.transcripts,
            participants=counted["participants"],
            findings=rest.findings,
            failures=counted["failed_files"] + counted["failed_chunks"] + counted["unread"],
            personas=rest.personas,
            claims=claims,
            left=left,
            waves=rest.waves,
            cost_usd=rest.cost_usd,
            drafted_utc=counted["drafted_utc"],
            comments_open=counted["comments_open"],
            people=counted["people"],
        )

    def slow_counts(self, study: Study) -> SlowCounts:
        """What takes a while to count in a large study; holds as long as `StudyVersion.material` does."""
        cost = self._row(
            """
            select total(cost_usd) as cost, sum(cost_usd is null) as unknown from calls
            where key in (select key from call_uses where study_id = :id)
            """,
            id=study.id,
        )
        draft = self._row(
            """
            select json_array_length(body, '$.personas') as personas from drafts
            where study_id = :id order by number desc limit 1
            """,
            id=study.id,
        )
        return SlowCounts(
            personas=(draft or {"personas": 0})["personas"],
            transcripts=len(self._current_ids(study)),
            findings=self._count("select count(*) from findings where study_id = :id and current = 1", id=study.id),
            waves=self.waves(study),
            cost_usd=None if cost is None or cost["unknown"] else cost["cost"],
        )

    def claims_left(self, study: Study) -> tuple[int, int]:
        """How many claims of the newest draft are shown, and on how many of them nobody's decision stands."""
        version = self.study_version(study)
        return self.while_unchanged(
            study, ("left",), (version.drafted, version.decided), lambda: self._claims_left(study)
        )

    def _claims_left(self, study: Study) -> tuple[int, int]:
        draft_id = self.newest_draft_id(study)
        if draft_id is None:
            return 0, 0
        drafted = self._rows(
            "select id, owner, section, text from claims where study_id = :s and draft_id = :d",
            s=study.id, d=draft_id,
        )  # fmt: skip
        standing = standing_decisions(self._claim_actions(study))
        gone = [claim for claim, decision in standing.items() if decision.action == "reject"]
        # What was rejected does not come back where it is made again in the same place.
        hidden = {(row["owner"], row["section"], bare_words(row["text"])) for row in self._last_drafted(study, gone)}
        there = [
            row["id"]
            for row in drafted
            if row["id"] in standing or (row["owner"], row["section"], bare_words(row["text"])) not in hidden
        ]
        return len(there), sum(one not in standing for one in there)

    def _last_drafted(self, study: Study, ids: Sequence[str]) -> list[Row]:
        """Where and how these claims were drafted last; where somebody moved one, there."""
        if not ids:
            return []
        rows = self._rows(
            """
            select c.id, c.owner, c.section, c.text, max(d.number) as number from claims c
            join drafts d on d.study_id = c.study_id and d.id = c.draft_id
            where c.study_id = :study and c.id in (select value from json_each(:ids)) group by c.id
            """,
            study=study.id,
            ids=json.dumps(sorted(ids)),
        )
        moved = moved_claims(self._claim_actions(study))
        return [row | {"owner": moved.get(row["id"], row["owner"])} for row in rows]
