"""`synth eval`: findings against annotated interviews."""

from __future__ import annotations

import json

import click

from synth.cli.options import json_option, model_option
from synth.cli.terminal import TerminalProgress


@click.command("eval")
@click.argument("folder", type=click.Path(exists=True, file_okay=False))
@model_option
@json_option
def evaluate(folder: str, model: str | None, as_json: bool) -> None:
    """Measure a reader against gold annotations: F1 by kind and language, labels, segments, order.

    FOLDER holds one JSON of gold annotations beside each interview; folders in it are studies of their own. The format
    is described in docs/evaluation.md.

    \b
    synth eval fixtures/gold
    synth eval my-annotated-study --model openai/NAME --json
    """
    from synth.evaluate import as_json as scores_as_json
    from synth.evaluate import as_text
    from synth.pipeline import evaluate_folder

    scores = evaluate_folder(folder, model, TerminalProgress())
    click.echo(json.dumps(scores_as_json(scores), ensure_ascii=False, indent=1) if as_json else as_text(scores))
