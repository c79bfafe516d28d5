"""Names and identifiers are replaced, everywhere the same, without moving a line; what only looks like one stays."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.cli import cli
from synth.domain import Line, Role, Skipped, Speaker, Transcript, Turn
from synth.errors import InputError
from synth.participants import assign_participants
from synth.privacy import (
    Identifier,
    Key,
    Masker,
    clean_attributes,
    learn_names,
    neutral_name,
    preview_names,
    replace_names,
    replace_text,
)
from tests.builders import make_transcript

ROOT = Path(__file__).parents[1]
SHARED = Path(__file__).parents[2] / "shared" / "transcripts"


def load_bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_privacy", ROOT / "bench" / "bench_privacy.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def talk(*words: str, speaker: str = "Anna de Vries", language: str = "nl", asks: str = "Interviewer") -> Transcript:
    said = [(asks, ["Vertel eens."]), (speaker, words)]
    return make_transcript("talk.txt", said, {speaker: "P07"}, language=language)


def masked(words: str, *, key: Key | None = None, **about: str) -> str:
    """What becomes of one sentence of an interview."""
    return replace_names(talk(words, **about), key or Key()).transcript.lines[-1].text


# --- The annotated fixture ---------------------------------------------------------------------------------------

FLOORS = {"name": (1.0, 0.95), "person": (0.95, 0.95), "all": (0.97, 0.97)}


def test_fixture_of_identifiers_is_found_to_its_floors() -> None:
    bench = load_bench()
    scores = bench.score(sorted(bench.FIXTURE.glob("*.txt")))
    assert scores["all"].marked >= 300
    for kind, score in scores.items():
        recall, precision = FLOORS.get(kind, (0.9, 0.9))
        assert (score.recall >= recall, score.precision >= precision) == (True, True), (kind, score)


def test_replacing_twice_changes_nothing_more() -> None:
    bench = load_bench()
    for path in sorted(bench.FIXTURE.glob("*.txt")):
        transcript, _ = bench.read_marked(path)
        key = bench.load_list()
        once = replace_names(transcript, key).transcript
        assert replace_names(once, key).transcript == once


@pytest.mark.skipif(not SHARED.exists(), reason="the shared transcripts are not here")
def test_no_speaker_of_a_real_interview_is_named_in_what_is_sent() -> None:
    from synth.parse import parse_file
    from synth.privacy.labels import label_forms
    from synth.privacy.words import load_words

    checked = 0
    for path in sorted(
        [*SHARED.rglob("*.srt"), *SHARED.rglob("*.vtt"), *SHARED.rglob("Interview*.md"), *SHARED.rglob("andrews.csv")]
    ):
        if path.stat().st_size < 500 or "webvtt" in str(path):
            continue
        for transcript in assign_participants(parse_file(path), {}, []):
            sent = replace_names(transcript, Key()).transcript.text
            for speaker in transcript.speakers:
                for form in label_forms(speaker.name or "", load_words(), transcript.language)[:1]:
                    name = " ".join(form.words).title()
                    assert name not in sent
                    checked += name in transcript.text
    assert checked > 5


# --- Speakers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("Dank je, Anna.", "Dank je, P07."),
        ("Zij zei: mevrouw De Vries, komt goed.", "Zij zei: mevrouw P07, komt goed."),
        ("Hij schreef Vries, zonder de.", "Hij schreef P07, zonder de."),
        ("Aan A. de Vries stond erop.", "Aan P07 stond erop."),
        ("Dat is Anna's fiets en Annas tas.", "Dat is P07's fiets en P07's tas."),
        ("Mijn man zegt Anneke of Antje.", "Mijn man zegt P07 of P07."),
        ("anna de vries, typte ik.", "P07, typte ik."),
        ("ANNA DE VRIES stond er in hoofdletters.", "P07 stond er in hoofdletters."),
        ("Annapolis en de Ananas bleven.", "Annapolis en de Ananas bleven."),
        ("Dat is een ander, Anna Jansen.", "Dat is een ander, persoon 1."),
    ],
)
def test_speaker_is_found_in_every_form(said: str, sent: str) -> None:
    assert masked(said) == sent


@pytest.mark.parametrize(
    ("speaker", "language", "said", "sent"),
    [
        ("Mark Bakker", "en", "Mark my words, I said, and Mark my card.", "Mark my words, I said, and P07 my card."),
        ("Mark Bakker", "nl", "De bakker op de hoek kent Bakker niet.", "De bakker op de hoek kent P07 niet."),
        ("Will Ashdown", "en", "Will you go, Will, will you?", "Will you go, P07, will you?"),
        ("Will Ashdown", "en", "Will said it would pass.", "P07 said it would pass."),
        ("Roos Prins", "nl", "Een roos voor Roos, zei hij.", "Een roos voor P07, zei hij."),
        ("Dan Ott", "nl", "Dan ging ik. Daarna zei ik: hoi Dan, kom.", "Dan ging ik. Daarna zei ik: hoi P07, kom."),
        ("Jan-Willem van den Berg", "nl", "Een berg is niet Berg. JW ook niet.", "Een berg is niet P07. P07 ook niet."),
        ("Mei Ling Chen", "nl", "Ik heet Mei Ling, in mei geboren.", "Ik heet P07, in mei geboren."),
        ('Robert "Bobbie" Smit', "en", "They all call me Bobbie there.", "They all call me P07 there."),
        ("Vries, Anna de", "nl", "Dank u, mevrouw De Vries.", "Dank u, mevrouw P07."),
        ("Devin Becker (GreenPark)", "en", "So, Devin, is Becker your name?", "So, P07, is P07 your name?"),
    ],
)
def test_name_that_is_a_word_is_told_from_the_word(speaker: str, language: str, said: str, sent: str) -> None:
    assert masked(said, speaker=speaker, language=language) == sent


def test_label_goes_whole_and_the_interviewer_gets_a_number() -> None:
    transcript = talk("Dank je, Karin.", speaker="Devin Becker (GreenPark)", asks="Karin Smeets")
    text = replace_names(transcript, Key()).transcript.text
    assert text == "interviewer 1: Vertel eens.\n\nP07: Dank je, interviewer 1."


@pytest.mark.parametrize("label", ["Interviewer", "I", "Deelnemer 4", "P07", "Speaker 1", "chatbot_response"])
def test_label_that_names_nobody_stays(label: str) -> None:
    assert replace_names(talk("Ja.", speaker=label, asks="Vraag"), Key()).transcript.speakers[1].name == label


def test_handle_with_signs_is_a_name_too() -> None:
    done = replace_names(talk("Ask devin_b87 or his friend.", speaker="devin_b87", language="en"), Key())
    assert done.transcript.lines[-1].text == "Ask P07 or his friend."


def test_speaker_of_another_interview_is_known_by_the_full_name() -> None:
    key = Key()
    learn_names([talk("Hoi."), talk("Hoi.", speaker="Xaviera Lindqvist")], key)
    key.add_participant("P09", "Xaviera Lindqvist")
    assert masked("Toen kwam Xaviera Lindqvist binnen.", key=key) == "Toen kwam P07 binnen."


def test_two_labels_of_one_participant_stay_two_labels() -> None:
    said = [("Anna", ["Een."]), ("Anna de Vries", ["Twee."])]
    done = replace_names(make_transcript("a.txt", said, {"Anna": "P1", "Anna de Vries": "P1"}, language="nl"), Key())
    assert [speaker.name for speaker in done.transcript.speakers] == ["P1", "P1 (2)"]


# --- People who are spoken of ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("Ik belde met Youssef van Ziggo.", "Ik belde met persoon 1 van Ziggo."),
        ("Pieter van der Zwaag hielp, en meneer Van der Zwaag bleef.", "persoon 1 hielp, en meneer persoon 1 bleef."),
        ("Mijn zus Xandrine zei niets.", "Mijn zus persoon 1 zei niets."),
        ("Mijn naam is Quido Straatsma, zei hij.", "Mijn naam is persoon 1, zei hij."),
        ("Dr. H.J. van Gennip kwam langs.", "Dr. persoon 1 kwam langs."),
        ("Dan belde mijn broer, en dan belde ik.", "Dan belde mijn broer, en dan belde ik."),
        ("In mei en augustus, op maandag, was het druk.", "In mei en augustus, op maandag, was het druk."),
        ("We stonden bij Albert Heijn en bij Sint Maarten.", "We stonden bij Albert Heijn en bij Sint Maarten."),
        ("Ik ben Nederlander, geen Turk.", "Ik ben Nederlander, geen Turk."),
        ("Mijn broer Ben belde. Ben ik dan gek?", "Mijn broer persoon 1 belde. Ben ik dan gek?"),
        ("Daans baas en Daan zelf.", "persoon 1's baas en persoon 1 zelf."),
    ],
)
def test_dutch_people_are_found_where_they_are_named(said: str, sent: str) -> None:
    assert masked(said) == sent


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("A chap called Oswin did the meter.", "A chap called person 1 did the meter."),
        ("A shop called Oswin sold it.", "A shop called Oswin sold it."),
        ("I asked Mrs Fairweather, and Fairweather knew.", "I asked Mrs person 1, and person 1 knew."),
        ("My husband, Alfred, ran one.", "My husband, person 1, ran one."),
        ("The price rose in May, and in August.", "The price rose in May, and in August."),
        ("Grace said no. By the grace of God.", "person 1 said no. By the grace of God."),
        ("We flew to Paris and Sydney.", "We flew to Paris and Sydney."),
        ("My name's Oluwaseyi Adebayo-Smith.", "My name's person 1."),
        ("I like John Lewis and Marks & Spencer.", "I like John Lewis and Marks & Spencer."),
    ],
)
def test_english_people_are_found_where_they_are_named(said: str, sent: str) -> None:
    assert masked(said, language="en") == sent


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("De Linde heeft mij geholpen. Bij De Linde zei iemand niets.",
         "De Linde heeft mij geholpen. Bij De Linde zei iemand niets."),
        ("Ik vroeg Linde om hulp. Die Linde zei niets.", "Ik vroeg persoon 1 om hulp. Die persoon 1 zei niets."),
        ("mijn zus noor ging mee. ik zag noor gisteren, en een noor uit bergen.",
         "mijn zus persoon 1 ging mee. ik zag persoon 1 gisteren, en een noor uit bergen."),
        ("ik kocht een roos. mijn zus dan weer niet.", "ik kocht een roos. mijn zus dan weer niet."),
    ],
)  # fmt: skip
def test_a_first_name_that_is_a_dutch_noun_is_a_firm_behind_an_article_and_somebody_where_introduced(
    said: str, sent: str
) -> None:
    assert masked(said, speaker="P01") == sent


def test_an_english_verb_behind_a_relative_is_no_name() -> None:
    said = "my husband drew a line. my wife rose at six."
    assert masked(said, speaker="P01", language="en") == said


def test_text_without_capitals_still_hides_names() -> None:
    said = "ja dus mijn vriend thijs belde en toen zei thijs dat mariska er ook was en dan wil je wel"
    assert masked(said, speaker="sanne") == said.replace("thijs", "persoon 1").replace("mariska", "persoon 2")


# --- Numbers and addresses ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("Mail t.wiersma@voorbeeld.nl maar.", "Mail e-mailadres 1 maar."),
        ("Bel 06-12345678 of +31 6 1234 5678.", "Bel telefoonnummer 1 of telefoonnummer 1."),
        ("Bel 0513-438 216 of 020 555 1234.", "Bel telefoonnummer 1 of telefoonnummer 2."),
        ("Nul zes twaalf vierendertig zesenvijftig achtenzeventig.", "telefoonnummer 1."),
        ("Bel gratis 0800 1234 567.", "Bel gratis 0800 1234 567."),
        ("Rekening NL91 ABNA 0417 1643 00 was het.", "Rekening bankrekening 1 was het."),
        ("Code NL91ABNA0417164301 klopt niet.", "Code NL91ABNA0417164301 klopt niet."),
        ("Nummer 111222333 en nummer 123456789.", "Nummer burgerservicenummer 1 en nummer 123456789."),
        ("Mijn BSN is 123456789.", "Mijn BSN is burgerservicenummer 1."),
        ("Kaart 4111 1111 1111 1111, niet 4111 1111 1111 1112.", "Kaart kaartnummer 1, niet 4111 1111 1111 1112."),
        ("Op de Lijsterbeslaan 14, 8441 KX 14.", "Op de Straat 1, postcode 1."),
        ("De Prins Hendrikkade 33-2 en Prins Hendrikkade 40.", "De Straat 1 en Straat 1."),
        ("In 2020 TV gekeken, 1200 MB en 2400 EUR.", "In 2020 TV gekeken, 1200 MB en 2400 EUR."),
        ("Kenteken KR-482-T of 52-nx-pl.", "Kenteken kenteken 1 of kenteken 2."),
        (
            "Ik ben geboren op 12 maart 1961, getekend 3 mei 2023.",
            "Ik ben geboren op geboortedatum 1, getekend 3 mei 2023.",
        ),
        ("Van 03-05-1948 dus.", "Van geboortedatum 1 dus."),
        ("Kijk op linkedin.com/in/jan-82 en op www.ziggo.nl/help.", "Kijk op webadres 1 en op www.ziggo.nl/help."),
        ("Klantnummer 40-778213, order 55.", "Klantnummer nummer 1, order 55."),
        ("Om 12:30 kwamen er 1.250.000 mensen, 50% van 2019.", "Om 12:30 kwamen er 1.250.000 mensen, 50% van 2019."),
    ],
)
def test_dutch_identifiers_are_told_from_other_numbers(said: str, sent: str) -> None:
    assert masked(said) == sent


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("Ring 07700 900412 or 020 7946 0823.", "Ring phone number 1 or phone number 2."),
        ("Oh seven seven double oh nine hundred one two three.", "phone number 1."),
        ("At 14 Tanner's Row, LA9 4QX, off the High Street.", "At Street 1, postcode 1, off the High Street."),
        ("The Eircode is W91 X7P3.", "The Eircode is postcode 1."),
        ("National Insurance QQ 12 34 56 C.", "National Insurance identity number 1."),
        ("Born on 3rd of October 1958, married June 4, 2012.", "Born on date of birth 1, married June 4, 2012."),
        ("The plate is MX19 KTO.", "The plate is number plate 1."),
        ("Write to g dot pugh at valleypost dot com.", "Write to e-mail address 1."),
        ("Policy number BM-7730418-2 it was.", "Policy number number 1 it was."),
    ],
)
def test_british_and_irish_identifiers_are_found(said: str, sent: str) -> None:
    assert masked(said, language="en") == sent


# --- The researcher's list ---------------------------------------------------------------------------------------


def test_listed_firms_places_and_people_are_replaced_and_kept_words_are_not() -> None:
    key = Key()
    for kind, name in (
        ("company", "Meridiaan Zorgtechniek"),
        ("place", "Halverwege"),
        ("person", "de Kleine Generaal"),
    ):
        key.add_to_list(kind, name)  # type: ignore[arg-type]
    key.add_to_list("keep", "Sanne")
    said = "Meridiaan in Halverwege, halverwege de weg, met Sanne en De Kleine Generaal."
    assert masked(said, key=key) == "bedrijf A in plaats 1, halverwege de weg, met Sanne en persoon 1."


# --- Places of lines ---------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *(
            "Anna",
            "de Vries",
            "Mevrouw",
            "Pieter van der Berg",
            "06-12345678",
            "a@b.nl",
            "Kerkstraat 12",
            "Mark",
            "é",
            "😀",
        ),
        *(
            "NL91ABNA0417164300",
            "1234 AB",
            "mijn naam is",
            "nul zes",
            "12",
            "www.anna.nl/x",
            "ik",
            "zei",
            ".",
            ",",
            "’s",
        ),
        *("\n", " ", ": "),
    ]
)


@st.composite
def transcripts(draw: st.DrawFn) -> Transcript:
    """Any text cut into lines anywhere, also inside names."""
    text = "".join(draw(st.lists(PIECES, min_size=1, max_size=30)))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), min_size=2, max_size=8)))
    spans = [(start, end) for start, end in pairwise(cuts) if draw(st.booleans())]
    lines = tuple(Line(number, 1, start, end, text[start:end]) for number, (start, end) in enumerate(spans, 1))
    turns = (Turn(1, "Anna de Vries", 1, len(lines)),) if lines else ()
    speaker = Speaker("Anna de Vries", Role.PARTICIPANT, 1, participant="P07")
    return Transcript("t", "t.txt", "txt", "utf-8", "nl", "0", 0, text, (speaker,), turns, lines)


@given(transcripts())
@settings(max_examples=150, deadline=None)
def test_lines_stay_the_lines_and_offsets_map_both_ways(source: Transcript) -> None:
    done = replace_names(source, Key())
    new = done.transcript
    assert [(line.number, line.turn) for line in new.lines] == [(line.number, line.turn) for line in source.lines]
    for line, there in zip(source.lines, new.lines, strict=True):
        assert there.text == new.text[there.start : there.end]
        assert done.replaced_span(line.start, line.end) == (there.start, there.end)
        assert done.source_span(there.start, there.end) == (line.start, line.end)
    end = 0
    for one in done.replacements:
        assert new.text[one.start : one.end] == one.pseudonym
        assert done.source_span(one.start, one.end) == (one.source_start, one.source_end)
        assert one.source_start >= end
        end = one.source_end


@given(transcripts(), st.data())
@settings(max_examples=150, deadline=None)
def test_any_span_maps_to_the_same_words_and_never_loses_any(source: Transcript, data: st.DataObject) -> None:
    done = replace_names(source, Key())
    start = data.draw(st.integers(0, len(source.text)))
    end = data.draw(st.integers(start, len(source.text)))
    there = done.replaced_span(start, end)
    back = done.source_span(*there)
    assert 0 <= there[0] <= there[1] <= len(done.transcript.text)
    assert back[0] <= start
    assert end <= back[1]
    touched = any(one.source_start < end and start < one.source_end for one in done.replacements)
    if not touched and start < end:
        assert done.transcript.text[there[0] : there[1]] == source.text[start:end]
        assert back == (start, end)


def test_replacements_say_kind_line_and_both_places() -> None:
    source = talk("Bel Youssef.", "Op 06-12345678.")
    done = replace_names(source, Key())
    spoken = [one for one in done.replacements if one.line]
    assert [(one.kind, one.line) for one in spoken] == [(Identifier.PERSON, 2), (Identifier.PHONE, 3)]
    assert [source.text[one.source_start : one.source_end] for one in spoken] == ["Youssef", "06-12345678"]


# --- Beside the words --------------------------------------------------------------------------------------------


def test_skipped_parts_and_warnings_hold_no_name_either() -> None:
    source = replace(
        talk("Hoi."), skipped=(Skipped("Gesprek met Anna de Vries, anna@mail.nl", "heading"),),
        warnings=("Anna de Vries speaks twice.",),
    )  # fmt: skip
    done = replace_names(source, Key()).transcript
    assert done.skipped[0].text == "Gesprek met P07, e-mailadres 1"
    assert done.warnings == ("P07 speaks twice.",)


@pytest.mark.parametrize(
    ("name", "neutral"),
    [
        ("Anna de Vries.docx", "P07.docx"),
        ("interview_anna_2024.txt", "P07.txt"),
        ("AnnaDeVries.vtt", "P07.vtt"),
        ("gesprek Youssef.docx", "P07.docx"),
        ("Een spel - Rik Nicol.vtt", "P07.vtt"),
        ("P07.docx", "P07.docx"),
        ("Interview 3 energie.txt", "Interview 3 energie.txt"),
        ("energie.xlsx#Anna de Vries", "energie.xlsx#P07"),
        ("Anna de Vries.xlsx#Blad 1", "P07.xlsx#Blad 1"),
        ("Anna.qdpx#gesprek Anna", "P07.qdpx"),
        ("Interview #3 Anna.docx", "P07.docx"),
        ("Anna de Vries/gesprek.txt", "P07.txt"),
        ("ronde 1/gesprek.xlsx#Blad 1", "ronde 1/gesprek.xlsx#Blad 1"),
    ],
)
def test_file_name_that_names_somebody_becomes_neutral(name: str, neutral: str) -> None:
    key = Key()
    transcript = talk("Hoi.")
    learn_names([transcript], key)
    assert neutral_name(name, [transcript], key) == neutral
    assert neutral_name(name, [transcript], key) == neutral


@pytest.mark.parametrize(("name", "neutral"), [("Interview Bo.docx", "P01.docx"), ("bo-om.docx", "bo-om.docx")])
def test_a_name_of_two_letters_is_one_with_a_capital(name: str, neutral: str) -> None:
    key, transcript = Key(), make_transcript("x.txt", [("I", ["Hoi."]), ("Bo", ["Dag."])], {"Bo": "P01"})
    learn_names([transcript], key)
    assert neutral_name(name, [transcript], key) == neutral


def test_two_files_never_share_a_neutral_name() -> None:
    key, transcript = Key(), talk("Hoi.")
    files = ("anna-1.txt", "anna-2.txt", "energie.xlsx#Anna", "energie.xlsx#Anna de Vries")
    names = [neutral_name(name, [transcript], key) for name in files]
    assert names == ["P07.txt", "P07 (2).txt", "energie.xlsx#P07", "energie.xlsx#P07 (2)"]


def test_attributes_lose_columns_that_name_and_names_in_the_rest() -> None:
    given_ = {"Naam": "Anna", "e-mail": "a@b.nl", "leeftijd": "44", "notitie": "Buurvrouw van Pieter Jansen"}
    cleaned = clean_attributes(given_, Key(), "nl")
    assert dict(cleaned.kept) == {"leeftijd": "44", "notitie": "Buurvrouw van persoon 1"}
    assert cleaned.dropped == ("Naam", "e-mail")


def test_text_about_an_interview_is_replaced_with_the_same_pseudonyms() -> None:
    key = Key()
    source = talk("Mijn zus Xandrine belde Youssef.")
    replace_names(source, key)
    assert replace_text("Anna en Youssef bellen", key, "nl", source) == "P07 en persoon 2 bellen"


# --- Preview -----------------------------------------------------------------------------------------------------


def test_preview_shows_replacements_and_the_capitals_that_were_left() -> None:
    preview = preview_names(
        [talk("Youssef van Ziggo kwam.", "Toen belde ik Grönklund Ziggo weer.", "Ziggo dus.")], Key()
    )
    assert [(one.name, one.pseudonym, one.times) for one in preview.names if one.kind is Identifier.PERSON] == [
        ("Youssef", "persoon 1", 1)
    ]
    assert [(left.words, left.times) for left in preview.left] == [("Grönklund", 1)]
    assert preview.left[0].places == (("talk.txt", 3),)
    assert preview.counts()[Identifier.PARTICIPANT] == 1


def test_preview_leaves_out_what_is_never_a_name() -> None:
    preview = preview_names([talk("Maar ik ging in Mei naar Duitsland. Vroeger niet.")], Key())
    assert preview.left == ()


# --- From the command line ---------------------------------------------------------------------------------------


def redact(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["redact", *arguments])


def test_every_interview_is_written_under_pseudonyms_also_where_names_are_alike(tmp_path: Path) -> None:
    for place in ("a/talk.txt", "b/talk.txt", "talk.md"):
        file = tmp_path / "in" / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"Interviewer: How was it?\n\nFemke Vos: It was {place[0]}, really.\n\nInterviewer: And?\n\n"
                        "Femke Vos: Good.\n")  # fmt: skip
    events = [
        json.dumps({"interview": key, "speaker": who, "text": text})
        for key, mark in (("one", "x"), ("two", "y"))
        for who, text in (("Interviewer", "How was it?"), ("Femke Vos", f"It was {mark}."), ("Interviewer", "So?"))
    ]
    (tmp_path / "in" / "chat.jsonl").write_text("\n".join(events))
    result = redact(str(tmp_path / "in"), "--write", str(tmp_path / "out"), "--db", str(tmp_path / "s.db"))
    assert result.exit_code == 0, result.output
    written = {file.name: file.read_text("utf-8") for file in (tmp_path / "out").iterdir()}
    assert sorted(written) == ["a-talk.txt", "b-talk.txt", "chat-one.txt", "chat-two.txt", "talk.txt"]
    assert {said for text in written.values() for said in re.findall("It was (.)", text)} == set("abtxy")
    assert "Femke" not in "".join(written.values())
    assert "Wrote 5 files" in result.output


def test_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_text("Interviewer: How was it?\n\nP01: Fine.\n\nInterviewer: And?\n\nP01: Good.\n")
    result = redact(str(tmp_path / "p.txt"), "--write", str(tmp_path / "p.txt" / "out"), "--db", str(tmp_path / "s.db"))
    assert isinstance(result.exception, InputError)
    assert not list(tmp_path.glob("*.key.json"))


@pytest.mark.parametrize(
    ("study_language", "sentence", "shown"),
    [
        ("en", "Dan wil je thuis wel wat terugdoen.", "Dan wil je thuis wel wat terugdoen."),
        ("en", "Ik belde Roos daarover.", "Ik belde persoon 1 daarover."),
        ("nl", "Will I get the money back?", "Will I get the money back?"),
        ("nl", "I asked Mark about it.", "I asked person 1 about it."),
        ("en", "I asked Mark about it.", "I asked person 1 about it."),
        ("en", "Hope for the best", "Hope for the best"),
        ("nl", "Portal", "Portal"),
        ("nl", "‘theo stuurde een kaartje, en Mark ook’", "‘persoon 2 stuurde een kaartje, en persoon 1 ook’"),
        ("en", "“so i rang sharon and mark my words”", "“so i rang person 1 and mark my words”"),
        ("en", "wants a frank answer", "wants a frank answer"),
    ],
)
def test_sentence_of_a_draft_is_masked_in_its_own_language(study_language: str, sentence: str, shown: str) -> None:
    assert Masker(Key(), None, study_language).mask_sentence(sentence) == shown
