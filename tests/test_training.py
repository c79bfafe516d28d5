"""What the built-in reader is trained on: well-formed, and nothing in it is also judged by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from synth.domain import fold_space
from synth.frameworks import DEFAULT_FRAMEWORK, load_framework
from synth.gold import OTHER_NAMES

ROOT = Path(__file__).parents[1]
TRAINING = ROOT / "training"
FRAMEWORK = load_framework(DEFAULT_FRAMEWORK)
EMOTIONS = {emotion.key for emotion in FRAMEWORK.emotions}
CHANNELS = {channel.key for channel in FRAMEWORK.channels}
DRIVERS = {driver.key for driver in FRAMEWORK.drivers} | {"functional"}
PHASES = set(FRAMEWORK.phase_keys)


def _moments(language: str) -> list[str]:
    rows = (TRAINING / "moments" / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    return [row for row in rows if row.strip()]


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_heading_of_the_moments_names_a_key_of_the_framework(language: str) -> None:
    for heading in (row.lstrip("# ") for row in _moments(language) if row.startswith("#")):
        what, _, key = heading.partition(" ")
        if what == "emotion":
            name, _, valence = key.partition(" ")
            assert name in EMOTIONS, heading
            assert valence in {"-2", "-1", "0", "1", "2"}, heading
        else:
            assert key in {"driver": DRIVERS, "channel": CHANNELS}[what], heading


@pytest.mark.parametrize("source", ["bank", "segments"])
def test_quotes_and_labels_that_are_trained_on_hold(source: str) -> None:
    golds = sorted((TRAINING / source).glob("*/*.json"))
    assert golds
    for gold in golds:
        text = gold.with_suffix(".txt").read_text(encoding="utf-8")
        for item in json.loads(gold.read_text(encoding="utf-8"))["items"]:
            assert text[item["start"] : item["end"]] == item["quote"], gold.name
            assert item.get("phase") in PHASES | {None}
            assert item["type"] != "touchpoint" or item["channel"] in CHANNELS, gold.name
            driver = item.get("driver")
            assert item["type"] != "motivation" or OTHER_NAMES.get(driver, driver) in DRIVERS, gold.name


@pytest.mark.parametrize("language", ["en", "nl"])
def test_nothing_of_the_moments_stands_in_what_readers_are_judged_by(language: str) -> None:
    judged = [*(TRAINING / "studies").glob("*/*.txt"), *(ROOT / "fixtures").glob("interviews*/*.txt")]
    texts = [fold_space(file.read_text(encoding="utf-8", errors="replace")).casefold() for file in judged]
    sentences = [row.strip().casefold() for row in _moments(language) if not row.startswith("#")]
    assert len(sentences) > 500
    assert [one for one in sentences if len(one) > 25 and any(one in text for text in texts)] == []
