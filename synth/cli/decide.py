"""`synth decide`: accept, edit or reject a claim from the command line."""

from __future__ import annotations

import click

from synth.cli.options import db_option
from synth.env import machine_user


@click.command()
@click.argument("study")
@click.argument("claim")
@click.argument("action", type=click.Choice(["accept", "edit", "reject", "undo"]))
@click.option("--text", default=None, help="The sentence as it should read, with 'edit'.")
@click.option("--why", default="", help="The reason; asked for with 'reject'.")
@click.option("--by", "by_whom", default=machine_user, help="Who decides.  [default: the user of this machine]")
@db_option
def decide(study: str, claim: str, action: str, text: str | None, why: str, by_whom: str, db_path: str) -> None:
    """Decide on one claim. Nothing is overwritten: decisions are kept in order, and 'undo' takes back the last one.

    CLAIM is the id that stands at the claim in the JSON and CSV exports.

    \b
    synth decide "Home energy" 3fa9c1… accept
    synth decide "Home energy" 3fa9c1… edit --text "Wants one fixed amount a month."
    """
    from synth.pipeline.deciding import decide_claim
    from synth.pipeline.versions import claim_version
    from synth.store import open_store

    if action == "edit" and not text:
        raise click.UsageError("'edit' needs --text with the new sentence.")
    if action == "reject" and not why:
        raise click.UsageError("'reject' needs --why: the next reader wants to know.")
    store = open_store(db_path, create=False)
    found = store.study(study)
    decision = decide_claim(store, found, claim, action, by_whom=by_whom, text=text, why=why)
    now = claim_version(store, found, decision.subject_id) if action == "undo" else None
    if now is not None:
        click.echo(f"undo: “{now.text}” is {now.state.value} again")
        return
    click.echo(f"{action}: “{decision.before}”" + (f" → “{decision.after}”" if decision.after else ""))
