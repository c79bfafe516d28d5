"""JSON in any shape that holds speech: lists of things with words are looked for, whatever they are called.

Whisper and WhisperX segments, podcast-namespace segments, utterances of transcription services (Deepgram, AssemblyAI,
Amazon, Rev, Azure, Speechmatics, Amberscript), chat logs as JSON or as one event a line. Where lists lie inside one
another the one is taken that says who speaks in the longest stretches."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from synth.domain import Skipped, fold_space
from synth.errors import ReadError
from synth.parse import times, words
from synth.parse.pieces import Piece, Spoken
from synth.parse.rowlabels import clean_label

NOT_JSON = "This is not valid JSON; export the transcript again, or save it as txt."
NO_SPEECH = (
    "The JSON holds no list of segments with words; it needs objects with "
    "`text` and, where known, `speaker` and `start`."
)
_DEEPEST = 60
_TEXT = words.in_order(
    """text body content transcript utterance message messagecontent sentence words caption value display
        tekst inhoud line payload elements sentences paragraphs alternatives punctuatedword punctuated word
        normalizedtext lexical nbest"""
)
_SPEAKER = words.in_order(
    """speaker speakername speakerlabel spreker name role author sender from user who speakerid speakertag
    participant channel channeltag naam eventtype type username persoon rol label person"""
)
_START = words.in_order(
    """start starttime startms begin begintime startseconds startsec offset startoffset timestamp time ts from
    starts startts offsetinticks startinmilliseconds offsetmilliseconds starttimeoffset createdat tijd"""
)
_END = words.in_order(
    """end endtime endms endseconds endsec endoffset to ends endts endtimeoffset endinmilliseconds eind einde"""
)
_INTERVIEW = words.in_order(
    """interview interviewid session sessionid conversation conversationid transcriptid file document case thread"""
)
_PERSON = words.in_order(
    """username user participant participantid respondent respondentid deelnemer pseudonym userid"""
)
_ROLES = ["eventtype", "role", "type", "sender", "speaker"]
_EVENT_WORDS = re.compile(
    r"(?:chatbot|bot|human|user|assistant|system|agent|interviewer|participant|respondent|ai)(?:[_ -]\w+)?", re.I
)


@dataclass(frozen=True, slots=True)
class _Listing:
    """A list of objects with words, and where it lies."""

    path: tuple[str | int, ...]
    items: tuple[Mapping[str, Any], ...]
    text_key: str
    speaker_key: str | None
    characters: int


def read_json(text: str, name: str) -> list[Spoken]:
    """The interviews in a JSON document.

    Raises:
        ReadError: no JSON, or none with speech in it.
    """
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return read_json_lines(text, name)
    return _read_document(document, name)


def read_json_lines(text: str, name: str) -> list[Spoken]:
    """The interviews in a log with one JSON object a line; lines that are broken are skipped with the reason."""
    items: list[Any] = []
    broken: list[Skipped] = []
    for row in text.split("\n"):
        if not row.strip():
            continue
        try:
            items.append(json.loads(row))
        except (json.JSONDecodeError, RecursionError):
            broken.append(Skipped(row.strip(), "line that is no JSON"))
    if not items or len(broken) > len(items):
        raise ReadError(name, NOT_JSON)
    read = _read_document(items, name)
    if broken:
        warning = f"{len(broken)} lines are no JSON and were skipped."
        if len(broken) == 1:
            warning = "1 line is no JSON and was skipped."
        first = read[0]
        read[0] = Spoken(
            first.pieces,
            first.messages,
            first.silence_keeps_speaker,
            first.key,
            first.person,
            (*first.skipped, *broken),
            (warning,),
        )
    return read


def _read_document(document: Any, name: str) -> list[Spoken]:
    listings = list(_listings(document, ()))
    if not listings:
        if isinstance(document, dict) and (whole := _plain_text(document)):
            return [Spoken((Piece(whole),))]
        raise ReadError(name, NO_SPEECH)
    best = _best(_whole_listings(listings))
    same = [one for one in listings if _pattern(one.path) == _pattern(best.path)]
    separate = len(same) > 1 and all(one.speaker_key for one in same)
    chosen = same if separate else [best]
    if not separate and len(same) > 1:
        chosen = [_Listing(best.path, tuple(i for one in same for i in one.items), best.text_key, best.speaker_key, 0)]
    speakers = _speaker_names(document)
    read = []
    for number, listing in enumerate(chosen, 1):
        key = _outer_key(document, listing.path) or str(number) if separate else None
        for spoken in _read_listing(listing, speakers, document if len(chosen) == 1 else None, key):
            read.append(spoken)
    if not any(spoken.pieces for spoken in read):
        raise ReadError(name, NO_SPEECH)
    return read


def _plain(key: str) -> str:
    return re.sub(r"[\W_]+", "", key.casefold())


def _find(item: Mapping[str, Any], wanted: Sequence[str]) -> str | None:
    plain = {_plain(key): key for key in reversed(list(item))}
    return next((plain[name] for name in wanted if name in plain), None)


def _text_of(value: Any, depth: int = 0) -> str:
    """The words in a value: a string, a list of words or paragraphs, or the first of several alternatives."""
    if isinstance(value, str):
        return value.strip()
    if depth > 4 or not isinstance(value, list | dict):
        return ""
    if isinstance(value, dict):
        key = next(
            (key for key in (_find(value, [wanted]) for wanted in _TEXT) if key and _text_of(value[key], depth + 1)),
            None,
        )
        return _text_of(value[key], depth + 1) if key else ""
    if (
        value
        and isinstance(value[0], dict)
        and _find(value[0], ["confidence"])
        and _find(value[0], ["transcript", "content", "display"])
    ):
        return _text_of(value[0], depth + 1)
    parts = [part for entry in value if (part := _text_of(entry, depth + 1))]
    return re.sub(r" ([.,;:!?…])", r"\1", fold_space(" ".join(parts)))


def _listings(node: Any, path: tuple[str | int, ...]) -> Iterator[_Listing]:
    """Every list of objects with words in the document."""
    if len(path) > _DEEPEST:
        return
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _listings(value, (*path, key))
    elif isinstance(node, list):
        items = tuple(item for item in node if isinstance(item, dict))
        if items:
            listing = _listing(items, path)
            if listing is not None:
                yield listing
            for number, item in enumerate(items):
                yield from _listings(item, (*path, number))


def _listing(items: tuple[Mapping[str, Any], ...], path: tuple[str | int, ...]) -> _Listing | None:
    sample = items[:50]
    text_key = next(
        (key for name in _TEXT if (key := _most(sample, name)) and any(_text_of(i.get(key)) for i in sample)), None
    )
    if text_key is None or path[-1:] == ("alternatives",) or path[-1:] == ("nBest",):
        return None
    speaker_key = next(
        (k for n in _SPEAKER if (k := _most(sample, n)) and k != text_key and _labels(sample, n, k)), None
    )
    return _Listing(path, items, text_key, speaker_key, sum(len(_text_of(item.get(text_key))) for item in items))


def _most(items: Sequence[Mapping[str, Any]], wanted: str) -> str | None:
    keys = [key for item in items if (key := _find(item, [wanted])) is not None]
    return max(set(keys), key=lambda key: (keys.count(key), key)) if keys else None


def _labels(items: Sequence[Mapping[str, Any]], name: str, key: str) -> bool:
    """Whether the values under a key can be speakers: short, and not all different in a long list."""
    if name in {"type", "eventtype", "label"} and not _are_events(items, key):
        return False
    values = [_label(item.get(key), {}) for item in items]
    named = [value for value in values if value]
    return bool(named) and max(map(len, named)) <= 80 and (len(set(named)) <= max(3, 0.7 * len(named)))


def _whole_listings(listings: Sequence[_Listing]) -> list[_Listing]:
    """The listings, each with the characters of all that lie on the same path in other items."""
    sums: dict[tuple[str | int, ...], int] = defaultdict(int)
    for listing in listings:
        sums[_pattern(listing.path)] += listing.characters
    return [replace(listing, characters=sums[_pattern(listing.path)]) for listing in listings]


def _pattern(path: Sequence[str | int]) -> tuple[str | int, ...]:
    return tuple("*" if isinstance(step, int) else step for step in path)


def _best(listings: Sequence[_Listing]) -> _Listing:
    """Of those that hold (nearly) all of the words: one that says who speaks, in long stretches, near the top."""
    most = max(listing.characters for listing in listings)
    whole = [listing for listing in listings if listing.characters >= 0.6 * most]

    def worth(listing: _Listing) -> tuple[bool, float, int]:
        size = listing.characters / max(1, len(listing.items))
        return listing.speaker_key is not None, min(size, 200.0), -len(listing.path)

    return max(whole, key=worth)


def _speaker_names(document: Any) -> dict[str, str]:
    """Names of speakers where the document lists them apart, by their id."""
    listed = document.get("speakers") if isinstance(document, dict) else None
    names = {}
    for entry in listed if isinstance(listed, list) else []:
        if isinstance(entry, dict):
            id_key, name_key = (
                _find(entry, ["spkid", "id", "speakerid", "speaker", "label"]),
                _find(entry, ["name", "displayname"]),
            )
            if id_key and name_key and str(entry[name_key]).strip():
                names[str(entry[id_key])] = str(entry[name_key])
    return names


def _label(value: Any, names: Mapping[str, str]) -> str | None:
    if isinstance(value, dict):
        key = _find(value, ["name", "displayname", "label", "id", "speaker"])
        value = value.get(key) if key else None
    if isinstance(value, bool) or value is None or isinstance(value, list | dict):
        return None
    text = names.get(str(value), str(value))
    # Services count speakers from 0 or call them A and B: a bare number is no name.
    return f"Speaker {text}" if isinstance(value, int | float) or text.isdigit() else clean_label(text) or None


def _outer_key(document: Any, path: Sequence[str | int]) -> str | None:
    """What names the interview that a list lies in."""
    node, found = document, None
    for step in path[:-1]:
        node = node[step] if isinstance(node, dict) or isinstance(step, int) else node
        if isinstance(node, dict):
            key = _find(node, [*_INTERVIEW, "id", "name", *_PERSON, "title"])
            found = str(node[key]) if key and isinstance(node[key], str | int) else found
    return found


def _plain_text(document: Mapping[str, Any]) -> str:
    key = _find(document, ["text", "transcript", "content", "body"])
    return document[key].strip() if key and isinstance(document[key], str) else ""


def _read_listing(listing: _Listing, names: Mapping[str, str], document: Any, key: str | None) -> Iterator[Spoken]:
    split, speaker_key = _split_key(listing), listing.speaker_key
    if split is not None and speaker_key == split[0]:
        speaker_key = split[1]
    groups: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for item in listing.items:
        groups[str(item.get(split[0], "")) if split else ""].append(item)
    for value, items in groups.items():
        named = value if split and len(groups) > 1 else None
        person = value if split and _plain(split[0]) in _PERSON else None
        yield _read_items(items, listing.text_key, speaker_key, names, document, named or key, person)


def _split_key(listing: _Listing) -> tuple[str, str | None] | None:
    """The field that says whose interview an item is of, with the field that says who speaks."""
    sample = listing.items[:400]
    roles = next(
        (k for n in _ROLES if (k := _most(sample, n)) and k != listing.text_key and _are_events(sample, k)), None
    )
    for name in _INTERVIEW + (_PERSON if roles else ()):
        key = _most(sample, name)
        if key is None or key in {roles, listing.text_key}:
            continue
        values = [item.get(key) for item in listing.items]
        if all(isinstance(value, str | int) and str(value).strip() for value in values):
            return key, roles or listing.speaker_key
    return None


def _are_events(items: Sequence[Mapping[str, Any]], key: str) -> bool:
    values = {str(item.get(key)) for item in items}
    return len(values) <= 6 and all(_EVENT_WORDS.fullmatch(value) for value in values)


def _read_items(
    items: Sequence[Mapping[str, Any]],
    text_key: str,
    speaker_key: str | None,
    names: Mapping[str, str],
    document: Any,
    key: str | None,
    person: str | None,
) -> Spoken:
    start_key, end_key = (
        next((k for n in wanted if (k := _most(items[:50], n)) and k != speaker_key), None) for wanted in (_START, _END)
    )
    pieces: list[Piece] = []
    skipped: list[Skipped] = []
    for item in items:
        text = _text_of(item.get(text_key)) or _text_of({k: v for k, v in item.items() if k != speaker_key})
        speaker = _label(item.get(speaker_key), names) if speaker_key else None
        if not text:
            skipped.append(Skipped(speaker or "", "segment without words"))
            continue
        inner = item.get("words") or item.get("elements") or ()
        start, end = _seconds(item, start_key, inner, 0), _seconds(item, end_key, inner, -1)
        pieces.append(Piece(text, speaker, start, end))
    pieces = _sentences_of_words(_scale(pieces, f"{start_key}"))
    if isinstance(document, dict):
        skipped += _beside(document, pieces)
    messages = start_key is None or any(piece.end is None for piece in pieces)
    silent = sum(piece.speaker is None for piece in pieces)
    return Spoken(
        tuple(pieces), messages=messages and silent < len(pieces), key=key, person=person, skipped=tuple(skipped)
    )


def _sentences_of_words(pieces: list[Piece]) -> list[Piece]:
    """Single words with their times as pieces that end where a sentence, a speaker or a breath does."""
    if len(pieces) < 8 or sum(" " in piece.text for piece in pieces) > 0.05 * len(pieces):
        return pieces
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        silent = (piece.start or 0.0) - (last.end or piece.start or 0.0) if last else 0.0
        glued = re.fullmatch(r"[.,;:!?…]+", piece.text) is not None
        ended = last is not None and last.text.endswith((".", "?", "!", "…"))
        if last is None or (last.speaker != piece.speaker and not glued) or (not glued and (ended or silent > 1.0)):
            joined.append(piece)
        else:
            text = last.text + ("" if glued else " ") + piece.text
            joined[-1] = replace(last, text=text, end=piece.end if piece.end is not None else last.end)
    return joined


def _seconds(item: Mapping[str, Any], key: str | None, inner: Any, place: int) -> float | None:
    if key is None and isinstance(inner, list) and inner:
        words = [word for word in inner if isinstance(word, dict) and (_find(word, _START) or _find(word, ["ts"]))]
        if not words:
            return None
        item = words[place]
        key = _find(item, _END if place else _START)
    value = item.get(key) if key else None
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value)
    return times.parse_time(value) if isinstance(value, str) else None


def _scale(pieces: list[Piece], key: str) -> list[Piece]:
    """Times in seconds from the start: milliseconds and ticks by the field's name or by how long words take, clocks
    of the day by their first."""
    starts = [piece.start for piece in pieces if piece.start is not None]
    words = sum(len(piece.text.split()) for piece in pieces)
    plain = _plain(key)
    factor = 0.001 if plain.endswith("ms") or "millis" in plain else 1e-7 if "ticks" in plain else None
    epoch = bool(starts) and starts[0] > 5e8 and factor is None
    if factor is None:
        factor = 0.001 if epoch and starts[0] > 5e11 else 1.0 if epoch else times.bare_numbers_as_seconds(starts, words)
    offset = starts[0] if epoch else 0.0

    def seconds(value: float | None) -> float | None:
        return None if value is None else round((value - offset) * factor, 6)

    return [Piece(piece.text, piece.speaker, seconds(piece.start), seconds(piece.end)) for piece in pieces]


def _beside(document: Mapping[str, Any], pieces: Sequence[Piece]) -> list[Skipped]:
    """Text at the top of the document that is not the speech itself: a title, a summary."""
    said = fold_space(" ".join(piece.text for piece in pieces))
    found = []
    for key, value in document.items():
        if isinstance(value, str) and len(value) > 12 and fold_space(value)[:200] not in said:
            found.append(Skipped(value, f"field {key!r}"))
    return found
