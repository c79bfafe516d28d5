"""Transcripts with their speakers, turns and lines."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

from synth.domain import Line, Role, Skipped, Speaker, Transcript, Turn
from synth.store.base import Base, Row, now_utc
from synth.store.studies import Study


class Transcripts(Base):
    """The interviews of a study, as they were read."""

    def transcripts(self, study: Study) -> list[Transcript]:
        """All of a study, in the order of their names, then ids."""
        by_transcript = {
            table: self._parts(table, order, study)
            for table, order in (
                ("speakers", "position"),
                ("turns", "number"),
                ("lines", "number"),
                ("skipped", "position"),
            )
        }
        rows = self._rows("select * from transcripts where study_id = :id order by name, id", id=study.id)
        return [
            _transcript(row, **{table: parts.get(row["id"], []) for table, parts in by_transcript.items()})
            for row in rows
        ]

    def current_transcripts(self, study: Study) -> list[Transcript]:
        """Those that a file of the study was last read as; an older version of a changed file stays stored."""
        rows = self._rows("select transcript_ids from files where study_id = :id and state = 'read'", id=study.id)
        current = {transcript for row in rows for transcript in json.loads(row["transcript_ids"])}
        return [transcript for transcript in self.transcripts(study) if transcript.id in current]

    def put_transcript(self, study: Study, transcript: Transcript, *, names: str) -> None:
        """Store a transcript with everything in it; one of the same id keeps its findings and gets the new text.

        Line numbers are what findings point to. A transcript whose names were replaced has the same lines in the same
        places, so that only the words change.

        Args:
            names: `kept` or `replaced`: whether the text is as in the file or under pseudonyms.
        """
        with self.write() as db:
            # Findings point at lines and people; all of them are there again when the transaction ends.
            db.execute("pragma defer_foreign_keys = on")
            key = {"study_id": study.id, "transcript_id": transcript.id}
            for participant in sorted({s.participant for s in transcript.speakers if s.participant}):
                db.execute(
                    "insert into participants values (:study_id, :id, '{}') on conflict do nothing",
                    {"study_id": study.id, "id": participant},
                )
            for table in ("lines", "turns", "speakers", "skipped"):
                db.execute(f"delete from {table} where study_id = :study_id and transcript_id = :transcript_id", key)
            db.execute(
                """
                insert into transcripts values (:study_id, :transcript_id, :name, :format, :encoding, :language,
                    :source_sha256, :source_bytes, :text, :wave, :warnings, :names, :added_utc)
                on conflict (study_id, id) do update set name = excluded.name, text = excluded.text,
                    language = excluded.language, wave = excluded.wave, warnings = excluded.warnings,
                    names = excluded.names
                """,
                key
                | {
                    field: getattr(transcript, field)
                    for field in (
                        "name", "format", "encoding", "language", "source_sha256", "source_bytes", "text", "wave"
                    )
                }
                | {"warnings": json.dumps(transcript.warnings), "names": names, "added_utc": now_utc()},
            )  # fmt: skip
            self._put_parts(db.conn, transcript, key)

    def _put_parts(self, connection: Any, transcript: Transcript, key: dict[str, str]) -> None:
        connection.executemany(
            """
            insert into speakers values
            (:study_id, :transcript_id, :position, :name, :role, :role_confidence, :participant, :turns)
            """,
            [
                key | {"position": position} | {field: getattr(speaker, field) for field in Speaker.__slots__}
                for position, speaker in enumerate(transcript.speakers)
            ],
        )
        connection.executemany(
            """
            insert into turns values
            (:study_id, :transcript_id, :number, :speaker, :first_line, :last_line, :start_seconds, :end_seconds)
            """,
            [key | {field: getattr(turn, field) for field in Turn.__slots__} for turn in transcript.turns],
        )
        connection.executemany(
            "insert into lines values (:study_id, :transcript_id, :number, :turn, :start, :end, :start_seconds)",
            [key | {field: getattr(line, field) for field in Line.__slots__} for line in transcript.lines],
        )
        connection.executemany(
            "insert into skipped values (:study_id, :transcript_id, :position, :text, :why)",
            [
                key | {"position": position, "text": skipped.text, "why": skipped.why}
                for position, skipped in enumerate(transcript.skipped)
            ],
        )

    def names_replaced(self, study: Study) -> dict[str, bool]:
        """For each transcript by id, whether its names were replaced by pseudonyms."""
        rows = self._rows("select id, names from transcripts where study_id = :id", id=study.id)
        return {row["id"]: row["names"] == "replaced" for row in rows}

    def _parts(self, table: str, order: str, study: Study) -> dict[str, list[Row]]:
        rows = self._rows(f"select * from {table} where study_id = :id order by transcript_id, {order}", id=study.id)
        return {transcript: list(parts) for transcript, parts in groupby(rows, lambda row: str(row["transcript_id"]))}


def _transcript(row: Row, speakers: list[Row], turns: list[Row], lines: list[Row], skipped: list[Row]) -> Transcript:
    text = row["text"]
    return Transcript(
        **{
            field: row[field]
            for field in (
                "id", "name", "format", "encoding", "language", "source_sha256", "source_bytes", "text", "wave"
            )
        },
        speakers=tuple(
            Speaker(s["name"], Role(s["role"]), s["turns"], s["role_confidence"], s["participant_id"])
            for s in speakers
        ),
        turns=tuple(Turn(**{field: turn[field] for field in Turn.__slots__}) for turn in turns),
        lines=tuple(
            Line(
                line["number"], line["turn"], line["start"], line["end"], text[line["start"] : line["end"]],
                line["start_seconds"],
            )
            for line in lines
        ),
        skipped=tuple(Skipped(part["text"], part["why"]) for part in skipped),
        warnings=tuple(json.loads(row["warnings"])),
    )  # fmt: skip
