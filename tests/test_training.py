"""What the built-in reader is trained on: well-formed, and nothing in it is also judged by."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse  # type: ignore[import-untyped]

from synth.domain import fold_space
from synth.evaluate import evaluate_gold
from synth.frameworks import DEFAULT_FRAMEWORK, load_framework
from synth.gold import OTHER_NAMES
from synth.offline.heads import Heads
from synth.offline.reader import Reader, shipped_heads

ROOT = Path(__file__).parents[1]
TRAINING = ROOT / "training"
FRAMEWORK = load_framework(DEFAULT_FRAMEWORK)
EMOTIONS = {emotion.key for emotion in FRAMEWORK.emotions}
CHANNELS = {channel.key for channel in FRAMEWORK.channels}
DRIVERS = {driver.key for driver in FRAMEWORK.drivers} | {"functional"}
PHASES = set(FRAMEWORK.phase_keys)


def _moments(language: str) -> list[str]:
    rows = (TRAINING / "moments" / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    return [row for row in rows if row.strip()]


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_heading_of_the_moments_names_a_key_of_the_framework(language: str) -> None:
    for heading in (row.lstrip("# ") for row in _moments(language) if row.startswith("#")):
        what, _, key = heading.partition(" ")
        if what == "emotion":
            name, _, valence = key.partition(" ")
            assert name in EMOTIONS, heading
            assert valence in {"-2", "-1", "0", "1", "2"}, heading
        else:
            assert key in {"driver": DRIVERS, "channel": CHANNELS}[what], heading


@pytest.mark.parametrize("source", ["bank", "segments"])
def test_quotes_and_labels_that_are_trained_on_hold(source: str) -> None:
    golds = sorted((TRAINING / source).glob("*/*.json"))
    assert golds
    for gold in golds:
        text = gold.with_suffix(".txt").read_text(encoding="utf-8")
        for item in json.loads(gold.read_text(encoding="utf-8"))["items"]:
            assert text[item["start"] : item["end"]] == item["quote"], gold.name
            assert item.get("phase") in PHASES | {None}
            assert item["type"] != "touchpoint" or item["channel"] in CHANNELS, gold.name
            driver = item.get("driver")
            assert item["type"] != "motivation" or OTHER_NAMES.get(driver, driver) in DRIVERS, gold.name


@pytest.mark.parametrize("language", ["en", "nl"])
def test_nothing_of_the_moments_stands_in_what_readers_are_judged_by(language: str) -> None:
    judged = [*(TRAINING / "studies").glob("*/*.txt"), *(ROOT / "fixtures").glob("interviews*/*.txt")]
    texts = [fold_space(file.read_text(encoding="utf-8", errors="replace")).casefold() for file in judged]
    sentences = [row.strip().casefold() for row in _moments(language) if not row.startswith("#")]
    assert len(sentences) > 500
    assert [one for one in sentences if len(one) > 25 and any(one in text for text in texts)] == []


@pytest.fixture
def evaluation(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module `training/evaluate.py`, whose threads and paths are set back afterwards."""
    pytest.importorskip("sklearn")
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "1")
    monkeypatch.syspath_prepend(str(TRAINING))
    return importlib.import_module("evaluate")


def _corpus(evaluation: Any, golds: Sequence[Path]) -> Any:
    load = importlib.import_module("corpus")._load
    interviews = [load(gold.parents[1].name, gold.parent.name, gold) for gold in golds]
    return evaluation.build_corpus(interviews, None)


@pytest.mark.parametrize("set_apart", [False, True])
def test_no_study_is_read_with_heads_or_thresholds_that_have_seen_it(
    evaluation: Any, monkeypatch: pytest.MonkeyPatch, set_apart: bool
) -> None:
    golds = [*sorted((TRAINING / "studies").glob("*/P1.json")), *sorted((TRAINING / "segments").glob("*/P01.json"))]
    corpus = _corpus(evaluation, golds)

    def folders(chosen: Iterable[int]) -> tuple[str, ...]:
        return tuple(str(corpus.interviews[at].path.parent) for at in chosen)

    # In place of weights and thresholds: what they would come from.
    def fit(_corpus: Any, chosen: Sequence[int]) -> Heads:
        return replace(shipped_heads(), outputs=folders(chosen))

    def score(_corpus: Any, heads: Heads, chosen: Sequence[int]) -> dict[int, Heads]:
        return dict.fromkeys(chosen, heads)

    def calibrate(_corpus: Any, scores: dict[int, Heads]) -> dict[str, Heads]:
        return dict(zip(folders(scores), scores.values(), strict=True))

    for name, stand_in in (("fit_plain", fit), ("left_out_scores", score), ("calibrate", calibrate)):
        monkeypatch.setattr(evaluation, name, stand_in)
    segments = {gold.parent for gold in golds if gold.parents[1].name == "segments"}
    studies = {gold.parent for gold in golds} - segments
    found = evaluation.fit_without_each(corpus, sorted(segments) if set_apart else ())
    assert set(found) == (studies | segments if set_apart else studies)
    for folder, heads in found.items():
        assert str(folder) not in heads.outputs
        assert set(map(str, segments)).isdisjoint(heads.outputs) is set_apart
        assert str(folder) not in heads.calibration
        assert set(heads.calibration) == set(heads.outputs) - set(map(str, segments))
        assert all(study not in scored_by.outputs for study, scored_by in heads.calibration.items())


def test_segments_are_compared_of_everybody_whatever_an_interview_calls_them(evaluation: Any) -> None:
    folder = TRAINING / "segments" / "kitchen-nl"
    corpus = _corpus(evaluation, sorted(folder.glob("P*.json")))
    reader = Reader(None, False, shipped_heads())
    (scores,) = evaluate_gold(folder, partial(evaluation.read_study, corpus, reader, True)).studies
    assert scores.problems == ()
    assert scores.adjusted_rand is not None
    (scores,) = evaluate_gold(folder, partial(evaluation.read_study, corpus, reader, False)).studies
    assert scores.adjusted_rand is None


@pytest.mark.usefixtures("evaluation")
def test_words_are_taught_by_the_least_squares_that_they_say() -> None:
    fit = importlib.import_module("fit")
    generator = np.random.default_rng(1)
    rows, wanted = sparse.random(80, 30, 0.3, format="csr", random_state=generator), generator.normal(size=(80, 2))
    plain = rows.toarray()
    exact = np.linalg.solve(plain.T @ plain + 3.0 * np.eye(30), plain.T @ wanted)
    assert np.allclose(fit._ridge(rows, wanted, 3.0, 40), exact, atol=1e-6)


def test_without_sentence_vectors_words_keep_what_they_say_of_drivers(evaluation: Any) -> None:
    golds = sorted((TRAINING / "studies" / "travel-en").glob("P*.json"))
    corpus = _corpus(evaluation, golds)
    fit = importlib.import_module("fit")
    drivers = importlib.import_module("corpus").DRIVERS
    words = {f"driver/{key}": np.full(3, float(at)) for at, key in enumerate(drivers)}
    banks = fit.Matrices(sparse.csr_matrix((1, 2)), None, np.zeros(0, dtype=np.float32))
    taught = fit.teach_words(corpus, banks, {"words": words, "vectors": {}}, range(len(golds)))
    assert {name.removeprefix("meant/") for name in taught["words"]} == set(drivers)
    assert all(np.array_equal(taught["words"][f"meant/{key}"], words[f"driver/{key}"]) for key in drivers)
