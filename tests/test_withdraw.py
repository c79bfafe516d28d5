"""Somebody who withdraws leaves nothing in the database file but the fact, and takes nothing of others along."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database

from synth.analyst import Answer, Request
from synth.chunk import chunk_lines
from synth.domain import (
    ChannelSwitch,
    Claim,
    Draft,
    Emotion,
    Evidence,
    Feeling,
    Finding,
    Grouping,
    JourneyMap,
    Origin,
    PathStep,
    Persona,
    PhaseColumn,
    Quote,
    Theme,
    Transcript,
    Unassigned,
    content_id,
)
from synth.domain import Kind as FindingKind
from synth.errors import NotFoundError
from synth.migrations import migrations
from synth.privacy.leaving import GONE, blank_person, spoken_lines, trace_of
from synth.results import Provenance
from synth.review import Decision
from synth.store import Coding, SeenFile, Store, Study, open_store
from tests.builders import make_transcript

ANNA = "Anna de Vries"
HER_WORDS = (
    "The kettle sang while I waited for the inspector.",
    "He never wrote down what the meter said.",
    "My blue folder went missing at the desk.",
)
HIS_WORDS = ("I moved house in a borrowed van.", "The second letter made me laugh out loud.")


def solo() -> Transcript:
    said = [("Interviewer", ["How did it go?"]), (ANNA, HER_WORDS[:2])]
    return make_transcript("anna.txt", said, {ANNA: "P01"})


def other() -> Transcript:
    said = [("Interviewer", ["And you?"]), ("Bert", HIS_WORDS)]
    return make_transcript("bert.txt", said, {"Bert": "P02"})


def group() -> Transcript:
    said = [
        ("Interviewer", ["Thank you both, Anna."]),
        (ANNA, [HER_WORDS[2]]),
        ("Bert", ["As Anna de Vries said, it was late.", HIS_WORDS[0]]),
    ]
    return make_transcript("anna and bert.txt", said, {ANNA: "P01", "Bert": "P02"})


def feeling(transcript: Transcript, person: str, line: int, label: str) -> Finding:
    evidence = Evidence(transcript.id, line, line)
    return Finding(content_id(transcript.id, line), person, evidence, label, "en", "use", Emotion("anger", -2), 0.9)


HERS = (feeling(solo(), "P01", 2, "kettle sang while waiting"), feeling(group(), "P01", 2, "folder went missing"))
HIS = (feeling(other(), "P02", 2, "borrowed van"), feeling(group(), "P02", 4, "moved house"))


def claim(number: int, text: str, *findings: Finding, origin: Origin = Origin.ANALYST) -> Claim:
    people = tuple(sorted({finding.participant_id for finding in findings}))
    return Claim(f"c{number}", "essence", text, tuple(one.id for one in findings), people, origin=origin)


CLAIMS = (
    claim(1, "They wait for people who do not come.", HERS[0]),
    claim(2, "Papers get lost on the way.", HERS[1], HIS[0]),
    claim(3, "Moving is done with what there is.", HIS[1]),
    claim(4, "The kettle sang while I waited, says one.", HIS[0]),
    claim(5, "A researcher's own remark.", origin=Origin.PERSON),
)


def draft() -> Draft:
    everybody = tuple(finding.id for finding in HERS + HIS)
    persona = Persona("p", "The kettle sang while I", ("P01", "P02"), ("P01",), None, CLAIMS,
                      (Quote(HERS[0].id), Quote(HIS[0].id)), ("What the meter said.",))  # fmt: skip
    alone = Persona("q", "Only one", ("P01",), (), None, (), (), ())
    feelings = (Feeling("P01", -2.0, (HERS[0].id,)), Feeling("P02", 1.0, (HIS[0].id,)))
    column = PhaseColumn("use", ("P01", "P02"), feelings, -0.5, None, "anger", {"phone": ("P01",), "mail": ("P02",)},
                         {"phone": (HERS[0].id,), "mail": (HIS[0].id,)}, (), (Quote(HERS[0].id),),
                         repeats={"phone": ("P01",), "mail": ("P01", "P02")})  # fmt: skip
    step = PathStep("use", "use", ("P01", "P02"))
    switch = ChannelSwitch("use", "mail", "use", "phone", ("P01", "P02"), ("P01",), everybody)
    journey = JourneyMap(
        "m", "p", "t", "customer", None, (column,), (step,), (switch,), "use", "use", "use", "It ends low.", everybody,
        {"use": ("P01", "P02"), "awareness": ("P01",)},
    )  # fmt: skip
    theme = Theme("t", FindingKind.EMOTION, "folder went missing", everybody, ("P01", "P02"))
    grouping = Grouping("By drivers.", person_stability={"P01": 0.9, "P02": 0.8}, people=2, compared=2)
    return Draft((persona, alone), (journey,), (theme,), (Unassigned("P01", "said little"),), grouping)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "study.db"))


@pytest.fixture
def study(store: Store) -> Study:
    made = store.add_study("Energy", "bills", "en", "customer", "")
    for transcript in (solo(), other(), group()):
        store.put_transcript(made, transcript, names="kept")
        store.see_file(made, SeenFile(f"k{transcript.name}", transcript.name, "f", "read", None, (transcript.id,)))
        own = [one for one in HERS + HIS if one.evidence.transcript_id == transcript.id]
        key = f"call {transcript.name}"
        chunk = chunk_lines(transcript)[0]
        coding = Coding(transcript.id, key, chunk.first_line, chunk.last_line, "offline", "1", "coded")
        store.put_coding(made, chunk, coding, own)
        keep_call(store, key, transcript.text)
        people = {speaker.participant for speaker in transcript.speakers if speaker.participant}
        store.note_use(made, key, sorted(people))
    store.put_draft(made, "inputs", draft(), Provenance("offline", {}, "", "2026-01-01T00:00:00Z"))
    store.add_vectors("m", {HER_WORDS[0]: b"1234"})
    store.end_run(store.begin_run(made, "offline"), "done", "out/report.html", {"persona": HER_WORDS[0]})
    return made


def keep_call(store: Store, key: str, prompt: str) -> None:
    request = Request(key, "code_chunk", "model", prompt, "1")
    store.keep(key, request, Answer(raw='{"label": "' + prompt[-40:] + '"}'))


def bytes_of(store: Store) -> bytes:
    path = Path(store.path)
    return b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*"))


def test_words_of_the_person_are_nowhere_in_the_file_or_its_log(store: Store, study: Study) -> None:
    before = bytes_of(store)
    assert all(words.encode() in before for words in (*HER_WORDS, *HIS_WORDS))
    assert store.withdraw(study, "P01", [ANNA]).clean
    after = bytes_of(store)
    assert not any(words.encode() in after for words in HER_WORDS)
    assert not any(part in after for part in (b"Anna", b"Vries", b"anna.txt", b"kettle sang", b"folder went missing"))
    assert all(words.encode() in after for words in HIS_WORDS)


def test_what_others_said_keeps_its_lines_and_its_evidence(store: Store, study: Study) -> None:
    store.withdraw(study, "P01", [ANNA])
    transcripts = {one.id: one for one in store.transcripts(study)}
    assert set(transcripts) == {other().id, group().id}
    assert [line.number for line in transcripts[group().id].lines] == [line.number for line in group().lines]
    words = [transcripts[one.evidence.transcript_id].slice(one.evidence.first_line, one.evidence.last_line)[2]
             for one in store.findings(study)]  # fmt: skip
    assert sorted(words) == sorted([HIS_WORDS[0], HIS_WORDS[0]])


@pytest.mark.parametrize(
    ("name", "stays"),
    [("anna.mp3", False), ("films/Anna de Vries, May.mp4", False), ("P01_front.jpg", False), ("P010.jpg", True)],
)
def test_files_called_after_somebody_go_with_them_though_nothing_was_read(
    store: Store, study: Study, name: str, stays: bool
) -> None:
    store.see_file(study, SeenFile(name, name, "", "failed", "This is a recording; it is not read.", ()))
    store.withdraw(study, "P01", [ANNA])
    assert (name in {one.name for one in store.files(study)}) is stays


def test_withdrawal_says_which_claims_fell_and_which_are_weaker(store: Store, study: Study) -> None:
    gone = store.withdraw(study, "P01", [ANNA])
    assert (gone.transcripts, gone.blanked, gone.findings, gone.calls) == (1, 1, 2, 2)
    assert gone.lost == (CLAIMS[0].text, CLAIMS[3].text)
    assert gone.weakened == (CLAIMS[1].text,)
    assert gone.reports == ("out/report.html",)


def test_draft_holds_what_still_stands(store: Store, study: Study) -> None:
    store.withdraw(study, "P01", [ANNA])
    stored = store.last_draft(study)
    assert stored is not None
    assert [one.id for one in stored.draft.personas] == ["p"]
    persona, journey = stored.draft.personas[0], stored.draft.maps[0]
    assert [one.text for one in persona.claims] == [CLAIMS[1].text, CLAIMS[2].text, CLAIMS[4].text]
    assert persona.claims[0].participant_ids == persona.participant_ids == ("P02",)
    assert (journey.phases[0].mean, dict(journey.phases[0].channels), journey.peak) == (1.0, {"mail": ("P02",)}, None)
    assert stored.draft.themes[0].label in ("borrowed van", "moved house")
    assert stored.draft.unassigned == ()
    assert (dict(journey.phases[0].repeats), dict(journey.entries)) == ({"mail": ("P02",)}, {"use": ("P02",)})
    assert "P01" not in repr(stored.draft)


def test_next_synthesis_makes_a_draft_anew(store: Store, study: Study) -> None:
    store.withdraw(study, "P01", [ANNA])
    made = store.put_draft(
        study, "inputs", Draft((), (), (), ()), Provenance("offline", {}, "", "2026-01-01T00:00:00Z")
    )
    assert made.number == 2


def test_calls_that_repeat_the_person_go_whoever_they_were_noted_for(store: Store, study: Study) -> None:
    keep_call(store, "draft", f"Others said: {HER_WORDS[0]}")
    store.note_use(study, "draft", ["P02"])
    keep_call(store, "crashed", f"[1] {HER_WORDS[1]}")
    keep_call(store, "his", f"[1] {HIS_WORDS[1]}")
    store.note_use(study, "his", ["P02"])
    store.withdraw(study, "P01", [ANNA])
    assert [store.answer(key) is not None for key in ("draft", "crashed", "his")] == [False, False, True]


def test_call_that_another_study_uses_stays_with_its_interview(store: Store, study: Study) -> None:
    second = store.add_study("Again", "bills", "en", "customer", "")
    store.put_transcript(second, solo(), names="kept")
    store.note_use(second, f"call {solo().name}", ["P01"])
    gone = store.withdraw(study, "P01", [ANNA])
    assert gone.elsewhere == ("Again",)
    assert store.answer(f"call {solo().name}") is not None


@pytest.mark.parametrize(
    ("decision", "left"),
    [
        (Decision("d", "participant", "P01", "assign", "me", after="p"), None),
        (Decision("d", "finding", HERS[0].id, "reject", "me"), None),
        (Decision("d", "claim", "c1", "edit", "me", "They wait.", "They waited for long."), (None, None, "")),
        (Decision("d", "claim", "c3", "edit", "me", "a", HER_WORDS[0]), ("a", None, "")),
        (
            Decision("d", "persona", "p", "merge", "me", "P01, P02", "P02", "not P01"),
            (f"{GONE}, P02", "P02", f"not {GONE}"),
        ),
    ],
)
def test_decisions_lose_the_person_and_keep_that_they_were_taken(
    store: Store, study: Study, decision: Decision, left: tuple[str | None, str | None, str] | None
) -> None:
    store.decide(study, decision)
    store.withdraw(study, "P01", [ANNA])
    kept = store.decisions(study)
    assert [(one.before, one.after, one.why) for one in kept] == ([] if left is None else [left])


def test_decision_on_somebody_who_is_still_there_cannot_be_deleted(store: Store, study: Study) -> None:
    store.decide(study, Decision("d", "participant", "P02", "assign", "me", after="p"))
    store.withdraw(study, "P01", [ANNA])
    with pytest.raises(sqlite3.IntegrityError, match="never deleted"):
        Database(store.path).execute("delete from decisions")


def test_file_of_somebody_who_withdrew_is_known_again_by_its_hash_alone(store: Store, study: Study) -> None:
    store.withdraw(study, "P01", [ANNA])
    assert store.withdrawn_sources(study) == {solo().source_sha256, group().source_sha256}
    assert {file.name for file in store.files(study)} == {"bert.txt", f"interview {group().id[:6]}.txt"}


def test_foreign_keys_hold_afterwards(store: Store, study: Study) -> None:
    store.withdraw(study, "P01", [ANNA])
    assert list(Database(store.path).query("pragma foreign_key_check")) == []
    assert [one.id for one in store.participants(study)] == ["P02"]


def test_withdrawing_everybody_leaves_a_study_that_works(store: Store, study: Study) -> None:
    for person in ("P01", "P02"):
        store.withdraw(study, person)
    stored = store.last_draft(study)
    assert stored is not None
    assert (store.findings(study), stored.draft.personas) == ([], ())
    assert not any(words.encode() in bytes_of(store) for words in HER_WORDS + HIS_WORDS)


def test_unknown_participant_is_an_error_that_names_those_there(store: Store, study: Study) -> None:
    with pytest.raises(NotFoundError, match="P01, P02"):
        store.withdraw(study, "P09")


def test_file_that_another_program_reads_is_not_called_clean(store: Store, study: Study) -> None:
    reader = sqlite3.connect(store.path)
    reader.execute("begin")
    reader.execute("select count(*) from lines").fetchone()
    store._db.execute("pragma busy_timeout = 1")
    assert not store.withdraw(study, "P01", [ANNA]).clean
    reader.close()
    assert store.scrub()
    assert not any(words.encode() in bytes_of(store) for words in HER_WORDS)


def test_what_a_critic_held_against_a_claim_goes_where_it_was_their_words(store: Store, study: Study) -> None:
    said = "Somebody says: the kettle sang while I waited."
    repeated = replace(CLAIMS[2], verdict="overreach", critique=said)
    contradicted = replace(
        CLAIMS[4], id="c6", origin=Origin.ANALYST, finding_ids=(HIS[0].id,), participant_ids=("P02",),
        against_finding_ids=(HERS[0].id,), against_participant_ids=("P01",), verdict="contradicted", critique="Not so.",
    )  # fmt: skip
    kept = replace(CLAIMS[2], id="c7", text="Another of his.", verdict="stands")
    persona = replace(draft().personas[0], claims=(repeated, contradicted, kept))
    made = Provenance("offline", {}, "", "2026-01-02T00:00:00Z")
    store.put_draft(study, "more", replace(draft(), personas=(persona,), maps=()), made)
    assert store.withdraw(study, "P01", [ANNA]).clean
    last = store.last_draft(study)
    assert last is not None
    verdicts = {claim.id: (claim.verdict, claim.critique) for claim in last.draft.claims()}
    assert verdicts == {"c3": (None, ""), "c6": (None, ""), "c7": ("stands", "")}
    assert HER_WORDS[0][4:25].encode() not in bytes_of(store)


def test_database_of_the_first_schema_can_withdraw_too(tmp_path: Path) -> None:
    path = str(tmp_path / "old.db")
    old = Database(path)
    migrations.apply(old, stop_before="m002_withdrawal")
    old.close()
    store = open_store(path)
    study = store.add_study("Energy", "bills", "en", "customer", "")
    store.put_transcript(study, solo(), names="kept")
    assert store.withdraw(study, "P01").transcripts == 1


def test_blanked_transcript_says_nothing_of_the_person_and_all_of_the_others() -> None:
    trace = trace_of([HER_WORDS[2]], [])
    blank = blank_person(group(), "P01", [ANNA], trace)
    assert [line.text for line in blank.lines] == [
        "Thank you both, […].",
        GONE,
        "As […] said, it was late.",
        HIS_WORDS[0],
    ]
    assert (blank.text.count("Bert: "), blank.text.count("Anna")) == (1, 0)
    assert spoken_lines(blank, "P01") == set()
    assert all(line.text == blank.text[line.start : line.end] for line in blank.lines)


def test_trace_is_what_only_the_person_said() -> None:
    trace = trace_of(["I do not know what it was about the green door.", "Nooit meer."], ["I do not know what to say."])
    assert trace.is_in("and then it was about the GREEN door, they say")
    assert not trace.is_in("I do not know what they meant")
    assert trace.is_in("nooit  meer.")
    assert not trace.is_in("Dat doe ik nooit meer. Echt niet.")
