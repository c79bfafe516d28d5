"""Lines to chunks: the runs of lines that one call reads.

Sizes are in characters of what a prompt shows (white space folded). A chunk is cut where an interviewer takes over from
a participant if possible, else between turns, else between lines, never inside a line. The promise: every line of a
participant stands in exactly one chunk, and no chunk is asked that holds no participant's words.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate, pairwise, repeat
from typing import TYPE_CHECKING

from synth.domain import Chunk, Transcript, content_id, fold_space

if TYPE_CHECKING:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

DEFAULT_SIZE_CHARACTERS = 26_000
"""Some 4,600 words with their numbers, and 140 findings: the most whose reply fits into 8,192 tokens."""
DEFAULT_CONTEXT_LINES = 3

_SLACKS = (1.02, 1.05, 1.1, 1.2)
"""How far above an even share a piece may be, so that cuts between exchanges do; tried in this order."""
# White space to Python, so none of them stands in a line as it is shown.
_EXCHANGE, _TURN, _LINE = "\x1d", "\x1e", "\x1f"
"""What ends with a line: it is best to cut where an exchange does."""

_Range = tuple[int, int]


def chunk_lines(
    transcript: Transcript,
    size_characters: int = DEFAULT_SIZE_CHARACTERS,
    context_lines: int = DEFAULT_CONTEXT_LINES,
) -> list[Chunk]:
    """Group consecutive lines into chunks that one call can read.

    A line is never split: one that is longer than `size_characters` is a chunk of its own.

    Args:
        transcript: as it was read; its lines partition the speech.
        size_characters: the most that a chunk holds, unless it is a single line.
        context_lines: how many lines before a chunk it shows besides, not to be coded; fewer where they are long.

    Returns:
        Chunks in transcript order. A run of lines in which no participant speaks is in none; empty where nobody does.

    Raises:
        ValueError: a size below 1, or a negative number of context lines.
    """
    if size_characters < 1 or context_lines < 0:
        raise ValueError(f"size_characters {size_characters}, context_lines {context_lines}")
    if not transcript.lines:
        return []
    spoken, sizes = _spoken(transcript), _sizes(transcript)
    return [
        _chunk(transcript.id, first, last, _context_from(first, context_lines, sizes, size_characters))
        for first, last in _split(_ends(transcript, spoken), sizes, size_characters)
        if any(spoken[first - 1 : last])
    ]


def prepare_cutting() -> None:
    """Begin to import what long interviews are cut with, in a thread of its own, and return at once.

    Short interviews need none. For others it is there before the first prompt, where files are read meanwhile.
    """
    threading.Thread(target=_splitter, args=(DEFAULT_SIZE_CHARACTERS,), name="import splitter").start()


def halve_chunk(transcript: Transcript, chunk: Chunk) -> tuple[Chunk, ...]:
    """Two chunks of about half the size, cut between turns where one ends near the middle.

    Returns:
        Those of the halves in which a participant speaks; the chunk itself where it is a single line.
    """
    lines = transcript.lines[chunk.first_line - 1 : chunk.last_line]
    if len(lines) < 2:
        return (chunk,)
    before = list(accumulate((len(line.text) for line in lines), initial=0))[1:-1]
    middle = (before[-1] + len(lines[-1].text)) / 2

    def strain(cut: int) -> float:
        inside_turn = lines[cut - 1].turn == lines[cut].turn
        return abs(before[cut - 1] - middle) + (middle / 3 if inside_turn else 0)

    cut = min(range(1, len(lines)), key=strain)
    spoken = _spoken(transcript)
    halves = ((chunk.first_line, lines[cut - 1].number), (lines[cut].number, chunk.last_line))
    return tuple(
        _chunk(transcript.id, first, last, max(1, first - DEFAULT_CONTEXT_LINES))
        for first, last in halves
        if any(spoken[first - 1 : last])
    )


def _chunk(transcript_id: str, first: int, last: int, context_from: int) -> Chunk:
    return Chunk(
        id=content_id(transcript_id, first, last, context_from),
        transcript_id=transcript_id,
        first_line=first,
        last_line=last,
        context_from=context_from,
    )


def _spoken(transcript: Transcript) -> list[bool]:
    """For each line whether it is a participant's."""
    names = {speaker.name for speaker in transcript.speakers if speaker.participant is not None}
    turns = {turn.number for turn in transcript.turns if turn.speaker in names}
    return [line.turn in turns for line in transcript.lines]


def _sizes(transcript: Transcript) -> list[int]:
    """Of each line as a prompt shows it, with its number in brackets and the end of the line."""
    texts = [line.text for line in transcript.lines]
    whole = " ".join(texts)
    if fold_space(whole) != whole:  # of most interviews no line has anything to fold, and looking at each takes longer
        texts = list(map(fold_space, texts))
    digits = map(len, map(str, [line.number for line in transcript.lines]))
    return [wide + long + 4 for wide, long in zip(digits, map(len, texts), strict=True)]


def _ends(transcript: Transcript, spoken: Sequence[bool]) -> list[str]:
    """For each line what ends with it: an exchange, a turn, or the line alone, as the last one."""
    ends = [
        _LINE if line.turn == after.turn else _EXCHANGE if here and not there else _TURN
        for (line, here), (after, there) in pairwise(zip(transcript.lines, spoken, strict=True))
    ]
    return [*ends, _LINE]


def _split(ends: Sequence[str], sizes: Sequence[int], size: int) -> list[_Range]:
    """First and last line of each piece, none above the size but single lines; as few and as even as cuts allow."""
    until = list(accumulate(sizes, initial=0))
    total = until[-1]
    if total <= size:
        return [(1, len(sizes))]
    # Where to cut is told by how long lines are and by what ends with them, and by nothing that was said.
    text = "".join(map(str.rjust, ends, sizes, repeat(".")))
    full = _merge(_cut(text, until, size), until, size)
    # An even share leaves no short rest that pays for the whole instruction again.
    for slack in _SLACKS:
        share = min(size, int(total / len(full) * slack))
        even = _merge(_cut(text, until, share), until, share)
        if len(even) <= len(full):
            return even
    return full


def _cut(text: str, until: Sequence[int], size: int) -> list[_Range]:
    """The pieces of a text whose lines end at these places."""
    # Its offsets have been wrong before (langchain-ai/langchain#17642), so they are counted here.
    places = list(accumulate(map(len, _splitter(size).split_text(text)), initial=0))
    lines = [bisect_left(until, place) for place in places]  # how many there are before each
    if places[-1] != len(text) or [until[line] for line in lines] != places:
        raise AssertionError("the text splitter cut inside a line or lost text")
    return [(before + 1, last) for before, last in pairwise(lines)]


def _splitter(size: int) -> RecursiveCharacterTextSplitter:
    from langchain_text_splitters import RecursiveCharacterTextSplitter  # 0.1 s, and short interviews need none

    return RecursiveCharacterTextSplitter(
        separators=[_EXCHANGE, _TURN, _LINE],
        keep_separator="end",
        chunk_size=size,
        chunk_overlap=0,
        length_function=len,
        strip_whitespace=False,
    )


def _merge(pieces: Sequence[_Range], until: Sequence[int], size: int) -> list[_Range]:
    """Neighbours joined as far as they fit: the splitter leaves short pieces around every long turn."""
    merged = [pieces[0]]
    for first, last in pieces[1:]:
        start = merged[-1][0]
        if until[last] - until[start - 1] <= size:
            merged[-1] = (start, last)
        else:
            merged.append((first, last))
    return merged


def _context_from(first: int, context_lines: int, sizes: Sequence[int], size: int) -> int:
    """Where the context starts: at most `context_lines` lines and a fifth of a chunk before the first line."""
    start, room = first, size // 5
    while start > max(1, first - context_lines) and sizes[start - 2] <= room:
        start -= 1
        room -= sizes[start - 1]
    return start
