"""Studies, the files offered to them, and the runs over them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from synth.domain import content_id
from synth.errors import NotFoundError
from synth.store.base import Base, now_utc


@dataclass(frozen=True, slots=True)
class Study:
    """One research question with its interviews and results."""

    id: str
    name: str
    subject: str
    language: str
    """In which drafts are written: `en` or `nl`."""
    framework: str
    framework_yaml: str
    """The framework as it was when the study was made; empty for one that ships."""
    created_utc: str


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file that was offered to a study."""

    key: str
    """A hash of its name and folder, by which it is known again; names of files may name people."""
    name: str
    fingerprint: str
    state: str
    """`read` or `failed`."""
    why: str | None
    transcript_ids: tuple[str, ...]


class Studies(Base):
    """Everything about a study that is not its contents."""

    def studies(self) -> list[Study]:
        """All studies, oldest first."""
        return [Study(**row) for row in self._rows("select * from studies order by created_utc, name")]

    def study(self, name: str) -> Study:
        """A study by its name.

        Raises:
            NotFoundError: there is none; the message names those that exist.
        """
        row = self._row("select * from studies where name = :name", name=name)
        if row is None:
            known = ", ".join(f"'{study.name}'" for study in self.studies()) or "none yet"
            raise NotFoundError(f"No study '{name}' in {self.path}. There are: {known}.")
        return Study(**row)

    def study_by_id(self, study_id: str) -> Study:
        """A study by its id.

        Raises:
            NotFoundError: there is none.
        """
        row = self._row("select * from studies where id = :id", id=study_id)
        if row is None:
            raise NotFoundError(f"No study has this id in {self.path}.")
        return Study(**row)

    def has_study(self, name: str) -> bool:
        """Whether there is a study of this name."""
        return bool(self._column("select 1 from studies where name = :name", name=name))

    def add_study(self, name: str, subject: str, language: str, framework: str, framework_yaml: str) -> Study:
        """Make a study; its name is its identity."""
        study = Study(content_id("study", name), name, subject, language, framework, framework_yaml, now_utc())
        self._change(
            """
            insert into studies values (:id, :name, :subject, :language, :framework, :framework_yaml, :created_utc)
            """,
            **{field: getattr(study, field) for field in Study.__slots__},
        )
        return study

    def change_study(self, study: Study) -> None:
        """Write the subject, language and framework of a study as they are now."""
        self._change(
            """
            update studies set subject = :subject, language = :language, framework = :framework,
                framework_yaml = :framework_yaml
            where id = :id
            """,
            **{field: getattr(study, field) for field in ("subject", "language", "framework", "framework_yaml", "id")},
        )

    # --- Files ---

    def files(self, study: Study) -> list[SeenFile]:
        """Every file that was offered, by name."""
        rows = self._rows("select * from files where study_id = :id order by name", id=study.id)
        return [
            SeenFile(
                **{field: row[field] for field in ("key", "name", "fingerprint", "state", "why")},
                transcript_ids=tuple(json.loads(row["transcript_ids"])),
            )
            for row in rows
        ]

    def forget_files(self, study: Study, keys: Sequence[str]) -> None:
        """Remove what is known of files of which nothing was read and which are not there any more."""
        self._change(
            """
            delete from files where study_id = :id and state = 'failed'
                and key in (select value from json_each(:keys))
            """,
            id=study.id,
            keys=json.dumps(list(keys)),
        )

    def file_name(self, study: Study, key: str) -> str | None:
        """What a file is called in the study, which may be a neutral name; None where it was not met."""
        row = self._row("select name from files where study_id = :id and key = :key", id=study.id, key=key)
        return None if row is None else str(row["name"])

    def see_file(self, study: Study, file: SeenFile) -> None:
        """Record how reading a file went; the newest attempt counts."""
        self._change(
            """
            insert or replace into files values
            (:study_id, :key, :name, :fingerprint, :state, :why, :transcript_ids, :seen_utc)
            """,
            study_id=study.id,
            key=file.key,
            name=file.name,
            fingerprint=file.fingerprint,
            state=file.state,
            why=file.why,
            transcript_ids=json.dumps(file.transcript_ids),
            seen_utc=now_utc(),
        )

    # --- Runs ---

    def begin_run(self, study: Study, model: str) -> int:
        """Note that a run began; its number."""
        with self.write() as db:
            cursor = db.execute(
                "insert into runs (study_id, model, state, started_utc) values (:study, :model, 'running', :now)",
                {"study": study.id, "model": model, "now": now_utc()},
            )
        return int(cursor.lastrowid or 0)

    def end_run(self, run: int, state: str, report: str, summary: Mapping[str, object]) -> None:
        """Note how a run ended: `done`, `partly`, `stopped` or `failed`."""
        self._change(
            """
            update runs set state = :state, ended_utc = :now, report = :report, summary = :summary
            where id = :run
            """,
            state=state,
            now=now_utc(),
            report=report,
            summary=json.dumps(summary),
            run=run,
        )

    def run_count(self, study: Study) -> int:
        """How many runs of it were noted, under way or over."""
        return self._count("select count(*) from runs where study_id = :study", study=study.id)

    def last_run(self, study: Study) -> dict[str, object] | None:
        """The newest run as it was recorded (model, state, started_utc, ended_utc, report); None before the first."""
        return self._row(
            """
            select model, state, started_utc, ended_utc, report from runs
            where study_id = :id order by id desc limit 1
            """,
            id=study.id,
        )
