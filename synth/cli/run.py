"""`synth run`: the main job, from files to drafts and a report."""

from __future__ import annotations

import os
import sys
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING, Any

import click

from synth.beside import start_asker
from synth.built_in import BUILT_IN, is_built_in
from synth.cli import EXIT_PARTLY
from synth.cli.options import PATH, db_option, interviewer_option, json_option, model_option
from synth.cli.terminal import TerminalProgress, counted, json_text, shorten, table
from synth.collecting import importing

if TYPE_CHECKING:
    from synth.pipeline.estimate import Estimate, Part
    from synth.pipeline.run_report import RunReport

_MOST_NOTES = 12


@click.command()
@click.argument("paths", nargs=-1, required=True, type=PATH, metavar="PATH...")
@click.option("--study", default=None, metavar="NAME", help="The study's name.  [default: the first folder's name]")
@click.option("--subject", default=None, help="What the study is about, in a sentence.")
@db_option
@model_option
@click.option("--framework", default=None, metavar="F", help="A framework that ships, or the path of a YAML file.")
@click.option(
    "--language", type=click.Choice(["auto", "en", "nl"]), default="auto", help="In which drafts are written."
)
@click.option("--personas", default="auto", metavar="auto/1..5", help="How many personas at the most.")
@click.option("--keep-personas", is_flag=True, help="Keep the personas of the last draft; put new people to them.")
@click.option(
    "--personas-file",
    default=None,
    type=PATH,
    metavar="FILE",
    help="Put people to these personas (YAML, or JSON of another study) in place of new ones: see `synth assign`.",
)
@click.option(
    "--critic",
    default="same",
    metavar="MODEL",
    help="Who tries to refute the draft: a model, 'off', or 'same' as who drafts.  [default: same]",
)
@click.option("--wave", default=None, help="In which wave these interviews were taken, such as 2026-Q1.")
@interviewer_option
@click.option(
    "--names",
    type=click.Choice(["auto", "replace", "keep"]),
    default=None,
    help="Pseudonyms in place of names before anything is read: 'auto' (for every model but the built-in reader), "
    "'replace' (always) or 'keep' (never: a model is sent the names).  [$SYNTH_NAMES]",
)
@click.option("--concurrency", type=click.IntRange(1, 512), default=None, help="Calls under way at once, at the most.")
@click.option("--budget", type=click.FloatRange(min=0), default=None, metavar="USD", help="Stop before this is passed.")
@click.option(
    "--passes",
    type=click.IntRange(1, 5),
    default=1,
    help="How often each passage is read; a further pass is asked for what was missed.  [default: 1]",
)
@click.option(
    "--batch", is_flag=True, help="Hand reading to the provider as a batch, at half the price; run again to collect."
)
@click.option("--sample", type=click.IntRange(min=1), default=None, metavar="N", help="Only the first N files.")
@click.option("--dry-run", is_flag=True, help="Say what would be read, sent and paid, and stop.")
@click.option(
    "--engine", type=click.Choice(["local", "dask"]), default="local", help="Where reading is done: docs/scale.md."
)
@click.option(
    "--scheduler", default=None, metavar="ADDRESS", help="Of a Dask cluster, as tcp://host:8786; none starts one here."
)
@click.option(
    "--codebook",
    default=None,
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Read with the codes of this .csv or .qdc file, which become the study's: docs/codebook.md.",
)
@click.option("--out", "out_dir", default="synth-report", type=PATH, metavar="DIR", help="Where the report goes.")
@json_option
def run(
    paths: tuple[str, ...],
    db_path: str,
    model: str | None,
    dry_run: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Read interviews, find motivations, emotions and touchpoints, and draw up draft personas and journey maps.

    PATH is a file, a folder (with folders in it) or a .zip. Running again does only what is new.

    \b
    synth run interviews/
    synth run interviews/ --study "Home energy" --wave 2026-Q1
    synth run interviews/ --model openai/NAME --dry-run
    """
    budget = options.pop("budget")
    asker = None
    if not dry_run:  # before anything else is imported: it takes longest
        reader = model or os.environ.get("SYNTH_MODEL") or BUILT_IN
        asker = start_asker(reader, engine=options["engine"], budget_usd=budget, batch=options["batch"])
    with closing(asker) if asker is not None else nullcontext():
        with importing():
            from synth.pipeline.run import RunSettings, run_study

        settings = RunSettings.make(paths, db=db_path, model=model, budget_usd=budget, **options)
        progress = TerminalProgress()
        if dry_run:
            from synth.pipeline.estimate import estimate_run

            estimate = estimate_run(settings, progress)
            click.echo(json_text(estimate.as_json()) if as_json else _estimate(estimate))
            sys.exit(EXIT_PARTLY if estimate.failures else 0)
        report = run_study(settings, progress, asker=asker)
    if as_json:
        click.echo(json_text(report.as_json()))
    else:
        click.echo(_summary(report))
    sys.exit(report.exit_status)


def _by_reason(report: RunReport) -> dict[str, list[str]]:
    """Who is in no persona, by why: the draft says it in the language of the study."""
    from synth.phrases import retold

    people: dict[str, list[str]] = {}
    for one in report.unassigned:
        people.setdefault(retold(one.why, "en"), []).append(one.participant_id)
    return people


def _summary(report: RunReport) -> str:
    parts: list[str] = [""]
    if report.personas:
        rows = [
            (
                shorten(persona.name, 44),
                f"{len(persona.participant_ids)} of {report.participants}",
                str(len(persona.claims)),
                "–" if persona.stability is None else f"{round(100 * persona.stability)} %",
                ", ".join(persona.participant_ids),
            )
            for persona in report.personas
        ]
        parts.append(table(("Persona", "People", "Claims", "Stable", "Who"), rows, right=(1, 2, 3)))
    elif not report.stopped:
        parts.append("No persona could be drafted; the report says why.")
    parts += [f"In no persona: {', '.join(people)}. {why}" for why, people in _by_reason(report).items()]
    if any(persona.stability is not None and persona.stability < 0.5 for persona in report.personas):
        parts += [
            "",
            "Under 50 % stable: drawn anew, these people land together less than half the time. Take the grouping",
            "for a guess. Sentence vectors (docs/offline-reader.md) or a model tell people better apart.",
        ]
    findings = report.finding_counts
    total = sum(findings.values())
    parts += [
        "",
        f"{_interviews(report)}, {counted(report.participants, 'person', 'people')}, "
        f"{counted(total, 'finding')} ({', '.join(counted(count, kind) for kind, count in findings.items())}); "
        f"{counted(report.refused, 'proposed finding')} refused.",
        f"Findings cite {round(100 * report.coverage)} % of what people said. "
        f"{counted(report.contested, 'sentence')} of the draft contested.",
    ]
    if is_built_in(report.model):
        parts.append(
            "Read by the built-in reader: a first reading, without a key. A model finds more (docs/models.md)."
        )
    else:
        cost = "at an unknown price" if report.cost_usd is None else f"for ${report.cost_usd:.4f}"
        cached = (
            f" {report.cached_tokens:,} of the tokens in came from the provider's cache."
            if report.cached_tokens
            else ""
        )
        made, reused = counted(report.calls_made, "call"), counted(report.calls_reused, "answer")
        parts.append(f"{made} made {cost}, {reused} reused.{cached}")
    if report.passes:
        read_again = report.passes["by_all"] + report.passes["by_some"]
        parts.append(f"Read more than once: {report.passes['by_all']} of {read_again} findings stand in every pass.")
    if report.failures:
        parts += ["", f"Not read or not coded ({len(report.failures)}):"]
        parts += [f"  {failure.name}: {failure.why}" for failure in report.failures]
    if report.notes:
        shown = report.notes[:_MOST_NOTES]
        more = len(report.notes) - len(shown)
        parts += ["", f"To check ({len(report.notes)}):", *(f"  {note}" for note in shown)]
        parts += [f"  … and {more} more; --json lists all."] if more else []
    if report.stopped:
        parts += ["", report.stopped]
    if report.report:
        parts += ["", f"Report: {report.report}"]
    return "\n".join(parts)


def _interviews(report: RunReport) -> str:
    """How many interviews there are, and how many of them were given now where that is not all."""
    if report.interviews <= report.read:
        return counted(report.read, "interview")
    return f"{counted(report.interviews, 'interview')} ({report.read} of them given now)"


def _estimate(estimate: Estimate) -> str:
    unpriced = " litellm has no price for this model." if estimate.cost_usd is None else ""
    left = f", of which {estimate.chunks_done} are done" if estimate.chunks_done else ""
    return "\n".join(
        [
            f"{counted(estimate.transcripts, 'interview')} in {counted(estimate.chunks, 'chunk')}{left}, "
            f"read by {estimate.model}",
            *(
                ["Cost         nothing: the built-in reader reads on this machine, and sends nothing."]
                if is_built_in(estimate.model)
                else [
                    "",
                    _parts_table(estimate),
                    "",
                    f"These are estimates, for {counted(estimate.lanes, 'call')} at once.{unpriced}",
                ]
            ),
            *([estimate.changed] if estimate.changed else []),
            *(f"Not read: {failure.name}: {failure.why}" for failure in estimate.failures),
            "Nothing was sent.",
        ]
    )


def _parts_table(estimate: Estimate) -> str:
    parts = {"Reading": estimate.reading, "Drafting": estimate.drafting, "Critic": estimate.critic}
    calls = [part.calls for part in parts.values()]
    shown: dict[str, Part | Estimate] = {**parts, "All": estimate}
    rows = [
        (
            name,
            f"{count:,}",
            f"{part.input_tokens:,}",
            f"{part.output_tokens:,}",
            "unknown" if part.cost_usd is None else f"${part.cost_usd:.4f}",
            f"{part.minutes:.1f} min",
        )
        for (name, part), count in zip(shown.items(), [*calls, sum(calls)], strict=True)
    ]
    return table(("", "Calls", "Tokens in", "Tokens out", "Cost", "Time"), rows, right=range(1, 6))
