"""Sentences that cannot stand whatever they cite: who somebody is, praise, numbers, quotations, another language."""

from __future__ import annotations

import pytest

from synth.refused import is_other_language, name_fault, sentence_fault


@pytest.mark.parametrize(
    ("text", "cited", "language"),
    [
        ("A young mother who wants to save", "I want to save on it.", "en"),
        ("Een hoogopgeleide man die alles uitzoekt", "Ik zoek alles uit.", "nl"),
        ("Retired and careful with money", "I watch what I spend.", "en"),
        ("Looks for it as a single parent with little money", "I look for it.", "en"),
    ],
)
def test_who_somebody_is_needs_words_that_say_so(text: str, cited: str, language: str) -> None:
    fault = sentence_fault(text, [cited], language)
    assert fault is not None
    assert "who somebody is" in fault


def test_what_the_cited_words_say_of_somebody_may_be_said_in_either_language() -> None:
    assert sentence_fault("Does it for her mother", ["Mijn moeder kan het niet meer."], "en") is None
    assert sentence_fault("Does it for her mother", ["Mijn buurman kan het niet meer."], "en") is not None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("A savvy and passionate customer", "en"),
        ("Een geweldige, bevlogen klant", "nl"),
        ("Loves the seamless app", "en"),
    ],
)
def test_praise_is_refused(text: str, language: str) -> None:
    assert "praises" in (sentence_fault(text, ["I used the app."], language) or "")


def test_a_number_must_have_been_said() -> None:
    assert sentence_fault("Waits 25 minutes on the phone", ["It took 25 minutes."], "en") is None
    assert sentence_fault("Waits 40 minutes on the phone", ["It took 25 minutes."], "en") is not None
    assert sentence_fault("Answer within 2 days", ["Nobody answered."], "en", figures=False) is None


def test_words_in_quotation_marks_must_have_been_said() -> None:
    said = "I never, ever want to ring them again."
    assert sentence_fault("“I never … want to ring them again”", [said], "en") is None
    assert sentence_fault("“I will never trust them again”", [said], "en") is not None
    assert sentence_fault("More often driven by ‘feel secure’", [said], "en") is None


@pytest.mark.parametrize(
    ("text", "language", "other"),
    [
        ("Wil weten waar het geld blijft", "en", True),
        ("Wants to know where the money goes", "nl", True),
        ("Ich will wissen, was das kostet und warum", "en", True),
        ("Wil weten waar het geld blijft", "nl", False),
        ("Certainty first", "nl", False),
        ("Kijkt op websites en belt", "nl", False),
    ],
)
def test_small_words_tell_another_language(text: str, language: str, other: bool) -> None:
    assert is_other_language(text, language) is other


@pytest.mark.parametrize(
    "name", ["Careful Carla", "Bob", "Jan de Bespaarder", "Young professionals", "The savvy saver"]
)
def test_a_name_is_no_person_no_group_and_no_praise(name: str) -> None:
    assert name_fault(name, "en") is not None


@pytest.mark.parametrize("name", ["No surprises", "Hope for the best", "I check it myself", "Will it hold?"])
def test_a_need_is_a_name(name: str) -> None:
    assert name_fault(name, "en") is None
