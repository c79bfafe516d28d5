"""Findings against gold: matching, labels, segments, order, and what cannot be scored."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from sklearn.metrics import adjusted_rand_score  # type: ignore[import-untyped]

from synth.domain import Claim, Emotion, Evidence, Finding, Motivation, Touchpoint, Transcript
from synth.errors import InputError
from synth.evaluate import FolderReading, Scores, evaluate_gold
from synth.gold import GoldItem, QuoteFinder, find_gold
from synth.matching import Span, adjusted_rand, concordance, count_matches, match_spans
from synth.pipeline.evaluating import evaluate_folder
from synth.pipeline.progress import Silent
from synth.scores import as_json, as_markdown, as_text
from tests.builders import make_transcript

STUDIES = Path(__file__).parents[1] / "training" / "studies"

SAID = (
    ("Interviewer", ["What happened?"]),
    ("P1", ["I rang them.", "I was furious.", "I want certainty.", "Then I wrote an email.", "I was furious."]),
)


def transcript_of(name: str = "P1") -> Transcript:
    """A short interview."""
    return make_transcript(f"{name}.txt", SAID, {"P1": name})


def finding(transcript: Transcript, line: int, detail: Any, phase: str | None = "use") -> Finding:
    """A finding on one line."""
    return Finding(f"{line}{detail}", "P1", Evidence(transcript.id, line, line), "label", "en", phase, detail)


def write_gold(folder: Path, items: Sequence[dict[str, Any]], name: str = "P1", **more: Any) -> Path:
    """A gold file with its interview beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    interview = folder / f"{name}.txt"
    interview.write_text(transcript_of(name).text, encoding="utf-8")
    gold = {"study": "T", "participant": "P1", "language": "en", "items": list(items)} | more
    (folder / f"{name}.json").write_text(json.dumps(gold), encoding="utf-8")
    return interview


def item(kind: str, quote: str, **more: Any) -> dict[str, Any]:
    """One gold item."""
    return {"type": kind, "quote": quote, "labels": [quote]} | more


GOLD = [
    item("touchpoint", "I rang them.", channel="phone", phase="use"),
    item("emotion", "I was furious.", valence=-2, stated=True, occurrence=2),
    item("emotion", "I was furious.", valence=-2, optional=True),
    item("motivation", "I want certainty.", driver="feel secure"),
    item("touchpoint", "Then I wrote an email.", channel="email", phase="use"),
]


def score(folder: Path, findings: Sequence[Finding], segments: dict[str, str] | None = None) -> Scores:
    """Scores of findings that stand on `transcript_of()`."""

    def read(paths: Sequence[Path]) -> FolderReading:
        return FolderReading({path: transcript_of(path.stem) for path in paths}, findings, segments)

    return evaluate_gold(folder, read)


# --- Matching ----------------------------------------------------------------------------------------------------


def test_half_of_the_shorter_span_is_enough_and_less_is_not() -> None:
    assert match_spans([Span(0, 10)], [Span(5, 100)]) == [(0, 0)]
    assert match_spans([Span(0, 10)], [Span(6, 100)]) == []


def test_best_pairing_is_found_where_a_greedy_one_loses_a_pair() -> None:
    assert match_spans([Span(0, 30), Span(0, 10)], [Span(0, 10), Span(10, 30)]) == [(0, 1), (1, 0)]


def test_certain_items_are_paired_before_optional_ones() -> None:
    assert match_spans([Span(0, 10, True), Span(0, 20)], [Span(0, 10)]) == [(1, 0)]


def test_unmatched_optional_spans_are_neither_wrong_nor_missed() -> None:
    assert count_matches([Span(0, 5, True), Span(10, 15)], [Span(20, 25)]) == (0, 1, 1)


def brute_force(gold: Sequence[Span], found: Sequence[Span]) -> tuple[int, int]:
    """The most pairs, and with these the most certain items, by trying everything."""
    edges = [(i, j) for i in range(len(gold)) for j in range(len(found)) if match_spans([gold[i]], [found[j]])]
    for size in range(min(len(gold), len(found)), 0, -1):
        fitting = [
            pairs
            for pairs in combinations(edges, size)
            if len({i for i, _ in pairs}) == len({j for _, j in pairs}) == size
        ]
        if fitting:
            return size, max(sum(not gold[i].optional for i, _ in pairs) for pairs in fitting)
    return 0, 0


@pytest.mark.parametrize("seed", range(25))
def test_pairing_is_as_good_as_trying_everything(seed: int) -> None:
    chance = random.Random(seed)

    def spans(count: int) -> list[Span]:
        starts = [chance.randrange(0, 30) for _ in range(count)]
        return [Span(start, start + chance.randrange(3, 15), chance.random() < 0.3) for start in starts]

    gold, found = spans(4), [Span(span.start, span.end) for span in spans(4)]
    pairs = match_spans(gold, found)
    assert (len(pairs), sum(not gold[i].optional for i, _ in pairs)) == brute_force(gold, found)


def coded_twice() -> list[tuple[Path, str]]:
    """Each interview with a second coding, and the folder's name."""
    return [(path, path.parent.name) for path in sorted(STUDIES.glob("*/*.second.json"))]


@pytest.mark.parametrize("folder", sorted({path.parent.name for path, _ in coded_twice()}))
def test_scores_of_the_second_coder_are_those_of_the_reference(folder: str) -> None:
    run = subprocess.run(
        [sys.executable, str(STUDIES / "agreement.py"), str(STUDIES / folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    pooled = run.stdout[run.stdout.index("pooled") :]
    expected = re.findall(r"^  (emotion|motivation|touchpoint|overall) +\d+ +\d+ +(\d+) +(\d+) +(\d+)", pooled, re.M)
    total = {"overall": (0, 0, 0)}
    for second, _ in [entry for entry in coded_twice() if entry[1] == folder]:
        first = Path(str(second).replace(".second", ""))
        one, two = (json.loads(path.read_text(encoding="utf-8"))["items"] for path in (first, second))
        for kind in ("emotion", "motivation", "touchpoint"):
            gold, found = (
                [Span(i["start"], i["end"], bool(i.get("optional"))) for i in coding if i["type"] == kind]
                for coding in (one, two)
            )
            hits, wrong, missed = count_matches(gold, found)
            for name in (kind, "overall"):
                before = total.get(name, (0, 0, 0))
                total[name] = before[0] + hits, before[1] + missed, before[2] + wrong
    assert len(expected) == 4
    assert total == {name: tuple(map(int, counts)) for name, *counts in expected}


# --- Groups and orders -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_adjusted_rand_is_that_of_scikit_learn(seed: int) -> None:
    chance = random.Random(seed)
    one, other = ([chance.randrange(3) for _ in range(9)] for _ in range(2))
    assert adjusted_rand(one, other) == pytest.approx(adjusted_rand_score(one, other))


def test_adjusted_rand_of_the_same_groups_under_other_names_is_one() -> None:
    assert adjusted_rand(["a", "a", "b"], [7, 7, 3]) == 1
    assert adjusted_rand(["a", "a"], ["b", "b"]) == 1
    assert adjusted_rand(["a"], ["b"]) is None


def test_concordance_counts_pairs_in_order_less_those_that_are_not() -> None:
    assert concordance([0, 1, 2], [5, 6, 7]) == (3, 3)
    assert concordance([0, 1, 2], [7, 6, 5]) == (-3, 3)
    assert concordance([0, 1, 2], [1, 1, 2]) == (2, 3)


# --- Gold --------------------------------------------------------------------------------------------------------


def test_quote_is_found_by_its_words_in_the_occurrence_that_is_named() -> None:
    finder = QuoteFinder(transcript_of())
    first = finder.find(GoldItem(type="emotion", quote="I  was\nfurious"))
    second = finder.find(GoldItem(type="emotion", quote="I was furious.", occurrence=2))
    assert first is not None
    assert second is not None
    assert first < second
    assert transcript_of().text[slice(*second)] == "I was furious."
    assert finder.find(GoldItem(type="emotion", quote="i was FURIOUS", occurrence=2)) == (second[0], second[1] - 1)
    assert finder.find(GoldItem(type="emotion", quote="I was furious.", occurrence=3)) is None


def test_quote_of_the_interviewer_is_not_found() -> None:
    assert QuoteFinder(transcript_of()).find(GoldItem(type="emotion", quote="What happened?")) is None


def test_every_quote_of_the_annotated_studies_is_found_without_its_offsets() -> None:
    from synth.parse import parse_file

    path = STUDIES / "patients-nl" / "P3.json"
    [file] = [each for each in find_gold(path.parent) if each.path == path]
    [transcript] = parse_file(file.interview_path)
    finder = QuoteFinder(transcript)
    for each in file.gold.items:
        found = finder.find(each.model_copy(update={"start": None, "end": None}))
        assert found is not None
        assert found == (each.start, each.end)


def test_gold_points_to_its_interview_or_stands_beside_it_or_by_its_folder(tmp_path: Path) -> None:
    beside = write_gold(tmp_path / "one", GOLD)
    named = write_gold(tmp_path / "two", GOLD, file="../elsewhere.md")
    (tmp_path / "elsewhere.md").write_text("x")
    named.unlink()
    folder = write_gold(tmp_path / "three" / "gold", GOLD)
    (tmp_path / "three" / "interviews").mkdir()
    folder.rename(tmp_path / "three" / "interviews" / "P1.txt")
    paths = [file.interview_path.resolve() for file in find_gold(tmp_path)]
    third = tmp_path / "three" / "interviews" / "P1.txt"
    assert sorted(paths) == sorted(path.resolve() for path in (beside, tmp_path / "elsewhere.md", third))


def test_gold_that_does_not_hold_together_says_where(tmp_path: Path) -> None:
    write_gold(tmp_path, [item("emotion", "I was furious.", valence=5)])
    with pytest.raises(InputError, match=r"items\.0\.valence") as caught:
        find_gold(tmp_path)
    assert "furious" not in str(caught.value)


def test_unknown_field_is_refused_and_other_json_is_passed_over(tmp_path: Path) -> None:
    write_gold(tmp_path, GOLD)
    (tmp_path / "other.json").write_text('{"segments": []}')
    (tmp_path / "P1.second.json").write_text('{"participant": "P1", "items": []}')
    assert len(find_gold(tmp_path)) == 1
    write_gold(tmp_path, GOLD, colour="red")
    with pytest.raises(InputError, match="colour"):
        find_gold(tmp_path)


def test_driver_under_its_other_name_is_the_frameworks(tmp_path: Path) -> None:
    write_gold(tmp_path, [item("motivation", "I want certainty.", driver="get along with others")])
    scores = score(tmp_path, [finding(transcript_of(), 4, Motivation("get along well with others"))])
    assert as_json(scores)["labels"]["driver"] == 1.0


def test_folder_without_gold_says_what_gold_is(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="items"):
        find_gold(tmp_path)


# --- Scores ------------------------------------------------------------------------------------------------------


def test_precision_recall_and_labels_of_a_folder(tmp_path: Path) -> None:
    write_gold(tmp_path, GOLD)
    said = transcript_of()
    scores = score(
        tmp_path,
        [
            finding(said, 2, Touchpoint("phone")),
            finding(said, 6, Emotion("joy", 1)),
            finding(said, 3, Touchpoint("app")),
        ],
    )
    result = as_json(scores)
    assert result["all"] == {"precision": 0.6667, "recall": 0.5, "f1": 0.5714, "f1_strict": 0.5}
    assert result["kinds"]["emotion"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "f1_strict": 0.6667}
    assert result["labels"] == {"valence": 0.0, "driver": None, "channel": 1.0, "phase": 1.0}
    assert (result["files"], result["language"], "languages" in result) == (1, {"en": 1}, False)


def test_order_is_that_of_the_story_where_findings_tell_it(tmp_path: Path) -> None:
    write_gold(tmp_path, GOLD, order=["Then I wrote an email.", "I rang them."])
    said = transcript_of()
    told = [finding(said, 2, Touchpoint("phone")), finding(said, 5, Touchpoint("email"))]
    story = [
        finding(said, 2, Touchpoint("phone", story_order=1)),
        finding(said, 5, Touchpoint("email", story_order=0)),
    ]
    assert as_json(score(tmp_path, told))["order"] == {"kendall_tau": -1.0}
    assert as_json(score(tmp_path, story))["order"] == {"kendall_tau": 1.0}


def test_segments_are_compared_within_a_folder_and_whoever_fits_none_stands_alone(tmp_path: Path) -> None:
    for name, segment in (("P1", "A"), ("P2", "A"), ("P3", "B"), ("P4", "B"), ("P5", "none")):
        write_gold(tmp_path, GOLD, name, segment=segment, participant=name)
    right = {"P1": "x", "P2": "x", "P3": "y", "P4": "y"}
    assert as_json(score(tmp_path, [], right))["segments"] == {"adjusted_rand": 1.0}
    assert as_json(score(tmp_path, [], right | {"P5": "y"}))["segments"]["adjusted_rand"] < 1
    assert as_json(score(tmp_path, [], None))["segments"] == {"adjusted_rand": None}


def test_languages_and_studies_are_told_apart(tmp_path: Path) -> None:
    write_gold(tmp_path / "a", GOLD)
    write_gold(tmp_path / "b", GOLD, language="nl")
    scores = score(tmp_path, [finding(transcript_of(), 4, Motivation("feel secure"))])
    result = as_json(scores)
    assert result["language"] == {"en": 1, "nl": 1}
    assert result["languages"]["nl"]["kinds"]["motivation"]["f1"] == 1.0
    assert [study["study"] for study in result["studies"]] == ["a", "b"]
    assert [line.split()[0] for line in as_text(scores).splitlines()[1:3]] == ["a", "b"]


def test_interview_that_was_not_read_counts_as_missed_and_is_named(tmp_path: Path) -> None:
    write_gold(tmp_path, GOLD)
    scores = evaluate_gold(tmp_path, lambda _: FolderReading({}, [], {}))
    assert as_json(scores)["all"]["recall"] == 0.0
    assert "could not be read" in scores.problems[0]


def test_quote_that_stands_nowhere_is_left_out_and_listed_without_its_words(tmp_path: Path) -> None:
    write_gold(tmp_path, [*GOLD, item("emotion", "Nobody ever said this.", valence=1)])
    scores = score(tmp_path, [])
    assert any("item 6" in problem for problem in scores.problems)
    assert "Nobody" not in as_text(scores)


def test_couple_is_told_apart_by_who_speaks(tmp_path: Path) -> None:
    others: list[dict[str, Any]] = [
        {"participant": "P9", "segment": "B", "order": [], "peak": None, "low": None, "end": None}
    ]
    write_gold(tmp_path, GOLD, segment="A", others=others)
    scores = score(tmp_path, [], {"P1": "x"})
    assert any("P9 speaks nowhere" in problem for problem in scores.problems)


# --- Drafts and switches -----------------------------------------------------------------------------------------


def with_claims(folder: Path, findings: Sequence[Finding], claims: Sequence[Claim]) -> Scores:
    """Scores of findings and of the claims that stand on them."""

    def read(paths: Sequence[Path]) -> FolderReading:
        return FolderReading({path: transcript_of(path.stem) for path in paths}, findings, None, claims)

    return evaluate_gold(folder, read)


def test_a_claim_is_supported_where_one_of_its_findings_agrees_with_the_gold(tmp_path: Path) -> None:
    write_gold(tmp_path, GOLD)
    transcript = transcript_of()
    right = finding(transcript, 2, Touchpoint("phone"))
    wrong_label = finding(transcript, 4, Motivation("thrill"))
    nowhere = finding(transcript, 5, Emotion("joy", 2))
    claims = [
        Claim("a", "stated", "Both", (right.id, nowhere.id), ("P1",)),
        Claim("b", "stated", "The driver is another", (wrong_label.id,), ("P1",)),
        Claim("c", "idea", "A proposal", (nowhere.id,), ("P1",), idea=True),
        Claim("d", "stated", "By hand", (), ("P1",)),
    ]
    scores = with_claims(tmp_path, [right, wrong_label, nowhere], claims)
    assert as_json(scores)["claims"] == {
        "claims": 2, "unsupported": 1, "unsupported_share": 0.5, "evidence_agreeing": 0.3333
    }  # fmt: skip


def test_own_words_tell_a_feeling_but_no_driver_unless_they_stand_under_it(tmp_path: Path) -> None:
    write_gold(tmp_path, GOLD)
    transcript = transcript_of()
    driver = finding(transcript, 4, Motivation("thrill"))
    channel = finding(transcript, 2, Touchpoint("letter"))
    sign = finding(transcript, 3, Emotion("joy", 2))
    quote = "“Whatever they said.”"
    claims = [
        Claim("a", "goal", quote, (driver.id,), ("P1",)),
        Claim("b", "doing", quote, (channel.id,), ("P1",)),
        Claim("c", "touchpoint", quote, (channel.id,), ("P1",), key="letter"),
        Claim("d", "driver", quote, (driver.id,), ("P1",), key="thrill"),
        Claim("e", "fear", quote, (sign.id,), ("P1",)),
        Claim("f", "goal", "Wants a thrill", (driver.id,), ("P1",)),
    ]
    told = {claim.id: with_claims(tmp_path, [driver, channel, sign], [claim]).claims.unsupported for claim in claims}
    assert told == {"a": 0, "b": 0, "c": 1, "d": 1, "e": 1, "f": 1}


def test_moves_between_channels_are_matched_by_where_they_lead(tmp_path: Path) -> None:
    moves = [{"from": "phone", "to": "email"}, {"from": "phone", "to": "letter"}]
    write_gold(tmp_path, GOLD, switches=moves)
    transcript = transcript_of()
    findings = [
        finding(transcript, 5, Touchpoint("email", from_channel="phone")),
        finding(transcript, 2, Touchpoint("phone", from_channel="app")),
    ]
    assert as_json(score(tmp_path, findings))["switches"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5}


def test_the_table_can_be_pasted_and_says_who_read(tmp_path: Path) -> None:
    write_gold(tmp_path, GOLD)
    scores = score(tmp_path, [finding(transcript_of(), 2, Touchpoint("phone"))])
    table = as_markdown(scores, "openai/NAME").splitlines()
    rows = [line for line in table if line.startswith("|")]
    assert len({line.count("|") for line in rows}) == 1
    assert rows[-1].startswith("| all | 1 | 1.00 |")
    assert table[-1].startswith("Read by openai/NAME.")


def test_a_quote_that_holds_a_name_is_scored_though_the_reader_saw_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTH_OFFLINE_EMBEDDINGS", "0")
    turns = (("Interviewer", ["What happened?"]),
             ("Marieke Jansen", ["I rang Karel de Vries about the bill.", "I was furious."]),
             ("Interviewer", ["And then?"]), ("Marieke Jansen", ["Nothing came of it."]))  # fmt: skip
    interview = write_gold(
        tmp_path, [item("touchpoint", "I rang Karel de Vries about the bill.", channel="phone", phase="use")],
        participant="Marieke Jansen", segment="none",
    )  # fmt: skip
    interview.write_text(make_transcript("P1.txt", turns, {"Marieke Jansen": "P01"}).text, encoding="utf-8")
    results = {}
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.chdir(place)
    for names in ("keep", "replace"):
        monkeypatch.setenv("SYNTH_NAMES", names)
        scores, _ = evaluate_folder(str(tmp_path), "offline", Silent())
        assert scores.problems == ()
        results[names] = as_json(scores)["kinds"]["touchpoint"]
    assert results["keep"]["recall"] == results["replace"]["recall"] == 1.0
    assert list(place.iterdir()) == [], "the built-in reader leaves no key with names behind"
