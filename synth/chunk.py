"""Lines to chunks: the runs of lines that one call reads.

Sizes are in characters of what a prompt shows (white space folded). A chunk is cut where an interviewer takes over from
a participant if possible, else between turns, else between lines, never inside a line. The promise: every line of a
participant stands in exactly one chunk, and no chunk is asked that holds no participant's words.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

from synth.domain import Chunk, Transcript, content_id, fold_space

DEFAULT_SIZE_CHARACTERS = 26_000
"""Some 4,600 words with their numbers, and 140 findings: the most whose reply fits into 8,192 tokens."""
DEFAULT_CONTEXT_LINES = 3

_SLACKS = (1.02, 1.05, 1.1, 1.2)
"""How far above an even share a piece may be, so that cuts between exchanges do; tried in this order."""
# White space to Python, so none of them is left in a folded line.
_EXCHANGE, _TURN, _LINE = "\x1d", "\x1e", "\x1f"

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
    participants = _participant_turns(transcript)
    shown = _shown(transcript, participants)
    sizes = [len(text) for text in shown]
    ranges = _split(shown, sizes, size_characters)
    return [
        _chunk(transcript.id, first, last, _context_from(first, context_lines, sizes, size_characters))
        for first, last in ranges
        if any(line.turn in participants for line in transcript.lines[first - 1 : last])
    ]


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
    participants = _participant_turns(transcript)
    halves = ((chunk.first_line, lines[cut - 1].number), (lines[cut].number, chunk.last_line))
    return tuple(
        _chunk(transcript.id, first, last, max(1, first - DEFAULT_CONTEXT_LINES))
        for first, last in halves
        if any(line.turn in participants for line in transcript.lines[first - 1 : last])
    )


def _chunk(transcript_id: str, first: int, last: int, context_from: int) -> Chunk:
    return Chunk(
        id=content_id(transcript_id, first, last, context_from),
        transcript_id=transcript_id,
        first_line=first,
        last_line=last,
        context_from=context_from,
    )


def _participant_turns(transcript: Transcript) -> frozenset[int]:
    names = {speaker.name for speaker in transcript.speakers if speaker.participant is not None}
    return frozenset(turn.number for turn in transcript.turns if turn.speaker in names)


def _shown(transcript: Transcript, participants: frozenset[int]) -> list[str]:
    """Each line as a prompt shows it, closed by the mark of what ends with it: an exchange, a turn, or the line."""
    shown = []
    lines = transcript.lines
    for line, after in zip(lines, [*(line.turn for line in lines[1:]), None], strict=True):
        if after is None or after == line.turn:
            mark = _LINE
        else:
            mark = _EXCHANGE if line.turn in participants and after not in participants else _TURN
        shown.append(f"[{line.number}] {fold_space(line.text)}{mark}")
    return shown


def _split(shown: Sequence[str], sizes: Sequence[int], size: int) -> list[_Range]:
    """First and last line of each piece, none above the size but single lines; as few and as even as cuts allow."""
    total = sum(sizes)
    if total <= size:
        return [(1, len(shown))]
    full = _merge(_cut(shown, size), sizes, size)
    # An even share leaves no short rest that pays for the whole instruction again.
    for slack in _SLACKS:
        share = min(size, int(total / len(full) * slack))
        even = _merge(_cut(shown, share), sizes, share)
        if len(even) <= len(full):
            return even
    return full


def _cut(shown: Sequence[str], size: int) -> list[_Range]:
    from langchain_text_splitters import RecursiveCharacterTextSplitter  # 0.3 s of CPU, and short interviews need none

    text = "".join(shown)
    splitter = RecursiveCharacterTextSplitter(
        separators=[_EXCHANGE, _TURN, _LINE],
        keep_separator="end",
        chunk_size=size,
        chunk_overlap=0,
        length_function=len,
        strip_whitespace=False,
        add_start_index=True,
    )
    line_at = dict(zip(accumulate((len(line) for line in shown), initial=0), range(1, len(shown) + 2), strict=True))
    pieces = splitter.create_documents([text])
    # The splitter's own promise, checked: its offsets have been wrong before (langchain-ai/langchain#17642).
    starts = [int(piece.metadata["start_index"]) for piece in pieces]
    ends = [start + len(piece.page_content) for start, piece in zip(starts, pieces, strict=True)]
    if [0, *ends] != [*starts, len(text)] or not all(start in line_at for start in starts):
        raise AssertionError("the text splitter cut inside a line or lost text")
    return [(line_at[start], line_at[end] - 1) for start, end in zip(starts, ends, strict=True)]


def _merge(pieces: Sequence[_Range], sizes: Sequence[int], size: int) -> list[_Range]:
    """Neighbours joined as far as they fit: the splitter leaves short pieces around every long turn."""
    merged = [pieces[0]]
    for first, last in pieces[1:]:
        start = merged[-1][0]
        if sum(sizes[start - 1 : last]) <= size:
            merged[-1] = (start, last)
        else:
            merged.append((first, last))
    if any(before[1] + 1 != after[0] for before, after in pairwise(merged)):
        raise AssertionError("chunks do not partition the lines")
    return merged


def _context_from(first: int, context_lines: int, sizes: Sequence[int], size: int) -> int:
    """Where the context starts: at most `context_lines` lines and a fifth of a chunk before the first line."""
    start, room = first, size // 5
    while start > max(1, first - context_lines) and sizes[start - 2] <= room:
        start -= 1
        room -= sizes[start - 1]
    return start
