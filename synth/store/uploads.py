"""Files that came through the browser or the API, until a run has read them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from synth.errors import NotFoundError
from synth.store.base import Base, Row, now_utc
from synth.store.studies import Study


@dataclass(frozen=True, slots=True)
class Upload:
    """One file that somebody gave to a study."""

    id: str
    name: str
    """As the person named it, made safe and unlike any other of the study; never a path."""
    sha256: str
    size: int
    """In bytes."""
    state: str
    """`waiting`, `read`, `refused` or `removed`."""
    why: str | None
    uploaded_by: str
    uploaded_utc: str
    reading: dict[str, Any] = field(default_factory=dict)
    """How it was read at first sight; see `synth.pipeline.taking`."""
    corrections: dict[str, Any] = field(default_factory=dict)
    """What people corrected of that."""

    @property
    def heard(self) -> Sequence[dict[str, Any]]:
        """The interviews in it, as they were seen at first sight."""
        heard: Sequence[dict[str, Any]] = self.reading.get("transcripts", ())
        return heard


class Uploads(Base):
    """Uploaded files and what people said of them."""

    def add_upload(self, study: Study, upload: Upload, content: bytes | None) -> None:
        """Keep a file that waits to be read, or with None that it was refused."""
        self._change(
            "insert into uploads values (:study, :id, :name, :sha256, :bytes, :content, :state, :why, :reading, "
            ":corrections, :by, :now)",
            study=study.id,
            id=upload.id,
            name=upload.name,
            sha256=upload.sha256,
            bytes=upload.size,
            content=content,
            state=upload.state,
            why=upload.why,
            reading=json.dumps(upload.reading, ensure_ascii=False),
            corrections=json.dumps(upload.corrections, ensure_ascii=False),
            by=upload.uploaded_by,
            now=upload.uploaded_utc or now_utc(),
        )

    def uploads(self, study: Study, *, state: str | None = None) -> list[Upload]:
        """All that were not taken away, oldest first."""
        rows = self._rows(
            f"select {_COLUMNS} from uploads where study_id = :id and state != 'removed' "
            "and (:state is null or state = :state) order by uploaded_utc, rowid",
            id=study.id,
            state=state,
        )
        return [_upload(row) for row in rows]

    def count_uploads(self, study: Study, state: str) -> int:
        """How many are in this state."""
        return self._count(
            "select count(*) from uploads where study_id = :id and state = :state", id=study.id, state=state
        )

    def upload(self, study: Study, upload_id: str) -> Upload:
        """One of them.

        Raises:
            NotFoundError: there is none.
        """
        row = self._row(
            f"select {_COLUMNS} from uploads where study_id = :study and id = :id and state != 'removed'",
            study=study.id,
            id=upload_id,
        )
        if row is None:
            raise NotFoundError("There is no such file. It may have been taken away.")
        return _upload(row)

    def upload_content(self, study: Study, upload_id: str) -> bytes:
        """What it holds; empty once a run has settled it, or it was taken away."""
        row = self._row(
            "select content from uploads where study_id = :study and id = :id", study=study.id, id=upload_id
        )
        return bytes(row["content"]) if row and row["content"] is not None else b""

    def upload_of(self, study: Study, sha256: str) -> Upload | None:
        """The file with this very content that waits or was read; None where there is none."""
        row = self._row(
            f"select {_COLUMNS} from uploads where study_id = :study and sha256 = :sha "
            "and state in ('waiting', 'read')",
            study=study.id,
            sha=sha256,
        )
        return _upload(row) if row else None

    def correct_upload(self, study: Study, upload_id: str, corrections: dict[str, Any]) -> None:
        """Keep what a person corrected, in place of what was corrected before."""
        self._change(
            "update uploads set corrections = :corrections where study_id = :study and id = :id",
            corrections=json.dumps(corrections, ensure_ascii=False), study=study.id, id=upload_id,
        )  # fmt: skip

    def resee_upload(self, study: Study, upload_id: str, reading: dict[str, Any]) -> None:
        """Keep what is seen of a file that waits now, in place of what was seen at first sight.

        Of one that a run has settled meanwhile nothing is kept beside the transcripts.
        """
        self._change(
            "update uploads set reading = :reading where study_id = :study and id = :id and state = 'waiting'",
            reading=json.dumps(reading, ensure_ascii=False), study=study.id, id=upload_id,
        )  # fmt: skip

    def settle_upload(self, study: Study, upload_id: str, state: str, why: str | None = None) -> None:
        """It was read, refused or taken away: its content is gone, and what was seen of it at first sight.

        What a run has read stands in the study's transcripts alone, so that a withdrawal finds all of it there. One
        that was taken away stays so.
        """
        with self.write() as db:
            db.execute(
                "update uploads set state = :state, why = :why, content = null, reading = '{}', corrections = '{}' "
                "where study_id = :study and id = :id and state != 'removed'",
                {"state": state, "why": why, "study": study.id, "id": upload_id},
            )
            # What was answered to a program under an idempotency key shows the file as it was.
            db.execute("delete from idempotency where instr(body, ?) > 0", [upload_id])
            if state == "removed":
                # A name may name somebody; what is left is that something was here.
                db.execute("update uploads set name = '' where study_id = ? and id = ?", [study.id, upload_id])
        if state == "removed":
            self._execute("pragma wal_checkpoint(truncate)")


_COLUMNS = "id, name, sha256, bytes as size, state, why, reading, corrections, uploaded_by, uploaded_utc"


def _upload(row: Row) -> Upload:
    return Upload(**row | {field: json.loads(row[field]) for field in ("reading", "corrections")})
