"""What was found in a wave, without words: who, in which phase, which kind and key. Enough to count with.

Only interviews as they were last read count: an older version of a changed file stays stored beside them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator

from synth.domain import Emotion, Evidence, Finding, Motivation, Touchpoint
from synth.store.base import Row
from synth.store.studies import Study
from synth.store.transcripts import Transcripts


class Waves(Transcripts):
    """Waves of a study, for comparing two of them."""

    def waves(self, study: Study) -> tuple[str, ...]:
        """The waves that interviews name, in order of their names."""
        rows = self._rows(
            "select distinct wave from transcripts where study_id = :id and wave is not null order by wave", id=study.id
        )
        return tuple(str(row["wave"]) for row in rows)

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

    def findings_of_wave(
        self, study: Study, wave: str, people: Collection[str] | None = None, kind: str = ""
    ) -> Iterator[Finding]:
        """Current findings of a wave with what a count needs, no more.

        Args:
            study: of which study.
            wave: of which wave.
            people: of these participants only; None for everybody.
            kind: `motivation`, `emotion` or `touchpoint`; empty for all.
        """
        rows = self._db.query(
            """
            select c.finding_id, c.participant_id, c.transcript_id, c.first_line, c.last_line, c.kind, c.key, c.phase,
                f.label,
                case when c.kind = 'emotion' then json_extract(f.detail, '$.valence') end as valence
            from transcripts t
            join finding_cards c on c.study_id = t.study_id and c.transcript_id = t.id
            join findings f on f.study_id = c.study_id and f.id = c.finding_id
            where t.study_id = :study and t.wave = :wave and t.id in (select value from json_each(:current))
                and c.current = 1 and (:kind = '' or c.kind = :kind)
                and (:people is null or c.participant_id in (select value from json_each(:people)))
            """,
            {"study": study.id, "wave": wave, "kind": kind,
             "current": json.dumps(sorted(self._current_ids(study))),
             "people": None if people is None else json.dumps(sorted(people))},
        )  # fmt: skip
        return (_light(row) for row in rows)


def _light(row: Row) -> Finding:
    detail: Motivation | Emotion | Touchpoint
    if row["kind"] == "emotion":
        detail = Emotion(row["key"], row["valence"])
    else:
        detail = Motivation(row["key"]) if row["kind"] == "motivation" else Touchpoint(row["key"])
    evidence = Evidence(row["transcript_id"], row["first_line"], row["last_line"])
    return Finding(row["finding_id"], row["participant_id"], evidence, row["label"], "", row["phase"], detail)
