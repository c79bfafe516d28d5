"""How many identifiers of an annotated fixture are found, and how fast; `python -m bench.bench_privacy --help`.

An identifier counts as found where replacements of its kind cover all of it; a replacement counts as right where it
touches an identifier of its kind. Speakers, interviewers and people who are spoken of are told apart only by who they
are, so that the three are scored as what the annotation says of the place.
"""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from synth.domain import Line, Role, Speaker, Transcript, Turn
from synth.participants import assign_participants
from synth.privacy import Identifier, Key, learn_names, read_list, replace_names

FIXTURE = Path(__file__).parents[1] / "fixtures" / "privacy"
_MARK = re.compile(r"\[\[([a-z_]+)\|(.*?)\]\]")
_TURN = re.compile(r"(?P<label>[^\n:]{1,60}): (?P<words>.+?)(?=\n\n|\n?\Z)", re.DOTALL)
_SENTENCE = re.compile(r"\S.*?(?:(?<![ .][A-Z])(?<!\b[A-Z])(?<!\b[DdMm]r)(?<!\b[Pp]rof)[.?!…]+(?=\s)|\Z)", re.DOTALL)
_ASKING = re.compile(r"interviewer|onderzoeker|gespreksleider|moderator|I|Speaker 1", re.IGNORECASE)
_INTERVIEWERS = ("Marieke Hofstra", "Fatima el Amrani", "Karin Smeets", "Moira Kendrick", "Siobhán Ní Bhriain")
NAMES = frozenset({Identifier.PARTICIPANT, Identifier.INTERVIEWER, Identifier.SPEAKER})


@dataclass(frozen=True)
class Marked:
    """An annotated identifier; `kind` is `name` for a speaker's own name."""

    kind: str
    start: int
    end: int


@dataclass
class Score:
    """Counts of one kind."""

    marked: int = 0
    found: int = 0
    replaced: int = 0
    right: int = 0

    @property
    def recall(self) -> float:
        return self.found / self.marked if self.marked else 1.0

    @property
    def precision(self) -> float:
        return self.right / self.replaced if self.replaced else 1.0


def read_marked(path: Path) -> tuple[Transcript, list[Marked]]:
    """An annotated interview as a transcript, and where its identifiers stand in it."""
    raw = path.read_text("utf-8")
    text, marks, done = "", [], 0
    for match in _MARK.finditer(raw):
        text += raw[done : match.start()]
        marks.append(Marked(match.group(1), len(text), len(text) + len(match.group(2))))
        text += match.group(2)
        done = match.end()
    text += raw[done:]
    return as_transcript(path.name, text, path.name[:2]), marks


def as_transcript(name: str, text: str, language: str) -> Transcript:
    """A text of `Name: words` paragraphs as a transcript with a line a sentence."""
    turns: list[Turn] = []
    lines: list[Line] = []
    for match in _TURN.finditer(text):
        first = len(lines) + 1
        for sentence in _SENTENCE.finditer(text, match.start("words"), match.end("words")):
            lines.append(Line(len(lines) + 1, len(turns) + 1, sentence.start(), sentence.end(), sentence.group()))
        turns.append(Turn(len(turns) + 1, match.group("label"), first, len(lines)))
    count = Counter(turn.speaker for turn in turns)
    speakers = tuple(
        Speaker(who, Role.INTERVIEWER if _asks(who) else Role.PARTICIPANT, number) for who, number in count.items()
    )
    transcript = Transcript(
        id=name, name=name, format="txt", encoding="utf-8", language=language, source_sha256="", source_bytes=0,
        text=text, speakers=speakers, turns=tuple(turns), lines=tuple(lines),
    )  # fmt: skip
    return assign_participants([transcript], {}, [])[0]


def _asks(who: str | None) -> bool:
    return bool(who) and (
        bool(_ASKING.fullmatch(re.sub(r" \d$", "", who or ""))) or who in (*_INTERVIEWERS, "Speaker 1")
    )


def load_list() -> Key:
    """A key with the fixture's list of names."""
    key = Key()
    for kind, name in read_list((FIXTURE / "names.csv").read_text("utf-8")):
        key.add_to_list(kind, name)
    return key


def score_file(path: Path) -> Iterator[tuple[str, str, str]]:
    """(outcome, kind, words) of every identifier and every wrong replacement: `found`, `missed`, `right`, `wrong`."""
    transcript, marks = read_marked(path)
    key = load_list()
    learn_names([transcript], key)
    replaced = replace_names(transcript, key)
    spans = [
        ("name" if one.kind in NAMES else str(one.kind), one.source_start, one.source_end)
        for one in replaced.replacements
        if one.line
    ]
    for mark in marks:
        covered = any(kind == mark.kind and start <= mark.start and end >= mark.end for kind, start, end in spans)
        words = transcript.text[max(0, mark.start - 20) : mark.end + 15].replace("\n", " ")
        yield "found" if covered else "missed", mark.kind, words
    for kind, start, end in spans:
        right = any(mark.kind == kind and mark.start < end and start < mark.end for mark in marks)
        words = (
            transcript.text[max(0, start - 20) : start]
            + "<"
            + transcript.text[start:end]
            + ">"
            + transcript.text[end : end + 15]
        )
        yield "right" if right else "wrong", kind, words.replace("\n", " ")


def score(paths: list[Path], misses: bool = False) -> dict[str, Score]:
    """Scores by kind, and `all`."""
    scores: dict[str, Score] = {"all": Score()}
    for path in paths:
        for outcome, kind, words in score_file(path):
            for one in (scores.setdefault(kind, Score()), scores["all"]):
                one.marked += outcome in ("found", "missed")
                one.found += outcome == "found"
                one.replaced += outcome in ("right", "wrong")
                one.right += outcome == "right"
            if misses and outcome in ("missed", "wrong"):
                print(f"  {outcome:7} {path.name:9} {kind:10} {words}")
    return scores


def speed(interviews: int) -> None:
    """Mask made-up interviews of 6,000 words each, put together from the fixture's turns."""
    texts: dict[str, list[str]] = {language: [] for language in ("nl", "en")}
    for path in sorted(FIXTURE.glob("*.txt")):
        transcript, _ = read_marked(path)
        texts[path.name[:2]] += [transcript.slice(turn.first_line, turn.last_line)[2] for turn in transcript.turns]
    made = []
    for number in range(interviews):
        language = ("nl", "en")[number % 2]
        # A surname of their own for every one of a thousand.
        surname = "".join(chr(ord("a") + int(digit)) for digit in f"{number:03}")
        labels = ("Interviewer", f"Tess Achternaam{surname}")
        turns: list[str] = []
        words, place = 0, number
        while words < 6000:
            turn = texts[language][place % len(texts[language])]
            turns.append(f"{labels[len(turns) % 2]}: {turn}")
            words += len(turn.split())
            place += 7
        made.append(as_transcript(f"{number}.txt", "\n\n".join(turns), language))
    key = load_list()
    began = time.process_time()
    learn_names(made, key)
    replacements = sum(len(replace_names(transcript, key).replacements) for transcript in made)
    seconds = time.process_time() - began
    print(f"{interviews} interviews of 6,000 words: {seconds:.1f} s of CPU, {replacements} replacements")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speed", type=int, metavar="N", help="mask N made-up interviews of 6,000 words")
    parser.add_argument("--misses", action="store_true", help="print what was missed or wrong")
    options = parser.parse_args()
    if options.speed:
        speed(options.speed)
        return
    for language in ("nl", "en", "*"):
        scores = score(sorted(FIXTURE.glob(f"{language}-*.txt")), options.misses and language == "*")
        print(f"\n{language:12} marked  found  recall  replaced  right  precision")
        for kind, one in sorted(scores.items()):
            counts = f"{kind:12} {one.marked:6} {one.found:6} {one.recall:7.3f} {one.replaced:9} {one.right:6}"
            print(f"{counts} {one.precision:10.3f}")


if __name__ == "__main__":
    main()
