"""Lines to chunks."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from synth.chunk import chunk_lines, halve_chunk
from synth.domain import Chunk, Transcript, fold_space
from tests.scripted import interview


def long_interview(exchanges: int = 12, sentences: int = 6) -> Transcript:
    turns = []
    for exchange in range(exchanges):
        turns.append(("Interviewer", [f"What about part {exchange}?"]))
        turns.append(("P1", [f"In part {exchange} this is sentence {number} of it." for number in range(sentences)]))
    return interview(turns)


def shown_size(transcript: Transcript, chunk: Chunk) -> int:
    lines = transcript.lines[chunk.first_line - 1 : chunk.last_line]
    return sum(len(f"[{line.number}] {fold_space(line.text)}") + 1 for line in lines)


def test_short_interview_is_one_chunk_without_context() -> None:
    transcript = interview()
    (chunk,) = chunk_lines(transcript)
    assert (chunk.first_line, chunk.last_line, chunk.context_from) == (1, 7, 1)
    assert chunk.transcript_id == transcript.id


@pytest.mark.parametrize("size", [1, 60, 150, 333, 1000, 10_000])
def test_participant_lines_stand_in_exactly_one_chunk(size: int) -> None:
    transcript = long_interview()
    chunks = chunk_lines(transcript, size)
    covered = [number for chunk in chunks for number in range(chunk.first_line, chunk.last_line + 1)]
    spoken = {line.number for line in transcript.lines if transcript.speaker_of(line.number).participant}
    assert len(covered) == len(set(covered))
    assert spoken <= set(covered)
    assert covered == sorted(covered)


@pytest.mark.parametrize("size", [150, 333, 1000])
def test_chunks_keep_to_their_size(size: int) -> None:
    transcript = long_interview()
    chunks = chunk_lines(transcript, size)
    assert len(chunks) > 1
    assert all(shown_size(transcript, chunk) <= size for chunk in chunks)


def test_chunks_are_cut_where_the_interviewer_takes_over() -> None:
    transcript = long_interview()
    chunks = chunk_lines(transcript, 700)
    assert all(transcript.speaker_of(chunk.first_line).name == "Interviewer" for chunk in chunks)


def test_no_short_rest_is_left_for_a_call_of_its_own() -> None:
    transcript = long_interview(exchanges=12)
    whole = sum(shown_size(transcript, chunk) for chunk in chunk_lines(transcript))
    sizes = [shown_size(transcript, chunk) for chunk in chunk_lines(transcript, whole - 50)]
    assert len(sizes) == 2
    assert min(sizes) > whole / 3


@pytest.mark.parametrize("size", [5000, 7000, 9000])
def test_chunks_of_one_interview_are_about_the_same_size(size: int) -> None:
    transcript = long_interview(exchanges=60)
    sizes = [shown_size(transcript, chunk) for chunk in chunk_lines(transcript, size)]
    assert len(sizes) > 1
    assert min(sizes) > 0.9 * max(sizes)


def test_a_line_longer_than_a_chunk_is_a_chunk_of_its_own() -> None:
    transcript = interview([("P1", ["Short.", "Word " * 500 + "end.", "Short again."])])
    chunks = chunk_lines(transcript, 100)
    assert [(chunk.first_line, chunk.last_line) for chunk in chunks] == [(1, 1), (2, 2), (3, 3)]
    assert chunks[2].context_from == 3, "a giant line is no context"


def test_chunk_without_a_participant_is_not_asked() -> None:
    turns = [("Interviewer", ["Let me explain at length. " * 8]), ("P1", ["Yes, I see."]), ("Interviewer", ["Bye."])]
    chunks = chunk_lines(interview(turns), 100)
    assert [(chunk.first_line, chunk.last_line) for chunk in chunks] == [(2, 3)]
    assert chunk_lines(interview([("Interviewer", ["Is anybody there?"])])) == []


def test_later_chunks_show_the_lines_before_them() -> None:
    chunks = chunk_lines(long_interview(), 700, context_lines=3)
    assert all(after.context_from == after.first_line - 3 for _, after in pairwise(chunks))
    assert all(chunk.context_from == chunk.first_line for chunk in chunk_lines(long_interview(), 700, context_lines=0))


def test_line_breaks_and_separators_inside_a_line_cut_nothing() -> None:
    odd = "One\nline\n\nwith\x1dodd\x1e\x1fspace\u2028in it."
    transcript = interview([("P1", [odd] * 9)])
    chunks = chunk_lines(transcript, 90)
    assert sum(chunk.last_line - chunk.first_line + 1 for chunk in chunks) == 9


def test_repeated_lines_stay_apart() -> None:
    transcript = interview([(who, ["Ja, precies."] * 3) for _ in range(20) for who in ("Interviewer", "P1")])
    chunks = chunk_lines(transcript, 120)
    assert [after.first_line - before.last_line for before, after in pairwise(chunks)] == [1] * (len(chunks) - 1)


def test_the_same_transcript_gives_the_same_ids() -> None:
    assert chunk_lines(long_interview(), 500) == chunk_lines(long_interview(), 500)


def test_halves_partition_the_chunk_and_are_cut_between_turns() -> None:
    transcript = long_interview(exchanges=5)
    (chunk,) = chunk_lines(transcript)
    one, two = halve_chunk(transcript, chunk)
    assert (one.first_line, two.last_line) == (chunk.first_line, chunk.last_line)
    assert two.first_line == one.last_line + 1
    assert transcript.turn_of(one.last_line) != transcript.turn_of(two.first_line)


def test_a_single_line_cannot_be_halved() -> None:
    transcript = interview([("P1", ["Only this."])])
    (chunk,) = chunk_lines(transcript)
    assert halve_chunk(transcript, chunk) == (chunk,)


@pytest.mark.parametrize(("size", "context"), [(0, 3), (100, -1)])
def test_impossible_sizes_are_refused(size: int, context: int) -> None:
    with pytest.raises(ValueError, match="size_characters"):
        chunk_lines(interview(), size, context)


READING = """
import sys, threading
from synth.parse import ReadSettings
from synth.pipeline.progress import Silent
from synth.pipeline.reading import read_files
from synth.store import open_store

store = open_store(":memory:")
read_files(store, store.add_study("B", "", "en", "customer", ""), sys.argv[1:], ReadSettings(), Silent())
for thread in threading.enumerate():
    if thread.name == "import splitter":
        thread.join()
print("langchain_text_splitters" in sys.modules)
"""


@pytest.mark.parametrize(("sentences", "there"), [(20, False), (900, True)])
def test_what_cuts_long_interviews_is_there_when_files_are_read(tmp_path: Path, sentences: int, there: bool) -> None:
    said = " ".join(f"And then sentence {number} of it was said." for number in range(sentences))
    (tmp_path / "P1.txt").write_text(f"Interviewer: How was it?\n\nP1: {said}\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", READING, str(tmp_path)],
        cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == str(there)
