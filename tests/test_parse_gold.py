"""Real transcripts, against facts that were counted by hand; skipped where they are not there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from synth.domain import Transcript
from synth.parse import parse_bytes
from synth.parse.times import clocks_in
from tests.parse_samples import check

SHARED = Path(__file__).parents[2] / "shared"
FOLDER = SHARED / "transcripts"
GOLD = FOLDER / "gold-facts.json"
FACTS: list[dict[str, Any]] = json.loads(GOLD.read_text()) if GOLD.exists() else []
FIXTURES = Path(__file__).parents[1] / "fixtures"

pytestmark = pytest.mark.skipif(not FACTS, reason="no shared transcripts beside the checkout")

INLINE = re.compile(r"ESTR\d\.txt$")
"""The three files whose facts count labels alone on a line; each has one more, with the words after it."""


def read(path: Path) -> list[Transcript]:
    found = parse_bytes(path.read_bytes(), path.name)
    for transcript in found:
        check(transcript)
    return found


@pytest.mark.parametrize("fact", FACTS, ids=[fact["file"].split("/")[-1] for fact in FACTS])
def test_real_files_have_the_turns_that_were_counted(fact: dict[str, Any]) -> None:
    found = read(FOLDER / fact["file"])
    merged, more = fact["after_merging_neighbours_of_one_speaker"], len(INLINE.findall(fact["file"]))
    turns = sum(len(transcript.turns) for transcript in found)
    if merged is not None:
        assert turns == merged + more
    elif fact["speakers"]:
        assert turns == fact["labelled_blocks"]
    else:
        assert turns == 1
    assert all(transcript.language in {fact["language"], "und"} for transcript in found)


@pytest.mark.parametrize("fact", FACTS, ids=[fact["file"].split("/")[-1] for fact in FACTS])
def test_real_files_have_the_speakers_that_were_counted(fact: dict[str, Any]) -> None:
    found = read(FOLDER / fact["file"])
    names = {speaker.name or "(empty)" for transcript in found for speaker in transcript.speakers}
    if fact["file"].endswith("comma.jsonl"):
        people = {speaker.participant for transcript in found for speaker in transcript.speakers} - {None}
        assert people == set(fact["speakers"])
    else:
        assert names == ({name.split(" = ")[0] for name in fact["speakers"]} or {"(empty)"})


@pytest.mark.parametrize("fact", FACTS, ids=[fact["file"].split("/")[-1] for fact in FACTS])
def test_real_files_begin_and_end_at_the_times_that_were_noted(fact: dict[str, Any]) -> None:
    [*_, last] = found = read(FOLDER / fact["file"])
    if fact["first_timestamp"] is None:
        assert all(turn.start_seconds is None for transcript in found for turn in transcript.turns)
        return
    if "unix" in fact["first_timestamp"]:
        span = float(fact["last_timestamp"].split()[0]) - float(fact["first_timestamp"].split()[0])
        assert last.turns[-1].start_seconds == pytest.approx(span)
        return
    begin, *_ = clocks_in(fact["first_timestamp"]) or (float(fact["first_timestamp"]),)
    end, *_ = clocks_in(fact["last_timestamp"]) or (float(fact["last_timestamp"]),)
    assert found[0].turns[0].start_seconds == pytest.approx(begin)
    assert end in {last.turns[-1].start_seconds, last.turns[-1].end_seconds}


def test_five_formats_of_one_talk_have_the_same_words() -> None:
    files = sorted(FOLDER.glob("hitsave*/Goodboy*"))
    assert len({read(path)[0].id for path in files}) == 1 < len(files)


def test_a_file_with_old_line_ends_reads_as_the_one_with_new_ones() -> None:
    [old] = read(FOLDER / "_derived" / "ESTR2.cr-only.txt")
    [new] = read(next(FOLDER.glob("bharaliree*/ESTR2.txt")))
    assert old.id == new.id


def test_annotations_in_english_are_not_the_dutch_speakers_words() -> None:
    [transcript] = read(next(FOLDER.glob("jeroenpeeters*/*.md")))
    notes = [row for entry in transcript.skipped if entry.why == "annotation" for row in entry.text.split("\n")]
    assert len(notes) == 24
    assert not any(line.text.startswith("- ") for line in transcript.lines)


@pytest.mark.parametrize(
    "path", sorted((SHARED / "studies").glob("*/P*.txt")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_every_interview_of_the_annotated_studies_is_read(path: Path) -> None:
    [transcript] = read(path)
    assert transcript.text == path.read_text()
    assert transcript.language == path.parent.name[-2:]
    assert [speaker.role for speaker in transcript.speakers][:2] == ["interviewer", "participant"]
    said = "".join(line.text for line in transcript.lines)
    words = re.sub(r"^[A-Z]\w*: ", "", path.read_text(), flags=re.M)
    assert "".join(said.split()) == "".join(words.split())
