"""Measured events: read as they come, scored by points, beside feelings and never mixed with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from synth.cli import cli
from synth.domain import Feeling, PhaseColumn
from synth.errors import InputError
from synth.frameworks import load_framework
from synth.measured import Measured, default_points, disagreements, read_measured, read_points, score_phases

FRAMEWORK = load_framework("customer")
DUTCH = (
    "Fase;Kanaal;Gebeurtenis;Aantal;Contactmoment\nOriëntatie;Website;klik;1.400;tarieven\nuse;e-mail;ongeopend;30;\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_dutch_file_with_semicolons_is_read_by_names(encoding: str) -> None:
    assert read_measured(DUTCH.encode(encoding), FRAMEWORK) == [
        Measured("orientation", "website", "click", 1400, "tarieven"),
        Measured("use", "email", "unopened", 30),
    ]


def test_rows_of_one_place_and_event_are_added_up() -> None:
    data = b"phase,channel,event,count\nuse,app,view,2\nuse,app,opens,3\n"
    assert read_measured(data, FRAMEWORK) == [Measured("use", "app", "view", 5)]


def test_lines_that_end_as_on_an_old_mac_are_lines() -> None:
    assert read_measured(b"phase,channel,event,count\ruse,app,view,2\r", FRAMEWORK) == [
        Measured("use", "app", "view", 2)
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"phase,channel,event,count\nuse,app,dance,2\n", "Line 2: 'dance' is no event"),
        (b"phase,channel,event,count\nnowhere,app,view,2\n", "Line 2: 'nowhere' is no phase"),
        (b"phase,channel,event,count\nuse,pigeon,view,2\n", "'pigeon' is no channel"),
        (b"phase,channel,event,count\nuse,app,view,many\n", "Line 2: 'many' is no count"),
        (b"phase,channel,event,count\nuse,app,view,-2\n", "'-2' is no count"),
        (b"phase,channel,event,count\nuse,app,view,inf\n", "'inf' is no count"),
        (b"phase,channel,event,count\nuse,app,view,1e30\n", "'1e30' is no count"),
        (b"phase,channel,event,count\nuse,app,view,2.7\n", "'2.7' is no count"),
        (b"phase,channel,event,count\n,,,\n", "no event in it"),
        (b'phase,channel,event,count\nuse,app,view,"' + b"3" * 140_000, "This is not a table"),
        (b"phase,event,count\nuse,view,2\n", "Columns are missing: channel"),
        (b"", "no event in it"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(data: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_measured(data, FRAMEWORK)


def test_points_are_summed_and_deducted() -> None:
    measured = [Measured("use", "app", "form", 2), Measured("use", "email", "negative", 3)]
    scores = score_phases(measured, default_points(), FRAMEWORK.phase_keys)
    assert [(one.channel, one.points, one.verdict) for one in scores] == [
        (None, 1.0, "mixed"),
        ("email", -9.0, "bad"),
        ("app", 10.0, "good"),
    ]
    assert score_phases(measured, read_points(["negative=0"]), FRAMEWORK.phase_keys)[0].points == 10.0


@pytest.mark.parametrize("given", ["click", "click=x", "dance=2", "click=nan", "click=inf"])
def test_points_that_cannot_be_are_refused(given: str) -> None:
    with pytest.raises(InputError, match="EVENT=NUMBER"):
        read_points([given])


def column(*values: float) -> PhaseColumn:
    feelings = tuple(Feeling(f"P{number}", value, ()) for number, value in enumerate(values))
    mean = sum(values) / len(values)
    return PhaseColumn("use", (), feelings, mean, None, None, {}, {}, (), ())


def test_a_phase_that_does_well_and_feels_bad_is_listed_from_three_people_on() -> None:
    scores = score_phases([Measured("use", "app", "form", 2)], default_points(), FRAMEWORK.phase_keys)
    assert [one.phase for one in disagreements(scores, [column(-1, -1, -2)])] == ["use"]
    assert not disagreements(scores, [column(-1, -1)])
    assert not disagreements(scores, [column(1, 1, 1)])


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("measure")
    for person, what in (("P1", "bill"), ("P2", "meter reading"), ("P3", "address")):
        text = f"Interviewer: And then?\n\n{person}: I was furious with the app, the {what} in it was wrong again.\n"
        (folder / "told").mkdir(exist_ok=True)
        (folder / "told" / f"{person}.txt").write_text(text, encoding="utf-8")
    run = ["run", str(folder / "told"), "--study", "S", "--db", str(folder / "s.db"), "--model", "offline",
           "--language", "en", "--out", str(folder / "out")]  # fmt: skip
    assert CliRunner().invoke(cli, run, env={"SYNTH_OFFLINE_EMBEDDINGS": "0"}, catch_exceptions=False).exit_code == 0
    (folder / "events.csv").write_text("phase,channel,event,count\nuse,app,view,1200\n", encoding="utf-8")
    return folder


def measure(folder: Path, *rest: str) -> str:
    command = ["measure", "S", *rest, "--db", str(folder / "s.db")]
    result = CliRunner().invoke(cli, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_importing_again_replaces_and_the_report_shows_it(study: Path) -> None:
    for _ in range(2):
        measure(study, str(study / "events.csv"), "--out", str(study / "out"))
    scores = json.loads(measure(study, "--json"))["scores"]
    assert scores[0]["counts"] == {"view": 1200}
    page = (study / "out" / "s.html").read_text(encoding="utf-8")
    assert "1,200 views" in page
    exported = CliRunner().invoke(cli, ["export", "S", "-f", "json", "--db", str(study / "s.db")])
    assert json.loads(exported.stdout)["measured"][0]["points"] == 1200


def test_without_events_the_report_has_no_strip(study: Path) -> None:
    assert "No event was measured" in measure(study, "--clear")
    measure(study, "--out", str(study / "out"))
    assert "l-measured" not in (study / "out" / "s.html").read_text(encoding="utf-8").split("</style>")[1]
