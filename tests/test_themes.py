"""Findings to themes: every finding in exactly one, whatever a reply says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synth.analyst import LabelGroup, MergeLabels, MergeReply
from synth.domain import Emotion, Evidence, Finding, Kind, Motivation, Touchpoint, content_id
from synth.frameworks import load_framework
from synth.themes import LARGEST, build_themes, keep_theme_labels, merge_tasks

FRAMEWORK = load_framework()


def finding(
    person: str, detail: Motivation | Emotion | Touchpoint, label: str, phase: str | None = "use", line: int = 1
) -> Finding:
    evidence = Evidence(f"t-{person}", line, line)
    return Finding(content_id(person, repr(detail), label, line), person, evidence, label, "en", phase, detail)


def emotion(person: str, label: str, line: int = 1) -> Finding:
    return finding(person, Emotion("worry", -1), label, line=line)


def task_of(*findings: Finding) -> MergeLabels:
    [task] = merge_tasks(findings, {one.id: "words" for one in findings}, FRAMEWORK, "en")
    return task


def reply(*groups: tuple[str, list[int]]) -> MergeReply:
    return MergeReply(groups=[LabelGroup(label=label, members=members) for label, members in groups])


def test_each_kind_is_asked_by_itself_and_empty_kinds_are_not() -> None:
    findings = [emotion("P1", "worry"), finding("P1", Touchpoint("phone"), "call")]
    tasks = merge_tasks(findings, {findings[0].id: "I worried", findings[1].id: "I called"}, FRAMEWORK, "nl")
    assert [(task.kind, task.words) for task in tasks] == [
        (Kind.EMOTION, ("I worried",)),
        (Kind.TOUCHPOINT, ("I called",)),
    ]


def test_many_findings_are_asked_in_parts_that_hold_each_once() -> None:
    findings = [emotion(f"P{number}", f"label {number}") for number in range(LARGEST + 5)]
    tasks = merge_tasks(findings, {}, FRAMEWORK, "en")
    asked = [one.id for task in tasks for one in task.findings]
    assert len(tasks) == 2
    assert sorted(asked) == sorted(one.id for one in findings)


def test_findings_in_no_group_are_themes_by_themselves() -> None:
    task = task_of(emotion("P1", "a"), emotion("P2", "b"), emotion("P3", "c"))
    themes, refusals = build_themes([task], [reply(("together", [1, 3]))])
    assert [(theme.label, len(theme.finding_ids)) for theme in themes] == [("together", 2), ("b", 1)]
    assert not refusals


@pytest.mark.parametrize("number", [0, -1, 4, 99])
def test_numbers_that_do_not_exist_are_refused(number: int) -> None:
    task = task_of(emotion("P1", "a"), emotion("P2", "b"), emotion("P3", "c"))
    themes, refusals = build_themes([task], [reply(("together", [1, number, 2]))])
    assert len(themes[0].finding_ids) == 2
    assert [refusal.kind for refusal in refusals] == ["theme"]
    assert str(number) in refusals[0].why


def test_a_finding_named_twice_stays_in_the_first_group() -> None:
    task = task_of(emotion("P1", "a"), emotion("P2", "b"), emotion("P3", "c"))
    themes, refusals = build_themes([task], [reply(("one", [1, 2]), ("two", [2, 3]))])
    assert sorted(one for theme in themes for one in theme.finding_ids) == sorted(one.id for one in task.findings)
    assert {theme.label: len(theme.finding_ids) for theme in themes} == {"one": 2, "two": 1}
    assert len(refusals) == 1


def test_nobody_answering_leaves_every_finding_in_a_theme() -> None:
    task = task_of(emotion("P1", "a"), emotion("P2", "b"))
    themes, refusals = build_themes([task], [None])
    assert len(themes) == 2
    assert not refusals


def test_strength_is_counted_in_people_and_not_in_findings() -> None:
    task = task_of(emotion("P1", "a", 1), emotion("P1", "a2", 2), emotion("P2", "b"))
    themes, _ = build_themes([task], [reply(("all", [1, 2, 3]))])
    assert themes[0].participant_ids == ("P1", "P2")
    assert len(themes[0].finding_ids) == 3


def test_a_theme_keeps_its_id_when_more_findings_join() -> None:
    few = build_themes([task_of(emotion("P1", "a"))], [reply(("Late bill", [1]))])[0]
    more = build_themes([task_of(emotion("P1", "a"), emotion("P2", "b"))], [reply(("late  bill", [1, 2]))])[0]
    assert few[0].id == more[0].id


def test_the_same_label_in_two_parts_is_one_theme() -> None:
    first, second = task_of(emotion("P1", "a")), task_of(emotion("P2", "b"))
    themes, _ = build_themes([first, second], [reply(("same", [1])), reply(("Same", [1]))])
    assert [theme.participant_ids for theme in themes] == [("P1", "P2")]


def test_a_theme_that_is_much_the_same_keeps_the_label_of_the_earlier_draft() -> None:
    angry = [emotion(f"P{number}", f"a{number}") for number in range(1, 6)]
    glad = [emotion(f"P{number}", f"g{number}", line=2) for number in range(1, 4)]
    before, _ = build_themes(
        [task_of(*angry[:3], *glad)], [reply(("Angry about the bill", [1, 2, 3]), ("Glad", [4, 5]))]
    )
    task = task_of(*angry, *glad)
    made, _ = build_themes([task], [reply(("Cross over bills", [1, 2, 3, 4, 5]), ("Pleased", [6]), ("Happy", [7, 8]))])
    kept = keep_theme_labels(made, before, "en")
    assert {one.label: len(one.finding_ids) for one in kept} == {"Angry about the bill": 5, "Happy": 2, "Pleased": 1}
    assert {one.id for one in before if one.label == "Angry about the bill"} <= {one.id for one in kept}


def test_an_earlier_label_is_not_given_where_another_theme_has_it_or_the_kind_is_another() -> None:
    told = [emotion(f"P{number}", f"a{number}") for number in range(1, 5)]
    before, _ = build_themes([task_of(*told)], [reply(("Angry", [1, 2, 3]))])
    made, _ = build_themes([task_of(*told)], [reply(("Cross", [1, 2, 3]), ("Angry", [4]))])
    assert keep_theme_labels(made, before, "en") == made
    alone, _ = build_themes([task_of(*told)], [reply(("Cross", [1, 2, 3]))])
    assert keep_theme_labels(alone, [replace(one, kind=Kind.TOUCHPOINT) for one in before], "en") == alone


def test_labels_of_a_draft_in_another_language_are_left_behind() -> None:
    told = [emotion(f"P{number}", f"a{number}") for number in range(1, 4)]
    before, _ = build_themes([task_of(*told)], [reply(("Boos over het bedrag op de rekening", [1, 2, 3]))])
    made, _ = build_themes([task_of(*told)], [reply(("Angry about the bill", [1, 2, 3]))])
    assert keep_theme_labels(made, before, "en") == made
    assert keep_theme_labels(made, before, "nl")[0].label == "Boos over het bedrag op de rekening"
