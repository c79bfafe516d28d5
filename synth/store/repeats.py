"""What repeats the words of somebody who leaves: the codebook, decisions, comments, uploads and what runs told."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from synth.domain import Transcript
from synth.privacy.leaving import GONE, Trace
from synth.store.base import Base
from synth.store.studies import Study


@dataclass(frozen=True)
class Case:
    """One withdrawal under way."""

    study: Study
    person: str
    labels: tuple[str, ...]
    alone: tuple[Transcript, ...]
    shared: tuple[Transcript, ...]
    others: tuple[Transcript, ...]
    trace: Trace
    findings: frozenset[str]

    @property
    def key(self) -> dict[str, str]:
        return {"study": self.study.id, "person": self.person}

    @property
    def sources(self) -> list[str]:
        return sorted({one.source_sha256 for one in (*self.alone, *self.shared)})


class Repeats(Base):
    """Taking out of the notes of a study what was somebody's; inside the transaction of their withdrawal."""

    def _remove_examples(self, db: Database, case: Case) -> None:
        """Their lines in the codebook; a code whose name is theirs goes with them."""
        rows = self._rows("select kind, name, definition, use_when, not_when, examples from codes where study_id = :id",
                          id=case.study.id)  # fmt: skip
        for row in rows:
            where = {"study": case.study.id, "kind": row["kind"], "name": row["name"]}
            if case.trace.is_in(row["name"]):
                db.execute("delete from codes where study_id = :study and kind = :kind and name = :name", where)
                continue
            kept = {
                field: "" if case.trace.is_in(row[field]) else row[field]
                for field in ("definition", "use_when", "not_when")
            }
            examples = [line for line in json.loads(row["examples"]) if not case.trace.is_in(line)]
            db.execute(
                """
                update codes set definition = :definition, use_when = :use_when, not_when = :not_when,
                    examples = :examples where study_id = :study and kind = :kind and name = :name
                """,
                where | kept | {"examples": json.dumps(examples, ensure_ascii=False)},
            )

    def _redact_decisions(self, db: Database, case: Case) -> None:
        """Blank what decisions repeat; take those along that are about the person or their findings alone."""
        db.execute(
            "delete from decisions where study_id = :study and subject = 'participant' and subject_id = :person",
            case.key,
        )
        db.execute(
            """
            delete from decisions where study_id = :study and subject = 'finding'
                and subject_id in (select value from json_each(:findings))
            """,
            {"study": case.study.id, "findings": json.dumps(sorted(case.findings))},
        )
        standing = set(
            self._column(
                "select id from claims where study_id = :id union select id from added_claims where study_id = :id",
                id=case.study.id,
            )
        )
        for row in self._rows(
            "select id, subject, subject_id, before, after, why from decisions where study_id = :id", id=case.study.id
        ):
            lost = row["subject"] == "claim" and row["subject_id"] not in standing
            texts = {part: row[part] for part in ("before", "after", "why")}
            kept = {part: None if lost else self._redacted(text, case) for part, text in texts.items()}
            if kept != texts:
                db.execute(
                    "update decisions set before = :before, after = :after, why = :why where id = :id",
                    {**kept, "why": kept["why"] or "", "id": row["id"]},
                )

    def _redact_notes(self, db: Database, case: Case) -> None:
        """Blank what comments and maps that people drew repeat of their words."""
        for row in self._rows("select id, text from comments where study_id = :id", id=case.study.id):
            kept = self._redacted(row["text"], case) or ""
            if kept != row["text"]:
                db.execute("update comments set text = :text where id = :id", {"text": kept, "id": row["id"]})
        for row in self._rows("select map_id, kind, phase, words from drawn_phases where study_id = :id",
                              id=case.study.id):  # fmt: skip
            kept = self._redacted(row["words"], case) or ""
            if kept != row["words"]:
                db.execute(
                    """
                    update drawn_phases set words = :kept
                    where study_id = :study and map_id = :map_id and kind = :kind and phase = :phase
                    """,
                    {"kept": kept, "study": case.study.id,
                     "map_id": row["map_id"], "kind": row["kind"], "phase": row["phase"]},
                )  # fmt: skip

        self._redact_drawn(db, case)

    def _redact_drawn(self, db: Database, case: Case) -> None:
        """In every version of a cell; a sentence that was theirs goes, and its place with it."""
        for row in self._rows("select map_id, kind, phase, lane, version, items from drawn_cells where study_id = :id",
                              id=case.study.id):  # fmt: skip
            kept = []
            for item in json.loads(row["items"]):
                text = self._redacted(item["text"], case)
                if text is not None:
                    kept.append(item | {"text": text})
            items = json.dumps(kept, ensure_ascii=False)
            if items != row["items"]:
                db.execute(
                    """
                    update drawn_cells set items = :items where study_id = :study and map_id = :map_id
                        and kind = :kind and phase = :phase and lane = :lane and version = :version
                    """,
                    row | {"items": items, "study": case.study.id},
                )

    def _redacted(self, text: str | None, case: Case) -> str | None:
        if text is None or case.trace.is_in(plain(text)) or any(finding in text for finding in case.findings):
            return None
        return _without_word(text, (case.person, *case.labels))

    def _forget_uploads(self, db: Database, case: Case) -> None:
        """Uploaded files and what runs in the browser told: names of files may be theirs."""
        for source in case.sources:
            db.execute(
                "delete from uploads where study_id = :study and sha256 = :sha", {"study": case.study.id, "sha": source}
            )
        db.execute("update jobs set report = '{}', progress = '{}' where study_id = :study", {"study": case.study.id})
        # Kept for a day, and no more than a convenience: a request that is sent again is done again.
        db.execute("delete from idempotency")

    def _forget_runs(self, db: Database, case: Case) -> tuple[str, ...]:
        """Summaries name people and repeat texts; what is left says that a run happened, and where its report is."""
        reports = self._column(
            "select distinct report from runs where study_id = :id and report <> ''", id=case.study.id
        )
        db.execute("update runs set summary = '{}' where study_id = :study", {"study": case.study.id})
        return tuple(reports)


def plain(text: str | None) -> str:
    """A text that may be JSON, with its escapes read: words in it are compared as words."""
    if not text or "\\" not in text:
        return text or ""
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match.group(1), 16)), text).replace("\\n", " ")


def _without_word(text: str, words: Sequence[str]) -> str:
    for word in words:
        if word:
            text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", GONE, text)
    return text
