"""What a reply says of a finding besides: marks that fit are taken up, others set aside and counted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from synth.analyst import ChunkReply
from synth.domain import Chunk, Emotion, Kind, Motivation, Touchpoint
from synth.export.csv import finding_rows
from synth.export.json import results_json
from synth.extract import count_refusals, extract_findings
from synth.frameworks import load_framework
from synth.marks import known_marks, marks_of, take_marks
from synth.paths import story_of
from synth.schemas import reply_schema
from synth.store import Coding, open_store
from tests.builders import make_finding, make_results
from tests.scripted import emotion, interview, motivation, reply_of, task_for, touchpoint

FRAMEWORK = load_framework()


def read(*proposals: dict[str, object]):  # type: ignore[no-untyped-def]
    return extract_findings(task_for(), ChunkReply.model_validate_json(reply_of(*proposals)))


def test_marks_become_fields_of_the_kind_that_they_fit() -> None:
    (felt, contact), refusals = read(
        emotion(3, marks=["connection", "leaves"]),
        touchpoint(4, marks=["person began", "much effort", "failed", "again"], matters="It decided the rest."),
    )
    assert refusals == []
    assert felt.detail == Emotion("anger", -2, 3, True, None, "connection")
    assert felt.signals == ("leaves",)
    assert contact.detail == Touchpoint(
        "phone", initiator="person", effort=3, outcome="failed", repeated=True, matters="It decided the rest."
    )


@pytest.mark.parametrize(
    ("proposal", "field", "value"),
    [
        (motivation(2, marks=["failed"]), "driver", "feel secure"),
        (emotion(2, marks=["delighted", "done"]), "reading", None),
        (touchpoint(2, marks=["done", "failed"]), "outcome", "done"),
        (touchpoint(2, marks=["satisfaction"]), "outcome", None),
    ],
)
def test_a_mark_that_does_not_fit_costs_the_mark_and_not_the_finding(
    proposal: dict[str, object], field: str, value: object
) -> None:
    (finding,), (refusal,) = read(proposal)
    assert getattr(finding.detail, field) == value
    assert refusal.kind == "mark"


def test_nothing_is_said_where_a_reply_has_no_marks() -> None:
    (contact,), refusals = read(touchpoint(4))
    assert contact.detail == Touchpoint("phone")
    assert (contact.signals, contact.code, refusals) == ((), None, [])


@pytest.mark.parametrize("kind", list(Kind))
def test_every_mark_of_a_kind_can_be_taken_and_given_back(kind: Kind) -> None:
    bare = {Kind.MOTIVATION: Motivation("thrill"), Kind.EMOTION: Emotion("joy", 1), Kind.TOUCHPOINT: Touchpoint("app")}
    for mark in known_marks(FRAMEWORK, kind):
        marked = take_marks(bare[kind], [mark.upper().replace(" ", "_")], FRAMEWORK)
        assert marked.left == ()
        assert marks_of(marked.detail, marked.signals) == [mark]


def test_schema_holds_each_kind_to_its_own_marks_and_names_every_field() -> None:
    schema = reply_schema(task_for())
    touch, why = schema["$defs"]["TouchpointReply"], schema["$defs"]["MotivationReply"]
    assert touch["properties"]["marks"]["items"]["enum"] == list(known_marks(FRAMEWORK, Kind.TOUCHPOINT))
    assert why["properties"]["marks"]["items"]["enum"] == list(FRAMEWORK.signal_keys)
    assert sorted(touch["required"]) == sorted(touch["properties"])
    assert "code" not in touch["properties"]
    without = replace(task_for(), framework=FRAMEWORK.model_copy(update={"signals": ()}))
    assert "marks" not in reply_schema(without)["$defs"]["MotivationReply"]["properties"]


def test_fields_are_stored_and_findings_of_before_still_load(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "s.db"))
    study = store.add_study("s", "", "en", "customer", "")
    transcript = interview()
    store.put_transcript(study, transcript, names="kept")
    finding = replace(
        make_finding(transcript, 3, Touchpoint("phone", effort=3, skipped=True, matters="why")),
        signals=("leaves",), code="Calls",
    )  # fmt: skip
    chunk = Chunk("c", transcript.id, 1, 7, 1)
    coding = Coding(transcript.id, "k", 1, 7, "m", "1", "coded")
    store.put_coding(study, chunk, coding, [finding])
    assert store.findings(study) == [finding]
    old = {"channel": "phone", "from_channel": None, "context_kept": None, "story_order": 0.0}
    store._db.execute("update findings set detail = ?", [json.dumps(old)])
    store._db.conn.commit()
    (before,) = store.findings(study)
    assert (before.detail, before.signals, before.code) == (Touchpoint("phone", story_order=0.0), (), None)
    store.close()


def test_json_and_csv_carry_the_fields_with_the_word_of_the_wheel() -> None:
    transcript = interview(name="P1.txt")
    felt = replace(make_finding(transcript, 3, Emotion("anger", -2, 3, reading="connection")), signals=("warns",))
    contact = make_finding(transcript, 4, Touchpoint("phone", effort=2, repeated=True))
    results = make_results([transcript], [felt, contact])
    shown = results_json(results)["findings"]
    assert isinstance(shown, list)
    assert (shown[0]["word"], shown[0]["reading"], shown[0]["signals"]) == ("furious", "connection", ["warns"])
    assert (shown[1]["effort"], shown[1]["repeated"], shown[1]["outcome"]) == (2, True, None)
    rows = list(finding_rows(results))
    assert (rows[0]["word"], rows[0]["signals"], rows[1]["effort"]) == ("furious", "warns", 2)


def test_refusals_are_counted_by_model_and_kind(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "s.db"))
    study = store.add_study("s", "", "en", "customer", "")
    store.put_transcript(study, interview(), names="kept")
    _, refusals = read(emotion(99), emotion(2, phase="nowhere"), touchpoint(3, channel="pigeon"))
    chunk = Chunk("c", interview().id, 1, 7, 1)
    store.put_coding(study, chunk, Coding(interview().id, "k", 1, 7, "vendor/one", "1", "coded"), [], refusals)
    counts = count_refusals(store.refusals(study))
    assert counts == {("vendor/one", "emotion"): 1, ("vendor/one", "phase"): 1, ("vendor/one", "channel"): 1}
    store.close()


def test_a_contact_that_never_came_is_no_step_of_the_path() -> None:
    transcript = interview()
    came = make_finding(transcript, 3, Touchpoint("phone"))
    never = make_finding(transcript, 4, Touchpoint("letter", skipped=True))
    assert story_of([came, never], [came.id, never.id]) == [came]
