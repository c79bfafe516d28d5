"""What stands between a user and a model that answers: its name, its key, its server. For `synth doctor`.

Nothing is asked that costs money: a server is asked for its list of models, which is free everywhere. No key is shown.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Literal

from synth.errors import SettingError
from synth.llm import ModelAnalyst, load_litellm
from synth.providers import (
    default_address,
    key_variable,
    known_price,
    missing_keys,
    own_address,
    provider_of,
    shown_address,
)

_SECONDS = 5.0
_OWN_SERVERS = frozenset({"ollama", "ollama_chat"})
_ALIKE = frozenset({"openai", "hosted_vllm", "mistral", "groq", "deepseek", "together_ai", "fireworks_ai", "lm_studio"})
"""Providers that list their models as OpenAI does."""


@dataclass(frozen=True, slots=True)
class ModelCheck:
    """One thing that was looked at."""

    what: str
    state: Literal["ok", "note", "missing"]
    found: str
    """What was found, and what to do where it is not right."""


def model_checks(model: str) -> list[ModelCheck]:
    """Look at everything that a model of this name needs; imports litellm, and asks a server for its list of models."""
    try:
        ModelAnalyst(model)
    except SettingError as error:
        return [ModelCheck("model", "missing", str(error))]
    litellm = load_litellm()
    provider = provider_of(litellm, model)
    if provider is None:
        advice = "Write provider/name, such as openai/NAME or ollama_chat/NAME: see docs/models.md."
        return [ModelCheck("model", "missing", f"litellm knows no model or provider called {model}. {advice}")]
    checks = [ModelCheck("model", "ok", f"{model}: provider {provider}"), _price(litellm, model)]
    address = own_address(model, os.environ)
    missing = missing_keys(litellm, model, address)
    if missing:
        checks.append(ModelCheck("key", "missing", f"{' or '.join(missing)} is not set. Put it into .env."))
    else:
        checks.append(ModelCheck("key", "ok", _key(model, provider, address)))
    if not missing:
        checks.append(_server(litellm, model, provider, address))
    return checks


def _price(litellm: Any, model: str) -> ModelCheck:
    costs = known_price(litellm, model, 1_000_000, 1_000_000)
    if costs is None:
        return ModelCheck(
            "price", "note", "unknown to litellm: costs are shown as unknown, and --budget cannot hold them"
        )
    return ModelCheck("price", "ok", f"${costs[0]:.2f} for a million tokens in, ${costs[1]:.2f} out, by litellm's list")


def _key(model: str, provider: str, address: str | None) -> str:
    variable = key_variable(model)
    if os.environ.get(variable, "").strip():
        return f"{variable} is set"
    if provider in _OWN_SERVERS or (address and provider == "openai"):
        return "none is set, and a server of your own mostly needs none"
    return "found by the provider's own rules, or none is needed"


def _server(litellm: Any, model: str, provider: str, address: str | None) -> ModelCheck:
    base = address or (default_address(litellm, model) if provider in _ALIKE | _OWN_SERVERS else None)
    if base is None:
        return ModelCheck(
            "server", "note", "not tried: this provider has no free question. `synth run --sample 1` tries it"
        )
    shown = shown_address(base)
    import httpx

    path = "/api/tags" if provider in _OWN_SERVERS else "/models"
    key = os.environ.get(key_variable(model), "").strip()
    try:
        response = httpx.get(base + path, timeout=_SECONDS, headers={"authorization": f"Bearer {key}"} if key else {})
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError):
        return ModelCheck("server", "missing", f"nothing answers at {shown}. Is it running, and is the address right?")
    if response.status_code in (401, 403):
        return ModelCheck("server", "missing", f"{shown} answers, and refuses the key. Check {key_variable(model)}.")
    if response.status_code != 200:
        said = (
            f"{shown} answers, but has no list of models (status {response.status_code}); addresses mostly end in /v1"
        )
        return ModelCheck("server", "note", said)
    return _listed(response, model, shown)


def _listed(response: Any, model: str, shown: str) -> ModelCheck:
    try:
        body = response.json()
        names = [str(entry.get("id") or entry.get("name")) for entry in body.get("data") or body.get("models") or []]
    except (ValueError, AttributeError):
        return ModelCheck("server", "note", f"{shown} answers, but not with a list of models")
    name = model.partition("/")[2] or model
    if name in names or f"{name}:latest" in names:
        return ModelCheck("server", "ok", f"{shown} answers and has {name}")
    some = ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
    found = f"{shown} answers; {name} is not in its list of models" + (f" ({some})" if some else "")
    return ModelCheck("server", "note", found)
