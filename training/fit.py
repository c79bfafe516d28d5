"""Fitting: rows and targets to heads, with thresholds found on studies that were left out inside the training set."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]
from sklearn.exceptions import ConvergenceWarning  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from corpus import DRIVERS, Corpus, Source, driver_shares, kind_targets, label_rows
from synth.domain import Kind
from synth.matching import Span, count_matches
from synth.offline.decide import find_passages, worth_telling
from synth.offline.features import Floats, column_names
from synth.offline.heads import Calibration, Heads, quantise, vector_context
from synth.offline.vectors import WIDTH

warnings.filterwarnings("ignore", category=ConvergenceWarning)

KINDS = tuple(kind.value for kind in Kind)
BINARY = (("valence", "positive"), ("valence", "strong"), ("valence", "stated"))
"""Outputs that say yes or no about an emotion."""
CHOICES = (("emotion", "emotion"), ("driver", "motivation"), ("channel", "touchpoint"), ("phase", None))
"""Label and kind (None: any) of outputs of which one is chosen."""
FREEDOM = {
    "kind": (0.2, 0.1),
    "valence": (0.2, 0.2),
    "emotion": (0.3, 0.1),
    "driver": (0.1, 0.05),
    "channel": (0.5, 0.15),
    "phase": (0.1, 0.03),
}
"""How freely outputs are fitted on words and on vectors: the inverse strength of regularisation."""
WEIGHTS = {
    "channel": {"line/channel/": 5.0, "/channel/": 1.3, "": 0.2},
    "phase": {"place/": 7.0},
    "driver": {"line/driver/": 15.0, "/driver/": 4.0},
    "valence": {"feeling/line/": 10.0, "feeling/": 5.0, "tone/line/": 5.0, "tone/": 3.3, "reply/": 3.3},
    "emotion": {"line/emotion/": 3.0},
}
"""How much a label's columns count, by what their names hold; the first that fits, 1 where none does.

A heavier column costs a fit less: it is told that these columns matter more than the hundreds of others do.
"""


BALANCE = {"driver": 0.5}
"""How far rare labels are lifted, 0 not at all and 1 to the weight of common ones.

Without it nineteen reasons in twenty would be called `feel secure`: right more often, and no use to tell people apart.
"""


KIND_WEIGHT: dict[Source, float] = {"studies": 1.0, "segments": 1.0, "bank": 1.0, "moments": 0.0}
LABEL_WEIGHT: dict[Source, float] = {"studies": 1.0, "segments": 1.0, "bank": 1.0, "moments": 1.0}
"""How much a row counts, by where it comes from."""


Rows = sparse.csr_matrix | Floats
VECTORS = {"valence": 6, "channel": 6}
"""How many of the six vectors of a line (`vector_context`) tell something, in their order; 2 where nothing is said.

Which way a feeling goes often shows in what the interviewer says to it; what a line is, mostly in itself.
"""


def columns_read(corpus: Corpus, matrix: Rows, bank: str, label: str) -> int:
    """The columns that an output looks at, the first ones; weights of the others are zero."""
    return matrix.shape[1] if bank == "words" else corpus.dense.shape[1] + VECTORS.get(label, 2) * WIDTH


def column_weights(label: str) -> NDArray[np.float64]:
    """One weight a dense column."""
    rules = WEIGHTS.get(label, {})
    return np.array([next((w for part, w in rules.items() if part in name), 1.0) for name in column_names()])


@dataclass(frozen=True)
class Matrices:
    """What the two banks read."""

    words: sparse.csr_matrix
    vectors: Floats | None
    mean: Floats


def matrices(corpus: Corpus, chosen: Sequence[int]) -> Matrices:
    """The rows of all interviews; the mean vector is that of the chosen ones."""
    dense = sparse.csr_matrix(corpus.dense)
    words = sparse.hstack([corpus.hashed, dense], format="csr")
    if corpus.vectors is None:
        return Matrices(words, None, np.zeros(0, dtype=np.float32))
    mean = np.asarray(corpus.vectors[corpus.rows_of(chosen), :WIDTH].mean(axis=0), dtype=np.float16).astype(np.float32)
    ends = [*corpus.start[1:], corpus.dense.shape[0]]
    contexts = [
        vector_context(each.features, corpus.vectors[start:end], mean)
        for each, start, end in zip(corpus.interviews, corpus.start, ends, strict=True)
    ]
    return Matrices(words, np.hstack([corpus.dense, np.vstack(contexts)]), mean)


def fit_binary(
    rows: Rows, target: NDArray[np.int64], weight: NDArray[np.float64], freedom: float
) -> NDArray[np.float64]:
    """Weights of the columns and, last, the bias."""
    if sparse.issparse(rows):
        model = LogisticRegression(C=freedom, solver="liblinear", max_iter=300, random_state=0)
    else:  # in half the time
        model = LogisticRegression(C=freedom, max_iter=150, tol=1e-4)
    model.fit(rows, target, sample_weight=weight)
    return np.append(model.coef_[0], model.intercept_[0])


def fit_choice(
    rows: Rows, labels: NDArray[np.str_], weight: NDArray[np.float64], freedom: float, balance: float
) -> dict[str, NDArray[np.float64]]:
    """Weights and bias for each label."""
    names, counts = np.unique(labels, return_counts=True)
    lifted = (len(labels) / len(names) / counts) ** balance
    model = LogisticRegression(C=freedom, max_iter=100, tol=1e-3, class_weight=dict(zip(names, lifted, strict=True)))
    model.fit(rows, labels, sample_weight=weight)
    return {
        str(label): np.append(weights, bias)
        for label, weights, bias in zip(model.classes_, model.coef_, model.intercept_, strict=True)
    }


def fit_kinds(corpus: Corpus, banks: Matrices, chosen: Sequence[int]) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Weights of the three kinds, by bank."""
    counts = source_weights(corpus, KIND_WEIGHT)
    rows = corpus.rows_of(chosen)
    rows = rows[counts[rows] > 0]
    fitted: dict[str, dict[str, NDArray[np.float64]]] = {"words": {}, "vectors": {}}
    for kind in KINDS:
        target, weight = kind_targets(corpus, kind)
        weight = weight * counts
        for at, (bank, matrix) in enumerate((("words", banks.words), ("vectors", banks.vectors))):
            if matrix is not None:
                read = columns_read(corpus, matrix, bank, "kind")
                weights = fit_binary(matrix[rows][:, :read], target[rows], weight[rows], FREEDOM["kind"][at])
                fitted[bank][f"kind/{kind}"] = _widened(weights, matrix.shape[1])
    return fitted


def fit_labels(
    corpus: Corpus, banks: Matrices, chosen: Sequence[int], only: Sequence[str] = ()
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Weights of all labels, or of `only` these, by bank."""
    mine = np.zeros(corpus.dense.shape[0], dtype=bool)
    mine[corpus.rows_of(chosen)] = True
    counts = source_weights(corpus, LABEL_WEIGHT)
    mine &= counts > 0
    fitted: dict[str, dict[str, NDArray[np.float64]]] = {"words": {}, "vectors": {}}
    for at, (bank, matrix) in enumerate((("words", banks.words), ("vectors", banks.vectors))):
        if matrix is None:
            continue
        first_dense = corpus.hashed.shape[1] if bank == "words" else 0
        for prefix, label in BINARY:
            if only and label not in only:
                continue
            weights = _all_weights(prefix, columns_read(corpus, matrix, bank, prefix), first_dense)
            rows, labels = label_rows(corpus, Kind.EMOTION.value, label)
            keep = mine[rows]
            target = (labels[keep] == "True").astype(np.int64)
            scaled = _scaled(matrix, rows[keep], weights)
            plain = fit_binary(scaled, target, counts[rows[keep]], FREEDOM[prefix][at])
            fitted[bank][f"{prefix}/{label}"] = _widened(plain * np.append(weights, 1.0), matrix.shape[1])
        for label, kind in CHOICES:
            if only and label not in only:
                continue
            weights = _all_weights(label, columns_read(corpus, matrix, bank, label), first_dense)
            rows, labels = label_rows(corpus, kind, label)
            keep = mine[rows]
            scaled = _scaled(matrix, rows[keep], weights)
            choice = fit_choice(scaled, labels[keep], counts[rows[keep]], FREEDOM[label][at], BALANCE.get(label, 0.0))
            for key, each in choice.items():
                fitted[bank][f"{label}/{key}"] = _widened(each * np.append(weights, 1.0), matrix.shape[1])
    return fitted


def _widened(weights: NDArray[np.float64], columns: int) -> NDArray[np.float64]:
    """Weights with zeros for columns that were not looked at, before the bias."""
    return np.concatenate([weights[:-1], np.zeros(columns + 1 - len(weights)), weights[-1:]])


def _scaled(matrix: Rows, rows: NDArray[np.int64], weights: NDArray[np.float64]) -> Rows:
    """Some rows with their columns weighed."""
    chosen = matrix[rows][:, : len(weights)]
    return chosen @ sparse.diags(weights) if sparse.issparse(chosen) else chosen * weights.astype(np.float32)


def source_weights(corpus: Corpus, weights: dict[Source, float]) -> NDArray[np.float64]:
    """How much each row counts, by where it comes from."""
    return np.concatenate([np.full(len(each.features.lines), weights[each.source]) for each in corpus.interviews])


def _all_weights(label: str, columns: int, first_dense: int) -> NDArray[np.float64]:
    weights = np.ones(columns)
    dense = column_weights(label)
    weights[first_dense : first_dense + len(dense)] = dense
    return weights


# --- People ------------------------------------------------------------------------------------------------------

_PULL = 3.0
"""Of ridge regression, next to the mean likeness of a person to themself."""


def fit_leanings(corpus: Corpus, banks: Matrices, chosen: Sequence[int]) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Weights of `leaning/DRIVER`: what moves a person, told from all that they say, by bank.

    A person's share of each driver is fitted on the mean of their lines, each against the others of the study, since
    people of one study speak of the same things. The words bank reads n-grams and word lists, the vectors bank the
    lines' own vectors.
    """
    people = [each for each in chosen if corpus.interviews[each].source != "moments"]
    shares = np.array([driver_shares(corpus.interviews[each].items) for each in people])
    people = [each for each, row in zip(people, shares, strict=True) if row.any()]
    shares = np.sqrt(shares[shares.any(axis=1)])
    groups = np.array([corpus.interviews[each].study for each in people])
    fitted: dict[str, dict[str, NDArray[np.float64]]] = {"words": {}, "vectors": {}}
    for bank, matrix in (("words", banks.words), ("vectors", banks.vectors)):
        if matrix is None:
            continue
        means = np.array([np.asarray(matrix[corpus.rows_of([each])].mean(axis=0)).ravel() for each in people])
        sizes = np.ones(means.shape[1])
        if bank == "words":
            hashed = corpus.hashed.shape[1]
            sizes[:hashed], sizes[hashed:] = _size(means[:, :hashed]), _size(means[:, hashed:])
        else:
            dense = corpus.dense.shape[1]
            sizes[:], sizes[dense : dense + WIDTH] = 0.0, 1.0
        rows, wanted = _against(means * sizes, groups), _against(shares, groups)
        alike = rows @ rows.T
        scale = float(np.trace(alike)) / len(rows)
        answers = np.linalg.solve(alike / scale + _PULL * np.eye(len(rows)), wanted)
        weights = (rows.T @ answers) / scale * sizes[:, None]
        fitted[bank] = {f"leaning/{key}": np.append(weights[:, at], 0.0) for at, key in enumerate(DRIVERS)}
    return fitted


def _size(rows: NDArray[np.float64]) -> float:
    """What brings rows to length one on average, told against their mean."""
    centred = rows - rows.mean(axis=0)
    return float(1 / np.sqrt((centred**2).sum(axis=1).mean()))


def _against(rows: NDArray[np.float64], groups: NDArray[np.str_]) -> NDArray[np.float64]:
    """Rows less the mean of their group."""
    result = rows.copy()
    for group in np.unique(groups):
        result[groups == group] -= rows[groups == group].mean(axis=0)
    return result


# --- Taught by vectors -------------------------------------------------------------------------------------------

_TAUGHT_PULL = 30.0
"""Of ridge regression."""
_TAUGHT_STEPS = 40
"""Of conjugate gradients, after which nothing moves that counts."""


def teach_words(
    corpus: Corpus, banks: Matrices, fitted: dict[str, dict[str, NDArray[np.float64]]], chosen: Sequence[int]
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Weights of `meant/DRIVER`: what sentence vectors say of a line's drivers, and words in their place, by bank.

    Few lines are annotated with a driver; how the vectors bank scores can be learnt from every line. Which words the
    passages of reasons hold is not enough to hear what moves a person in the rest of what they say.
    """
    if banks.vectors is None:
        return {"words": {f"meant/{key}": fitted["words"][f"driver/{key}"] for key in DRIVERS}, "vectors": {}}
    rows = corpus.rows_of([each for each in chosen if corpus.interviews[each].source != "moments"])
    teacher = np.array([fitted["vectors"][f"driver/{key}"] for key in DRIVERS]).T
    dense = corpus.dense.shape[1]
    wanted = banks.vectors[rows][:, dense:].astype(np.float64) @ teacher[dense:-1]
    usual = wanted.mean(axis=0)
    taught = _ridge(banks.words[rows], wanted - usual, _TAUGHT_PULL, _TAUGHT_STEPS)
    return {
        "words": {f"meant/{key}": np.append(taught[:, at], usual[at]) for at, key in enumerate(DRIVERS)},
        "vectors": {f"meant/{key}": fitted["vectors"][f"driver/{key}"] for key in DRIVERS},
    }


def _ridge(rows: sparse.csr_matrix, wanted: NDArray[np.float64], pull: float, steps: int) -> NDArray[np.float64]:
    """Weights of ridge regression, a column for each wanted one, by conjugate gradients."""
    turned = rows.T.tocsr()
    weights = np.zeros((rows.shape[1], wanted.shape[1]))
    rest = turned @ wanted
    direction = rest.copy()
    size = (rest**2).sum(axis=0)
    for _ in range(steps):
        turn = turned @ (rows @ direction) + pull * direction
        stride = size / (direction * turn).sum(axis=0)
        weights += stride * direction
        rest -= stride * turn
        smaller = (rest**2).sum(axis=0)
        direction = rest + smaller / size * direction
        size = smaller
    return weights


def phase_steps(corpus: Corpus, chosen: Sequence[int], phases: Sequence[str]) -> Floats:
    """From one finding's phase to the next one's: log odds against the frequency of the next, in order of telling."""
    steps = np.full((len(phases), len(phases)), 0.5)
    frequency = np.full(len(phases), 0.5)
    for each in chosen:
        items = sorted((item["start"], item["phase"]) for item in corpus.interviews[each].items if item.get("phase"))
        told = [phases.index(phase) for _, phase in items]
        for at in told:
            frequency[at] += 1
        for one, other in pairwise(told):
            steps[one, other] += 1
    odds = np.log(steps / steps.sum(axis=1, keepdims=True)) - np.log(frequency / frequency.sum())
    return np.asarray(odds.astype(np.float16), dtype=np.float32)


def assemble(corpus: Corpus, banks: Matrices, fitted: dict[str, dict[str, NDArray[np.float64]]]) -> Heads:
    """Heads as they ship, but not yet calibrated."""
    outputs = tuple(fitted["words"])
    words = np.array([fitted["words"][name] for name in outputs]).T
    buckets, columns = corpus.hashed.shape[1], corpus.dense.shape[1]
    hashed, scale = quantise(words[:buckets])
    empty = np.zeros((0, len(outputs)), dtype=np.float32)
    vectors = empty if banks.vectors is None else np.array([fitted["vectors"][name] for name in outputs]).T
    half = np.float16
    return Heads(
        outputs=outputs,
        hashed=hashed,
        hashed_scale=scale,
        dense=words[buckets:-1].astype(half).astype(np.float32),
        bias=words[-1].astype(np.float32),
        vector_dense=vectors[:columns].astype(half).astype(np.float32),
        vector=vectors[columns:-1].astype(half).astype(np.float32),
        vector_bias=vectors[-1].astype(np.float32) if len(vectors) else np.zeros(len(outputs), dtype=np.float32),
        vector_mean=banks.mean,
        calibration={},
        phase_steps=np.zeros((0, 0), dtype=np.float32),
    )


# --- Thresholds --------------------------------------------------------------------------------------------------


GIVEN_UP = {
    "words": {"emotion": 0.05, "motivation": 0.0, "touchpoint": 0.01},
    "vectors": {"emotion": 0.01, "motivation": 0.0, "touchpoint": 0.0},
}
"""Which share of the best F1 is given up for being right more often: the strictest threshold within it is taken.

What is left out is above all what would be told wrongly: a feeling with its sign turned round misleads, one that is
missing does not.
"""
CLEAR = {
    "words": {"emotion": 2.0, "motivation": 0.0, "touchpoint": 1.5},
    "vectors": {"emotion": 1.5, "motivation": 0.0, "touchpoint": 1.5},
}
"""How much it counts that it is clear what would be said of a line (`Calibration.clear`)."""
_FOLDS = 2
"""How often studies are left out for the thresholds; each time a part of them."""
_WEIGHED = ("positive", "channel")
"""Labels that decide with the kinds which lines are told (`worth_telling`)."""

Judged = dict[int, dict[str, dict[str, Floats]]]
"""Scores by interview, bank and kind, of heads that were not fitted on it."""


def left_out_scores(corpus: Corpus, heads: Heads, chosen: Sequence[int]) -> Judged:
    """How these heads score interviews that they were not fitted on."""
    found: Judged = {}
    for each in chosen:
        lines = corpus.interviews[each].features.lines
        found[each] = {
            bank: {
                kind.value: worth_telling(kind, scores, heads.columns(), lines, CLEAR[bank][kind.value])
                for kind in Kind
            }
            for bank, scores in bank_scores(corpus, heads, each).items()
        }
    return found


def cross_scores(corpus: Corpus, chosen: Sequence[int]) -> Judged:
    """Scores of the studies among the chosen interviews, each by heads that were fitted on the others."""
    studies = sorted({corpus.interviews[each].study for each in chosen if corpus.interviews[each].source == "studies"})
    scores: Judged = {}
    for fold in range(_FOLDS):
        left_out = studies[fold::_FOLDS]
        inner = [each for each in chosen if corpus.interviews[each].study not in left_out]
        banks = matrices(corpus, inner)
        kinds, labels = fit_kinds(corpus, banks, inner), fit_labels(corpus, banks, inner, _WEIGHED)
        heads = assemble(corpus, banks, {bank: kinds[bank] | labels[bank] for bank in kinds})
        outer = [each for each in chosen if corpus.interviews[each].study in left_out]
        scores |= left_out_scores(corpus, heads, outer)
    return scores


def calibrate(corpus: Corpus, scores: Judged) -> dict[str, Calibration]:
    """For each bank and kind: the threshold (see `GIVEN_UP`), and the probability behind a score."""
    judged = sorted(scores)
    return {
        f"{bank}/{kind}": _calibration(corpus, judged, bank, kind, {each: scores[each][bank][kind] for each in judged})
        for bank in scores[judged[0]]
        for kind in KINDS
    }


def bank_scores(corpus: Corpus, heads: Heads, each: int) -> dict[str, Floats]:
    """Scores of one interview without vectors and, where there are any, with them."""
    interview = corpus.interviews[each]
    found = {"words": heads.scores(interview.features, None)}
    if corpus.vectors is not None:
        rows = corpus.rows_of([each])
        context = vector_context(interview.features, corpus.vectors[rows], heads.vector_mean)
        found["vectors"] = heads.scores(interview.features, context)
    return found


def _calibration(corpus: Corpus, chosen: Sequence[int], bank: str, kind: str, scores: dict[int, Floats]) -> Calibration:
    pooled = np.concatenate([scores[each] for each in chosen])
    rows = corpus.rows_of(chosen)
    target, weight = kind_targets(corpus, kind)
    model = LogisticRegression(C=100.0, max_iter=300).fit(pooled[:, None], target[rows], sample_weight=weight[rows])
    plain = Calibration(0.0, float(model.coef_[0, 0]), float(model.intercept_[0]), CLEAR[bank][kind])
    candidates = np.unique(np.quantile(pooled, np.linspace(0.6, 0.98, 60)).round(3))
    f1 = np.array([_f1(corpus, kind, scores, replace(plain, threshold=float(t))) for t in candidates])
    # The top is flat and noisy: the middle of the neighbourhood that is nearly as good, not its accidental peak.
    smooth = np.convolve(np.pad(f1, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    good = np.flatnonzero(smooth >= (1 - GIVEN_UP[bank][kind]) * smooth.max())
    threshold = round(float(candidates[good[-1]]), 3)
    return Calibration(threshold, round(plain.slope, 4), round(plain.shift, 4), plain.clear)


def _f1(corpus: Corpus, kind: str, scores: dict[int, Floats], calibration: Calibration) -> float:
    hits = wrong = missed = 0
    for each, found in scores.items():
        interview = corpus.interviews[each]
        spans = []
        for passage in find_passages(Kind(kind), interview.features.lines, found, calibration):
            start, end, _ = interview.transcript.slice(passage.first_line, passage.last_line)
            spans.append(Span(start, end))
        items = [item for item in interview.items if item["type"] == kind]
        gold = [Span(item["start"], item["end"], bool(item.get("optional"))) for item in items]
        one, two, three = count_matches(gold, spans)
        hits, wrong, missed = hits + one, wrong + two, missed + three
    return 2 * hits / max(1, 2 * hits + wrong + missed)


def fit_plain(corpus: Corpus, chosen: Sequence[int]) -> Heads:
    """Heads from these interviews, without thresholds."""
    banks = matrices(corpus, chosen)
    kinds, labels = fit_kinds(corpus, banks, chosen), fit_labels(corpus, banks, chosen)
    leanings = fit_leanings(corpus, banks, chosen)
    taught = teach_words(corpus, banks, labels, chosen)
    fitted = {bank: kinds[bank] | labels[bank] | leanings[bank] | taught[bank] for bank in kinds}
    heads = assemble(corpus, banks, fitted)
    return replace(heads, phase_steps=phase_steps(corpus, chosen, list(heads.columns("phase"))))


def fit_heads(corpus: Corpus, chosen: Sequence[int]) -> Heads:
    """Heads from these interviews, ready to ship."""
    return replace(fit_plain(corpus, chosen), calibration=calibrate(corpus, cross_scores(corpus, chosen)))
