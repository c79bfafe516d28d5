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

from synth.analyst import Analyst, CodeChunk
from synth.asking import Tally
from synth.beside import Asker, beside, start_asker
from synth.built_in import is_built_in
from synth.domain import Code
from synth.engines import check_engine, spread
from synth.errors import InputError, ModelError, OptionError
from synth.frameworks import DEFAULT_FRAMEWORK, load_framework, shipped_frameworks
from synth.lanes import Lanes, Limits
from synth.parse import ReadSettings, find_files
from synth.parse.files import Found, storable
from synth.pipeline.analysts import analyst_maker, is_priced, open_analyst, prepare_model, price_of
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

_SAME, _NOBODY = "same", "off"
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
    out_dir: str | None = "synth-report"
    """Where the report is written; None: nowhere."""
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
    critic: str = _SAME
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

    @property
    def critic_model(self) -> str | None:
        """Who tries to refute the draft, by name; None for nobody."""
        return {_SAME: self.model, _NOBODY: None}.get(self.critic, self.critic)

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
            SettingError: an option or a setting has a value that cannot be.
        """
        base = settings or load_settings()
        _check_batch(model or base.model, rest)
        if personas != "auto" and personas not in ("1", "2", "3", "4", "5"):
            raise OptionError(f"--personas {personas}: give 'auto' or a number from 1 to 5.")
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
    if is_built_in(model):
        raise OptionError("--batch: the built-in reader answers at once, for nothing. Choose a model with --model.")
    if options.get("passes", 1) != 1:
        raise OptionError("--batch reads once. Collect the batch, then run with --passes and without --batch.")
    if options.get("engine", "local") != "local":
        raise OptionError("--batch leaves the work to the provider: leave out --engine.")


def default_study_name(paths: Sequence[str]) -> str:
    """The name of the first folder, or of the folder that the first file is in."""
    first = Path(paths[0]).expanduser().resolve()
    folder = first if first.is_dir() else first.parent
    return storable(folder.name) or "study"


def run_study(
    settings: RunSettings, progress: Progress, analyst: Analyst | None = None, asker: Asker | None = None
) -> RunReport:
    """Do the main job.

    Args:
        settings: what to do.
        progress: who watches.
        analyst: who reads, in place of the one that `settings.model` names.
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
        began = time.monotonic()
        check_engine(settings.engine, settings.scheduler)
        heeding = Heeding(progress)
        if analyst is None and settings.engine == "local":
            if asker is not None:
                asker.heed(lambda why: heeding.fail(ModelError(settings.model, why, fatal=True)))
            else:
                prepare_model(settings.model, heeding.fail)
        given = find_files(settings.paths, own=settings.db)
        with closing(open_store(settings.db)) as store:
            reader = analyst or _opened(settings.model, store, settings, asker)
            _check(settings, given, store)
            new, keyed = not store.has_study(settings.study), Path(key_path(store.path, settings.study)).exists()
            study = prepare_study(store, settings)
            # In a study that was read before there may be nothing left to ask: then a missing key is no reason to stop.
            watching = progress if store.readings(study) else heeding
            report = RunReport(study.name, settings.model)
            run = _Run(settings, store, study, report, watching, asker)
            number, state = store.begin_run(study, settings.model), "failed"
            try:
                run.read(given)
                replace(run, study=_with_language(store, study)).code_and_draft(reader)
                report.seconds = time.monotonic() - began
                state = {EXIT_DONE: "done", EXIT_PARTLY: "partly", EXIT_BUDGET: "stopped"}[report.exit_status]
            except (InputError, ModelError):
                if new:
                    drop_unbegun(store, study, key_too=not keyed)
                raise
            finally:
                store.end_run(number, state, report.report, report.as_summary())
    return report


def _check(settings: RunSettings, given: Found, store: Store) -> None:
    """Say what is wrong before a study is made of a slip of the keyboard, and before anything is paid."""
    known = store.has_study(settings.study)
    if not (given.files or given.failed or known):
        raise InputError(nothing_read(ReadOutcome()))
    if settings.personas_file is not None:
        own = study_framework(store.study(settings.study)) if known and settings.framework is None else None
        read_persona_file(settings.personas_file, own or load_framework(settings.framework or DEFAULT_FRAMEWORK))


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


@dataclass(frozen=True, slots=True)
class _Run:
    """What the steps of one run share."""

    settings: RunSettings
    store: Store
    study: Study
    report: RunReport
    progress: Progress
    asker: Asker | None

    def read(self, given: Found) -> None:
        """Files to transcripts.

        Raises:
            InputError: the study has no transcript then.
        """
        settings, report = self.settings, self.report
        read = read_files(self.store, self.study, given, settings.reading, self.progress, sample=settings.sample)
        report.read, report.unread, report.notes = read.read, read.failures, read.notes
        if not self.store.has_transcripts(self.study):
            raise InputError(nothing_read(read))

    def code_and_draft(self, analyst: Analyst) -> None:
        """Transcripts to findings, findings to a draft and its report."""
        settings, store, study, report = self.settings, self.store, self.study, self.report
        critic = self._critic()
        # Whoever of the two is sent text decides whether names are replaced first.
        reader = critic if critic is not None and critic.remote else analyst
        replacing = Replacing(store, study, reader, settings.names)
        if settings.budget_usd is not None:
            self._say_what_no_budget_holds({one.model for one in (analyst, critic) if one is not None})
        coder = Coder(
            store, study, study_framework(study), analyst,
            Lanes(settings.limits, cpu=time.thread_time if analyst.remote else None),
            Budget(settings.budget_usd, price_of(reader), settings.asked_to_stop), self.progress, Tally(),
            passes=self._passes(analyst), codes=self._codes(),
        )  # fmt: skip
        with self._keeping_nothing_of_who_leaves():
            outcome = asyncio.run(self._ask_somewhere(coder, replacing, critic))
        count_calls(report, coder.tally, outcome)
        if store.newest_draft_id(study) is None:
            return
        if settings.out_dir is None:
            self._counted_results()
        else:
            # Not held here: what is written is under pseudonyms, and with both there would be everything twice.
            report.report = str(write_report(store, study, self._counted_results(), settings.out_dir))

    def _say_what_no_budget_holds(self, models: set[str]) -> None:
        for model in sorted(models):
            if not is_priced(model):
                why = f"{model}: its price is not known, so that --budget does not stop its calls. --sample reads less."
                self.progress.say(why)
                self.report.notes.append(why)

    async def _ask_somewhere(self, coder: Coder, replacing: Replacing, critic: Analyst | None) -> CodingOutcome:
        """Ask where the settings say: in this process, beside it, or on a cluster."""
        settings = self.settings
        make = analyst_maker(settings.model, settings.timeout_seconds, settings.embeddings)
        lanes = coder.lanes.limits.lanes
        asked = {coder.analyst, critic} - {None}
        try:
            async with spread(
                settings.engine, settings.scheduler, coder.analyst, make, coder.store, lanes, coder.progress.say
            ) as analyst:
                if settings.critic_model == settings.model:
                    critic = analyst
                return await self._ask(replace(coder, analyst=analyst), replacing, critic)
        finally:
            for one in asked:
                if (close := getattr(one, "close", None)) is not None:
                    await close()  # connections belong to this event loop

    async def _ask(self, coder: Coder, replacing: Replacing, critic: Analyst | None) -> CodingOutcome:
        settings, store, study, report = self.settings, self.store, self.study, self.report
        readable = self._readable(coder.analyst, replacing.shelf)

        def tasks() -> Iterator[CodeChunk]:
            return coding_tasks(study, coder.framework, readable.there(), coder.codes)

        if settings.batch:
            await self._batch(coder, tasks())
        # Also without --batch: what waits in a batch is not asked and paid live as well.
        coder = replace(coder, waiting=store.waiting_keys(study, coder.analyst.model))
        again = asked_anew(store, study, coder.analyst, tasks(), coder.passes)
        if again is not None:
            self.progress.say(again.sentence())
            report.notes.append(again.sentence())
        outcome = await code_transcripts(coder, readable.there(), expected_chunks(store, study, readable))
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

    async def _batch(self, coder: Coder, tasks: Iterator[CodeChunk]) -> None:
        from synth.pipeline.batching import work_batches

        work = await work_batches(coder, tasks)
        for note in work.notes:
            self.progress.say(note)
        self.report.notes += work.notes
        self.report.batch = {"collected": work.collected, "refused": work.refused, "submitted": work.submitted}
        coder.tally.add(work.tally)

    def _critic(self) -> Analyst | None:
        """Who tries to refute the draft, where that is another than who drafts."""
        critic = self.settings.critic_model
        if critic is None or critic == self.settings.model:
            return None
        return _opened(critic, self.store, self.settings, self.asker)

    def _codes(self) -> tuple[Code, ...]:
        """What interviews are read with: the codebook given, which then is the study's, else the study's own."""
        if self.settings.codebook is not None:
            import_codebook(self.store, self.study, self.settings.codebook)
        return self.store.codebook(self.study)

    def _passes(self, analyst: Analyst) -> int:
        if self.settings.passes > 1 and is_built_in(analyst.model):
            self.report.notes.append("The built-in reader finds the same in every pass: it reads once.")
            return 1
        return self.settings.passes

    def _readable(self, analyst: Analyst, transcripts: Shelf) -> Shelf:
        """Those that this analyst can read; why not is noted of the others, by names that may be shown."""
        whys = {head.id: why for head in transcripts.heads() if (why := unreadable(analyst.model, head)) is not None}
        others = transcripts.without(set(transcripts.ids) - set(whys))
        self.report.failures += [Failure(one.name, whys[one.id]) for one in others.there()]
        return transcripts.without(whys)

    @contextmanager
    def _keeping_nothing_of_who_leaves(self) -> Iterator[None]:
        """However this ends, no call stays that was answered after somebody whose words stand in it left the study."""
        store, study = self.store, self.study
        left = store.withdrawals(study)
        if left:
            store.remove_calls_of_gone(study)  # of a run that was killed when they had just left
        try:
            yield
        finally:
            if store.withdrawals(study) != left:
                store.remove_calls_of_gone(study)
                self.report.notes.append(_LEFT)

    def _counted_results(self) -> Results:
        results = load_results(self.store, self.study)
        count_results(self.report, results)
        return results


def _opened(model: str, store: Store, settings: RunSettings, asker: Asker | None) -> Analyst:
    """The analyst of this name; one that asks a model does so beside, where there is somebody who asks."""
    analyst = open_analyst(model, store, settings.timeout_seconds, settings.embeddings)
    return analyst if asker is None else beside(analyst, asker)


def _with_language(store: Store, study: Study) -> Study:
    """The study with the language that drafts are written in: as chosen, else that of most interviews."""
    if study.language:
        return study
    languages = Counter(transcript.language for transcript in store.shelf(study).heads())
    dutch, english = languages["nl"], languages["en"]
    chosen = replace(study, language="nl" if dutch > english else "en")
    store.change_study(chosen)
    return chosen


def nothing_read(read: ReadOutcome) -> str:
    """Why there is nothing to go on with."""
    if not read.failures:
        return "There is no interview in what was given. Give a file or a folder with transcripts."
    first = read.failures[0]
    more = f" ({len(read.failures) - 1} more failed too)" if len(read.failures) > 1 else ""
    return f"No interview could be read. {first.name}: {first.why}{more}"
