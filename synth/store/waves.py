"""What was found in a wave, without words: who, in which phase, which kind and key. Enough to count with.

Only interviews as they were last read count: an older version of a changed file stays stored beside them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator

from synth.domain import Emotion, Evidence, Finding, Motivation, Touchpoint
from synth.listing import natural
from synth.store.studies import Study
from synth.store.transcripts import Transcripts


class Waves(Transcripts):
    """Waves of a study, for comparing two of them."""

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
        people = self._column(
            """
            select distinct s.participant_id from speakers s
            join transcripts t on t.study_id = s.study_id and t.id = s.transcript_id
            where s.study_id = :study and t.wave = :wave and t.id in (select value from json_each(:current))
                and s.participant_id is not null and s.role <> 'interviewer'
            """,
            study=study.id,
            wave=wave,
            current=json.dumps(sorted(self._current_ids(study))),
        )
        return tuple(sorted(people, key=natural))

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
    select f.id, f.participant_id, f.transcript_id, f.first_line, f.last_line, f.kind, f.key, f.phase,
        case when f.kind = 'emotion' then json_extract(f.detail, '$.valence') end
    from transcripts t indexed by transcripts_wave
    cross join findings f indexed by findings_order
        on f.study_id = t.study_id and f.current = 1 and f.transcript_id = t.id
    where t.study_id = :study and t.wave = :wave and t.id in (select value from json_each(:current))
        and (:people is null or f.participant_id in (select value from json_each(:people)))
"""


def _detail(kind: str, key: str, valence: int | None) -> Motivation | Emotion | Touchpoint:
    if kind == "emotion":
        return Emotion(key, valence or 0)
    return Motivation(key) if kind == "motivation" else Touchpoint(key)
