"""JSON, CSV and Markdown: the contract of evidence, and cells and signs that do no harm."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest

from synth.domain import Emotion, Motivation, Origin, Refusal, Touchpoint, Unassigned
from synth.errors import InputError
from synth.export import export_results
from synth.export.csv import safe_cell
from synth.export.evidence import make_passages, number_runs
from synth.export.markdown import escape_markdown
from synth.results import Failure, Results, State
from tests.builders import make_claim, make_finding, make_persona, make_results, make_transcript, small_study

CONTRACT = {"transcript", "participant", "first_line", "last_line", "start", "end", "text"}


def as_json(results: Results) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(export_results(results, "json")["results.json"])
    return loaded


def all_evidence(node: Any) -> list[dict[str, Any]]:
    """Everything in the file that looks like evidence."""
    if isinstance(node, list):
        return [found for child in node for found in all_evidence(child)]
    if not isinstance(node, dict):
        return []
    own = [node] if {"start", "end", "first_line", "last_line", "transcript"} <= set(node) else []
    return own + [found for child in node.values() for found in all_evidence(child)]


def all_claims(data: dict[str, Any]) -> list[dict[str, Any]]:
    of_maps = [claim for one in data["maps"] for phase in one["phases"] for claim in phase["claims"]]
    return [claim for persona in data["personas"] for claim in persona["claims"]] + of_maps


def rows(results: Results, name: str = "claims.csv") -> list[dict[str, str]]:
    text = export_results(results, "csv")[name].decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_an_unknown_format_names_those_that_there_are() -> None:
    with pytest.raises(InputError, match="json, html, md, csv"):
        export_results(small_study(), "docx")


def test_every_evidence_is_the_slice_that_it_points_to() -> None:
    data = as_json(small_study(people=4))
    texts = {one["id"]: one["text"] for one in data["transcripts"]}
    names = {one["name"] for one in data["transcripts"]}
    found = all_evidence(data)
    assert len(found) > 50
    for one in found:
        assert set(one) >= CONTRACT
        assert one["transcript"] in names
        assert texts[one["transcript_id"]][one["start"] : one["end"]] == one["text"]


def test_offsets_count_code_points_beyond_the_basic_plane() -> None:
    talk = make_transcript(
        "a.txt", [("R", ["Zo blij \N{GRINNING FACE} toen.", "Één e\N{COMBINING ACUTE ACCENT}."])], {"R": "P1"}
    )
    found = make_finding(talk, 2, Emotion("joy", 2))
    one = as_json(make_results([talk], [found]))["findings"][0]["evidence"][0]
    assert talk.text[one["start"] : one["end"]] == one["text"] == "Één e\N{COMBINING ACUTE ACCENT}."


def test_every_claim_has_evidence_unless_a_person_wrote_it() -> None:
    study = small_study()
    persona = study.draft.personas[0]
    written = make_claim("never", "Sign at the door.", [], origin=Origin.PERSON)
    draft = replace(study.draft, personas=(replace(persona, claims=(*persona.claims, written)),))
    claims = all_claims(as_json(replace(study, draft=draft)))
    assert len(claims) == 14
    assert [claim["origin"] for claim in claims if not claim["evidence"]] == ["person"]


def test_the_people_of_a_claim_are_those_of_its_evidence() -> None:
    for claim in all_claims(as_json(small_study(people=5))):
        assert {one["participant"] for one in claim["evidence"]} == set(claim["participants"])
        assert {one["participant"] for one in claim["against"]} == set(claim["against_participants"])


def test_what_was_left_out_travels_along() -> None:
    data = as_json(
        small_study(
            unassigned=[Unassigned("P02", "Fits none.")],
            failures=[Failure("a.txt", "Empty.")],
            refusals=[Refusal("c", "emotion", 9, 9, "Line 9 does not exist.")],
        )
    )
    assert data["unassigned"] == [{"participant": "P02", "why": "Fits none."}]
    assert data["failures"] == [{"name": "a.txt", "why": "Empty."}]
    assert data["refusals"][0]["why"] == "Line 9 does not exist."
    assert [one["participant"] for one in data["coverage"]] == ["P01", "P02", "P03"]


def test_decisions_are_exported_with_the_claims() -> None:
    study = small_study()
    first, second, *_ = study.draft.personas[0].claims
    data = as_json(replace(study, states={first.id: State.ACCEPTED, second.id: State.REJECTED}))
    states = {claim["id"]: claim["state"] for claim in all_claims(data)}
    assert (states[first.id], states[second.id]) == ("accepted", "rejected")


def test_speakers_stand_by_role_and_participant() -> None:
    speakers = as_json(small_study(people=1))["transcripts"][0]["speakers"]
    assert speakers == [
        {"role": "interviewer", "participant": None, "turns": 2},
        {"role": "participant", "participant": "P01", "turns": 2},
    ]


def test_the_same_study_gives_the_same_bytes() -> None:
    for format_ in ("json", "html", "md", "csv"):
        assert export_results(small_study(), format_) == export_results(small_study(), format_)


def test_a_row_for_each_claim_and_each_evidence() -> None:
    results = small_study(people=3)
    expected = sum(len(claim.finding_ids) + len(claim.against_finding_ids) for claim in results.draft.claims())
    table = rows(results)
    assert len(table) == expected
    assert {row["side"] for row in table} == {"for", "against", "answers"}
    assert {row["people"] for row in table if row["section"] == "stated"} == {"3"}


def test_findings_are_a_table_of_their_own() -> None:
    results = small_study(people=2)
    table = rows(results, "findings.csv")
    assert [row["finding"] for row in table] == [finding.id for finding in results.findings]
    assert next(row for row in table if row["kind"] == "emotion")["valence"] == "-1"


def test_spreadsheets_see_utf8_and_no_formula() -> None:
    talk = make_transcript("=a.txt", [("R", ['=HYPERLINK("x")', "+31 nee", "@sum", "- nou één"])], {"R": "P1"})
    found = [make_finding(talk, line, Motivation("functional"), label="-1+1") for line in (1, 2, 3, 4)]
    persona = make_persona("=1+1", ["P1"], [make_claim("stated", "=cmd|x", found)])
    results = make_results([talk], found, [persona])
    assert export_results(results, "csv")["claims.csv"].startswith(b"\xef\xbb\xbfpersona,")
    cells = [cell for name in ("claims.csv", "findings.csv") for row in rows(results, name) for cell in row.values()]
    assert [cell for cell in cells if cell[:1] in "=+-@" and not cell.lstrip("-").isdigit() and cell] == []
    assert "'- nou één" in cells


@pytest.mark.parametrize(
    ("value", "cell"),
    [("=1+1", "'=1+1"), (" =1", "' =1"), ("\t=1", "'\t=1"), ("plain", "plain"), (-2, -2), (None, ""), (True, "true")],
)
def test_only_text_that_could_run_is_defused(value: object, cell: object) -> None:
    assert safe_cell(value) == cell


def test_markdown_reads_as_a_document() -> None:
    text = export_results(small_study(people=3), "md")["report.md"].decode()
    assert text.startswith("# Choosing a bicycle\n")
    assert "## Persona 1: No breakdowns" in text
    assert "- Standing still on the road. *(2 people, 1 against)*" in text
    assert "“My old bicycle broke down twice and I got worried.” P02, interview-02.txt, line 2, 0:07" in text
    assert "  - Against: “My old bicycle" in text


def test_markdown_in_dutch_has_no_english_headings() -> None:
    text = export_results(small_study("nl"), "md")["report.md"].decode()
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert "### Wat ze vrezen" in headings
    assert not [line for line in headings if "What" in line or "Findings" in line]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("# no heading", "\\# no heading"),
        ("<b>not bold</b>", "\\<b\\>not bold\\</b\\>"),
        ("[link](x)", "\\[link\\](x)"),
        ("a | b", "a \\| b"),
        ("1. no list", "1\\. no list"),
        ("- no list", "\\- no list"),
        ("two\nlines", "two lines"),
    ],
)
def test_words_stay_words_in_markdown(words: str, shown: str) -> None:
    assert escape_markdown(words) == shown


def test_every_row_of_a_markdown_table_has_as_many_cells_as_its_head() -> None:
    talk = make_transcript("a|b.txt", [("R", ["Dat | was | het."])], {"R": "P|1"})
    found = [make_finding(talk, 1, Touchpoint("phone"), phase="use")]
    text = export_results(make_results([talk], found), "md")["report.md"].decode()
    table = [line.replace("\\|", "") for line in text.splitlines() if line.startswith("|")]
    assert table
    assert {line.count("|") for line in table} == {5}


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [([], ""), ([4], "4"), ([4, 5, 6], "4–6"), ([1, 2, 4, 7, 8], "1–2, 4, 7–8")],
)
def test_lines_are_written_in_runs(numbers: list[int], shown: str) -> None:
    assert number_runs(numbers) == shown


def test_findings_that_stand_next_to_each_other_are_one_passage() -> None:
    results = small_study(people=1)
    first, second, shop, relief, call = results.findings
    near = make_passages(results, [first.id, second.id])
    far = make_passages(results, [first.id, call.id])
    assert [passage.cited for passage in near] == [(2, 3)]
    assert [passage.cited for passage in far] == [(2,), (7,)]
    assert [passage.cited for passage in make_passages(results, [shop.id, relief.id, call.id])] == [(5, 6, 7)]


def test_passages_come_by_person_in_the_order_of_the_study() -> None:
    results = small_study(people=3)
    ids = [finding.id for finding in reversed(results.findings) if finding.evidence.first_line in (2, 7)]
    assert [p.participant_id for p in make_passages(results, ids)] == ["P01", "P01", "P02", "P02", "P03", "P03"]
