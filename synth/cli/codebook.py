"""`synth codebook`: the codes of a study, with what is proposed beside them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from synth.cli.options import db_option, json_option
from synth.cli.terminal import counted, json_text, shorten, table
from synth.env import machine_user

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synth.domain import Code

_MOST_ALONE = 20


@click.command()
@click.argument("study")
@click.option("--import", "import_path", default=None, metavar="FILE", help="Take the codes of a .csv or .qdc file.")
@click.option("--adopt", is_flag=True, help="Make codes of what is proposed and two people or more share.")
@click.option("--drop", "drops", multiple=True, metavar="NAME", help="Take a code out; may be given several times.")
@click.option("--clear", is_flag=True, help="Take all codes out.")
@click.option("--out", default=None, type=click.Path(dir_okay=False), metavar="FILE", help="Write the codes as CSV.")
@click.option("--by", "by_whom", default=machine_user, help="Who adopts.  [default: the user of this machine]")
@db_option
@json_option
def codebook(
    study: str,
    import_path: str | None,
    adopt: bool,
    drops: tuple[str, ...],
    clear: bool,
    out: str | None,
    by_whom: str,
    db_path: str,
    as_json: bool,
) -> None:
    """Show a study's codebook: name, kind, definition, when to use a code and when not, example lines, by whom made.

    Interviews are read with it from the next run on; what no code fits is proposed here and never added by itself.

    \b
    synth codebook "Home energy" --adopt
    synth codebook "Home energy" --drop "bill too high"
    synth codebook "Home energy" --out codes.csv
    synth run interviews/ --study "Home energy" --codebook codes.csv
    """
    from synth.cli.export import write_files
    from synth.errors import SettingError
    from synth.export.codebook import export_codebook_csv
    from synth.pipeline.codebooks import (
        adopt_themes,
        clear_codebook,
        codes_to_adopt,
        drop_codes,
        import_codebook,
        proposed_codes,
    )
    from synth.store import open_store

    store = open_store(db_path, create=False)
    found = store.study(study)
    if clear:
        click.echo(f"{counted(clear_codebook(store, found), 'code')} taken out.", err=True)
    if import_path is not None:
        click.echo(f"{counted(import_codebook(store, found, import_path), 'code')} taken from {import_path}.", err=True)
    for name in drops:
        click.echo(f"{counted(drop_codes(store, found, name), 'code')} taken out: {name}.", err=True)
    if adopt:
        new = adopt_themes(store, found, by_whom)
        click.echo(f"{counted(len(new), 'code')} made of themes.", err=True)
        if new:
            click.echo("Take one out again with --drop NAME, all codes with --clear.", err=True)
    codes, proposed = store.codebook(found), proposed_codes(store, found)
    adoptable = len(codes_to_adopt(store, found))
    if out is not None:
        if not codes:
            raise SettingError(
                f"'{study}' has no codebook to write. `synth codebook '{study}' --adopt` makes one of its themes."
            )
        write_files({"codebook.csv": export_codebook_csv(codes)}, Path(out))
        click.echo(f"{counted(len(codes), 'code')} written to {out}.", err=True)
    if as_json:
        shown = {
            "codes": [asdict(code) for code in codes],
            "proposed": [asdict(code) for code in proposed],
            "adopts": adoptable,
        }
        click.echo(json_text(shown))
        return
    if codes:
        click.echo(_table(codes))
    else:
        click.echo("This study has no codebook yet: `--adopt` makes one of its themes, `--import FILE` takes yours.")
    shared, alone = proposed[:adoptable], proposed[adoptable:]
    if shared:
        click.echo(
            f"\nProposed, of findings that no code fits. `--adopt` makes codes of these ({len(shared)}), which two "
            f"people or more share:\n\n{_table(shared)}"
        )
    if alone:
        click.echo(f"\nProposed, of one person each, and not taken by `--adopt` ({len(alone)}):\n")
        click.echo(_table(alone[:_MOST_ALONE]))
        if len(alone) > _MOST_ALONE:
            click.echo(f"… and {len(alone) - _MOST_ALONE} more; --json lists all.")


def _table(codes: Sequence[Code]) -> str:
    rows = [
        (code.kind.value if code.kind else "any", shorten(code.name, 44), shorten(code.definition, 60), code.made_by)
        for code in codes
    ]
    return table(("Kind", "Code", "Definition", "By"), rows)
