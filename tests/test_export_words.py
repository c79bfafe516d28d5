"""The words of the interface: both languages whole, and numbers as each language writes them."""

from __future__ import annotations

import re
from importlib import resources
from string import Formatter

import pytest

from synth.export.interface import LANGUAGES, Interface, interface_words

MINUS = "\N{MINUS SIGN}"


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys_with_the_same_places() -> None:
    english, dutch = (interface_words(language) for language in LANGUAGES)
    assert set(english) == set(dutch)
    assert [key for key in english if places(english[key]) != places(dutch[key])] == []


def test_every_key_that_a_template_names_exists() -> None:
    folder = resources.files("synth.export").joinpath("templates")
    known = interface_words("en")
    for template in folder.iterdir():
        text = template.read_text(encoding="utf-8")
        plain = re.findall(r'\bw\("([a-z_.0-9]+)"(?! ~)', text)
        counted = [f"{key}.one" for key in re.findall(r'\bw\.count\("([a-z_.0-9]+)"(?! ~)', text)]
        assert [key for key in plain + counted if key not in known] == []


def test_no_template_contains_words_of_its_own() -> None:
    folder = resources.files("synth.export").joinpath("templates")
    for template in folder.iterdir():
        text = re.sub(
            r"\{#.*?#\}|\{% set \w+ %\}.*?\{% endset %\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>",
            " ",
            template.read_text(encoding="utf-8"),
            flags=re.S,
        )
        assert re.findall(r"[A-Za-z]{3,}", text) == [], template.name


def test_a_key_that_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError):
        Interface("en")("nothing.of.the.kind")


@pytest.mark.parametrize(
    ("language", "value", "shown"),
    [("en", 1.4, "+1.4"), ("nl", 1.4, "+1,4"), ("en", -0.6, f"{MINUS}0.6"), ("nl", -0.04, "0,0"), ("en", 0.0, "0.0")],
)
def test_a_feeling_is_written_with_its_sign(language: str, value: float, shown: str) -> None:
    assert Interface(language).decimal(value, signed=True) == shown


@pytest.mark.parametrize(("language", "shown"), [("en", "12,345"), ("nl", "12.345")])
def test_thousands_are_grouped(language: str, shown: str) -> None:
    assert Interface(language).whole(12345) == shown


@pytest.mark.parametrize(("language", "shown"), [("en", "1 May 2026"), ("nl", "1 mei 2026")])
def test_a_date_is_written_in_words(language: str, shown: str) -> None:
    assert Interface(language).date("2026-05-01T10:00:00Z") == shown


@pytest.mark.parametrize("odd", ["", "yesterday", "2026-99-01"])
def test_what_is_no_date_stays_as_it_is(odd: str) -> None:
    assert Interface("en").date(odd) == odd


@pytest.mark.parametrize(
    ("people", "shown"), [([], ""), (["P1"], "P1"), (["P1", "P2"], "P1 en P2"), (["P1", "P2", "P3"], "P1, P2 en P3")]
)
def test_lists_are_joined_as_in_speech(people: list[str], shown: str) -> None:
    assert Interface("nl").listed(people) == shown


def test_another_language_than_these_gets_english() -> None:
    assert Interface("pl")("close") == "Close"
