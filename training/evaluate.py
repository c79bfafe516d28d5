"""How good the built-in reader is on studies it has not seen: every study left out once (`make evaluate-reader`).

Two studies at a time are left out: heads are fitted on the eight others, the segments, the bank and the moments, and
thresholds are chosen on those eight alone, each scored by heads that did not see it; the reader that ships then reads
the left-out studies with these heads, and `synth.evaluate` scores it by the rule of `synth eval`. The tables also go
into docs/offline-reader.md, between its marks; with `--check` they are only compared with what stands there.

With `--segments` people are put into segments too, and the tables have the adjusted Rand index (column segm): of the
ten studies and of those in `segments/`, which no heads have seen here. That is a report, and written nowhere.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

# More threads are slower here, and sums in another order would give other last digits.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from corpus import CACHE, SEGMENTS, STUDIES, Corpus, MemoryCache, build_corpus, load_interviews
from fit import Judged, calibrate, fit_plain, left_out_scores
from synth.analyst import CodeChunk
from synth.chunk import chunk_lines
from synth.domain import Finding, Role, Transcript
from synth.evaluate import FolderReading, Scores, evaluate_gold
from synth.extract import extract_findings
from synth.frameworks import DEFAULT_FRAMEWORK, load_framework
from synth.offline.heads import Heads
from synth.offline.merging import merge_labels
from synth.offline.reader import Reader
from synth.personas import make_passages
from synth.scores import as_text
from synth.segments import segment_participants
from synth.themes import build_themes, merge_tasks

DOCS = Path(__file__).parents[1] / "docs" / "offline-reader.md"


def read_study(corpus: Corpus, reader: Reader, segmented: bool, paths: Sequence[Path]) -> FolderReading:
    """The findings of the reader in the interviews at these paths and, where wanted, the segments of their people."""
    framework = load_framework(DEFAULT_FRAMEWORK)
    transcripts: dict[Path, Transcript] = {}
    findings: list[Finding] = []
    for interview in corpus.interviews:
        if interview.path not in paths:
            continue
        transcript = with_participant(interview.transcript, interview.name)
        transcripts[interview.path] = transcript
        for chunk in chunk_lines(transcript):
            task = CodeChunk(transcript, chunk, framework, "", transcript.language)
            findings += extract_findings(task, reader.code(task))[0]
    segments = find_segments(reader, list(transcripts.values()), findings) if segmented else None
    return FolderReading(transcripts, findings, segments)


def find_segments(reader: Reader, transcripts: Sequence[Transcript], findings: Sequence[Finding]) -> dict[str, str]:
    """Participant to segment, as a draft of the built-in analyst has them; those in none are missing."""
    framework, language = load_framework(DEFAULT_FRAMEWORK), transcripts[0].language
    words = {passage.finding.id: passage.words for passage in make_passages(findings, transcripts)}
    tasks = merge_tasks(findings, words, framework, language)
    themes, _ = build_themes(tasks, [merge_labels(task) for task in tasks])
    leanings = reader.leanings(transcripts, framework)
    found = segment_participants(findings, transcripts, themes, framework, language=language, leanings=leanings)
    return {person: segment.medoid_id for segment in found.segments for person in segment.participant_ids}


def with_participant(transcript: Transcript, participant: str) -> Transcript:
    """The transcript with its participant named, as a study does."""
    speakers = tuple(
        replace(speaker, participant=participant if speaker.role is Role.PARTICIPANT else None)
        for speaker in transcript.speakers
    )
    return replace(transcript, speakers=speakers)


def read_left_out(
    corpus: Corpus, all_heads: dict[Path, Heads], cached: MemoryCache | None, bank: str, segmented: bool = False
) -> Scores:
    """Scores of every study, read with heads that have not seen it."""
    parts = []
    for folder, heads in all_heads.items():
        reader = Reader(cached, bank == "vectors", heads)
        parts.append(evaluate_gold(folder, partial(read_study, corpus, reader, segmented)))
    return Scores(tuple(each for part in parts for each in part.studies))


AT_ONCE = 2
"""Studies that are left out together: half the fits of leaving out one, and no kinder."""


def fit_without_each(corpus: Corpus, unseen: Collection[Path] = ()) -> dict[Path, Heads]:
    """For each study: heads of others, with thresholds chosen on the studies that are read with other heads than it.

    Args:
        corpus: all interviews.
        unseen: folders of studies that no heads are fitted on; they have heads of all that is left.
    """
    studies = sorted({corpus.interviews[at].path.parent for at in corpus.judged})
    steps = len(studies) // AT_ONCE
    groups = [studies[fold::steps] for fold in range(steps)] + ([list(unseen)] if unseen else [])
    fitted: list[Heads] = []
    scores: list[Judged] = []
    for group in groups:
        started = time.process_time()
        others = [
            at for at, interview in enumerate(corpus.interviews) if interview.path.parent not in {*group, *unseen}
        ]
        fitted.append(fit_plain(corpus, others))
        scores.append(left_out_scores(corpus, fitted[-1], sorted(set(corpus.judged) - set(others))))
        names = ", ".join(folder.name for folder in group)
        print(f"left out {names}: {time.process_time() - started:.0f} s", file=sys.stderr, flush=True)
    found: dict[Path, Heads] = {}
    for fold, group in enumerate(groups):
        elsewhere = {at: each for other, part in enumerate(scores) if other != fold for at, each in part.items()}
        heads = replace(fitted[fold], calibration=calibrate(corpus, elsewhere))
        found |= dict.fromkeys(group, heads)
    return dict(sorted(found.items()))


def main() -> int:
    """Print the tables, and keep the model card in step with them."""
    parser = argparse.ArgumentParser(description="Leave-one-study-out figures of the built-in reader.")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--check", action="store_true", help=f"fail where {DOCS.name} has other figures")
    instead.add_argument("--segments", action="store_true", help="report segments too, of studies no heads have seen")
    parser.add_argument("--words-only", action="store_true", help="leave sentence vectors out")
    options = parser.parse_args()
    cached = None if options.words_only else MemoryCache(CACHE)
    banks = ("words",) if options.words_only else ("words", "vectors")
    corpus = build_corpus(load_interviews(), cached)
    if options.segments:
        report_segments(corpus, cached, banks)
        return 0
    all_heads = fit_without_each(corpus)
    before = text = DOCS.read_text(encoding="utf-8")
    for bank in banks:
        table = as_text(read_left_out(corpus, all_heads, cached, bank))
        print(f"{bank}\n{table}\n")
        text = with_table(text, bank, table)
    if options.check:
        return 0 if text == before else 1
    DOCS.write_text(text, encoding="utf-8")
    return 0


def report_segments(corpus: Corpus, cached: MemoryCache | None, banks: Sequence[str]) -> None:
    """Print the tables of both sets of studies with their segments."""
    unseen = sorted({interview.path.parent for interview in corpus.interviews if interview.source == "segments"})
    all_heads = fit_without_each(corpus, unseen)
    for bank in banks:
        for root in (SEGMENTS, STUDIES):
            chosen = {folder: heads for folder, heads in all_heads.items() if folder.parent == root}
            table = as_text(read_left_out(corpus, chosen, cached, bank, segmented=True))
            print(f"{bank}, {root.name}\n{table}\n", flush=True)


def with_table(text: str, bank: str, table: str) -> str:
    """The model card with the table between the marks of one bank."""
    start, end = f"<!-- {bank}: written by make evaluate-reader -->", f"<!-- end of {bank} -->"
    head, _, rest = text.partition(start)
    _, _, tail = rest.partition(end)
    return f"{head}{start}\n```text\n{table}\n```\n{end}{tail}"


if __name__ == "__main__":
    sys.exit(main())
