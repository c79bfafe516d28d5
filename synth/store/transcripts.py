"""Transcripts with their speakers, turns and lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import starmap
from typing import Any, overload

from sqlite_utils import Database

from synth.domain import Line, Role, Skipped, Speaker, Transcript, Turn
from synth.errors import NotFoundError
from synth.store.base import Base, Row, now_utc
from synth.store.studies import Study

_HEAD = "id, name, format, encoding, language, source_sha256, source_bytes, wave, warnings"


class Transcripts(Base):
    """The interviews of a study, as they were read."""

    def transcripts(self, study: Study) -> list[Transcript]:
        """All of a study, in the order of their names, then ids."""
        return list(Shelf(self, study, self._all_ids(study)))

    def current_transcripts(self, study: Study) -> list[Transcript]:
        """Those that a file of the study was last read as; an older version of a changed file stays stored."""
        return list(self.shelf(study))

    def shelf(self, study: Study) -> Shelf:
        """The current transcripts, each read when it is looked at: for steps that go through many."""
        current = self._current_ids(study)
        return Shelf(self, study, [id_ for id_ in self._all_ids(study) if id_ in current])

    def has_transcripts(self, study: Study) -> bool:
        """Whether there is any current one."""
        return bool(self._current_ids(study))

    def transcript(self, study: Study, transcript_id: str) -> Transcript:
        """One of them, current or not.

        Raises:
            NotFoundError: there is none.
        """
        found = self._whole_transcript(study, transcript_id)
        if found is None:
            raise NotFoundError(f"Study '{study.name}' has no transcript {transcript_id}.")
        return found

    def transcripts_by_id(self, study: Study, ids: Sequence[str]) -> list[Transcript]:
        """These transcripts, in the order of their names, then ids; unknown ids are left out."""
        found = [one for transcript_id in ids if (one := self._whole_transcript(study, transcript_id)) is not None]
        return sorted(found, key=lambda transcript: (transcript.name, transcript.id))

    def _whole_transcript(self, study: Study, transcript_id: str) -> Transcript | None:
        key = (study.id, transcript_id)
        row = self._row(f"select {_HEAD}, text from transcripts where study_id = :study and id = :id",
                        study=study.id, id=transcript_id)  # fmt: skip
        if row is None:
            return None
        head = _transcript_head(row, self._parts("speakers", study, transcript_id))
        text = row["text"]
        numbers, speakers, firsts, lasts = self._columns("turns", ("number", "speaker", "first_line", "last_line"), key)
        starts, ends = self._times("turns", "start_seconds", key), self._times("turns", "end_seconds", key)
        turns = zip(numbers, speakers, firsts, lasts, map(starts.get, numbers), map(ends.get, numbers), strict=True)
        numbers, turns_of, froms, tos = self._columns("lines", ("number", "turn", "start", "end"), key)
        starts = self._times("lines", "start_seconds", key)
        words = [text[start:end] for start, end in zip(froms, tos, strict=True)]
        return replace(
            head,
            turns=tuple(starmap(Turn, turns)),
            lines=tuple(map(Line, numbers, turns_of, froms, tos, words, map(starts.get, numbers))),
            skipped=tuple(Skipped(part["text"], part["why"]) for part in self._parts("skipped", study, transcript_id)),
        )

    def _columns(self, table: str, columns: Sequence[str], key: tuple[str, str]) -> list[list[Any]]:
        """Columns of a transcript's rows, in order: all in one row, since for each row Python would wait anew."""
        found = self._db.conn.execute(
            f"""
            select {", ".join(f'json_group_array("{column}")' for column in columns)}
            from (select * from {table} where study_id = ? and transcript_id = ? order by number)
            """,
            key,
        ).fetchone()
        return [json.loads(column) for column in found]

    def _times(self, table: str, column: str, key: tuple[str, str]) -> dict[int, float]:
        """Seconds by number, where there are any: as numbers, because JSON has fewer digits."""
        rows = self._db.conn.execute(
            f"select number, {column} from {table} where study_id = ? and transcript_id = ? and {column} is not null",
            key,
        )
        return dict(rows.fetchall())

    def transcript_head(self, study: Study, transcript_id: str) -> Transcript:
        """One of them without its text, turns and lines: who speaks in what language, in which wave.

        Raises:
            NotFoundError: there is none.
        """
        row = self._row(
            f"select {_HEAD}, '' as text from transcripts where study_id = :study and id = :id",
            study=study.id, id=transcript_id,
        )  # fmt: skip
        if row is None:
            raise NotFoundError(f"Study '{study.name}' has no transcript {transcript_id}.")
        return _transcript_head(row, self._parts("speakers", study, transcript_id))

    def sizes(self, study: Study) -> dict[str, int]:
        """For each transcript by id how many characters its lines have."""
        rows = self._db.conn.execute(
            'select transcript_id, sum("end" - start) from lines where study_id = ? group by 1',
            (study.id,),
        )
        return dict(rows.fetchall())

    def transcript_names(self, study: Study) -> dict[str, str]:
        """By id."""
        rows = self._rows("select id, name from transcripts where study_id = :id", id=study.id)
        return {row["id"]: row["name"] for row in rows}

    def put_speakers(self, study: Study, transcript_id: str, speakers: Sequence[Speaker]) -> None:
        """Write who speaks in a stored transcript, all anew."""
        with self.write() as db:
            key = {"study_id": study.id, "transcript_id": transcript_id}
            db.execute("delete from speakers where study_id = :study_id and transcript_id = :transcript_id", key)
            self._put_speakers(db, speakers, key)
            # For the counters of what changed.
            db.execute("update transcripts set name = name where study_id = :study_id and id = :transcript_id", key)

    def drop_unfinished(self, study: Study) -> None:
        """Remove transcripts that nothing came of: a run that was ended while it read files leaves such."""
        current = self._current_ids(study)
        uncoded = self._column(
            """
            select id from transcripts t where study_id = :id and not exists
                (select 1 from codings c where c.study_id = t.study_id and c.transcript_id = t.id)
            """,
            id=study.id,
        )
        left = [id_ for id_ in uncoded if id_ not in current]
        if left:
            with self.write() as db:
                db.conn.executemany(
                    "delete from transcripts where study_id = ? and id = ?", [(study.id, id_) for id_ in left]
                )

    def _all_ids(self, study: Study) -> list[str]:
        return self._column("select id from transcripts where study_id = :id order by name, id", id=study.id)

    def _current_ids(self, study: Study) -> set[str]:
        read = self._column("select transcript_ids from files where study_id = :id and state = 'read'", id=study.id)
        return {transcript for ids in read for transcript in json.loads(ids)}

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
            self._put_speakers(db, transcript.speakers, key)
            self._put_parts(db.conn, transcript, key)

    def _put_speakers(self, db: Database, speakers: Sequence[Speaker], key: dict[str, str]) -> None:
        for participant in sorted({speaker.participant for speaker in speakers if speaker.participant}):
            db.execute(
                "insert into participants values (:study_id, :id, '{}') on conflict do nothing",
                {"study_id": key["study_id"], "id": participant},
            )
        db.conn.executemany(
            """
            insert into speakers values
            (:study_id, :transcript_id, :position, :name, :role, :role_confidence, :participant, :turns)
            """,
            [
                key | {"position": position} | {field: getattr(speaker, field) for field in Speaker.__slots__}
                for position, speaker in enumerate(speakers)
            ],
        )

    def _put_parts(self, connection: Any, transcript: Transcript, key: dict[str, str]) -> None:
        connection.executemany(
            """
            insert into turns values
            (:study_id, :transcript_id, :number, :speaker, :first_line, :last_line, :start_seconds, :end_seconds)
            """,
            [key | turn._asdict() for turn in transcript.turns],
        )
        connection.executemany(
            "insert into lines values (:study_id, :transcript_id, :number, :turn, :start, :end, :start_seconds)",
            [key | line._asdict() for line in transcript.lines],
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

    def sources(self, study: Study) -> dict[str, str]:
        """For each transcript by id, the SHA-256 of the file that it was read from."""
        rows = self._rows("select id, source_sha256 from transcripts where study_id = :id", id=study.id)
        return {row["id"]: row["source_sha256"] for row in rows}

    def _parts(self, table: str, study: Study, transcript_id: str) -> list[Row]:
        return self._rows(
            f"select * from {table} where study_id = :study and transcript_id = :id order by position",
            study=study.id, id=transcript_id,
        )  # fmt: skip


class Shelf(Sequence[Transcript]):
    """Transcripts that are read from the database when they are looked at, and not kept.

    A step that goes through them one by one needs the memory of one. Whoever goes through them twice reads them twice.
    """

    def __init__(
        self, store: Transcripts, study: Study, ids: Sequence[str], before: Callable[[str], None] | None = None
    ) -> None:
        """`before` is told which transcript will be read next, in this shelf and in those that are made of it."""
        self._store, self._study, self._ids = store, study, tuple(ids)
        self._before = before

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[Transcript]:
        return map(self._read, self._ids)

    def _read(self, transcript_id: str) -> Transcript:
        if self._before is not None:
            self._before(transcript_id)
        return self._store.transcript(self._study, transcript_id)

    @overload
    def __getitem__(self, place: int) -> Transcript: ...
    @overload
    def __getitem__(self, place: slice) -> Shelf: ...
    def __getitem__(self, place: int | slice) -> Transcript | Shelf:
        if isinstance(place, slice):
            return Shelf(self._store, self._study, self._ids[place], self._before)
        return self._read(self._ids[place])

    @property
    def ids(self) -> tuple[str, ...]:
        """Of the transcripts, in their order."""
        return self._ids

    def heads(self) -> Iterator[Transcript]:
        """The same without texts, turns and lines, and without those that were removed meanwhile."""
        return self._there(partial(self._store.transcript_head, self._study))

    def there(self) -> Iterator[Transcript]:
        """One after the other, without those that were removed meanwhile: somebody left the study."""
        return self._there(self._read)

    def _there(self, read: Callable[[str], Transcript]) -> Iterator[Transcript]:
        for id_ in self._ids:
            try:
                transcript = read(id_)
            except NotFoundError:
                continue
            yield transcript

    def without(self, ids: Collection[str]) -> Shelf:
        """Those that are not among these."""
        return Shelf(self._store, self._study, [id_ for id_ in self._ids if id_ not in ids], self._before)

    def after(self, before: Callable[[str], None]) -> Shelf:
        """The same, where somebody is told before a transcript is read."""
        return Shelf(self._store, self._study, self._ids, before)


def heads_of(transcripts: Sequence[Transcript]) -> Iterator[Transcript]:
    """Transcripts of which only who speaks, in what language and in which wave will be looked at."""
    return transcripts.heads() if isinstance(transcripts, Shelf) else iter(transcripts)


def _transcript_head(row: Row, speakers: list[Row]) -> Transcript:
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
        turns=(),
        lines=(),
        warnings=tuple(json.loads(row["warnings"])),
    )  # fmt: skip
