"""What was read of a study before and still holds, whichever process wrote meanwhile.

Counters in the database (`m012_changes`) rise with every change of a study. What is kept in memory here is kept under
the counters that it hangs on; it is small, and of many studies only the latest stays.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar, cast

from pydantic import TypeAdapter

from synth.domain import Role, Speaker, Transcript
from synth.store.base import Base
from synth.store.studies import Study

MOST_KEPT, MOST_HITS = 4_000, 50
"""Answers that are kept between requests; those with an entry for every finding or interview are long, so fewer."""
_LONG = ("hits", "spread")
_TRANSCRIPT = TypeAdapter(Transcript)
_Shelf = OrderedDict[tuple[object, ...], tuple[tuple[int, ...], object]]
_KEPT: _Shelf = OrderedDict()
_HITS: _Shelf = OrderedDict()
_KEPT_LOCK = Lock()
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class StudyVersion:
    """What a study was when it was looked at: each number rises when that part of it changes."""

    drafted: int
    """Drafts, and what a withdrawal took from them; subject, language and framework."""
    heard: int
    """Interviews, their speakers and files."""
    reworded: int
    """Words or speakers of interviews that were there before."""
    people: int
    coded: int
    """Which findings are current."""
    decided: int
    ran: int

    @property
    def material(self) -> tuple[int, ...]:
        """All but decisions."""
        return self.drafted, self.heard, self.people, self.coded, self.ran


class Kept(Base):
    """Answers that hold as long as nothing changed."""

    def study_version(self, study: Study) -> StudyVersion:
        """Changes whenever anything of a study changes that its pages show, comments aside."""
        row = self._row(
            "select drafted, heard, reworded, people, coded, decided, ran from study_changes where study_id = :id",
            id=study.id,
        )
        return StudyVersion(**row) if row else StudyVersion(0, 0, 0, 0, 0, 0, 0)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Meanwhile everything that is read is as it was at one moment, whoever writes."""
        if self._db.conn.in_transaction:
            yield
            return
        self._db.conn.execute("begin")
        try:
            yield
        finally:
            self.end_transaction()

    def while_unchanged(
        self, study: Study, what: tuple[object, ...], counters: tuple[int, ...], make: Callable[[], _Answer]
    ) -> _Answer:
        """An answer as it was given before, as long as these counters stand; else made, and kept."""
        held = self.unchanged(study, what, counters)
        if held is not None:
            return cast(_Answer, held)
        made = make()
        self.hold(study, what, counters, made)
        return made

    def unchanged(self, study: Study, what: tuple[object, ...], counters: tuple[int, ...]) -> object | None:
        """What is kept, where it still holds; else None."""
        if not self._may_keep():
            return None
        with _KEPT_LOCK:
            shelf, key = _shelf(what)[0], (self.path, study.id, *what)
            held = shelf.get(key)
            if held is None or held[0] != counters:
                return None
            shelf.move_to_end(key)
            return held[1]

    def hold(self, study: Study, what: tuple[object, ...], counters: tuple[int, ...], answer: object) -> None:
        """Keep an answer that was read under these counters or later."""
        if not self._may_keep():
            return
        with _KEPT_LOCK:
            shelf, most = _shelf(what)
            shelf[self.path, study.id, *what] = (counters, answer)
            shelf.move_to_end((self.path, study.id, *what))
            while len(shelf) > most:
                shelf.popitem(last=False)

    def _may_keep(self) -> bool:
        # What a store in memory read is not true of another, nor of the file that it is a copy of; and what is written
        # may be taken back.
        return not self.in_memory and not self.writing

    # --- Interviews whose names were kept ---

    def kept_ids(self, study: Study) -> frozenset[str]:
        """Interviews that are stored with the names in them."""

        def read() -> frozenset[str]:
            ids = self._column(
                "select id from transcripts indexed by transcripts_names where study_id = :id and names = 'kept'",
                id=study.id,
            )
            return frozenset(ids)

        return self.while_unchanged(study, ("kept",), (self.study_version(study).heard,), read)

    def kept_heads(self, study: Study) -> list[Transcript]:
        """Who speaks in those interviews, without their words."""
        heads: dict[str, tuple[str, list[Speaker]]] = {}
        for row in self._rows(
            """
            select t.id, t.language, s.name, s.role, s.turns, s.role_confidence, s.participant_id
            from transcripts t indexed by transcripts_names
            cross join speakers s on s.study_id = t.study_id and s.transcript_id = t.id
            where t.study_id = :id and t.names = 'kept' order by t.id, s.position
            """,
            id=study.id,
        ):
            speaker = Speaker(row["name"], Role(row["role"]), row["turns"], row["role_confidence"],
                              row["participant_id"])  # fmt: skip
            heads.setdefault(row["id"], (row["language"], []))[1].append(speaker)
        return [
            Transcript(id_, "", "", "", language, "", 0, "", tuple(speakers), (), ())
            for id_, (language, speakers) in heads.items()
        ]

    def shown_transcripts(self, study: Study, names: str, ids: Sequence[str]) -> dict[str, Transcript]:
        """Those of these interviews that were put under pseudonyms before, under the same names of the key."""
        found: dict[str, Transcript] = {}
        for id_ in ids:
            for body in self._column(
                """
                select body from shown_transcripts
                where study_id = :study and transcript_id = :id and names = :names
                """,
                study=study.id, id=id_, names=names,
            ):  # fmt: skip
                found[id_] = _TRANSCRIPT.validate_json(body)
        return found

    def put_shown_transcripts(self, study: Study, names: str, reworded: int, shown: Mapping[str, Transcript]) -> None:
        """Keep interviews as they are shown, unless interviews were changed since they were read.

        Args:
            study: whose interviews.
            names: the sign of the key's names.
            reworded: the counter under which they were read.
            shown: under pseudonyms, by id.
        """
        # Before the lock for writing is taken: it takes longer than all else of this.
        rows = [(study.id, id_, names, _TRANSCRIPT.dump_json(one).decode()) for id_, one in shown.items()]
        with self.write() as db:
            if self.study_version(study).reworded == reworded:
                db.conn.executemany("insert or replace into shown_transcripts values (?, ?, ?, ?)", rows)


def _shelf(what: tuple[object, ...]) -> tuple[_Shelf, int]:
    return (_HITS, MOST_HITS) if what[0] in _LONG else (_KEPT, MOST_KEPT)
