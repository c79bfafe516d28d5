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
    assert features.dense[0, column["reply/cue/after"]] > 0
    assert features.dense[2, column["reply/cue/after"]] == 0, "nobody says anything after the last turn"
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


def test_what_others_say_before_and_after_a_turn_is_kept_with_its_lines() -> None:
    features = read_features(make_transcript("a.txt", SAID, {"Mo": "P1"}))
    assert features.asked == ("How did that feel?", "How did that feel?", "And then?")
    assert features.replied == ("And then?", "And then?", "")


def test_reply_of_another_participant_is_none() -> None:
    said = (("Mo", ["It broke."]), ("Jo", ["It did."]), ("Interviewer", ["Oh dear."]))
    features = read_features(make_transcript("a.txt", said, {"Mo": "P1", "Jo": "P2"}))
    assert features.replied == ("", "Oh dear.")


def test_tone_columns_tell_welcome_things_from_unwelcome_ones() -> None:
    said = (("Mo", ["They lost it.", "There was no queue."]), ("Interviewer", ["How annoying."]))
    features = read_features(make_transcript("a.txt", said, {"Mo": "P1"}))
    column = {name: at for at, name in enumerate(column_names())}
    assert features.dense[0, column["tone/line/bad"]] > 0
    assert features.dense[0, column["tone/line/good"]] == 0
    assert features.dense[1, column["tone/before/side"]] < 0
    assert features.dense[:, column["tone/reply/bad"]].all()


def test_vector_context_weighs_near_lines_more_and_other_turns_less() -> None:
    features = read_features(make_transcript("a.txt", SAID, {"Mo": "P1"}))
    own = np.eye(3, dtype=np.float32)
    context = vector_context(features, np.hstack([own, own * 0, own * 0]), np.zeros(3, dtype=np.float32))
    mine, around, rest = context[:, :3], context[:, 3:6], context[:, 6:]
    assert np.allclose(mine, own * mine[0, 0])
    assert around[0, 0] == 0
    assert around[0, 1] > around[0, 2] > 0
    assert np.isclose(around[1, 2], around[1, 0] / 2), "the line after is of another turn"
    before, after = rest[:, 6:9], rest[:, 9:]
    assert not rest[:, :6].any(), "there is no vector of a question or a reply"
    assert before[1, 0] == after[0, 1] > 0
    assert not before[2].any(), "the line before is of another turn"


def test_vector_context_holds_question_and_reply_less_the_mean_where_there_are_any() -> None:
    features = read_features(make_transcript("a.txt", (("Mo", ["Yes.", "No."]),), {"Mo": "P1"}))
    vectors = np.array([[1, 1, 3, 1, 0, 0], [1, 1, 0, 0, 1, 3]], dtype=np.float32)
    context = vector_context(features, vectors, np.ones(2, dtype=np.float32))
    asked, replied = context[:, 4:6], context[:, 6:8]
    assert asked[0, 0] > 0 == asked[0, 1]
    assert replied[1, 1] > 0 == replied[1, 0]
    assert not asked[1].any()
    assert not replied[0].any()


def test_vector_context_of_one_line_has_no_neighbours() -> None:
    features = read_features(make_transcript("a.txt", (("Mo", ["Yes."]),), {"Mo": "P1"}))
    vectors = np.hstack([np.ones((1, 4)), np.zeros((1, 8))]).astype(np.float32)
    context = vector_context(features, vectors, np.zeros(4, dtype=np.float32))
    assert context.shape == (1, 24)
    assert not context[0, 4:].any()
