"""The ledger of decisions, whole and in parts, and what people think of maps."""

from __future__ import annotations

from dataclasses import dataclass

from synth.errors import NotFoundError
from synth.review import Decision
from synth.store.base import Base, now_utc
from synth.store.studies import Study

VERDICTS = ("accept", "edit", "reject")
_COLUMNS = "id as number, draft_id, subject, subject_id, action, by_whom, decided_utc, before, after, why"


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


class Decisions(Base):
    """Decisions are appended and never changed; states and scores of maps are as they are now."""

    def decide(self, study: Study, decision: Decision) -> int:
        """Append a decision; its number. Nothing is overwritten."""
        with self.write() as db:
            cursor = db.execute(
                """
                insert into decisions
                    (study_id, draft_id, subject, subject_id, action, by_whom, decided_utc, before, after, why)
                values (:study, :draft_id, :subject, :subject_id, :action, :by_whom, :now, :before, :after, :why)
                """,
                {
                    "study": study.id,
                    "now": decision.decided_utc or now_utc(),
                }
                | {
                    field: getattr(decision, field)
                    for field in ("draft_id", "subject", "subject_id", "action", "by_whom", "before", "after", "why")
                },
            )
        return int(cursor.lastrowid or 0)

    def decisions(self, study: Study, after: int = 0) -> list[Decision]:
        """All decisions in the order in which they were taken, or those after one of this number."""
        return self._decisions(study, "and id > :after order by id", after=after)

    def decision(self, study: Study, number: int) -> Decision:
        """One entry of the ledger.

        Raises:
            NotFoundError: the study has none of this number.
        """
        found = self._decisions(study, "and id = :number", number=number)
        if not found:
            raise NotFoundError(f"'{study.name}' has no decision {number}.")
        return found[0]

    def claim_decisions(self, study: Study, claim_id: str) -> list[Decision]:
        """All decisions on one claim, in the order in which they were taken."""
        return self._decisions(study, "and subject = 'claim' and subject_id = :claim order by id", claim=claim_id)

    def finding_decisions(self, study: Study, finding_id: str) -> list[Decision]:
        """All decisions on one finding, in the order in which they were taken."""
        chosen = "and subject = 'finding' and subject_id = :finding order by id"
        return self._decisions(study, chosen, finding=finding_id)

    def theme_decisions(self, study: Study) -> list[Decision]:
        """All decisions on themes, in the order in which they were taken."""
        return self._decisions(study, "and subject = 'theme' order by id")

    def decisions_part(self, study: Study, limit: int, offset: int) -> tuple[int, list[Decision]]:
        """How many decisions there are, and a part of them in the order in which they were taken."""
        total = self._count("select count(*) from decisions where study_id = :id", id=study.id)
        return total, self._decisions(study, "order by id limit :limit offset :offset", limit=limit, offset=offset)

    def second_looks(self, study: Study, every: int, by_whom: str) -> list[str]:
        """Claims whose acceptance was the 20th, 40th and so on, by others, and that nobody else has looked at since.

        Args:
            study: whose ledger.
            every: 20 for every twentieth.
            by_whom: who is asked now.
        """
        ids = self._column(
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
        return list(dict.fromkeys(ids))

    def last_decision_of(self, study: Study, by_whom: str) -> Decision | None:
        """What somebody decided last on a claim; None where that was an undo, or nothing."""
        chosen = "and by_whom = :who and subject = 'claim' order by id desc limit 1"
        last = next(iter(self._decisions(study, chosen, who=by_whom)), None)
        return last if last is not None and last.action != "undo" else None

    def ledger(self, study: Study, wanted: LedgerFilter, limit: int, offset: int) -> tuple[int, list[Decision]]:
        """How many decisions the filter lets pass, and a part of them, the newest first."""
        where, values = "", dict[str, object]()
        for name in ("by_whom", "action", "subject"):
            if getattr(wanted, name):
                where += f" and {name} = :{name}"
                values[name] = getattr(wanted, name)
        if wanted.text:
            texts = "coalesce(before, '') || ' ' || coalesce(after, '') || ' ' || why"
            where += f" and instr(lower({texts}), lower(:text)) > 0"
            values["text"] = wanted.text
        total = self._count(f"select count(*) from decisions where study_id = :study {where}", study=study.id, **values)
        part = f"{where} order by id desc limit :limit offset :offset"
        return total, self._decisions(study, part, **values, limit=limit, offset=offset)

    def deciders(self, study: Study) -> list[str]:
        """Everybody who decided anything, by name."""
        return self._column("select distinct by_whom from decisions where study_id = :id order by by_whom", id=study.id)

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

    def _claim_actions(self, study: Study) -> list[Decision]:
        """What was done to each claim, in order, and no more of it."""
        rows = self._rows(
            "select subject_id, action, after from decisions where study_id = :id and subject = 'claim' order by id",
            id=study.id,
        )
        return [Decision("", "claim", row["subject_id"], row["action"], "", after=row["after"]) for row in rows]

    def _decisions(self, study: Study, chosen: str, **values: object) -> list[Decision]:
        """Those of a study that `chosen` leaves, which goes on after its `where`."""
        sql = f"select {_COLUMNS} from decisions where study_id = :study {chosen}"
        return [Decision(**row) for row in self._rows(sql, study=study.id, **values)]

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
        self._change(
            """
            insert or replace into touchpoint_scores
            values (:study, :map, :phase, :channel, :who, :satisfaction, :person, :organisation, :now)
            """,
            study=study.id,
            map=map_id,
            phase=score.phase,
            channel=score.channel,
            who=score.by_whom,
            satisfaction=score.satisfaction,
            person=score.person,
            organisation=score.organisation,
            now=now_utc(),
        )
