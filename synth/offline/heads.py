"""The trained part of the built-in reader: linear outputs on a line's features, and the file that they ship in.

An output is a weighted sum: `kind/emotion` says how likely a line shows a feeling, `channel/phone` how well a channel
fits. There are two banks: `words` reads n-grams and word lists, `vectors` reads word lists and sentence vectors; with
vectors at hand an output is the mean of the two. The file is a plain `.npz` of numbers (no pickle): n-gram weights as
int8 with a scale for each output, the others as float16.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from synth.offline.features import Floats, Hashed, TranscriptFeatures

WEIGHTS_FILE = "weights.npz"
FORMAT = 3


@dataclass(frozen=True, slots=True)
class Calibration:
    """How the score of one kind becomes a decision and a probability."""

    threshold: float
    """Scores from here on are findings."""
    slope: float
    """Of the probability 1 / (1 + exp(-(slope * score + shift)))."""
    shift: float
    clear: float = 0.0
    """How much it counts for a score that it is clear what would be said of the line (`worth_telling`)."""


@dataclass(frozen=True, slots=True)
class Heads:
    """Every weight of the reader."""

    outputs: tuple[str, ...]
    """`kind/...`, `valence/...`, `channel/...`, `driver/...`, `phase/...`, `emotion/...`, `leaning/...`,
    `meant/...` (the drivers once more, as sentence vectors alone judge a line)."""
    hashed: NDArray[np.int8]
    """Buckets by outputs."""
    hashed_scale: Floats
    dense: Floats
    """Columns of `TranscriptFeatures.dense` by outputs."""
    bias: Floats
    vector_dense: Floats
    vector: Floats
    """Columns of the vector context by outputs."""
    vector_bias: Floats
    vector_mean: Floats
    """Taken off a sentence vector before it is used."""
    calibration: Mapping[str, Calibration]
    """By bank and kind: `words/emotion`, `vectors/emotion`."""
    phase_steps: Floats
    """From phase (rows) to the next finding's (columns), as people tell: log odds against how frequent a phase is."""

    def scores(self, features: TranscriptFeatures, context: Floats | None) -> Floats:
        """Scores of every line (rows) for every output (columns).

        Args:
            features: of the transcript.
            context: the vector context of every line, see `vector_context`; None without vectors.
        """
        grams = np.zeros((len(features.lines), len(self.outputs)), dtype=np.float32)
        for row, line in enumerate(features.hashed):
            grams[row] = self._hashed_sum(line)
        words: Floats = grams * self.hashed_scale + features.dense @ self.dense + self.bias
        if context is None:
            return words
        vectors = features.dense @ self.vector_dense + context @ self.vector + self.vector_bias
        return np.asarray((words + vectors) / 2, dtype=np.float32)

    def _hashed_sum(self, line: Hashed) -> Floats:
        return line.weights @ self.hashed[line.buckets].astype(np.float32)

    def columns(self, prefix: str = "") -> dict[str, int]:
        """What comes after `prefix/` in the names of outputs, with their columns; all of them for no prefix."""
        start = f"{prefix}/" if prefix else ""
        return {name.removeprefix(start): at for at, name in enumerate(self.outputs) if name.startswith(start)}


VECTOR_SCALE = 10.0
"""Brings the small numbers of centred sentence vectors to the size of the other columns."""
_WINDOW = 5
_OTHER_TURN = 0.5
_BESIDE = 0.4
"""How much each vector counts that stands beside the line's own."""


def vector_context(features: TranscriptFeatures, vectors: Floats, mean: Floats) -> Floats:
    """What the vectors bank reads of each line, six vectors beside each other.

    Its own; a sum of the five before and after it, the nearer the heavier; the question it answers; what others say to
    it; the line before and the line after it in its turn. Lines of another turn count half in the sum: what a person
    said before the question still tells what they speak about.

    Args:
        features: of the transcript.
        vectors: one row a line of `features`: its own, its question's and its reply's (`line_vectors`).
        mean: taken off each vector.
    """
    width = len(mean)
    own, asked, replied = (vectors[:, at : at + width] for at in range(0, 3 * width, width))
    centred = own - mean
    turns = np.array([line.turn for line in features.lines])
    around, before, after = (np.zeros_like(centred) for _ in range(3))
    for step in range(1, _WINDOW + 1):
        weight = (1 - step / (_WINDOW + 1)) / _WINDOW
        near = np.where(turns[step:] == turns[:-step], weight, weight * _OTHER_TURN)[:, None]
        around[step:] += centred[:-step] * near
        around[:-step] += centred[step:] * near
    same = (turns[1:] == turns[:-1])[:, None]
    before[1:], after[:-1] = centred[:-1] * same, centred[1:] * same
    said = [np.where(each.any(axis=1, keepdims=True), each - mean, 0) for each in (asked, replied)]
    beside = np.hstack([*said, before, after]) * _BESIDE
    return np.asarray(np.hstack([centred, around, beside]) * VECTOR_SCALE, dtype=np.float32)


# --- The file ----------------------------------------------------------------------------------------------------


def quantise(weights: NDArray[np.float64]) -> tuple[NDArray[np.int8], Floats]:
    """Weights as int8 with one scale a column."""
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-9) / 127
    return np.rint(weights / scale).astype(np.int8), scale.astype(np.float32)


def dump_heads(heads: Heads) -> bytes:
    """The file's bytes; the same heads give the same bytes."""
    head = {
        "format": FORMAT,
        "outputs": heads.outputs,
        "calibration": {
            name: [each.threshold, each.slope, each.shift, each.clear]
            for name, each in sorted(heads.calibration.items())
        },
    }
    buffer = io.BytesIO()
    np.savez(
        buffer,
        head=np.frombuffer(json.dumps(head, sort_keys=True).encode(), dtype=np.uint8),
        hashed=heads.hashed,
        hashed_scale=heads.hashed_scale,
        dense=heads.dense.astype(np.float16),
        bias=heads.bias,
        vector_dense=heads.vector_dense.astype(np.float16),
        vector=heads.vector.astype(np.float16),
        vector_bias=heads.vector_bias,
        vector_mean=heads.vector_mean.astype(np.float16),
        phase_steps=heads.phase_steps.astype(np.float16),
    )
    return buffer.getvalue()


def parse_heads(data: bytes) -> Heads:
    """What `dump_heads` wrote.

    Raises:
        ValueError: the bytes are not such a file, or one of another version.
    """
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        head = json.loads(file["head"].tobytes())
        if head["format"] != FORMAT:
            raise ValueError(f"weights of format {head['format']}, not {FORMAT}: run make train")

        def floats(name: str) -> Floats:
            return np.asarray(file[name], dtype=np.float32)

        return Heads(
            outputs=tuple(head["outputs"]),
            hashed=np.asarray(file["hashed"], dtype=np.int8),
            hashed_scale=floats("hashed_scale"),
            dense=floats("dense"),
            bias=floats("bias"),
            vector_dense=floats("vector_dense"),
            vector=floats("vector"),
            vector_bias=floats("vector_bias"),
            vector_mean=floats("vector_mean"),
            calibration={name: Calibration(*values) for name, values in head["calibration"].items()},
            phase_steps=floats("phase_steps"),
        )


def shipped_weights() -> bytes:
    """The file that ships in the package."""
    return (resources.files("synth") / "offline" / WEIGHTS_FILE).read_bytes()


def softmax(scores: Floats, columns: Sequence[int]) -> Floats:
    """Probabilities over some columns of one row."""
    chosen = scores[list(columns)].astype(np.float64)
    powers = np.exp(chosen - chosen.max())
    return np.asarray(powers / powers.sum(), dtype=np.float32)
