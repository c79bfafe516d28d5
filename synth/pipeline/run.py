"""The main job: files to transcripts, transcripts to findings, findings to a draft, a draft to a report.

A run reads only what earlier steps stored, so that it can be killed at any moment and started again: what was read,
asked and answered is there, and what was not is done now. A second run over the same files does nothing twice.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from synth.analyst import Analyst
from synth.asking import Tally
from synth.chunk import chunk_lines
from synth.domain import Kind, Persona, Transcript, Unassigned
from synth.errors import InputError, SettingError
from synth.frameworks import DEFAULT_FRAMEWORK, load_framework, shipped_frameworks
from synth.lanes import Lanes, Limits
from synth.parse import ReadSettings
from synth.pipeline.analysts import open_analyst, prepare_model, price_of
from synth.pipeline.budget import Budget, BudgetReachedError
from synth.pipeline.coding import Coder, CodingOutcome, code_transcripts, unreadable
from synth.pipeline.drafting import draft_study
from synth.pipeline.loading import load_results, study_framework
from synth.pipeline.names import transcripts_for
from synth.pipeline.progress import Progress
from synth.pipeline.reading import ReadOutcome, read_files
from synth.pipeline.reports import write_report
from synth.results import Failure, Results
from synth.settings import Settings, load_settings
from synth.store import Store, Study, open_store

EXIT_DONE, EXIT_PARTLY, EXIT_BUDGET = 0, 3, 4


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What a run is asked to do."""

    paths: tuple[str, ...]
    db: str
    model: str
    study: str
    subject: str | None = None
    framework: str | None = None
    language: str = "auto"
    personas: int | None = None
    """At the most; None lets the program choose, up to five."""
    wave: str | None = None
    interviewers: tuple[str, ...] = ()
    names: str = "auto"
    budget_usd: float | None = None
    sample: int | None = None
    out_dir: str = "synth-report"
    limits: Limits = field(default_factory=Limits)
    timeout_seconds: float = 120.0
    max_file_bytes: int = 50_000_000
    embeddings: bool = True

    @property
    def reading(self) -> ReadSettings:
        """How files are read."""
        return ReadSettings(interviewer=self.interviewers, max_bytes=self.max_file_bytes, wave=self.wave)

    @classmethod
    def make(
        cls,
        paths: Sequence[str],
        *,
        db: str | None = None,
        model: str | None = None,
        study: str | None = None,
        personas: str = "auto",
        names: str | None = None,
        concurrency: int | None = None,
        settings: Settings | None = None,
        **rest: object,
    ) -> RunSettings:
        """Options laid over the settings from the environment.

        Raises:
            SettingError: an option has a value that cannot be.
        """
        base = settings or load_settings()
        if personas != "auto" and personas not in ("1", "2", "3", "4", "5"):
            raise SettingError(f"--personas {personas}: give 'auto' or a number from 1 to 5.")
        limits = Limits(concurrency or base.concurrency, base.requests_per_minute, base.tokens_per_minute)
        return cls(
            paths=tuple(paths),
            db=db or base.db,
            model=model or base.model,
            study=study or default_study_name(paths),
            personas=None if personas == "auto" else int(personas),
            names=names or base.names,
            limits=limits,
            timeout_seconds=base.timeout_seconds,
            max_file_bytes=int(base.max_file_mb * 1_000_000),
            embeddings=base.offline_embeddings,
            **rest,  # type: ignore[arg-type]
        )


@dataclass(slots=True)
class RunReport:
    """What a run came to, for people and machines."""

    study: str
    model: str
    read: int = 0
    failures: list[Failure] = field(default_factory=list)
    unread: list[Failure] = field(default_factory=list)
    """Those of the failures that are files."""
    chunks: int = 0
    calls_made: int = 0
    calls_reused: int = 0
    calls_failed: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = 0.0
    finding_counts: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    themes: int = 0
    personas: tuple[Persona, ...] = ()
    unassigned: tuple[Unassigned, ...] = ()
    participants: int = 0
    coverage: float = 0.0
    seconds: float = 0.0
    report: str = ""
    stopped: str | None = None
    notes: list[str] = field(default_factory=list)
    exit_status: int = EXIT_DONE

    def as_summary(self) -> dict[str, object]:
        """What the database keeps of it: figures, and no name of a file, which may be somebody's."""
        kept = ("calls", "tokens", "cost_usd", "findings", "themes", "participants", "coverage", "seconds")
        return {key: value for key, value in self.as_json().items() if key in kept} | {"failed": len(self.failures)}

    def as_json(self) -> dict[str, object]:
        """The contract of `synth run --json` (docs/design.md)."""
        return {
            "study": self.study,
            "model": self.model,
            "transcripts": {
                "read": self.read,
                "failed": [{"path": failure.name, "why": failure.why} for failure in self.unread],
            },
            "chunks": self.chunks,
            "chunks_failed": [
                {"chunk": failure.name, "why": failure.why} for failure in self.failures if failure not in self.unread
            ],
            "calls": {"made": self.calls_made, "reused": self.calls_reused, "failed": self.calls_failed},
            "tokens": {"input": self.input_tokens, "output": self.output_tokens},
            "cost_usd": self.cost_usd,
            "findings": {**self.finding_counts, "refused": self.refused},
            "themes": self.themes,
            "personas": [
                {
                    "id": persona.id,
                    "name": persona.name,
                    "participants": list(persona.participant_ids),
                    "claims": len(persona.claims),
                    "stability": persona.stability,
                }
                for persona in self.personas
            ],
            "unassigned": [{"participant": one.participant_id, "why": one.why} for one in self.unassigned],
            "participants": self.participants,
            "coverage": round(self.coverage, 4),
            "seconds": round(self.seconds, 3),
            "stopped": self.stopped,
            "notes": self.notes,
            "report": self.report,
        }


def default_study_name(paths: Sequence[str]) -> str:
    """The name of the first folder, or of the folder that the first file is in."""
    first = Path(paths[0]).expanduser().resolve()
    folder = first if first.is_dir() else first.parent
    return folder.name or "study"


def run_study(settings: RunSettings, progress: Progress, analyst: Analyst | None = None) -> RunReport:
    """Do the main job.

    Args:
        settings: what to do.
        progress: who watches.
        analyst: who reads, in place of the one that `settings.model` names.

    Returns:
        What it came to; `exit_status` is 3 where some items failed and 4 where the budget stopped it.

    Raises:
        SynthError: nothing could be done at all: no such path, no file that can be read, a database that cannot be
            opened, a model that refuses every call.
    """
    began = time.monotonic()
    if analyst is None:
        prepare_model(settings.model)
    store = open_store(settings.db)
    try:
        reader = analyst or open_analyst(settings.model, store, settings.timeout_seconds, settings.embeddings)
        study = prepare_study(store, settings)
        run = store.begin_run(study, settings.model)
        state = "failed"
        report = RunReport(study.name, settings.model)
        try:
            _steps(store, study, settings, reader, progress, report)
            report.seconds = time.monotonic() - began
            state = {EXIT_DONE: "done", EXIT_PARTLY: "partly", EXIT_BUDGET: "stopped"}[report.exit_status]
        finally:
            store.end_run(run, state, report.report, report.as_summary())
    finally:
        store.close()
    return report


def prepare_study(store: Store, settings: RunSettings) -> Study:
    """The study of this name, made where it is new, with what the settings say about it.

    Raises:
        FrameworkError: the framework does not hold together.
    """
    key = settings.framework or DEFAULT_FRAMEWORK
    if not store.has_study(settings.study):
        load_framework(key)
        language = "" if settings.language == "auto" else settings.language
        return store.add_study(settings.study, settings.subject or "", language, key, _own_yaml(key))
    study = store.study(settings.study)
    changed = replace(
        study,
        subject=study.subject if settings.subject is None else settings.subject,
        language=study.language if settings.language == "auto" else settings.language,
    )
    if settings.framework is not None:
        load_framework(key)
        changed = replace(changed, framework=key, framework_yaml=_own_yaml(key))
    if changed != study:
        store.change_study(changed)
    return changed


def _own_yaml(key: str) -> str:
    return "" if key in shipped_frameworks() else Path(key).read_text(encoding="utf-8")


def _steps(
    store: Store, study: Study, settings: RunSettings, analyst: Analyst, progress: Progress, report: RunReport
) -> None:
    read = read_files(store, study, settings.paths, settings.reading, progress, sample=settings.sample)
    report.read, report.unread, report.notes = read.read, read.failures, read.notes
    if not store.current_transcripts(study):
        raise InputError(_nothing_read(read))
    study = _with_language(store, study)
    transcripts = transcripts_for(store, study, analyst, settings.names)
    framework = study_framework(study)
    tally = Tally()
    coder = Coder(
        store, study, framework, analyst, Lanes(settings.limits), Budget(settings.budget_usd, price_of(analyst)),
        progress, tally,
    )  # fmt: skip
    outcome = asyncio.run(_code_and_draft(coder, settings, transcripts, report))
    _count_calls(report, tally, outcome)
    if store.last_draft(study) is not None:
        results = load_results(store, study)
        report.report = str(write_report(store, study, results, settings.out_dir))
        _count_results(report, results)


async def _code_and_draft(
    coder: Coder, settings: RunSettings, transcripts: Sequence[Transcript], report: RunReport
) -> CodingOutcome:
    readable = []
    for transcript in transcripts:
        why = unreadable(coder.analyst, transcript)
        if why is None:
            readable.append(transcript)
        else:
            report.failures.append(Failure(transcript.name, why))
    chunks = sum(len(chunk_lines(transcript)) for transcript in readable)
    outcome = await code_transcripts(coder, readable, chunks)
    report.failures += outcome.failures
    if outcome.fatal is not None:
        raise outcome.fatal
    if outcome.stopped is None:
        try:
            drafted = await draft_study(coder, transcripts, settings.personas)
            report.failures += drafted.failures
        except BudgetReachedError as error:
            outcome.stopped = error
    return outcome


def _count_calls(report: RunReport, tally: Tally, outcome: CodingOutcome) -> None:
    report.failures = [*report.unread, *report.failures]
    report.chunks = outcome.chunks
    report.calls_made, report.calls_failed = tally.made, tally.failed
    report.calls_reused = tally.reused + outcome.skipped
    report.input_tokens, report.output_tokens = tally.input_tokens, tally.output_tokens
    report.cost_usd = None if tally.unknown_costs else tally.cost_usd
    if outcome.stopped is not None:
        report.stopped = f"{outcome.stopped} {outcome.left} chunks are left."
        report.exit_status = EXIT_BUDGET
    elif report.failures:
        report.exit_status = EXIT_PARTLY


def _count_results(report: RunReport, results: Results) -> None:
    report.finding_counts = {kind.value: sum(finding.kind is kind for finding in results.findings) for kind in Kind}
    # Refusals of other kinds cost a finding one of its labels, or a draft a claim; they are in the report.
    report.refused = sum(refusal.kind in set(Kind) for refusal in results.refusals)
    report.themes = len(results.draft.themes)
    report.personas, report.unassigned = results.draft.personas, results.draft.unassigned
    report.participants = len(results.participants)
    spoken = sum(one.spoken_characters for one in results.coverage)
    report.coverage = sum(one.cited_characters for one in results.coverage) / spoken if spoken else 0.0


def _with_language(store: Store, study: Study) -> Study:
    """The study with the language that drafts are written in: as chosen, else that of most interviews."""
    if study.language:
        return study
    languages = Counter(transcript.language for transcript in store.current_transcripts(study))
    dutch, english = languages["nl"], languages["en"]
    chosen = replace(study, language="nl" if dutch > english else "en")
    store.change_study(chosen)
    return chosen


def _nothing_read(read: ReadOutcome) -> str:
    if not read.failures:
        return "There is no interview in what was given. Give a file or a folder with transcripts."
    first = read.failures[0]
    more = f" ({len(read.failures) - 1} more failed too)" if len(read.failures) > 1 else ""
    return f"No interview could be read. {first.name}: {first.why}{more}"
