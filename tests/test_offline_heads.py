"""The weights of the built-in reader and the file that they ship in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synth.domain import Kind
from synth.offline.decide import find_passages, probability_of, supposes, sure_of
from synth.offline.features import BUCKET_BITS, column_names, read_features
from synth.offline.heads import Calibration, dump_heads, parse_heads, shipped_weights
from synth.offline.lexicon import words_of
from synth.offline.reader import shipped_heads
from synth.offline.vectors import WIDTH
from tests.builders import make_transcript


def test_shipped_weights_are_small_and_hold_no_pickle() -> None:
    data = shipped_weights()
    assert len(data) < 5_000_000
    assert dump_heads(parse_heads(data)) == data


def test_shipped_weights_fit_the_features_of_this_version() -> None:
    heads = shipped_heads()
    assert heads.hashed.shape == (1 << BUCKET_BITS, len(heads.outputs))
    assert heads.dense.shape == (len(column_names()), len(heads.outputs))
    assert heads.vector.shape == (6 * WIDTH, len(heads.outputs))
    assert set(heads.columns("kind")) == {"motivation", "emotion", "touchpoint"}
    assert set(heads.calibration) == {
        f"{bank}/{kind}" for bank in ("words", "vectors") for kind in heads.columns("kind")
    }


def test_weights_of_another_format_are_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synth.offline.heads.FORMAT", 0)
    with pytest.raises(ValueError, match="make train"):
        parse_heads(shipped_weights())


def test_scores_without_vectors_do_not_need_them_and_with_vectors_are_the_mean() -> None:
    heads = shipped_heads()
    features = read_features(make_transcript("a.txt", (("Mo", ["I rang them twice."]),), {"Mo": "P1"}))
    words = heads.scores(features, None)
    context = np.zeros((1, 6 * WIDTH), dtype=np.float32)
    vectors = features.dense @ heads.vector_dense + heads.vector_bias
    assert np.allclose(heads.scores(features, context), (words + vectors) / 2, atol=1e-5)


SAID = (("Mo", ["One.", "Two.", "Three.", "Four."]), ("Interviewer", ["So?"]), ("Mo", ["Five."]))


@pytest.mark.parametrize(
    ("kind", "scores", "spans"),
    [
        (Kind.EMOTION, [1, 1, -1, -1, -1], [(1, 2)]),
        (Kind.EMOTION, [1, 1, 1, -1, -1], [(1, 2), (3, 3)]),
        (Kind.EMOTION, [-1, -1, -1, 1, 1], [(4, 4), (6, 6)]),
        (Kind.TOUCHPOINT, [1, 1, -1, -1, -1], [(1, 1), (2, 2)]),
        (Kind.MOTIVATION, [-1, -1, -1, -1, -1], []),
    ],
)
def test_neighbouring_lines_of_a_turn_are_one_feeling(
    kind: Kind, scores: list[float], spans: list[tuple[int, int]]
) -> None:
    lines = read_features(make_transcript("a.txt", SAID, {"Mo": "P1"})).lines
    passages = find_passages(kind, lines, np.array(scores, dtype=np.float32), Calibration(0.5, 1.0, 0.0))
    assert [(passage.first_line, passage.last_line) for passage in passages] == spans


def test_probabilities_grow_with_scores_and_stay_in_bounds() -> None:
    calibration = Calibration(0.0, 2.0, -1.0)
    chances = [probability_of(score, calibration) for score in (-1000.0, -1.0, 0.5, 1.0, 1000.0)]
    assert chances == sorted(chances)
    assert probability_of(0.5, calibration) == pytest.approx(0.5)
    assert [sure_of(chance) for chance in (0.0, 0.5, 1.0)] == [1, 5, 9]


def test_changed_weights_are_other_bytes() -> None:
    heads = shipped_heads()
    assert dump_heads(replace(heads, bias=heads.bias + 1)) != dump_heads(heads)


@pytest.mark.parametrize(
    ("language", "text", "supposed"),
    [
        ("en", "If they had cancelled, I would have been livid.", True),
        ("en", "I'd have left if she had said so.", True),
        ("en", "I was livid when they cancelled.", False),
        ("nl", "Als ze dat hadden gezegd, was ik woedend geweest.", True),
        ("nl", "Dan had ik gehuild als het mis was gegaan.", True),
        ("nl", "Als ik het weet, dan ben ik gerust.", False),
    ],
)
def test_what_would_have_been_is_told_from_what_was(language: str, text: str, supposed: bool) -> None:
    assert supposes(words_of(text), language) is supposed
