"""What the things and deeds of a line are like."""

from __future__ import annotations

import pytest

from synth.offline.lexicon import words_of
from synth.offline.tone import TONES, no_tone, tone_of


@pytest.mark.parametrize(
    ("language", "text", "tones"),
    [
        ("en", "They fixed it the same day", {"good", "rather good"}),
        ("en", "There was no queue", {"good", "rather good"}),
        ("en", "They did not shout", {"no bad", "rather good"}),
        ("en", "He slammed the door and laughed", {"bad", "good"}),
        ("en", "I sat in the chair", set()),
        ("nl", "Dat werd netjes geregeld", {"good", "rather good"}),
        ("nl", "Het was zonder ruzie", {"no bad", "rather good"}),
        ("nl", "Ze hebben het weer vergeten", {"bad", "rather bad"}),
    ],
)
def test_welcome_things_are_told_from_unwelcome_and_from_denied_ones(language: str, text: str, tones: set[str]) -> None:
    found = tone_of(words_of(text), language)
    assert {name for name, value in zip(TONES, found, strict=True) if value} == tones


def test_of_patterns_that_overlap_the_longest_counts() -> None:
    assert dict(zip(TONES, tone_of(words_of("It was not bad at all"), "en"), strict=True))["good"] == 1
    assert dict(zip(TONES, tone_of(words_of("It was bad"), "en"), strict=True))["bad"] == 1


def test_no_words_have_no_tone() -> None:
    assert tone_of([], "en") == no_tone()
