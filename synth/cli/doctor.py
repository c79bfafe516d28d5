"""`synth doctor`: what is configured, reachable, missing."""

from __future__ import annotations

import sys

import click

from synth.cli.options import db_option, model_option


@click.command()
@model_option
@db_option
def doctor(model: str | None, db_path: str) -> None:
    """Check what a run needs: Python, the database, the built-in reader, the model and its key, and what is optional.

    \b
    synth doctor
    synth doctor --model openai/NAME
    """
    from synth.pipeline.checks import check_all

    checks = check_all(model, db_path)
    width = max(len(check.what) for check in checks)
    for check in checks:
        mark = {"ok": "ok     ", "note": "note   ", "missing": "missing"}[check.state]
        click.echo(f"{mark}  {check.what.ljust(width)}  {check.found}")
    if any(check.state == "missing" for check in checks):
        sys.exit(1)
