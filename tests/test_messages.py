"""Sentences about files, runs and refusals: known again, in both languages, and none without Dutch words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from synth.messages import catalogue, in_language, known, message_code
from synth.parse import ReadSettings, find_files
from synth.pipeline.taking import take_files
from tests.web import client_of, keep_study, opened

ROOT = Path(__file__).parents[1] / "synth"
PLACE = re.compile(r"\{\w*\}")


def written(part: ast.expr) -> str:
    """A part of an f-string; `{}` for a value."""
    if isinstance(part, ast.Constant):
        return str(part.value)
    return "'{}'" if isinstance(part, ast.FormattedValue) and part.conversion == ord("r") else "{}"


def wordings(node: ast.expr, constants: dict[str, list[ast.expr]]) -> Iterator[str]:
    """What an expression may say, with `{}` for each value; nothing for what is made elsewhere."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(map(written, node.values))
    elif isinstance(node, ast.IfExp):
        yield from wordings(node.body, constants)
        yield from wordings(node.orelse, constants)
    elif isinstance(node, ast.Tuple):
        for one in node.elts:
            yield from wordings(one, constants)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        yield from (
            first + then for first in wordings(node.left, constants) for then in wordings(node.right, constants)
        )
    elif isinstance(node, ast.Name):
        for one in constants.get(node.id, ()):
            yield from wordings(one, constants)


GIVE_SENTENCES = ("_about_skipped", "too_large", "aside_reason", "unreadable", "same_as")


def said(path: Path) -> Iterator[str]:
    """Everything that a module says about a file: errors, warnings, why something was skipped, refusals."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants: dict[str, list[ast.expr]] = {}
    for one in ast.walk(tree):
        for target in one.targets if isinstance(one, ast.Assign) else ():
            if isinstance(target, ast.Name):
                constants.setdefault(target.id, []).append(one.value)  # type: ignore[attr-defined]
        if isinstance(one, ast.For) and isinstance(one.iter, ast.Tuple) and isinstance(one.target, ast.Tuple):
            for row in one.iter.elts:
                for name, value in zip(one.target.elts, getattr(row, "elts", ()), strict=False):
                    constants.setdefault(getattr(name, "id", ""), []).append(value)
    places = {"ReadError": 1, "Skipped": 1, "EvidenceError": 0, "Refusal": 4, "skip": 1, "_skip": 1, "_refuse": 2}
    places |= {"ModelError": 1, "Meaning": 0, "FileFailure": 1}
    if path in RUNS:
        places |= {"InputError": 0, "SettingError": 0, "OptionError": 0, "StoreError": 0}
    for one in ast.walk(tree):
        if isinstance(one, ast.Call):
            name = one.func.attr if isinstance(one.func, ast.Attribute) else getattr(one.func, "id", "")
            place = places.get(name)
            if place is not None and len(one.args) > place:
                yield from wordings(one.args[place], constants)
            if name == "append" and getattr(one.func, "value", None) is not None:
                owner = one.func.value  # type: ignore[attr-defined]
                if getattr(owner, "id", "") == "warnings":
                    yield from wordings(one.args[0], constants)
            if name in ("Row", "ReplyError", "CutOffError"):
                yield from (text for key in one.keywords if key.arg == "why" for text in wordings(key.value, {}))
        if isinstance(one, ast.Assign) and getattr(one.targets[0], "id", "") in ("warning", "warnings"):
            yield from wordings(one.value, constants)
        if isinstance(one, ast.FunctionDef) and one.name in GIVE_SENTENCES:
            for inner in ast.walk(one):
                if isinstance(inner, ast.Return) and inner.value is not None:
                    yield from wordings(inner.value, constants)


RUNS = [
    ROOT / "parse" / "files.py", ROOT / "privacy" / "key.py", ROOT / "store" / "base.py", ROOT / "pipeline" / "run.py",
    ROOT / "pipeline" / "jobs.py", ROOT / "pipeline" / "redacting.py", ROOT / "llm.py", ROOT / "measured.py",
    ROOT / "prompts.py", ROOT / "settings.py",
]  # fmt: skip
"""What these raise is told on the page of a run, of the files before it, or of what was measured."""
MODULES = [
    *(path for path in RUNS if path.parent.name != "parse"),
    *sorted((ROOT / "engines").glob("*.py")),
    *(ROOT / f"{name}.py" for name in ("asking", "beside", "forms", "lanes", "model_errors", "providers", "replies")),
    ROOT / "pipeline" / "batching.py", ROOT / "pipeline" / "analysts.py",
    *sorted((ROOT / "parse").glob("*.py")),
    ROOT / "extract.py", ROOT / "claims.py", ROOT / "personas.py", ROOT / "journeys.py", ROOT / "refused.py",
    ROOT / "pipeline" / "taking.py", ROOT / "pipeline" / "uploading.py", ROOT / "pipeline" / "coding.py",
]  # fmt: skip


def test_every_sentence_about_a_file_has_a_code_and_dutch_words() -> None:
    shapes = {PLACE.sub("{}", one["en"]) for one in catalogue().values()}
    found = {(path.name, PLACE.sub("{}", text)) for path in MODULES for text in said(path)}
    found = {(name, text) for name, text in found if re.search(r"[a-z]", text)}
    assert len(found) > 160
    missing = sorted(pair for pair in found if pair[1] not in shapes and not fits(pair[1]))
    assert missing == []


def fits(text: str) -> bool:
    """Whether it is known with something in its places, `{}` for each value; also after the name of what it is on."""
    filled = text.replace("{}", "7")
    return known(filled) is not None or in_language(filled, "nl") != filled


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_sentence_is_known_again_with_its_values(code: str) -> None:
    words = catalogue()[code]
    assert words.keys() == {"en", "nl"}
    places = re.findall(r"\{(\w+)\}", words["en"])
    assert sorted(places) == sorted(re.findall(r"\{(\w+)\}", words["nl"]))
    values = {name: f"x{n}y" for n, name in enumerate(places)}
    text = words["en"].format(**values)
    assert message_code(text) == code
    assert in_language(text, "nl") == words["nl"].format(**values)
    assert in_language(text, "en") == text


@pytest.mark.parametrize(
    ("text", "dutch"),
    [
        ("This is a PNG image, whatever its name says; give the transcript as text.",
         "Dit is een PNG-afbeelding, wat de naam ook zegt. Geef het transcript als tekst."),
        ("a.txt: The document holds no text.", "a.txt: Het document bevat geen tekst."),
        ("Paused. About 12 chunks are left.", "Gepauzeerd. Ongeveer 12 delen zijn nog niet gelezen."),
        ("openai/x: the server failed. (500, server_error)", "openai/x: de server gaf een fout. (500, server_error)"),
        ("openai/x: asking failed (TypeError).", "openai/x: het vragen mislukte (TypeError)."),
        ("P1.txt, lines 2 to 7, pass 2", "P1.txt, regels 2 tot en met 7, keer 2"),
        ("journey map 2", "klantreiskaart 2"),
        ("A talk, lines and all.txt", "A talk, lines and all.txt"),
        ("openai/x: the server failed. (500) No call was answered any more, for a minute at least. What was answered "
         "is kept: run again later.",
         "openai/x: de server gaf een fout. (500) Geen vraag werd nog beantwoord, minstens een minuut lang. Wat "
         "beantwoord is, is bewaard: start het lezen later opnieuw."),
        ("the answer could not be used, nor the one after a complaint. It breaks off before its end. Run again to ask "
         "anew, or try another model.",
         "het antwoord was niet te gebruiken, en dat na een klacht ook niet. Het breekt af voor het einde. Start het "
         "lezen opnieuw om het nog eens te vragen, of probeer een ander model."),
        ("/tmp/s.db: another program is writing to this database. Try again when it is done.",
         "/tmp/s.db: een ander programma schrijft in deze database. Probeer het opnieuw als dat klaar is."),
        ("Nobody gave this words: neither here.", "Nobody gave this words: neither here."),
        ("", ""),
    ],
)  # fmt: skip
def test_parts_of_a_sentence_are_said_in_dutch_too(text: str, dutch: str) -> None:
    assert in_language(text, "nl") == dutch


def test_pages_say_it_in_their_language_and_programs_get_the_code(tmp_path: Path) -> None:
    keep_study(tmp_path / "study.db", people=2)
    client = client_of(tmp_path / "study.db")
    with opened(tmp_path / "study.db") as store:
        study = store.studies()[0]
        given = [("empty.txt", b""), ("notes.txt", b"I was angry about it. Then I went to the shop.")]
        take_files(store, study, given, "me", ReadSettings())
        job = store.add_job(study, "a-run", {}, "me", None)
        store.end_job(job.id, "failed", {"error": "No interview could be read. a.txt: The document holds no text."})
    page = client.get(f"/studies/{study.id}/uploads?lang=nl").text
    assert "Het bestand is leeg." in page
    assert "Het bestand noemt geen sprekers" in page
    assert "The file" not in page
    run = client.get(f"/studies/{study.id}/runs/a-run?lang=nl").text
    assert "Geen interview kon worden gelezen. a.txt: Het document bevat geen tekst." in run
    assert "The file is empty" in client.get(f"/studies/{study.id}/uploads?lang=en").text
    items = client.get(f"/api/v1/studies/{study.id}/uploads").json()["items"]
    assert [(one["code"], (one["why"] or "")[:17]) for one in items] == [
        ("file-empty", "The file is empty"),
        (None, ""),
    ]


def test_long_text_is_no_sentence_of_ours_and_costs_nothing() -> None:
    assert in_language("a: " * 100_000, "nl") == "a: " * 100_000


@pytest.mark.parametrize(
    "text", [": " * 1_900, "column '" * 400 + "'" * 400, "Failed: " * 480, " (" * 1_000 + ")", "about $" * 550]
)
def test_text_that_looks_like_sentences_inside_each_other_is_shown_all_the_same(text: str) -> None:
    assert in_language(text, "nl")


def test_what_lies_beside_interviews_is_told_in_dutch(tmp_path: Path) -> None:
    for name in ("a.png", "b.mp3", "c.mp4", "d.exe", "e.db", "f.pptx", "g.py", "README.md", "h.zip"):
        (tmp_path / name).write_text("no interview", encoding="utf-8")
    failed = find_files([tmp_path]).failed
    assert len(failed) == 9
    told = {one.name: in_language(one.why, "nl") for one in failed}
    assert told["b.mp3"] == "Dit is een opname; schrijf die eerst uit. Het wordt niet gelezen."
    assert not [name for name, why in told.items() if not re.search(r"wordt niet gelezen|beschadigd", why)]
    assert not [name for name, why in told.items() if re.search(r"\b(an?|the|no)\b", why)]
