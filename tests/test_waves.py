"""Two waves compared: people counted, and nothing said to hold that chance could make."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner

from synth.cli import cli
from synth.domain import Emotion, Evidence, Finding, Kind, Motivation, Theme
from synth.frameworks import load_framework
from synth.journeys import feelings_by_phase
from synth.waves import WaveComparison, compare_waves, exchange_chance

FRAMEWORK = load_framework("customer")
PEOPLE = [f"P{number:02}" for number in range(1, 13)]


def felt(person: str, valence: int, wave: str, phase: str = "use") -> Finding:
    return Finding(f"{wave}-{person}-{phase}", person, Evidence(wave, 1, 1), "x", "en", phase, Emotion("joy", valence))


def driven(person: str, wave: str, phase: str = "use", driver: str = "feel secure") -> Finding:
    detail = Motivation(driver)
    return Finding(f"{wave}-{person}-{driver}-{phase}", person, Evidence(wave, 2, 2), "sure", "en", phase, detail)


def compared(before: list[Finding], after: list[Finding], themes: tuple[Theme, ...] = ()) -> WaveComparison:
    return compare_waves(before, after, people=(PEOPLE, PEOPLE), themes=themes, framework=FRAMEWORK,
                         waves=("2025", "2026"), language="en")  # fmt: skip


def use(found: WaveComparison) -> tuple[float | None, bool]:
    shift = next(one for one in found.feelings if one.phase == "use")
    return shift.change, shift.holds


def test_a_shift_that_everybody_made_holds() -> None:
    found = compared([felt(one, -1, "a") for one in PEOPLE], [felt(one, 1, "b") for one in PEOPLE])
    assert use(found) == (2.0, True)
    assert len(found.holding()) == 1


def test_feelings_that_are_known_already_give_the_same_answer() -> None:
    before, after = [felt(one, -1, "a") for one in PEOPLE], [felt(one, 1, "b") for one in PEOPLE]
    known = (feelings_by_phase(before, FRAMEWORK), feelings_by_phase(after, FRAMEWORK))
    given = compare_waves(before, after, people=(PEOPLE, PEOPLE), themes=(), framework=FRAMEWORK,
                          waves=("2025", "2026"), language="en", felt=known)  # fmt: skip
    assert given == compared(before, after)


def test_the_same_shift_among_three_people_does_not_hold() -> None:
    found = compared([felt(one, -1, "a") for one in PEOPLE[:3]], [felt(one, 1, "b") for one in PEOPLE[:3]])
    assert use(found) == (2.0, False)


def test_somebody_who_tells_much_counts_once() -> None:
    much = [felt("P01", 2, "b", "use")] + [
        Finding(f"m{number}", "P01", Evidence("b", 1, 1), "x", "en", "use", Emotion("joy", 2)) for number in range(9)
    ]
    found = compared([felt(one, 0, "a") for one in PEOPLE], [*much, *(felt(one, 0, "b") for one in PEOPLE[1:])])
    assert use(found)[0] == pytest.approx(2 / 12, abs=0.01)


def test_what_all_stopped_speaking_of_vanished() -> None:
    theme = Theme("t", Kind.MOTIVATION, "Being sure", tuple(driven(one, "a").id for one in PEOPLE), tuple(PEOPLE))
    found = compared([driven(one, "a") for one in PEOPLE], [], (theme,))
    assert [(one.what, one.label, one.change, one.holds) for one in found.presences] == [
        ("theme", "Being sure", "vanished", True),
        ("driver", "Feel secure", "vanished", True),
    ]


def test_what_is_told_of_another_phase_moved() -> None:
    found = compared([driven(one, "a", "purchase") for one in PEOPLE], [driven(one, "b", "use") for one in PEOPLE])
    assert [(one.change, one.phase_before, one.phase_after) for one in found.presences] == [
        ("moved", "purchase", "use")
    ]


def test_noise_alone_seldom_holds() -> None:
    """Of 40 comparisons of pure noise, the procedure lets hardly any through."""
    dice = random.Random(5)
    held = 0
    for number in range(40):
        before = [felt(one, dice.randint(-2, 2), f"a{number}") for one in PEOPLE]
        after = [felt(one, dice.randint(-2, 2), f"b{number}") for one in PEOPLE]
        held += len(compared(before, after).holding())
    assert held <= 4


def test_exchanging_pairs_is_exact_where_few_were_asked_twice() -> None:
    before, after = {"a": 0.0, "b": 0.0, "c": 0.0, "d": 0.0}, {"a": 1.0, "b": 1.0, "c": 1.0, "d": 1.0}
    assert exchange_chance(before, after, "s") == 2 / 16
    assert exchange_chance({}, after, "s") is None


def test_the_same_waves_give_the_same_answer() -> None:
    before = {f"P{number}": float(number % 5) for number in range(30)}
    after = {f"P{number}": float(number % 3) for number in range(10, 45)}
    assert exchange_chance(before, after, "s") == exchange_chance(before, after, "s")


@pytest.fixture(scope="module")
def two_waves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of two small waves, read by the built-in reader."""
    folder = tmp_path_factory.mktemp("waves")
    for wave, told in (("2025", "I was so angry, nobody rang me back."), ("2026", "I was really happy with the app.")):
        (folder / wave).mkdir()
        for person in ("P1", "P2", "P3"):
            text = f"Interviewer: How did it go?\n\n{person}: I called them about my bill. {told}\n"
            (folder / wave / f"{person}.txt").write_text(text, encoding="utf-8")
        run = ["run", str(folder / wave), "--study", "S", "--wave", wave, "--db", str(folder / "s.db"), "--model",
               "offline", "--out", str(folder / "out"), "--language", "en"]  # fmt: skip
        result = CliRunner().invoke(cli, run, env={"SYNTH_OFFLINE_EMBEDDINGS": "0"}, catch_exceptions=False)
        assert result.exit_code == 0, result.output
    return folder


def test_the_command_writes_a_page_and_says_that_three_people_prove_nothing(two_waves: Path) -> None:
    command = ["compare", "S", "--waves", "2025", "2026", "--db", str(two_waves / "s.db")]
    result = CliRunner().invoke(cli, [*command, "--out", str(two_waves / "out")], catch_exceptions=False)
    assert result.exit_code == 0
    assert "2025: 3 people. 2026: 3 people, 3 in both." in result.stdout
    assert "differs by more than chance could make" in result.stdout
    page = (two_waves / "out" / "s-waves-2025-2026.html").read_text(encoding="utf-8")
    assert "I was really happy with the app." in page
    assert "<script" not in page


def test_every_difference_carries_its_exact_words(two_waves: Path) -> None:
    command = ["compare", "S", "--waves", "2025", "2026", "--db", str(two_waves / "s.db"), "--json"]
    found = json.loads(CliRunner().invoke(cli, command, catch_exceptions=False).stdout)
    assert found["both"] == ["P1", "P2", "P3"]
    told = [one["text"] for shift in found["feelings"] for one in shift["evidence"]]
    assert any("angry" in text for text in told)


def test_an_unknown_wave_is_refused_with_those_that_are_there(two_waves: Path) -> None:
    from synth.errors import InputError

    command = ["compare", "S", "--waves", "2025", "2031", "--db", str(two_waves / "s.db")]
    with pytest.raises(InputError, match="'2025', '2026'"):
        CliRunner().invoke(cli, command, catch_exceptions=False)
