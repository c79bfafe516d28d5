"""`synth eval`: findings against annotated interviews."""

from __future__ import annotations

import sys

import click

from synth.cli import EXIT_PARTLY
from synth.cli.options import PATH, json_option, model_option
from synth.cli.terminal import TerminalProgress, json_text


@click.command("eval")
@click.argument("folder", type=PATH)
@model_option
@click.option("--markdown", is_flag=True, help="Print a table that can be pasted into a paper.")
@json_option
def evaluate(folder: str, model: str | None, markdown: bool, as_json: bool) -> None:
    """Measure a reader against gold annotations: findings by kind and language, labels, order, segments, claims.

    FOLDER holds one JSON of gold annotations beside each interview; folders in it are studies of their own. The format
    is described in docs/evaluation.md.

    \b
    synth eval fixtures/gold
    synth eval fixtures/gold --markdown
    synth eval my-annotated-study --model openai/NAME --json
    """
    from synth.pipeline.evaluating import evaluate_folder
    from synth.scores import as_json as scores_as_json
    from synth.scores import as_markdown, as_text
    from synth.settings import load_settings

    scores, failures = evaluate_folder(folder, model, TerminalProgress())
    if as_json:
        click.echo(json_text(scores_as_json(scores)))
    else:
        click.echo(as_markdown(scores, model or load_settings().model) if markdown else as_text(scores))
    for failure in failures:
        click.echo(f"Failed: {failure.name}: {failure.why}", err=True)
    if failures:
        sys.exit(EXIT_PARTLY)
