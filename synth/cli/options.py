"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

_F = TypeVar("_F", bound=Callable[..., Any])
PATH = click.Path(readable=False)
"""That a file is not there or cannot be read is told by whoever reads it, in the same way: in one line, with exit 1."""


def db_option(function: _F) -> _F:
    """`--db`, the study database."""
    return click.option(
        "--db",
        "db_path",
        default=lambda: os.environ.get("SYNTH_DB") or "synth.db",
        metavar="FILE",
        help="The study database.  [default: $SYNTH_DB, else synth.db]",
    )(function)


def json_option(function: _F) -> _F:
    """`--json`, one object on stdout for machines."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for machines.")(function)


def model_option(function: _F) -> _F:
    """`--model`, who reads."""
    return click.option(
        "--model",
        "-m",
        default=None,
        metavar="NAME",
        help="Who reads: 'offline' or any name that litellm takes.  [default: $SYNTH_MODEL, else offline]",
    )(function)


def interviewer_option(function: _F) -> _F:
    """`--interviewer`, names that ask."""
    return click.option(
        "--interviewer",
        "interviewers",
        multiple=True,
        metavar="NAME",
        help="The label of somebody who asks, as the files have it. May be given more than once.",
    )(function)
