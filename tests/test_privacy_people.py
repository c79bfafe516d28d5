"""People who are spoken of, as interviews name them: in speech without capitals, in Flemish, by names that are words
too, and by names of many languages."""

from __future__ import annotations

import pytest

from synth.privacy import Key, replace_names
from tests.builders import make_transcript


def masked(*sentences: str, language: str) -> str:
    """What becomes of what somebody says in one interview."""
    said = [("Interviewer", ["Vertel." if language == "nl" else "Go on."]), ("R", sentences)]
    transcript = replace_names(make_transcript("talk.txt", said, {"R": "P07"}, language=language), Key()).transcript
    return " ".join(line.text for line in transcript.lines[1:])


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        (
            "ik woon met noor mijn zusje en noor studeert nog",
            "ik woon met persoon 1 mijn zusje en persoon 1 studeert nog",
        ),
        ("en roos zei dat het weer plat lag", "en persoon 1 zei dat het weer plat lag"),
        ("toen had ik bas aan de lijn en bas wist het", "toen had ik persoon 1 aan de lijn en persoon 1 wist het"),
        ("je moet nog wachten op meneer van der meulen", "je moet nog wachten op meneer persoon 1"),
        ("en mevrouw bakker van de receptie", "en mevrouw persoon 1 van de receptie"),
        ("toen kwam een mevrouw van de bank langs", "toen kwam een mevrouw van de bank langs"),
        ("ja meneer dat klopt wel zei ik toen", "ja meneer dat klopt wel zei ik toen"),
        ("en dan koos mijn moeder een kleur", "en dan koos mijn moeder een kleur"),
        ("maar de dag erna belde hij me zelf", "maar de dag erna belde hij me zelf"),
        ("mijn naam is fenna fenna dijkstra en ik", "mijn naam is persoon 1 persoon 1 en ik"),
        ("mijn naam is khadija khadija el bouazzati", "mijn naam is persoon 1 persoon 1"),
    ],
)
def test_dutch_without_capitals_names_people_by_what_they_do(said: str, sent: str) -> None:
    assert masked(said, language="nl") == sent


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("so i went there and rosie said yes to me then", "so i went there and person 1 said yes to me then"),
        ("but the gas bill said it was forty pounds", "but the gas bill said it was forty pounds"),
        ("then her husband bill and she came to us", "then her husband person 1 and she came to us"),
        ("so my husband drew a line under all that", "so my husband drew a line under all that"),
        (
            "so mister henderson from fraud and henderson blocked it",
            "so mister person 1 from fraud and person 1 blocked it",
        ),
        ("i may have said and you mark my words", "i may have said and you mark my words"),
        ("my name is priya priya venkataraman and i", "my name is person 1 person 1 and i"),
        ("she lives at twelve harcourt road", "she lives at Street 1"),
    ],
)
def test_english_without_capitals_names_people_by_what_they_do(said: str, sent: str) -> None:
    assert masked(said, language="en") == sent


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("En de Roos zei dat het kon.", "En de persoon 1 zei dat het kon."),
        ("We zaten bij De Roos en De Roos belde.", "We zaten bij De Roos en De Roos belde."),
        ("We woonden in Gent, met Kacper en Anna.", "We woonden in Gent, met persoon 1 en persoon 2."),
        ("Mijn petekind Quinthe speelt daar.", "Mijn petekind persoon 1 speelt daar."),
        ("Mijn meisjes, Quinthe en Ymara, ook.", "Mijn meisjes, persoon 1 en persoon 2, ook."),
        ("De apotheker, Quinthe, wist het.", "De apotheker, persoon 1, wist het."),
        ("Ben, mijn broer, en Roos mijn zus.", "persoon 1, mijn broer, en persoon 2 mijn zus."),
        ("Ben mijn vader kwijt. Al mijn kinderen ook.", "Ben mijn vader kwijt. Al mijn kinderen ook."),
        ("Van het Elisabeth-ziekenhuis kwam een brief.", "Van het Elisabeth-ziekenhuis kwam een brief."),
        ("Mijn rijksregisternummer is 85.07.30-033.28.", "Mijn rijksregisternummer is burgerservicenummer 1."),
        ("Ik woon aan de nieuwestad 44 daar.", "Ik woon aan de Straat 1 daar."),
    ],
)
def test_dutch_and_flemish_people_are_found_by_how_they_are_told(said: str, sent: str) -> None:
    assert masked(said, language="nl") == sent


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("Then May, my mother-in-law, rang in May.", "Then person 1, my mother-in-law, rang in May."),
        ("Will my mother come? Hope my mum is well.", "Will my mother come? Hope my mum is well."),
        ("They gave us an agent, Sunny. It was sunny.", "They gave us an agent, person 1. It was sunny."),
        ("I wrote to Mr. O'Shaughnessy.", "I wrote to Mr. person 1."),
        ("The Irwin Grace Museum is fine.", "The Irwin Grace Museum is fine."),
    ],
)
def test_english_people_are_found_by_how_they_are_told(said: str, sent: str) -> None:
    assert masked(said, language="en") == sent


def test_who_was_met_once_is_found_at_the_start_of_a_sentence_too() -> None:
    said = [
        "A woman called Grace rang.",
        "Grace was lovely.",
        "My boss is tall.",
        "Hunter.",
        "I mean my boss Hunter Brady.",
    ]
    expected = "A woman called person 1 rang. person 1 was lovely. My boss is tall. person 2. I mean my boss person 2."
    assert masked(*said, language="en") == expected


def test_a_surname_behind_a_name_that_was_met_goes_with_it() -> None:
    said = ["Mijn buurman Quinten weet dat.", "Dus Quinten Hoogewoud belde.", "Wit is wit."]
    assert masked(*said, language="nl") == "Mijn buurman persoon 1 weet dat. Dus persoon 1 belde. Wit is wit."


def test_a_first_name_before_the_surname_of_a_speaker_is_found_too() -> None:
    said = ["Mijn buurman Quinthe weet dat.", "Dus Quinthe Jansen belde."]
    talk = [("Interviewer", ["Vertel."]), ("Piet Jansen", said)]
    source = make_transcript("talk.txt", talk, {"Piet Jansen": "P07"}, language="nl")
    assert replace_names(source, Key()).transcript.lines[-1].text == "Dus persoon 1 P07 belde."


@pytest.mark.parametrize(
    "name",
    ["Soerash", "Kacper", "Xiuying", "Jasvinder", "Lolade", "Ffion", "Hatice", "Ikram", "Fokke", "Seppe", "Oisín"],
)
def test_first_names_of_many_languages_are_known(name: str) -> None:
    assert masked(f"Toen kwam {name} langs.", language="nl") == "Toen kwam persoon 1 langs."


def test_of_a_mail_address_only_the_first_half_names_somebody() -> None:
    said = [
        ("Interviewer", ["Vertel."]),
        ("anna.jansen@voorbeeld.nl", ["Anna Jansen, bij voorbeeld in een voorbeeld."]),
    ]
    source = make_transcript("talk.txt", said, {"anna.jansen@voorbeeld.nl": "P07"}, language="nl")
    assert replace_names(source, Key()).transcript.lines[-1].text == "P07, bij voorbeeld in een voorbeeld."
