"""The keys of model providers that an admin enters: where each is, and keeping one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from api.errors import ApiError
from api.sessions import KeyRing

PROVIDERS = (
    ("OPENAI_API_KEY", "OpenAI"), ("ANTHROPIC_API_KEY", "Anthropic"), ("MISTRAL_API_KEY", "Mistral"),
    ("GEMINI_API_KEY", "Google Gemini"), ("AZURE_API_KEY", "Azure"), ("COHERE_API_KEY", "Cohere"),
    ("GROQ_API_KEY", "Groq"), ("TOGETHERAI_API_KEY", "Together AI"),
)  # fmt: skip
"""Environment variable and provider. Others are set in the environment before the service starts."""


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A provider of models, and whether there is a key."""

    variable: str
    name: str
    where: str
    """`environment`, `here` or nothing."""


def provider_rows(kept: Mapping[str, str]) -> tuple[ProviderRow, ...]:
    """The providers, each with where its key is; never the key."""

    def where(variable: str) -> str:
        if variable in kept:
            return "here"
        return "environment" if os.environ.get(variable) else ""

    return tuple(ProviderRow(variable, name, where(variable)) for variable, name in PROVIDERS)


def keep_model_key(keys: KeyRing, variable: str, key: str) -> None:
    """Keep or remove a key, in the file and for runs of this process; one that the environment came with stays there.

    Raises:
        ApiError: no provider has this variable, or the key holds signs that no key has.
    """
    given = key.strip()
    if variable not in dict(PROVIDERS) or not given.isascii() or not given.isprintable():
        raise ApiError("invalid-request", "Give the variable of a provider of the list, and its key as it was issued.")
    before = keys.keys.models.get(variable)
    keys.change_model_key(variable, given)
    if os.environ.get(variable) not in (None, before):
        return
    if given:
        os.environ[variable] = given
    else:
        os.environ.pop(variable, None)
