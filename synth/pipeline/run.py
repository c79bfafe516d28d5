"""The main job: files to transcripts, transcripts to findings, findings to a draft, a draft to a report.

A run reads only what earlier steps stored, so that it can be killed at any moment and started again: what was read,
asked and answered is there, and what was not is done now. A second run over the same files does nothing twice.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from synth.analyst import Analyst
from synth.asking import Tally
from synth.beside import Asker, beside, start_asker
from synth.domain import Code
from synth.engines import Maker, check_engine, spread
from synth.errors import InputError, ModelError, SettingError
from synth.frameworks import DEFAULT_FRAMEWORK, load_framework, shipped_frameworks
from synth.lanes import Lanes, Limits
from synth.parse import ReadSettings, find_files
from synth.parse.files import Found
from synth.pipeline.analysts import OFFLINE, analyst_maker, open_analyst, prepare_model, price_of
from synth.pipeline.assigning import read_persona_file
from synth.pipeline.budget import Budget, BudgetReachedError
from synth.pipeline.changes import asked_anew
from synth.pipeline.codebooks import import_codebook
from synth.pipeline.coding import Coder, CodingOutcome, code_transcripts, coding_tasks, expected_chunks, unreadable
from synth.pipeline.drafting import draft_study
from synth.pipeline.loading import load_results, study_framework
from synth.pipeline.names import Replacing
from synth.pipeline.progress import Heeding, Progress
from synth.pipeline.reading import ReadOutcome, read_files
from synth.pipeline.reports import write_report
from synth.pipeline.run_report import EXIT_BUDGET, EXIT_DONE, EXIT_PARTLY, RunReport, count_calls, count_results
from synth.pipeline.studies import drop_unbegun
from synth.privacy import key_path
from synth.results import Failure, Results
from synth.settings import Settings, load_settings
from synth.store import Shelf, Store, Study, open_store

SAME, NOBODY = "same", "off"
_LEFT = "Somebody left the study meanwhile: the run went on without them, and nothing of theirs is kept."


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
    codebook: str | None = None
    """A file with codes to read by; it replaces the study's codebook."""
    limits: Limits = field(default_factory=Limits)
    timeout_seconds: float = 120.0
    max_file_bytes: int = 50_000_000
    embeddings: bool = True
    asked_to_stop: Callable[[], str | None] | None = None
    """Says why no further call is to be made; None while the run goes on."""
    keep_personas: bool = False
    """Whether the personas of the last draft are kept, and new participants are put to them or to none."""
    personas_file: str | None = None
    """A file with personas to put people to, in place of new ones."""
    critic: str = SAME
    """Who tries to refute the draft: `same` for who drafts, `off` for nobody, or the name of a model."""
    engine: str = "local"
    """Where answers are made: see `synth.engines`."""
    scheduler: str | None = None
    """Of a Dask cluster that runs already; None starts one on this machine, for `engine` dask."""
    passes: int = 1
    """How often each chunk is read; a later pass is asked for what those before it missed."""
    batch: bool = False
    """Whether reading is handed to the provider as a batch, to be collected by a later run."""

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
        _check_batch(model or base.model, rest)
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


def _check_batch(model: str, options: Mapping[str, object]) -> None:
    if not options.get("batch"):
        return
    if model == OFFLINE:
        raise SettingError("--batch: the built-in reader answers at once, for nothing. Choose a model with --model.")
    if options.get("passes", 1) != 1:
        raise SettingError("--batch reads once. Collect the batch, then run with --passes and without --batch.")
    if options.get("engine", "local") != "local":
        raise SettingError("--batch leaves the work to the provider: leave out --engine.")


def default_study_name(paths: Sequence[str]) -> str:
    """The name of the first folder, or of the folder that the first file is in."""
    first = Path(paths[0]).expanduser().resolve()
    folder = first if first.is_dir() else first.parent
    return folder.name or "study"


def run_study(
    settings: RunSettings,
    progress: Progress,
    analyst: Analyst | None = None,
    make: Maker | None = None,
    asker: Asker | None = None,
) -> RunReport:
    """Do the main job.

    Args:
        settings: what to do.
        progress: who watches.
        analyst: who reads, in place of the one that `settings.model` names.
        make: makes the same analyst in other processes, where it is given and the engine is not local.
        asker: asks models, where somebody started it before; ended here.

    Returns:
        What it came to; `exit_status` is 3 where some items failed and 4 where the budget stopped it.

    Raises:
        SynthError: nothing could be done at all: no such path, no file that can be read, a database that cannot be
            opened, a model that refuses every call.
    """
    if asker is None and analyst is None:
        asker = start_asker(
            settings.model, engine=settings.engine, budget_usd=settings.budget_usd, batch=settings.batch
        )
    with closing(asker) if asker is not None else nullcontext():
        return _run(settings, progress, analyst, make, asker)


def _run(
    settings: RunSettings, progress: Progress, analyst: Analyst | None, make: Maker | None, asker: Asker | None
) -> RunReport:
    began = time.monotonic()
    check_engine(settings.engine, settings.scheduler)
    heeding = Heeding(progress)
    if analyst is None and settings.engine == "local":
        if asker is not None:
            asker.heed(lambda why: heeding.fail(ModelError(settings.model, why, fatal=True)))
        else:
            prepare_model(settings.model, heeding.fail)
    given = find_files(settings.paths, own=settings.db)
    store = open_store(settings.db)
    try:
        reader = analyst or _opened(settings.model, store, settings, asker)
        if not (given.files or given.failed or store.has_study(settings.study)):
            raise InputError(_nothing_read(ReadOutcome()))  # before a study is made of a slip of the keyboard
        if settings.personas_file is not None:  # a fault in it is said before anything is made or paid
            there = store.has_study(settings.study) and settings.framework is None
            framework = study_framework(store.study(settings.study)) if there else None
            read_persona_file(
                settings.personas_file, framework or load_framework(settings.framework or DEFAULT_FRAMEWORK)
            )
        new, keyed = not store.has_study(settings.study), Path(key_path(store.path, settings.study)).exists()
        study = prepare_study(store, settings)
        run = store.begin_run(study, settings.model)
        state = "failed"
        report = RunReport(study.name, settings.model)
        try:
            # In a study that was read before there may be nothing left to ask: then a missing key is no reason to stop.
            watching = progress if store.readings(study) else heeding
            _steps(store, study, settings, given, reader, watching, report, make, asker)
            report.seconds = time.monotonic() - began
            state = {EXIT_DONE: "done", EXIT_PARTLY: "partly", EXIT_BUDGET: "stopped"}[report.exit_status]
        except (InputError, ModelError):
            if new:
                drop_unbegun(store, study, key_too=not keyed)
            raise
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
    with store.write():  # another run may make it at this very moment
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
    store: Store,
    study: Study,
    settings: RunSettings,
    given: Found,
    analyst: Analyst,
    progress: Progress,
    report: RunReport,
    make: Maker | None,
    asker: Asker | None,
) -> None:
    read = read_files(store, study, given, settings.reading, progress, sample=settings.sample)
    report.read, report.unread, report.notes = read.read, read.failures, read.notes
    if not store.has_transcripts(study):
        raise InputError(_nothing_read(read))
    study = _with_language(store, study)
    critic = _critic(store, settings, asker)
    # Whoever of the two is sent text decides whether names are replaced first.
    reader = critic if critic is not None and critic.remote else analyst
    replacing = Replacing(store, study, reader, settings.names)
    framework = study_framework(study)
    tally = Tally()
    coder = Coder(
        store, study, framework, analyst, Lanes(settings.limits, cpu=time.thread_time if analyst.remote else None),
        Budget(settings.budget_usd, price_of(reader), settings.asked_to_stop), progress, tally,
        passes=_passes(settings, analyst, report), codes=_codes(store, study, settings),
    )  # fmt: skip
    with _keeping_nothing_of_who_leaves(store, study, report):
        outcome = asyncio.run(_code_and_draft_somewhere(coder, settings, replacing, report, make, critic))
    count_calls(report, tally, outcome)
    if store.newest_draft_id(study) is not None:
        # Not held here: what is written is under pseudonyms, and with both there would be everything twice.
        report.report = str(write_report(store, study, _counted_results(store, study, report), settings.out_dir))


async def _batch(coder: Coder, readable: Shelf, report: RunReport) -> None:
    from synth.pipeline.batching import work_batches

    work = await work_batches(coder, coding_tasks(coder.study, coder.framework, readable.there(), coder.codes))
    for note in work.notes:
        coder.progress.say(note)
    report.notes += work.notes
    report.batch = {"collected": work.collected, "refused": work.refused, "submitted": work.submitted}
    coder.tally.add(work.tally)


def _codes(store: Store, study: Study, settings: RunSettings) -> tuple[Code, ...]:
    """The codebook that interviews are read with: the one given, which then is the study's, else the study's own."""
    if settings.codebook is not None:
        import_codebook(store, study, settings.codebook)
    return store.codebook(study)


def _passes(settings: RunSettings, analyst: Analyst, report: RunReport) -> int:
    if settings.passes > 1 and analyst.model == OFFLINE:
        report.notes.append("The built-in reader finds the same in every pass: it reads once.")
        return 1
    return settings.passes


async def _code_and_draft_somewhere(
    coder: Coder,
    settings: RunSettings,
    replacing: Replacing,
    report: RunReport,
    make: Maker | None,
    critic: Analyst | None,
) -> CodingOutcome:
    """Ask where the settings say: in this process, beside it, or on a cluster."""
    make = make or analyst_maker(settings.model, settings.timeout_seconds, settings.embeddings)
    lanes = coder.lanes.limits.lanes
    asked = {coder.analyst, critic} - {None}
    try:
        async with spread(
            settings.engine, settings.scheduler, coder.analyst, make, coder.store, lanes, coder.progress.say
        ) as analyst:
            if settings.critic in (SAME, settings.model):
                critic = analyst
            return await _code_and_draft(replace(coder, analyst=analyst), settings, replacing, report, critic)
    finally:
        for one in asked:
            if (close := getattr(one, "close", None)) is not None:
                await close()  # connections belong to this event loop


def _opened(model: str, store: Store, settings: RunSettings, asker: Asker | None) -> Analyst:
    """The analyst of this name; one that asks a model does so beside, where there is somebody who asks."""
    analyst = open_analyst(model, store, settings.timeout_seconds, settings.embeddings)
    return analyst if asker is None else beside(analyst, asker)


def _critic(store: Store, settings: RunSettings, asker: Asker | None) -> Analyst | None:
    """Who tries to refute the draft, where that is another than who drafts."""
    if settings.critic in (SAME, NOBODY, settings.model):
        return None
    return _opened(settings.critic, store, settings, asker)


def _readable(analyst: Analyst, transcripts: Shelf, report: RunReport) -> Shelf:
    """Those that this analyst can read; why not is noted of the others, under the names that they may be shown by."""
    whys = {head.id: why for head in transcripts.heads() if (why := unreadable(analyst.model, head)) is not None}
    others = transcripts.without(set(transcripts.ids) - set(whys))
    report.failures += [Failure(one.name, whys[one.id]) for one in others.there()]
    return transcripts.without(whys)


async def _code_and_draft(
    coder: Coder,
    settings: RunSettings,
    replacing: Replacing,
    report: RunReport,
    critic: Analyst | None,
) -> CodingOutcome:
    readable = _readable(coder.analyst, replacing.shelf, report)
    if settings.batch:
        await _batch(coder, readable, report)
    # Also without --batch: what waits in a batch is not asked and paid live as well.
    coder = replace(coder, waiting=coder.store.waiting_keys(coder.study, coder.analyst.model))
    again = asked_anew(
        coder.store,
        coder.study,
        coder.analyst,
        coding_tasks(coder.study, coder.framework, readable.there(), coder.codes),
        coder.passes,
    )
    if again is not None:
        coder.progress.say(again.sentence())
        report.notes.append(again.sentence())
    outcome = await code_transcripts(coder, readable.there(), expected_chunks(coder.store, coder.study, readable))
    if outcome.fatal is not None:
        raise outcome.fatal
    if outcome.stopped is None:  # else the next run goes on with names as well
        replacing.finish()
    report.failures += outcome.failures
    if outcome.stopped is None and not outcome.waiting:
        try:
            kept = read_persona_file(settings.personas_file, coder.framework) if settings.personas_file else None
            drafted = await draft_study(
                coder, replacing.shelf, settings.personas, critic, kept, settings.keep_personas and kept is None
            )
            report.failures += drafted.failures
        except BudgetReachedError as error:
            outcome.stopped = error
    return outcome


@contextmanager
def _keeping_nothing_of_who_leaves(store: Store, study: Study, report: RunReport) -> Iterator[None]:
    """However this ends, no call stays that was answered after somebody whose words stand in it left the study."""
    left = store.withdrawals(study)
    if left:
        store.remove_calls_of_gone(study)  # of a run that was killed when they had just left
    try:
        yield
    finally:
        if store.withdrawals(study) != left:
            store.remove_calls_of_gone(study)
            report.notes.append(_LEFT)


def _counted_results(store: Store, study: Study, report: RunReport) -> Results:
    results = load_results(store, study)
    count_results(report, results)
    return results


def _with_language(store: Store, study: Study) -> Study:
    """The study with the language that drafts are written in: as chosen, else that of most interviews."""
    if study.language:
        return study
    languages = Counter(transcript.language for transcript in store.shelf(study).heads())
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
