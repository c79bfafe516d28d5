"""Frameworks beside the default one: what ships, what a researcher's own file is told, and reading with them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from bench.bench_frameworks import interviews, place
from synth.cli import cli
from synth.domain import Kind
from synth.frameworks import READER_PHASES, load_framework, read_framework, shipped_frameworks, shipped_text
from synth.frameworks.checking import check_framework, framework_schema
from synth.offline.reader import shipped_heads

FIXTURES = Path(__file__).parents[1] / "fixtures" / "frameworks"
OWN = """\
extends: customer
key: mine
en: Mine
nl: Mijn
phases:
  - key: before
    en: Before
    nl: Ervoor
    meaning_en: before it
    meaning_nl: ervoor
    title_en: I get ready
    title_nl: Ik maak me klaar
    reads_as: [awareness, orientation]
  - key: after
    en: After
    nl: Erna
    meaning_en: after it
    meaning_nl: erna
    title_en: I look back
    title_nl: Ik kijk terug
    reads_as: [use]
channels:
  - {key: phone, en: Telephone line}
  - {key: chat, en: Chat, nl: Chat, doing_en: I chat, doing_nl: Ik chat}
"""


def test_the_four_frameworks_ship_in_both_languages() -> None:
    assert shipped_frameworks() == ("campaign", "customer", "employee", "funnel")
    for key in shipped_frameworks():
        framework = load_framework(key)
        assert check_framework(shipped_text(key)).framework == framework  # so it may be read without a check
        for phase in framework.phases:
            assert phase.title_en.startswith("I ")
            assert phase.title_nl.startswith("Ik ")
            assert phase.meaning_en != phase.meaning_nl
        assert framework.name("nl") != framework.name("en")


def test_funnel_is_three_phases_with_loyalty_and_ambassadors() -> None:
    assert load_framework("funnel").phase_keys == ("awareness", "consideration", "decision", "loyalty", "ambassadors")


def test_every_emotion_has_three_strengths_in_both_languages() -> None:
    for emotion in load_framework().emotions:
        assert len({emotion.word("en", n) for n in (1, 2, 3)}) == 3
        assert len({emotion.word("nl", n) for n in (1, 2, 3)}) == 3
    anger = load_framework().emotion("anger")
    assert (anger.word("nl", 1), anger.word("en", 3)) == ("ontstemd", "furious")


def test_the_example_of_the_docs_is_a_framework() -> None:
    told = (Path(__file__).parents[1] / "docs" / "frameworks.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```yaml\n(.*?)```", told, re.DOTALL)
    assert check_framework(example).faults == ()


def test_what_is_extended_is_shared_and_own_entries_are_laid_over_it() -> None:
    customer, mine = load_framework(), read_framework(OWN, "mine.yaml")
    assert mine.drivers == customer.drivers
    assert mine.emotions == customer.emotions
    assert mine.phase_keys == ("before", "after")
    assert mine.channel("phone").en == "Telephone line"
    assert mine.channel("phone").nl == customer.channel("phone").nl
    assert [c.key for c in mine.channels] == [*(c.key for c in customer.channels), "chat"]
    assert read_framework(OWN, "mine.yaml") is mine  # every page of a study asks for it


def test_the_readers_phases_are_those_that_it_was_trained_on() -> None:
    assert set(READER_PHASES) == set(shipped_heads().columns("phase"))
    assert load_framework().phase_keys == READER_PHASES


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("extends: customer", "extends: custmer", 1, "did you mean 'customer'?"),
        ("    title_nl: Ik maak me klaar", "    titel_nl: Ik maak me klaar", 12, "did you mean 'title_nl'?"),
        ("    meaning_nl: ervoor\n", "", 6, "add `meaning_nl: …` to 'before'"),
        ("[awareness, orientation]", "[awarenes]", 13, "did you mean 'awareness'?"),
        ("    nl: Ervoor\n", "    nl: Ervoor\n    nl: Voor\n", 9, "stands twice"),
        ("key: after", "key: before", 14, "'before' stands more than once"),
        ("    en: Before", "    en: 7", 7, "put 7 in quotes"),
        ("{key: chat,", "{key: chat, colour: red,", 24, "Allowed: doing_en"),
        ("{key: chat,", "{key: [chat],", 24, "this must be text."),
        ("extends: customer", "extends: [customer]", 1, "name one framework"),
        ("phases:", "phases: [", 6, "not YAML"),
    ],
)
def test_a_fault_is_told_with_its_line_and_what_was_meant(old: str, new: str, line: int, says: str) -> None:
    assert old in OWN
    checked = check_framework(OWN.replace(old, new, 1))
    assert checked.framework is None
    assert [fault.line for fault in checked.faults if says in fault.why] == [line]


@pytest.mark.parametrize(
    "text", ["", "- a\n- b", "just words", "key: [" * 3000, f"{OWN}on: 2026-02-30\n", f"{OWN}on: !!bool perhaps\n"]
)
def test_what_is_no_framework_at_all_is_said(text: str) -> None:
    checked = check_framework(text)
    assert checked.framework is None
    assert len(checked.faults) == 1


def test_a_list_that_grows_by_aliases_is_told_of_and_not_written_out() -> None:
    grown = [f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]" for n in range(1, 9)]
    checked = check_framework("\n".join(["x0: &x0 [a]", *grown, OWN.replace("en: Mine", "en: *x8")]))
    assert any("this must be text." in str(fault) for fault in checked.faults)
    assert all(len(str(fault)) < 300 for fault in checked.faults)


def test_phases_that_nothing_tells_are_advised_on() -> None:
    checked = check_framework(OWN.replace("    reads_as: [use]\n", ""))
    assert checked.framework is not None
    assert any("'after'" in advice and "cues_en" in advice for advice in checked.advice)


def test_schema_takes_what_ships_and_refuses_what_is_wrong() -> None:
    schema = Draft202012Validator(framework_schema())
    for key in shipped_frameworks():
        assert list(schema.iter_errors(yaml.safe_load(shipped_text(key)))) == []
    assert list(schema.iter_errors(yaml.safe_load(OWN.replace("title_nl", "titel_nl", 1)))) != []
    assert list(schema.iter_errors(yaml.safe_load(OWN.replace("extends: customer\n", "")))) != []


def test_commands_list_show_and_check(tmp_path: Path) -> None:
    run = CliRunner().invoke
    listed = json.loads(run(cli, ["framework", "list", "--json"]).output)
    assert [one["key"] for one in listed["frameworks"]] == list(shipped_frameworks())
    assert "Ik solliciteer" in run(cli, ["framework", "show", "employee", "--language", "nl"]).output
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(OWN, encoding="utf-8")
    bad.write_text(OWN.replace("en: Mine", "eng: Mine"), encoding="utf-8")
    assert run(cli, ["framework", "check", str(good)]).exit_code == 0
    refused = run(cli, ["framework", "check", str(bad)])
    assert refused.exit_code == 1
    assert "line 3, eng: there is no such field here; did you mean 'en'?" in refused.output


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.yaml")), ids=lambda path: path.stem)
def test_built_in_reader_places_plain_stories_in_the_phases_of_other_frameworks(path: Path) -> None:
    counts = place(path)
    assert counts.total() >= 15
    assert counts["right"] >= 0.8 * counts.total()


def test_own_framework_without_any_hint_leaves_everything_unplaced(tmp_path: Path) -> None:
    text = OWN.replace("    reads_as: [awareness, orientation]\n", "").replace("    reads_as: [use]\n", "")
    folder = _write_interviews(tmp_path / "in", "employee.en.yaml")
    own = tmp_path / "own.yaml"
    own.write_text(text, encoding="utf-8")
    results = _run(folder, tmp_path, str(own))
    assert results["findings"]
    assert {finding["phase"] for finding in results["findings"]} == {None}


@pytest.mark.parametrize(("file", "title"), [("employee.nl.yaml", "Ik begin en vind mijn draai"),
                                             ("campaign.en.yaml", "I come across it")])  # fmt: skip
def test_a_run_with_another_framework_ends_in_maps_of_its_phases(tmp_path: Path, file: str, title: str) -> None:
    key = file.split(".")[0]
    results = _run(_write_interviews(tmp_path / "in", file), tmp_path, key)
    phases = list(load_framework(key).phase_keys)
    assert results["framework"]["key"] == key
    assert [column["phase"] for column in results["maps"][0]["phases"]] == phases
    assert {finding["phase"] for finding in results["findings"]} <= {None, *phases}
    kinds = {finding["kind"] for finding in results["findings"]}
    assert kinds == {kind.value for kind in Kind}
    (report,) = (tmp_path / "out").glob("*.html")
    assert title in report.read_text(encoding="utf-8")


def _write_interviews(folder: Path, file: str) -> Path:
    folder.mkdir()
    for transcript, _ in interviews(FIXTURES / file):
        (folder / transcript.name).write_text(transcript.text, encoding="utf-8")
    return folder


def _run(folder: Path, tmp_path: Path, framework: str) -> dict[str, object]:
    db = str(tmp_path / "s.db")
    options = ["--db", db, "--study", "s", "--framework", framework, "--personas", "1", "--out", str(tmp_path / "out")]
    run = CliRunner(env={"SYNTH_OFFLINE_EMBEDDINGS": "0"}).invoke
    done = run(cli, ["run", str(folder), *options])
    assert done.exit_code == 0, done.output
    exported = run(cli, ["export", "s", "-f", "json", "--db", db, "--out", str(tmp_path / "r.json")])
    assert exported.exit_code == 0, exported.output
    results: dict[str, object] = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    return results


def test_phases_that_stand_for_customer_phases_are_told() -> None:
    assert load_framework().standing_for("use", "awareness") == ("awareness", "use")
    assert load_framework("funnel").standing_for("orientation", "intent") == ("consideration",)
    assert load_framework("employee").standing_for("purchase") == ("application", "onboarding")
    assert read_framework(OWN, "mine.yaml").standing_for("loyalty") == ()
