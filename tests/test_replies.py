"""Raw answers to reply values."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.analyst import ChunkReply, MapReply, PersonaReply
from synth.errors import CutOffError, ReplyError
from synth.messages import in_language
from synth.replies import Read, read_reply
from tests.scripted import EMPTY, emotion, motivation, reply_of, touchpoint

GOOD = reply_of(motivation(2), emotion(3), touchpoint(4))
SECRET = "mevrouw Verschueren zei dat het mocht"


def changed(**fields: Any) -> str:
    """A reply with one emotion, some of whose fields are given as raw JSON values."""
    return reply_of(emotion(3) | fields)


def without(field: str) -> str:
    proposal = emotion(3)
    del proposal[field]
    return json.dumps({"motivations": [], "emotions": [proposal], "touchpoints": []})


def test_a_right_reply_is_taken_as_it_is() -> None:
    read = read_reply(GOOD, ChunkReply)
    assert read.repairs == ()
    assert read.reply == ChunkReply.model_validate_json(GOOD)


@pytest.mark.parametrize(
    "raw",
    [
        f"```json\n{GOOD}\n```",
        f"```\n{GOOD}\n```\n",
        f"Sure! Here is the JSON that you asked for:\n\n{GOOD}",
        f"{GOOD}\n\nLet me know whether you need anything else :-}}",
        f"<think>What {{a}} nice interview: {{}}</think>\n{GOOD}",
        f"[{GOOD}]",
        f"{GOOD}\n{GOOD}",
    ],
)
def test_a_reply_is_found_in_what_surrounds_it(raw: str) -> None:
    read = read_reply(raw, ChunkReply)
    assert read.reply == read_reply(GOOD, ChunkReply).reply
    assert read.repairs == ("text around the JSON",)


@pytest.mark.parametrize(
    ("raw", "repair"),
    [
        (changed(first_line="3"), "numbers as text"),
        (changed(valence="-2"), "numbers as text"),
        (changed(intensity=3.0), "whole numbers with a decimal point"),
        (changed(stated="true"), "true and false as text"),
        (without("trigger"), "an absent field for null"),
        (changed(quote=SECRET), "a field that was not asked for"),
        (GOOD.replace("]}", "],}"), "a trailing comma"),
        (GOOD[:-1], "the closing brace"),
        (GOOD[:-1] + " ,\n", "the closing brace"),
        (GOOD.replace('"choice"', '"None"'), "a word for null"),
    ],
)
def test_what_can_mean_one_thing_only_is_repaired(raw: str, repair: str) -> None:
    read = read_reply(raw, ChunkReply)
    assert read.repairs == (repair,)
    assert {e.valence for e in read.reply.emotions} == {-2}
    assert {(e.first_line, e.intensity, e.stated, e.trigger) for e in read.reply.emotions} == {(3, 3, True, None)}


def test_several_repairs_are_all_told() -> None:
    read = read_reply("Here:\n" + changed(first_line="3", sure=12, note="x"), ChunkReply)
    assert set(read.repairs) == {
        "text around the JSON",
        "numbers as text",
        "numbers out of bounds",
        "a field that was not asked for",
    }
    assert read.reply.emotions[0].sure == 9


def test_a_label_that_is_too_long_is_shortened_at_a_word() -> None:
    read = read_reply(changed(label="very " * 40), ChunkReply)
    assert len(read.reply.emotions[0].label) <= 80
    assert read.reply.emotions[0].label.endswith("very…")


def test_numbers_in_lists_are_repaired_too() -> None:
    claim = {"section": "driver", "key": None, "phase": None, "text": "x", "findings": ["1", 2], "against": []}
    raw = json.dumps({"name": "n", "claims": [claim], "hero": 1, "quotes": [], "unknowns": []})
    assert read_reply(raw, PersonaReply).reply.claims[0].findings == [1, 2]


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "I am sorry, I cannot help with that.",
        "null",
        "[]",
        "{}",
        EMPTY.replace("touchpoints", "contacts"),
        changed(first_line=True),
        changed(first_line="two"),
        changed(first_line=2.5),
        changed(stated="maybe"),
        changed(label=""),
        without("first_line"),
        without("emotion"),
        changed(emotion=None),
        GOOD.replace('"emotions"', '"motivations"'),
        GOOD.replace("-2", "NaN"),
        GOOD.replace('"angry"', '"\\ud800"'),
        GOOD.replace(": [", ": {"),
        '{"a":' * 30_000,
        "{" * 200,
        "[" * 100_000,
    ],
)
def test_what_would_be_a_guess_is_refused(raw: str) -> None:
    with pytest.raises(ReplyError):
        read_reply(raw, ChunkReply)


@pytest.mark.parametrize("cut", [5, 20, len(GOOD) // 3, len(GOOD) // 2, len(GOOD) - 5, len(GOOD) - 2])
def test_a_reply_that_may_have_gone_on_is_cut_off_and_never_closed(cut: int) -> None:
    with pytest.raises(CutOffError):
        read_reply(GOOD[:cut], ChunkReply)


def test_no_beginning_of_a_reply_is_taken_for_less_than_the_whole() -> None:
    whole = read_reply(GOOD, ChunkReply).reply
    for cut in range(len(GOOD)):
        try:
            assert read_reply(GOOD[:cut], ChunkReply).reply == whole
        except ReplyError:
            continue


def test_a_last_number_may_have_lost_digits_and_is_not_closed() -> None:
    raw = '{"name": "n", "claims": [], "quotes": [], "unknowns": [], "hero": 1'
    with pytest.raises(CutOffError):
        read_reply(raw, PersonaReply)
    assert read_reply(raw + "}", PersonaReply).reply.hero == 1


def test_a_claim_is_never_shortened() -> None:
    claim = {"section": "doing", "key": None, "phase": "use", "text": "x" * 301, "findings": [1], "against": []}
    raw = json.dumps({"title": "t", "claims": [claim], "quotes": [], "reading": "r"})
    with pytest.raises(ReplyError, match=r"claims\.0\.text"):
        read_reply(raw, MapReply)


def test_two_different_replies_are_refused() -> None:
    with pytest.raises(ReplyError, match="more than one"):
        read_reply(f"{EMPTY}\n{GOOD}", ChunkReply)


@pytest.mark.parametrize(
    "raw", [SECRET, changed(driver=SECRET, first_line=SECRET), changed(**{SECRET: 1, "sure": None}), f'{{"{SECRET}": [']
)
def test_a_complaint_repeats_nothing_of_the_answer(raw: str) -> None:
    with pytest.raises(ReplyError) as caught:
        read_reply(raw, ChunkReply)
    assert SECRET not in str(caught.value)


def test_a_complaint_names_the_field_and_what_is_expected() -> None:
    with pytest.raises(ReplyError, match=r"emotions\.0\.first_line: Input should be a valid integer"):
        read_reply(changed(first_line=None), ChunkReply)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("I cannot do that.", "It holds no JSON, the form in which answers are asked for."),
        (GOOD + GOOD.replace("anger", "joy"), "It holds more than one answer."),
        (GOOD[: len(GOOD) // 2], "It breaks off before its end."),
        (GOOD[:-1] + ', "emotions": []}', "It gives the same field more than once."),
        ('{"motivations": [nothing], "emotions": [], "touchpoints": []}',
         "There is a fault in its JSON, the form in which answers are asked for."),
        (changed(first_line="three"),
         "The part 'emotions.0.first_line' of it is missing or is not as it was asked for."),
        (changed(first_line="three", last_line="four"),
         "2 parts of it are missing or are not as they were asked for, 'emotions.0.first_line' among them."),
    ],
)  # fmt: skip
def test_people_are_told_what_is_wrong_in_words_of_their_own(raw: str, why: str) -> None:
    with pytest.raises(ReplyError) as caught:
        read_reply(raw, ChunkReply)
    assert caught.value.why == why
    assert "Answer with" in str(caught.value) or "Give every field once" in str(caught.value)
    assert in_language(why, "nl") != why


@settings(deadline=None)
@given(st.integers(0, len(GOOD)), st.integers(0, 40), st.text(max_size=12))
def test_whatever_is_broken_in_a_reply_the_only_error_is_ours(start: int, length: int, put: str) -> None:
    with suppress(ReplyError):
        read = read_reply(GOOD[:start] + put + GOOD[start + length :], ChunkReply)
        assert read_reply(read.reply.model_dump_json(), ChunkReply) == Read(read.reply), "it is a right reply"


@settings(deadline=None)
@given(anything)
def test_whatever_json_comes_the_only_error_is_ours(value: object) -> None:
    fields = {"motivations": [value], "emotions": value, "touchpoints": [{"first_line": value, "channel": value}]}
    for raw in (json.dumps(value), json.dumps(fields)):
        with pytest.raises(ReplyError):
            read_reply(raw, ChunkReply)


@pytest.mark.parametrize("label", ["cross", "the bill: wrong", "wrong\\u003a twice"])
@pytest.mark.parametrize("place", ["outside", "inside"])
def test_a_field_given_twice_is_noticed_at_any_depth_whatever_the_texts_hold(label: str, place: str) -> None:
    right = changed(label="X").replace('"X"', f'"{label}"')
    assert read_reply(right, ChunkReply).repairs == ()
    outside, inside = right[:-1] + ', "motivations": []}', right.replace('{"first', '{"sure": 3, "first')
    twice = outside if place == "outside" else inside
    assert twice != right
    with pytest.raises(ReplyError) as caught:
        read_reply(twice, ChunkReply)
    assert "same field more than once" in str(caught.value)
