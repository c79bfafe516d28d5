"""The report: whole HTML, every sentence with its people and words, and nothing from an interview that acts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from synth.domain import Emotion, JourneyMap, Origin, Refusal, Touchpoint, Unassigned, fold_space
from synth.export import FORMATS, export_results
from synth.export.html import colour_tokens, style_sheet
from synth.export.interface import clock
from synth.frameworks import load_framework
from synth.pipeline.reports import file_stem, write_report
from synth.results import Failure, Results, State
from tests.builders import make_claim, make_finding, make_map, make_persona, make_results, make_transcript, small_study
from tests.page_reader import StrictReader, read_page
from tests.web import keep_study, opened

HOSTILE = (
    "<script>alert(1)</script> \"quoted\" 'single' <img src=x onerror=alert(2)> &amp; {{ 7*7 }} javascript:alert(3)"
)


def page_of(results: Results) -> StrictReader:
    return read_page(export_results(results, "html")["report.html"].decode("utf-8"))


def one_person() -> Results:
    return small_study(people=1)


def nobody() -> Results:
    return make_results([], [])


def no_personas() -> Results:
    study = small_study()
    return make_results(study.transcripts, study.findings, unassigned=[Unassigned("P01", "Too few people.")])


def no_feelings() -> Results:
    study = small_study()
    return replace_findings(study, [one for one in study.findings if not isinstance(one.detail, Emotion)])


def many_people() -> Results:
    return small_study(people=40)


def long_words() -> Results:
    word = "arbeidsongeschiktheidsverzekeringsmaatschappij" * 12
    talk = make_transcript("x.txt", [("I", ["Hoe?"]), ("R", [word, "Ik mailde."])], {"R": "P1"}, language="nl")
    found = [
        make_finding(talk, 2, Emotion("anger", -2), label=word[:80], phase="use"),
        make_finding(talk, 3, Touchpoint("email"), phase="use"),
    ]
    persona = make_persona(word[:80], ["P1"], [make_claim("fear", word[:300], found)], found)
    lanes = [make_claim("friction", word[:300], found, phase="use", key="context lost")]
    return make_results([talk], found, [persona], [make_map(persona, found, lanes, load_framework())], language="nl",
                        study=word)  # fmt: skip


def replace_findings(study: Results, findings: Sequence[object]) -> Results:
    """The study with claims and columns cut down to these findings."""
    kept = {one.id for one in findings}  # type: ignore[attr-defined]
    persona = study.draft.personas[0]
    claims = [c for c in persona.claims if set(c.finding_ids) <= kept and set(c.against_finding_ids) <= kept]
    slim = replace(persona, claims=tuple(claims), quotes=())
    return make_results(study.transcripts, findings, [slim], [make_map(slim, findings, [], study.framework)])  # type: ignore[arg-type]


STUDIES = {
    "a small study": small_study,
    "a study in Dutch": lambda: small_study("nl", 6),
    "one person": one_person,
    "nobody": nobody,
    "no personas": no_personas,
    "no feelings": no_feelings,
    "forty people": many_people,
    "very long words": long_words,
}


@pytest.fixture(params=list(STUDIES), name="results")
def _results(request: pytest.FixtureRequest) -> Results:
    study: Results = STUDIES[request.param]()
    return study


def test_tags_balance_and_ids_are_given_once(results: Results) -> None:
    page = page_of(results)
    ids = Counter(element.id for element in page.root.all() if element.id)
    assert page.problems == []
    assert [name for name, times in ids.items() if times > 1] == []


def test_every_link_leads_to_a_place_on_the_page(results: Results) -> None:
    page = page_of(results)
    ids = {element.id for element in page.root.all()}
    targets = [element.attributes.get("href") or "" for element in page.root.all() if "href" in element.attributes]
    assert [href for href in targets if href.startswith("#") and href[1:] not in ids] == []
    assert [href for href in targets if not href.startswith("#") and href != "data:,"] == []


def test_nothing_is_fetched_and_nothing_runs(results: Results) -> None:
    html = export_results(results, "html")["report.html"].decode("utf-8")
    page = read_page(html)
    names = {name for element in page.root.all() for name in element.attributes}
    assert page.root.all("script") == page.root.all("iframe") == page.root.all("img") == []
    assert [name for name in names if name.startswith("on") or name in ("src", "srcset", "style", "action")] == []
    assert re.findall(r"url\((?!data:font/woff2;base64,|#)", html) == []
    assert "@import" not in html
    assert "http" not in re.sub(r'http-equiv="Content-Security-Policy"', "", html)


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_writes_every_study(results: Results, format_: str) -> None:
    files = export_results(results, format_)
    assert files
    assert all(data for data in files.values())


def test_the_bar_leads_to_personas_by_name_and_names_each_map() -> None:
    results = small_study(people=4)
    pairs = list(page_of(results).root.all("li", "pair"))
    name = results.draft.personas[0].name
    assert [a.words() for a in pairs[0].all("a")] == [name, f"map : {name}"]


def test_moves_between_channels_stand_behind_a_fold_where_there_are_many() -> None:
    study = small_study(people=4)
    journey = study.draft.maps[0]
    channels = ("phone", "email", "letter", "app")
    moves = [replace(journey.switches[0], to_channel=one, from_phase="use", to_phase="use") for one in channels]
    for many in (3, 4):
        maps = (replace(journey, switches=tuple(moves[:many])), *study.draft.maps[1:])
        page = page_of(replace(study, draft=replace(study.draft, maps=maps)))
        folds = list(page.root.all("details", "moves"))
        assert [len(one.all("details", "move")) for one in folds] == ([4] if many == 4 else [])


def test_who_had_to_start_again_on_one_channel_is_told_so_and_not_of_a_move_to_itself() -> None:
    study = small_study(people=4)
    journey = study.draft.maps[0]
    again = replace(journey.switches[0], from_channel="phone", to_channel="phone", from_phase="use", to_phase="use",
                    lost_participant_ids=journey.switches[0].participant_ids)  # fmt: skip
    maps = (replace(journey, switches=(again,)), *study.draft.maps[1:])
    for language, said in (("en", "Phone, once more"), ("nl", "Telefoon, nog eens")):
        given = replace(study, language=language, draft=replace(study.draft, maps=maps))
        words = page_of(given).root.words()
        assert said in words
        assert "Phone → Phone" not in words


def test_interviews_of_one_name_are_told_apart_by_their_wave() -> None:
    study = small_study(people=3)
    alike = tuple(replace(one, name="talk.txt", wave=f"2026-Q{n}") for n, one in enumerate(study.transcripts[:2], 1))
    page = page_of(replace(study, transcripts=(*alike, *study.transcripts[2:])))
    heads = [one.words() for part in page.root.all("section", "interview") for one in part.all("h3")]
    assert heads == ["talk.txt (2026-Q1)", "talk.txt (2026-Q2)", study.transcripts[2].name]
    assert "talk.txt (2026-Q1), line" in page.root.words()


def test_what_is_known_of_people_reads_as_words() -> None:
    study = small_study(people=2)
    known = replace(study.participants[0], attributes={"age_group": "35-49", "home": "flat"})
    words = page_of(replace(study, participants=(known, *study.participants[1:]))).root.words()
    assert "age group: 35-49 · home: flat" in words
    assert "age_group" not in words


def test_every_sentence_carries_its_number_of_people_and_opens_their_words() -> None:
    results = small_study(people=4)
    page = page_of(results)
    claims = {element.id: element for element in page.root.all("details", "claim")}
    for claim in results.draft.claims():
        shown = claims[f"c-{claim.id}"]
        assert str(len(claim.participant_ids)) in shown.all("summary")[0].words()
        for finding_id in claim.finding_ids:
            words = results.words(finding_id)
            figures = [f for f in shown.all("figure", "w") if f"{words.participant_id} " in f.words()]
            cited = {line.words().split(" ", 1)[1] for figure in figures for line in figure.all("p", "c")}
            lines = words.transcript.lines[words.first_line - 1 : words.last_line]
            assert {fold_space(line.text) for line in lines} <= cited


def test_words_stand_with_the_lines_around_them_and_their_place() -> None:
    results = small_study(people=2)
    claim = next(c for c in results.draft.personas[0].claims if c.section == "stated")
    shown = next(e for e in page_of(results).root.all("details", "claim") if e.id == f"c-{claim.id}")
    figure = shown.all("figure", "w")[0]
    cited = [line.words() for line in figure.all("p", "c")]
    assert cited == ["2 My old bicycle broke down twice and I got worried."]
    assert "1 Interviewer How did it begin?" in figure.words()
    assert "3 I wanted one that I could rely on." in figure.words()
    assert "interview-01.txt, line 2" in figure.words()
    assert "0:07" in figure.words()


def test_who_contradicts_stands_under_against() -> None:
    results = small_study(people=3)
    claim = next(c for c in results.draft.claims() if c.against_participant_ids)
    shown = next(e for e in page_of(results).root.all("details", "claim") if e.id == f"c-{claim.id}")
    assert "1 against" in shown.all("summary")[0].words()
    assert "P01" in shown.all("div", "ev-a")[0].words()
    assert "P01" not in shown.all("div", "ev-f")[0].words()


def test_an_uncontested_sentence_says_that_nobody_is_against() -> None:
    results = small_study()
    claim = next(c for c in results.draft.claims() if c.section == "stated")
    shown = next(e for e in page_of(results).root.all("details", "claim") if e.id == f"c-{claim.id}")
    assert "Nobody against" in shown.all("div", "ev-a")[0].words()


def test_speaker_names_from_the_file_are_shown_nowhere() -> None:
    talk = make_transcript(
        "a.txt", [("Anna Vermeulen", ["Hoe?"]), ("Gijs de Wit", ["Ik was boos."])], {"Gijs de Wit": "P1"}
    )
    found = [make_finding(talk, 2, Emotion("anger", -2), phase="use")]
    persona = make_persona("Rust", ["P1"], [make_claim("fear", "Boosheid.", found)], found)
    for format_ in ("html", "md", "csv"):
        for data in export_results(make_results([talk], found, [persona]), format_).values():
            assert b"Vermeulen" not in data
            assert b"Gijs" not in data


def test_words_of_an_interview_never_become_markup() -> None:
    talk = make_transcript(HOSTILE, [("I", ["Hoe?"]), ("R", [HOSTILE, "Ik mailde."])], {"R": "<b>P1</b>"})
    found = [
        make_finding(talk, 2, Emotion("<i>anger</i>", -2), label=HOSTILE, phase="use"),
        make_finding(talk, 3, Touchpoint(HOSTILE, "<u>x</u>", False), label=HOSTILE),
    ]
    claim = make_claim("fear", HOSTILE, found, key=HOSTILE)
    persona = make_persona(HOSTILE, ["<b>P1</b>"], [claim], found, unknowns=[HOSTILE])
    lane = make_claim("friction", HOSTILE, found, phase="use", key=HOSTILE)
    journey = make_map(persona, found, [lane], load_framework(), title=HOSTILE, reading=HOSTILE)
    results = make_results(
        [talk], found, [persona], [journey], study=HOSTILE, subject=HOSTILE, quality=HOSTILE,
        failures=[Failure(HOSTILE, HOSTILE)], refusals=[Refusal("c", HOSTILE, 1, 1, HOSTILE)],
    )  # fmt: skip
    page = page_of(results)
    assert page.problems == []
    assert not any(page.root.all(tag) for tag in ("script", "img", "u"))
    assert "alert(1)" in page.root.words()
    assert "{{ 7*7 }}" in page.root.words()


def test_nothing_left_out_is_left_unsaid() -> None:
    results = small_study(
        unassigned=[Unassigned("P02", "Stands as far from everybody.")],
        failures=[Failure("photo.txt", "This is a picture.")],
        refusals=[Refusal("c", "emotion", 900 + n, 900, f"Line {900 + n} does not exist.") for n in range(3)],
    )
    words = page_of(results).root.words()
    assert "photo.txt This is a picture." in words
    assert "Refused findings 3" in words
    assert "Line … does not exist. 3 emotion" in words
    assert "Findings in no phase 3" in words


def test_people_without_a_persona_are_listed_with_the_reason() -> None:
    words = page_of(no_personas()).root.words()
    assert "People in no persona 3" in words
    assert "P01 Too few people." in words
    assert words.count("No reason was stored.") == 2


def test_a_rejected_sentence_is_listed_and_not_shown_in_its_place() -> None:
    study = small_study()
    claim = study.draft.personas[0].claims[1]
    page = page_of(replace(study, states={claim.id: State.REJECTED}))
    assert f"c-{claim.id}" not in {element.id for element in page.root.all()}
    assert claim.text in [element.words() for element in page.root.all("s")]


def test_a_sentence_by_a_person_stands_without_quotes_and_says_so() -> None:
    study = small_study()
    persona = study.draft.personas[0]
    written = make_claim("never", "Sign at the door.", [], origin=Origin.PERSON)
    changed = replace(study.draft, personas=(replace(persona, claims=(*persona.claims, written)),))
    shown = next(e for e in page_of(replace(study, draft=changed)).root.all("details") if e.id == f"c-{written.id}")
    assert "Written by a person, without quotes." in shown.words()


def test_empty_sections_and_phases_say_that_nothing_was_heard() -> None:
    page = page_of(small_study())
    [unknown] = page.root.all("section", "unknown")
    cells = {cell.words() for cell in page.root.all("p", "none") if cell.all("span", "vh")}
    gaps = [cell.words() for cell in page.root.all("p", "gap")]
    assert not page.root.all("section", "s-never")
    assert "Nothing heard under" in unknown.words()
    assert "Would never" in unknown.words()
    assert cells == {"– Nothing heard"}
    assert gaps == ["Nobody said how this felt"] * 6


def test_no_mean_is_shown_on_fewer_than_three_people() -> None:
    def feelings(people: int) -> list[str]:
        cells = page_of(small_study(people=people)).root.all("div", "l-feeling")
        return [cell.all("span", "fw")[0].words() for cell in cells if cell.all("span", "fw")]

    assert feelings(2) == ["worried", "relieved"]
    assert feelings(3) == ["worried \N{MINUS SIGN}1.0", "relieved +1.7"]


def test_a_study_too_large_for_its_page_keeps_one_passage_of_each_person_in_place() -> None:
    results = many_people()
    page = page_of(results)
    claim = next(c for c in results.draft.claims() if c.section == "stated")
    shown = next(e for e in page.root.all("details", "claim") if e.id == f"c-{claim.id}")
    people = {figure.all("figcaption")[0].all("b")[0].words() for figure in shown.all("figure", "w")}
    assert people >= set(claim.participant_ids)


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_page_speaks_the_language_of_the_study(language: str) -> None:
    page = page_of(small_study(language))
    html = next(element for element in page.root.all("html"))
    assert html.attributes["lang"] == language
    assert {quote.attributes["lang"] for quote in page.root.all("blockquote")} == {language}
    assert ("Interviewer How did" in page.root.words()) is (language == "en")
    assert ("Wat we niet weten" in page.root.words()) is (language == "nl")


def test_numbers_on_the_page_are_those_of_the_study() -> None:
    results = small_study(people=5)
    page = page_of(results)
    facts = [div.words() for div in page.root.all("dl", "facts")[0].all("div")]
    assert facts[0] == "People 5"
    assert facts[1].startswith("Interviews 5")
    assert facts[2] == f"Findings {len(results.findings)} 5 motivations, 10 emotions, 10 touchpoints"
    assert len([row for row in page.root.all("table", "find") for row in row.all("tr")]) == len(results.findings) + 3


def test_every_finding_has_a_place_that_links_back_to_its_sentences() -> None:
    results = small_study(people=2)
    page = page_of(results)
    ids = {element.id: element for element in page.root.all("li")}
    for finding in results.findings:
        claims = [c.id for c in results.draft.claims() if finding.id in (*c.finding_ids, *c.against_finding_ids)]
        links = [a.attributes["href"] for a in ids[f"f-{finding.id}"].all("a")]
        assert links == [f"#c-{claim}" for claim in claims[:4]]


def test_a_map_of_a_persona_that_is_gone_does_no_harm() -> None:
    study = small_study()
    stray: JourneyMap = replace(study.draft.maps[0], persona_id="gone")
    assert page_of(replace(study, draft=replace(study.draft, maps=(stray,)))).problems == []


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXT = [
    *[(ink, ground) for ink in ("ink", "ink2", "ink3", "pos", "neg", "con", "idea") for ground in ("page", "surface")],
    ("accent", "page"), ("accent", "surface"),
    ("ink", "sunk"), ("ink2", "sunk"), ("ink", "pos-band"), ("ink", "neg-band"), ("con", "con-bg"), ("idea", "idea-bg"),
    ("ink", "idea-bg"), ("ink2", "idea-bg"), ("ink", "accent-bg"), ("ink2", "accent-bg"), ("neg", "accent-bg"),
    ("idea", "accent-bg"), ("surface", "ink"), ("surface", "ink2"),
]  # fmt: skip
GRAPHIC = [
    ("edge", "surface"), ("edge", "page"), ("pos", "pos-band"), ("neg", "neg-band"), ("ink3", "pos-band"),
    ("ink3", "neg-band"), ("accent", "surface"), ("accent", "page"), ("idea", "idea-bg"),
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (GRAPHIC, 3.0)], ids=["text", "drawings"])
def test_every_pair_of_colours_in_use_can_be_told_apart(
    scheme: str, pairs: list[tuple[str, str]], least: float
) -> None:
    tokens = colour_tokens()[scheme]
    low = [(one, other) for one, other in pairs if contrast(tokens[one], tokens[other]) < least]
    assert low == []


def test_the_style_sheet_uses_no_colour_besides_its_tokens() -> None:
    rules = re.sub(r"base64,[A-Za-z0-9+/=]+|:root[^{]*\{[^}]*\}", "", style_sheet())
    used = set(re.findall(r"var\(--([a-z0-9-]+)", rules))
    assert re.findall(r"#[0-9A-Fa-f]{3,8}\b(?=[;\s}])", rules) == []
    assert used - set(colour_tokens()["light"]) - {"sans", "serif", "bar", "drawer", "pad", "k", "col", "n"} == set()


@pytest.mark.parametrize(("seconds", "shown"), [(7.0, "0:07"), (1300.9, "21:40"), (3751.0, "1:02:31")])
def test_times_are_written_as_on_a_recorder(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("‘My old bicycle broke down twice and I got worried.’", 1),
        ("“My old bicycle … I got worried”", 1),
        ("‘My old bicycle fell apart.’", 0),
        ("My old bicycle broke down twice and I got worried.", 0),
    ],
)
def test_a_sentence_looks_like_a_quote_only_if_it_is_one(text: str, shown: int) -> None:
    study = small_study(people=1)
    claim = make_claim("stated", text, study.findings[:1])
    draft = replace(study.draft, personas=(make_persona("A", ["P01"], [claim]),), maps=())
    page = page_of(replace(study, draft=draft))
    assert len(page.root.all("span", "said")) == shown


def test_two_runs_write_the_report_of_a_study_at_once(tmp_path: Path) -> None:
    results = small_study()
    study, out = keep_study(tmp_path / "s.db", results), tmp_path / "out"
    (out / f"{file_stem(study.name)}.part").mkdir(parents=True)  # what another writes, as nobody may write over it
    with opened(tmp_path / "s.db") as store:
        path = write_report(store, study, results, str(out))
    assert path.read_text(encoding="utf-8").endswith("</html>\n")
    assert {one.suffix for one in out.iterdir()} == {".html", ".part"}


def test_a_report_that_somebody_ends_meanwhile_leaves_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = small_study()
    study, out = keep_study(tmp_path / "s.db", results), tmp_path / "out"

    def ended(_: Results, file: BinaryIO) -> None:
        file.write(b"half of it")
        raise KeyboardInterrupt

    monkeypatch.setattr("synth.export.html.write_html", ended)
    with opened(tmp_path / "s.db") as store, pytest.raises(KeyboardInterrupt):
        write_report(store, study, results, str(out))
    assert list(out.iterdir()) == []
