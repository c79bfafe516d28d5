"""`synth eval`: findings against annotated interviews."""

from __future__ import annotations

import json

import click

from synth.cli.options import json_option, model_option
from synth.cli.terminal import TerminalProgress


@click.command("eval")
@click.argument("folder", type=click.Path(exists=True, file_okay=False))
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
    from synth.pipeline import evaluate_folder
    from synth.scores import as_json as scores_as_json
    from synth.scores import as_markdown, as_text
    from synth.settings import load_settings

    scores = evaluate_folder(folder, model, TerminalProgress())
    if as_json:
        click.echo(json.dumps(scores_as_json(scores), ensure_ascii=False, indent=1))
    else:
        click.echo(as_markdown(scores, model or load_settings().model) if markdown else as_text(scores))
