"""The contract of evidence on real files: whatever was read, its JSON points to exactly the words that it shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from synth.domain import Emotion, Evidence, Finding, Role, Transcript
from synth.errors import ReadError
from synth.export import export_results
from synth.parse import parse_file
from tests.builders import make_claim, make_persona, make_results
from tests.page_reader import read_page

ROOT = Path(__file__).parents[1]
FOLDERS = (
    ROOT / "fixtures" / "interviews",
    ROOT / "fixtures" / "interviews-wave-2",
    ROOT.parent / "shared" / "transcripts",
)
NO_TRANSCRIPTS = ("participants.csv", "README.md", "gold-facts.json", "facts.json")


def read_all(folder: Path) -> list[Transcript]:
    """Every transcript of a folder; what is none is left out."""
    transcripts: dict[str, Transcript] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in NO_TRANSCRIPTS:
            try:
                transcripts |= {one.id: one for one in parse_file(path)}
            except ReadError:
                continue
    return list(transcripts.values())


def every_turn(transcript: Transcript) -> list[Finding]:
    """A finding on the first lines of each turn that no interviewer takes."""
    return [
        Finding(f"{transcript.id}-{turn.number}", "P1", Evidence(transcript.id, turn.first_line,
                min(turn.last_line, turn.first_line + 2)), "label", transcript.language, "use", Emotion("joy", 1))
        for turn in transcript.turns
        if transcript.speaker_of(turn.first_line).role is not Role.INTERVIEWER
    ]  # fmt: skip


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_evidence_is_the_slice_that_it_points_to_in_every_file(folder: Path) -> None:
    if not folder.is_dir():
        pytest.skip(f"{folder.name} is not here")
    transcripts = read_all(folder)
    findings = [finding for transcript in transcripts for finding in every_turn(transcript)]
    data = json.loads(export_results(make_results(transcripts, findings), "json")["results.json"])
    texts = {one["id"]: one["text"] for one in data["transcripts"]}
    wrong = [
        one["id"]
        for one in data["findings"]
        for where in one["evidence"]
        if texts[where["transcript_id"]][where["start"] : where["end"]] != where["text"] or not where["text"].strip()
    ]
    assert len(findings) >= len(transcripts) >= 4
    assert wrong == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_report_on_real_files_is_whole(folder: Path) -> None:
    if not folder.is_dir():
        pytest.skip(f"{folder.name} is not here")
    transcripts = read_all(folder)
    findings = [finding for transcript in transcripts for finding in every_turn(transcript)[:12]]
    persona = make_persona("All", ["P1"], [make_claim("stated", "Said much.", findings)], findings[:1])
    html = export_results(make_results(transcripts, findings, [persona]), "html")["report.html"].decode()
    page = read_page(html)
    ids = {element.id for element in page.root.all()}
    assert page.problems == []
    assert [a for a in page.root.all("a") if (a.attributes["href"] or "")[1:] not in ids] == []
