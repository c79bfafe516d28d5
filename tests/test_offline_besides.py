"""What passages say besides: by words, in both languages, and nothing where the words do not carry it."""

from __future__ import annotations

import pytest

from synth.analyst import CodeChunk, DraftMap, Passage
from synth.chunk import chunk_lines
from synth.domain import Emotion, Kind, Touchpoint
from synth.extract import extract_findings
from synth.frameworks import load_framework
from synth.offline.besides import Said, lines_after, said_besides
from synth.offline.drafting.journey import draft_map
from synth.offline.features import CodedLine
from synth.offline.lexicon import words_of
from synth.offline.reader import Reader
from synth.prompts import render
from tests.builders import make_finding, make_transcript

FRAMEWORK = load_framework()


def lines(*texts: str, turn: int = 1) -> list[CodedLine]:
    return [CodedLine(number, turn, tuple(words_of(text)), (), 0.5) for number, text in enumerate(texts, start=1)]


def said(text: str, kind: Kind = Kind.TOUCHPOINT, language: str = "en", after: tuple[str, ...] = ()) -> Said:
    return said_besides(kind, lines(text), lines(*after), language, FRAMEWORK)


@pytest.mark.parametrize(
    ("language", "text", "marks"),
    [
        ("en", "So I phoned the council about the fence.", ["person began"]),
        ("nl", "Toen heb ik gebeld over de schutting.", ["person began"]),
        ("en", "One morning I got a letter from the water board.", ["organisation began"]),
        ("nl", "Op een ochtend kreeg ik een brief van het waterschap.", ["organisation began"]),
        ("en", "I emailed them and they called me at work.", []),
        ("nl", "Ik mailde en een uur later werd ik gebeld.", []),
        ("en", "The form was filled in within minutes.", ["little effort"]),
        ("nl", "Het formulier was zo ingevuld.", ["little effort"]),
        ("en", "It took a while to find the page.", ["some effort"]),
        ("nl", "Het was even zoeken naar de pagina.", ["some effort"]),
        ("en", "Forty minutes of hold music, for a password.", ["much effort"]),
        ("nl", "Veertig minuten wachtmuziek, voor een wachtwoord.", ["much effort"]),
        ("en", "The lad at the desk had it sorted.", ["done"]),
        ("nl", "De jongen aan de balie had het geregeld.", ["done"]),
        ("en", "By Friday it was not sorted.", ["failed"]),
        ("nl", "Vrijdag was het nog niet opgelost.", ["failed"]),
        ("en", "The web form kept saying error.", ["failed"]),
        ("nl", "Er nam niemand op bij de servicelijn.", ["failed"]),
        ("en", "They paid only half of the claim.", ["partly"]),
        ("nl", "De klacht is deels vergoed.", ["partly"]),
        ("en", "The confirmation never arrived.", ["skipped"]),
        ("nl", "De folder heb ik ongelezen weggegooid.", ["skipped"]),
        ("en", "The app shows a map.", []),
        ("nl", "De app heeft een kaartje.", []),
    ],
)
def test_contact_says_who_began_it_what_it_took_and_what_came_of_it(language: str, text: str, marks: list[str]) -> None:
    assert list(said(text, language=language).marks) == marks


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "I rang again on Monday."), ("nl", "Maandag belde ik weer."), ("nl", "Een tweede keer naar het loket.")],
)
def test_contact_that_comes_back_is_marked_as_repeated(language: str, text: str) -> None:
    assert "again" in said(text, language=language).marks


def test_what_came_of_a_contact_is_read_in_the_sentence_after_it() -> None:
    assert said("I phoned the garage.", after=("They had no time.", "In the end it was sorted.")).marks == (
        "person began",
        "done",
    )
    assert "done" not in said("I phoned the garage and nobody picked up.", after=("It was sorted later.",)).marks


def test_sentences_after_end_at_the_turn_and_at_the_next_contact() -> None:
    one, two, three, four = lines("I phoned.", "It took an hour.", "Then I mailed.", "It was sorted.")
    assert [line.number for line in lines_after([one, two, three, four], 0, 3)] == [2]
    other_turn = [one, *lines("Nobody helped.", turn=2)]
    assert lines_after(other_turn, 0, None) == []


@pytest.mark.parametrize(
    ("language", "text", "marks"),
    [
        ("en", "I am satisfied, it does what it should.", ["satisfaction"]),
        ("nl", "Ik ben tevreden, het doet wat het moet.", ["satisfaction"]),
        ("en", "They know my name there, I feel at home.", ["connection"]),
        ("nl", "Ze weten wie ik ben, ik ben daar geen nummer.", ["connection"]),
        ("en", "I was so relieved.", []),
        ("nl", "Ik was zo opgelucht.", []),
    ],
)
def test_being_satisfied_and_being_bound_are_two_readings(language: str, text: str, marks: list[str]) -> None:
    assert list(said(text, Kind.EMOTION, language).marks) == marks


@pytest.mark.parametrize(
    ("language", "text", "signal"),
    [
        ("en", "So we stayed and renewed for two years.", "stays"),
        ("nl", "Ik heb het abonnement verlengd.", "stays"),
        ("en", "Last month I bought another one.", "buys again"),
        ("nl", "Vorige maand heb ik er nog een besteld.", "buys again"),
        ("en", "After that I cancelled my subscription.", "leaves"),
        ("nl", "Daarna heb ik opgezegd.", "leaves"),
        ("en", "I feel attached to them.", "attached"),
        ("nl", "Ik voel me verbonden met die club.", "attached"),
        ("en", "I recommend it to everybody.", "recommends"),
        ("nl", "Ik heb het mijn zus aangeraden.", "recommends"),
        ("en", "I would not recommend it to anybody.", "warns"),
        ("nl", "Ik zou het niemand... nee, ik heb mensen gewaarschuwd.", "warns"),
    ],
)
@pytest.mark.parametrize("kind", list(Kind))
def test_signs_of_loyalty_are_read_on_any_finding(kind: Kind, language: str, text: str, signal: str) -> None:
    assert [mark for mark in said(text, kind, language).marks if mark in FRAMEWORK.signal_keys] == [signal]


def test_signals_that_the_framework_does_not_have_are_not_read() -> None:
    without = FRAMEWORK.model_copy(update={"signals": ()})
    assert said_besides(Kind.EMOTION, lines("I recommend it."), [], "en", without) == Said()


@pytest.mark.parametrize(
    ("language", "text", "reason"),
    [
        ("en", "The test drive won me over.", "it settled the choice"),
        ("nl", "De proefrit gaf de doorslag.", "het gaf de doorslag"),
        ("en", "That phone call was the last straw.", "it turned their view"),
        ("nl", "Dat gesprek vergeet ik nooit.", "het is bijgebleven"),
        ("nl", "De wachtkamer was het dieptepunt.", "zij noemen het het ergste"),
        ("en", "We went to the shop.", None),
    ],
)
def test_moment_that_matters_comes_with_its_reason(language: str, text: str, reason: str | None) -> None:
    assert said(text, language=language).matters == reason


@pytest.mark.parametrize(
    ("language", "sentence", "felt"),
    [
        ("en", "I was relieved that it was over but also sad.", {("relief", 1), ("sadness", -1)}),
        ("nl", "Ik was opgelucht dat het voorbij was, maar ook verdrietig.", {("relief", 1), ("sadness", -1)}),
        ("en", "I was not happy, I was furious.", {("anger", -1)}),
        ("nl", "Ik was niet blij, ik was gewoon woedend.", {("anger", -1)}),
    ],
)
def test_mixed_feelings_stay_two_and_a_denied_one_is_none(
    language: str, sentence: str, felt: set[tuple[str, int]]
) -> None:
    said = (("I", ["And then?"]), ("P1", [sentence]))
    transcript = make_transcript("m.txt", said, {"P1": "P1"}, language=language)
    task = CodeChunk(transcript, chunk_lines(transcript)[0], FRAMEWORK, "", language)
    findings, refusals = extract_findings(task, Reader(embeddings=False).code(task))
    details = [finding.detail for finding in findings if isinstance(finding.detail, Emotion)]
    assert {(detail.emotion, 1 if detail.valence > 0 else -1) for detail in details} == felt
    assert refusals == []


def test_reader_puts_what_a_passage_says_besides_into_its_findings() -> None:
    said = (("I", ["And then?"]), ("P1", ["I phoned the helpline three times.", "Nobody picked up."]))
    transcript = make_transcript("b.txt", said, {"P1": "P1"})
    task = CodeChunk(transcript, chunk_lines(transcript)[0], FRAMEWORK, "", "en")
    findings, _ = extract_findings(task, Reader(embeddings=False).code(task))
    contact = next(finding.detail for finding in findings if isinstance(finding.detail, Touchpoint))
    assert (contact.initiator, contact.effort, contact.outcome, contact.repeated) == ("person", 3, "failed", True)


def test_moment_that_somebody_says_counts_stands_on_the_map_in_their_words() -> None:
    said = (
        ("P1", ["We drove to the showroom twice.", "I called the dealer, and that phone call gave me the last word."]),
    )
    transcript = make_transcript("d.txt", said, {"P1": "P1"})
    passages = tuple(
        Passage(
            make_finding(transcript, line, Touchpoint("phone", matters=matters), phase="consideration"),
            transcript.slice(line, line)[2],
        )
        for line, matters in ((1, None), (2, "it settled the choice"))
    )
    task = DraftMap(passages, "A", ("P1",), (("consideration", None, 0),), FRAMEWORK, "", "en")
    moments = [claim for claim in draft_map(task).claims if claim.section == "moment"]
    assert [(claim.phase, claim.findings, claim.key) for claim in moments] == [("consideration", [2], None)]
    shown = render(task).user
    assert "phone, matters: it settled the choice | consideration" in shown
