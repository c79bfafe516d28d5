"""What the heads of the built-in reader look at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from synth.domain import Role, Speaker
from synth.offline.features import column_names, hash_line, participant_lines, read_features
from synth.offline.heads import vector_context
from tests.builders import make_transcript

SAID = (
    ("Interviewer", ["How did that feel?"]),
    ("Mo", ["I was relieved.", "They rang me back the same day."]),
    ("Interviewer", ["And then?"]),
    ("Mo", ["Nothing much."]),
)


def test_only_lines_of_participants_have_rows() -> None:
    features = read_features(make_transcript("a.txt", SAID, {"Mo": "P1"}))
    assert [line.number for line in features.lines] == [2, 3, 5]
    assert features.dense.shape == (3, len(column_names()))


def test_columns_tell_the_line_its_neighbours_and_its_question() -> None:
    features = read_features(make_transcript("a.txt", SAID, {"Mo": "P1"}))
    column = {name: at for at, name in enumerate(column_names())}
    assert features.dense[0, column["line/emotion/relief/words"]] > 0
    assert features.dense[0, column["feeling/line/positive/words"]] > 0
    assert features.dense[1, column["before/emotion/relief/words"]] > 0
    assert features.dense[0, column["after/channel/phone/acts"]] > 0
    assert features.dense[0, column["question/cue/ask_feeling"]] > 0
    assert features.dense[2, column["before/channel/phone/acts"]] == 0, "the line before is of another turn"


def test_names_of_columns_are_distinct() -> None:
    assert len(set(column_names())) == len(column_names())


def test_speakers_of_unknown_role_are_read_where_nobody_is_known() -> None:
    transcript = make_transcript("a.txt", ((None, ["One.", "Two."]),), {})
    unknown = Speaker(None, Role.UNKNOWN, 1)
    assert participant_lines(replace(transcript, speakers=(unknown,))) == [1, 2]
    assert participant_lines(transcript) == []


def test_hashing_is_the_same_for_the_same_words_and_has_length() -> None:
    one, same, other = hash_line(["i", "was", "glad"]), hash_line(["i", "was", "glad"]), hash_line(["i", "left"])
    assert np.array_equal(one.buckets, same.buckets)
    assert np.array_equal(one.weights, same.weights)
    assert not np.array_equal(one.buckets, other.buckets)
    assert hash_line([]).buckets.size == hash_line([]).weights.size


def test_transcript_without_participants_gives_no_rows() -> None:
    features = read_features(make_transcript("a.txt", (("Interviewer", ["Hello?"]),), {}))
    assert features.lines == ()
    assert features.dense.shape == (0, len(column_names()))


def test_vector_context_weighs_near_lines_more_and_other_turns_less() -> None:
    features = read_features(make_transcript("a.txt", SAID, {"Mo": "P1"}))
    vectors = np.eye(3, dtype=np.float32)
    context = vector_context(features, vectors, np.zeros(3, dtype=np.float32))
    own, around = context[:, :3], context[:, 3:]
    assert np.allclose(own, vectors * own[0, 0])
    assert around[0, 0] == 0
    assert around[0, 1] > around[0, 2] > 0
    assert np.isclose(around[1, 2], around[1, 0] / 2), "the line after is of another turn"


def test_vector_context_of_one_line_has_no_neighbours() -> None:
    features = read_features(make_transcript("a.txt", (("Mo", ["Yes."]),), {"Mo": "P1"}))
    context = vector_context(features, np.ones((1, 4), dtype=np.float32), np.zeros(4, dtype=np.float32))
    assert context.shape == (1, 8)
    assert not context[0, 4:].any()
