"""Two readings of one study beside each other, on planted differences; and who is told that somebody read nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from synth.analyst import CodeChunk, Request, Task
from synth.cli.compare import compare
from synth.domain import Kind, content_id
from synth.errors import InputError, NotFoundError
from synth.pipeline.comparing import Comparison, Place, choose_readers, compare_readings
from synth.pipeline.progress import Silent
from synth.pipeline.run import RunSettings, run_study
from synth.store import open_store
from tests.scripted import ScriptedAnalyst, Step, emotion, motivation, reply_of, touchpoint

# Lines 2 to 4 and 6 to 7 are P01's.
INTERVIEW = """Interviewer: How did it begin?

P01: The bill was twice as high as the year before. I was furious about that bill. So I called the supplier at once.

Interviewer: And then?

P01: They told me to write them a letter about it. I only want to know what I will pay in the end, nothing else.
"""
Plan = Callable[[Task], Step]


class Model(ScriptedAnalyst):
    """Reads under a name and a version of its own, so that its answers stay beside those of others."""

    def __init__(self, name: str, *proposals: dict[str, Any], version: str = "1", plan: Plan | None = None) -> None:
        raw = reply_of(*proposals)
        super().__init__(lambda task, *_: (plan(task) if plan else raw) if isinstance(task, CodeChunk) else "nothing")
        self.model, self.version = name, version

    def request(self, task: Task) -> Request:
        asked = super().request(task)
        return Request(
            content_id(asked.key, self.model, self.version), task.name, self.model, asked.prompt, self.version
        )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "interviews"
    made.mkdir()
    (made / "P01.txt").write_text(INTERVIEW, encoding="utf-8")
    return made


def read(folder: Path, *models: ScriptedAnalyst) -> str:
    """The database after these have read, one after the other."""
    db, out = str(folder.parent / "study.db"), str(folder.parent / "report")
    for model in models:
        run_study(
            RunSettings.make([str(folder)], db=db, study="Bills", model=model.model, out_dir=out), Silent(), model
        )
    return db


def compared(db: str, *models: str, versions: tuple[str, str] | None = None) -> Comparison:
    store = open_store(db)
    try:
        return compare_readings(store, store.study("Bills"), choose_readers(models or None, versions))
    finally:
        store.close()


def kind(found: Comparison, which: Kind) -> Any:
    return next(one for one in found.kinds if one.kind is which)


def test_lines_cited_are_compared_by_hand_computed_measures(folder: Path) -> None:
    db = read(folder, Model("one", emotion(2, 3)), Model("two", emotion(3), emotion(7)))
    found = compared(db, "one", "two")
    # Of five lines: 3 by both, 2 and 7 by one of them, 4 and 6 by neither.
    lines = kind(found, Kind.EMOTION).lines
    assert (found.lines, found.transcripts, found.read) == (5, 1, (5, 5))
    assert (lines.units, lines.agreed, lines.percent) == (5, 3, 60.0)
    assert lines.ac1 == pytest.approx((0.6 - 0.48) / 0.52)
    assert lines.alpha == pytest.approx(1 - 9 * 2 / (4 * 6))
    assert kind(found, Kind.EMOTION).prevalence == (0.4, 0.4)


def test_findings_are_shared_or_of_one_reader_alone(folder: Path) -> None:
    first = Model("one", touchpoint(3, 4), motivation(7))
    db = read(folder, first, Model("two", touchpoint(4, channel="letter"), touchpoint(6)))
    touchpoints = kind(compared(db, "one", "two"), Kind.TOUCHPOINT)
    (pair,) = touchpoints.shared
    assert (pair.a, pair.b) == (Place("P01.txt", 3, 4, "phone"), Place("P01.txt", 4, 4, "letter"))
    assert (touchpoints.only_a, touchpoints.only_b) == ((), (Place("P01.txt", 6, 6, "phone"),))
    motivations = kind(compared(db, "one", "two"), Kind.MOTIVATION)
    assert (motivations.shared, motivations.only_a) == ((), (Place("P01.txt", 7, 7, "feel secure"),))


def test_labels_are_those_that_each_reader_gave_though_the_finding_is_one(folder: Path) -> None:
    db = read(
        folder, Model("one", emotion(3, phase="use", valence=-2)), Model("two", emotion(3, phase="intent", valence=1))
    )
    for pair in (("one", "two"), ("two", "one")):
        emotions = kind(compared(db, *pair), Kind.EMOTION)
        assert len(emotions.shared) == 1
        assert {name: (label.units, label.agreed) for name, label in emotions.labels.items()} == {
            "phase": (1, 0), "valence": (1, 0),
        }  # fmt: skip


def test_labels_of_an_answer_that_is_gone_are_not_compared_but_counted(folder: Path) -> None:
    db = read(folder, Model("one", emotion(3, phase="use")), Model("two", emotion(3, phase="intent")))
    store = open_store(db)
    for call in store.study_calls(store.study("Bills")):
        store.set_aside(call.key, "as if it were gone")
    store.close()
    emotions = kind(compared(db, "one", "two"), Kind.EMOTION)
    assert (len(emotions.shared), emotions.unknown) == (1, 1)
    assert (emotions.labels["phase"].units, emotions.labels["phase"].percent) == (0, None)


def test_second_answer_after_a_complaint_is_the_one_that_counts(folder: Path) -> None:
    steps = iter(["no JSON at all", reply_of(emotion(3, phase="intent"))])
    first = Model("one", plan=lambda _task: next(steps))
    db = read(folder, first, Model("two", emotion(3, phase="use")))
    phase = kind(compared(db, "one", "two"), Kind.EMOTION).labels["phase"]
    assert (phase.units, phase.agreed) == (1, 0)


def test_findings_on_the_same_lines_are_paired_with_their_like(folder: Path) -> None:
    first = Model("one", emotion(3), emotion(3, emotion="worry", valence=-1), emotion(3, emotion="relief", valence=2))
    second = Model("two", emotion(3, emotion="relief", valence=2), emotion(3), emotion(3, emotion="hope", valence=1))
    emotions = kind(compared(read(folder, first, second), "one", "two"), Kind.EMOTION)
    pairs = {(pair.a.about, pair.b.about) for pair in emotions.shared}
    assert pairs == {("anger", "anger"), ("relief", "relief"), ("worry", "hope")}
    assert (emotions.labels["valence"].units, emotions.labels["valence"].agreed) == (3, 2)


def test_lines_that_one_of_them_has_not_read_count_for_neither(folder: Path) -> None:
    db = read(folder, Model("one", emotion(3)))
    (folder / "P02.txt").write_text(INTERVIEW.replace("P01", "P02") + "\nP02: Well.\n", encoding="utf-8")

    def only_the_second(task: Task) -> Step:
        assert isinstance(task, CodeChunk)
        return reply_of(emotion(3)) if task.transcript.name == "P02.txt" else "no JSON at all"

    read(folder, Model("two", plan=only_the_second), Model("one", emotion(3)), Model("three", emotion(7)))
    found = compared(db, "two", "one")
    assert (found.transcripts, found.lines, found.read) == (1, 6, (6, 11))
    assert kind(found, Kind.EMOTION).outside == (0, 1)
    assert (len(kind(found, Kind.EMOTION).shared), kind(found, Kind.EMOTION).only_b) == (1, ())


def test_two_who_read_different_interviews_have_nothing_in_common(folder: Path) -> None:
    (folder / "P02.txt").write_text(INTERVIEW.replace("P01", "P02") + "\nP02: Well.\n", encoding="utf-8")

    def only(name: str) -> Plan:
        return lambda task: reply_of() if isinstance(task, CodeChunk) and task.transcript.name == name else "no JSON"

    db = read(folder, Model("one", plan=only("P01.txt")), Model("two", plan=only("P02.txt")))
    with pytest.raises(NotFoundError, match=r"read by both one and two\. Read so far by: two, .*; one, "):
        compared(db, "one", "two")


def test_no_findings_at_all_agree_without_variation(folder: Path) -> None:
    lines = kind(compared(read(folder, Model("one"), Model("two")), "one", "two"), Kind.EMOTION).lines
    assert (lines.percent, lines.ac1, lines.alpha) == (100.0, 1.0, None)


def test_versions_of_a_prompt_are_compared_and_their_beginning_is_enough(folder: Path) -> None:
    db = read(folder, Model("one", emotion(3), version="5ad2e1"), Model("one", emotion(4), version="91c07f"))
    found = compared(db, versions=("5ad", "91c"))
    assert [str(reader) for reader in found.readers] == ["version 5ad2e1", "version 91c07f"]
    assert kind(found, Kind.EMOTION).only_a == (Place("P01.txt", 3, 3, "anger"),)
    assert kind(found, Kind.EMOTION).only_b == (Place("P01.txt", 4, 4, "anger"),)


def test_newest_reading_of_a_model_counts_where_it_read_twice(folder: Path) -> None:
    first, second = Model("one", emotion(3), version="1"), Model("one", emotion(4), version="2")
    db = read(folder, first, second, Model("two", emotion(4)))
    emotions = kind(compared(db, "one", "two"), Kind.EMOTION)
    assert (len(emotions.shared), emotions.only_a, emotions.only_b) == (1, (), ())


def test_version_that_two_models_used_asks_for_the_model(folder: Path) -> None:
    db = read(folder, Model("one", version="1"), Model("two", version="1"), Model("two", version="2"))
    with pytest.raises(InputError, match=r"Version 1 was used by one, two\. .*--models"):
        compared(db, versions=("1", "2"))
    assert compared(db, "one", "two", versions=("1", "2")).lines == 5


def test_beginning_of_two_versions_names_both(folder: Path) -> None:
    db = read(folder, Model("one", version="a1"), Model("one", version="a2"))
    with pytest.raises(InputError, match="begins with a: a1, a2"):
        compared(db, versions=("a", "a2"))


def test_model_that_has_read_nothing_is_named_with_those_that_have(folder: Path) -> None:
    db = read(folder, Model("one"), Model("two"))
    with pytest.raises(NotFoundError, match=r"three has read nothing of 'Bills'\. Read so far by: two, .*; one, "):
        compared(db, "one", "three")


@pytest.mark.parametrize("versions", [None, ("1", "1")])
def test_reading_is_not_compared_with_itself(versions: tuple[str, str] | None) -> None:
    with pytest.raises(InputError, match="Give two that differ"):
        choose_readers(("one", "one"), versions)


def test_command_prints_all_measures_and_examples_and_no_word_of_a_participant(folder: Path) -> None:
    db = read(folder, Model("one", emotion(2, 3), motivation(7)), Model("two", emotion(3), touchpoint(4)))
    printed = CliRunner().invoke(compare, ["Bills", "--models", "one", "two", "--db", db])
    assert printed.exit_code == 0, printed.output
    for part in ("Agreement %", "AC1", "Alpha", "Cited by A %", "only A  P01.txt, line 7: feel secure"):
        assert part in printed.output
    assert "kappa" not in printed.output.casefold()
    assert not any(word in printed.output for word in ("furious", "twice", "letter about"))


def test_command_prints_one_json_object(folder: Path) -> None:
    db = read(folder, Model("one", emotion(2, 3)), Model("two", emotion(3), emotion(7)))
    printed = CliRunner().invoke(compare, ["Bills", "--models", "one", "two", "--db", db, "--json"])
    found = json.loads(printed.output)
    emotions = found["kinds"]["emotion"]
    assert emotions["lines"]["percent"] == 60.0
    assert emotions["lines"]["prevalence"] == {"a": 0.4, "b": 0.4}
    assert emotions["findings"] == {
        "a": 1, "b": 2, "shared": 1, "only_a": 0, "only_b": 1, "outside": {"a": 0, "b": 0},
    }  # fmt: skip
    assert emotions["only_b"] == [{"transcript": "P01.txt", "first_line": 7, "last_line": 7, "about": "anger"}]
    assert found["kinds"]["touchpoint"]["lines"]["alpha"] is None


def test_command_without_readings_to_compare_is_an_error_of_usage(folder: Path) -> None:
    printed = CliRunner().invoke(compare, ["Bills", "--db", str(folder)])
    assert (printed.exit_code, "--models A B" in printed.output) == (2, True)
