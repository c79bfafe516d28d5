"""What a run would take, before anything is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from synth.errors import ModelError
from synth.pipeline.estimate import Estimate, estimate_run
from synth.pipeline.progress import Silent
from synth.pipeline.run import RunSettings, run_study
from synth.prices import CRITIC_CALLS_A_PERSONA, expected_of_critic, expected_of_drafts

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Item '.*' on TypedDict class:UserWarning"),
]
SAID = "Interviewer: How did it begin?\n\nP01: The bill was twice as high. " + "I called them and waited. " * 300


def estimate(folder: Path, **options: Any) -> Estimate:
    (folder / "interviews").mkdir(exist_ok=True)
    (folder / "interviews" / "P01.txt").write_text(SAID, encoding="utf-8")
    given: dict[str, Any] = {"db": str(folder / "s.db"), "study": "S", "model": "openai/gpt-4o-mini"} | options
    found = estimate_run(RunSettings.make([str(folder / "interviews")], **given), Silent())
    assert not (folder / "s.db").exists()
    return found


def test_second_pass_is_counted_in(tmp_path: Path) -> None:
    once, twice = estimate(tmp_path), estimate(tmp_path, passes=2)
    assert once.cost_usd is not None
    assert twice.cost_usd is not None
    assert once.input_tokens + 3_000 < twice.input_tokens
    assert once.output_tokens < twice.output_tokens < 1.5 * once.output_tokens
    batch = estimate(tmp_path, batch=True)
    assert batch.cost_usd is not None
    reading = 2 * (once.cost_usd - batch.cost_usd)
    assert twice.cost_usd - once.cost_usd == pytest.approx(reading), "drafting is asked once, however often it is read"


def test_batch_halves_what_reading_costs_and_not_what_drafting_does(tmp_path: Path) -> None:
    live, batch = estimate(tmp_path), estimate(tmp_path, batch=True)
    assert live.cost_usd is not None
    assert batch.cost_usd is not None
    assert 0.5 * live.cost_usd < batch.cost_usd < live.cost_usd
    assert batch.input_tokens == live.input_tokens


def test_drafting_is_counted_with_its_pieces_and_its_critic(tmp_path: Path) -> None:
    with_critic, without = estimate(tmp_path), estimate(tmp_path, critic="off")
    assert with_critic.chunks == 1
    assert without.output_tokens > 2 * 2_500, "a persona and its map are written besides"
    assert with_critic.input_tokens - without.input_tokens > CRITIC_CALLS_A_PERSONA * 1_000
    assert with_critic.minutes > without.minutes


@pytest.mark.parametrize(
    ("findings", "personas", "measured"),
    [(197, 2, 77_400), (217, 2, 83_100), (788, 2, 260_400), (6_501, 3, 905_000), (17_919, 3, 1_306_000)],
)
def test_expected_drafting_is_what_was_counted_within_a_half(findings: int, personas: int, measured: int) -> None:
    parts = (each("openai/m", 55 * findings, personas) for each in (expected_of_drafts, expected_of_critic))
    assert 0.66 < sum(part.input_tokens for part in parts) / measured < 1.5


@pytest.mark.parametrize("options", [{}, {"batch": True}, {"critic": "off"}])
def test_parts_of_an_estimate_come_to_the_whole(tmp_path: Path, options: dict[str, Any]) -> None:
    found = estimate(tmp_path, **options)
    parts = [found.reading, found.drafting, found.critic]
    assert sum(part.input_tokens for part in parts) == found.input_tokens
    assert sum(part.output_tokens for part in parts) == found.output_tokens
    assert sum(part.minutes for part in parts) == pytest.approx(found.minutes)
    assert sum(part.cost_usd or 0 for part in parts) == pytest.approx(found.cost_usd)
    assert found.reading.calls == 1
    assert (found.critic.calls == 0) == (options.get("critic") == "off")
    assert found.as_json()["drafting"]["output_tokens"] == found.drafting.output_tokens  # type: ignore[index]


def test_a_critic_of_its_own_has_its_own_price(tmp_path: Path) -> None:
    own, other = estimate(tmp_path), estimate(tmp_path, critic="openai/gpt-4o")
    assert own.critic.input_tokens == other.critic.input_tokens
    assert (other.critic.cost_usd or 0) > 2 * (own.critic.cost_usd or 0) > 0
    assert other.drafting == own.drafting


@pytest.mark.parametrize("model", ["foo/bar", "gpt-99"])
def test_a_name_that_leads_nowhere_is_told_in_place_of_an_estimate(tmp_path: Path, model: str) -> None:
    with pytest.raises(ModelError, match=rf"^{model}: litellm knows no model or provider of this name\."):
        estimate(tmp_path, model=model)


def test_price_that_nobody_knows_is_none(tmp_path: Path) -> None:
    assert estimate(tmp_path, model="openai/my-own", passes=2).cost_usd is None


def test_what_the_built_in_reader_has_read_is_told_from_what_is_new(tmp_path: Path) -> None:
    folder, given = tmp_path / "interviews", {"db": str(tmp_path / "s.db"), "model": "offline", "study": "S"}
    folder.mkdir()
    settings = RunSettings.make([str(folder)], out_dir=str(tmp_path), **given)
    for number in (1, 2, 3):
        (folder / f"P{number}.txt").write_text(SAID + f"It was call number {number}. " * 3, encoding="utf-8")
        found = estimate_run(settings, Silent())
        assert (found.transcripts, found.chunks, found.chunks_done) == (number, number, number - 1)
        run_study(settings, Silent())
