"""Interviews of a study for pages: listed by name, with their people and how much of each is cited.

The promise is that of `synth.store.search`: counted and cut in the database, without loading the study.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from sys import intern

from synth.extract import MAX_EVIDENCE_LINES
from synth.listing import interview_place, natural
from synth.store.kept import Kept
from synth.store.studies import Study


@dataclass(frozen=True, slots=True)
class Interview:
    """One interview in a list."""

    id: str
    name: str
    language: str
    wave: str | None
    people: tuple[str, ...]
    lines: int
    findings: int
    cited: int
    """Characters of what participants said that a finding cites."""
    spoken: int
    warnings: int
    replaced: bool
    """Whether it is stored under pseudonyms."""


@dataclass(frozen=True, slots=True)
class InterviewHead:
    """What a list of findings says of an interview."""

    id: str
    name: str
    replaced: bool
    """Whether it is stored under pseudonyms."""


class Interviews(Kept):
    """Interviews without their words."""

    def stale_transcripts(self, study: Study) -> frozenset[str]:
        """Older versions of files that changed since: they stay stored, and are not shown."""

        def read() -> frozenset[str]:
            ids = self._column(
                """
                select id from transcripts indexed by transcripts_name where study_id = :id and id not in (
                    select value from files, json_each(files.transcript_ids)
                    where files.study_id = :id and files.state = 'read')
                """,
                id=study.id,
            )
            return frozenset(ids)

        return self.while_unchanged(study, ("stale",), (self.study_version(study).heard,), read)

    def wave_sizes(self, study: Study) -> dict[str, int]:
        """How many interviews are of each wave, in order of names; those of none come first, under an empty name."""
        rows = self._rows(
            """
            select coalesce(wave, '') as wave, count(*) as n from transcripts
            where study_id = :id and id not in (select value from json_each(:stale)) group by 1 order by 1
            """,
            id=study.id,
            stale=json.dumps(sorted(self.stale_transcripts(study))),
        )
        return {str(row["wave"]): int(row["n"]) for row in rows}

    def waves(self, study: Study) -> tuple[str, ...]:
        """The waves that interviews name, in order of their names."""
        return tuple(wave for wave in self.wave_sizes(study) if wave)

    def interview_places(self, study: Study) -> Mapping[str, int]:
        """Where each interview stands among all, by who speaks in it."""

        def read() -> dict[str, int]:
            rows = self._rows(
                "select id, name from transcripts indexed by transcripts_name where study_id = :id", id=study.id
            )
            people = self._people_by_interview(study)
            rows.sort(key=lambda row: (interview_place(people.get(row["id"], ()), row["name"]), row["id"]))
            return {intern(row["id"]): place for place, row in enumerate(rows)}

        return self.while_unchanged(study, ("places",), (self.study_version(study).heard,), read)

    def interviews_part(
        self, study: Study, limit: int, offset: int, *, wave: str | None = None, person: str | None = None
    ) -> tuple[int, list[Interview]]:
        """How many interviews there are, and a part of them by name, with how much of each is cited."""
        ids = self._ids(study, wave, person)
        return len(ids), self.interviews_by_id(study, ids[offset : offset + limit])

    def _ids(self, study: Study, wave: str | None = None, person: str | None = None) -> tuple[str, ...]:
        """Interviews that are shown, by name."""

        def read() -> tuple[str, ...]:
            index = "transcripts_wave" if wave else "transcripts_name"
            rows = self._rows(
                f"""
                select id, name from transcripts t indexed by {index} where study_id = :id
                    {"and wave = :wave" if wave else ""}
                    {"and exists (select 1 from speakers s where s.study_id = :id and s.transcript_id = t.id "
                     "and s.participant_id = :person)" if person else ""}
                """,
                id=study.id, **({"wave": wave} if wave else {}), **({"person": person} if person else {}),
            )  # fmt: skip
            stale = self.stale_transcripts(study)
            rows.sort(key=lambda row: (natural(row["name"]), row["id"]))
            return tuple(row["id"] for row in rows if row["id"] not in stale)

        return self.while_unchanged(study, ("interviews", wave, person), (self.study_version(study).heard,), read)

    def interviews_by_id(self, study: Study, ids: Sequence[str]) -> list[Interview]:
        """These interviews in the order given, each with its people and how much of it is cited."""
        version = self.study_version(study)
        counters = (version.heard, version.coded)
        known = {one: self.unchanged(study, ("interview", one), counters) for one in ids}
        missing = [one for one in dict.fromkeys(ids) if known[one] is None]
        read = {one.id: one for one in self._read_interviews(study, missing)} if missing else {}
        for one in read.values():
            self.hold(study, ("interview", one.id), counters, one)
        found = [read.get(one) or known[one] for one in ids]
        return [one for one in found if isinstance(one, Interview)]

    def _read_interviews(self, study: Study, ids: Sequence[str]) -> list[Interview]:
        wanted: dict[str, object] = {"study": study.id, "ids": json.dumps(list(ids))}
        heads = self._rows(
            """
            select t.id, t.name, t.language, t.wave, t.names, json_array_length(t.warnings) as warnings,
                (select max(number) from lines l where l.study_id = t.study_id and l.transcript_id = t.id) as lines,
                (select count(*) from findings f indexed by findings_order
                    where f.study_id = t.study_id and f.transcript_id = t.id and f.current = 1) as findings
            from transcripts t where t.study_id = :study and t.id in (select value from json_each(:ids))
            """,
            **wanted,
        )
        people = self._people_by_interview(study, ids)
        cited = {row["id"]: row for row in self._rows(_CITED, **wanted, longest=MAX_EVIDENCE_LINES - 1)}
        found = {
            row["id"]: Interview(
                id=row["id"],
                name=row["name"],
                language=row["language"],
                wave=row["wave"],
                people=tuple(sorted(people.get(row["id"], ()), key=natural)),
                lines=row["lines"] or 0,
                findings=row["findings"],
                cited=(cited.get(row["id"]) or {}).get("cited") or 0,
                spoken=(cited.get(row["id"]) or {}).get("spoken") or 0,
                warnings=row["warnings"],
                replaced=row["names"] == "replaced",
            )
            for row in heads
        }
        return [found[one] for one in ids if one in found]

    def _people_by_interview(self, study: Study, ids: Sequence[str] | None = None) -> dict[str, list[str]]:
        """The participants of each of these interviews; None: of all."""
        among = "" if ids is None else "and transcript_id in (select value from json_each(:ids))"
        people: dict[str, list[str]] = {}
        for row in self._rows(
            f"""
            select distinct transcript_id, participant_id from speakers
            where study_id = :study and participant_id is not null {among}
            """,
            study=study.id, ids=json.dumps(list(ids or ())),
        ):  # fmt: skip
            people.setdefault(row["transcript_id"], []).append(row["participant_id"])
        return people

    def interview_heads(self, study: Study, ids: Sequence[str]) -> list[InterviewHead]:
        """The names of these interviews, and whether they are stored under pseudonyms."""
        rows = self._rows(
            """
            select id, name, names from transcripts where study_id = :study
                and id in (select value from json_each(:ids))
            """,
            study=study.id,
            ids=json.dumps(list(ids)),
        )
        return [InterviewHead(row["id"], row["name"], row["names"] == "replaced") for row in rows]

    def neighbours(self, study: Study, transcript_id: str) -> tuple[str | None, str | None]:
        """The interviews before and after one, by name."""
        ids = self._ids(study)
        if transcript_id not in ids:
            return None, None
        at = ids.index(transcript_id)
        return (ids[at - 1] if at else None), (ids[at + 1] if at + 1 < len(ids) else None)


_CITED = """
    select l.transcript_id as id, sum(l.end - l.start) as spoken,
        sum(case when exists (
            select 1 from findings f indexed by findings_order
            where f.study_id = l.study_id and f.transcript_id = l.transcript_id
                and f.first_line between l.number - :longest and l.number and f.last_line >= l.number and f.current = 1
        ) then l.end - l.start else 0 end) as cited
    from json_each(:ids) w
    cross join turns t on t.study_id = :study and t.transcript_id = w.value
    cross join speakers s on s.study_id = t.study_id and s.transcript_id = t.transcript_id and s.name is t.speaker
    cross join lines l on l.study_id = t.study_id and l.transcript_id = t.transcript_id
        and l.number between t.first_line and t.last_line
    where s.participant_id is not null and s.role <> 'interviewer'
    group by l.transcript_id
"""
