"""`synth codebook`: the codes of a study, with what is proposed beside them."""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from synth.cli.options import db_option, json_option
from synth.cli.terminal import shorten, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synth.domain import Code


@click.command()
@click.argument("study")
@click.option("--import", "import_path", default=None, metavar="FILE", help="Take the codes of a .csv or .qdc file.")
@click.option("--adopt", is_flag=True, help="Make codes of the themes that two people or more share.")
@click.option("--out", default=None, type=click.Path(dir_okay=False), metavar="FILE", help="Write the codes as CSV.")
@click.option("--by", "by_whom", default=getpass.getuser, help="Who adopts.  [default: the user of this machine]")
@db_option
@json_option
def codebook(
    study: str, import_path: str | None, adopt: bool, out: str | None, by_whom: str, db_path: str, as_json: bool
) -> None:
    """Show a study's codebook: name, kind, definition, when to use a code and when not, example lines, by whom made.

    Interviews are read with it from the next run on; what no code fits is proposed here and never added by itself.

    \b
    synth codebook "Home energy" --adopt
    synth codebook "Home energy" --out codes.csv
    synth run interviews/ --study "Home energy" --codebook codes.csv
    """
    from synth.cli.export import write_files
    from synth.errors import SettingError
    from synth.pipeline.codebooks import adopt_themes, export_codebook, import_codebook, proposed_codes, study_codebook
    from synth.store import open_store

    store = open_store(db_path, create=False)
    found = store.study(study)
    if import_path is not None:
        click.echo(f"{import_codebook(store, found, import_path)} codes taken from {import_path}.", err=True)
    if adopt:
        click.echo(f"{adopt_themes(store, found, by_whom)} codes made of themes.", err=True)
    codes, proposed = study_codebook(store, found), proposed_codes(store, found)
    if out is not None:
        if not codes:
            raise SettingError(
                f"'{study}' has no codebook to write. `synth codebook '{study}' --adopt` makes one of its themes."
            )
        write_files({"codebook.csv": export_codebook(store, found)}, Path(out))
        click.echo(f"{len(codes)} codes written to {out}.", err=True)
    if as_json:
        shown = {"codes": [asdict(code) for code in codes], "proposed": [asdict(code) for code in proposed]}
        click.echo(json.dumps(shown, ensure_ascii=False, indent=1))
        return
    if codes:
        click.echo(_table(codes))
    else:
        click.echo("This study has no codebook yet: `--adopt` makes one of its themes, `--import FILE` takes yours.")
    if proposed:
        click.echo(f"\nProposed, of findings that no code fits ({len(proposed)}):\n\n{_table(proposed)}")


def _table(codes: Sequence[Code]) -> str:
    rows = [
        (code.kind.value if code.kind else "any", shorten(code.name, 44), shorten(code.definition, 60), code.made_by)
        for code in codes
    ]
    return table(("Kind", "Code", "Definition", "By"), rows)
