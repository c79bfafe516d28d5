"""What moves a person, judged over a whole interview, and what segments make of it."""

from __future__ import annotations

import numpy as np
import pytest

from synth.domain import Kind, Transcript
from synth.frameworks import DEFAULT_FRAMEWORK, load_framework
from synth.offline.decide import named_sign, worth_telling
from synth.offline.features import read_features
from synth.offline.reader import Reader, shipped_heads
from synth.profiles import Leaning, gather_evidence, make_profiles, resample, weigh_blocks
from tests.builders import make_transcript

SECURE = [
    "I wanted it in writing before I signed anything.",
    "I need to know for certain what I will pay.",
    "With the children I take no risk, it has to be safe.",
    "I would rather pay more and be sure of it.",
]
FREE = [
    "I do not want to be tied to anything for two years.",
    "I want to be able to leave whenever I like.",
    "Nobody has to tell me what I do with my Saturdays.",
    "I decide that for myself, thank you.",
]
TOGETHER = [
    "We did it together, the whole street came along.",
    "Afterwards we sat in the garden with everybody.",
    "My neighbours were there as well, and their children.",
    "They all knew each other by the second evening.",
]
ALONE = [
    "There was nobody at the counter I had to talk to.",
    "I shut the door behind me and put the kettle on.",
    "The mornings are mine now.",
    "I went when I felt like it.",
]
FRAMEWORK = load_framework(DEFAULT_FRAMEWORK)
KEYS = sorted({driver.key for driver in FRAMEWORK.drivers} | {"functional"})


def _interview(name: str, said: list[str]) -> Transcript:
    return make_transcript(f"{name}.txt", ((name, said),), {name: name})


def test_who_speaks_of_certainty_leans_to_it_more_than_who_speaks_of_freedom() -> None:
    found = Reader(embeddings=False).leanings([_interview("A", SECURE), _interview("B", FREE)], FRAMEWORK)
    secure, free = KEYS.index("feel secure"), KEYS.index("feel free")
    for block in ("leaning", "person"):
        lead = found["A"].means[block] - found["B"].means[block]
        assert lead[secure] > lead[free]


def test_what_moves_somebody_is_heard_where_they_give_no_reasons() -> None:
    found = Reader(embeddings=False).leanings([_interview("A", TOGETHER), _interview("B", ALONE)], FRAMEWORK)
    lead = found["A"].means["leaning"] - found["B"].means["leaning"]
    assert KEYS[int(lead.argmax())] == "belong"
    assert KEYS[int(lead.argmin())] == "feel free"


def test_who_speaks_of_another_channel_has_other_contacts() -> None:
    called = _interview("A", ["I called them on the phone.", "I rang them again.", "They called me back at last."])
    wrote = _interview("B", ["I sent them a letter.", "A letter came in the post.", "I wrote a letter to the board."])
    found = Reader(embeddings=False).leanings([called, wrote], FRAMEWORK)
    channels = sorted(shipped_heads().columns("channel").keys() & {channel.key for channel in FRAMEWORK.channels})
    lead = found["A"].means["contacts"] - found["B"].means["contacts"]
    assert lead[channels.index("phone")] > 0 > lead[channels.index("letter")]


def test_what_everybody_says_moves_nobody() -> None:
    same = Reader(embeddings=False).leanings([_interview("A", SECURE), _interview("B", SECURE)], FRAMEWORK)
    alone = same["A"].means["leaning"]
    assert np.allclose(alone, same["B"].means["leaning"])
    apart = Reader(embeddings=False).leanings([_interview("A", SECURE), _interview("B", FREE)], FRAMEWORK)
    secure = KEYS.index("feel secure")
    assert apart["A"].means["leaning"][secure] > alone[secure]


def test_two_people_in_one_interview_are_judged_apart() -> None:
    both = make_transcript("both.txt", (("A", SECURE), ("B", FREE)), {"A": "A", "B": "B"})
    found = Reader(embeddings=False).leanings([both], FRAMEWORK)
    assert sorted(found) == ["A", "B"]
    assert not np.allclose(found["A"].means["leaning"], found["B"].means["leaning"])


def test_a_framework_with_drivers_of_its_own_has_no_leanings() -> None:
    drivers = tuple(driver.model_copy(update={"key": f"own {driver.key}"}) for driver in FRAMEWORK.drivers)
    other = FRAMEWORK.model_copy(update={"drivers": drivers})
    assert Reader(embeddings=False).leanings([_interview("A", SECURE)], other) == {}


def _leaning(toward: int) -> Leaning:
    mean = np.zeros(4)
    mean[toward] = 1.0
    return Leaning({"leaning": mean}, {"leaning": np.full(4, 0.1)})


PEOPLE = ("A", "B", "C", "D")
LEANINGS = {one: _leaning(at % 2) for at, one in enumerate(PEOPLE)}
INTERVIEWS = [_interview(one, ["We had a letter.", "It came on a Monday."]) for one in PEOPLE]


def test_people_of_one_leaning_are_more_alike_than_others() -> None:
    evidence = gather_evidence((), INTERVIEWS, (), FRAMEWORK, leanings=LEANINGS)
    vectors = make_profiles(evidence, {"leaning": 1.0}).vectors
    alike = vectors @ vectors.T
    assert alike[0, 2] > 0 > alike[0, 1]


def test_leanings_count_only_where_everybody_has_one() -> None:
    everybody = weigh_blocks(gather_evidence((), INTERVIEWS, (), FRAMEWORK, leanings=LEANINGS))
    some = weigh_blocks(gather_evidence((), INTERVIEWS, (), FRAMEWORK, leanings={"A": LEANINGS["A"]}))
    assert everybody["leaning"] > 0
    assert "leaning" not in some


def test_leanings_move_by_their_error_when_evidence_is_drawn_anew() -> None:
    evidence = gather_evidence((), INTERVIEWS, (), FRAMEWORK, leanings=LEANINGS)
    moved = resample(evidence, np.random.default_rng(1)).leanings["leaning"] - evidence.leanings["leaning"]
    assert 0.05 < float(np.abs(moved).mean()) < 0.15


@pytest.mark.parametrize(
    ("words", "sign"),
    [("I was furious.", -1), ("I was relieved.", 1), ("I was relieved and furious.", 0), ("We got a letter.", 0)],
)
def test_a_line_that_names_feelings_of_one_kind_has_their_sign(words: str, sign: int) -> None:
    features = read_features(_interview("A", [words]))
    assert named_sign(features.lines[0]) == sign


def test_lines_whose_sign_or_channel_is_clear_are_worth_more() -> None:
    features = read_features(_interview("A", ["I was furious.", "I called them.", "They sorted it."]))
    columns = shipped_heads().columns()
    scores = np.zeros((3, len(columns)), dtype=np.float32)
    scores[1, columns["channel/phone"]] = 5.0
    feelings = worth_telling(Kind.EMOTION, scores, columns, features.lines, 1.0)
    contacts = worth_telling(Kind.TOUCHPOINT, scores, columns, features.lines, 1.0)
    assert feelings[0] > feelings[1] == feelings[2]
    assert contacts[1] > contacts[0] == contacts[2]
    assert not worth_telling(Kind.MOTIVATION, scores, columns, features.lines, 1.0).any()
