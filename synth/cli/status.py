"""`synth status`: what is there, done, failed, refused, left."""

from __future__ import annotations

import click

from synth.cli.options import db_option, json_option
from synth.cli.terminal import json_text, shorten, table

_ENDED = {
    "done": "all done",
    "partly": "done, but some items were not read or not coded",
    "stopped": "stopped at the budget",
    "failed": "ended with an error",
    "running": "under way, or broken off",
}


@click.command()
@click.argument("study", required=False)
@db_option
@json_option
def status(study: str | None, db_path: str, as_json: bool) -> None:
    """Say what a study holds, or list all studies.

    \b
    synth status
    synth status "Home energy"
    """
    from synth.pipeline.status import study_status
    from synth.store import open_store

    store = open_store(db_path, create=False)
    studies = [store.study(study)] if study else store.studies()
    found = [study_status(store, one) for one in studies]
    if as_json:
        shown = [one.as_json() for one in found]
        click.echo(json_text(shown[0] if study else {"studies": shown}))
        return
    if not found:
        click.echo(f"No studies in {db_path} yet. `synth run FOLDER --db {db_path}` makes one.")
        return
    heads = ("Study", "Interviews", "People", "Findings", "Refused", "Failed", "Personas", "Claims", "Decided", "Left")
    rows = [
        (
            shorten(one.study, 40), str(one.transcripts), str(one.participants), str(one.findings), str(one.refused),
            str(len(one.failures)), str(one.personas), str(one.claims), str(one.decided), str(one.claims - one.decided),
        )
        for one in found
    ]  # fmt: skip
    click.echo(table(heads, rows, right=range(1, len(heads))))
    for one in found if study else []:
        state, _, at = (one.last_run or "").partition(", ")
        last = f"{_ENDED.get(state, state)}, {at.replace('T', ' ').replace('Z', ' UTC')}" if state else "never"
        click.echo(f"\nRead by {one.model or 'nobody yet'}; last run: {last}.")
        for model, kind, count in one.refused_by:
            click.echo(f"Refused: {count} {kind} proposed by {model or 'somebody'}")
        for failure in one.failures:
            click.echo(f"Failed: {failure.name}: {failure.why}")
