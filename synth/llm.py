"""The analyst that asks a model: renders a task, calls litellm (imported nowhere else), reports what came back.

litellm gives every provider one interface. What it would do besides, this does without: retries, rates, a cache and
the check of replies are Synth's own (`synth.asking`, `synth.lanes`, `synth.replies`). It is imported when it is first
needed, in a thread, because that takes seconds; `warm_up` starts it early, beside the reading of files.

A reply's JSON schema goes with every request. Servers differ in how much of that they take, so a request that is
refused is asked in the next simpler form, and the form that was taken is used for the rest of the run.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
import time
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from synth.analyst import Answer, Request, Task
from synth.domain import content_id
from synth.errors import ModelError, SettingError
from synth.model_errors import cannot_connect, is_bad_request, model_error
from synth.prompts import Prompt, render
from synth.schemas import lean_schema, reply_schema

FORMS = ("schema", "lean schema", "any JSON", "words")
"""How the form of a reply is asked for, best first: by its schema, by one without bounds, as JSON, or in words."""

# To be set before litellm is imported: no price list, header file or model fetched from the network, no .env read.
_SWITCHES = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_MODE": "PRODUCTION",
    "HF_HUB_OFFLINE": "1",
}
_CONNECT_TRIES = 3
_CONNECT_PAUSE_SECONDS = 0.5
_GRACE_SECONDS = 10.0
"""How much later than the time limit a call is given up that litellm did not give up itself."""
_NO_KEY = "not-needed"
"""Sent to a server of one's own where no key is set: clients insist on one."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What is asked of a model besides the prompt; every field is part of a request's key."""

    temperature: float = 0.0
    """Left out for models that take no other than their own."""
    seed: int = 7
    """Left out where a provider knows none."""
    max_output_tokens: int | None = None
    """None leaves it to the provider, except where that would be less than a chunk needs."""


class ModelAnalyst:
    """Implements `synth.analyst.Analyst` for any model that litellm knows how to ask."""

    remote = True
    """Text leaves this process, be it to a server on the same machine: it may pass it on."""

    def __init__(self, model: str, *, timeout_seconds: float = 120.0, parameters: Parameters = Parameters()) -> None:
        """Cheap: nothing is imported or asked before the first answer.

        Raises:
            SettingError: no model can have this name, or no server the address that the environment gives for it.
        """
        if not model.strip() or any(character.isspace() for character in model):
            raise SettingError(f"'{model}' is no name of a model. Give one as litellm takes it: see docs/models.md.")
        self._model, self._timeout, self._parameters = model, timeout_seconds, parameters
        self._api_base = own_address(model, os.environ)
        if self._api_base and not _is_address(self._api_base):
            variables = " or ".join(_address_variables(model))
            raise SettingError(f"{variables} holds no address of a server: one looks like http://localhost:8000/v1.")
        self._form = 0
        self._checked = self._answered = False

    @property
    def model(self) -> str:
        """The name a user gives to choose it."""
        return self._model

    def request(self, task: Task) -> Request:
        """The request that this task would be; pure and cheap, asks nobody."""
        prompt = render(task)
        key = content_id(
            self._model,
            self._api_base,
            asdict(self._parameters),
            prompt.system,
            prompt.user,
            reply_schema(task),
            prompt.version,
        )
        return Request(key, task.name, self._model, prompt.text, prompt.version)

    async def answer(self, task: Task, request: Request, complaint: str | None = None) -> Answer:
        """Ask. `complaint` says what was wrong with the answer before, where this is the second try.

        Raises:
            ModelError: nobody answered; `retryable` and `fatal` say what to do.
        """
        del request  # the task says it all, and what is sent is rendered from it in the same way
        litellm = load_litellm() if _is_loaded() else await asyncio.to_thread(load_litellm)
        self._check(litellm)
        prompt = render(task)
        for form in range(self._form, len(FORMS)):
            try:
                answer = await self._asked(litellm, task, prompt, complaint, form)
            except Exception as error:  # every class of it is told apart in `model_error`
                if is_bad_request(error) and form + 1 < len(FORMS):
                    continue
                raise self._translated(error) from error
            self._form = max(self._form, form)
            self._answered = True
            return answer
        raise AssertionError("the last form either answers or raises")

    async def close(self) -> None:
        """Close connections; call it in the event loop that asked, when no more is asked."""
        if self._checked:
            await (await asyncio.to_thread(load_litellm)).close_litellm_async_clients()

    def _check(self, litellm: Any) -> None:
        """Say at once what every call would fail for: a name that leads nowhere, a key that is not set."""
        if self._checked:
            return
        provider = provider_of(litellm, self._model)
        if provider is None:
            raise ModelError(self._model, _NO_PROVIDER, fatal=True)
        missing = missing_keys(litellm, self._model, self._api_base)
        if missing:
            raise ModelError(
                self._model,
                f"{' or '.join(missing)} is not set. Put it into the environment or into .env (see .env.example).",
                fatal=True,
            )
        self._checked = True

    async def _asked(self, litellm: Any, task: Task, prompt: Prompt, complaint: str | None, form: int) -> Answer:
        arguments = self._arguments(litellm, task, prompt, complaint, form)
        began = time.monotonic()
        for tries in range(1, _CONNECT_TRIES + 1):
            try:
                async with asyncio.timeout(self._timeout + _GRACE_SECONDS):
                    response = await litellm.acompletion(**arguments)
                break
            except Exception as error:
                # Before the first answer this is more likely a wrong address than a server that has gone for a moment.
                if self._answered or not cannot_connect(error) or tries == _CONNECT_TRIES:
                    raise
                await asyncio.sleep(_CONNECT_PAUSE_SECONDS)
        return _answer(response, time.monotonic() - began)

    def _arguments(self, litellm: Any, task: Task, prompt: Prompt, complaint: str | None, form: int) -> dict[str, Any]:
        provider = provider_of(litellm, self._model)
        parameters = self._parameters
        arguments: dict[str, Any] = {
            "model": self._model,
            "messages": _messages(
                task, prompt, complaint, form, cached=provider in ("anthropic", "bedrock", "vertex_ai")
            ),
            "response_format": _response_format(task, form),
            "temperature": parameters.temperature,
            "seed": parameters.seed,
            "timeout": self._timeout,
            "num_retries": 0,
            "max_retries": 0,
            "drop_params": True,
            "max_tokens": parameters.max_output_tokens,
            "api_base": self._api_base,
        }
        if provider in ("ollama", "ollama_chat"):
            # Its default context is shorter than a chunk, and it cuts the prompt without a word.
            arguments |= {"num_ctx": 16_384, "max_tokens": parameters.max_output_tokens or 6_000}
        elif provider in ("anthropic", "bedrock") and parameters.max_output_tokens is None:
            arguments["max_tokens"] = min(8_192, _output_limit(litellm, self._model) or 4_096)
        if self._api_base and provider == "openai" and not os.environ.get("OPENAI_API_KEY"):
            arguments["api_key"] = _NO_KEY
        return {name: value for name, value in arguments.items() if value is not None}

    def _translated(self, error: Exception) -> ModelError:
        if cannot_connect(error) and not self._answered:
            where = f"at {shown_address(self._api_base)}" if self._api_base else "for this model"
            why = f"no server answers {where}. Is it running, is the address right, is there a network?"
            return ModelError(self._model, why, fatal=True)
        return model_error(error, self._model, key_variable(self._model))


@dataclass(frozen=True, slots=True)
class Expected:
    """What a request is likely to take, before it is made."""

    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    """None where litellm has no price for the model."""


def expected(request: Request) -> Expected:
    """A guess from lengths: four characters a token, and as much output as interviews gave in trials."""
    tokens_in = len(request.prompt) // 4
    data = max(0, len(request.prompt) - 5_000) if request.task_name == "code_chunk" else 0
    # Sixty-five findings in 10,000 characters, of about 55 tokens each.
    tokens_out = int(data * 65 * 55 / 10_000) if data else 2_500
    litellm = load_litellm()
    try:
        costs = litellm.cost_per_token(request.model, prompt_tokens=tokens_in, completion_tokens=tokens_out)
    except Exception:  # whatever it is that litellm raises here, it means that it has no price
        return Expected(tokens_in, tokens_out, None)
    return Expected(tokens_in, tokens_out, float(sum(costs)))


def expected_cost(request: Request) -> float | None:
    """What a request is likely to cost in US dollars; None where the price is unknown."""
    return expected(request).cost_usd


def warm_up() -> None:
    """Begin to import litellm in a thread of its own, and return at once."""
    threading.Thread(target=load_litellm, name="import litellm", daemon=True).start()


# --- Names, keys and addresses -----------------------------------------------------------------------------------

_NO_PROVIDER = (
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
    for variable in _address_variables(model):
        address = environment.get(variable, "").strip().rstrip("/")
        if address:
            return address
    return None


def _address_variables(model: str) -> tuple[str, str]:
    provider = {"OLLAMA_CHAT": "OLLAMA"}.get(_prefix(model), _prefix(model))
    return f"{provider}_BASE_URL", f"{provider}_API_BASE"


def _is_address(text: str) -> bool:
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
    prefix = _prefix(model)
    return _OTHER_KEYS.get(prefix, f"{prefix}_API_KEY")


def _prefix(model: str) -> str:
    """The provider that a name starts with, as variables spell it; a bare name is one of OpenAI's or unknown."""
    if "/" in model:
        return model.partition("/")[0].upper().replace("-", "_")
    return "OPENAI" if model.startswith(_OPENAI_NAMES) else "PROVIDER"


def provider_of(litellm: Any, model: str) -> str | None:
    """The provider that litellm would ask; None where it knows none of this name."""
    return _provider(litellm, model)


@cache
def _provider(litellm: Any, model: str) -> str | None:
    try:
        return str(litellm.get_llm_provider(model)[1])
    except Exception:  # it has several ways to say so
        return None


def missing_keys(litellm: Any, model: str, api_base: str | None) -> list[str]:
    """The key variables that are not set and without which every call fails; empty where another way in may exist."""
    if api_base and provider_of(litellm, model) == "openai":
        return []
    found = litellm.validate_environment(model)
    missing = [str(name) for name in found.get("missing_keys", [])]
    simple = all(name.endswith("_API_KEY") for name in missing)
    return missing if simple and not found.get("keys_in_environment") else []


# --- What goes out and what comes in -----------------------------------------------------------------------------


def _messages(task: Task, prompt: Prompt, complaint: str | None, form: int, cached: bool) -> list[dict[str, Any]]:
    user = prompt.user
    if FORMS[form] in ("any JSON", "words"):
        user += f"\n\nAnswer with one JSON object that fits this schema:\n{json.dumps(reply_schema(task))}"
    if complaint is not None:
        user += f"\n\nAn answer to this was given before and could not be used. {complaint}"
    system: Any = prompt.system
    if cached:  # these providers keep a prefix only where it is marked; others do so by themselves
        system = [{"type": "text", "text": prompt.system, "cache_control": {"type": "ephemeral"}}]
    return [{"role": "system", "content": system}, {"role": "user", "content": user}]


def _response_format(task: Task, form: int) -> dict[str, Any] | None:
    match FORMS[form]:
        case "schema":
            schema = reply_schema(task)
        case "lean schema":
            schema = lean_schema(task)
        case "any JSON":
            return {"type": "json_object"}
        case _:
            return None
    return {"type": "json_schema", "json_schema": {"name": task.name, "strict": True, "schema": schema}}


def _answer(response: Any, seconds: float) -> Answer:
    choice = response.choices[0]
    usage = getattr(response, "usage", None)
    details = getattr(usage, "prompt_tokens_details", None)
    cost = (getattr(response, "_hidden_params", None) or {}).get("response_cost")
    return Answer(
        raw=choice.message.content or "",
        input_tokens=getattr(usage, "prompt_tokens", 0) or 0,
        output_tokens=getattr(usage, "completion_tokens", 0) or 0,
        cached_tokens=getattr(details, "cached_tokens", 0) or 0,
        cost_usd=None if cost is None else float(cost),
        seconds=seconds,
        cut_off=choice.finish_reason == "length",
    )


def _output_limit(litellm: Any, model: str) -> int | None:
    try:
        limit = litellm.get_model_info(model).get("max_output_tokens")
    except Exception:  # not in its list
        return None
    return limit if isinstance(limit, int) else None


def _is_loaded() -> bool:
    return load_litellm.cache_info().currsize > 0


@cache
def load_litellm() -> Any:
    for name, value in _SWITCHES.items():
        os.environ.setdefault(name, value)
    # Of no use to whoever runs this: litellm's own types, as its pydantic models are built.
    warnings.filterwarnings("ignore", message=r"Item '.*' on TypedDict class", category=UserWarning)
    import litellm

    # It prints advice to stdout, where results go, and logs prompts, which hold what people said.
    litellm.suppress_debug_info = True
    litellm.turn_off_message_logging = True
    for name in ("LiteLLM", "LiteLLM Proxy", "LiteLLM Router", "httpx", "openai"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return litellm
