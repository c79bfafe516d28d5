"""How good the built-in reader is on studies it has not seen: every study left out once (`make evaluate-reader`).

For each study the heads are fitted, and the thresholds chosen, on the nine others alone; the reader that ships then reads
the left-out study with these heads, and `synth.evaluate` scores it by the rule of `synth eval`. With `--write` the tables go
into docs/offline-reader.md between its marks.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

# More threads are slower here, and sums in another order would give other last digits.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from dataclasses import replace

from corpus import STUDIES, Corpus, MemoryCache, build_corpus, load_interviews
from fit import fit_heads
from synth.analyst import CodeChunk
from synth.chunk import chunk_lines
from synth.domain import Finding, Transcript
from synth.evaluate import FolderReading, Scores, as_text, evaluate_gold
from synth.extract import extract_findings
from synth.frameworks import DEFAULT_FRAMEWORK, load_framework
from synth.offline.heads import Heads
from synth.offline.reader import Reader

DOCS = Path(__file__).parents[1] / "docs" / "offline-reader.md"
CACHE = Path(__file__).parents[1] / "build" / "training-vectors.npz"


def read_study(
    corpus: Corpus, reader: Reader, paths: Sequence[Path]
) -> FolderReading:
    """The findings of the reader in the interviews at these paths; segments are not drafted here."""
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
    return FolderReading(transcripts, findings, None)


def with_participant(transcript: Transcript, participant: str) -> Transcript:
    """The transcript with its participant named, as a study does."""
    speakers = tuple(
        replace(speaker, participant=participant if speaker.name == participant else None)
        for speaker in transcript.speakers
    )
    return replace(transcript, speakers=speakers)


def leave_one_out(corpus: Corpus, embeddings: bool) -> Scores:
    """Scores of every study, read with heads from the others."""
    studies = sorted({interview.study for interview in corpus.interviews})
    parts = []
    for study in studies:
        heads = heads_without(corpus, study)
        reader = Reader(embeddings=embeddings, heads=heads, cache=MEMORY)
        parts.append(evaluate_gold(STUDIES / study, lambda paths, reader=reader: read_study(corpus, reader, paths)))
    return Scores(tuple(each for part in parts for each in part.studies))


_HEADS: dict[str, Heads] = {}
MEMORY: MemoryCache | None = None


def heads_without(corpus: Corpus, study: str) -> Heads:
    """Heads of all studies but one."""
    if study not in _HEADS:
        started = time.process_time()
        _HEADS[study] = fit_heads(
            corpus, [at for at, interview in enumerate(corpus.interviews) if interview.study != study]
        )
        print(f"left out {study}: {time.process_time() - started:.0f} s", file=sys.stderr, flush=True)
    return _HEADS[study]


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"put the tables into {DOCS.name}")
    parser.add_argument("--words-only", action="store_true", help="leave sentence vectors out")
    options = parser.parse_args()
    global MEMORY
    MEMORY = None if options.words_only else MemoryCache(CACHE)
    corpus = build_corpus(load_interviews(), MEMORY)
    tables = {"words": as_text(leave_one_out(corpus, embeddings=False))}
    if not options.words_only:
        tables["vectors"] = as_text(leave_one_out(corpus, embeddings=True))
    for name, table in tables.items():
        print(f"{name}\n{table}\n")
        if options.write:
            write_table(name, table)
    return 0


def write_table(name: str, table: str) -> None:
    """Replace the table between the marks of one name."""
    text = DOCS.read_text(encoding="utf-8")
    start, end = f"<!-- {name}: written by make evaluate-reader -->", f"<!-- end of {name} -->"
    head, _, rest = text.partition(start)
    _, _, tail = rest.partition(end)
    DOCS.write_text(f"{head}{start}\n```text\n{table}\n```\n{end}{tail}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
