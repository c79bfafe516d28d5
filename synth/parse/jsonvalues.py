"""Single values in the JSON of transcripts: under which names words, speakers and times stand, and in what form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from synth.domain import fold_space
from synth.parse import times, words
from synth.parse.rowlabels import clean_label

TEXT = words.in_order(
    """text body content transcript utterance message messagecontent sentence words caption value display
        tekst inhoud line payload elements sentences paragraphs alternatives punctuatedword punctuated word
        normalizedtext lexical nbest"""
)
SPEAKER = words.in_order(
    """speaker speakername speakerdisplayname speakerdesignation speakerlabel spreker name role author sender from
    userprofile user who speakerid speakertag participant channel channeltag naam eventtype type username persoon rol
    label person"""
)
START = words.in_order(
    """start starttime startms begin begintime startseconds startsec offset startoffset timestamps timestamp time ts
    from starts startts offsetinticks startinmilliseconds offsetmilliseconds starttimeoffset starttimestamp datastart
    createdat tijd"""
)
END = words.in_order(
    """end endtime endms endseconds endsec endoffset to ends endts endtimeoffset endtimestamp dataend
    endinmilliseconds eind einde"""
)

_NO_TIME = 1e20
"""From here on a number is no time in any unit. JSON can hold infinity and what is no number, too."""


@lru_cache(maxsize=4096)
def plain(key: str) -> str:
    """A field's name without case and punctuation."""
    return re.sub(r"[\W_]+", "", key.casefold())


def find(item: Mapping[str, Any], wanted: Sequence[str]) -> str | None:
    """The field of an object that has the first of the wanted names that it has at all."""
    names = {plain(key): key for key in reversed(list(item))}
    return next((names[name] for name in wanted if name in names), None)


def text_of(value: Any, depth: int = 0) -> str:
    """The words in a value: a string, a list of words or paragraphs, or the first of several alternatives."""
    if isinstance(value, str):
        return value.strip()
    if depth > 4 or not isinstance(value, list | dict):
        return ""
    if isinstance(value, dict):
        key = next(
            (key for key in (find(value, [wanted]) for wanted in TEXT) if key and text_of(value[key], depth + 1)),
            None,
        )
        return text_of(value[key], depth + 1) if key else ""
    if (
        value
        and isinstance(value[0], dict)
        and find(value[0], ["confidence"])
        and find(value[0], ["transcript", "content", "display"])
    ):
        return text_of(value[0], depth + 1)
    if {type(entry) for entry in value} == {str, dict}:
        # One message, cut where its type changes: blanks stand where they were typed.
        return "".join(entry if isinstance(entry, str) else _verbatim(entry) for entry in value).strip()
    parts = [part for entry in value if (part := text_of(entry, depth + 1))]
    return re.sub(r" ([.,;:!?…])", r"\1", fold_space(" ".join(parts)))


def _verbatim(entry: Mapping[str, Any]) -> str:
    key = find(entry, ["text"])
    return entry[key] if key and isinstance(entry[key], str) else ""


def label_of(value: Any, names: Mapping[str, str]) -> str | None:
    """The speaker that a value names.

    Args:
        value: a name, a number, or an object that has one.
        names: those that the document lists apart, by their id.
    """
    if isinstance(value, dict):
        key = find(value, ["realname", "name", "displayname", "label", "id", "speaker"])
        value = value.get(key) if key else None
    if isinstance(value, bool) or value is None or isinstance(value, list | dict):
        return None
    if str(value) in names:
        return clean_label(names[str(value)]) or None
    text = str(value)
    # Services count speakers from 0 or call them A and B: a bare number is no name.
    return f"Speaker {text}" if isinstance(value, int | float) or text.isdigit() else clean_label(text) or None


def seconds_of(item: Mapping[str, Any], key: str | None, inner: Any, place: int) -> float | None:
    """A time of an object, as the number that stands there; where it has none, of the words in it.

    Args:
        item: the object.
        key: the field of the time.
        inner: the words, which may have times of their own.
        place: 0 for the beginning, -1 for the end.
    """
    wanted = END if place else START
    if key is None and isinstance(inner, list) and inner:
        timed = [word for word in inner if isinstance(word, dict) and find(word, START)]
        if not timed:
            return None
        item = timed[place]
        key = find(item, wanted)
    value = item.get(key) if key else None
    if isinstance(value, dict):
        part = find(value, [*wanted, "relative"])
        value = value[part] if part else None
    elif isinstance(value, list):
        value = value[place] if len(value) == 2 else None
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value) if abs(value) < _NO_TIME else None
    return times.parse_time(value) if isinstance(value, str) else None


def is_span(value: Any) -> bool:
    """Whether a value holds both a beginning and an end: `[0.5, 2.1]`, `{"from": ..., "to": ...}`."""
    return isinstance(value, list) or (isinstance(value, dict) and find(value, END) is not None)
