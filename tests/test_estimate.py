"""What a run would take, before anything is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from synth.llm import CRITIC_CALLS_A_PERSONA, expected_of_drafts
from synth.pipeline import Estimate, RunSettings, estimate_run
from synth.pipeline.progress import Silent

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
    ("findings", "personas", "measured"), [(291, 1, 101_000), (839, 3, 424_000), (10_236, 3, 1_051_000)]
)
def test_expected_drafting_is_what_was_counted_within_a_half(findings: int, personas: int, measured: int) -> None:
    assert 0.66 < expected_of_drafts("openai/m", 55 * findings, personas, True).input_tokens / measured < 1.5


def test_price_that_nobody_knows_is_none(tmp_path: Path) -> None:
    assert estimate(tmp_path, model="openai/my-own", passes=2).cost_usd is None
