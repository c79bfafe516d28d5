"""Subtitles that are no plain rows of cues: SubStation Alpha (.ass, .ssa) and TTML (.ttml, .dfxp)."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from synth.domain import Skipped
from synth.parse import archive, times
from synth.parse.cues import Cue, speech_of
from synth.parse.pieces import Spoken
from synth.parse.rowlabels import clean_label

_EVENT = re.compile(r"\s*(Format|Dialogue|Comment)\s*:\s*(.*)$")
_FIELDS = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")
_FRAMES = re.compile(r"(\d{1,3}:\d{2}:\d{2}):\d{1,3}(?:\.\d{1,3})?")
_COUNTED = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)(ms|[hmstf])")
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "f": 1 / 30, "t": 1e-7}
_RATES = {"frameRate": "f", "tickRate": "t"}
"""By which attribute a document says how many of a unit are in a second."""


def looks_like_ass(text: str) -> bool:
    """Whether a text has the head and the events of SubStation Alpha."""
    return text[:200].lstrip().lower().startswith("[script info]") and "\nDialogue:" in text


def read_ass(text: str) -> Spoken:
    """The dialogue, with the speakers that its fields name."""
    fields: tuple[str, ...] = _FIELDS
    cues: list[Cue] = []
    skipped: list[Skipped] = []
    for row in text.split("\n"):
        match = _EVENT.match(row)
        if match is not None and match.group(1) == "Format" and "text" in match.group(2).lower():
            fields = tuple(field.strip().lower() for field in match.group(2).split(","))
        elif match is not None and match.group(1) == "Dialogue":
            # The words are the last field, and may hold commas.
            event = dict(zip(fields, match.group(2).split(",", len(fields) - 1), strict=False))
            start, end = (times.parse_time(event.get(field, "")) or 0.0 for field in ("start", "end"))
            rows = tuple(re.split(r"\\[Nn]", event.get("text", "").replace(r"\h", " ")))
            cues.append(Cue(start, end, rows, clean_label(event.get("name", "")) or None))
        elif row.strip():
            skipped.append(Skipped(row.strip(), "header"))
    return speech_of(sorted(cues, key=lambda cue: cue.start), skipped)


def read_ttml(text: str, name: str) -> Spoken:
    """The paragraphs of a TTML document, with the people that it says speak them.

    Raises:
        ReadError: the XML is damaged or unsafe.
    """
    reader = _Ttml()
    archive.walk_text(text, name, reader)
    return speech_of(reader.cues, reader.skipped)


class _Ttml(ContentHandler):
    """Collects paragraphs as cues."""

    def __init__(self) -> None:
        super().__init__()
        self.cues: list[Cue] = []
        self.skipped: list[Skipped] = []
        self._names: dict[str, str] = {}
        self._agent = ""
        self._units = dict(_UNITS)
        self._cue: Cue | None = None
        self._has_time = False
        """Whether the paragraph says itself when it begins."""
        self._parts: list[str] = []

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        """Open an element."""
        tag = name.rpartition(":")[2]
        if tag == "tt":
            rates = {unit: _attribute(attrs, rate) for rate, unit in _RATES.items()}
            self._units |= {unit: 1 / int(rate) for unit, rate in rates.items() if re.fullmatch(r"[1-9]\d{0,9}", rate)}
        elif tag == "agent" and self._cue is None:
            self._agent = _attribute(attrs, "id")
        elif tag == "p":
            self._keep_outside()
            self._cue = Cue(*self._span(attrs), (), _attribute(attrs, "agent") or None)
            self._has_time = bool(_attribute(attrs, "begin"))
        elif tag == "span" and self._cue is not None and not self._has_time and _attribute(attrs, "begin"):
            start, end = self._span(attrs)
            self._cue = replace(self._cue, start=self._cue.start if self._cue.end else start, end=end)
        elif tag == "br":
            self._parts.append("\n")

    def endElement(self, name: str) -> None:
        """Close an element."""
        tag = name.rpartition(":")[2]
        if tag == "p" and self._cue is not None:
            label = self._names.get(self._cue.speaker or "", self._cue.speaker)
            rows = tuple("".join(self._parts).split("\n"))
            self.cues.append(Cue(self._cue.start, self._cue.end, rows, label))
            self._cue, self._parts = None, []
        elif tag == "name" and self._cue is None:
            self._names[self._agent] = clean_label("".join(self._parts)) or self._agent
            self._parts = []
        elif self._cue is None:
            self._keep_outside()

    def characters(self, content: str) -> None:
        """Text between tags."""
        self._parts.append(content)

    def _keep_outside(self) -> None:
        """Set text between paragraphs apart: it is no speech."""
        outside = "".join(self._parts).strip()
        if outside:
            self.skipped.append(Skipped(outside, "header"))
        self._parts = []

    def _span(self, attrs: AttributesImpl) -> tuple[float, float]:
        """When an element begins and ends."""
        start = self._seconds(_attribute(attrs, "begin"))
        return start, self._seconds(_attribute(attrs, "end")) or start + self._seconds(_attribute(attrs, "dur"))

    def _seconds(self, written: str) -> float:
        """`00:00:03.250`, `00:00:03:12` with frames, `3.25s`, `78f`, `32500000t`; 0 where nothing stands."""
        if counted := _COUNTED.fullmatch(written):
            return float(counted.group(1)) * self._units[counted.group(2)]
        frames = _FRAMES.fullmatch(written)
        return times.parse_time(frames.group(1) if frames else written) or 0.0


def _attribute(attributes: AttributesImpl, wanted: str) -> str:
    """An attribute by its name without the prefix of its vocabulary."""
    return next((str(value) for name, value in attributes.items() if name.rpartition(":")[2] == wanted), "")
