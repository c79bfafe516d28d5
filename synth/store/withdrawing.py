"""How somebody leaves a study: their words are nowhere in the database file afterwards, nor in its write-ahead log.

What others said keeps its numbers and its evidence. Drafts, otherwise immutable, lose the person's share: claims that
stood on nothing else go from every draft, and so does every text in which their words were copied. What remains is a
tombstone: that somebody withdrew, what it changed, and the hash of their file, so that it is not read again.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from sqlite_utils import Database

from synth.domain import Transcript, content_id
from synth.errors import NotFoundError, StoreError
from synth.privacy.leaving import GONE, Leaving, blank_person, draft_without, spoken_lines, trace_of
from synth.review import owned_claims
from synth.store.base import now_utc, store_error
from synth.store.drafts import DRAFT_JSON, RESHAPED, Drafts
from synth.store.repeats import Case, Repeats, plain
from synth.store.studies import Study
from synth.store.transcripts import Transcripts


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What a withdrawal removed, and what it means for the claims that stood on it."""

    transcripts: int
    """Interviews of which the person was the only participant: removed whole."""
    findings: int
    calls: int
    weakened: tuple[str, ...]
    """Texts of claims of the newest draft that lost support and still stand."""
    lost: tuple[str, ...]
    """Texts of claims of the newest draft that no longer stand on anything, or that repeated the person's words."""
    blanked: int = 0
    """Interviews with others in which the person's turns were blanked."""
    reports: tuple[str, ...] = ()
    """Where reports of this study were written before: they still hold the person's words."""
    elsewhere: tuple[str, ...] = ()
    """Other studies that hold the same files."""
    clean: bool = True
    """Whether the file was scrubbed; false while another program has it open: `Store.scrub` does it later."""


class Withdrawing(Repeats, Transcripts, Drafts):
    """Removing a participant and every trace."""

    def withdraw(self, study: Study, participant_id: str, labels: Sequence[str] = ()) -> Withdrawal:
        """Remove a participant, their words and all that was derived from them, and scrub the file.

        Args:
            labels: their names, from the key, so that these go from what others said as well.

        Raises:
            NotFoundError: the study has no such participant.
            StoreError: the file cannot be written; nothing was removed then.
        """
        case = self._case(study, participant_id, labels)
        with self.write() as db:
            db.execute("pragma defer_foreign_keys = on")
            calls = self._remove_calls(db, case)
            weakened, lost = self._remove_from_drafts(db, case)
            findings = self._remove_findings(db, case)
            self._remove_examples(db, case)
            self._remove_words(db, case)
            self._redact_decisions(db, case)
            self._redact_notes(db, case)
            reports = self._forget_runs(db, case)
            self._forget_uploads(db, case)
            # Computed from texts that may be theirs, and only a cache: computed again when needed.
            db.execute("delete from vectors")
            db.execute(
                """
                insert into withdrawals
                    (study_id, position, withdrawn_utc, transcripts, findings, claims_weakened, claims_lost, sources)
                select :study, count(*) + 1, :now, :transcripts, :findings, :weakened, :lost, :sources
                from withdrawals where study_id = :study
                """,
                case.key
                | {
                    "now": now_utc(), "transcripts": len(case.alone), "findings": findings, "weakened": len(weakened),
                    "lost": len(lost), "sources": json.dumps(case.sources),
                },
            )  # fmt: skip
        return Withdrawal(
            transcripts=len(case.alone),
            findings=findings,
            calls=calls,
            weakened=weakened,
            lost=lost,
            blanked=len(case.shared),
            reports=reports,
            elsewhere=self._elsewhere(case),
            clean=self.scrub(),
        )

    def remove_calls_of_gone(self, study: Study) -> int:
        """Remove calls that were answered after somebody whose words stand in them left; how many there were.

        A run that asks when somebody leaves gets its answer afterwards, and stores it before it does anything with it.
        """
        with self.write() as db:
            gone = """
                select key from call_uses where study_id = :study
                    and participant_id not in (select id from participants where study_id = :study)
            """
            found = self._column(gone, study=study.id)
            return self._remove_uses(db, study, found) if found else 0

    def withdrawn_sources(self, study: Study) -> frozenset[str]:
        """SHA-256 of files that hold the words of somebody who withdrew: they are not read again."""
        withdrawn = self._column("select sources from withdrawals where study_id = :id", id=study.id)
        return frozenset(source for sources in withdrawn for source in json.loads(sources))

    def withdrawals(self, study: Study) -> int:
        """How many people withdrew: it rises with each of them."""
        return self._count("select count(*) from withdrawals where study_id = :id", id=study.id)

    def scrub(self) -> bool:
        """Overwrite what was deleted, in the file and its write-ahead log.

        Returns:
            Whether it was done; false where another program has the database open: close that, and do it again.
        """
        connection = self._db.conn
        try:
            connection.execute("pragma secure_delete = on")
            # What was deleted from an index for searching is only marked so, until its parts are merged.
            with self.write() as db:
                for index in ("line_words", "finding_words"):
                    db.execute(f"insert into {index} ({index}) values ('optimize')")
            busy = connection.execute("pragma wal_checkpoint(truncate)").fetchone()[0]
            if busy:
                return False
            connection.execute("vacuum")
            return not connection.execute("pragma wal_checkpoint(truncate)").fetchone()[0]
        except sqlite3.OperationalError as error:
            if "locked" in str(error).lower() or "busy" in str(error).lower():
                return False
            raise store_error(error, self.path) from error
        except StoreError as error:
            if isinstance(error.__cause__, sqlite3.OperationalError) and "locked" in str(error.__cause__).lower():
                return False
            raise

    # --- The parts of it ---

    def _case(self, study: Study, person: str, labels: Sequence[str]) -> Case:
        known = self._column("select id from participants where study_id = :id order by id", id=study.id)
        if person not in known:
            there = ", ".join(known) or "none"
            raise NotFoundError(f"Study '{study.name}' has no participant '{person}'. There are: {there}.")
        alone: list[Transcript] = []
        shared: list[Transcript] = []
        others: list[Transcript] = []
        for transcript in self.transcripts(study):
            people = transcript.people
            (others if person not in people else alone if people == {person} else shared).append(transcript)
        theirs, rest = [], []
        for transcript in (*alone, *shared, *others):
            spoken = spoken_lines(transcript, person)
            theirs += [line.text for line in transcript.lines if line.number in spoken]
            rest += [line.text for line in transcript.lines if line.number not in spoken and transcript not in alone]
        findings = self._rows(
            """
            select id from findings where study_id = :study and (participant_id = :person
                or transcript_id in (select value from json_each(:alone)))
            """,
            study=study.id, person=person, alone=json.dumps([one.id for one in alone]),
        )  # fmt: skip
        return Case(
            study, person, tuple(labels), tuple(alone), tuple(shared), tuple(others), trace_of(theirs, rest),
            frozenset(row["id"] for row in findings),
        )  # fmt: skip

    def _remove_calls(self, db: Database, case: Case) -> int:
        """Stored calls with their words: noted as theirs, of nobody, or with a trace of them in it."""
        # An answer that a batch brings for one of these is then nobody's, and is not kept.
        db.execute(
            """
            delete from batch_requests where batch_id in (select id from batches where study_id = :study)
                and exists (select 1 from json_each(participants) where value = :person)
            """,
            case.key,
        )
        noted = self._rows("select key from call_uses where study_id = :study and participant_id = :person", **case.key)
        gone = {row["key"] for row in noted}
        # A run that was killed between an answer and the note of whose words it holds leaves calls of nobody.
        orphans = self._rows("select key from calls where key not in (select key from call_uses)")
        gone |= {row["key"] for row in orphans}
        for row in self._rows(
            """
            select key, prompt, raw, set_aside from calls
            where key in (select key from call_uses where study_id = :study)
            """,
            study=case.study.id,
        ):
            if row["key"] not in gone and any(
                case.trace.is_in(plain(row[part])) for part in ("prompt", "raw", "set_aside")
            ):
                gone.add(row["key"])
        return self._remove_uses(db, case.study, gone)

    def _remove_uses(self, db: Database, study: Study, gone: Collection[str]) -> int:
        """Remove calls from a study, and those that no other study uses altogether; how many these are."""
        keys = {"study": study.id, "keys": json.dumps(sorted(gone))}
        db.execute(
            "delete from call_uses where study_id = :study and key in (select value from json_each(:keys))", keys
        )
        # Another study that asked the very same keeps the answer, as it keeps the interview.
        cursor = db.execute(
            """
            delete from calls where key in (select value from json_each(:keys))
                and key not in (select key from call_uses)
            """,
            keys,
        )
        return int(cursor.rowcount)

    def _remove_from_drafts(self, db: Database, case: Case) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Texts of claims of the newest draft that are weaker, and that are lost."""
        newest = self.newest_draft_id(case.study)
        weakened: list[str] = []
        lost: list[str] = []
        rows = self._rows(
            """
            select draft_id, id, text, origin, critique from claims
            where study_id = :id order by draft_id, owner, position
            """,
            id=case.study.id,
        )
        evidence = self._evidence(case)
        for row in rows:
            cited = evidence.get((row["draft_id"], row["id"]), [])
            left = [finding for finding, against in cited if not against and finding not in case.findings]
            had = any(not against for _, against in cited)
            touched = any(finding in case.findings for finding, _ in cited)
            repeats = case.trace.is_in(row["text"])
            where = {"study": case.study.id, "draft": row["draft_id"], "claim": row["id"]}
            if repeats or (had and not left and row["origin"] != "person"):
                db.execute("delete from claims where study_id = :study and draft_id = :draft and id = :claim", where)
                told = lost
            elif touched or case.trace.is_in(row["critique"]):
                # What a critic held against it may have been what they said.
                db.execute(
                    """
                    update claims set lead_finding_id = :lead, verdict = null, critique = ''
                    where study_id = :study and draft_id = :draft and id = :claim
                    """,
                    where | {"lead": left[0] if left else None},
                )
                told = weakened if any(f in case.findings and not against for f, against in cited) else []
            else:
                continue
            if row["draft_id"] == newest:
                told.append(row["text"])
        db.execute(
            """
            delete from claim_evidence
            where study_id = :study and finding_id in (select value from json_each(:findings))
            """,
            {"study": case.study.id, "findings": json.dumps(sorted(case.findings))},
        )
        self._rewrite_bodies(db, case)
        return tuple(weakened), tuple(lost)

    def _evidence(self, case: Case) -> dict[tuple[str, str], list[tuple[str, bool]]]:
        """(finding, whether it speaks against) of every claim, by draft and claim, in order."""
        evidence: dict[tuple[str, str], list[tuple[str, bool]]] = {}
        for row in self._rows(
            """
            select draft_id, claim_id, finding_id, against from claim_evidence
            where study_id = :id order by draft_id, claim_id, position
            """,
            id=case.study.id,
        ):
            evidence.setdefault((row["draft_id"], row["claim_id"]), []).append(
                (row["finding_id"], bool(row["against"]))
            )
        return evidence

    def _rewrite_bodies(self, db: Database, case: Case) -> None:
        labels = {
            row["id"]: row["label"]
            for row in self._rows("select id, label from findings where study_id = :id", id=case.study.id)
            if row["id"] not in case.findings
        }
        leaving = Leaving(case.person, case.findings, case.trace, labels)
        for row in self._rows("select id, inputs_key, body from drafts where study_id = :id", id=case.study.id):
            draft = draft_without(DRAFT_JSON.validate_json(row["body"]), leaving)
            db.execute(
                "update drafts set body = :body, inputs_key = :inputs where study_id = :study and id = :id",
                {
                    "study": case.study.id,
                    "id": row["id"],
                    "body": DRAFT_JSON.dump_json(draft).decode(),
                    # It is not what its inputs come to any more: the next synthesis makes a draft anew.
                    "inputs": _other_key(row["inputs_key"]),
                },
            )
            # Claims of a persona or a map that is no more have nobody to be about.
            owners = [owner for owner, _ in owned_claims(draft)]
            db.execute(
                """
                delete from claims where study_id = :study and draft_id = :draft
                    and owner not in (select value from json_each(:owners))
                """,
                {"study": case.study.id, "draft": row["id"], "owners": json.dumps(owners)},
            )

    def _remove_findings(self, db: Database, case: Case) -> int:
        gone = {"study": case.study.id, "findings": json.dumps(sorted(case.findings))}
        db.execute(
            "delete from findings where study_id = :study and id in (select value from json_each(:findings))", gone
        )
        for transcript in case.shared:
            lines = sorted(spoken_lines(transcript, case.person))
            db.execute(
                """
                delete from refusals where study_id = :study and transcript_id = :transcript
                    and (first_line in (select value from json_each(:lines))
                        or last_line in (select value from json_each(:lines)))
                """,
                {"study": case.study.id, "transcript": transcript.id, "lines": json.dumps(lines)},
            )
        for table in ("refusals", "codings"):
            for row in self._rows(f"select rowid as place, why from {table} where study_id = :id", id=case.study.id):
                if case.trace.is_in(row["why"]):
                    db.execute(
                        f"update {table} set why = :gone where rowid = :place", {"gone": GONE, "place": row["place"]}
                    )
        # What an analyst called somebody else's words may repeat theirs.
        for row in self._rows("select id, label, detail from findings where study_id = :id", id=case.study.id):
            if case.trace.is_in(row["label"]) or case.trace.is_in(plain(row["detail"])):
                detail = json.loads(row["detail"])
                detail |= {key: None for key in ("trigger", "matters") if key in detail}
                db.execute(
                    "update findings set label = :label, detail = :detail where study_id = :study and id = :id",
                    {"study": case.study.id, "id": row["id"], "label": GONE, "detail": json.dumps(detail)},
                )
        return len(case.findings)

    def _remove_words(self, db: Database, case: Case) -> None:
        """Transcripts, speakers, the participant, and the files that they came from."""
        renamed: dict[str, str] = {}
        replaced = self.names_replaced(case.study)
        for transcript in (*case.shared, *case.others):
            blank = blank_person(transcript, case.person, case.labels, case.trace)
            if blank is not transcript:
                self.put_transcript(case.study, blank, names="replaced" if replaced[transcript.id] else "kept")
                renamed[transcript.id] = blank.name
        gone = {one.id for one in case.alone}
        for transcript_id in gone:
            db.execute(
                "delete from transcripts where study_id = :study and id = :id",
                {"study": case.study.id, "id": transcript_id},
            )
        db.execute("delete from participants where study_id = :study and id = :person", case.key)
        for row in self._rows(
            "select key, name, why, transcript_ids from files where study_id = :id", id=case.study.id
        ):
            ids = json.loads(row["transcript_ids"])
            left = [one for one in ids if one not in gone]
            where = {"study": case.study.id, "file": row["key"]}
            if not left and (ids or _is_theirs(row["name"], row["why"] or "", case)):
                db.execute("delete from files where study_id = :study and key = :file", where)
            else:
                name = next((renamed[one] for one in left if one in renamed), row["name"])
                db.execute(
                    "update files set name = :name, transcript_ids = :ids where study_id = :study and key = :file",
                    where | {"name": name, "ids": json.dumps(left)},
                )

    def _elsewhere(self, case: Case) -> tuple[str, ...]:
        names = self._column(
            """
            select distinct s.name from studies s join transcripts t on t.study_id = s.id
            where s.id <> :id and t.source_sha256 in (select value from json_each(:sources)) order by s.name
            """,
            id=case.study.id, sources=json.dumps(case.sources),
        )  # fmt: skip
        return tuple(names)


def _other_key(key: str) -> str:
    """A key of no inputs that could come; what people put together stays marked as theirs."""
    mark, rest = (RESHAPED, key.removeprefix(RESHAPED)) if key.startswith(RESHAPED) else ("", key)
    return f"{mark}{content_id(rest, 'without somebody')}"


def _is_theirs(name: str, why: str, case: Case) -> bool:
    """Whether a file of which nothing was read is of the person: called like an interview of theirs, or after them.

    So is another file with the same words: the reason why it was not read names their interview.
    """
    stems = {PurePath(one.name).stem.casefold() for one in case.alone}
    words = "|".join(re.escape(one.casefold()) for one in (case.person, *case.labels) if one)
    called = re.search(rf"(?<![^\W_])(?:{words})(?![^\W_])", name.casefold())
    return bool(called) or PurePath(name).stem.casefold() in stems or any(one.name in why for one in case.alone)
