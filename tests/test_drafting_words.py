"""What words may stand for in a built-in draft: goals, names, fears, deeds, and quotes that were not broken off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from synth.analyst import Passage
from synth.counted import count_drivers, read_loyalty, tell_apart
from synth.domain import Claim, Emotion, Feeling, Finding, Kind, Motivation, Theme, Touchpoint
from synth.frameworks import load_framework, shipped_frameworks
from synth.frameworks.checking import check_framework
from synth.offline.drafting.excerpts import best_piece
from synth.offline.drafting.feelings import names_feeling
from synth.offline.drafting.wishes import reads_as_name, tells_need, tells_wish
from synth.personas import make_passages
from synth.plan import wow_claims
from synth.quotes import broken_speech, can_lead
from tests.drafting import FRAMEWORK, Detail, passage
from tests.scripted import interview
from tests.test_offline_analyst import map_of, persona_of


@pytest.mark.parametrize(
    ("words", "need"),
    [
        ("I just need to know the night before.", True),
        ("But this time I wanted to see a human being.", True),
        ("I don't want a return date staring at me.", True),
        ("They could at least have called me.", True),
        ("Ze hadden even kunnen bellen.", True),
        ("Ik hoef niemand aan de deur.", False),
        ("Ik hoef geen mensen aan de deur.", True),
        ("It's set up the way I want it now.", False),
        ("I had him look at it because he was there.", False),
        ("I could have kissed her keys.", False),
        ("Ik zoek het uit.", False),
        ("Daar wil ik het liever niet over hebben.", False),
        ("daar heb ik geen seconde over nagedacht ik wil …", False),
    ],
)
def test_a_need_is_what_somebody_wants_or_others_could_have_done(words: str, need: bool) -> None:
    assert tells_need(words) is need


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("Want zonder bril zie ik geen cijfer op die meter.", False),
        ("Want ik wilde niet weer met een vaag verhaal aankomen.", True),
        ("Dat wou ik want mijn man zat via het werk ergens anders.", False),
        ("Die wil dat omdat hij daar vroeger heeft gewerkt.", False),
        ("Ik teken nergens voor als ik niet weet waar het getal vandaan komt.", True),
    ],
)
def test_a_reason_is_the_speakers_own_and_can_be_understood_alone(words: str, told: bool) -> None:
    said = passage("P1", Motivation("thrill", driver_chance=0.1), words, language="nl")
    assert bool([one for one in persona_of([said], "nl").claims if one.section == "stated"]) is told


@pytest.mark.parametrize("apostrophe", ["'", "’"])
def test_a_wish_to_be_silent_is_no_goal_and_no_reason(apostrophe: str) -> None:
    words = f"I want my peace because I don{apostrophe}t want to talk about my money."
    said = passage("P1", Motivation("thrill", driver_chance=0.1), words)
    assert not [one for one in persona_of([said]).claims if one.section in ("goal", "stated")]


def needs_of(*passages: Passage) -> list[str]:
    return [one.text for one in map_of(passages).claims if one.section == "need"]


def test_a_need_is_heard_in_a_complaint_and_in_a_reason_of_which_the_reader_was_not_sure() -> None:
    complaint = passage("P1", Emotion("anger", -1), "They could at least have called me.", "use")
    unsure = passage("P1", Motivation("thrill", driver_chance=0.1), "I need to know it before.", "use", confidence=0.3)
    guess = passage("P1", Motivation("thrill", driver_chance=0.1), "It is like that because of him.", "use")
    assert needs_of(complaint) == ["“They could at least have called me.”"]
    assert needs_of(unsure) == ["“I need to know it before.”"]
    assert needs_of(guess) == []


def test_a_friction_in_own_words_names_what_was_felt() -> None:
    for words, told in (("I was so frustrated about the meter.", True), ("I teach history at a school.", False)):
        moments = [
            passage("P1", Emotion("frustration", -2, stated=True), words, "use"),
            passage("P1", Emotion("joy", 2), "It ended well for all of us.", "advocacy"),
        ]
        assert bool([one for one in map_of(moments).claims if one.section == "friction"]) is told


def test_words_that_are_a_goal_already_are_shown_large_only_where_they_are_the_best() -> None:
    goal = passage("P1", Motivation("thrill", driver_chance=0.1), "I want to know what it costs me in the end.", line=1)
    other = passage("P2", Emotion("joy", 2), "I want my own people around me on a Sunday evening.", line=4)
    assert persona_of([goal]).hero == 1
    assert persona_of([goal, other]).hero == 2


def test_a_dash_before_words_is_no_part_of_them() -> None:
    assert best_piece("— and the energy was one line on my bill.") == "the energy was one line on my bill."


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        ("I want to see the figures first.", True),
        ("It was the, I want to say the second of May.", False),
        ("I don't want to be rung at night.", False),
        ("Ik wil gewoon dat de lift het doet.", True),
        ("Dat wil zeggen dat ik nog niks had.", False),
        ("Ik wil niet dat ze zomaar binnenkomen.", False),
        ("Dan wil je thuis wat terugdoen.", True),
    ],
)
def test_a_goal_is_what_somebody_says_they_want_to_get_done(words: str, wish: bool) -> None:
    assert tells_wish(words) is wish


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("I want one clear answer", True),
        ("Like if you don't want to, that's okay", False),
        ("Met de fiets, want ik wilde bewegen", False),
        ("Liever een mens aan de lijn", True),
        ("Is this what I want?", False),
    ],
)
def test_a_persona_is_named_in_words_that_read_as_a_need(words: str, name: bool) -> None:
    assert reads_as_name(words) is name


@pytest.mark.parametrize(
    ("words", "broken"),
    [
        ("It was the, I want to say the second of May.", True),
        ("I looked at the meter —", True),
        ("and i'd have i'd have paid the lot", True),
        ("And then she says", True),
        ("Dat was, hoe heet dat, een aanslag.", True),
        ("The rain came in, so I rang the landlord.", False),
        ("Het duurde heel heel lang.", False),
    ],
)
def test_speech_that_was_broken_off_or_corrected_is_known(words: str, broken: bool) -> None:
    assert (broken_speech(words) > 0) is broken


def test_of_two_clauses_the_one_that_was_not_corrected_is_shown() -> None:
    words = "It was the, I just, the second of May; I paid the whole bill at the counter."
    assert best_piece(words).endswith("I paid the whole bill at the counter.")
    assert "I just" not in best_piece(words)


@pytest.mark.parametrize(
    ("words", "language", "named"),
    [
        ("I was worried sick about the roof.", "en", True),
        ("Not that I was worried.", "en", False),
        ("Ik was bang dat het dak zou lekken.", "nl", True),
        ("Ik was daar helemaal niet bang voor.", "nl", False),
        ("I put the letter in the drawer.", "en", False),
    ],
)
def test_a_fear_is_named_and_not_denied(words: str, language: str, named: bool) -> None:
    assert names_feeling(words, language, {"fear", "worry"}) is named


def test_doing_says_what_was_done_and_through_what() -> None:
    asked = [passage(f"P{n}", Touchpoint("phone"), "I asked them what it would come to.", line=n) for n in (1, 2)]
    bare = passage("P3", Touchpoint("letter"), "There was a letter.", line=3)
    claims = map_of([*asked, bare]).claims
    assert [one.text for one in claims if one.section == "doing"] == ["I ask what I need to know (phone)"]
    assert not [one for one in claims if one.section == "touchpoint" and "There was" in one.text]


def test_a_reason_that_the_reader_only_guessed_at_is_no_need() -> None:
    def needs(confidence: float) -> list[str]:
        said = [passage(f"P{n}", Motivation("feel secure"), "And so on.", confidence=confidence) for n in (1, 2)]
        return [one.text for one in map_of(said).claims if one.section == "need"]

    assert needs(0.9) == ["I want to know where I stand"]
    assert needs(0.3) == []


def test_an_unnamed_persona_says_so() -> None:
    assert persona_of([passage("P1", Touchpoint("phone"), "Then I rang.")]).name == "Not named yet"


SPOKEN = (
    "and i thought this is comparing buildings it doesn't tell me which human being is going to pick her up",
    "um i was home with her and i only want to know who is there",
    "and he said that i could bring her whenever i want to",
    "i went to the desk and then i waited for my turn and the",
)


@pytest.mark.parametrize(("words", "leads"), list(zip(SPOKEN, (True, True, False, False), strict=True)))
def test_a_line_of_speech_without_punctuation_can_lead(words: str, leads: bool) -> None:
    bare = interview((("P1", SPOKEN),))
    written = interview((("P1", [words, *(f"{one}, so, it was." for one in SPOKEN)]),))
    made = [passage("P1", Emotion("worry", -1), "").finding]
    for transcript, may in ((bare, leads), (written, False)):
        lines = [line for line in transcript.lines if line.text]
        found = [replace(made[0], id=f"{line.number}",
                         evidence=replace(made[0].evidence, transcript_id=transcript.id, first_line=line.number,
                                          last_line=line.number)) for line in lines]  # fmt: skip
        told = {one.words: one for one in make_passages(found, [transcript])}
        assert can_lead(told[words]) is may


# --- What is counted ---------------------------------------------------------------------------------------------


def _felt(person: str, phase: str, emotion: str = "joy", valence: int = 1) -> Finding:
    return passage(person, Emotion(emotion, valence), "Words.", phase).finding


def _unlike(people: int) -> list[Claim]:
    own = [passage(f"P{n}", Touchpoint("phone"), "Words.").finding for n in range(people)]
    return tell_apart("p", own, [passage("Q1", Touchpoint("app"), "Words.").finding], FRAMEWORK, "en")


def _wow(people: int) -> list[Claim]:
    own = [_felt(f"P{n}", "use", valence=2) for n in range(people)]
    return wow_claims(
        "m", {"use": [Feeling(f.participant_id, 2.0, (f.id,)) for f in own]}, own, people, FRAMEWORK, "en"
    )


@pytest.mark.parametrize("made", [_unlike, _wow])
def test_a_claim_that_tells_how_many_stays_itself_when_somebody_joins(made: Callable[[int], list[Claim]]) -> None:
    [before], [after] = made(3), made(4)
    assert before.text != after.text
    assert before.id == after.id


@pytest.mark.parametrize("key", ["customer", "funnel", "employee", "campaign"])
def test_the_role_of_a_phase_says_which_reading_of_loyalty_it_tells(key: str) -> None:
    framework = load_framework(key)
    using = next(phase.key for phase in framework.phases if phase.role == "using")
    bonding = next(phase.key for phase in framework.phases if phase.role == "bonding")
    own = [_felt("P1", using), _felt("P1", bonding, "trust")]
    assert [one.key for one in read_loyalty("p", own, framework, "en")] == ["satisfaction", "attached"]
    bare = framework.model_copy(
        update={"phases": tuple(one.model_copy(update={"role": "choosing"}) for one in framework.phases)}
    )
    assert read_loyalty("p", own, bare, "en") == []
    # Joy may be about anything: it binds nobody to anybody.
    assert [one.key for one in read_loyalty("p", [_felt("P1", bonding)], framework, "en")] == []
    assert key in shipped_frameworks()


def _marked(person: str, reading: str | None, valence: int, phase: str = "use") -> Finding:
    emotion = Emotion("joy" if valence > 0 else "anger", valence, reading=reading)
    return passage(person, emotion, "Words.", phase, line=valence + 5).finding


def _told(own: list[Finding], others: Sequence[Finding] = ()) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    return [(one.text.split()[0] + " " + (one.key or ""), one.participant_ids, one.against_participant_ids)
            for one in read_loyalty("p", own, load_framework(), "en", others)]  # fmt: skip


def test_feelings_without_a_mark_do_not_drown_those_of_a_person_that_have_one() -> None:
    cross = [_marked("P1", None, value) for value in (-2, -1)]
    assert _told([*cross, _marked("P1", "satisfaction", 2)]) == [("Satisfied satisfaction", ("P1",), ())]
    other = _marked("P2", None, -1)
    told = _told([*cross, _marked("P1", "satisfaction", 2), other], [_marked("P3", None, 1)])
    assert told == [("Divided satisfaction", ("P1",), ("P2",))]


def test_where_most_people_have_marks_silence_is_neither() -> None:
    own = [_marked("P1", "satisfaction", 2), _marked("P2", None, -1)]
    others = [_marked("P3", "satisfaction", 1)]
    assert _told(own, others) == [("Satisfied satisfaction", ("P1",), ())]


def test_nobody_is_both_attached_and_not() -> None:
    broken = [_marked("P1", "connection", -2, "loyalty"), _marked("P2", "connection", -1, "loyalty")]
    sign = replace(passage("P1", Touchpoint("phone"), "Words.", "loyalty", line=9).finding, signals=("attached",))
    texts = {one.text: one for one in read_loyalty("p", [*broken, sign], load_framework(), "en")}
    assert list(texts) == ["Divided: some feel a bond with the organisation or its people, as many others feel none"]
    [claim] = texts.values()
    assert (claim.participant_ids, claim.against_participant_ids) == (("P1",), ("P2",))
    assert sign.id in claim.finding_ids


def _theme(label: str, findings: Sequence[Finding]) -> Theme:
    people = tuple(sorted({one.participant_id for one in findings}))
    return Theme(f"theme {label}", Kind.MOTIVATION, label, tuple(one.id for one in findings), people)


def test_what_all_of_them_tell_and_few_others_comes_before_drivers_channels_and_one_emotion() -> None:
    details: list[Detail] = [Motivation("thrill"), Touchpoint("app"), Emotion("joy", 2)]
    own = [passage(f"P{n}", one, "Words.", line=line).finding for n in (1, 2, 3) for line, one in enumerate(details)]
    others = [passage(f"Q{n}", Touchpoint("phone"), "Words.").finding for n in (1, 2, 3, 4)]
    wants = [one for one in own if isinstance(one.detail, Motivation)]
    themes = [
        _theme("On paper before signing", wants),
        _theme("Thrill, in use and service", wants),
        _theme("Told by most of all", [*wants, *others[:2]]),
        _theme("Told by two of three", wants[:2]),
    ]
    told = tell_apart("p", own, others, FRAMEWORK, "en", themes)
    assert [one.text.split(":")[0] for one in told] == [
        "Tells of ‘On paper before signing’", "More often driven by ‘thrill’", "More often uses the app",
        "More often happy",
    ]  # fmt: skip
    assert told[0].participant_ids == ("P1", "P2", "P3")
    assert "3 of 3, 0 of 4" in told[0].text


def test_a_practical_reason_says_what_it_is_about() -> None:
    for language, words in (("en", "money, time and effort"), ("nl", "geld, tijd en moeite")):
        [claim] = count_drivers("p", [passage("P1", Motivation("functional"), "Words.").finding], FRAMEWORK, language)
        assert words in claim.text


@pytest.mark.parametrize("change", ["telling", "warned"])
def test_no_wow_where_people_tell_others_or_one_of_them_warns(change: str) -> None:
    phase = "advocacy" if change == "telling" else "use"
    own = [_felt(f"P{n}", phase, valence=2) for n in range(3)]
    feelings = {phase: [Feeling(f.participant_id, 2.0, (f.id,)) for f in own]}
    if change == "warned":
        assert wow_claims("m", feelings, own, 3, FRAMEWORK, "en") != []
        own.append(replace(passage("P1", Touchpoint("phone"), "Words.", phase, line=7).finding, signals=("warns",)))
    assert wow_claims("m", feelings, own, 3, FRAMEWORK, "en") == []


def test_a_framework_without_a_phase_of_bonding_is_advised_on() -> None:
    text = """
key: shop
en: Shop
nl: Winkel
extends: customer
phases:
  - {key: look, role: informing, en: Look, nl: Kijken, meaning_en: looking, meaning_nl: kijken,
     title_en: I look, title_nl: Ik kijk, reads_as: [orientation]}
  - {key: use, role: using, en: Use, nl: Gebruik, meaning_en: using, meaning_nl: gebruiken,
     title_en: I use it, title_nl: Ik gebruik het}
"""
    advice = check_framework(text).advice
    assert [one for one in advice if "role: bonding" in one]
    assert not [one for one in advice if "role: using" in one]


def test_a_wow_names_a_channel_only_where_several_used_it() -> None:
    own = [_felt(f"P{n}", "use", valence=2) for n in range(3)]
    called = [passage(f"P{n}", Touchpoint("phone"), "I rang.", line=9).finding for n in range(2)]
    felt = {"use": [Feeling(f.participant_id, 2.0, (f.id,)) for f in own]}
    alone = wow_claims("m", felt, [*own, called[0]], 3, FRAMEWORK, "en")
    both = wow_claims("m", felt, [*own, *called], 3, FRAMEWORK, "en")
    assert ("(Phone)" in alone[0].text, "(Phone)" in both[0].text) == (False, True)
    assert replace(alone[0], text="") == replace(both[0], text="")
