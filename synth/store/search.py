"""Lists of findings with filters, and full-text search over lines and findings, counted and cut in the database.

The indexes are of the schema (`m009_search`): they follow every change by themselves. The promise: a page of a study
with hundreds of thousands of findings is answered without loading the study.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from sys import intern

from synth.domain import Finding, Kind
from synth.extract import MAX_EVIDENCE_LINES
from synth.listing import natural
from synth.store.base import Row, now_utc
from synth.store.drafts import Drafts
from synth.store.filing import Carrier, put_findings
from synth.store.findings import Findings, finding_of
from synth.store.interviews import Interviews
from synth.store.studies import Study

BY_HAND = "person"
"""The model of findings that a person made."""
MOST_LINE_HITS = 2_000
"""Lines that hold the words asked for, of which the findings are listed; beyond that, only with other words."""
_PLACE = "f.transcript_id, f.first_line, f.last_line, f.kind, f.id"


@dataclass(frozen=True, slots=True)
class FindingQuery:
    """Which findings; None and empty: any."""

    kind: str | None = None
    phase: str | None = None
    """A key of the framework, or `none` for those in no phase."""
    key: str | None = None
    """A driver, an emotion or a channel; goes with `kind`."""
    person: str | None = None
    wave: str | None = None
    model: str | None = None
    state: str | None = None
    """`open`, `accept`, `reject`, `hand`, `used` or `unused` (in a claim of the newest draft)."""
    among: tuple[str, ...] | None = None
    """Only these, such as those of a theme."""
    match: str | None = None
    """In the language of the full-text index; see `synth.pipeline.searching`."""


@dataclass(frozen=True, slots=True)
class FindingCard:
    """A finding in a list, with what has become of it."""

    finding: Finding
    model: str
    decided: str
    """Empty, `accept` or `reject`."""
    words: str
    """The lines it stands on, as they are stored."""
    claims: int
    """Of the newest draft that stand on it or are contradicted by it."""

    @property
    def by_hand(self) -> bool:
        """Whether a person made it."""
        return self.model == BY_HAND


@dataclass(frozen=True, slots=True)
class LineHit:
    """A line that holds the words asked for."""

    transcript_id: str
    number: int


@dataclass(frozen=True, slots=True)
class UsedIn:
    """A claim that stands on a finding."""

    claim_id: str
    owner: str
    """`persona:ID` or `map:ID:PHASE`."""
    against: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to filter by, beyond the framework."""

    people: tuple[str, ...]
    waves: tuple[str, ...]
    models: tuple[str, ...]


class Search(Interviews, Findings, Drafts):
    """Finding one's way in a large study."""

    # --- Findings ---

    def findings_part(
        self, study: Study, query: FindingQuery, limit: int, offset: int
    ) -> tuple[int, list[FindingCard]]:
        """How many findings there are of this kind, and a part of them, interview by interview."""
        if query.match:
            ids = self._hits(study, query)
            return len(ids), self.finding_cards(study, ids[offset : offset + limit])
        spread = self._spread(study, query)
        here, before = _around(spread, limit, offset)
        sql, values = self._filtered(study, query, here)
        rows = self._rows(f"{sql[0]} select f.transcript_id, f.id from {sql[1]} order by {_PLACE}", **values)
        rows.sort(key=lambda row: here.index(row["transcript_id"]))
        part = rows[offset - before :][:limit]
        return sum(spread.values()), self.finding_cards(study, [row["id"] for row in part])

    def finding_cards(self, study: Study, ids: Sequence[str], *, words: bool = True) -> list[FindingCard]:
        """These findings with what has become of them, in the order given; unknown ids are left out.

        Args:
            study: whose findings.
            ids: which.
            words: whether the lines they stand on are read too.
        """
        said = "substr(t.text, a.start + 1, z.end - a.start)" if words else "''"
        rows = self._rows(
            f"""
            select f.*, {said} as words,
                (select count(*) from claim_evidence e where e.study_id = f.study_id and e.finding_id = f.id
                    and e.draft_id = :draft) as claims
            from findings f
            join transcripts t on t.study_id = f.study_id and t.id = f.transcript_id
            join lines a on a.study_id = f.study_id and a.transcript_id = f.transcript_id and a.number = f.first_line
            join lines z on z.study_id = f.study_id and z.transcript_id = f.transcript_id and z.number = f.last_line
            where f.study_id = :study and f.id in (select value from json_each(:ids))
            """,
            study=study.id,
            ids=json.dumps(list(ids)),
            draft=self.newest_draft_id(study),
        )
        stability = self.stability(study, ids)
        found = {
            row["id"]: FindingCard(
                replace(finding_of(row), stability=stability.get(row["id"])),
                row["model"],
                row["decided"],
                row["words"],
                row["claims"],
            )
            for row in rows
        }
        return [found[one] for one in dict.fromkeys(ids) if one in found]

    def choices(self, study: Study) -> Choices:
        """People, waves and readers of a study."""

        def read() -> Choices:
            people = self._column("select id from participants where study_id = :id", id=study.id)
            models = self._column("select distinct model from codings where study_id = :id order by model", id=study.id)
            return Choices(tuple(sorted(people, key=natural)), self.waves(study), tuple(models))

        version = self.study_version(study)
        return self.while_unchanged(study, ("choices",), (version.people, version.heard, version.coded), read)

    def kinds(self, study: Study) -> dict[str, int]:
        """How many current findings there are of each kind."""

        def count() -> dict[str, int]:
            sql, values = self._filtered(study, FindingQuery())
            # Side by side: to group them they would have to be sorted.
            counts = ", ".join(f"count(*) filter (where f.kind = '{kind}') as {kind}" for kind in Kind)
            return self._row(f"select {counts} from {sql[1]}", **values) or {}

        return self.while_unchanged(study, ("kinds",), self._counters(study), count)

    def heard_drivers(self, study: Study, people: Collection[str]) -> list[str]:
        """The id of one finding for each driver that any of these people gave a reason of."""
        return self._column(
            """
            select min(f.id) from findings f indexed by findings_person
            where f.study_id = :study and f.current = 1 and f.kind = 'motivation'
                and f.participant_id in (select value from json_each(:people))
            group by f.key
            """,
            study=study.id,
            people=json.dumps(list(people)),
        )

    def used_in(self, study: Study, finding_id: str) -> list[UsedIn]:
        """Claims of the newest draft that stand on a finding or are contradicted by it."""
        rows = self._rows(
            """
            select e.claim_id, c.owner, e.against from claim_evidence e
            join claims c on c.study_id = e.study_id and c.draft_id = e.draft_id and c.id = e.claim_id
            where e.study_id = :study and e.draft_id = :draft and e.finding_id = :finding
            order by c.owner, c.position
            """,
            study=study.id,
            draft=self.newest_draft_id(study),
            finding=finding_id,
        )
        return [UsedIn(row["claim_id"], row["owner"], bool(row["against"])) for row in rows]

    def decided_on(self, study: Study, finding_ids: Collection[str]) -> dict[str, str]:
        """What stands on these findings: `accept`, `reject` or empty; unknown ids are left out."""
        rows = self._rows(
            """
            select id, decided from findings
            where study_id = :study and id in (select value from json_each(:ids))
            """,
            study=study.id,
            ids=json.dumps(sorted(finding_ids)),
        )
        return {row["id"]: row["decided"] for row in rows}

    def mark_findings(self, study: Study, decided: Mapping[str, str]) -> None:
        """Keep beside the ledger what now stands on findings."""
        with self.write() as db:
            db.conn.executemany(
                "update findings set decided = :decided where study_id = :study and id = :id",
                [{"study": study.id, "id": one, "decided": state} for one, state in decided.items()],
            )

    # --- By hand ---

    def put_by_hand(self, study: Study, finding: Finding) -> None:
        """Store a finding that a person made; no reader's coding displaces it, and it displaces none."""
        key = {
            "study": study.id, "transcript": finding.evidence.transcript_id, "request": _hand_key(finding.id),
            "first_line": finding.evidence.first_line, "last_line": finding.evidence.last_line, "model": BY_HAND,
            "now": now_utc(),
        }  # fmt: skip
        with self.write() as db:
            db.execute(
                """
                insert or replace into codings values (null, :study, :transcript, :request, :first_line, :last_line,
                    :model, '', 'coded', null, 1, :now, 0)
                """,
                key,
            )
            put_findings(db, study, Carrier(finding.evidence.transcript_id, _hand_key(finding.id), BY_HAND), [finding])

    def take_back_by_hand(self, study: Study, finding_id: str) -> bool:
        """Take a finding made by hand out of what is current; whether there was one."""
        taken = self._change(
            "update codings set current = 0 where study_id = :study and request_key = :request and current = 1",
            study=study.id, request=_hand_key(finding_id),
        )  # fmt: skip
        return taken > 0

    def is_current(self, study: Study, finding_id: str) -> bool:
        """Whether a current coding carries a finding."""
        current = self._column(
            "select current from findings where study_id = :study and id = :id", study=study.id, id=finding_id
        )
        return current == [1]

    # --- Lines ---

    def lines_part(self, study: Study, match: str, limit: int, offset: int) -> tuple[int, bool, list[LineHit]]:
        """Lines that hold the words: how many, whether there are more than are counted, and a part of them.

        Those in which the words weigh most come first; where there are too many to weigh, in the order of the index.
        """
        where = """
            from line_words cross join line_numbers n on n.id = line_words.rowid
            where line_words match :match and n.study_id = :study
        """
        stale = self.stale_transcripts(study)
        if stale:
            where += " and n.transcript_id not in (select value from json_each(:stale))"
        values: dict[str, object] = {"match": match, "study": study.id}
        values |= {"stale": json.dumps(sorted(stale))} if stale else {}
        total = self._count(f"select count(*) from (select 1 {where} limit :most)", **values, most=MOST_LINE_HITS)
        order = "n.id" if total >= MOST_LINE_HITS else "rank, n.id"
        rows = self._rows(
            f"select n.transcript_id, n.number {where} order by {order} limit :limit offset :offset",
            **values, limit=limit, offset=offset,
        )  # fmt: skip
        return total, total >= MOST_LINE_HITS, [LineHit(row["transcript_id"], row["number"]) for row in rows]

    def findings_of_interview(self, study: Study, transcript_id: str, first: int, last: int) -> list[FindingCard]:
        """Current findings that touch these lines of an interview, in the order of the text."""
        ids = self._column(
            """
            select id from findings where study_id = :study and current = 1 and transcript_id = :id
                and first_line between :first - :longest and :last and last_line >= :first
            order by first_line, last_line, kind, id
            """,
            study=study.id, id=transcript_id, first=first, last=last, longest=MAX_EVIDENCE_LINES - 1,
        )  # fmt: skip
        return self.finding_cards(study, ids, words=False)

    # --- Parts ---

    def _hits(self, study: Study, query: FindingQuery) -> tuple[str, ...]:
        """Findings that were found by words, interview by interview.

        Weighing words takes longer than the rest: all of them at once, which serves the count and each part.
        """

        def read() -> tuple[str, ...]:
            sql, values = self._filtered(study, query)
            rows = self._rows(f"{sql[0]} select f.transcript_id, f.id from {sql[1]} order by {_PLACE}", **values)
            places = self.interview_places(study)
            rows.sort(key=lambda row: places.get(row["transcript_id"], len(places)))
            return tuple(row["id"] for row in rows)

        return self.while_unchanged(study, ("hits", query), self._counters(study), read)

    def _spread(self, study: Study, query: FindingQuery) -> Mapping[str, int]:
        """How many findings a query has in each interview that has any, in the order of interviews.

        Counted again only when something of the study changed.
        """

        def count() -> dict[str, int]:
            if query.state == "unused":
                # Those that are used are few, and found by an index; all of them are not.
                return self._without(study, query, ("used",))
            if query.state == "open":
                return self._without(study, query, ("accept", "reject"))
            sql, values = self._filtered(study, query)
            rows = self._rows(
                f"{sql[0]} select f.transcript_id as id, count(*) as n from {sql[1]} group by 1", **values
            )
            places = self.interview_places(study)
            rows.sort(key=lambda row: places.get(row["id"], len(places)))
            return {intern(row["id"]): row["n"] for row in rows}

        return self.while_unchanged(study, ("spread", query), self._counters(study), count)

    def _without(self, study: Study, query: FindingQuery, states: Sequence[str]) -> dict[str, int]:
        """The spread of a query in any state but these."""
        every, *those = (self._spread(study, replace(query, state=state)) for state in (None, *states))
        left = {one: n - sum(some.get(one, 0) for some in those) for one, n in every.items()}
        return {one: n for one, n in left.items() if n}

    def _counters(self, study: Study) -> tuple[int, ...]:
        """Of all that decides which findings a query has."""
        version = self.study_version(study)
        return version.coded, version.heard, version.drafted, version.decided

    def _filtered(
        self, study: Study, query: FindingQuery, here: Sequence[str] | None = None
    ) -> tuple[tuple[str, str], Row]:
        """`with` and `from ... where` of a query over `findings f`, and the values of both.

        Args:
            study: whose findings.
            query: which.
            here: in these interviews only, which are few; None for all.
        """
        values: Row = {"study": study.id}
        where = ["f.study_id = :study", "f.current = 1"]
        for name, column in (
            ("kind", "f.kind"), ("key", "f.key"), ("person", "f.participant_id"), ("model", "f.model"),
        ):  # fmt: skip
            given = getattr(query, name)
            if given:
                where.append(f"{column} = :{name}")
                values[name] = given
        if query.phase == "none":
            where.append("f.phase is null")
        elif query.phase:
            where.append("f.phase = :phase")
            values["phase"] = query.phase
        if query.wave:
            where.append("f.transcript_id in (select id from transcripts where study_id = :study and wave = :wave)")
            values["wave"] = query.wave
        if query.among is not None:
            where.append("f.id in (select value from json_each(:among))")
            values["among"] = json.dumps(query.among)
        # Few findings are of one person, or decided on; left to itself SQLite walks through all of them in their order.
        few = (
            "order" if here is not None
            else "person" if query.person
            else "decided" if query.state in ("accept", "reject")
            else ""
        )  # fmt: skip
        begin, table = "", "findings f" + (f" indexed by findings_{few}" if few else "")
        if query.match:
            begin, table = _HITS, "hits cross join findings f on f.number = hits.number"
            values |= {"match": query.match, "most": MOST_LINE_HITS, "longest": MAX_EVIDENCE_LINES - 1}
        if query.state == "used" and not query.match:
            begin, table = _USED, "used cross join findings f on f.study_id = :study and f.id = used.id"
            values["draft"] = self.newest_draft_id(study)
        else:
            self._add_state(study, query.state, where, values)
        if here is not None:
            where.append("f.transcript_id in (select value from json_each(:here))")
            values["here"] = json.dumps(list(here))
        stale = self.stale_transcripts(study)
        if stale:
            where.append("f.transcript_id not in (select value from json_each(:stale))")
            values["stale"] = json.dumps(sorted(stale))
        return (begin, f"{table} where {' and '.join(where)}"), values

    def _add_state(self, study: Study, state: str | None, where: list[str], values: Row) -> None:
        if state in ("open", "accept", "reject"):
            # The index of those that people decided on has no others.
            where.append("f.decided = ''" if state == "open" else "f.decided <> '' and f.decided = :decided")
            values |= {} if state == "open" else {"decided": state}
        elif state == "hand":
            where.append("f.model = :hand")
            values["hand"] = BY_HAND
        elif state in ("used", "unused"):
            one_of = "in" if state == "used" else "not in"
            where.append(
                f"f.id {one_of} (select finding_id from claim_evidence where study_id = :study and draft_id = :draft)"
            )
            values["draft"] = self.newest_draft_id(study)


_USED = """
    with used (id) as materialized (
        select distinct finding_id from claim_evidence where study_id = :study and draft_id = :draft
    )
"""
_HITS = """
    with hits (number) as materialized (
        select rowid from finding_words where finding_words match :match
        union
        select f.number from (
            select n.study_id, n.transcript_id, n.number from line_words
            cross join line_numbers n on n.id = line_words.rowid
            where line_words match :match and n.study_id = :study limit :most
        ) n
        cross join findings f on f.study_id = n.study_id and f.current = 1 and f.transcript_id = n.transcript_id
            and f.first_line between n.number - :longest and n.number and f.last_line >= n.number
    )
"""


def _around(spread: Mapping[str, int], limit: int, offset: int) -> tuple[list[str], int]:
    """The interviews in which a part of a list lies, and how many of the list stand in interviews before those."""
    here, before, seen = list[str](), 0, 0
    for transcript_id, number in spread.items():
        if seen < offset + limit and seen + number > offset:
            here.append(transcript_id)
        elif not here:
            before += number
        seen += number
    return here, before


def _hand_key(finding_id: str) -> str:
    return f"hand-{finding_id}"
