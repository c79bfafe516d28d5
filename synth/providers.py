"""A model's name: which provider it leads to, at which address, with which key, and what that provider takes.

What only litellm knows is asked of it; it is handed in, and imported in `synth.llm` alone. No key's value is read here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

_FIRST_PAUSE_SECONDS = 0.5
NO_PROVIDER = (
    "litellm knows no model or provider of this name. Write provider/name, such as openai/NAME for any "
    "OpenAI-compatible server with OPENAI_BASE_URL, or anthropic/NAME, mistral/NAME, ollama_chat/NAME: see "
    "docs/models.md."
)


_OPENAI_NAMES = ("gpt", "chatgpt", "o1", "o3", "o4", "ft:gpt")
_OTHER_KEYS = {
    "BEDROCK": "the AWS credentials",
    "VERTEX_AI": "the Google credentials",
    "PROVIDER": "the provider's key",
}


def own_address(model: str, environment: Mapping[str, str]) -> str | None:
    """The server that the environment names for models of this provider; None where the provider's own is asked."""
    for variable in address_variables(model):
        address = environment.get(variable, "").strip().rstrip("/")
        if address:
            return address
    return None


def address_variables(model: str) -> tuple[str, str]:
    """The variables that may name a server for models of this provider."""
    provider = {"OLLAMA_CHAT": "OLLAMA"}.get(prefix_of(model), prefix_of(model))
    return f"{provider}_BASE_URL", f"{provider}_API_BASE"


def is_address(text: str) -> bool:
    """Whether a text can be the address of a server."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def shown_address(address: str) -> str:
    """An address without what may be a password in it."""
    parts = urlsplit(address)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


def key_variable(model: str) -> str:
    """The variable that holds the key for a model, by the rule that most providers follow."""
    prefix = prefix_of(model)
    return _OTHER_KEYS.get(prefix, f"{prefix}_API_KEY")


def prefix_of(model: str) -> str:
    """The provider that a name starts with, as variables spell it; a bare name is one of OpenAI's or unknown."""
    if "/" in model:
        return model.partition("/")[0].upper().replace("-", "_")
    return "OPENAI" if model.startswith(_OPENAI_NAMES) else "PROVIDER"


@cache
def provider_of(litellm: Any, model: str) -> str | None:
    """The provider that litellm would ask; None where it knows none of this name."""
    try:
        return str(litellm.get_llm_provider(model)[1])
    except Exception:  # it has several ways to say so
        return None


_HOSTS = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "gemini": "https://generativelanguage.googleapis.com",
    "ollama": "http://localhost:11434",
    "ollama_chat": "http://localhost:11434",
}


def default_address(litellm: Any, model: str) -> str | None:
    """Where litellm would ask a model for which no address is set; None where only litellm knows."""
    provider = provider_of(litellm, model)
    address = _HOSTS.get(provider or "") or litellm.get_llm_provider(model)[3]
    return str(address).rstrip("/") if address else None


def known_parameters(litellm: Any, model: str) -> list[str] | None:
    """The parameters that litellm passes on to a model; None where it does not say."""
    try:
        name, provider, *_ = litellm.get_llm_provider(model)
        found = litellm.get_supported_openai_params(model=name, custom_llm_provider=provider)
    except Exception:  # however it says that it does not know
        return None
    return list(found) if found else None


def known_price(litellm: Any, model: str, tokens_in: int, tokens_out: int) -> tuple[float, float] | None:
    """What so many tokens cost in US dollars, in and out; None where litellm has no price for the model."""
    try:
        costs = litellm.cost_per_token(model, prompt_tokens=tokens_in, completion_tokens=tokens_out)
    except Exception:  # whatever it is that litellm raises here, it means that it has no price
        return None
    return float(costs[0]), float(costs[1])


def model_info(litellm: Any, model: str) -> Mapping[str, Any]:
    """What litellm's list says of a model; empty where it is not in it."""
    try:
        return dict(litellm.get_model_info(model))
    except Exception:  # however it says that it does not know
        return {}


def wants_marks(provider: str | None, model: str) -> bool:
    """Whether a provider keeps the beginning of a prompt only where it is marked; others do so by themselves."""
    if provider == "bedrock":
        return "anthropic" in model or "nova" in model
    return provider == "anthropic" or (provider in ("vertex_ai", "openrouter", "azure_ai") and "claude" in model)


async def knock(address: str, seconds: float) -> None:
    """Wait until something accepts connections at an address; nothing is sent. Behind a proxy nothing is tried.

    Raises:
        OSError: nothing did within this time.
    """
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    proxies = getproxies()
    if (proxies.get(parts.scheme) or proxies.get("all")) and not proxy_bypass(host):
        return
    ends, pause = time.monotonic() + seconds, _FIRST_PAUSE_SECONDS
    while True:
        try:
            async with asyncio.timeout(ends - time.monotonic()):
                _, writer = await asyncio.open_connection(host, port)
        except OSError:
            if time.monotonic() + pause >= ends:
                raise
        else:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
            return
        await asyncio.sleep(pause)
        pause *= 2


def why_unaskable(litellm: Any, model: str, api_base: str | None) -> str | None:
    """Why every call to this model would fail, as far as that can be known without one; None where it may not."""
    if provider_of(litellm, model) is None:
        return NO_PROVIDER
    missing = missing_keys(litellm, model, api_base)
    if missing:
        return f"{' or '.join(missing)} is not set. Put it into the environment or into .env (see .env.example)."
    return None


def missing_keys(litellm: Any, model: str, api_base: str | None) -> list[str]:
    """The key variables that are not set and without which every call fails; empty where another way in may exist."""
    if api_base and provider_of(litellm, model) == "openai":
        return []
    found = litellm.validate_environment(model)
    missing = [str(name) for name in found.get("missing_keys", [])]
    simple = all(name.endswith("_API_KEY") for name in missing)
    return missing if simple and not found.get("keys_in_environment") else []
