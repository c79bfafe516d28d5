"""How many tokens a prompt has for each token of transcript, at the default chunk.

    python -m bench.bench_prompts FOLDER...           a row for each folder, by default the fixtures
    python -m bench.bench_prompts --made 1200 8000    where they go, in made interviews of so many words

Counted with `o200k_base`, one of the encodings that litellm ships, so that nothing is fetched. The transcript's tokens
are those of its text as it was read, labels and all; the prompt's are everything that is sent: instructions, framework,
context, lines with their numbers and speakers. `lines` is what the numbered lines alone would come to, the least that
the contract of `docs/prompts.md` allows. `cached` counts instructions once a study, as providers that keep a prefix
bill it.

The second table has the parts of a prompt, each for one token of transcript: `text` is what was said, `numbers` all
that `[number] Speaker: ` adds to it, `schema` what goes beside the prompt, where a provider counts it. `characters` is
the whole prompt in characters for one character of transcript.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.make_study import make_interview, person
from synth.analyst import CodeChunk
from synth.chunk import chunk_lines
from synth.domain import Transcript, fold_space
from synth.errors import SynthError
from synth.frameworks import Framework, load_framework
from synth.parse import find_files, parse_bytes
from synth.participants import assign_participants
from synth.prompts import render
from synth.schemas import reply_schema

SUBJECT = "how people choose"
Count = Callable[[str], int]


@dataclass
class Sums:
    """Tokens of one folder."""

    transcripts: int = 0
    chunks: int = 0
    text: int = 0
    prompts: int = 0
    lines: int = 0
    instructions: int = 0
    count: int = 0

    @property
    def row(self) -> str:
        """The folder's figures."""
        if not self.text:
            return f"{0:>5} {0:>7}   no interview that can be read"
        cached = (self.prompts - self.instructions * (self.chunks - 1)) / self.text
        return (
            f"{self.transcripts:>5} {self.chunks:>7} {self.text:>10,} {self.text / max(1, self.count):>11.1f} "
            f"{self.lines / self.text:>6.2f} {self.prompts / self.text:>7.2f} {cached:>7.2f}"
        )


def encoding() -> Any:
    """The encoding from litellm's folder."""
    spec = find_spec("litellm")
    if spec is None or spec.origin is None:
        raise SystemExit("This needs litellm, which carries the encodings.")
    folder = Path(spec.origin).parent / "litellm_core_utils" / "tokenizers"
    os.environ["TIKTOKEN_CACHE_DIR"] = str(folder)
    import tiktoken

    return tiktoken.get_encoding("o200k_base")


def measure(transcripts: list[Transcript], framework: Framework, tokens: Any, size: int | None) -> Sums:
    """Sums over all chunks of these."""
    sums = Sums()

    def count(text: str) -> int:
        return len(tokens.encode(text, disallowed_special=()))

    for transcript in transcripts:
        chunks = chunk_lines(transcript, size) if size else chunk_lines(transcript)
        if not chunks:
            continue
        sums.transcripts += 1
        sums.count += len(transcript.lines)
        sums.text += count(transcript.text)
        for chunk in chunks:
            task = CodeChunk(transcript, chunk, framework, SUBJECT, transcript.language)
            prompt = render(task)
            sums.chunks += 1
            sums.instructions = count(prompt.system)
            sums.prompts += count(prompt.text)
            lines = [line for line in prompt.user.splitlines() if line.startswith("[")]
            sums.lines += count("\n".join(lines))
    return sums


def read(folder: Path) -> list[Transcript]:
    """Every interview of a folder that can be read."""
    transcripts: list[Transcript] = []
    for file in find_files([str(folder)]).files:
        try:
            transcripts += assign_participants(parse_bytes(file.read(), file.name), {}, ())
        except SynthError:
            continue
    return transcripts


def parts(transcript: Transcript, framework: Framework, count: Count, size: int | None) -> dict[str, float]:
    """Tokens of each part of all prompts over an interview, and how many chunks it makes."""
    sums: dict[str, float] = {}
    written = 0
    chunks = chunk_lines(transcript, size) if size else chunk_lines(transcript)
    for chunk in chunks:
        task = CodeChunk(transcript, chunk, framework, SUBJECT, transcript.language)
        prompt = render(task)
        instructions, words = prompt.system.split("\nphase\n")
        context, lines, rest = _around_lines(prompt.user)
        said = [fold_space(line.text) for line in transcript.lines[chunk.first_line - 1 : chunk.last_line]]
        text = count("\n".join(said))
        found = {
            "instructions": count(instructions) - count(SUBJECT),
            "subject": count(SUBJECT),
            "framework": count(words),
            "context": count(context),
            "text": text,
            "numbers": count(lines) - text,
            "rest": count(rest),
            "all": count(prompt.text),
            "schema": count(json.dumps(reply_schema(task))),
        }
        sums = {name: sums.get(name, 0) + number for name, number in found.items()}
        written += len(prompt.text)
    share = {name: number / count(transcript.text) for name, number in sums.items()}
    return {"chunks": len(chunks), **share, "characters": written / len(transcript.text)}


def _around_lines(user: str) -> tuple[str, str, str]:
    before, _, after = user.rpartition("<transcript>\n")
    lines, _, rest = after.partition("\n</transcript>")
    return before, lines, f"<transcript>\n\n</transcript>{rest}"


def show_parts(lengths: list[int], framework: Framework, count: Count, size: int | None) -> None:
    """The second table: made interviews of these lengths, in both languages."""
    names: list[str] = []
    for words in lengths:
        for number, language in enumerate(("en", "nl")):
            data = make_interview(number, words).encode()
            [transcript] = assign_participants(parse_bytes(data, f"{person(number)}.txt"), {}, ())
            found = parts(transcript, framework, count, size)
            if not names:
                names = list(found)
                print("  words     " + "  ".join(f"{name:>6}" for name in names))
            cells = [f"{found[name]:>{max(6, len(name))}.{0 if name == 'chunks' else 3}f}" for name in names]
            print(f"{words:>7} {language} " + "  ".join(cells))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, default=[Path("fixtures/interviews")])
    parser.add_argument("--made", nargs="+", type=int, metavar="WORDS", help="the parts of prompts on made interviews")
    parser.add_argument("--size", type=int, default=None, help="characters a chunk, in place of the default")
    parser.add_argument("--framework", default="customer")
    arguments = parser.parse_args()
    tokens, framework = encoding(), load_framework(arguments.framework)
    if arguments.made:
        show_parts(
            arguments.made, framework, lambda text: len(tokens.encode(text, disallowed_special=())), arguments.size
        )
        return
    print("files  chunks     tokens tokens/line  lines  prompt  cached  folder")
    for folder in arguments.folders:
        print(f"{measure(read(folder), framework, tokens, arguments.size).row}  {folder.name}")


if __name__ == "__main__":
    main()
