"""The word lists of the built-in reader and how they are found in speech."""

from __future__ import annotations

import pytest

from synth.frameworks import load_framework
from synth.offline.lexicon import FILES, group_names, groups, lexicon, words_of


def named(language: str, text: str) -> dict[str, bool]:
    """Group to whether it is negated, for every hit in a text."""
    return {hit.group: hit.negated for hit in lexicon(language).hits(words_of(text))}


def test_words_lose_case_accents_and_apostrophes() -> None:
    assert words_of("Ik DÁCHT: ’t kan niet, hoor — oké?") == ["ik", "dacht", "t", "kan", "niet", "hoor", "oke", "?"]


@pytest.mark.parametrize(
    ("language", "text", "group"),
    [
        ("en", "I was so relieved when it came", "emotion/relief/words"),
        ("nl", "Ik schrok me rot", "emotion/fear/signs"),
        ("nl", "Toen kwam er een bevestigingsmail", "channel/email/words"),
        ("nl", "De aanmaningsbrief lag er maandag", "channel/letter/words"),
        ("en", "We telephoned them at nine", "channel/phone/words"),
        ("en", "I had to start again from scratch", "cue/lost_context"),
        ("nl", "want ik wil weten waar ik aan toe ben", "driver/feel secure"),
    ],
)
def test_feelings_channels_drivers_and_cues_are_found(language: str, text: str, group: str) -> None:
    assert named(language, text)[group] is False


def test_negated_feeling_is_marked_as_negated() -> None:
    assert named("nl", "Ik was niet echt blij met die rekening")["emotion/joy/words"] is True
    assert named("nl", "Ik was echt blij met die rekening")["emotion/joy/words"] is False


def test_contrast_ends_what_a_negation_denies() -> None:
    hits = named("nl", "Ik was niet blij maar woedend")
    assert hits["emotion/joy/words"] is True
    assert hits["emotion/anger/words"] is False
    assert named("en", "I wasn't angry but relieved")["emotion/relief/words"] is False


def test_pattern_of_several_words_needs_all_of_them() -> None:
    assert "emotion/worry/signs" in named("en", "I lay awake over it")
    assert "emotion/worry/signs" not in named("en", "I was awake early")


def test_both_languages_have_the_same_groups_and_no_empty_one() -> None:
    assert tuple(groups("nl")) == tuple(groups("en")) == group_names()
    assert all(groups(language)[name] for language in ("en", "nl") for name in group_names())


def test_patterns_are_written_as_they_are_matched() -> None:
    odd = [
        (language, pattern)
        for language in ("en", "nl")
        for patterns in groups(language).values()
        for pattern in patterns
        if not pattern.strip() or pattern != pattern.lower() or "," in pattern
    ]
    assert odd == []


def test_lists_cover_the_keys_of_the_customer_framework() -> None:
    framework = load_framework()
    listed = {tuple(name.split("/")[:2]) for name in group_names()}
    assert {("emotion", emotion.key) for emotion in framework.emotions} <= listed
    assert {("channel", channel.key) for channel in framework.channels} <= listed
    assert {("driver", driver.key) for driver in framework.drivers} | {("driver", "functional")} <= listed
    assert FILES == ("emotions", "channels", "drivers", "cues")
