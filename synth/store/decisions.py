"""What people decide, write and score themselves: small questions about the ledger, and what stands beside a draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from synth.review import Decision
from synth.store.base import Base, now_utc
from synth.store.drafts import DECISION_COLUMNS
from synth.store.studies import Study

VERDICTS = ("accept", "edit", "reject")


@dataclass(frozen=True, slots=True)
class LedgerFilter:
    """Which decisions of the ledger; empty values let all pass."""

    by_whom: str = ""
    action: str = ""
    subject: str = ""
    text: str = ""
    """Stands in one of its texts, whatever the case of plain letters."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one person last decided on one claim."""

    claim_id: str
    by_whom: str
    action: str


@dataclass(frozen=True, slots=True)
class MapState:
    """What people agreed on about a map."""

    state: str
    """`review` or `agreed`."""
    draft_id: str
    """The draft that they saw."""
    by_whom: str
    set_utc: str


@dataclass(frozen=True, slots=True)
class TouchpointScore:
    """What one person thinks of a channel in a phase, each 1 to 5 or not said."""

    phase: str
    channel: str
    by_whom: str
    satisfaction: int | None
    person: int | None
    organisation: int | None


@dataclass(frozen=True, slots=True)
class DrawnPhase:
    """One phase of a map that people drew."""

    phase: str
    valence: float | None
    words: str
    by_whom: str = ""


class Reviewing(Base):
    """The ledger in parts, and people's own claims, states, scores and maps."""

    def add_claim(self, study: Study, claim_id: str, owner: str, section: str, phase: str | None, idea: bool) -> None:
        """Where a claim that a person wrote stands; the decision that adds it holds its words."""
        self._execute(
            "insert into added_claims values (:study, :id, :owner, :section, :phase, null, :idea)",
            study=study.id, id=claim_id, owner=owner, section=section, phase=phase, idea=int(idea),
        )  # fmt: skip

    def second_looks(self, study: Study, every: int, by_whom: str) -> list[str]:
        """Claims whose acceptance was the 20th, 40th and so on, by others, and that nobody else has looked at since.

        Args:
            study: whose ledger.
            every: 20 for every twentieth.
            by_whom: who is asked now.
        """
        rows = self._rows(
            """
            select subject_id from (
                select id, subject_id, by_whom, row_number() over (order by id) as place from decisions
                where study_id = :study and subject = 'claim' and action = 'accept'
            ) as taken
            where place % :every = 0 and by_whom <> :me and not exists (
                select 1 from decisions as later where later.study_id = :study and later.subject = 'claim'
                    and later.subject_id = taken.subject_id and later.id > taken.id
                    and (later.by_whom <> taken.by_whom or later.action <> 'accept')
            )
            order by id
            """,
            study=study.id,
            every=every,
            me=by_whom,
        )
        return list(dict.fromkeys(str(row["subject_id"]) for row in rows))

    def last_decision_of(self, study: Study, by_whom: str) -> Decision | None:
        """What somebody decided last on a claim; None where that was an undo, or nothing."""
        row = self._row(
            f"""
            select {DECISION_COLUMNS} from decisions
            where study_id = :study and by_whom = :who and subject = 'claim' order by id desc limit 1
            """,
            study=study.id,
            who=by_whom,
        )
        return Decision(**row) if row and row["action"] != "undo" else None

    def ledger(self, study: Study, wanted: LedgerFilter, limit: int, offset: int) -> tuple[int, list[Decision]]:
        """How many decisions the filter lets pass, and a part of them, the newest first."""
        where = ["study_id = :study"]
        values: dict[str, object] = {"study": study.id}
        for name in ("by_whom", "action", "subject"):
            if getattr(wanted, name):
                where.append(f"{name} = :{name}")
                values[name] = getattr(wanted, name)
        if wanted.text:
            texts = "coalesce(before, '') || ' ' || coalesce(after, '') || ' ' || why"
            where.append(f"instr(lower({texts}), lower(:text)) > 0")
            values["text"] = wanted.text
        chosen = " and ".join(where)
        total = self._row(f"select count(*) as n from decisions where {chosen}", **values)
        rows = self._rows(
            f"select {DECISION_COLUMNS} from decisions where {chosen} order by id desc limit :limit offset :offset",
            **values, limit=limit, offset=offset,
        )  # fmt: skip
        return int((total or {"n": 0})["n"]), [Decision(**row) for row in rows]

    def deciders(self, study: Study) -> list[str]:
        """Everybody who decided anything, by name."""
        rows = self._rows("select distinct by_whom from decisions where study_id = :id order by by_whom", id=study.id)
        return [str(row["by_whom"]) for row in rows]

    def verdicts(self, study: Study) -> list[Verdict]:
        """What each person last decided on each claim and did not undo, in the order of the ledger."""
        rows = self._rows(
            """
            select subject_id, by_whom, action from decisions
            where study_id = :id and subject = 'claim' order by id
            """,
            id=study.id,
        )
        stacks: dict[tuple[str, str], list[str]] = {}
        for row in rows:
            stack = stacks.setdefault((row["subject_id"], row["by_whom"]), [])
            if row["action"] == "undo":
                del stack[-1:]
            else:
                stack.append(row["action"])
        # Moves and own claims are no verdicts, but an undo may take back one of them instead of a verdict.
        judged = {key: [one for one in stack if one in VERDICTS] for key, stack in stacks.items()}
        return [Verdict(claim, person, stack[-1]) for (claim, person), stack in judged.items() if stack]

    def claim_texts(self, study: Study, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Section and sentence of these claims, as they were last drafted or written."""
        found: dict[str, tuple[str, str]] = {}
        for claim_id in dict.fromkeys(ids):
            row = self._row(
                """
                select c.section, c.text from claims c join drafts d on d.study_id = c.study_id and d.id = c.draft_id
                where c.study_id = :study and c.id = :id order by d.number desc limit 1
                """,
                study=study.id,
                id=claim_id,
            ) or self._row(
                """
                select a.section, d.after as text from added_claims a join decisions d on d.study_id = a.study_id
                    and d.subject = 'claim' and d.subject_id = a.id and d.action = 'add'
                where a.study_id = :study and a.id = :id
                """,
                study=study.id,
                id=claim_id,
            )
            if row:
                found[claim_id] = (row["section"], row["text"] or "")
        return found

    # --- Maps ---

    def map_states(self, study: Study) -> dict[str, MapState]:
        """What people agreed on, by map."""
        rows = self._rows("select * from map_states where study_id = :id", id=study.id)
        return {row["map_id"]: MapState(row["state"], row["draft_id"], row["by_whom"], row["set_utc"]) for row in rows}

    def set_map_state(self, study: Study, map_id: str, state: str | None, draft_id: str, by_whom: str) -> None:
        """Set it; None takes it back to a draft."""
        with self.write() as db:
            db.execute("delete from map_states where study_id = :s and map_id = :m", {"s": study.id, "m": map_id})
            if state:
                db.execute(
                    "insert into map_states values (:s, :m, :state, :draft, :who, :now)",
                    {"s": study.id, "m": map_id, "state": state, "draft": draft_id, "who": by_whom, "now": now_utc()},
                )

    def touchpoint_scores(self, study: Study, map_id: str) -> list[TouchpointScore]:
        """What people think of the touchpoints of a map."""
        rows = self._rows(
            """
            select phase, channel, by_whom, satisfaction, person, organisation from touchpoint_scores
            where study_id = :study and map_id = :map order by phase, channel, by_whom
            """,
            study=study.id,
            map=map_id,
        )
        return [TouchpointScore(**row) for row in rows]

    def put_score(self, study: Study, map_id: str, score: TouchpointScore) -> None:
        """What somebody thinks of one touchpoint, in place of what they said before."""
        with self.write():
            self._execute(
                """
                insert or replace into touchpoint_scores
                values (:study, :map, :phase, :channel, :who, :satisfaction, :person, :organisation, :now)
                """,
                study=study.id, map=map_id, phase=score.phase, channel=score.channel, who=score.by_whom,
                satisfaction=score.satisfaction, person=score.person, organisation=score.organisation, now=now_utc(),
            )  # fmt: skip

    def drawn_phases(self, study: Study, map_id: str, kind: str) -> dict[str, DrawnPhase]:
        """What people drew by phase before maps were drawn by cell; `synth.pipeline.drawing` takes it over.

        Args:
            study: whose map.
            map_id: which map.
            kind: `own` or `future`.
        """
        rows = self._rows(
            """
            select phase, valence, words, by_whom from drawn_phases
            where study_id = :study and map_id = :map and kind = :kind
            """,
            study=study.id,
            map=map_id,
            kind=kind,
        )
        return {row["phase"]: DrawnPhase(**row) for row in rows}
