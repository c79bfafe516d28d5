"""Killed at any moment: what was answered is not asked again, nothing is lost, nothing is there twice."""

from __future__ import annotations

from pathlib import Path

from bench.bench_killed import LANES, kill_and_go_on, outcome
from bench.make_study import write_study


def test_run_killed_at_four_moments_ends_as_one_that_nobody_disturbed(tmp_path: Path) -> None:
    folder = tmp_path / "interviews"
    write_study(folder, 40, words=100)
    (tmp_path / "calm").mkdir()
    (tmp_path / "killed").mkdir()
    calm = kill_and_go_on(folder, tmp_path / "calm", [], 0)
    killed = kill_and_go_on(folder, tmp_path / "killed", [5, 15], calm.calls)
    assert (calm.kills, killed.kills) == (0, 4)
    assert killed.calls == calm.calls
    assert killed.answered_and_repeated == 0
    assert killed.most_under_way <= LANES
    assert 0 < killed.repeated <= 4 * LANES
    findings, claims, codings = outcome(tmp_path / "killed" / "k.db")
    assert (findings, claims, codings) == outcome(tmp_path / "calm" / "k.db")
    assert set(codings.values()) == {1}
    assert len(set(findings)) == len(findings)
