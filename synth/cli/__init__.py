"""The command `synth`: results on stdout, progress and messages on stderr.

Exit status: 0 all done; 1 an error, in one line; 2 usage; 3 finished, but some items failed; 4 stopped at the budget;
130 stopped with Ctrl-C.
Command modules import what is heavy inside their functions, so that `synth --help` answers at once.
"""

from __future__ import annotations

import importlib
import os
import sys

import click

from synth import __version__
from synth.env import load_env_file
from synth.errors import SynthError

EXIT_ERROR, EXIT_PARTLY, EXIT_BUDGET, EXIT_STOPPED = 1, 3, 4, 130

# Command to module; the order is that of the help.
_COMMANDS = {
    "run": "synth.cli.run",
    "parse": "synth.cli.parse",
    "status": "synth.cli.status",
    "export": "synth.cli.export",
    "serve": "synth.cli.serve",
    "user": "synth.cli.user",
    "decide": "synth.cli.decide",
    "assign": "synth.cli.assign",
    "calls": "synth.cli.calls",
    "compare": "synth.cli.compare",
    "measure": "synth.cli.measure",
    "eval": "synth.cli.evaluate",
    "redact": "synth.cli.privacy",
    "withdraw": "synth.cli.privacy",
    "framework": "synth.cli.framework",
    "codebook": "synth.cli.codebook",
    "doctor": "synth.cli.doctor",
}
_FUNCTIONS = {"eval": "evaluate"}
# A line each, so that `synth --help` shows whole sentences and loads no module.
_SHORT = {
    "run": "Read interviews, draft personas and maps, write a report.",
    "parse": "Show how one file is read.",
    "status": "Say what a study holds, or list all studies.",
    "export": "Take results away as json, html, md or csv.",
    "serve": "Open studies in the browser, with an HTTP API.",
    "user": "Accounts, for a service that others reach.",
    "decide": "Accept, edit, reject or undo one claim.",
    "assign": "Say who fits which persona, and why.",
    "calls": "List every call to a model, with its cost.",
    "compare": "Compare two readings of a study, or two waves.",
    "measure": "Lay measured events beside what people said.",
    "eval": "Measure a reader against annotated interviews.",
    "redact": "Show what is replaced before a model reads.",
    "withdraw": "Remove a participant and every trace.",
    "framework": "List, show and check frameworks.",
    "codebook": "Show, make or exchange a study's codes.",
    "doctor": "Check what a run needs, and what is missing.",
}


class _LateGroup(click.Group):
    """Loads the module of a command when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        module = _COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = getattr(importlib.import_module(module), _FUNCTIONS.get(cmd_name, cmd_name))
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:  # what click says of it does not say that nothing is lost
            click.echo("Stopped. What was done is stored; the same command goes on from here.", err=True)
            ctx.exit(EXIT_STOPPED)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, _SHORT[name]) for name in self.list_commands(ctx)])


@click.group(cls=_LateGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="synth")
def cli() -> None:
    """From interviews to draft personas and journey maps in which every sentence opens its evidence.

    \b
    synth run interviews/                 read a folder, draft, write a report
    synth parse interviews/P01.docx       see how one file is read
    synth export "My study" -f json       take the results away
    """


def main() -> None:
    """Run the command line; the one place where an error becomes a line and an exit status."""
    load_env_file()
    try:
        cli(prog_name="synth")
    except SynthError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(EXIT_ERROR)
    except BrokenPipeError:
        # The reader of our output went away; there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_ERROR)
