"""The critic, and drafts in pieces: scripted replies that invent, cite the wrong people, flatter, or try to please."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from synth.analyst import (
    ClaimsReply,
    CodeChunk,
    CritiqueClaims,
    CritiqueReply,
    Decided,
    DraftClaims,
    DraftMap,
    DraftPersona,
    MapReply,
    MergeLabels,
    Passage,
    Questioned,
    Request,
    Task,
)
from synth.critic import Batch, critic_batches, judge_claims
from synth.domain import DRAFTED_SECTIONS, Claim, Emotion, Motivation, Origin, Touchpoint
from synth.journeys import title_of_map
from synth.offline.drafts import answer_draft
from synth.pieces import join_map, join_persona, map_pieces, persona_pieces
from synth.pipeline.deciding import decide_claim
from synth.pipeline.drafting import _people_of
from synth.pipeline.loading import load_results
from synth.pipeline.progress import Silent
from synth.pipeline.run import RunSettings, run_study
from synth.results import Results
from synth.store import open_store
from tests.drafting import FRAMEWORK, SEGMENT, claim_reply, everybody, passage, persona_reply
from tests.loopback import Reply, loopback
from tests.scripted import ScriptedAnalyst, Step, emotion, motivation, reply_of, touchpoint
from tests.test_cli import ENVIRONMENT, ROOT
from tests.test_offline_analyst import map_task_of
from tests.test_personas import task as persona_task

PASSAGES = everybody()
OWN = [one for one in PASSAGES if one.finding.participant_id in SEGMENT.participant_ids]


def claim(text: str = "Wants one clear amount", cited: int = 3, **fields: Any) -> Claim:
    ids = tuple(one.finding.id for one in OWN[:cited])
    people = tuple(sorted({one.finding.participant_id for one in OWN[:cited]}))
    return Claim(f"id {text}", fields.pop("section", "stated"), text, ids, people, **fields)


def batch(*claims: Claim) -> Batch:
    [made] = critic_batches(claims, PASSAGES, SEGMENT.participant_ids, framework=FRAMEWORK, subject="", language="en")
    return made


def verdict(verdict: str, against: list[int], why: str = "Somebody says that it was clear.", claim: int = 1) -> str:
    one = {"claim": claim, "verdict": verdict, "against": against, "why": why}
    return json.dumps({"verdicts": [one]})


def judged(raw: str) -> tuple[Claim | None, list[str]]:
    made = batch(claim())
    verdicts, refusals = judge_claims(made, CritiqueReply.model_validate_json(raw))
    return verdicts.get("id Wants one clear amount"), [one.why for one in refusals]


def test_a_contradiction_on_findings_makes_a_claim_contested_and_keeps_its_words() -> None:
    changed, refusals = judged(verdict("contradicted", [5]))
    assert changed is not None
    assert changed.contested
    assert not refusals
    assert (changed.text, changed.finding_ids) == (claim().text, claim().finding_ids)
    assert len(changed.against_finding_ids) == 1
    assert changed.critique == "Somebody says that it was clear."


def test_what_somebody_outside_says_counts_and_is_told_from_the_others() -> None:
    made = batch(claim())
    outside = next(n for n, one in enumerate(made.task.passages, 1) if one.finding.participant_id == "P5")
    changed, _ = judged(verdict("contradicted", [outside]))
    assert changed is not None
    assert changed.against_participant_ids == ("P5",)


@pytest.mark.parametrize("against", [[], [999], [0], [1]])
def test_a_contradiction_without_a_finding_of_its_own_is_refused(against: list[int]) -> None:
    changed, refusals = judged(verdict("contradicted", against))
    assert changed is None
    assert refusals[-1] == "It speaks of a contradiction and no finding tells one."


def test_overreach_needs_no_finding_and_gives_its_reason() -> None:
    changed, _ = judged(verdict("overreach", [], why=""))
    assert changed is not None
    assert changed.contested
    assert changed.critique


def test_a_reason_in_another_language_is_dropped_and_counted() -> None:
    changed, refusals = judged(verdict("overreach", [], why="Dit staat niet in de woorden van deze mensen"))
    assert changed is not None
    assert "deze" not in changed.critique
    assert refusals == ["It is in another language than the draft."]


def test_a_claim_that_does_not_exist_or_is_judged_twice_is_refused() -> None:
    changed, refusals = judged(verdict("stands", [], claim=7))
    assert changed is None
    assert refusals == ["Claim 7 does not exist."]
    twice = CritiqueReply.model_validate_json(verdict("stands", []))
    both = twice.model_copy(update={"verdicts": [*twice.verdicts, *twice.verdicts]})
    assert [one.why for one in judge_claims(batch(claim()), both)[1]] == ["The same claim is judged twice."]


def test_a_claim_that_is_told_to_stand_was_looked_at_and_one_that_is_refuted_as_well_is_refuted() -> None:
    made = batch(claim("A"), claim("B"), claim("C"))
    fallen = json.loads(verdict("overreach", []))["verdicts"]
    reply = CritiqueReply.model_validate({"verdicts": fallen, "stands": [1, 2, 9]})
    verdicts, refusals = judge_claims(made, reply)
    assert {key: one.verdict for key, one in verdicts.items()} == {"id A": "overreach", "id B": "stands"}
    assert [one.why for one in refusals] == ["The same claim is judged twice.", "Claim 9 does not exist."]


def test_what_was_counted_written_by_a_person_or_proposed_is_no_matter_for_a_critic() -> None:
    counted, own = claim("A", origin=Origin.COMPUTED), claim("B", origin=Origin.PERSON)
    batches = critic_batches(
        [counted, own, claim("C", idea=True)], PASSAGES, SEGMENT.participant_ids, framework=FRAMEWORK, subject="",
        language="en",
    )  # fmt: skip
    assert batches == []


def batches_of(claims: list[Claim], passages: Sequence[Passage] = PASSAGES) -> list[Batch]:
    return critic_batches(claims, passages, SEGMENT.participant_ids, framework=FRAMEWORK, subject="", language="en")


def test_claims_on_the_same_findings_are_asked_about_at_once() -> None:
    claims = [claim(f"In use {n}", phase="use") for n in range(10)] + [claim("Before", phase="consideration")]
    batches = batches_of([claim("A"), claim("B"), *claims])
    [made] = batches
    assert [one.phase for one in made.claims] == [None, None, *["use"] * 10, "consideration"]
    first = [one.finding.participant_id for one in made.task.passages]
    assert first.index("P5") > max(place for place, person in enumerate(first) if person in SEGMENT.participant_ids)


def test_many_claims_are_asked_about_in_parts_of_one_size() -> None:
    assert [len(one.claims) for one in batches_of([claim(f"A {n}") for n in range(61)])] == [30, 31]
    phases = [claim(f"{phase} {n}", phase=phase) for phase in ("use", "consideration") for n in range(40)]
    assert [{one.phase for one in made.claims} for made in batches_of(phases)] == [{"use"}, {"consideration"}]


def test_phases_whose_findings_do_not_fit_a_task_together_are_asked_about_apart() -> None:
    some = [passage("P1", Motivation("functional"), "I want to know.", line=line, phase=phase)
            for phase in ("use", "consideration") for line in range(1, 150)]  # fmt: skip
    claims = [claim("In use", phase="use"), claim("Before", phase="consideration")]
    batches = batches_of(claims, [*PASSAGES, *some])
    assert [[one.phase for one in made.claims] for made in batches] == [["use"], ["consideration"]]
    assert all(len(made.task.passages) > 140 for made in batches)


def test_a_critic_is_told_what_a_claim_names_against_itself() -> None:
    other = OWN[-1].finding.id
    [made] = batches_of([claim("One pays, another does not", 1, section="differ", against_finding_ids=(other,))])
    [asked] = made.task.claims
    assert [made.task.passages[number - 1].finding.id for number in asked.against] == [other]


# --- The built-in critic ----------------------------------------------------------------------------------------


def critique_of(claim: Questioned, *passages: Passage) -> CritiqueReply:
    people = tuple(sorted({one.finding.participant_id for one in passages}))
    reply = answer_draft(CritiqueClaims((claim,), passages, people, FRAMEWORK, "", "en"))
    assert isinstance(reply, CritiqueReply)
    return reply


def test_a_channel_that_is_refused_by_one_and_used_by_another_is_contested() -> None:
    refused = passage("P1", Motivation("functional"), "I would never do that by phone.")
    uses = passage("P2", Touchpoint("phone"), "I rang them and it was fine.", line=5)
    [found] = critique_of(Questioned("never", "Would never do it by phone", None, None, (1,)), refused, uses).verdicts
    assert (found.verdict, found.against) == ("contradicted", [2])


def test_an_essence_of_half_of_the_people_says_too_much() -> None:
    said = [passage(f"P{n}", Motivation("feel secure"), "I want to be sure.", line=n) for n in range(1, 5)]
    [half] = critique_of(Questioned("essence", "Wants certainty", None, None, (1, 2)), *said).verdicts
    [most] = critique_of(Questioned("essence", "Wants certainty", None, None, (1, 2, 3)), *said).verdicts
    assert (half.verdict, most.verdict) == ("overreach", "stands")


def test_a_low_at_which_somebody_felt_only_good_is_contested() -> None:
    bad = [passage(f"P{n}", Emotion("anger", -2), "I was furious with them.", line=n) for n in (1, 2)]
    good = [passage(f"P{n}", Emotion("joy", 2), "I was so pleased with it.", line=3) for n in (3, 5)]
    both = [passage("P4", Emotion(key, value), "Words of it.", line=4) for key, value in (("joy", 2), ("anger", -1))]
    [found] = critique_of(Questioned("moment", "I am furious", "low", "use", (1, 2)), *bad, *good, *both).verdicts
    assert (found.verdict, found.against) == ("contradicted", [3, 4])
    [fewer] = critique_of(Questioned("moment", "I am furious", "low", "use", (1, 2)), *bad, good[0], *both).verdicts
    assert fewer.verdict == "stands"


def test_what_somebody_says_of_another_phase_denies_nothing() -> None:
    waits = passage("P1", Touchpoint("phone"), "I had to explain it all again.", "use")
    asked = Questioned("friction", "I have to tell my story all over again", None, "use", (1,))
    for phase, verdict in (("use", "contradicted"), ("purchase", "stands")):
        quick = passage("P2", Touchpoint("phone"), "I did not have to tell it again.", phase, line=3)
        [found] = critique_of(asked, waits, quick).verdicts
        assert found.verdict == verdict


def test_a_fear_that_somebody_denies_outright_is_contested() -> None:
    afraid = passage("P1", Emotion("fear", -2), "I was afraid of a second bill.")
    calm = passage("P2", Emotion("calm", 1), "I was not worried about a second bill.", line=3)
    [found] = critique_of(Questioned("fear", "Fears a second bill", None, None, (1,)), afraid, calm).verdicts
    assert found.against == [2]


def test_a_need_that_stands_on_a_guess_alone_says_too_much() -> None:
    guessed, sure = (passage("P1", Motivation("belong"), "And so on it went.", confidence=one) for one in (0.3, 0.8))
    need = Questioned("need", "I want to belong", None, "use", (1,))
    assert [one.verdict for one in critique_of(need, guessed).verdicts] == ["overreach"]
    assert [one.verdict for one in critique_of(need, sure).verdicts] == ["stands"]


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("I was worried about the bill.", "stands"),
        ("Not that I was worried.", "overreach"),
        ("Ik was helemaal niet bang, hoor.", "overreach"),
        ("It was a Tuesday.", "stands"),
    ],
)
def test_a_fear_that_its_own_words_deny_says_too_much(words: str, verdict: str) -> None:
    language = "nl" if words.startswith("Ik") else "en"
    found = passage("P1", Emotion("fear", -1), words, language=language)
    [judged] = critique_of(Questioned("fear", f"“{words}”", None, None, (1,)), found).verdicts
    assert judged.verdict == verdict


def test_people_who_differ_do_not_contest_that_they_do_but_a_critic_may() -> None:
    both = claim("One is happy, the other angry", section="differ", against_finding_ids=("f9",))
    assert not both.contested
    assert replace(both, verdict="overreach").contested
    assert replace(both, section="stated").contested


# --- Pieces ------------------------------------------------------------------------------------------------------


def test_a_piece_shows_only_the_kinds_that_can_carry_its_sections() -> None:
    portrait, further = persona_pieces(persona_task())
    assert {one.finding.kind.value for one in portrait.passages} == {"motivation", "emotion"}
    assert {one.finding.kind.value for one in further.passages} == {"motivation", "emotion", "touchpoint"}
    assert {*portrait.sections, *further.sections} == set(DRAFTED_SECTIONS)


def test_one_person_is_not_asked_how_people_differ() -> None:
    alone = replace(persona_task(), participant_ids=("P1",))
    assert "differ" not in persona_pieces(alone)[1].sections


def test_numbers_of_a_piece_become_those_of_the_whole_and_unknown_ones_are_refused() -> None:
    whole = persona_task()
    asking, _ = persona_pieces(whole)
    asked = asking.passages[2].finding.id
    reply = persona_reply(claim_reply("stated", [3, 400]), hero=3)
    joined, refusals = join_persona(whole, (asking, reply), None)
    [made] = joined.claims
    assert [whole.passages[number - 1].finding.id for number in made.findings] == [asked]
    assert [one.why for one in refusals] == ["Finding 400 does not exist."]


def test_pieces_together_may_hold_more_than_one_reply() -> None:
    whole = persona_task()
    asking, further = persona_pieces(whole)
    many = [claim_reply("decide", [1], text=f"Asks {number}") for number in range(40)]
    portrait = persona_reply(*(claim_reply("goal", [1], text=f"Wants {number}") for number in range(40)))
    joined, refusals = join_persona(whole, (asking, portrait), (further, ClaimsReply(claims=many)))
    assert (len(joined.claims), refusals) == (80, [])


def test_a_phase_of_which_nobody_spoke_is_not_asked_for() -> None:
    [piece] = map_pieces(map_task_of(OWN))
    assert piece.phases == ("consideration", "use")


def test_phases_of_few_findings_are_asked_for_together_and_those_of_many_apart() -> None:
    many = {"awareness": 3, "orientation": 30, "purchase": 8, "use": 50, "loyalty": 2}
    phases = [phase for phase, number in many.items() for _ in range(number)]
    given = [passage("P1", Motivation("functional"), "I want to know.", phase, line=line)
             for line, phase in enumerate(phases, start=1)]  # fmt: skip
    pieces = map_pieces(map_task_of(given))
    assert [piece.phases for piece in pieces] == [("awareness", "orientation"), ("purchase",), ("use",), ("loyalty",)]
    assert [len(piece.passages) for piece in pieces] == [33, 8, 50, 2]
    assert all(one.finding.phase in piece.phases for piece in pieces for one in piece.passages)
    assert all(tuple(phase for phase, _, _ in piece.means) == piece.phases for piece in pieces)


def test_a_map_in_pieces_is_named_after_its_persona_and_tells_its_own_peak() -> None:
    whole = map_task_of(OWN)
    [first, *_] = map_pieces(whole)
    reply = MapReply.model_validate_json('{"claims": [], "quotes": [1]}')
    joined, refusals = join_map(whole, [(first, reply)])
    assert (joined.title, joined.reading, refusals) == (f"The journey of ‘{whole.persona_name}’", "", [])
    assert len(joined.quotes) == 1
    long = replace(whole, persona_name="Wants to know " + "what it will cost " * 4)
    assert join_map(long, [])[0].title == title_of_map("en", long.persona_name)


# --- From end to end ---------------------------------------------------------------------------------------------

INTERVIEW = """Interviewer: How did it begin?
{name}: The bill was twice as high. I was furious about it. So I called them that same day.

Interviewer: And then?
{name}: They said I had to write a letter. I want to know what it costs me, and nothing else.
"""


def drafted(tmp_path: Path, say: Callable[[Task], dict[str, Any] | None], critic: str = "same") -> Results:
    """A study of four people whose model says what `say` gives, and nothing wrong where that gives None."""

    folder = tmp_path / "interviews"
    folder.mkdir()
    for person in ("P01", "P02", "P03", "P04"):
        (folder / f"{person}.txt").write_text(INTERVIEW.format(name=person), encoding="utf-8")
    return draft_of(tmp_path, say, critic)


def draft_of(tmp_path: Path, say: Callable[[Task], dict[str, Any] | None], critic: str = "same") -> Results:
    """The draft of what lies in the folder of interviews, by the same model; see `drafted`."""

    def script(task: Task, _request: Request, _complaint: str | None) -> Step:
        given = say(task)
        if given is not None:
            return json.dumps(given)
        if isinstance(task, CodeChunk):
            return reply_of(motivation(7), emotion(3), touchpoint(4), touchpoint(6, channel="letter"))
        if isinstance(task, MergeLabels):
            return json.dumps({"groups": []})
        if isinstance(task, DraftPersona):
            return json.dumps({"name": "No surprises", "claims": [], "hero": 1, "quotes": [], "unknowns": []})
        if isinstance(task, DraftClaims):
            return json.dumps({"claims": []})
        if isinstance(task, DraftMap):
            return json.dumps({"title": "My bill", "claims": [], "quotes": [], "reading": ""})
        return json.dumps({"verdicts": []})

    db = str(tmp_path / "study.db")
    settings = RunSettings.make(
        [str(tmp_path / "interviews")], db=db, study="Bills", model="scripted", personas="1", out_dir=str(tmp_path),
        critic=critic,
    )  # fmt: skip
    run_study(settings, Silent(), ScriptedAnalyst(script))
    store = open_store(db)
    try:
        return load_results(store, store.study("Bills"))
    finally:
        store.close()


def one_claim(text: str, findings: list[int], section: str = "stated") -> dict[str, Any]:
    return {"section": section, "key": None, "phase": None, "text": text, "findings": findings, "against": []}


def portrait(*claims: dict[str, Any], **changes: Any) -> Callable[[Task], dict[str, Any] | None]:
    reply = {"name": "No surprises", "claims": list(claims), "hero": 1, "quotes": [], "unknowns": []} | changes
    return lambda task: reply if isinstance(task, DraftPersona) else None


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (one_claim("Wants to know the sum", [77]), "Finding 77 does not exist."),
        (one_claim("A savvy and amazing customer", [1]), "It praises, and the cited words do not."),
        (one_claim("Young mothers who want to know the sum", [1]), "who somebody is"),
        (one_claim("Wil weten waar het geld blijft", [1]), "It is in another language than the draft."),
        (one_claim("Pays 300 euros too much", [1]), "It gives a number that nobody said."),
        (one_claim("Says “I will leave them tomorrow”", [1]), "Words in quotation marks that nobody said."),
        (one_claim("The phone", [1], "channel"), "This is counted and not asked for."),
    ],
)
def test_what_a_model_may_not_say_is_refused_and_counted(tmp_path: Path, given: dict[str, Any], why: str) -> None:
    results = drafted(tmp_path, portrait(given))
    assert given["text"] not in [one.text for one in results.draft.claims()]
    assert any(why in one.why for one in results.refusals)


def test_an_invented_person_is_no_name(tmp_path: Path) -> None:
    results = drafted(tmp_path, portrait(one_claim("Wants to know the sum", [2], "essence"), name="Careful Carla"))
    assert results.draft.personas[0].name == "Wants to know the sum"
    assert any("invented person" in one.why for one in results.refusals)


def test_a_refuted_claim_is_stored_as_contested_with_the_words_against_it(tmp_path: Path) -> None:
    def say(task: Task) -> dict[str, Any] | None:
        if isinstance(task, CritiqueClaims):
            other = next(n for n, one in enumerate(task.passages, 1) if n not in task.claims[0].cited)
            return {"verdicts": [{"claim": 1, "verdict": "contradicted", "against": [other], "why": "Not so."}]}
        return portrait(one_claim("Wants to know the sum", [1]))(task)

    results = drafted(tmp_path, say)
    [found] = [one for one in results.draft.claims() if one.text == "Wants to know the sum"]
    assert (found.verdict, found.critique, found.contested) == ("contradicted", "Not so.", True)
    assert len(found.against_finding_ids) == 1
    assert results.provenance.critic == "scripted"


def test_a_later_draft_is_told_what_people_decided_and_never_what_they_wrote_themselves(tmp_path: Path) -> None:
    told: dict[str, tuple[Decided, ...]] = {}

    def say(task: Task) -> dict[str, Any] | None:
        if isinstance(task, DraftPersona | DraftClaims | DraftMap):
            told[task.name] = task.decided
        if isinstance(task, DraftMap):
            return {"claims": [one_claim("I call them", [1], "doing") | {"phase": "use"}], "quotes": []}
        return portrait(one_claim("Wants to know the sum", [1]), one_claim("Never pays twice", [1], "never"))(task)

    first = drafted(tmp_path, say)
    assert not any(told.values())
    actions = {"Wants to know the sum": "edit", "Never pays twice": "reject", "I call them": "accept"}
    store = open_store(str(tmp_path / "study.db"))
    for claim in first.draft.claims():
        if claim.text in actions:
            decide_claim(store, store.study("Bills"), claim.id, actions[claim.text], by_whom="me", text="Ask Marijke")
    store.close()
    (tmp_path / "interviews" / "P05.txt").write_text(INTERVIEW.format(name="P05"), encoding="utf-8")
    again = draft_of(tmp_path, say)
    assert told["draft_persona"] == (
        Decided("never", None, "Never pays twice", rejected=True, people=("P01",)),
        Decided("stated", None, "Wants to know the sum", rejected=False, people=("P01",)),
    )
    assert told["draft_map"] == (Decided("doing", "use", "I call them", rejected=False, people=("P01",)),)
    assert told["draft_claims"] == ()
    assert [one.text for one in again.draft.claims() if one.section == "stated"] == ["Ask Marijke"]


def test_an_answer_goes_with_everybody_whose_words_the_sentences_came_from_that_it_was_told() -> None:
    told = Decided("stated", None, "Wants to know the sum", rejected=True, people=("P9",))
    assert _people_of(persona_task()) == set(SEGMENT.participant_ids)
    assert _people_of(replace(persona_task(), decided=(told,))) == {*SEGMENT.participant_ids, "P9"}


def test_a_critic_that_is_off_is_not_asked(tmp_path: Path) -> None:
    def say(task: Task) -> dict[str, Any] | None:
        assert not isinstance(task, CritiqueClaims) or not task.claims
        return portrait(one_claim("Wants to know the sum", [1]))(task)

    results = drafted(tmp_path, say, critic="off")
    assert [one.verdict for one in results.draft.claims() if one.text == "Wants to know the sum"] == [None]
    assert results.provenance.critic == ""


def test_another_critic_reads_a_draft_of_the_same_model(tmp_path: Path) -> None:
    results = drafted(tmp_path, portrait(one_claim("Wants to know the sum", [1])), critic="offline")
    assert [one.verdict for one in results.draft.claims() if one.text == "Wants to know the sum"] == ["stands"]
    assert results.provenance.critic == "offline"


def test_a_batch_keeps_what_the_claims_stand_on() -> None:
    made = batch(claim(cited=2), replace(claim("Another"), finding_ids=(OWN[-1].finding.id,)))
    assert [len(one.cited) for one in made.task.claims] == [2, 1]


def test_names_are_replaced_before_a_critic_on_a_server_reads_what_the_built_in_reader_drafted(tmp_path: Path) -> None:
    folder = tmp_path / "interviews"
    folder.mkdir()
    names = ("Marijke Hoekstra", "Femke Aalders", "Gonda Visser", "Hannah Holloway")
    for name in names:
        (folder / f"{name}.txt").write_text(INTERVIEW.format(name=name), encoding="utf-8")
    environment = {**ENVIRONMENT, "PYTHONPATH": str(ROOT), "OPENAI_API_KEY": "none"}
    with loopback(lambda _body: Reply('{"verdicts": []}')) as server:
        command = [sys.executable, "-m", "synth", "run", str(folder), "--critic", "openai/m", "--json"]
        done = subprocess.run(
            command, cwd=tmp_path, env={**environment, "OPENAI_BASE_URL": server.base_url}, text=True,
            capture_output=True, timeout=300, check=False,
        )  # fmt: skip
        sent = json.dumps([body["messages"] for body in server.sent], ensure_ascii=False)
    assert done.returncode == 0, done.stderr
    assert "Try to refute each claim." in sent
    assert [name for full in names for name in full.split() if name in sent] == []
