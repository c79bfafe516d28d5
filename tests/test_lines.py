"""Lines: sentences of spoken Dutch and English as exact slices."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.parse import split_lines


def lines(text: str, language: str = "nl", pauses: tuple[int, ...] = ()) -> list[str]:
    return [text[start:end] for start, end in split_lines(text, language, pauses)]


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("nl", ["Ik had bijv. een vraag over o.a. de prijs.", "Niemand wist het."]),
        ("nl", ["Mevr. Jansen en dhr. De Wit waren er, d.w.z. in de ochtend.", "Daarna niet."]),
        ("nl", ["Ik sprak dr. A. Bakker m.b.t. de knie.", "Hij was aardig."]),
        ("nl", ["Het kostte 3.50 euro i.p.v. 1.200,00 euro.", "Gek hè?"]),
        ("nl", ["Boeken, jassen, schoenen enz. had ik al.", "Meer niet."]),
        ("nl", ["Boeken, jassen, schoenen enz.", "Meer had ik niet."]),
        ("nl", ["Nou ja... eigenlijk wel.", "Toch…", "Misschien."]),
        ("nl", ['Hij zei: "Kom maar."', "Toen ging ik."]),
        ("nl", ['"Kom maar," zei hij.', '"Echt waar?" vroeg ik.']),
        ("nl", ["Zo'n vijf à zes keer, ca. 10 min. per keer.", "Altijd om 9.30 uur."]),
        ("nl", ["ja nou kijk.", "en toen ging ik weg.", "hoe dan?", "gewoon lopend!"]),
        ("en", ["I saw Dr. Smith e.g. on Monday, i.e. at 9 a.m. as always.", "He was kind."]),
        ("en", ["It was Mr. and Mrs. Brown vs. the rest.", "We lost."]),
        ("en", ["She told me.", "I went.", "That was it for me.", "We left."]),
        ("en", ["It cost $3.50, approx. half.", "Really?!", "Yes."]),
        ("en", ["So did I.", "Then we left."]),
        ("en", ['"Why?" she said.', "“No idea.”", "Right."]),
        ("en", ["I mean (well, you know.) it was fine.", "Okay."]),
    ],
)
def test_sentences_end_where_people_end_them(language: str, sentences: list[str]) -> None:
    assert lines(" ".join(sentences), language) == sentences


def test_a_line_break_in_wrapped_text_ends_no_sentence() -> None:
    assert lines("Ik was daar\nniet bij. Jij\nwel?") == ["Ik was daar\nniet bij.", "Jij\nwel?"]


def test_marks_without_words_stay_with_a_sentence() -> None:
    assert lines("Klaar. ... — Dat was het.") == ["Klaar. ...", "— Dat was het."]


SPEECH = (
    "ja dus ik had dat pakketje besteld en toen kwam het niet en ik heb toen gebeld met die klantenservice maar die "
    "zeiden dat het al bezorgd was en ik zeg nou nee hoor ik was de hele dag thuis dus toen moest ik een formulier "
    "invullen op de website en dat deed het niet want de knop was grijs of zo"
)


def test_speech_without_full_stops_is_cut_where_people_begin_anew() -> None:
    cut = lines(SPEECH)
    assert " ".join(cut) == SPEECH
    assert len(cut) >= 3
    assert all(5 <= len(line.split()) <= 25 for line in cut)
    assert all(line.split()[0] in {"en", "maar", "dus", "want", "toen", "ik", "ja"} for line in cut)


def test_a_pause_decides_where_speech_without_full_stops_is_cut() -> None:
    pause = SPEECH.index("die klantenservice")
    assert lines(SPEECH, pauses=(pause,))[1].startswith("die klantenservice")


def test_a_long_sentence_with_commas_is_left_whole() -> None:
    text = (
        "Toen ik daar kwam, op een dinsdag, het regende, stond er niemand, en dus "
        "ging ik weer weg, naar huis, met de bus, alleen."
    )
    assert lines(text) == [text]


def test_no_words_are_no_lines() -> None:
    assert lines("") == lines(" \n ") == []


def test_a_word_of_a_million_letters_is_one_line() -> None:
    assert split_lines("a" * 1_000_000) == [(0, 1_000_000)]


@given(
    st.text(st.sampled_from("abc ABC éß .,?!…\"'”()\n12-:;ik 日本"), max_size=300),
    st.sampled_from(["nl", "en", "de", "ja"]),
)
def test_lines_partition_any_text_and_split_no_word(text: str, language: str) -> None:
    slices = split_lines(text, language)
    assert "".join("".join(text[start:end].split()) for start, end in slices) == "".join(text.split())
    for (_, end), (start, _) in itertools.pairwise(slices):
        assert end < start or text[end : end + 1].isspace()
        assert not text[end:start].strip()


@given(
    st.lists(
        st.sampled_from(["ja", "en", "toen", "ging", "ik", "weg", "dus", "dat", "huis"]), min_size=30, max_size=400
    )
)
def test_unpunctuated_speech_never_makes_a_line_of_more_than_28_words(words: list[str]) -> None:
    assert max(len(line.split()) for line in lines(" ".join(words))) <= 28
