"""Sentences that cannot stand whatever they cite: who somebody is, praise, numbers, quotations, another language."""

from __future__ import annotations

import pytest

from synth.messages import in_language
from synth.refused import is_other_language, kinds_of_people, name_fault, sentence_fault


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


def test_what_somebody_quotes_is_part_of_their_words() -> None:
    said = 'Ze stuurden een mail, "jammer dat u gaat", en twee weken later een rekening van de oude.'
    assert (
        sentence_fault('‘Ze stuurden een mail, "jammer dat u gaat", en twee weken later een rekening …’', [said], "en")
        is None
    )
    fault = sentence_fault(
        '‘Ze stuurden een mail, "wat jammer van u", en twee weken later een rekening …’', [said], "en"
    )
    assert fault == "Words in quotation marks that nobody said."
    assert sentence_fault('They “stuurden een mail", and then a bill', [said], "en") is None


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


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Bellen stellen ze uit", "nl"),
        ("Houdt een slag om de arm", "nl"),
        ("Wil dat men je kent", "nl"),
        ("Staat met open armen klaar", "nl"),
        ("Weet niet wat het Rijk betaalt en wat de zorg", "nl"),
        ("Wil afval gescheiden aanbieden", "nl"),
        ("Wacht op de uitkering van de verzekering", "nl"),
        ("Wil juridische bijstand bij een geschil", "nl"),
        ("Belt ook uit het buitenland", "nl"),
        ("Leest een oudere versie van de voorwaarden", "nl"),
        ("Wil het driejarige contract en niet het 3-jarige van vroeger", "nl"),
        ("Spreekt liever een senior medewerker", "nl"),
        ("Betaalt premie op leeftijd", "nl"),
        ("Kent het moederbedrijf niet", "nl"),
        ("Alleen in uitzonderlijke gevallen", "nl"),
        ("Vindt de wachttijd buitengewoon lang", "nl"),
        ("Gebruikte de voorloper van de app", "nl"),
        ("Wil weten hoeveel procent van de premie dat is", "nl"),
        ("Pays a fee for a foreign transaction", "en"),
        ("Wants to read about the rules on benefits", "en"),
        ("Goes to the academic hospital", "en"),
        ("Cannot unlock the account", "en"),
        ("Asks what the outstanding bill is for", "en"),
        ("Stands still in the elevator", "en"),
        ("Only in exceptional cases", "en"),
        ("It comes back like a boomerang", "en"),
        ("Asks how many percent of the fee that is", "en"),
        ("They arm themselves with papers", "en"),
    ],
)
def test_a_word_that_mostly_means_something_else_is_no_reason(text: str, language: str) -> None:
    said = ["Ik noem het maar: 3." if language == "nl" else "I only name it: 3."]
    assert sentence_fault(text, said, language) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Arme mensen die het niet redden", "nl"),
        ("Rijke gezinnen kopen het meteen", "nl"),
        ("Gescheiden ouders met weinig tijd", "nl"),
        ("Net gescheiden en op zoek naar een woning", "nl"),
        ("Jonge stellen zonder geduld", "nl"),
        ("Leeft van een uitkering", "nl"),
        ("Zit in de bijstand", "nl"),
        ("Buitenlandse studenten die de weg niet weten", "nl"),
        ("Een oudere vrouw die alles bewaart", "nl"),
        ("Moeder van drie, altijd haast", "nl"),
        ("Een dertigjarige man met haast", "nl"),
        ("Foreign students who cannot find it", "en"),
        ("A family that lives on benefits", "en"),
        ("A graduate who looks it all up", "en"),
        ("Boomers who would rather call", "en"),
    ],
)
def test_what_clearly_tells_who_somebody_is_stays_refused(text: str, language: str) -> None:
    assert sentence_fault(text, ["Dat zeg ik.", "So I say."], language) is not None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("An outstanding customer who unlocks the full potential", "en"),
        ("Is exceptionally loyal to it", "en"),
        ("Een uitzonderlijk trouwe, savvy klant", "nl"),
        ("Een buitengewoon tevreden mens", "nl"),
    ],
)
def test_praise_in_phrases_stays_refused(text: str, language: str) -> None:
    assert "praises" in (sentence_fault(text, ["I used the app."], language) or "")


def test_a_share_of_people_stays_refused() -> None:
    assert "share of people" in (sentence_fault("Eighty percent of them call", ["I call."], "en") or "")
    assert "share of people" in (sentence_fault("Tachtig procent van de mensen belt", ["Ik bel."], "nl") or "")


def test_a_sentence_in_a_language_without_a_list_is_looked_through_in_every_one() -> None:
    assert sentence_fault("Als housewife allein zu Hause", ["Ich bin da."], "de") is not None


def test_a_child_in_the_words_lets_a_sentence_speak_of_parents() -> None:
    assert sentence_fault("As parents they want to know who is there", ["I have to fetch my daughter."], "en") is None


SAID = [
    ("P1", "I bring my daughter at eight.", "en"),
    ("P2", "Mijn kinderen gaan er graag heen.", "nl"),
    ("P3", "The bus was late.", "en"),
    ("P4", "Dat men je kent, dat telt.", "nl"),
]


def test_a_study_is_about_the_people_that_half_of_a_persona_or_most_of_all_speak_of() -> None:
    assert kinds_of_people(SAID, {"P1", "P3"}) == {"family"}
    assert kinds_of_people(SAID, {"P3", "P4"}) == set()
    assert kinds_of_people([*SAID, ("P5", "We have two kids.", "en")], {"P3", "P4"}) == {"family"}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("A young one", "leeftijd"),
        ("A woman", "geslacht"),
        ("A mother", "gezin"),
        ("An immigrant", "afkomst"),
        ("A low-income home", "inkomen"),
        ("A graduate", "opleiding"),
        ("Office workers", "beroep"),
        ("A savvy one", "prijst"),
        ("The majority calls", "geteld"),
        ("Waits 40 minutes", "getal"),
        ("“I never want that again”", "aanhalingstekens"),
        ("Wil weten waar het geld blijft", "andere taal"),
    ],
)
def test_every_reason_has_its_dutch(text: str, kind: str) -> None:
    fault = sentence_fault(text, ["I call."], "en")
    assert fault is not None
    assert kind in in_language(fault, "nl")
