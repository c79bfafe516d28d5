"""People whose ids change: by a table of participants that came later, or by roles that were put right.

What was found in an interview, and what was decided of whoever speaks in it, follows the interview. The promises: every
finding is of a participant who speaks in its transcript, and somebody of whom nothing is left is in no list of people.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlite_utils import Database

from synth.store.base import Base
from synth.store.studies import Study


class Following(Base):
    """Findings and decisions after those who speak."""

    def follow_speakers(self, study: Study, transcript_id: str) -> None:
        """Give the findings of a transcript to those who speak on their lines now.

        Those on lines of somebody who is no participant any more go to the first who is: nothing current stands on them
        once the transcript is read again.
        """
        where = {"study": study.id, "transcript": transcript_id}
        moved = self._rows(
            """
            select f.id, coalesce(s.participant_id, (
                select participant_id from speakers where study_id = :study and transcript_id = :transcript
                    and participant_id is not null order by position limit 1)) as participant
            from findings f
            join lines l on l.study_id = f.study_id and l.transcript_id = f.transcript_id and l.number = f.first_line
            join turns t on t.study_id = l.study_id and t.transcript_id = l.transcript_id and t.number = l.turn
            left join speakers s on s.study_id = t.study_id and s.transcript_id = t.transcript_id
                and s.name is t.speaker
            where f.study_id = :study and f.transcript_id = :transcript and f.participant_id is not s.participant_id
            """,
            **where,
        )
        whose = [(row["participant"], study.id, row["id"]) for row in moved if row["participant"] is not None]
        if not whose:
            return
        with self.write() as db:
            db.conn.executemany("update findings set participant_id = ? where study_id = ? and id = ?", whose)
            # For the counters of what changed.
            db.execute(
                "update codings set current = current where study_id = :study and transcript_id = :transcript", where
            )

    def move_people(self, study: Study, moves: Mapping[str, str]) -> None:
        """Give what was found and decided of people to the ids that they have now.

        Args:
            study: theirs.
            moves: from the id before to the one now; left alone where somebody still speaks under the id before.
        """
        if not moves:
            return
        speaking = set(self._column("select distinct participant_id from speakers where study_id = :id", id=study.id))
        # Nobody's new id is another's id before: somebody speaks under it.
        moves = {old: new for old, new in moves.items() if old not in speaking and new in speaking}
        if not moves:
            return
        with self.write() as db:
            db.execute(
                """
                update findings set participant_id = (select value from json_each(:moves) where key = participant_id)
                where study_id = :study and participant_id in (select key from json_each(:moves))
                """,
                {"study": study.id, "moves": json.dumps(moves)},
            )
            self._move_in_batches(db, study, moves)
            self._move_in_drafts(db, study, moves)
            for old, new in moves.items():
                self._move(db, {"study": study.id, "old": old, "new": new})

    def _move(self, db: Database, key: dict[str, str]) -> None:
        # Whose words an answer holds: a withdrawal finds it by this.
        db.execute(
            """
            insert into call_uses select study_id, key, :new from call_uses
            where study_id = :study and participant_id = :old on conflict do nothing
            """,
            key,
        )
        db.execute("delete from call_uses where study_id = :study and participant_id = :old", key)
        # A decision is never changed: it is made again, with who made it and when.
        db.execute(
            """
            insert into decisions
                (study_id, draft_id, subject, subject_id, action, by_whom, decided_utc, before, after, why)
            select study_id, draft_id, subject, :new, action, by_whom, decided_utc, before, after, why from decisions
            where study_id = :study and subject = 'participant' and subject_id = :old order by id
            """,
            key,
        )
        db.execute("delete from participants where study_id = :study and id = :old", key)
        db.execute(
            "delete from decisions where study_id = :study and subject = 'participant' and subject_id = :old", key
        )

    def _move_in_batches(self, db: Database, study: Study, moves: Mapping[str, str]) -> None:
        for row in self._rows(
            """
            select batch_id, key, participants from batch_requests
            where batch_id in (select id from batches where study_id = :study)
            """,
            study=study.id,
        ):
            people = json.loads(row["participants"])
            if moves.keys().isdisjoint(people):
                continue
            db.execute(
                "update batch_requests set participants = :people where batch_id = :batch and key = :key",
                {
                    "people": json.dumps([moves.get(one, one) for one in people]),
                    "batch": row["batch_id"],
                    "key": row["key"],
                },
            )

    def _move_in_drafts(self, db: Database, study: Study, moves: Mapping[str, str]) -> None:
        """A later draft knows its personas again by who is in them."""
        for draft_id in self._column("select id from drafts where study_id = :study", study=study.id):
            where = {"study": study.id, "id": draft_id}
            # One at a time: in a large study each has some MB.
            found = db.execute("select body from drafts where study_id = :study and id = :id", where).fetchone()
            body = json.loads(found[0])
            if _renamed(body, moves):
                db.execute(
                    "update drafts set body = :body where study_id = :study and id = :id",
                    where | {"body": json.dumps(body, ensure_ascii=False)},
                )

    def drop_strangers(self, study: Study) -> None:
        """Take those off the list of people who speak nowhere, of whom nothing was found and nothing decided."""
        self._change(
            """
            delete from participants where study_id = :id
                and id not in (
                    select participant_id from speakers where study_id = :id and participant_id is not null)
                and id not in (select participant_id from findings where study_id = :id)
                and id not in (select subject_id from decisions where study_id = :id and subject = 'participant')
            """,
            id=study.id,
        )


_PEOPLE = frozenset({"participant_ids", "border_ids", "lost_participant_ids", "channels", "repeats", "entries"})
"""Fields of a draft that hold ids of participants, in a list, or in one for each channel or phase."""


def _renamed(node: object, moves: Mapping[str, str], inside: bool = False) -> bool:
    """Put new ids where old ones stand as participants', in place; whether any stood anywhere."""
    found = False
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "participant_id" and value in moves:
                node[key], found = moves[value], True
            elif key == "person_stability" and not moves.keys().isdisjoint(value):
                node[key], found = {moves.get(one, one): share for one, share in value.items()}, True
            else:
                found |= _renamed(value, moves, inside or key in _PEOPLE)
    elif isinstance(node, list):
        for place, value in enumerate(node):
            if inside and value in moves:
                node[place], found = moves[value], True
            else:
                found |= _renamed(value, moves)
    return found
