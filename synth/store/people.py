"""Participants by their pseudonyms, and what is known of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from synth.domain import Participant
from synth.listing import natural
from synth.store.base import Base
from synth.store.studies import Study


class People(Base):
    """The participants of a study, by their pseudonyms."""

    def participants(self, study: Study) -> list[Participant]:
        """In the order of their ids, `P2` before `P10`."""
        return [Participant(id_, json.loads(attributes)) for id_, attributes in self.stored_attributes(study)]

    def stored_attributes(self, study: Study) -> list[tuple[str, str]]:
        """The same as they are stored: ids with attributes in JSON."""
        rows = self._rows("select id, attributes from participants where study_id = :id", id=study.id)
        return sorted(((row["id"], row["attributes"]) for row in rows), key=lambda row: natural(row[0]))

    def are_there(self, study: Study, participant_ids: Collection[str]) -> bool:
        """Whether all of these are in the study: whoever left is not."""
        there = self._count(
            """
            select count(*) from participants
            where study_id = :study and id in (select value from json_each(:ids))
            """,
            study=study.id, ids=json.dumps(sorted(participant_ids)),
        )  # fmt: skip
        return there == len(participant_ids)

    def set_attributes(self, study: Study, participant_id: str, attributes: Mapping[str, str]) -> None:
        """Write what is known of a participant; makes the participant where there was none."""
        self._change(
            """
            insert into participants values (:study, :id, :attributes)
            on conflict (study_id, id) do update set attributes = excluded.attributes
            """,
            study=study.id,
            id=participant_id,
            attributes=json.dumps(dict(attributes), sort_keys=True),
        )
