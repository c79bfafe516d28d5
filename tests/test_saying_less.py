"""Where the built-in reader is unsure a draft says less: of drivers no sentence, of guesses no count."""

from __future__ import annotations

import dataclasses

import pytest

from synth.analyst import ChunkReply, CodeChunk, MergeLabels, MotivationReply, Passage, PersonaReply
from synth.chunk import chunk_lines
from synth.counted import count_channels, count_drivers, tell_apart
from synth.domain import LIKELY_DRIVER, Emotion, Finding, Kind, Motivation, Touchpoint
from synth.export import export_results
from synth.extract import extract_findings
from synth.offline.drafting.feelings import names_channel
from synth.offline.drafting.material import Piece, lay_out
from synth.offline.drafting.sections import as_name, refuses
from synth.offline.drafting.wishes import wants_as_anybody
from synth.offline.labels import label_of, wish_in
from synth.offline.merging import merge_labels
from synth.offline.reader import Reader
from synth.schemas import reply_schema
from tests.builders import make_finding, make_persona, make_results, make_transcript
from tests.drafting import FRAMEWORK, everybody, passage
from tests.test_offline_analyst import map_of, persona_of

UNSURE, LIKELY, SURE = LIKELY_DRIVER - 0.1, LIKELY_DRIVER + 0.05, 0.8
REASON = "I want to know what it will cost me."


def reason(person: str, chance: float | None, driver: str = "feel secure", line: int = 3) -> Finding:
    return passage(person, Motivation(driver, driver_chance=chance), REASON, "consideration", line=line).finding


def contact(person: str, channel: str, confidence: float | None = 0.8, line: int = 1) -> Finding:
    said = passage(person, Touchpoint(channel), "I called them about the bill.", line=line).finding
    return dataclasses.replace(said, confidence=confidence)


# --- Drivers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chances", "told"),
    [
        ([None], True),
        ([SURE], True),
        ([LIKELY], False),
        ([LIKELY, LIKELY], True),
        ([LIKELY, UNSURE], False),
        ([UNSURE, UNSURE, UNSURE], False),
    ],
)
def test_a_driver_is_counted_where_it_is_likely_and_more_than_one_guess(
    chances: list[float | None], told: bool
) -> None:
    own = [reason(f"P{n}", chance) for n, chance in enumerate(chances)]
    assert bool(count_drivers("p", own, FRAMEWORK, "en")) is told


def test_a_counted_driver_stands_on_likely_findings_alone() -> None:
    own = [reason("P1", LIKELY), reason("P2", LIKELY), reason("P3", UNSURE)]
    [claim] = count_drivers("p", own, FRAMEWORK, "en")
    assert claim.participant_ids == ("P1", "P2")


def test_an_unsure_driver_sets_nobody_apart() -> None:
    others = [contact("P8", "phone"), contact("P9", "phone")]
    for chance, told in ((UNSURE, False), (LIKELY, True)):
        own = [reason(person, chance) for person in ("P1", "P2", "P3")]
        assert bool(tell_apart("p", own, others, FRAMEWORK, "en")) is told


def test_unsure_drivers_carry_no_sentence_and_their_words_stay() -> None:
    doubt = Motivation("feel secure", driver_chance=UNSURE)
    unsure = [
        dataclasses.replace(one, finding=dataclasses.replace(one.finding, detail=doubt))
        if one.finding.detail == Motivation("feel secure")
        else one
        for one in everybody()
    ]
    before, after = persona_of(everybody()), persona_of(unsure)
    forms = {FRAMEWORK.driver("feel secure").need("en"), FRAMEWORK.driver("feel secure").choice("en")}
    assert forms & {one.text for one in before.claims}
    assert not forms & {one.text for one in after.claims}
    assert [one.text for one in after.claims if one.section in ("goal", "stated")]
    wish = FRAMEWORK.driver("feel secure").wish("en")
    assert wish in [one.text for one in map_of(everybody()).claims]
    assert wish not in [one.text for one in map_of(unsure).claims]


def test_a_theme_is_not_named_after_an_unsure_driver() -> None:
    findings = tuple(reason(person, UNSURE) for person in ("P1", "P2"))
    task = MergeLabels(Kind.MOTIVATION, findings, (REASON, REASON), FRAMEWORK, "en")
    assert [group.label.partition(":")[0].partition(",")[0] for group in merge_labels(task).groups] == ["Reasons"]


def test_chances_are_the_built_in_readers_and_asked_of_no_model() -> None:
    transcript = make_transcript(
        "a.txt", (("I", ["Why?"]), ("P1", [REASON, "I need to be sure that it never breaks down."])), {"P1": "P1"}
    )
    task = CodeChunk(transcript, chunk_lines(transcript)[0], FRAMEWORK, "", "en")
    assert "driver_chance" not in reply_schema(task)["$defs"]["MotivationReply"]["properties"]
    reply = Reader(embeddings=False).code(task)
    assert reply.motivations
    for one in reply.motivations:
        assert one.driver_chance is not None
        assert 0 <= one.driver_chance <= 1
    found, _ = extract_findings(task, reply, by_built_in=True)
    told = [one.detail.driver_chance for one in found if isinstance(one.detail, Motivation)]
    assert told == [one.driver_chance for one in reply.motivations]
    volunteered = {"driver": "belong", "question": None, "driver_chance": 0.01}
    given = MotivationReply(first_line=2, last_line=2, label="x", phase=None, sure=8, **volunteered)
    [by_model], _ = extract_findings(task, ChunkReply(motivations=[given], emotions=[], touchpoints=[]))
    assert by_model.detail == Motivation("belong")


# --- Channels ----------------------------------------------------------------------------------------------------


def test_channels_of_one_person_each_are_one_claim_beside_those_of_several() -> None:
    own = [contact(person, channel, line=line) for person in ("P1", "P2", "P3") for line, channel in
           enumerate(("phone", "email"), start=1)]  # fmt: skip
    own += [contact("P1", "app", line=8), contact("P2", "letter", line=8)]
    claims = count_channels("p", own, FRAMEWORK, "en")
    assert [one.key for one in claims] == ["email", "phone", None]
    assert claims[-1].text == "Each of one person only: the app and letters"
    assert claims[-1].participant_ids == ("P1", "P2")
    two = [one for one in own if one.participant_id != "P3"]
    assert [one.key for one in count_channels("p", two, FRAMEWORK, "en")] == ["email", "phone", "app", "letter"]


def test_what_is_no_channel_and_what_is_a_mere_guess_is_not_counted() -> None:
    own = [contact("P1", "other"), contact("P1", "phone", 0.4), contact("P2", "app", 0.5), contact("P3", "app", None)]
    own += [contact("P2", "email", 0.9), contact("P2", "email", 0.5, line=9)]
    claims = {one.key: one for one in count_channels("p", own, FRAMEWORK, "en")}
    assert set(claims) == {"app", "email"}
    assert claims["app"].participant_ids == ("P2", "P3")
    assert len(claims["email"].finding_ids) == 1


def test_channels_come_by_the_people_who_count_not_by_mere_guesses() -> None:
    own = [contact("P1", "phone"), contact("P2", "phone", 0.4), contact("P3", "phone", 0.4)]
    own += [contact("P1", "website", line=2), contact("P2", "website", line=2)]
    assert [one.key for one in count_channels("p", own, FRAMEWORK, "en")] == ["website", "phone"]


# --- Words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "language", "label"),
    [
        ("And I said, I need to know what happens if it breaks.", "en", "know what happens if it breaks"),
        ("Ja, ik wil gewoon weten wat ik kwijt ben, meer niet.", "nl", "weten wat ik kwijt ben"),
        ("Ik teken niet, want ik wil geen lijntje aan mijn poot.", "nl", "geen lijntje aan mijn poot"),
        ("I took it because it is near my house.", "en", "it is near my house"),
        ("Ik ging erheen omdat Jan dat rustig vond.", "nl", "Jan dat rustig vond"),
        ("But there was one place.", "en", "there was one place"),
    ],
)
def test_a_reason_is_called_by_the_words_that_carry_it(words: str, language: str, label: str) -> None:
    assert label_of(words, language) == label
    assert label in words


def test_a_label_that_had_to_be_cut_says_so_and_is_short() -> None:
    words = "dat lijstje heb ik gemaild naar allebei tegelijk met mekaar in de cc van de hele afdeling en de directie"
    label = label_of(words, "nl")
    assert label.endswith(" …")
    assert len(label) <= 80
    assert label.removesuffix(" …") in words


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("Wij koken naast elkaar, en dat wil ik niet kwijt.", "nl"),
        ("It's set up the way I want it now.", "en"),
        ("I want to say the second.", "en"),
    ],
)
def test_halves_of_a_wish_are_none(words: str, language: str) -> None:
    assert wish_in(words, language) == ""


@pytest.mark.parametrize(
    ("wish", "anybodys"),
    [
        ("know what happens if it breaks", True),
        ("begrijpen wat ik onderteken", True),
        ("mijn vader een foto sturen", False),
        ("see what'd happen if i emptied it", False),
        ("dat zij daar zit", False),
        ("know him", False),
    ],
)
def test_a_persona_is_named_after_what_could_be_anybodys_wish(wish: str, anybodys: bool) -> None:
    assert wants_as_anybody(wish) is anybodys


@pytest.mark.parametrize("language", ["und", "de"])
def test_a_name_is_sought_in_words_of_any_language(language: str) -> None:
    [piece] = _pieces("And I said, I need to know what happens if it breaks.", language)
    assert as_name(piece) == "Know what happens if it breaks"


def test_what_only_one_story_tells_is_no_name() -> None:
    [piece] = _pieces("Ik wilde niet dat zij daar zit.", "nl")
    assert as_name(piece) == ""
    [piece] = _pieces("And I said, I need to know what happens if it breaks.", "en")
    assert as_name(piece) == "Know what happens if it breaks"


def test_what_somebody_else_would_never_do_is_no_refusal() -> None:
    [piece] = _pieces("Hij heeft het er nooit meer over gehad met de buren.", "nl")
    assert not refuses(piece, "‘Hij heeft het er nooit meer over gehad met de buren.’")
    [piece] = _pieces("Ik koop nooit meer iets bij die winkel.", "nl")
    assert refuses(piece, "‘Ik koop nooit meer iets bij die winkel.’")


def test_what_is_shown_of_a_contact_names_its_channel_where_somebody_does() -> None:
    words = "I was at home that whole week with the children, and they sent me an e-mail about the price."
    contacts = [passage("P1", Touchpoint("email"), words, "use", confidence=0.9)]
    [shown] = [one.text for one in map_of(contacts).claims if one.section == "touchpoint"]
    assert names_channel(shown, "en", "email")


def test_a_guess_at_a_contact_is_not_shown_in_a_cell() -> None:
    words = "I called them about the bill on Monday morning."
    for sure, told in ((0.5, False), (0.9, True)):
        claims = map_of([passage("P1", Touchpoint("phone"), words, "use", confidence=sure)]).claims
        assert bool([one for one in claims if one.section in ("doing", "touchpoint")]) is told


def test_what_people_added_by_hand_is_no_guess() -> None:
    one = passage("P1", Touchpoint("phone"), "I called them about the bill on Monday morning.", "use")
    by_hand = dataclasses.replace(one, finding=dataclasses.replace(one.finding, confidence=None))
    assert [one for one in map_of([by_hand]).claims if one.section == "doing"]


def test_what_somebody_felt_is_nothing_they_did() -> None:
    words = "Ik werd ijskoud van die mail met een uitroepteken."
    claims = map_of([passage("P1", Touchpoint("email"), words, "use", confidence=0.9, language="nl")]).claims
    assert words not in [one.text.strip("‘’") for one in claims if one.section == "doing"]


def test_the_channels_own_sentence_is_not_made_of_one_voice_where_the_reader_was_unsure() -> None:
    said = [passage("P1", Touchpoint("phone"), "Hm, phone.", "use", confidence=0.5)]
    assert not [one for one in map_of(said).claims if one.section == "doing"]


def _pieces(words: str, language: str) -> list[Piece]:
    return lay_out([passage("P1", Motivation("feel secure"), words, language=language)])


# --- The report --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chance", "language", "said"),
    [
        (UNSURE, "en", "Not heard, or not clearly enough to be told: belong"),
        (UNSURE, "nl", "Niet gehoord, of niet duidelijk genoeg om te vertellen: erbij horen"),
        (LIKELY, "en", "Not heard, or not clearly enough to be told: belong"),
        (None, "en", "Not heard: belong"),
    ],
)
def test_a_report_tells_what_was_unclear_from_what_nobody_said(chance: float | None, language: str, said: str) -> None:
    talk = make_transcript("x.txt", [("I", ["Why?"]), ("R", [REASON])], {"R": "P1"}, language=language)
    found = [make_finding(talk, 2, Motivation("feel secure", driver_chance=chance))]
    results = make_results([talk], found, [make_persona("Sure", ["P1"], [], found)], [], language=language)
    html, text = ("".join(page.decode("utf-8") for page in export_results(results, form).values())
                  for form in ("html", "md"))  # fmt: skip
    assert said in html
    for page in (html, text):
        unclear = "Nothing that can be told" in page or "Niets dat met enige zekerheid" in page
        assert unclear is (chance is not None)


def test_channels_of_one_person_each_come_last_though_they_have_the_most_people() -> None:
    used = {"P1": ("phone", "email", "app"), "P2": ("phone", "email", "letter"), "P3": ("desk",)}
    talks = [make_transcript(f"{who}.txt", [("R", list(own))], {"R": who}) for who, own in used.items()]
    found = [
        make_finding(talk, line, Touchpoint(channel))
        for talk, own in zip(talks, used.values(), strict=True)
        for line, channel in enumerate(own, start=1)
    ]
    claims = count_channels("p", found, FRAMEWORK, "en")
    assert [len(one.participant_ids) for one in claims] == [2, 2, 3]
    [page] = export_results(make_results(talks, found, [make_persona("Sure", list(used), claims)]), "md").values()
    places = [page.decode("utf-8").index(one.text) for one in claims]
    assert places == sorted(places)


# --- Whole personas ----------------------------------------------------------------------------------------------


def test_a_driver_that_half_may_have_and_two_likely_do_names_and_is_no_essence() -> None:
    said = "We do the fence by hand on Saturdays."
    chances = {"P1": LIKELY, "P2": LIKELY, "P3": UNSURE}
    passages = [
        passage(person, Motivation("belong", driver_chance=one), said, "use") for person, one in chances.items()
    ]
    reply = persona_of(passages)
    assert reply.name in FRAMEWORK.driver("belong").names("en")
    assert not [one for one in reply.claims if one.section == "essence"]
    assert persona_of(passages[1:]).name not in FRAMEWORK.driver("belong").names("en")


def essence_of(reply: PersonaReply) -> list[str]:
    return [one.text for one in reply.claims if one.section == "essence"]


def contacts(channel: str, *people: str) -> list[Passage]:
    return [passage(one, Touchpoint(channel), "That was about the fence.", "purchase") for one in people]


def test_who_share_no_driver_are_told_by_the_channel_that_sets_them_apart() -> None:
    reply = persona_of([*contacts("letter", "P1", "P2", "P3"), *contacts("phone", "P8", "P9")])
    assert essence_of(reply) == ["More goes through letters than with the others"]
    assert reply.name == "Through letters"


def test_a_channel_of_half_the_others_or_half_of_them_sets_nobody_apart() -> None:
    for own, others in ((("P1", "P2", "P3"), ("P8",)), (("P1", "P2"), ())):
        reply = persona_of([*contacts("letter", *own, *others), *contacts("phone", "P1", "P8", "P9")])
        assert essence_of(reply) == []


def test_what_they_ask_before_they_choose_comes_before_the_channel() -> None:
    asked = "I asked them how long it would take."
    own = [passage(one, Touchpoint("letter"), asked, "orientation") for one in ("P1", "P2", "P3")]
    reply = persona_of([*own, *contacts("phone", "P8")])
    assert essence_of(reply) == ["Wants to know how long it takes, or lasts"]
    assert reply.name == "How long it takes, or lasts"


def test_one_of_several_who_acted_somewhere_does_not_tell_where_they_act() -> None:
    for people, told in ((["P1"], False), (["P1", "P2"], True)):
        claims = persona_of(contacts("letter", *people)).claims
        assert bool([one for one in claims if one.key == "action"]) is told


def test_where_they_acted_is_told_by_what_they_did() -> None:
    words = "I was still thinking of it at midnight in bed."
    for detail, told in ((Emotion("worry", -1), False), (Touchpoint("website"), True)):
        claims = persona_of([passage(person, detail, words, "purchase") for person in ("P1", "P2")]).claims
        assert bool([one for one in claims if one.text == "In the evening or at night"]) is told


def test_a_channel_of_one_person_alone_is_nothing_that_they_do() -> None:
    for people, told in ((["P1"], False), (["P1", "P2"], True)):
        claims = map_of([passage(one, Touchpoint("letter"), "There it lay on the mat.") for one in people]).claims
        assert bool([one for one in claims if one.section == "doing"]) is told


def test_what_one_of_several_wanted_to_know_is_not_how_they_decide() -> None:
    words = "I read the terms and conditions before I signed."
    one, two = (
        [passage(person, Touchpoint("website"), words, "orientation") for person in people]
        for people in (["P1"], ["P1", "P2"])
    )
    for passages, told in ((one, False), (two, True)):
        claims = persona_of(passages).claims
        assert bool([each for each in claims if each.key == "information"]) is told
