"""The interviews that the project ships are read right, and their people found."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.domain import Role
from synth.parse import find_files, join_participants, parse_bytes, read_participants
from tests.parse_samples import check, repeats

FIXTURES = Path(__file__).parents[1] / "fixtures"


@pytest.mark.parametrize("folder", ["interviews", "interviews-wave-2"])
def test_every_participant_of_the_fixtures_is_found(folder: str) -> None:
    found = find_files([FIXTURES / folder])
    transcripts = [one for file in found.files for one in parse_bytes(file.read(), file.name)]
    [people] = found.people
    joined = join_participants(transcripts, read_participants(people.read(), people.name))
    left_out = [*found.failed, *joined.unmatched_rows, *joined.unmatched_speakers]
    assert not left_out
    assert repeats(transcripts) == {}
    for transcript in joined.transcripts:
        check(transcript)
        roles = [speaker.role for speaker in transcript.speakers]
        assert roles.count(Role.INTERVIEWER) == (1 if len(roles) > 1 else 0)
        assert all(
            (speaker.participant is not None) == (speaker.role == "participant") for speaker in transcript.speakers
        )


def test_the_fixtures_come_in_every_common_format() -> None:
    transcripts = [
        one for file in find_files([FIXTURES / "interviews"]).files for one in parse_bytes(file.read(), file.name)
    ]
    assert {transcript.format for transcript in transcripts} == {"txt", "md", "docx", "vtt", "srt", "json", "csv"}
    assert [transcript.language for transcript in transcripts] == ["nl"] * 7 + ["en"] * 5
