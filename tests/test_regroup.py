"""Themes as people regroup them: merged, split, renamed, and taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from synth.cli import cli
from synth.domain import Emotion, Finding, Kind, Theme, distinct
from synth.errors import NotFoundError, SettingError
from synth.pipeline.codebooks import merge_themes, rename_theme, split_theme, undo_theme
from synth.pipeline.loading import load_results
from synth.regroup import ThemeChange, regroup_themes, theme_change, theme_id
from synth.review import Decision
from synth.store import open_store
from tests.builders import make_finding, make_transcript


def study() -> tuple[list[Finding], list[Theme]]:
    findings = []
    for person in ("P1", "P2"):
        transcript = make_transcript(f"{person}.txt", [(person, ["One.", "Two.", "Three."])], {person: person})
        for n in (1, 2, 3):
            findings.append(make_finding(transcript, n, Emotion("anger", -2), label=f"l{n}", phase="use"))
    themes = [_theme(f"T{n}", findings[n - 1 :: 3]) for n in (1, 2, 3)]
    return findings, themes


def _theme(label: str, findings: list[Finding]) -> Theme:
    ids = tuple(one.id for one in findings)
    people = distinct([one.participant_id for one in findings])
    return Theme(theme_id(Kind.EMOTION, label), Kind.EMOTION, label, ids, people, "use")


def decided(action: str, theme: Theme, change: ThemeChange | None = None) -> Decision:
    return Decision("d", "theme", theme.id, action, "Anna", after=change.as_text() if change else None)


def test_merged_themes_are_one_under_the_first_ones_id() -> None:
    findings, (one, two, three) = study()
    change = ThemeChange(theme_ids=(two.id, one.id), label="Both")
    merged = regroup_themes([one, two, three], [decided("merge", two, change)], findings)
    assert {theme.label: len(theme.finding_ids) for theme in merged} == {"Both": 4, "T3": 2}
    assert next(theme.id for theme in merged if theme.label == "Both") == two.id


def test_what_is_split_off_is_a_theme_of_its_own_people() -> None:
    findings, themes = study()
    change = ThemeChange(finding_ids=(themes[0].finding_ids[1],), label="New")
    split = {one.label: one for one in regroup_themes(themes, [decided("split", themes[0], change)], findings)}
    assert split["New"].participant_ids == ("P2",)
    assert split["T1"].participant_ids == ("P1",)
    assert split["New"].phase == "use"


def test_every_finding_stays_in_one_theme_whatever_is_decided() -> None:
    findings, themes = study()
    decisions = [
        decided("merge", themes[0], ThemeChange(theme_ids=(themes[0].id, themes[1].id))),
        decided("split", themes[0], ThemeChange(finding_ids=themes[1].finding_ids, label="T3")),
        decided("merge", themes[2], ThemeChange(theme_ids=(themes[2].id, "gone"))),
    ]
    regrouped = regroup_themes(themes, decisions, findings)
    held = [one for theme in regrouped for one in theme.finding_ids]
    assert sorted(held) == sorted(one.id for one in findings)
    assert sorted(theme.label for theme in regrouped) == ["T1", "T3"]


def test_undo_takes_back_the_last_decision_on_that_theme_alone() -> None:
    findings, themes = study()
    decisions = [
        decided("edit", themes[0], ThemeChange(label="First")),
        decided("edit", themes[1], ThemeChange(label="Second")),
        decided("edit", themes[0], ThemeChange(label="First again")),
        decided("undo", themes[0]),
    ]
    labels = {theme.label for theme in regroup_themes(themes, decisions, findings)}
    assert labels == {"First", "Second", "T3"}
    undone = regroup_themes(themes, [*decisions, decided("undo", themes[0])], findings)
    assert {theme.label for theme in undone} == {"T1", "Second", "T3"}


def test_a_later_draft_is_regrouped_as_far_as_it_has_the_themes() -> None:
    findings, (one, two, _) = study()
    change = ThemeChange(theme_ids=(one.id, two.id), label="Both")
    (theme,) = regroup_themes([two], [decided("merge", one, change)], findings)
    assert (theme.id, theme.label, theme.finding_ids) == (one.id, "Both", two.finding_ids)


@pytest.mark.parametrize("after", [None, "[withdrawn]", "[]", '"x"'])
def test_a_decision_whose_words_were_blanked_changes_nothing(after: str | None) -> None:
    findings, themes = study()
    blanked = Decision("d", "theme", themes[0].id, "merge", "Anna", after=after)
    assert theme_change(blanked) is None
    assert regroup_themes(themes, [blanked], findings) == tuple(themes)


def test_merge_split_and_undo_in_a_stored_study(tmp_path: Path) -> None:
    folder = Path(__file__).parents[1] / "fixtures" / "interviews-wave-2"
    db = str(tmp_path / "s.db")
    options = ["--study", "s", "--db", db, "--out", str(tmp_path / "out")]
    done = CliRunner(env={"SYNTH_OFFLINE_EMBEDDINGS": "0"}).invoke(cli, ["run", str(folder), *options])
    assert done.exit_code == 0, done.output
    store = open_store(db)
    study = store.study("s")

    def themes() -> tuple[Theme, ...]:
        return load_results(store, study).draft.themes

    before = themes()
    one, two = [theme for theme in before if theme.kind is Kind.EMOTION][:2]
    other = next(theme for theme in before if theme.kind is Kind.TOUCHPOINT)
    decision = merge_themes(store, study, [one.id, two.id], label="Together", by_whom="Anna", shown=before)
    assert theme_change(decision) == ThemeChange(theme_ids=(one.id, two.id), label="Together")
    merged = next(theme for theme in themes() if theme.id == one.id)
    assert (merged.label, len(merged.finding_ids)) == ("Together", len(one.finding_ids) + len(two.finding_ids))
    split_theme(store, study, one.id, one.finding_ids[:1], label="Apart", by_whom="Anna", shown=themes())
    rename_theme(store, study, other.id, "Otherwise", by_whom="Anna", shown=themes())
    assert {"Together", "Apart", "Otherwise"} <= {theme.label for theme in themes()}
    for theme_decided in (one, one, other):
        undo_theme(store, study, theme_decided.id, by_whom="Anna")
    assert themes() == before
    with pytest.raises(NotFoundError):
        undo_theme(store, study, one.id, by_whom="Anna")
    with pytest.raises(SettingError, match="different kinds"):
        merge_themes(store, study, [one.id, other.id], by_whom="Anna", shown=before)
    with pytest.raises(NotFoundError, match="No theme"):
        rename_theme(store, study, "nothing", "x", by_whom="Anna", shown=before)
    with pytest.raises(SettingError, match="leave some in it"):
        split_theme(store, study, one.id, one.finding_ids, label="All", by_whom="Anna", shown=before)
    store.close()
