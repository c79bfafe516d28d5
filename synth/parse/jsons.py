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
from synth.parse import jsonvalues, times, words
from synth.parse.jsonvalues import find, label_of, plain, seconds_of, text_of
from synth.parse.pieces import Piece, Spoken

NOT_JSON = "This is not valid JSON; export the transcript again, or save it as txt."
NO_SPEECH = (
    "The JSON holds no list of segments with words; it needs objects with "
    "`text` and, where known, `speaker` and `start`."
)
_DEEPEST = 60
_INTERVIEW = words.in_order(
    """interview interviewid session sessionid conversation conversationid transcriptid file document case thread"""
)
_PERSON = words.in_order(
    """username user participant participantid respondent respondentid deelnemer pseudonym userid"""
)
_WORD_LISTS = frozenset({"words", "elements", "tokens"})
"""What a list of single words is called: it lies in a segment, and is never an interview of its own."""
_ROLES = ["eventtype", "role", "type", "sender", "speaker"]
_PAGE = re.compile(r"<(?:p|br|div)\b[^<>]{0,200}>", re.I)
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

    def said(self) -> str:
        """All of its words."""
        return fold_space(" ".join(text_of(item.get(self.text_key)) for item in self.items))

    def voices(self) -> set[str]:
        """Who speaks in it."""
        if self.speaker_key is None:
            return set()
        return {label for item in self.items if (label := label_of(item.get(self.speaker_key), {}))}


@dataclass(frozen=True, slots=True)
class _Level:
    """All listings that lie on the same path, each in another item of the lists above it."""

    listings: tuple[_Listing, ...]
    characters: int
    items: int
    voices: int

    @property
    def depth(self) -> int:
        """How many steps below the top they lie."""
        return len(self.listings[0].path)


def read_json(text: str, name: str) -> list[Spoken]:
    """The interviews in a JSON document.

    Raises:
        ReadError: no JSON, or none with speech in it.
    """
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return read_json_lines(text, name)
    return _read_document(_with_labels_listed_apart(document), name)


def page_in(text: str) -> str | None:
    """The page of HTML that a document holds as its text, as oTranscribe saves it; None where it holds none."""
    if not _PAGE.search(text):
        return None
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return None
    page = document.get("text") if isinstance(document, dict) else None
    return page if isinstance(page, str) and _PAGE.search(page) else None


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
    same = _without_repeats(_best(_levels(listings)).listings)
    first = next((one for one in same if one.speaker_key), same[0])
    separate = len(same) > 1 and all(one.speaker_key for one in same) and first.path[-1] not in _WORD_LISTS
    chosen = same if separate else (replace(first, items=tuple(item for one in same for item in one.items)),)
    speakers = _speaker_names(document)
    read = []
    for number, listing in enumerate(chosen, 1):
        key = _outer_key(document, listing.path) or str(number) if separate else None
        for spoken in _read_listing(listing, speakers, document if len(chosen) == 1 else None, key):
            read.append(spoken)
    if not any(spoken.pieces for spoken in read):
        raise ReadError(name, NO_SPEECH)
    return read


def _listings(node: Any, path: tuple[str | int, ...]) -> Iterator[_Listing]:
    """Every list of objects with words in the document."""
    if len(path) > _DEEPEST:
        return
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _listings(value, (*path, key))
    elif isinstance(node, list):
        items = tuple(_with_speaker_of_words(item) for item in node if isinstance(item, dict))
        if items:
            listing = _listing(items, path)
            if listing is not None:
                yield listing
        for number, item in enumerate(node):
            if isinstance(item, dict):
                yield from _listings(item, (*path, number))


def _listing(items: tuple[Mapping[str, Any], ...], path: tuple[str | int, ...]) -> _Listing | None:
    sample = items[:50]
    text_key = next(
        (key for name in jsonvalues.TEXT if (key := _most(sample, name)) and any(text_of(i.get(key)) for i in sample)),
        None,
    )
    if text_key is None or path[-1:] == ("alternatives",) or path[-1:] == ("nBest",):
        return None
    speaker_key = next(
        (k for n in jsonvalues.SPEAKER if (k := _most(sample, n)) and k != text_key and _labels(sample, n, k)), None
    )
    return _Listing(path, items, text_key, speaker_key)


def _most(items: Sequence[Mapping[str, Any]], wanted: str) -> str | None:
    keys = [key for item in items if (key := find(item, [wanted])) is not None]
    return max(set(keys), key=lambda key: (keys.count(key), key)) if keys else None


def _labels(items: Sequence[Mapping[str, Any]], name: str, key: str) -> bool:
    """Whether the values under a key can be speakers: short, and not all different in a long list."""
    if name in {"type", "eventtype", "label"} and not _are_events(items, key):
        return False
    values = [label_of(item.get(key), {}) for item in items]
    named = [value for value in values if value]
    return bool(named) and max(map(len, named)) <= 80 and (len(set(named)) <= max(3, 0.7 * len(named)))


def _with_speaker_of_words(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """An item with the speaker that only the first of its alternatives names."""
    ways = item.get("alternatives")
    first = ways[0] if isinstance(ways, list) and ways and isinstance(ways[0], dict) else {}
    return {**item, "speaker": first["speaker"]} if "speaker" in first and "speaker" not in item else item


def _with_labels_listed_apart(document: Any) -> Any:
    """A document whose words have no speaker but which lists, by the second at which each begins, whose they are."""
    if not isinstance(document, dict):
        return document
    results = document.get("results")
    apart = results.get("speaker_labels") if isinstance(results, dict) else None
    items = results.get("items") if isinstance(results, dict) else None
    if not isinstance(results, dict) or not isinstance(apart, dict) or not isinstance(items, list):
        return document
    words_apart = [word for segment in _objects(apart.get("segments")) for word in _objects(segment.get("items"))]
    speakers = {str(word.get("start_time")): word.get("speaker_label") for word in words_apart}
    told = []
    for item in items:
        if isinstance(item, dict) and (speaker := speakers.get(str(item.get("start_time")))):
            item = {"speaker_label": speaker, **item}
        told.append(item)
    return {**document, "results": {**results, "items": told}}


def _objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects in a list; none where it is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _levels(listings: Sequence[_Listing]) -> list[_Level]:
    """The listings by their path, whatever the items are that they lie in."""
    groups: dict[tuple[str | int, ...], list[_Listing]] = defaultdict(list)
    for listing in listings:
        groups[_pattern(listing.path)].append(listing)
    return [
        _Level(
            tuple(group),
            sum(len(text_of(item.get(one.text_key))) for one in group for item in one.items),
            sum(len(one.items) for one in group),
            len(set[str]().union(*(one.voices() for one in group))),
        )
        for group in groups.values()
    ]


def _without_repeats(same: tuple[_Listing, ...]) -> tuple[_Listing, ...]:
    """Listings without those that another repeats with who speaks, as one service adds at the end."""
    told = tuple(one for one in same if one.speaker_key)
    bare = " ".join(one.said() for one in same if not one.speaker_key)
    return told if told and bare == " ".join(one.said() for one in told) else same


def _pattern(path: Sequence[str | int]) -> tuple[str | int, ...]:
    return tuple("*" if isinstance(step, int) else step for step in path)


def _best(levels: Sequence[_Level]) -> _Level:
    """Of those that hold (nearly) all of the words: one that tells voices apart, in long stretches, near the top."""
    most = max(level.characters for level in levels)
    whole = [level for level in levels if level.characters >= 0.6 * most]

    def worth(level: _Level) -> tuple[int, float, int]:
        return min(2, level.voices), min(level.characters / level.items, 200.0), -level.depth

    return max(whole, key=worth)


def _speaker_names(document: Any) -> dict[str, str]:
    """Names of speakers where the document lists them apart, by their id."""
    listed = document.get("speakers") if isinstance(document, dict) else None
    names = {}
    for entry in listed if isinstance(listed, list) else []:
        if isinstance(entry, dict):
            id_key, name_key = (
                find(entry, ["spkid", "id", "speakerid", "speaker", "label"]),
                find(entry, ["name", "displayname"]),
            )
            if id_key and name_key and str(entry[name_key]).strip():
                names[str(entry[id_key])] = str(entry[name_key])
    return names


def _outer_key(document: Any, path: Sequence[str | int]) -> str | None:
    """What names the interview that a list lies in."""
    node, found = document, None
    for step in path[:-1]:
        node = node[step] if isinstance(node, dict) or isinstance(step, int) else node
        if isinstance(node, dict):
            key = find(node, [*_INTERVIEW, "id", "name", *_PERSON, "title"])
            found = str(node[key]) if key and isinstance(node[key], str | int) else found
    return found


def _plain_text(document: Mapping[str, Any]) -> str:
    key = find(document, ["text", "transcript", "content", "body"])
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
        person = value if split and plain(split[0]) in _PERSON else None
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
        next((k for n in wanted if (k := _most(items[:50], n)) and k != speaker_key), None)
        for wanted in (jsonvalues.START, jsonvalues.END)
    )
    if end_key is None and any(jsonvalues.is_span(item.get(start_key)) for item in items[:50] if start_key):
        end_key = start_key
    pieces: list[Piece] = []
    skipped: list[Skipped] = []
    for item in items:
        text = text_of(item.get(text_key)) or text_of({k: v for k, v in item.items() if k != speaker_key})
        speaker = label_of(item.get(speaker_key), names) if speaker_key else None
        if not text:
            if item.get(text_key) != " ":
                skipped.append(Skipped(speaker or "", "segment without words"))
            continue
        inner = item.get("words") or item.get("elements") or ()
        start, end = seconds_of(item, start_key, inner, 0), seconds_of(item, end_key, inner, -1)
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


def _scale(pieces: list[Piece], key: str) -> list[Piece]:
    """Times in seconds from the start: milliseconds and ticks by the field's name or by how long words take, clocks
    of the day by their first."""
    starts = [piece.start for piece in pieces if piece.start is not None]
    words = sum(len(piece.text.split()) for piece in pieces)
    unit = plain(key)
    factor = 0.001 if unit.endswith("ms") or "millis" in unit else 1e-7 if "ticks" in unit else None
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
