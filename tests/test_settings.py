"""What may be set in the environment, and the file that tells of it."""

from __future__ import annotations

import getpass
import os
from pathlib import Path

import pytest
from dotenv import dotenv_values

from synth.env import load_env_file, machine_user
from synth.errors import SettingError
from synth.settings import Settings, read_settings
from tests.test_cli import synth

EXAMPLE = Path(__file__).parent.parent / ".env.example"


def test_every_setting_stands_in_the_example_with_its_default() -> None:
    told = {name: value or "" for name, value in dotenv_values(EXAMPLE).items() if name.startswith("SYNTH_")}
    assert set(told) == {f"SYNTH_{name.upper()}" for name in Settings.model_fields}
    assert read_settings(told) == Settings()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SYNTH_CONCURRENCY", "0"),
        ("SYNTH_NAMES", "never"),
        ("SYNTH_TIMEOUT_SECONDS", "soon"),
        ("SYNTH_OFFLINE_EMBEDDINGS", "maybe"),
    ],
)
def test_a_value_that_cannot_be_is_told_by_its_variable(variable: str, value: str) -> None:
    with pytest.raises(SettingError, match=rf"^{variable}: .*See \.env\.example\.$"):
        read_settings({variable: value})


def test_the_environment_wins_over_the_file_and_empty_lines_set_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("SYNTH_MODEL=file/model\nSYNTH_DB=file.db\nOPENAI_API_KEY=\n", encoding="utf-8")
    environment = {"SYNTH_MODEL": "own/model"}
    monkeypatch.setattr(os, "environ", environment)
    load_env_file(tmp_path)
    assert environment == {"SYNTH_MODEL": "own/model", "SYNTH_DB": "file.db"}


def test_mark_that_an_editor_puts_before_the_file_is_no_part_of_the_first_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("SYNTH_MODEL=file/model\n", encoding="utf-8-sig")
    monkeypatch.setattr(os, "environ", environment := dict[str, str]())
    load_env_file(tmp_path)
    assert environment == {"SYNTH_MODEL": "file/model"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_file_that_is_no_utf_8_is_one_line(tmp_path: Path, encoding: str) -> None:
    (tmp_path / ".env").write_text("SYNTH_MODEL=file/model\n", encoding=encoding)
    ended = synth(tmp_path, "status")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "Error: .env: the settings cannot be read (it is no text in UTF-8). Save it as UTF-8 text.\n"


@pytest.mark.parametrize("error", [KeyError("uid not found"), OSError("No username set"), ImportError("pwd")])
def test_a_machine_that_knows_no_user_is_no_reason_to_stop(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def unknown() -> str:
        raise error

    monkeypatch.setattr(getpass, "getuser", unknown)
    assert machine_user() == "me"
