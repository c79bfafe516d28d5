"""Annotated recordings, in which every speaker has a tier: ELAN, EXMARaLDA, Praat's TextGrid and CHAT.

The tiers are laid together in the order of time. What only describes another tier (a gloss, a translation, single
words below the utterances) is no speech."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from synth.domain import Skipped, fold_space
from synth.errors import ReadError
from synth.parse import archive
from synth.parse.pieces import Piece, Spoken, gather
from synth.parse.rowlabels import clean_label

NO_TIERS = "The recording has no tier with words and times; export it as text with the names of the speakers."
_FEWEST_WORDS = 1.3
"""Words to an annotation below which a tier holds single words, where another holds utterances."""
_GRID_VALUE = re.compile(
    r'(?<!\S)(?:(?P<number>-?\d{1,9}(?:\.\d{1,20})?(?:e-\d{1,3})?)(?!\S)|"(?P<text>(?:[^"]|"")*)")'
)
"""A number or a text that stands free, as Praat reads them; all else (`xmin =`, `intervals [1]:`) is for people."""
_CHAT_ROW = re.compile(r"\*(\w{1,40}):\s*(.*)$", re.S)
_CHAT_TIME = re.compile(r"\u2022(\d{1,9})_(\d{1,9})\u2022")


@dataclass(slots=True)
class _Tier:
    """What is annotated on one line of a recording."""

    speaker: str
    pieces: list[Piece] = field(default_factory=list)
    places: list[float] = field(default_factory=list)
    """Where on the line of time each piece begins: not all places of a line have a time."""
    dependent: bool = False
    """Whether it describes another tier."""

    def add(self, said: str, place: float, start: float | None, end: float | None) -> None:
        """Annotate one more stretch."""
        if said:
            self.pieces.append(Piece(said, self.speaker or None, start, end))
            self.places.append(place)

    def words_each(self) -> float:
        """How many words an annotation has."""
        return sum(len(piece.text.split()) for piece in self.pieces) / max(1, len(self.pieces))

    def vocabulary(self) -> set[str]:
        """Its words, each once."""
        return {word for piece in self.pieces for word in re.findall(r"[^\W_]+", piece.text.casefold())}


def read_elan(text: str, name: str) -> Spoken:
    """The annotations of an ELAN file.

    Raises:
        ReadError: damaged, unsafe, or without annotations that have times.
    """
    reader = _Elan()
    archive.walk_text(text, name, reader)
    return _laid_together(reader.tiers, name)


def read_exmaralda(text: str, name: str) -> Spoken:
    """The events of an EXMARaLDA transcription.

    Raises:
        ReadError: as `read_elan`.
    """
    reader = _Exmaralda()
    archive.walk_text(text, name, reader)
    return _laid_together(reader.tiers, name)


def read_text_grid(text: str, name: str) -> Spoken:
    """The intervals of a Praat TextGrid, in its long or its short form.

    Raises:
        ReadError: it has no interval with words.
    """
    # A part goes up to the next tier of intervals: what follows a tier of points in it is not its own.
    parts = [part.split('"TextTier"', 1)[0] for part in text.split('"IntervalTier"')[1:]]
    return _laid_together([_grid_tier(part) for part in parts], name)


def _grid_tier(part: str) -> _Tier:
    """The name of a tier is its first text; each further one is said between the two numbers before it."""
    tier: _Tier | None = None
    numbers: list[float] = []
    for value in _GRID_VALUE.finditer(part):
        if value["number"] is not None:
            numbers.append(float(value["number"]))
            continue
        text = fold_space(value["text"].replace('""', '"'))
        if tier is None:
            tier = _Tier(clean_label(text))
        elif len(numbers) >= 2:
            start, end = numbers[-2:]
            tier.add(text, start, start, end)
        numbers = []
    return tier or _Tier("")


def looks_like_chat(text: str) -> bool:
    """Whether a text has the head of a CHAT transcript."""
    return bool(re.match(r"(?:@\w[^\n]*\n){0,3}@Begin\b", text.lstrip()))


def read_chat(text: str) -> Spoken:
    """The main lines of a CHAT transcript; its headers and dependent tiers are no speech."""
    rows: list[str] = []
    for row in text.split("\n"):
        if row.startswith(("\t", " ")) and rows:
            rows[-1] += " " + row.strip()
        elif row.strip():
            rows.append(row)
    pieces: list[Piece] = []
    skipped: list[Skipped] = []
    for row in rows:
        match = _CHAT_ROW.match(row)
        spans = _CHAT_TIME.findall(row)
        said = fold_space(_CHAT_TIME.sub(" ", match.group(2))) if match else ""
        if match is None or not said:
            skipped.append(Skipped(row.strip(), "header" if row.startswith("@") else "dependent tier"))
        else:
            start, end = (int(spans[0][0]) / 1000, int(spans[-1][1]) / 1000) if spans else (None, None)
            pieces.append(Piece(said, match.group(1), start, end))
    return Spoken(tuple(pieces), skipped=gather(skipped))


def _laid_together(tiers: Sequence[_Tier], name: str) -> Spoken:
    """The speech of all tiers in the order of time."""
    spoken = [tier for tier in tiers if tier.pieces and not tier.dependent]
    if any(tier.words_each() >= 2 for tier in spoken):
        spoken = [tier for tier in spoken if tier.words_each() >= _FEWEST_WORDS or not _repeats(tier, spoken)]
    if not spoken:
        raise ReadError(name, NO_TIERS)
    left = [tier for tier in tiers if tier.pieces and tier not in spoken]
    skipped = [Skipped("\n".join(piece.text for piece in tier.pieces), f"tier {tier.speaker!r}") for tier in left]
    placed = [entry for tier in spoken for entry in zip(tier.places, tier.pieces, strict=True)]
    pieces = tuple(piece for _, piece in sorted(placed, key=lambda entry: entry[0]))
    return Spoken(pieces, skipped=tuple(skipped))


def _repeats(tier: _Tier, others: Sequence[_Tier]) -> bool:
    """Whether the others say the same words in longer pieces."""
    longer = [other for other in others if other.words_each() > tier.words_each()]
    said = {word for other in longer for word in other.vocabulary()}
    return len(tier.vocabulary() & said) >= 0.8 * len(tier.vocabulary())


class _Line:
    """A line of time: places in order, of which only some have a time."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._seconds: dict[str, float] = {}

    def add(self, place_id: str, written: str, unit: float) -> None:
        """The next place, and its time as a number of units where it has one."""
        self._places[place_id] = len(self._places)
        if re.fullmatch(r"\d{1,12}(?:\.\d{1,12})?", written):
            self._seconds[place_id] = round(float(written) * unit, 6)

    def span(self, first: str, last: str) -> tuple[float, float | None, float | None]:
        """Where a stretch stands in the order of time, when it begins and when it ends."""
        return self._places.get(first, 0), self._seconds.get(first), self._seconds.get(last)


class _Elan(ContentHandler):
    """Collects the tiers of an ELAN document."""

    def __init__(self) -> None:
        super().__init__()
        self.tiers: list[_Tier] = []
        self._line = _Line()
        self._span = "", ""
        self._parts: list[str] | None = None

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        """Open an element."""
        if name == "TIME_SLOT":
            self._line.add(attrs.get("TIME_SLOT_ID", ""), attrs.get("TIME_VALUE", ""), 0.001)
        elif name == "TIER":
            label = attrs.get("PARTICIPANT", "").strip() or attrs.get("TIER_ID", "")
            self.tiers.append(_Tier(clean_label(label), dependent="PARENT_REF" in attrs))
        elif name == "ALIGNABLE_ANNOTATION":
            self._span = attrs.get("TIME_SLOT_REF1", ""), attrs.get("TIME_SLOT_REF2", "")
        elif name == "ANNOTATION_VALUE":
            self._parts = []

    def endElement(self, name: str) -> None:
        """Close an element."""
        if name == "ANNOTATION_VALUE" and self._parts is not None:
            if self.tiers:
                self.tiers[-1].add(fold_space("".join(self._parts)), *self._line.span(*self._span))
            self._parts = None

    def characters(self, content: str) -> None:
        """Text between tags."""
        if self._parts is not None:
            self._parts.append(content)


class _Exmaralda(ContentHandler):
    """Collects the tiers of an EXMARaLDA basic transcription."""

    def __init__(self) -> None:
        super().__init__()
        self.tiers: list[_Tier] = []
        self._names: dict[str, str] = {}
        self._line = _Line()
        self._speaker = ""
        self._span = "", ""
        self._parts: list[str] | None = None

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        """Open an element."""
        if name == "speaker":
            self._speaker = attrs.get("id", "")
        elif name == "tli":
            self._line.add(attrs.get("id", ""), attrs.get("time", ""), 1.0)
        elif name == "tier":
            speaker = attrs.get("speaker", "")
            label = self._names.get(speaker) or speaker or attrs.get("display-name", "")
            self.tiers.append(_Tier(clean_label(label), dependent=attrs.get("type", "t") != "t"))
        elif name == "event":
            self._span = attrs.get("start", ""), attrs.get("end", "")
        if name in {"abbreviation", "event"}:
            self._parts = []

    def endElement(self, name: str) -> None:
        """Close an element."""
        said = fold_space("".join(self._parts or ()))
        if name == "abbreviation":
            self._names[self._speaker] = said
        elif name == "event" and self.tiers:
            self.tiers[-1].add(said, *self._line.span(*self._span))
        if name in {"abbreviation", "event"}:
            self._parts = None

    def characters(self, content: str) -> None:
        """Text between tags."""
        if self._parts is not None:
            self._parts.append(content)
