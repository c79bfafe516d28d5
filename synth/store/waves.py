"""What was found in a wave, without words: who, in which phase, which kind and key. Enough to count with.

Only interviews as they were last read count: an older version of a changed file stays stored beside them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator

from synth.domain import Emotion, Evidence, Finding, Motivation, Touchpoint
from synth.store.studies import Study
from synth.store.transcripts import Transcripts


class Waves(Transcripts):
    """Waves of a study, for comparing two of them."""

    def wave_sizes(self, study: Study) -> dict[str, int]:
        """How many interviews are of each wave, in order of names; those of none come first, under an empty name."""
        rows = self._rows(
            """
            select coalesce(wave, '') as wave, count(*) as n from transcripts
            where study_id = :id and id in (select value from json_each(:current)) group by 1 order by 1
            """,
            id=study.id,
            current=json.dumps(sorted(self._current_ids(study))),
        )
        return {str(row["wave"]): int(row["n"]) for row in rows}

    def name_wave(self, study: Study, wave: str, name: str) -> None:
        """Put all interviews of one wave into another, with what was measured in it; an empty name is no wave.

        Where the same was measured in both, that of the wave which moves counts, as when a file is imported again.
        """
        with self.write() as db:
            values = {"study": study.id, "wave": wave, "name": name}
            db.execute(
                """
                update transcripts set wave = nullif(:name, '')
                where study_id = :study and coalesce(wave, '') = :wave
                """,
                values,
            )
            if wave:
                db.execute(
                    "update or replace measured set wave = :name where study_id = :study and wave = :wave", values
                )

    def people_of_wave(self, study: Study, wave: str) -> tuple[str, ...]:
        """Who was interviewed in it, in the order of ids."""
        rows = self._rows(
            """
            select distinct s.participant_id as id from speakers s
            join transcripts t on t.study_id = s.study_id and t.id = s.transcript_id
            where s.study_id = :study and t.wave = :wave and t.id in (select value from json_each(:current))
                and s.participant_id is not null and s.role <> 'interviewer'
            order by s.participant_id
            """,
            study=study.id,
            wave=wave,
            current=json.dumps(sorted(self._current_ids(study))),
        )
        return tuple(str(row["id"]) for row in rows)

    def findings_of_wave(self, study: Study, wave: str, people: Collection[str] | None = None) -> Iterator[Finding]:
        """Current findings of a wave with what a count needs, no more: their labels are empty.

        Args:
            study: of which study.
            wave: of which wave.
            people: of these participants only; None for everybody.
        """
        rows = self._db.conn.execute(
            _OF_WAVE,
            {"study": study.id, "wave": wave,
             "current": json.dumps(sorted(self._current_ids(study))),
             "people": None if people is None else json.dumps(sorted(people))},
        )  # fmt: skip
        # Of hundreds of thousands of findings few differ in what they are.
        details: dict[tuple[str, str, int | None], Motivation | Emotion | Touchpoint] = {}
        for id_, person, transcript, first, last, kind, key, phase, valence in rows:
            what = (kind, key, valence)
            if what not in details:
                details[what] = _detail(*what)
            yield Finding(id_, person, Evidence(transcript, first, last), "", "", phase, details[what])


_OF_WAVE = """
    select c.finding_id, c.participant_id, c.transcript_id, c.first_line, c.last_line, c.kind, c.key, c.phase,
        case when c.kind = 'emotion' then (
            select json_extract(f.detail, '$.valence') from findings f
            where f.study_id = c.study_id and f.id = c.finding_id
        ) end
    from transcripts t indexed by transcripts_wave
    cross join finding_cards c indexed by finding_cards_order
        on c.study_id = t.study_id and c.current = 1 and c.transcript_id = t.id
    where t.study_id = :study and t.wave = :wave and t.id in (select value from json_each(:current))
        and (:people is null or c.participant_id in (select value from json_each(:people)))
"""


def _detail(kind: str, key: str, valence: int | None) -> Motivation | Emotion | Touchpoint:
    if kind == "emotion":
        return Emotion(key, valence or 0)
    return Motivation(key) if kind == "motivation" else Touchpoint(key)
