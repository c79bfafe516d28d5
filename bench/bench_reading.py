"""How fast files are read: MB/s for each format beside webvtt-py, srt and python-docx, and a folder of interviews.

    python -m bench.bench_reading            the table of formats
    python -m bench.bench_reading --folder   also 1,000 interviews of 6,000 words: seconds and peak memory

Megabytes are those of the file; the interview is invented by a seeded generator and the same in every format.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import re
import resource
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import srt  # type: ignore[import-untyped]
import webvtt

from synth.parse import find_files, parse_bytes

Talk = list[tuple[str, str]]
_WORDS = tuple(
    re.findall(
        r"\w+",
        """ik was toen bij de winkel en dat was eigenlijk best wel een gedoe omdat ze niet wisten wat er met mijn
        bestelling gebeurd was dus heb ik gebeld maar niemand nam op na drie keer proberen ging het via de website naar
        een formulier""",
    )
)


def invent(words: int, seed: int) -> Talk:
    """An interview of about this many words, with questions, long answers and sentences that end."""
    rng = random.Random(seed)
    talk: Talk = []
    left = words
    while left > 0:
        for name, size in (("Interviewer", rng.randint(6, 15)), ("P07", rng.randint(40, 160))):
            sentences = []
            while size > 0:
                length = rng.randint(4, 18)
                sentence = " ".join(rng.choices(_WORDS, k=length)).capitalize()
                sentences.append(sentence + ("?" if name == "Interviewer" else rng.choice([".", ".", ".", "...", "!"])))
                size -= length
                left -= length
            talk.append((name, " ".join(sentences)))
    return talk


def _clock(seconds: float) -> str:
    return (
        f"{int(seconds) // 3600:02}:{int(seconds) // 60 % 60:02}:{int(seconds) % 60:02}.{int(seconds * 1000) % 1000:03}"
    )


def _cues(talk: Talk) -> list[tuple[float, float, str, str]]:
    """Cues of at most twelve words with their times."""
    found, now = [], 0.0
    for name, text in talk:
        words = text.split()
        for place in range(0, len(words), 12):
            part = words[place : place + 12]
            found.append((now, now + 0.4 * len(part), name, " ".join(part)))
            now += 0.4 * len(part) + 0.2
    return found


def _docx(talk: Talk) -> bytes:
    document = docx.Document()
    for name, text in talk:
        added = document.add_paragraph()
        added.add_run(f"{name}: ").bold = True
        added.add_run(text)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _odt(talk: Talk) -> bytes:
    body = "".join(f"<text:p>{name}: {text}</text:p>" for name, text in talk)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr(
            "content.xml",
            f'<d xmlns:text="t" xmlns:office="o"><office:body><office:text>{body}</office:text></office:body></d>',
        )
    return stream.getvalue()


def write(talk: Talk) -> dict[str, bytes]:
    """The interview in every format that can be written without further tools."""
    cues = _cues(talk)
    segments = [{"start": start, "end": end, "speaker": name, "text": text} for start, end, name, text in cues]
    return {
        "a.txt": "\n\n".join(f"{name}: {text}" for name, text in talk).encode(),
        "a.md": "\n\n".join(f"**{name}:** {text}" for name, text in talk).encode(),
        "a.vtt": (
            "WEBVTT\n\n" + "".join(f"{_clock(a)} --> {_clock(b)}\n<v {n}>{t}</v>\n\n" for a, b, n, t in cues)
        ).encode(),
        "a.srt": "".join(
            f"{k}\n{_clock(a).replace('.', ',')} --> {_clock(b).replace('.', ',')}\n{n}: {t}\n\n"
            for k, (a, b, n, t) in enumerate(cues, 1)
        ).encode(),
        "a.csv": ("speaker,start,text\n" + "".join(f'{n},{a:.2f},"{t}"\n' for a, _, n, t in cues)).encode(),
        "a.json": json.dumps({"segments": segments}).encode(),
        "a.docx": _docx(talk),
        "a.odt": _odt(talk),
        "a.html": ("<html>" + "".join(f"<p><b>{name}:</b> {text}</p>" for name, text in talk)).encode(),
        "a.rtf": (r"{\rtf1 " + "".join(rf"{{\b {name}:}} {text}\par " for name, text in talk) + "}").encode(),
    }


def _seconds(call: Callable[[], object]) -> float:
    """CPU seconds of the best of three runs."""
    best = float("inf")
    for _ in range(3):
        before = time.process_time()
        call()
        best = min(best, time.process_time() - before)
    return best


def _libraries(files: dict[str, bytes]) -> dict[str, tuple[str, Callable[[], object]]]:
    """What the library alone takes for the same bytes: no turns, lines, roles or language."""
    return {
        "a.vtt": (
            "webvtt-py",
            lambda: [caption.voice for caption in webvtt.from_string(files["a.vtt"].decode()).captions],
        ),
        "a.srt": ("srt", lambda: list(srt.parse(files["a.srt"].decode()))),
        "a.docx": (
            "python-docx",
            lambda: [
                p.text for p in docx.Document(io.BytesIO(files["a.docx"])).iter_inner_content() if hasattr(p, "text")
            ],
        ),
    }


def formats(words: int) -> None:
    """Print the table of formats."""
    files = write(invent(words, seed=1))
    libraries = _libraries(files)
    sys.stdout.write(f"{'format':8}{'MB':>8}{'ms':>9}{'MB/s':>8}   the library alone\n")
    for name, data in files.items():
        taken = _seconds(lambda data=data, name=name: parse_bytes(data, name))  # type: ignore[misc]
        size = len(data) / 1e6
        row = f"{name[2:]:8}{size:8.3f}{taken * 1000:9.1f}{size / taken:8.2f}"
        if name in libraries:
            library, call = libraries[name]
            alone = _seconds(call)
            row += f"   {library}: {alone * 1000:.1f} ms, {size / alone:.2f} MB/s"
        sys.stdout.write(row + "\n")


def folder(count: int, words: int) -> None:
    """Print what a folder of interviews in mixed formats takes: listing, reading, turns, lines, roles, language."""
    with tempfile.TemporaryDirectory() as place:
        files: dict[str, bytes] = {}
        for number in range(count):
            if number % 50 == 0:
                files = write(invent(words, seed=number))
            name = list(files)[number % len(files)]
            (Path(place) / f"P{number:04}{name[1:]}").write_bytes(files[name])
        before, cpu = time.perf_counter(), time.process_time()
        lines = size = 0
        for file in find_files([place]).files:
            data = file.read()
            size += len(data)
            lines += sum(len(transcript.lines) for transcript in parse_bytes(data, file.name))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        sys.stdout.write(
            f"{count} interviews of {words} words, {size / 1e6:.0f} MB, {lines} "
            f"lines: {time.perf_counter() - before:.1f} s "
            f"({time.process_time() - cpu:.1f} s CPU), peak memory {peak:.0f} MB\n"
        )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description="Reading speed of every format.")
    parser.add_argument("--words", type=int, default=6000)
    parser.add_argument("--folder", action="store_true", help="also 1,000 interviews")
    parser.add_argument("--count", type=int, default=1000)
    arguments = parser.parse_args()
    formats(arguments.words)
    if arguments.folder:
        folder(arguments.count, arguments.words)


if __name__ == "__main__":
    main()
