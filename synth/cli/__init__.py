"""The command `synth`: results on stdout, progress and messages on stderr.

Exit status: 0 all done; 1 an error, in one line; 2 usage; 3 finished, but some items failed; 4 stopped at the budget;
130 stopped with Ctrl-C.
Command modules import what is heavy inside their functions, so that `synth --help` answers at once.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from io import TextIOWrapper

import click

from synth import __version__
from synth.env import load_env_file
from synth.errors import OptionError, SynthError

EXIT_ERROR, EXIT_USAGE, EXIT_PARTLY, EXIT_BUDGET, EXIT_STOPPED = 1, 2, 3, 4, 130

# A line each, so that `synth --help` shows whole sentences and loads no module; the order is that of the help.
_COMMANDS = {
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
_MODULES = {"eval": "evaluate", "redact": "privacy", "withdraw": "privacy"}
"""Of the commands whose module is called otherwise."""
_FUNCTIONS = {"eval": "evaluate"}


class _LateGroup(click.Group):
    """Loads the module of a command when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"synth.cli.{_MODULES.get(cmd_name, cmd_name)}")
        command: click.Command = getattr(module, _FUNCTIONS.get(cmd_name, cmd_name))
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:  # what click says of it does not say that nothing is lost
            click.echo("Stopped. What was done is stored; the same command goes on from here.", err=True)
            ctx.exit(EXIT_STOPPED)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


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
    _print_anything()
    try:
        load_env_file()
        cli(prog_name="synth")
    except SynthError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(EXIT_USAGE if isinstance(error, OptionError) else EXIT_ERROR)
    except OSError as error:
        if not isinstance(error, BrokenPipeError):  # else the reader of our output went away: there is nobody to tell
            where = error.filename or "What is printed"
            click.echo(f"Error: {where}: this cannot be written or read ({error.strerror}).", err=True)
        # What is still to be printed would fail once more as Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_ERROR)
    finally:
        _end_quietly()


def _print_anything() -> None:
    """Have every name and table printed in every locale; as UTF-8 into files and pipes, where programs read them."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # nothing where it is closed
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")


def _end_quietly() -> None:
    """Let Ctrl-C, pressed once more while Python ends, end it at once and without a word of its insides."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    import logging

    logging.disable()  # asyncio tells of a task that was broken off twice
