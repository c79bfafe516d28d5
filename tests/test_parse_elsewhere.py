"""Reading in other processes: what it gives is what reading here gives, and a process that dies costs nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from synth.parse import ReadSettings, elsewhere, find_files
from synth.parse.elsewhere import ReadFile, read_all, read_one
from synth.parse.files import FoundFile

INTERVIEW = "Interviewer: How did it begin?\n\nP{n}: I had a letter, number {n}. I read it twice.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(6):
        (tmp_path / f"P{number}.txt").write_text(INTERVIEW.format(n=number), encoding="utf-8")
    (tmp_path / "P7.docx").write_bytes(b"PK\x03\x04 not a document")
    return tmp_path


def test_other_processes_give_what_reading_here_gives_in_order(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elsewhere, "spare_processors", lambda: 2)
    files, settings = find_files([str(folder)]).files, ReadSettings()
    found = list(read_all(files, settings, size=10_000_000))
    assert found == [read_one(file, settings) for file in files]
    assert [len(one.transcripts) for one in found] == [1] * 6 + [0]
    assert found[-1].why


def test_file_whose_process_dies_is_read_here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elsewhere, "spare_processors", lambda: 2)
    monkeypatch.setattr(elsewhere, "_START", "raise SystemExit(1)")
    files, settings = find_files([str(folder)]).files, ReadSettings()
    assert list(read_all(files, settings, size=10_000_000)) == [read_one(file, settings) for file in files]


def test_reading_that_is_given_up_leaves_no_process(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []

    class Noted(elsewhere._Process):
        def __init__(self, settings: ReadSettings) -> None:
            super().__init__(settings)
            assert self._process is not None
            started.append(self._process.id)

    monkeypatch.setattr(elsewhere, "spare_processors", lambda: 2)
    monkeypatch.setattr(elsewhere, "_Process", Noted)
    reading = read_all(find_files([str(folder)]).files, ReadSettings(), size=10_000_000)
    next(reading)
    reading.close()
    assert len(started) == 2
    for number in started:
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)


def test_reading_that_is_given_up_waits_for_no_file_that_is_being_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = (
        "import time; from synth.parse import elsewhere; read = elsewhere.read_one\n"
        "def slowly(file, settings):\n"
        "    if file.name != 'P0.txt': time.sleep(600)\n"
        "    return read(file, settings)\n"
        "elsewhere.read_one = slowly; elsewhere.answer()"
    )
    read_here: list[str] = []

    def noted(file: FoundFile, settings: ReadSettings) -> ReadFile:
        read_here.append(file.name)
        return read_one(file, settings)

    monkeypatch.setattr(elsewhere, "spare_processors", lambda: 2)
    monkeypatch.setattr(elsewhere, "_START", slow)
    monkeypatch.setattr(elsewhere, "read_one", noted)
    reading = read_all(find_files([str(folder)]).files, ReadSettings(), size=10_000_000)
    assert next(reading).transcripts[0].name == "P0.txt"
    reading.close()
    assert read_here == []
