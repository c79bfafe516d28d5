"""`synth measure`: what people were measured doing, beside what they said."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from synth.cli.options import db_option, json_option
from synth.cli.terminal import json_text, table

if TYPE_CHECKING:
    from synth.pipeline.measuring import MeasuredReport


@click.command()
@click.argument("study")
@click.argument("events", required=False, type=click.Path(dir_okay=False))
@click.option("--points", multiple=True, metavar="EVENT=NUMBER",
              help="What an event is worth in this study, for example form=5. Can be repeated.")  # fmt: skip
@click.option("--wave", default=None, metavar="NAME", help="For events that do not name their wave.")
@click.option("--clear", is_flag=True, help="Forget all measured events of the study first.")
@click.option("--out", default=None, metavar="DIR", help="Write the report anew into this folder, with the scores.")
@db_option
@json_option
def measure(
    study: str, events: str | None, points: tuple[str, ...], wave: str | None, clear: bool, out: str | None,
    db_path: str, as_json: bool,
) -> None:  # fmt: skip
    """Import measured events, and show the content score beside what people said.

    EVENTS is a CSV with the columns phase, channel, event and count; touchpoint and wave where there are. Events:
    click, form, download, view, bounce, unopened, negative. Importing a file again replaces its counts. Without EVENTS,
    shows what is there.

    \b
    synth measure "Home energy" web-2026.csv --out synth-report
    synth measure "Home energy" --points click=2
    """
    from synth.measured import read_points
    from synth.pipeline.loading import load_results
    from synth.pipeline.measuring import MeasuredReport, import_measured, measured_report, score_study
    from synth.pipeline.reports import write_report
    from synth.store import open_store

    with closing(open_store(db_path, create=False)) as store:
        found = store.study(study)
        if clear:
            store.forget_measured(found)
        rows = import_measured(store, found, events, read_points(points) if points else None, wave=wave)
        if store.last_draft(found) is None:
            report = MeasuredReport(rows, score_study(store, found), ())
            if out is not None:
                click.echo("No report: this study has no draft yet; `synth run` makes one.", err=True)
        else:
            results = load_results(store, found)
            report = measured_report(results, rows)
            if out is not None:
                click.echo(f"Report: {write_report(store, found, results, out)}", err=True)
    click.echo(json_text(_as_json(report)) if as_json else _page(report))


def _page(report: MeasuredReport) -> str:
    if not report.scores:
        return "No event was measured in this study yet. Give a CSV: synth measure STUDY EVENTS.csv"
    heads = ("Phase", "Channel", "Events", "Points", "Good", "")
    rows = [
        (one.phase if one.channel is None else "", one.channel or "all",
         ", ".join(f"{count:,} {event}" for event, count in one.counts.items()), f"{one.points:+,.0f}",
         "" if one.share is None else f"{one.share:.0%}", one.verdict)
        for one in report.scores
    ]  # fmt: skip
    parts = [table(heads, rows)]
    parts += [
        f"Disagrees in {one.phase}: measured {one.score.verdict} ({one.score.share:.0%} of the points), but "
        f"'{name}' felt {one.mean:+.1f} ({one.people} people)."
        for name, one in report.disagreements
        if one.score.share is not None
    ]
    if not report.disagreements:
        parts.append("Nowhere do the measured events and the feelings of three people or more go different ways.")
    return "\n\n".join(parts)


def _as_json(report: MeasuredReport) -> dict[str, object]:
    return {
        "imported": report.rows,
        "scores": [asdict(one) | {"verdict": one.verdict} for one in report.scores],
        "disagreements": [
            {"persona": name, "phase": one.phase, "measured": one.score.verdict, "share": one.score.share,
             "mean": one.mean, "people": one.people}
            for name, one in report.disagreements
        ],
    }  # fmt: skip
