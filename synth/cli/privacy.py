"""`synth redact` and `synth withdraw`: what is replaced before anything is sent, and how somebody leaves a study."""

from __future__ import annotations

import re
import sys
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import click

from synth.cli import EXIT_PARTLY
from synth.cli.options import PATH, db_option, interviewer_option, json_option
from synth.cli.terminal import TerminalProgress, counted, json_text, shorten, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synth.pipeline.redacting import RedactPreview
    from synth.store import Withdrawal


@click.command()
@click.argument("paths", nargs=-1, required=True, type=PATH, metavar="FOLDER...")
@click.option("--preview", is_flag=True, help="Show what would be replaced; writes nothing. This is the default.")
@click.option("--write", "write_dir", default=None, type=PATH, metavar="DIR",
              help="Write the interviews as they would be sent into DIR, and save the key.")  # fmt: skip
@click.option("--names", "names_file", default=None, type=PATH, metavar="FILE",
              help="Your own list of names, employers and places: a line 'kind,name' each.")  # fmt: skip
@click.option("--study", default=None, metavar="NAME", help="The study's name.  [default: the first folder's name]")
@interviewer_option
@db_option
@json_option
def redact(
    paths: tuple[str, ...],
    preview: bool,
    write_dir: str | None,
    names_file: str | None,
    study: str | None,
    interviewers: tuple[str, ...],
    db_path: str,
    as_json: bool,
) -> None:
    """Show every name and number that would be replaced before a model reads, and the capitalised words that are left.

    Nothing is sent. Pseudonyms are not anonymity: check the list of words that are left, and add what was missed with
    --names. With --write the study keeps that list, so that runs replace those names too.

    \b
    synth redact interviews/ --preview
    synth redact interviews/ --names names.csv --write redacted/
    """
    from synth.parse import ReadSettings
    from synth.pipeline.redacting import preview_redaction

    if preview and write_dir:
        raise click.UsageError("--preview writes nothing; give --write without it.")
    found = preview_redaction(
        paths, db_path, study, ReadSettings(interviewer=interviewers), names_file, TerminalProgress()
    )
    click.echo(json_text(_as_json(found)) if as_json else _page(found))
    if write_dir:
        _write(found, Path(write_dir))
    if found.failures:
        sys.exit(EXIT_PARTLY)


def _page(found: RedactPreview) -> str:
    preview = found.preview
    counts = ", ".join(f"{count} × {kind.value}" for kind, count in preview.counts().items()) or "nothing"
    parts = [f"{counted(len(preview.replaced), 'interview')}; would be replaced: {counts}.", ""]
    if preview.names:
        rows = [(one.kind.value, shorten(one.name, 40), one.pseudonym, str(one.times)) for one in preview.names]
        parts += [table(("Kind", "In the files", "Would be sent as", "Times"), rows, right=(3,)), ""]
    if preview.left:
        places = [
            (shorten(one.words, 40), str(one.times), ", ".join(f"{name} line {line}" for name, line in one.places))
            for one in preview.left
        ]
        parts += ["Capitalised words that would be sent as they are. Is one of them a name? Add it with --names.", ""]
        parts += [table(("Words", "Times", "Where"), places, right=(1,)), ""]
    parts += [f"Not read: {failure.name}: {failure.why}" for failure in found.failures]
    parts.append("Nothing was sent. No list is complete: read what matters before you send it (docs/privacy.md).")
    return "\n".join(parts)


def _as_json(found: RedactPreview) -> dict[str, object]:
    preview = found.preview
    return {
        "interviews": len(preview.replaced),
        "counts": {kind.value: count for kind, count in preview.counts().items()},
        "replacements": [
            {"kind": one.kind.value, "name": one.name, "pseudonym": one.pseudonym, "times": one.times}
            for one in preview.names
        ],
        "left": [
            {"words": one.words, "times": one.times, "places": [list(place) for place in one.places]}
            for one in preview.left
        ],
        "would_send": [{"transcript": one.transcript.name, "text": one.transcript.text} for one in preview.replaced],
        "failed": [{"path": failure.name, "why": failure.why} for failure in found.failures],
    }


def _write(found: RedactPreview, folder: Path) -> None:
    from synth.cli.export import write_files
    from synth.errors import InputError

    transcripts = [one.transcript for one in found.preview.replaced]
    names = _file_names([transcript.name for transcript in transcripts])
    files = {name: transcript.text.encode("utf-8") for name, transcript in zip(names, transcripts, strict=True)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{folder}: no folder can be made here ({error.strerror}). Give another with --write."
        ) from error
    # The key first: without it nobody could tell whom a pseudonym stands for.
    found.save_key()
    write_files(files, folder)
    click.echo(f"Wrote {counted(len(files), 'file')} to {folder}; keep the key, {found.key.path}, apart from there.")


def _file_names(names: Sequence[str]) -> list[str]:
    """A text file's name for each interview, none twice: those of two folders may be called the same."""
    found: list[str] = []
    for name in names:
        # `FILE#KEY` is one of several interviews in a file.
        stem = re.sub(r"[\\/#]+", "-", re.sub(r"\.\w{1,5}(?=#|$)", "", name, count=1)).strip(" .") or "interview"
        numbered = (stem if number == 1 else f"{stem} ({number})" for number in count(1))
        found.append(next(f"{one}.txt" for one in numbered if f"{one}.txt" not in found))
    return found


@click.command()
@click.argument("study")
@click.argument("participant", required=False)
@db_option
@click.option("--yes", is_flag=True, help="Do not ask first; without a terminal nobody is asked.")
@click.option(
    "--scrub", is_flag=True, help="Only overwrite what an earlier withdrawal could not, the file being in use."
)
@json_option
def withdraw(study: str, participant: str | None, db_path: str, yes: bool, scrub: bool, as_json: bool) -> None:
    """Remove a participant and every trace: words, findings, stored calls, and their entry in the key.

    The claims that lose support are listed. This cannot be undone. Reports and exports that were made before still hold
    the person's words: delete them, they are yours.

    \b
    synth withdraw "Home energy" P07
    """
    from synth.pipeline.withdrawing import check_participant, withdraw_participant
    from synth.store import open_store

    store = open_store(db_path, create=False)
    found = store.study(study)
    if scrub:
        done = store.scrub()
        click.echo("Overwritten." if done else "The database is still open elsewhere. Close it, then do this again.")
        sys.exit(0 if done else EXIT_PARTLY)
    if participant is None:
        raise click.UsageError("Say who withdraws: synth withdraw STUDY PARTICIPANT.")
    check_participant(store, found, participant)
    if not yes and not as_json and sys.stdin is not None and sys.stdin.isatty():
        click.confirm(f"Remove {participant} from '{study}' for good?", abort=True, err=True)
    gone = withdraw_participant(store, found, participant)
    if as_json:
        shown = {
            "study": study, "transcripts": gone.transcripts, "findings": gone.findings, "calls": gone.calls,
            "claims_weakened": list(gone.weakened), "claims_lost": list(gone.lost), "blanked": gone.blanked,
            "clean": gone.clean, "elsewhere": list(gone.elsewhere), "reports": list(gone.reports),
        }  # fmt: skip
        click.echo(json_text(shown))
    else:
        _tell(study, gone)
    if not gone.clean:
        sys.exit(EXIT_PARTLY)


def _tell(study: str, gone: Withdrawal) -> None:
    click.echo(
        f"Removed: {counted(gone.transcripts, 'interview')}, {counted(gone.findings, 'finding')}, "
        f"{counted(gone.calls, 'stored call')}, "
        "and what the key said."
    )
    if gone.blanked:
        click.echo(f"Their turns were blanked in {counted(gone.blanked, 'interview')} with others.")
    if not gone.clean:
        click.echo(f"Another program has the database open. Close it, then: synth withdraw '{study}' --scrub")
    for other in gone.elsewhere:
        click.echo(f"Study '{other}' holds the same files: withdraw there too.")
    for report in gone.reports:
        click.echo(f"Delete this report, it holds the words: {report}")
    for text in gone.lost:
        click.echo(f"No longer stands: {text}")
    for text in gone.weakened:
        click.echo(f"Stands on fewer people: {text}")
    click.echo(f"Draft anew with synth run FOLDER --study '{study}', and delete older reports: they hold the words.")
