"""Reading annotated interviews as any others are read, and measuring what was found against the annotations."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from synth.asking import Tally
from synth.built_in import is_built_in
from synth.chunk import chunk_lines
from synth.domain import Transcript, content_id
from synth.evaluate import FolderReading, Scores, evaluate_gold
from synth.lanes import Lanes, Limits
from synth.parse import ReadSettings
from synth.pipeline.analysts import open_analyst, prepare_model
from synth.pipeline.budget import Budget
from synth.pipeline.coding import Coder, code_transcripts, unreadable
from synth.pipeline.drafting import draft_study
from synth.pipeline.loading import study_framework
from synth.pipeline.names import transcripts_for
from synth.pipeline.progress import Heeding, Progress, Silent
from synth.pipeline.reading import file_key, read_files
from synth.results import Failure
from synth.settings import load_settings
from synth.store import Store, Study, open_store

EVALUATION_DB = "synth-eval.db"
"""Answers of a model that was paid for are kept here, so that a second evaluation asks only what is new."""
_ROSTER = re.compile(r"(participants|deelnemers)\.(csv|tsv|xlsx)", re.IGNORECASE)


def evaluate_folder(folder: str, model: str | None, progress: Progress) -> tuple[Scores, list[Failure]]:
    """Read the interviews of a gold folder and score what was found; each folder with gold in it is a study.

    Args:
        folder: as described in docs/evaluation.md.
        model: who reads; None for the one that the settings name.
        progress: who watches.

    Returns:
        The scores, and what was not read or not coded: what the gold has of it counts as missed.

    Raises:
        InputError: there is no gold in the folder.
        ModelError: the model refuses every call.
    """
    settings = load_settings()
    name = model or settings.model
    heeding = Heeding(progress)
    prepare_model(name, heeding.fail)
    limits = Limits(settings.concurrency, settings.requests_per_minute, settings.tokens_per_minute)
    failures: list[Failure] = []

    def read(interviews: Sequence[Path]) -> FolderReading:
        study = _study_for(store, interviews)
        watching = progress if store.readings(study) else heeding  # as in a run
        paths = [*map(str, interviews), *_rosters(interviews)]
        failures.extend(read_files(store, study, paths, ReadSettings(), watching).failures)
        coder = Coder(store, study, study_framework(study), analyst, Lanes(limits), Budget(), watching, Tally())
        return asyncio.run(_read(coder, interviews, settings.names, failures))

    with _kept_for(name) as database, closing(open_store(database)) as store:
        analyst = open_analyst(name, store, settings.timeout_seconds, settings.offline_embeddings)
        return evaluate_gold(Path(folder), read), failures


@contextmanager
def _kept_for(model: str) -> Iterator[str]:
    """Where an evaluation has its database: kept where answers were paid for, else gone afterwards with its keys."""
    if not is_built_in(model):
        yield EVALUATION_DB
        return
    with TemporaryDirectory() as folder:
        yield str(Path(folder) / EVALUATION_DB)


async def _read(coder: Coder, interviews: Sequence[Path], names: str, failures: list[Failure]) -> FolderReading:
    readable: list[Transcript] = []
    for one in transcripts_for(coder.store, coder.study, coder.analyst, names):
        if (why := unreadable(coder.analyst.model, one)) is None:
            readable.append(one)
        else:
            failures.append(Failure(one.name, why))
    outcome = await code_transcripts(coder, readable, sum(len(chunk_lines(one)) for one in readable))
    if outcome.fatal is not None:
        raise outcome.fatal
    drafted = await draft_study(coder, readable, None)
    failures += [*outcome.failures, *drafted.failures]
    stored = coder.store.last_draft(coder.study)
    personas = stored.draft.personas if stored else ()
    read = _by_path(coder.store, coder.study, interviews)
    if any(coder.store.names_replaced(coder.study).values()):
        read = _in_their_words(read, interviews)
    return FolderReading(
        transcripts=read,
        findings=coder.store.findings(coder.study),
        segments={person: one.id for one in personas for person in one.participant_ids},
        claims=stored.draft.claims() if stored else (),
    )


def _by_path(store: Store, study: Study, interviews: Sequence[Path]) -> dict[Path, Transcript]:
    by_id = {transcript.id: transcript for transcript in store.shelf(study)}
    files = {file.key: file.transcript_ids for file in store.files(study) if file.state == "read"}
    return {path: by_id[id_] for path in interviews for id_ in files.get(file_key(path, path.name), ()) if id_ in by_id}


def _in_their_words(masked: Mapping[Path, Transcript], interviews: Sequence[Path]) -> dict[Path, Transcript]:
    """The same transcripts, as the files have them and not under pseudonyms: quotes of the gold may hold a name.

    Only what is scored is so: a model was sent the others, whose lines are the same ones. An interview that can no
    longer be read so stays as it is.
    """
    with closing(open_store(":memory:")) as store:
        study = _study_for(store, interviews)
        read_files(store, study, [*map(str, interviews), *_rosters(interviews)], ReadSettings(), Silent())
        sources = _by_path(store, study, interviews)
    return {path: _unmasked(one, sources.get(path)) for path, one in masked.items()}


def _unmasked(masked: Transcript, source: Transcript | None) -> Transcript:
    if source is None or [line.turn for line in source.lines] != [line.turn for line in masked.lines]:
        return masked
    known = [one.participant for one in masked.speakers]
    if len(known) != len(source.speakers):
        return masked
    speakers = tuple(replace(one, participant=person) for one, person in zip(source.speakers, known, strict=True))
    return replace(source, id=masked.id, speakers=speakers)


def _study_for(store: Store, interviews: Sequence[Path]) -> Study:
    # By where they lie and not by their words: the same folder is the same study when it is evaluated again.
    name = f"evaluation {content_id([str(path.absolute()) for path in interviews])}"
    return store.study(name) if store.has_study(name) else store.add_study(name, "", "en", "customer", "")


def _rosters(interviews: Sequence[Path]) -> list[str]:
    folders = {path.parent for path in interviews}
    return sorted(str(file) for folder in folders for file in folder.iterdir() if _ROSTER.fullmatch(file.name))
