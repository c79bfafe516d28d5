"""`synth parse`: how one file is read, so that a person sees in five seconds whether it is right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from synth.cli.options import PATH, interviewer_option, json_option
from synth.cli.terminal import counted, json_text, shorten, table

if TYPE_CHECKING:
    from synth.domain import Transcript


@click.command()
@click.argument("file", type=PATH)
@interviewer_option
@click.option("--lines", "show_lines", is_flag=True, help="Show every line with its number.")
@json_option
def parse(file: str, interviewers: tuple[str, ...], show_lines: bool, as_json: bool) -> None:
    """Show how one file is read: format, language, speakers with their role, turns, lines, and what was skipped.

    \b
    synth parse interviews/P01.docx
    synth parse interviews/P01.vtt --interviewer "Anne Smit"
    """
    from synth.parse import ReadSettings, parse_file
    from synth.parse.files import is_roster

    if is_roster(file) and not as_json and Path(file).is_file():
        click.echo(_roster(Path(file)))
        return
    transcripts = parse_file(file, ReadSettings(interviewer=interviewers))
    if as_json:
        found = [describe(transcript) for transcript in transcripts]
        first = found[0]
        if len(found) > 1:
            first["interviews"] = found[1:]
        click.echo(json_text(first))
        return
    for number, transcript in enumerate(transcripts, start=1):
        if len(transcripts) > 1:
            click.echo(f"── Interview {number} of {len(transcripts)} ──")
        click.echo(_page(transcript, show_lines))


def describe(transcript: Transcript) -> dict[str, object]:
    """The contract of `synth parse --json` (docs/design.md)."""
    from synth.domain import fold_space

    return {
        "name": transcript.name,
        "format": transcript.format,
        "language": transcript.language,
        "encoding": transcript.encoding,
        "sha256": transcript.source_sha256,
        "bytes": transcript.source_bytes,
        "speakers": [
            {
                "name": speaker.name,
                "role": speaker.role.value,
                "turns": speaker.turns,
                "role_confidence": speaker.role_confidence,
            }
            for speaker in transcript.speakers
        ],
        "turns": [
            {
                "speaker": turn.speaker,
                "start_seconds": turn.start_seconds,
                "end_seconds": turn.end_seconds,
                "first_line": turn.first_line,
                "last_line": turn.last_line,
                "text": " ".join(
                    fold_space(line.text) for line in transcript.lines[turn.first_line - 1 : turn.last_line]
                ),
            }
            for turn in transcript.turns
        ],
        "lines": [
            {
                "number": line.number,
                "turn": line.turn,
                "text": fold_space(line.text),
                "start": line.start,
                "end": line.end,
                "start_seconds": line.start_seconds,
            }
            for line in transcript.lines
        ],
        "skipped": [{"text": skipped.text, "why": skipped.why} for skipped in transcript.skipped],
        "warnings": list(transcript.warnings),
    }


def _roster(file: Path) -> str:
    """How a table of participants is read: it is no interview, and stands beside them."""
    from synth.parse import read_participants

    rows = read_participants(file.read_bytes(), file.name)
    cells = [
        (
            str(row.number), row.participant, row.file or "–", row.speaker or "–", row.wave or "–",
            row.role.value if row.role else "–",
            shorten(", ".join(f"{name}: {value}" for name, value in row.attributes.items()), 60),
        )
        for row in rows
    ]  # fmt: skip
    shown = table(("Row", "Participant", "File", "Speaker", "Wave", "Role", "Known of them"), cells, right=(0,))
    return (
        f"{file.name}: {counted(len(rows), 'row')} about participants, read with the interviews beside it.\n\n{shown}"
    )


def _page(transcript: Transcript, show_lines: bool) -> str:
    from synth.domain import fold_space

    words = {speaker.name: 0 for speaker in transcript.speakers}
    for turn in transcript.turns:
        for line in transcript.lines[turn.first_line - 1 : turn.last_line]:
            words[turn.speaker] += len(line.text.split())
    parts = [
        f"{transcript.name}: {transcript.format}, {transcript.encoding}, language {transcript.language}, "
        f"{counted(len(transcript.turns), 'turn')}, {counted(len(transcript.lines), 'line')}",
        "",
        table(
            ("Speaker", "Role", "Sure", "Turns", "Words"),
            [
                (
                    shorten(speaker.name or "(no label)", 40),
                    speaker.role.value,
                    f"{round(100 * speaker.role_confidence)} %",
                    str(speaker.turns),
                    str(words[speaker.name]),
                )
                for speaker in transcript.speakers
            ],
            right=(2, 3, 4),
        ),
        "",
    ]
    turns = transcript.turns if show_lines else transcript.turns[:6]
    for turn in turns:
        lines = transcript.lines[turn.first_line - 1 : turn.last_line]
        at = "" if turn.start_seconds is None else f"  {_clock(turn.start_seconds)}"
        parts.append(f"{turn.speaker or '(no label)'}{at}")
        if show_lines:
            parts += [f"{line.number:>6}  {fold_space(line.text)}" for line in lines]
        else:
            parts.append(f"{turn.first_line:>6}  {shorten(' '.join(fold_space(line.text) for line in lines), 100)}")
    if len(turns) < len(transcript.turns):
        parts.append(f"        … {counted(len(transcript.turns) - len(turns), 'more turn')}; --lines shows all")
    if transcript.skipped:
        reasons: dict[str, list[str]] = {}
        for skipped in transcript.skipped:
            reasons.setdefault(skipped.why, []).append(skipped.text)
        parts += ["", "Skipped, not speech:"]
        parts += [
            f"  {why} ({len(texts)}): {shorten(fold_space(texts[0]), 70)}" for why, texts in sorted(reasons.items())
        ]
    parts += [f"\nNote: {warning}" for warning in transcript.warnings]
    parts += [
        "",
        "Not right? Name who asks with --interviewer NAME; a participants.csv beside the files says who is who.",
    ]
    return "\n".join(parts)


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"
