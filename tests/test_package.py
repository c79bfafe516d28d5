"""The built wheel does the main job away from the checkout: prompts, words, weights and templates travel in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    kept = ("synth", "api", "prompts", "pyproject.toml", "README.md", "CHANGELOG.md")
    source.mkdir()
    for name in kept:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)  # type: ignore[operator]
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True, timeout=120)
    (built,) = folder.glob("*.whl")
    return built


def test_wheel_holds_what_the_program_reads(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for wanted in ("synth/_prompts/code_chunk.md.j2", "synth/frameworks/customer.yaml", "synth/offline/weights.npz"):
        assert wanted in names
    assert not [name for name in names if name.startswith(("tests/", "training/", "fixtures/"))]
    assert sum(zipfile.ZipFile(wheel).getinfo(name).file_size for name in names if name.endswith(".npz")) <= 5_000_000


def test_wheel_does_the_main_job_elsewhere(wheel: Path, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SYNTH_", "PYTHON"))}
    environment["SYNTH_OFFLINE_EMBEDDINGS"] = "0"
    if os.environ.get("CI"):
        # A new environment with nothing but the wheel and what the lock says it needs.
        subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True, timeout=120)
        python = str(tmp_path / "venv" / "bin" / "python")
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "-r", str(ROOT / "requirements.lock")], check=True, timeout=900)
        subprocess.run([*pip, "--no-deps", str(wheel)], check=True, timeout=120)
    else:
        python = sys.executable
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(tmp_path / "installed")
        environment["PYTHONPATH"] = str(tmp_path / "installed")
    where = [python, "-c", "import synth; print(synth.__file__)"]
    assert (
        str(ROOT)
        not in subprocess.run(
            where, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True, timeout=60
        ).stdout
    )
    ended = subprocess.run(
        [python, "-m", "synth", "run", str(ROOT / "fixtures" / "interviews"), "--json"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["transcripts"]["read"] == 12
    assert (tmp_path / "synth-report" / "interviews.html").stat().st_size > 100_000
