"""Findings, how they were coded, and what was refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from sys import intern

from synth.domain import Chunk, Emotion, Evidence, Finding, Kind, Motivation, Refusal, Touchpoint
from synth.store.base import Row, now_utc
from synth.store.filing import Carrier, put_findings
from synth.store.passes import Passes
from synth.store.studies import Study

_DETAILS = {Kind.MOTIVATION: Motivation, Kind.EMOTION: Emotion, Kind.TOUCHPOINT: Touchpoint}


@dataclass(frozen=True, slots=True)
class Coding:
    """How one chunk was coded: by which request, and whether it worked."""

    transcript_id: str
    request_key: str
    first_line: int
    last_line: int
    model: str
    prompt_version: str
    state: str
    """`coded` or `failed`."""
    why: str | None = None
    pass_number: int = 1
    """1 for the first reading of lines; a later pass has what it added and what it would have coded too. 0: by hand."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one model read of a study with one version of the prompt, in all."""

    model: str
    prompt_version: str
    chunks: int


class Findings(Passes):
    """What was found in the transcripts of a study."""

    def codings(self, study: Study) -> list[Coding]:
        """The current codings by readers, in the order of the transcripts' text; those by hand are not among them."""
        rows = self._rows(
            """
            select transcript_id, request_key, first_line, last_line, model, prompt_version, state, why,
                pass as pass_number
            from codings where study_id = :id and current = 1 and pass > 0
            order by transcript_id, first_line, last_line, pass
            """,
            id=study.id,
        )
        return [Coding(**row) for row in rows]

    def has_coding(self, study: Study, transcript_id: str, request_key: str) -> bool:
        """Whether this very request was already turned into findings, and is current."""
        found = self._column(
            """
            select 1 from codings where study_id = :study and transcript_id = :transcript
                and request_key = :key and state = 'coded' and current = 1
            """,
            study=study.id, transcript=transcript_id, key=request_key,
        )  # fmt: skip
        return bool(found)

    # --- Readings beside each other ---

    def readings(self, study: Study) -> list[Reading]:
        """Who has read anything of a study, current or not, the latest first."""
        rows = self._rows(
            """
            select model, prompt_version, count(*) as chunks from codings
            where study_id = :id and state = 'coded' and pass > 0 group by model, prompt_version
            order by max(coded_utc) desc, max(number) desc
            """,
            id=study.id,
        )
        return [Reading(**row) for row in rows]

    def codings_of(self, study: Study, model: str | None, prompt_version: str | None) -> list[Coding]:
        """What a model read, with this version of the prompt, current or not; None: any. In the order of the text.

        Where it read lines more than once, the newest coding of them in each pass is given alone.
        """
        rows = self._rows(
            """
            select transcript_id, request_key, first_line, last_line, model, prompt_version, state, why,
                pass as pass_number from codings
            where study_id = :id and state = 'coded' and pass > 0 and model = coalesce(:model, model)
                and prompt_version = coalesce(:version, prompt_version)
            order by coded_utc desc, number desc
            """,
            id=study.id, model=model, version=prompt_version,
        )  # fmt: skip
        kept: dict[str, list[Coding]] = {}
        for coding in (Coding(**row) for row in rows):
            newer = kept.setdefault(coding.transcript_id, [])
            # The rule by which a new coding displaces old ones, see `put_coding`.
            if all(
                one.pass_number != coding.pass_number
                or one.first_line > coding.last_line
                or one.last_line < coding.first_line
                for one in newer
            ):
                newer.append(coding)
        return sorted(
            (one for those in kept.values() for one in those),
            key=lambda one: (one.transcript_id, one.first_line, one.pass_number),
        )

    def coding_findings(self, study: Study, coding: Coding) -> list[Finding]:
        """What came of a coding, current or not, in the order of the reply.

        A finding that another reading made too (the same passage, coded for the same thing) is stored once: its label,
        phase and the rest of its detail are as the latest of them gave it.
        """
        rows = self._rows(
            """
            select f.* from codings c
            join coding_findings cf on cf.coding = c.number
            join findings f on f.number = cf.finding
            where c.study_id = :study and c.transcript_id = :transcript and c.request_key = :request
            order by cf.position
            """,
            study=study.id, transcript=coding.transcript_id, request=coding.request_key,
        )  # fmt: skip
        return [finding_of(row) for row in rows]

    # --- Writing ---

    def put_coding(
        self,
        study: Study,
        chunk: Chunk,
        coding: Coding,
        findings: Sequence[Finding] = (),
        refusals: Sequence[Refusal] = (),
    ) -> None:
        """Store how a chunk was coded with all that came of it.

        A coding that worked becomes the current one of its lines in its pass, and of later passes there are none any
        more; one that failed displaces nothing. `findings` are those that it carries: one that is stored already stays
        as the pass before gave it.
        """
        key = {"study": study.id, "transcript": chunk.transcript_id, "request": coding.request_key}
        with self.write() as db:
            db.execute(
                """
                insert or replace into codings values (null, :study, :transcript, :request, :first_line, :last_line,
                    :model, :prompt_version, :state, :why, 1, :now, :pass_number)
                """,
                key
                | {field: getattr(coding, field) for field in Coding.__slots__ if field not in ("transcript_id",)}
                | {"now": now_utc()},
            )
            if coding.state == "coded":
                # Another analyst, prompt or cut read these lines before: its findings stay, beside the current ones.
                db.execute(
                    """
                    update codings set current = 0 where study_id = :study and transcript_id = :transcript
                        and request_key <> :request and first_line <= :last_line and last_line >= :first_line
                        and pass >= :pass
                    """,
                    key | {"first_line": chunk.first_line, "last_line": chunk.last_line, "pass": coding.pass_number},
                )
            known = self._carried_before(key, coding) if coding.pass_number > 1 else frozenset[str]()
            carrier = Carrier(chunk.transcript_id, coding.request_key, coding.model)
            put_findings(db, study, carrier, findings, known)
            self.put_refusals(study, coding.request_key, refusals, chunk.transcript_id)

    def put_refusals(
        self, study: Study, request_key: str, refusals: Sequence[Refusal], transcript_id: str | None = None
    ) -> None:
        """Store what was refused of a chunk, or of a draft, which is of no transcript."""
        key = {"study": study.id, "request": request_key, "transcript": transcript_id}
        with self.write() as db:
            db.execute("delete from refusals where study_id = :study and request_key = :request", key)
            db.conn.executemany(
                """
                insert into refusals values (:study, :transcript, :request, :position, :chunk_id, :kind, :first_line,
                    :last_line, :why)
                """,
                [
                    key | {"position": position} | {field: getattr(refusal, field) for field in Refusal.__slots__}
                    for position, refusal in enumerate(refusals)
                ],
            )

    def findings(self, study: Study, *, rejected: bool = True) -> list[Finding]:
        """Those of the current codings, in the order of the transcripts' text.

        Args:
            study: whose findings.
            rejected: whether those that people rejected are among them; a new draft is made without.
        """
        stability = self.stability(study)
        rows = self._db.query(
            """
            select * from findings where study_id = :id and current = 1 and (:rejected or decided <> 'reject')
            order by transcript_id, first_line, last_line, kind, id
            """,
            {"id": study.id, "rejected": rejected},
        )
        return [
            replace(found, stability=stability[found.id]) if found.id in stability else found
            for found in map(finding_of, rows)
        ]

    def findings_by_id(self, study: Study, ids: Sequence[str]) -> list[Finding]:
        """Whichever of these exist, also those of earlier codings, in the order given."""
        found: dict[str, Finding] = {}
        for first in range(0, len(ids), 500):
            some = list(ids[first : first + 500])
            marks = ",".join("?" * len(some))
            rows = self._db.query(f"select * from findings where study_id = ? and id in ({marks})", [study.id, *some])
            found |= {row["id"]: finding_of(row) for row in rows}
        return [found[finding_id] for finding_id in ids if finding_id in found]

    def refusals(self, study: Study) -> list[Refusal]:
        """What was refused by the current codings and the newest draft."""
        rows = self._rows(
            """
            select r.chunk_id, r.kind, r.first_line, r.last_line, r.why,
                coalesce(c.model, json_extract(d.provenance, '$.model')) as model
            from refusals r
            left join codings c on c.study_id = r.study_id and c.request_key = r.request_key
                and c.transcript_id = r.transcript_id
            left join drafts d on d.study_id = r.study_id and r.transcript_id is null
                and d.number = (select max(number) from drafts where study_id = r.study_id)
            where r.study_id = :id and (r.transcript_id is null or c.current = 1)
            order by r.transcript_id, r.first_line, r.position
            """,
            id=study.id,
        )
        return [Refusal(**row) for row in rows]


def finding_of(row: Row) -> Finding:
    """A finding from its row."""
    stored = json.loads(row["detail"])
    signals, code = tuple(stored.pop("signals", ())), stored.pop("code", None)
    # Of tens of thousands of findings most words are the same: each is kept once.
    for name in ("driver", "question", "emotion", "trigger", "channel", "from_channel"):
        if isinstance(stored.get(name), str):
            stored[name] = intern(stored[name])
    return Finding(
        id=row["id"],
        participant_id=intern(row["participant_id"]),
        evidence=Evidence(intern(row["transcript_id"]), row["first_line"], row["last_line"]),
        label=intern(row["label"]),
        language=intern(row["language"]),
        phase=row["phase"] and intern(row["phase"]),
        detail=_DETAILS[Kind(row["kind"])](**stored),
        confidence=row["confidence"],
        signals=signals,
        code=code,
    )
