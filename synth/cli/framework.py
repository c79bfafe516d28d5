"""`synth framework`: the frameworks that ship, and whether one of your own holds together."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from synth.cli.options import json_option
from synth.cli.terminal import json_text, table

_LANGUAGE = click.option(
    "--language", type=click.Choice(["en", "nl"]), default="en", show_default=True, help="In which words."
)


@click.group()
def framework() -> None:
    """Phases, drivers, emotions and channels as data: list, look at, and check your own.

    \b
    synth framework list
    synth framework show employee --language nl
    synth framework check mine.yaml
    """


@framework.command("list")
@_LANGUAGE
@json_option
def list_frameworks(language: str, as_json: bool) -> None:
    """List the frameworks that ship; `synth run --framework KEY` uses one."""
    from synth.frameworks import load_framework, shipped_frameworks

    shipped = [load_framework(key) for key in shipped_frameworks()]
    if as_json:
        found = [{"key": one.key, "en": one.en, "nl": one.nl, "phases": list(one.phase_keys)} for one in shipped]
        click.echo(json_text({"frameworks": found}))
        return
    rows = [(one.key, one.name(language), ", ".join(phase.name(language) for phase in one.phases)) for one in shipped]
    click.echo(table(("Key", "Name", "Phases"), rows))


@framework.command("show")
@click.argument("name")
@_LANGUAGE
@json_option
def show_framework(name: str, language: str, as_json: bool) -> None:
    """Show a framework that ships, by its key, or one of your own, by its file."""
    from synth.frameworks import load_framework

    shown = load_framework(name)
    if as_json:
        click.echo(json_text(shown.model_dump(mode="json")))
        return
    phases = [
        (phase.key, phase.name(language), phase.title(language), phase.meaning(language)) for phase in shown.phases
    ]
    parts = [
        f"{shown.name(language)} ({shown.key})",
        table(("Phase", "Name", "As the person says it", "What belongs here"), phases),
        table(("Driver", "Name", "As a need"), [(d.key, d.name(language), d.need(language)) for d in shown.drivers]),
        table(
            ("Emotion", "Weak", "Plain", "Strong", "Valence"),
            [(e.key, *(e.word(language, n) for n in (1, 2, 3)), f"{e.valence:+d}") for e in shown.emotions],
            right=(4,),
        ),
        table(("Channel", "Name", "Doing"), [(c.key, c.name(language), c.doing(language)) for c in shown.channels]),
        table(("Signal", "Name", "Loyalty"), [(s.key, s.name(language), s.loyalty) for s in shown.signals]),
    ]
    click.echo("\n\n".join(parts))


@framework.command("check")
@click.argument("file", type=click.Path(dir_okay=False))
def check_framework_file(file: str) -> None:
    """Say everything that is wrong with a framework FILE, with its lines; exit status 1 where something is."""
    from synth.errors import FrameworkError
    from synth.frameworks.checking import check_framework

    try:
        text = Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FrameworkError(f"{file}: this file cannot be read as UTF-8 text; check its name.") from error
    checked = check_framework(text)
    for fault in checked.faults:
        click.echo(f"{file}: {fault}")
    for advice in checked.advice:
        click.echo(f"{file}: advice: {advice}")
    if checked.framework is None:
        sys.exit(1)
    own = checked.framework
    click.echo(
        f"{file}: holds together. {len(own.phases)} phases, {len(own.drivers)} drivers, {len(own.emotions)} emotions, "
        f"{len(own.channels)} channels. `synth run FOLDER --framework {file}` uses it."
    )


@framework.command("schema")
def schema() -> None:
    """Print the JSON schema of a framework file, for editors that check YAML by it."""
    from synth.frameworks.checking import framework_schema

    click.echo(json_text(framework_schema()))
