"""What the things and deeds of a line are like."""

from __future__ import annotations

import pytest

from synth.offline.lexicon import source, words_of
from synth.offline.tone import LISTS, TONES, no_tone, tone_of


def told(text: str, language: str) -> dict[str, float]:
    """What is told of a text, by name."""
    return dict(zip(TONES, tone_of(words_of(text), language), strict=True))


@pytest.mark.parametrize(
    ("language", "text", "side"),
    [
        ("en", "They fixed it the same day", 1),
        ("en", "There was no queue", 1),
        ("en", "They did not shout", 1),
        ("en", "They kept me waiting", -1),
        ("en", "That was disappointing", -1),
        ("en", "I sat in the chair", 0),
        ("nl", "Dat werd netjes geregeld", 1),
        ("nl", "Het was zonder ruzie", 1),
        ("nl", "Ze hebben het weer vergeten", -1),
    ],
)
def test_welcome_things_are_told_from_unwelcome_and_from_denied_ones(language: str, text: str, side: int) -> None:
    assert told(text, language)["side"] == side


def test_what_is_denied_counts_for_the_other_side_and_for_less() -> None:
    plain, denied = told("There was shouting", "en"), told("There was never shouting", "en")
    assert denied["denied"] == 1
    assert 0 < denied["good"] < plain["bad"]


def test_very_makes_a_thing_weigh_more() -> None:
    assert told("He was very rude", "en")["bad"] > told("He was rude", "en")["bad"]


def test_of_patterns_that_begin_at_one_word_the_longest_counts() -> None:
    assert told("It was not too shabby", "en")["side"] == 1
    assert told("It was shabby", "en")["side"] == -1


def test_last_tells_what_comes_after_but() -> None:
    mixed = told("I waited for hours but the girl was lovely", "en")
    assert mixed["bad"] > 0
    assert mixed["last"] == 1


def test_underscore_stands_for_any_one_word() -> None:
    assert told("They treated me badly", "en")["side"] == told("They treated him badly", "en")["side"] == -1


def test_no_words_have_no_tone() -> None:
    assert tone_of([], "en") == no_tone()


@pytest.mark.parametrize("name", LISTS)
def test_every_row_of_the_lists_is_a_score_and_words_as_they_are_compared(name: str) -> None:
    rows = [row for row in source(name).decode().splitlines() if not row.startswith("#")]
    phrases = [row.partition("\t")[2] for row in rows]
    assert len(set(phrases)) == len(phrases) > 5_000
    for row in rows:
        score, tab, phrase = row.partition("\t")
        assert (score in {"-3", "-2", "-1", "1", "2", "3"}, tab) == (True, "\t"), row
        fixed = [word.rstrip("*") for word in phrase.split(" ") if word != "_"]
        assert words_of(" ".join(fixed)) == fixed, row
        assert not phrase.split(" ")[0].endswith("*") or " " not in phrase, row
