"""Frameworks hold together, in both languages, and a bad file is told what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from synth.errors import FrameworkError
from synth.frameworks import DEFAULT_FRAMEWORK, load_framework, read_framework, shipped_frameworks

PHASES = ("awareness", "orientation", "intent", "consideration", "purchase", "use", "loyalty", "advocacy")
DRIVERS = {
    "belong", "succeed in life", "feel secure", "protect the environment", "feel free", "thrill",
    "get along well with others", "confidence in the future", "be yourself", "stand out",
}  # fmt: skip


def small() -> dict[str, object]:
    phase = {"en": "A", "nl": "A", "meaning_en": "a", "meaning_nl": "a", "title_en": "I", "title_nl": "Ik"}
    return {
        "key": "mine", "en": "Mine", "nl": "Mijn",
        "phases": [{"key": "one", **phase}, {"key": "two", **phase}],
        "drivers": [], "emotions": [], "channels": [],
    }  # fmt: skip


def test_default_framework_has_the_phases_and_drivers_of_the_method() -> None:
    framework = load_framework()
    assert framework.phase_keys == PHASES
    assert {driver.key for driver in framework.drivers} == DRIVERS
    assert [phase.key for phase in framework.phases if phase.loop] == ["use", "loyalty", "advocacy"]


def test_names_follow_the_language_and_fall_back_to_english() -> None:
    phone = load_framework().channel("phone")
    assert (phone.name("nl"), phone.name("en"), phone.name("de")) == ("Telefoon", "Phone", "Phone")


def test_every_shipped_framework_loads() -> None:
    assert DEFAULT_FRAMEWORK in shipped_frameworks()
    assert all(load_framework(key).key == key for key in shipped_frameworks())


def test_own_framework_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(small()), encoding="utf-8")
    assert load_framework(str(path)).phase_keys == ("one", "two")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"phases": []}, "phases"),
        ({"phases": [*small()["phases"], small()["phases"][0]]}, "'one' stands more than once"),  # type: ignore[misc,index]
        ({"colour": "red"}, "colour"),
        ({"en": 3}, "en"),
    ],
)
def test_bad_framework_is_told_which_field_is_wrong(change: dict[str, object], says: str) -> None:
    with pytest.raises(FrameworkError, match=says):
        read_framework(yaml.safe_dump(small() | change), "mine.yaml")


def test_file_that_is_no_yaml_is_said() -> None:
    with pytest.raises(FrameworkError, match="not YAML"):
        read_framework("a: [1", "mine.yaml")


def test_unknown_framework_names_those_that_ship() -> None:
    with pytest.raises(FrameworkError, match="customer"):
        load_framework("nothing")
