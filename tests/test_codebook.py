"""Codebooks: made of themes, brought as a file, read by, and what no code fits only proposed."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from synth.analyst import ChunkReply
from synth.cli import cli
from synth.codebook import MOST_CODES, code_themes, join_themes, propose_codes, read_codebook
from synth.domain import Code, Emotion, Finding, Kind, Motivation, Theme, content_id
from synth.errors import NotFoundError, ReadError
from synth.export.codebook import export_codebook_csv
from synth.extract import extract_findings
from synth.frameworks import load_framework
from synth.migrations import migrations
from synth.offline import OfflineAnalyst
from synth.offline.codes import fit_code
from synth.pipeline.codebooks import drop_code, proposed_codes
from synth.prompts import render
from synth.store import Store, open_store
from tests.builders import make_finding, make_transcript
from tests.scripted import emotion, interview, motivation, reply_of, task_for

LATE = Code("Rekening te laat", Kind.EMOTION, "een rekening die na de vervaldatum komt", "boos over wachten", "te hoog")
HIGH = Code("Rekening te hoog", Kind.EMOTION, "een bedrag dat hoger is dan verwacht", examples=("Het dubbele!",))
DESK = Code("Help at a desk", Kind.TOUCHPOINT, "a person behind a counter who helps")
CSV = """soort;naam;omschrijving;wanneer wel;wanneer niet;voorbeelden;door
emotie;Rekening te laat;een rekening die na de vervaldatum komt;;;"Te laat!
Weer te laat!";Anna
;Overal goed;past op alles;;;;
"""
QDC = """<?xml version="1.0" encoding="utf-8"?>
<CodeBook xmlns="urn:QDA-XML:codebook:1.0" origin="Another program"><Codes>
<Code guid="1" name="Emotion" isCodable="false"><Code guid="2" name="Late bill" isCodable="true">
<Description>A bill that comes late</Description></Code></Code>
<Code guid="3" name="Bills" isCodable="true"><Code guid="4" name="Too high" isCodable="true"/></Code>
</Codes></CodeBook>"""


def texts() -> st.SearchStrategy[str]:
    plain = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.just(" "), max_size=40)
    return plain.map(lambda text: " ".join(text.split()))


# --- Files -------------------------------------------------------------------------------------------------------


def test_table_with_dutch_heads_is_read() -> None:
    late, anything = read_codebook(CSV.encode("cp1252"), "codes.csv")
    assert (late.kind, late.name, late.made_by) == (Kind.EMOTION, "Rekening te laat", "Anna")
    assert late.examples == ("Te laat!", "Weer te laat!")
    assert (anything.kind, anything.made_by) == (None, "codes.csv")


@given(st.lists(st.tuples(texts().filter(bool), texts(), texts(), texts().filter(bool)), min_size=1, max_size=5,
                unique_by=lambda row: row[0].casefold()))  # fmt: skip
def test_a_codebook_that_was_written_is_read_back_the_same(rows: list[tuple[str, str, str, str]]) -> None:
    codes = tuple(
        Code(name, Kind.EMOTION, definition, rule, "", (example,), "me")
        for name, definition, rule, example in rows
        if not any(re.match(r"' *[=+\-@＝＋－＠]", text) for text in (name, definition, rule, example))
    )
    if codes:
        assert read_codebook(export_codebook_csv(codes), "codes.csv") == codes


def test_cells_that_a_spreadsheet_would_run_come_back_as_they_were() -> None:
    code = Code("=1+1", Kind.EMOTION, "-2 and lower", made_by="@me")
    written = export_codebook_csv([code])
    assert b"'=1+1" in written
    assert read_codebook(written, "c.csv") == (code,)


def test_codebook_of_another_program_keeps_its_folders_in_names_and_kinds() -> None:
    late, bills, high = read_codebook(QDC.encode(), "book.qdc")
    assert (late.kind, late.name, late.definition) == (Kind.EMOTION, "Late bill", "A bill that comes late")
    assert (bills.kind, bills.name, high.name) == (None, "Bills", "Bills: Too high")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no column 'name'"),
        (b"kind;definition\nemotion;x", "no column 'name'"),
        (b"name\n", "no code in it"),
        (b"kind,name\nfeeling,x", "the kind 'feeling' is not known"),
        (b"kind,name\nemotion,", "row 2: the code has no name"),
        (b"name\na\nA", "stands in it twice"),
        (b"name\n" + b"x" * 200, "longer than 80"),
        (b"name\n" + b"\n".join(b"c%d" % n for n in range(MOST_CODES + 1)), "at most 150"),
        (b"<CodeBook><Codes></CodeBook>", "XML is broken"),
        (b'<?xml version="1.0" encoding="none"?><CodeBook/>', "XML is broken"),
        (b"<CodeBook>" + b"<Set>" * 3000 + b"</Set>" * 3000 + b"</CodeBook>", "too deep"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><CodeBook><Codes><Code name="&a;"/></Codes></CodeBook>', "defines entities"),
    ],
)
def test_file_that_is_no_codebook_is_told_why(data: bytes, says: str) -> None:
    with pytest.raises(ReadError, match=says):
        read_codebook(data, "codes.csv")


# --- Reading by it -----------------------------------------------------------------------------------------------


def test_a_finding_keeps_the_code_that_the_model_gave_and_an_unknown_one_is_refused() -> None:
    task = replace(task_for(), codes=(Code("Bills", Kind.EMOTION), Code("Any", None)))
    reply = reply_of(emotion(2, code="bills"), emotion(3, emotion="sadness", valence=-1, code="Taxes"),
                     motivation(4, code="Bills"), motivation(6, code="any"))  # fmt: skip
    findings, refusals = extract_findings(task, ChunkReply.model_validate_json(reply))
    assert [finding.code for finding in findings] == [None, "Any", "Bills", None]
    assert [refusal.kind for refusal in refusals] == ["code", "code"]


def test_a_code_is_known_as_the_prompt_shows_it() -> None:
    codes = (Code("Price [fees] | late", Kind.EMOTION), Code("A?", Kind.EMOTION), Code("A!", Kind.EMOTION))
    task = replace(task_for(), codes=codes)
    shown = next(row for row in render(task).system.splitlines() if "fees" in row).removeprefix("emotion ")
    assert shown != codes[0].name
    reply = reply_of(emotion(2, code=shown), emotion(3, emotion="sadness", valence=-1, code="A"))
    findings, refusals = extract_findings(task, ChunkReply.model_validate_json(reply))
    assert [finding.code for finding in findings] == [codes[0].name, None]
    assert [refusal.kind for refusal in refusals] == ["code"]


def test_codes_of_a_reply_count_for_nothing_where_the_study_has_no_codebook() -> None:
    (finding,), refusals = extract_findings(task_for(), ChunkReply.model_validate_json(reply_of(emotion(2, code="x"))))
    assert (finding.code, refusals) == (None, [])


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("De rekening kwam weer na de vervaldatum en ik was boos.", "Rekening te laat"),
        ("Zo'n bedrag had ik niet verwacht, hoger dan ooit.", "Rekening te hoog"),
        ("De hond van de buren blafte.", None),
        ("De rekening.", None),
    ],
)
def test_built_in_reader_gives_the_code_whose_rule_is_spoken_and_else_none(said: str, code: str | None) -> None:
    assert fit_code(Kind.EMOTION, (said,), (LATE, HIGH, DESK), "nl") == code


def test_codes_of_another_kind_are_not_given() -> None:
    assert fit_code(Kind.EMOTION, ("The person behind the counter helped at the desk.",), (DESK,), "en") is None
    assert fit_code(Kind.TOUCHPOINT, ("The person behind the counter helped.",), (DESK,), "en") == DESK.name


def test_another_codebook_is_another_request_of_the_built_in_reader() -> None:
    analyst = OfflineAnalyst(embeddings=False)
    task = task_for()
    keys = {analyst.request(one).key for one in (task, replace(task, codes=(LATE,)), replace(task, codes=(HIGH,)))}
    assert len(keys) == 3
    answer = asyncio.run(analyst.answer(replace(task, codes=(LATE,)), analyst.request(task)))
    assert ChunkReply.model_validate_json(answer.raw)


# --- Themes and proposals ----------------------------------------------------------------------------------------


def coded() -> tuple[list[Finding], dict[str, str]]:
    transcript = make_transcript("a.txt", [("P1", ["One.", "Two.", "Three."])], {"P1": "P1"})
    findings = [make_finding(transcript, n, Emotion("anger", -2), label=f"l{n}") for n in (1, 2, 3)]
    findings[0] = replace(findings[0], code="Late bill")
    return findings, {one.id: f"words {one.label}" for one in findings}


def test_findings_of_a_code_are_a_theme_and_join_one_of_the_same_name() -> None:
    findings, _ = coded()
    (theme,) = code_themes(findings)
    assert (theme.label, theme.finding_ids) == ("Late bill", (findings[0].id,))
    asked = Theme(content_id("theme", Kind.EMOTION, "late bill"), Kind.EMOTION, "Late bill", (findings[1].id,), ("P1",))
    (joined,) = join_themes([theme], [asked])
    assert joined.finding_ids == (findings[0].id, findings[1].id)


def test_only_what_no_code_fits_is_proposed_with_its_own_lines() -> None:
    findings, words = coded()
    theme = Theme("t", Kind.EMOTION, "Anger", tuple(one.id for one in findings), ("P1",))
    done = Theme("u", Kind.EMOTION, "Done", (findings[0].id,), ("P1",))
    (code,) = propose_codes([theme, done], {one.id: one for one in findings}, words, "en", "model", load_framework())
    assert (code.name, code.made_by, code.examples) == ("Anger", "model", ("words l2",))
    assert "coded as: angry. Told by one person" in code.definition


# --- In a study --------------------------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path: Path):  # type: ignore[no-untyped-def]
    folder = tmp_path / "in"
    folder.mkdir()
    for person in ("P1", "P2", "P3"):
        text = (
            "Interviewer: Hoe begon het?\n\n"
            f"{person}: De rekening kwam weer te laat en ik was woedend.\n\n"
            "Interviewer: En toen?\n\n"
            f"{person}: Ik heb gebeld met de klantenservice. Ik was opgelucht dat de mevrouw zo aardig was.\n"
        )
        (folder / f"{person}.txt").write_text(text, encoding="utf-8")

    def go(*arguments: str) -> str:
        done = CliRunner(env={"SYNTH_OFFLINE_EMBEDDINGS": "0"}).invoke(
            cli, [*arguments, "--db", str(tmp_path / "s.db")]
        )
        assert done.exit_code == 0, done.output
        return done.output

    go("run", str(folder), "--study", "s", "--personas", "1", "--out", str(tmp_path / "out"))
    return go


def test_codebook_goes_from_themes_to_a_file_and_back_to_the_next_reading(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "codes.csv"
    assert "no codebook yet" in run("codebook", "s")
    run("codebook", "s", "--adopt", "--by", "Anna", "--out", str(file))
    codes = read_codebook(file.read_bytes(), "codes.csv")
    assert {code.made_by for code in codes} == {"Anna"}
    assert all(code.examples for code in codes)
    run("run", str(tmp_path / "in"), "--study", "t", "--personas", "1", "--codebook", str(file),
        "--out", str(tmp_path / "out"))  # fmt: skip
    shown = json.loads(run("codebook", "t", "--json"))
    assert [code["name"] for code in shown["codes"]] == [code.name for code in codes]
    run("export", "t", "-f", "json", "--out", str(tmp_path / "r.json"))
    results = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    given = [finding["code"] for finding in results["findings"]]
    assert any(given)
    assert set(given) <= {None, *(code.name for code in codes)}
    themes = {theme["label"]: theme["findings"] for theme in results["themes"]}
    for finding in results["findings"]:
        if finding["code"]:
            assert finding["id"] in themes[finding["code"]]


def test_adopting_takes_what_is_listed_for_it_and_can_be_undone(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    own = "Interviewer: En?\n\nP4: Ik was trots op de nieuwe app. Ik heb er een brief over gekregen.\n"
    (tmp_path / "in" / "P4.txt").write_text(own, encoding="utf-8")
    run("run", str(tmp_path / "in"), "--study", "s", "--personas", "1", "--out", str(tmp_path / "out"))

    def shown(*options: str) -> dict[str, Any]:
        said = run("codebook", "s", *options, "--json")
        found: dict[str, Any] = json.loads(said[said.index("{\n") :])
        return found

    listed = shown()
    would = [(code["kind"], code["name"]) for code in listed["proposed"][: listed["adopts"]]]
    assert 0 < len(would) < len(listed["proposed"]), "what one person alone says is listed too"
    assert f"makes codes of these ({len(would)})" in run("codebook", "s")
    adopted = shown("--adopt")
    assert [(code["kind"], code["name"]) for code in adopted["codes"]] == would
    assert (adopted["adopts"], len(adopted["proposed"])) == (0, len(listed["proposed"]) - len(would))
    name = would[0][1]
    left = shown("--drop", name.upper())["codes"]
    assert [code["name"] for code in left] == [one for _, one in would if one != name]
    cleared = shown("--clear")
    assert (cleared["codes"], cleared["proposed"]) == ([], listed["proposed"])
    (tmp_path / "codes.csv").write_text("kind,name\nemotion,Dogs\n", encoding="utf-8")
    anew = shown("--clear", "--import", str(tmp_path / "codes.csv"))
    assert [code["name"] for code in anew["codes"]] == ["Dogs"]


def test_what_no_code_fits_is_proposed_and_not_added(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "codes.csv"
    file.write_text("kind,name,definition\nemotion,Dogs,barking of dogs in the street\n", encoding="utf-8")
    run("run", str(tmp_path / "in"), "--study", "s", "--personas", "1", "--codebook", str(file),
        "--out", str(tmp_path / "out"))  # fmt: skip
    shown = json.loads(run("codebook", "s", "--json"))
    assert [code["name"] for code in shown["codes"]] == ["Dogs"]
    assert shown["proposed"]
    assert all(code["examples"] for code in shown["proposed"])


@pytest.mark.usefixtures("run")
def test_codes_are_dropped_one_by_one(tmp_path: Path) -> None:
    store: Store = open_store(str(tmp_path / "s.db"))
    study = store.study("s")
    store.put_codebook(study, [Code("A", Kind.EMOTION), Code("B", Kind.EMOTION), Code("B", None)])
    drop_code(store, study, Kind.EMOTION, "b")
    assert [(code.name, code.kind) for code in store.codebook(study)] == [("A", Kind.EMOTION), ("B", None)]
    with pytest.raises(NotFoundError, match="no code 'B'"):
        drop_code(store, study, Kind.EMOTION, "B")
    assert [code.name for code in proposed_codes(store, study)]
    store.close()


def test_withdrawal_takes_a_persons_lines_out_of_the_codebook(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    store = open_store(str(tmp_path / "s.db"))
    study = store.study("s")
    theirs = "Mijn achterneef uit Lutjebroek heeft de meterkast blauw geverfd."
    path = tmp_path / "in" / "P4.txt"
    path.write_text(f"Interviewer: En?\n\nP4: {theirs} Ik was woedend over de rekening.\n", encoding="utf-8")
    run("run", str(tmp_path / "in"), "--study", "s", "--personas", "1", "--out", str(tmp_path / "out"))
    examples = (theirs, "Somebody else's words, kept.")
    store.put_codebook(study, [*store.codebook(study), Code("Paint", Kind.EMOTION, theirs, examples=examples)])
    store.close()
    run("withdraw", "s", "P4", "--yes")
    store = open_store(str(tmp_path / "s.db"))
    (code,) = (code for code in store.codebook(study) if code.name == "Paint")
    store.close()
    assert (code.definition, code.examples) == ("", ("Somebody else's words, kept.",))


def test_motivations_and_interviews_without_codes_are_untouched() -> None:
    finding = make_finding(interview(), 2, Motivation("feel secure"))
    assert code_themes([finding]) == ()


def test_a_database_of_before_gets_room_for_codes_and_keeps_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    old = Database(sqlite3.connect(path))
    migrations.apply(old, stop_before="m005_codebook")
    old.execute("insert into studies values ('1', 's', '', 'en', 'customer', '', '2026-01-01')")
    old.conn.commit()
    old.close()
    store = open_store(str(path))
    study = store.study("s")
    store.put_codebook(study, [LATE, DESK, Code("Any", None, made_by="me")])
    assert store.codebook(study) == (LATE, DESK, Code("Any", None, made_by="me"))
    store.close()
