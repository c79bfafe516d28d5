"""Every model call of a study can be looked at: listed with its state, summed by task, and whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from synth.analyst import Answer, Request
from synth.cli.calls import calls
from synth.domain import content_id
from synth.errors import NotFoundError, ReplyError
from synth.pipeline.calls import look_at_call
from synth.pipeline.progress import Silent
from synth.pipeline.run import RunSettings, run_study
from synth.replies import read_reply
from synth.store import Store, Study, open_store
from tests.scripted import ScriptedAnalyst, emotion, reply_of

INTERVIEW = "Interviewer: How did it begin?\n\nP01: The bill was twice as high. I was furious about that bill.\n"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "study.db"))


@pytest.fixture
def study(store: Store) -> Study:
    return store.add_study("Bills", "bills", "en", "customer", "")


def keep(
    store: Store, study: Study | None, key: str, answer: Answer, *, task: str = "code_chunk", of: str = ""
) -> None:
    """Keep an answer as a run does; used by this study, if any. `of` is the request of a second try."""
    store.keep(key, Request(of or key, task, "some/model", f"the prompt of {of or key}", "v1"), answer)
    if study is not None:
        store.note_use(study, of or key, ["P02", "P01"])


def show(store: Store, *words: str) -> Result:
    return CliRunner().invoke(calls, ["Bills", *words, "--db", store.path])


def test_calls_are_listed_with_what_they_took_and_their_state(store: Store, study: Study) -> None:
    keep(store, study, "aa01", Answer("{}", 1200, 80, 900, 0.0123, 2.5))
    keep(store, study, "bb02", Answer("no JSON", 1000, 5, 0, None, 1.0, cut_off=True))
    store.set_aside("bb02", "It holds no JSON object.")
    found = json.loads(show(store, "--json").output)["calls"]
    assert [call["state"] for call in found] == ["used", "set aside"]
    assert found[0]["tokens"] == {"input": 1200, "output": 80, "cached": 900}
    assert (found[0]["cost_usd"], found[0]["seconds"], found[0]["model"]) == (0.0123, 2.5, "some/model")
    assert (found[1]["cost_usd"], found[1]["why"], found[1]["cut_off"]) == (None, "It holds no JSON object.", True)
    page = show(store).output
    assert "set aside (cut off): It holds no JSON object." in page
    assert "the prompt of" not in page


def test_cost_by_step_sums_known_prices_and_says_which_are_not(store: Store, study: Study) -> None:
    keep(store, study, "aa01", Answer("{}", 100, 10, 50, 0.25, 2.0))
    keep(store, study, "aa02", Answer("{}", 200, 20, 0, None, 3.0))
    keep(store, study, "aa03", Answer("{}", 40, 4, 0, 0.5, 1.0), task="draft_map")
    first, second = json.loads(show(store, "--json").output)["by_task"]
    assert (first["task"], first["calls"], first["cost_usd"]) == ("draft_map", 1, 0.5)
    assert (second["task"], second["calls"], second["cost_usd"]) == ("code_chunk", 2, None)
    assert (second["known_cost_usd"], second["unknown_costs"], second["seconds"]) == (0.25, 1, 5.0)
    assert second["tokens"] == {"input": 300, "output": 30, "cached": 50}
    assert "0.7500 + ?" in show(store).output


def test_call_is_shown_whole_by_the_beginning_of_its_key(store: Store, study: Study) -> None:
    keep(store, study, "aa01", Answer('{"sent": "back"}', 100, 10))
    page = show(store, "AA").output
    assert "the prompt of aa01" in page
    assert '{"sent": "back"}' in page
    whole = json.loads(show(store, "aa01", "--json").output)
    assert (whole["prompt"], whole["reply"]) == ("the prompt of aa01", '{"sent": "back"}')
    assert whole["participants"] == ["P01", "P02"]


@pytest.mark.parametrize(
    ("given", "said"), [("a", "begins with 'a': aa01, ab02"), ("c", "no call whose key"), ("%", "no call")]
)
def test_key_that_does_not_name_one_call_is_an_error(store: Store, study: Study, given: str, said: str) -> None:
    keep(store, study, "aa01", Answer("{}"))
    keep(store, study, "ab02", Answer("{}"))
    with pytest.raises(NotFoundError, match=said):
        store.whole_call(study, given)


def complaint_about(raw: str) -> str:
    from synth.analyst import ChunkReply

    with pytest.raises(ReplyError) as caught:
        read_reply(raw, ChunkReply)
    return str(caught.value)


@pytest.mark.parametrize("set_aside", [False, True])
def test_second_try_is_shown_with_the_complaint_that_was_sent(store: Store, study: Study, set_aside: bool) -> None:
    complaint = complaint_about("no JSON at all")
    second = content_id("aa01", complaint)
    keep(store, study, "aa01", Answer("no JSON at all"))
    keep(store, study, second, Answer("{}"), of="aa01")
    states = {call.key: (call.asked_again, call.second_try) for call in store.study_calls(study)}
    assert states == {"aa01": (True, False), second: (False, True)}
    if set_aside:
        store.set_aside("aa01", complaint)
    assert look_at_call(store, study, second).complaint == complaint
    assert look_at_call(store, study, "aa01").complaint is None
    assert complaint in show(store, second).output


def test_complaint_that_cannot_be_told_is_not_made_up(store: Store, study: Study) -> None:
    keep(store, study, "aa01", Answer("no JSON at all"))
    keep(store, study, "bb02", Answer("{}"), of="aa01")
    assert look_at_call(store, study, "bb02").complaint is None
    assert "cannot be told" in show(store, "bb02").output


def test_answers_of_no_study_are_listed_apart(store: Store, study: Study) -> None:
    other = store.add_study("Other", "", "en", "customer", "")
    keep(store, study, "aa01", Answer("{}"))
    keep(store, other, "bb02", Answer("{}"))
    keep(store, None, "cc03", Answer("broken"))
    found = json.loads(show(store, "--json").output)
    assert [call["key"] for call in found["calls"]] == ["aa01"]
    assert [call["key"] for call in found["of_no_study"]] == ["cc03"]
    assert store.whole_call(study, "cc").raw == "broken"
    with pytest.raises(NotFoundError):
        store.whole_call(study, "bb")


def test_signs_that_would_steer_a_terminal_are_shown_by_their_code(store: Store, study: Study) -> None:
    keep(store, study, "aa01", Answer("red \x1b[31m\nand\tmore"))
    page = show(store, "aa01").output
    assert "red \\x1b[31m\nand\tmore" in page
    assert "\x1b" not in page
    assert json.loads(show(store, "aa01", "--json").output)["reply"] == "red \x1b[31m\nand\tmore"


def test_calls_of_a_run_are_there_to_be_looked_at(tmp_path: Path) -> None:
    (tmp_path / "interviews").mkdir()
    (tmp_path / "interviews" / "P01.txt").write_text(INTERVIEW, encoding="utf-8")
    reader = ScriptedAnalyst(lambda task, *_: reply_of(emotion(3)) if task.name == "code_chunk" else "nothing")
    db, out = str(tmp_path / "study.db"), str(tmp_path / "report")
    settings = RunSettings.make([str(tmp_path / "interviews")], db=db, study="Bills", model="scripted", out_dir=out)
    run_study(settings, Silent(), reader)
    store = open_store(db)
    (call,) = [call for call in store.study_calls(store.study("Bills")) if call.task == "code_chunk"]
    assert (call.model, call.input_tokens, call.cost_usd, call.set_aside) == ("scripted", 100, 0.01, None)
    assert store.whole_call(store.study("Bills"), call.key).raw == reply_of(emotion(3))


def test_study_without_calls_says_so(store: Store, study: Study) -> None:
    assert show(store).output == f"Study '{study.name}' used no call yet.\n"
