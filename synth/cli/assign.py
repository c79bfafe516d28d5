"""`synth assign`: who fits personas that were there before."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict

import click

from synth.cli.options import PATH, db_option, json_option
from synth.cli.terminal import json_text, shorten, table


@click.command()
@click.argument("study")
@click.option(
    "--personas",
    "path",
    default=None,
    type=PATH,
    metavar="FILE",
    help="Personas written by hand (YAML or JSON), or an export of a study.  [default: the study's own]",
)
@db_option
@json_option
def assign(study: str, path: str | None, db_path: str, as_json: bool) -> None:
    """Say which persona each participant fits, with the reason, and who fits none. Nothing is changed.

    To draft with personas as they are, give the same file to a run: synth run PATH --personas-file FILE, or keep those
    of the study with synth run PATH --keep-personas.

    \b
    synth assign "Home energy" --personas personas.yaml
    synth assign "Home energy" --personas last-year.json --json
    """
    from synth.pipeline.assigning import assign_study
    from synth.store import open_store

    with closing(open_store(db_path, create=False)) as store:
        given, fits = assign_study(store, store.study(study), path)
    if as_json:
        personas = [{"id": one.id, "name": one.name} for one in given]
        click.echo(json_text({"personas": personas, "fits": [asdict(one) for one in fits]}))
        return
    names = {one.id: one.name for one in given}
    rows = [
        (
            fit.participant_id,
            shorten(names[fit.persona_id], 40) if fit.persona_id else "–",
            f"{fit.likeness:.2f}",
            f"{fit.needed:.2f}",
            f"{round(100 * fit.stability)} %",
        )
        for fit in fits
    ]
    click.echo(table(("Who", "Persona", "Likeness", "Needed", "Stable"), rows, right=(2, 3, 4)))
    click.echo("")
    for fit in fits:
        click.echo(f"{fit.participant_id}: {fit.why}")
    none = sum(fit.persona_id is None for fit in fits)
    click.echo(f"\n{len(fits) - none} of {len(fits)} fit a persona, {none} fit none.")
