"""Annotated interviews: the gold format, where its interviews are, and where its quotes stand in them.

One JSON an interview, beside it or pointing to it. Quotes are found by their words after white space is folded, inside
one turn of a participant, so that the same gold fits any format that the interview comes in. The format is described
in `docs/evaluation.md`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from synth.domain import Role, Transcript, fold_space
from synth.errors import InputError

SECOND_CODING = ".second.json"
"""Files of a second coder, who is not the gold."""
INTERVIEWS = "interviews"
_WORD = re.compile(r"\w+")
_NOT_SPACE = re.compile(r"\S+")

OTHER_NAMES = {"get along with others": "get along well with others"}
"""Keys that annotations also write otherwise, with the framework's."""

Key = Annotated[str, BeforeValidator(lambda value: OTHER_NAMES.get(value, value))]
KindName = Literal["emotion", "motivation", "touchpoint"]


class _Border(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GoldItem(_Border):
    """One passage that a careful coder would mark."""

    type: KindName
    quote: Annotated[str, Field(min_length=1)]
    labels: tuple[str, ...] = ()
    occurrence: Annotated[int, Field(ge=1)] = 1
    start: int | None = None
    end: int | None = None
    valence: Annotated[int, Field(ge=-2, le=2)] | None = None
    stated: bool | None = None
    driver: Key | None = None
    channel: str | None = None
    phase: str | None = None
    optional: bool = False
    participant: str | None = None


class GoldSwitch(_Border):
    """One move between channels."""

    from_channel: Annotated[str, Field(alias="from")]
    to_channel: Annotated[str, Field(alias="to")]
    context_kept: bool | None = None
    quote: str = ""
    participant: str | None = None


class GoldOther(_Border):
    """A second person in the same interview."""

    participant: str
    segment: str | None = None
    order: tuple[str, ...] = ()
    peak: str | None = None
    low: str | None = None
    end: str | None = None


class GoldInterview(_Border):
    """The annotations of one interview."""

    study: str = ""
    participant: str
    segment: str | None = None
    language: str = "und"
    items: tuple[GoldItem, ...]
    switches: tuple[GoldSwitch, ...] = ()
    order: tuple[str, ...] = ()
    """Touchpoints in the order in which they happened, each by its first label or its quote."""
    peak: str | None = None
    low: str | None = None
    end: str | None = None
    file: str | None = None
    wave: str | None = None
    others: tuple[GoldOther, ...] = ()

    def segments(self) -> dict[str, str | None]:
        """Segment by participant."""
        return {self.participant: self.segment} | {other.participant: other.segment for other in self.others}

    def orders(self) -> list[tuple[str, ...]]:
        """The order of each person."""
        return [self.order, *(other.order for other in self.others)]


@dataclass(frozen=True, slots=True)
class GoldFile:
    """One annotated interview on disk."""

    path: Path
    interview_path: Path
    gold: GoldInterview

    @property
    def folder(self) -> Path:
        """The study: the folder that the gold stands in."""
        return self.path.parent


def find_gold(folder: Path) -> list[GoldFile]:
    """Every annotated interview in a folder and the folders in it, sorted.

    JSON files that are no gold (no `items`) and second codings are passed over.

    Raises:
        InputError: there is no such folder, no gold in it, one does not hold together, or its interview is not there.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder; check the path.")
    files: list[GoldFile] = []
    for path in sorted(folder.rglob("*.json")):
        if path.name.endswith(SECOND_CODING):
            continue
        gold = read_gold(path)
        if gold is not None:
            files.append(GoldFile(path, _interview_of(path, gold), gold))
    if not files:
        raise InputError(
            f"{folder}: there is no gold annotation in it. Gold is one JSON an interview, with a list 'items'; "
            "docs/evaluation.md describes it."
        )
    return files


def read_gold(path: Path) -> GoldInterview | None:
    """One gold file; None for a JSON that is something else.

    Raises:
        InputError: the file looks like gold and does not hold together.
    """
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, ValueError):
        return None
    if not isinstance(data, dict) or not isinstance(data.get("items"), list) or "participant" not in data:
        return None
    try:
        return GoldInterview.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{path}: {where}: {first['msg']}. docs/evaluation.md describes the gold format.") from error


def _interview_of(path: Path, gold: GoldInterview) -> Path:
    if gold.file is not None:
        named = (path.parent / gold.file).resolve()
        if named.is_file():
            return named
        raise InputError(f"{path}: its interview {gold.file} is not there; 'file' is relative to the gold file.")
    for folder in (path.parent, path.parent.parent / INTERVIEWS, path.parent / INTERVIEWS):
        if folder.is_dir():
            found = [each for each in sorted(folder.iterdir()) if each.stem == path.stem and _may_be_interview(each)]
            if found:
                return found[0]
    raise InputError(
        f"{path}: its interview is not beside it. Put {path.stem}.txt (or another format) there, into a folder "
        f"'{INTERVIEWS}', or name it in the field 'file'."
    )


def _may_be_interview(path: Path) -> bool:
    return path.is_file() and not (path.suffix == ".json" and read_gold(path) is not None)


# --- Where quotes stand ------------------------------------------------------------------------------------------


class QuoteFinder:
    """Finds quotes in the participants' turns of a transcript."""

    def __init__(self, transcript: Transcript) -> None:
        """The turns of participants; of everybody where the roles are not known."""
        asking = {each.name for each in transcript.speakers if each.role is Role.INTERVIEWER}
        self._text = transcript.text
        self._turns = [
            (transcript.lines[turn.first_line - 1].start, transcript.lines[turn.last_line - 1].end)
            for turn in transcript.turns
            if turn.speaker not in asking
        ]

    def find(self, item: GoldItem) -> tuple[int, int] | None:
        """Start and end of an item's quote; None where it does not stand in one turn."""
        if item.start is not None and item.end is not None:
            given = self._text[item.start : item.end]
            if given.split() == item.quote.split():
                return item.start, item.end
        return self._verbatim(fold_space(item.quote), item.occurrence) or self._by_words(
            _WORD.findall(_comparable(item.quote)), item.occurrence
        )

    def _verbatim(self, quote: str, occurrence: int) -> tuple[int, int] | None:
        seen = 0
        for start, end in self._turns:
            places = [(match.start(), match.end()) for match in _NOT_SPACE.finditer(self._text, start, end)]
            folded = " ".join(self._text[one:other] for one, other in places)
            # Where each character of the folded turn stands in the text; the blank between words is the word's end.
            offsets = [at for one, other in places for at in range(one, other + 1)]
            at = folded.find(quote)
            while at >= 0:
                seen += 1
                if seen == occurrence:
                    return offsets[at], offsets[at + len(quote) - 1] + 1
                at = folded.find(quote, at + 1)
        return None

    def _by_words(self, words: Sequence[str], occurrence: int) -> tuple[int, int] | None:
        """By words alone, for interviews whose punctuation or capitals changed on the way to their format."""
        seen = 0
        if not words:
            return None
        for start, end in self._turns:
            tokens = [(match.group(), match.start(), match.end()) for match in _WORD.finditer(self._text, start, end)]
            spoken = [_comparable(token) for token, _, _ in tokens]
            for place in range(len(spoken) - len(words) + 1):
                if spoken[place : place + len(words)] == list(words):
                    seen += 1
                    if seen == occurrence:
                        return tokens[place][1], tokens[place + len(words) - 1][2]
        return None


def _comparable(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
