"""Settings from the environment and from a `.env` file in the current folder; the environment wins.

Every setting stands in `.env.example` with its default and meaning; a test holds the two together.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from synth.built_in import BUILT_IN
from synth.env import load_env_file
from synth.errors import SettingError


class Settings(BaseModel):
    """One field a setting, `SYNTH_` before its name in the environment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = BUILT_IN
    """Who reads: `offline`, or a name that litellm takes."""
    db: str = "synth.db"
    names: Literal["auto", "replace", "keep"] = "auto"
    """Whether names are replaced by pseudonyms before reading: `auto` for every model that is not built in."""
    concurrency: Annotated[int, Field(ge=1, le=512)] = 8
    """Calls under way at once, at the most."""
    timeout_seconds: Annotated[float, Field(gt=0)] = 120.0
    """How long one call may take."""
    requests_per_minute: Annotated[float, Field(gt=0)] | None = None
    tokens_per_minute: Annotated[float, Field(gt=0)] | None = None
    max_file_mb: Annotated[float, Field(gt=0)] = 50.0
    """A larger file is not read."""
    max_output_tokens: Annotated[int, Field(ge=1)] | None = None
    """How long a model's reply may be; None leaves it to the provider."""
    most_findings: Annotated[int, Field(ge=1)] | None = None
    """Of one kind in a reply to a chunk, for small models that do not end by themselves."""
    offline_embeddings: bool = True
    """Whether the built-in reader uses sentence vectors where the extra `embeddings` is installed."""


def load_settings() -> Settings:
    """The settings in force.

    Raises:
        SettingError: a value cannot be; the message names the variable.
    """
    load_env_file()
    return read_settings(os.environ)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from variables; an empty one counts as not set.

    Raises:
        SettingError: as `load_settings`.
    """
    given = {
        name: environment[variable]
        for name in Settings.model_fields
        if environment.get(variable := f"SYNTH_{name.upper()}", "").strip()
    }
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        variable = f"SYNTH_{str(first['loc'][0]).upper()}"
        raise SettingError(f"{variable}: {first['msg']}. See .env.example.") from error
