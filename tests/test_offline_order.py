"""The order of the story against the order of telling, in both languages."""

from __future__ import annotations

import pytest

from synth.offline.features import CodedLine
from synth.offline.lexicon import words_of
from synth.offline.order import ToldContact, story_places


def told(*contacts: tuple[str, int | None], turns: tuple[int, ...] = ()) -> list[ToldContact]:
    """Contacts by words and place of their phase; all in one turn unless `turns` says otherwise."""
    return [
        ToldContact([CodedLine(n, turns[n] if turns else 1, tuple(words_of(text)), (), 0.5)], phase, False)
        for n, (text, phase) in enumerate(contacts)
    ]


@pytest.mark.parametrize(
    ("language", "contacts", "places"),
    [
        ("en", [("I phoned them.", 5), ("Then I went to the shop.", 5)], [0, 1]),
        ("en", [("I went to the shop.", 4), ("Before that I had phoned them.", 4)], [1, 0]),
        ("nl", [("Ik ging naar de winkel.", 4), ("Daarvoor had ik al gebeld.", 4)], [1, 0]),
        ("en", [("I signed.", 4), ("I phoned.", 5), ("It all began with a leaflet.", 0)], [1, 2, 0]),
        ("nl", [("Ik tekende.", 4), ("Ik belde.", 5), ("Het begon allemaal met een folder.", 0)], [1, 2, 0]),
        ("en", [("I signed.", 4), ("I forgot to say, I had read reviews.", 1)], [1, 0]),
        ("nl", [("Ik tekende.", 4), ("Dat vergeet ik bijna, ik had reviews gelezen.", 1)], [1, 0]),
        ("en", [("I had read reviews.", 1), ("I forgot to say, I signed.", 4)], [0, 1]),
    ],
)
def test_words_set_a_contact_back_in_the_story(
    language: str, contacts: list[tuple[str, int | None]], places: list[int]
) -> None:
    assert story_places(told(*contacts), language) == places


def test_what_is_told_on_from_the_past_stays_there_until_words_lead_on() -> None:
    contacts = told(
        ("Ik tekende.", 4), ("Daarvoor had ik op de site gekeken.", 1), ("Een vriend raadde het aan.", 1),
        ("Toen we er al zaten kwam de monteur.", 1),
    )  # fmt: skip
    assert story_places(contacts, "nl") == [2, 0, 1, 3]


def test_another_turn_or_a_later_phase_ends_the_past() -> None:
    past = (("I signed.", 4), ("Before that I looked at their site.", 1))
    assert story_places(told(*past, ("A friend told me.", 1), turns=(1, 1, 2)), "en") == [1, 0, 2]
    assert story_places(told(*past, ("The bill came.", 5)), "en") == [1, 0, 2]


def test_no_contact_is_lost_and_none_doubled_without_phases() -> None:
    contacts = told(*[("Before that I called.", None)] * 5, ("It all started here.", None))
    assert sorted(story_places(contacts, "en")) == list(range(6))
    assert story_places([], "nl") == []
