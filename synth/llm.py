"""The analyst that asks a model: renders a task, calls litellm (imported nowhere else), reports what came back.

litellm gives every provider one interface. What it would do besides, this does without: retries, rates, a cache and
the check of replies are Synth's own (`synth.asking`, `synth.lanes`, `synth.replies`). It is imported when it is first
needed, in a thread, because that takes seconds; `warm_up` starts it early, beside the reading of files.

A reply's JSON schema goes with every request, in the form that `synth.forms` finds the server to take.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from synth.analyst import Answer, CodeChunk, Request, Task
from synth.collecting import importing
from synth.direct import Direct, direct_way
from synth.domain import canonical, canonical_id, content_id
from synth.errors import ModelError, SettingError
from synth.forms import LEAN, SCHEMA, TOLD_IN_WORDS, TOOL, Forms, form_arguments, forms_for
from synth.model_errors import cannot_connect, is_bad_request, model_error
from synth.prompts import Prompt, render
from synth.providers import (
    NO_PROVIDER,
    address_variables,
    default_address,
    is_address,
    key_variable,
    knock,
    known_parameters,
    model_info,
    own_address,
    prefix_of,
    provider_of,
    shown_address,
    wants_marks,
    why_unaskable,
)
from synth.rates import rates_of
from synth.remembered import Remembered
from synth.schemas import canonical_schema, lean_schema, reply_schema_text, with_most

# To be set before litellm is imported: no price list, header file or model fetched from the network, no .env read.
_SWITCHES = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_MODE": "PRODUCTION",
    "HF_HUB_OFFLINE": "1",
}
_CONNECT_TRIES = 3
_CONNECT_PAUSE_SECONDS = 0.5
_KNOCK_SECONDS = 6.0
"""How long a server may take to accept a first connection: one that starts just now is waited for."""
_GRACE_SECONDS = 10.0
"""How much later than the time limit a call is given up that litellm did not give up itself."""
_OF_OPENAI_FORM = ("openai", "azure", "hosted_vllm", "mistral")
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
    most_findings: int | None = None
    """Of one kind in a reply to a chunk, for small models that go on until the schema ends; None sets no end."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a task asks, apart from the task: all that goes to a model, and fit to travel."""

    task_name: str
    prompt: Prompt
    schema: str
    """Of the reply, whole, as JSON."""


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
        if self._api_base and not is_address(self._api_base):
            variables = " or ".join(address_variables(model))
            raise SettingError(f"{variables} holds no address of a server: one looks like http://localhost:8000/v1.")
        self._forms: Forms | None = None
        self._direct: Direct | None = None
        # What is asked, and of whom, as a request's key has it.
        self._canonical = tuple(map(canonical, (model, self._api_base, asdict(parameters))))
        self._requests = Remembered[Request](128)
        self._answered = False
        self._knocking: asyncio.Task[None] | None = None
        self._address = self._api_base

    @property
    def model(self) -> str:
        """The name a user gives to choose it."""
        return self._model

    @property
    def who(self) -> tuple[str, float, Parameters]:
        """Model, time limit and parameters: what another process makes the same analyst of."""
        return self._model, self._timeout, self._parameters

    def request(self, task: Task) -> Request:
        """The request that this task would be; pure and cheap, asks nobody."""
        kept = self._requests.get(task)
        if kept is not None:
            return kept
        prompt = render(task)
        said = map(canonical, (prompt.system, prompt.user))
        key = canonical_id(*self._canonical, *said, canonical_schema(task), canonical(prompt.version))
        request = Request(key, task.name, self._model, prompt.text, prompt.version)
        if isinstance(task, CodeChunk):  # asked for when its key is looked up, when it is sent and when it is noted
            self._requests.keep(request, task)
        return request

    async def answer(self, task: Task, request: Request, complaint: str | None = None) -> Answer:
        """Ask. `complaint` says what was wrong with the answer before, where this is the second try.

        Raises:
            ModelError: nobody answered; `retryable` and `fatal` say what to do.
        """
        del request  # the task says it all, and what is sent is rendered from it in the same way
        return await self.answer_question(self.question(task), complaint)

    def question(self, task: Task) -> Question:
        """What this task asks."""
        return Question(task.name, render(task), reply_schema_text(task))

    async def answer_question(self, question: Question, complaint: str | None = None) -> Answer:
        """Ask what a task asks; as `answer`.

        Raises:
            ModelError: as `answer`.
        """
        await self.prepare()
        litellm = load_litellm()
        forms = self._check(litellm)

        async def attempt(form: str) -> Answer:
            return await self._asked(litellm, question, complaint, form, forms.ignored)

        try:
            answer = await forms.ask(question.task_name, attempt, is_bad_request, again=complaint is not None)
        except Exception as error:  # every class of it is told apart in `model_error`
            raise forms.hopeless(self.translated(error)) from error
        self._answered = True
        return answer

    async def prepare(self) -> None:
        """What takes time before the first call: litellm is imported, and somebody is there to be asked.

        Raises:
            ModelError: no call can be answered.
        """
        if self._answered:
            return
        litellm = load_litellm() if _is_loaded() else await asyncio.to_thread(load_litellm)
        self._check(litellm)
        await self._knock()

    async def close(self) -> None:
        """Close connections; call it in the event loop that asked, when no more is asked."""
        if self._forms is not None:
            await (await asyncio.to_thread(load_litellm)).close_litellm_async_clients()

    def _check(self, litellm: Any) -> Forms:
        """Say at once what every call would fail for: a name that leads nowhere, a key that is not set.

        Returns:
            The forms in which this model can be asked.
        """
        if self._forms is not None:
            return self._forms
        why = why_unaskable(litellm, self._model, self._api_base)
        if why is not None:
            raise ModelError(self._model, why, fatal=True)
        self._address = self._api_base or default_address(litellm, self._model)
        self._direct = direct_way(litellm, self._model, self._address)
        self._forms = Forms(forms_for(known_parameters(litellm, self._model)))
        return self._forms

    async def _knock(self) -> None:
        """Find out within seconds whether there is a server at all: a request would wait as long as an answer may take.

        Raises:
            ModelError: nobody accepts a connection at the address.
        """
        if self._answered or self._address is None:
            return
        loop = asyncio.get_running_loop()
        if self._knocking is None or self._knocking.get_loop() is not loop:
            self._knocking = loop.create_task(knock(self._address, _KNOCK_SECONDS))
        try:
            await asyncio.shield(self._knocking)
        except OSError as error:
            raise self._unreachable() from error

    async def _asked(
        self, litellm: Any, question: Question, complaint: str | None, form: str, in_words: bool
    ) -> Answer:
        arguments = self._arguments(litellm, question, complaint, form, in_words)
        began = time.monotonic()
        for tries in range(1, _CONNECT_TRIES + 1):
            try:
                async with asyncio.timeout(self._timeout + _GRACE_SECONDS):
                    response = await (self._direct.ask(arguments) if self._direct else litellm.acompletion(**arguments))
                break
            except Exception as error:
                # Before the first answer this is more likely a wrong address than a server that has gone for a moment.
                if self._answered or not cannot_connect(error) or tries == _CONNECT_TRIES:
                    raise
                await asyncio.sleep(_CONNECT_PAUSE_SECONDS)
        return _answer(response, time.monotonic() - began)

    def _arguments(
        self, litellm: Any, question: Question, complaint: str | None, form: str, in_words: bool = False
    ) -> dict[str, Any]:
        provider = provider_of(litellm, self._model)
        parameters = self._parameters
        in_words = in_words or form in TOLD_IN_WORDS or complaint is not None
        whole = json.loads(question.schema)
        schema = with_most(lean_schema(whole) if form in (LEAN, TOOL) else whole, parameters.most_findings)
        arguments: dict[str, Any] = {
            "model": self._model,
            "messages": _messages(
                question.prompt, complaint, schema if in_words else None, cached=wants_marks(provider, self._model)
            ),
            **form_arguments(form, question.task_name, schema),
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
            arguments |= {"num_ctx": 20_480, "max_tokens": parameters.max_output_tokens or 8_000}
        elif provider in ("anthropic", "bedrock") and parameters.max_output_tokens is None:
            arguments["max_tokens"] = min(12_288, model_info(litellm, self._model).get("max_output_tokens") or 4_096)
        if provider in ("openai", "azure") and not (provider == "openai" and self._api_base):
            # Requests that begin alike go to the same machine, where the beginning is kept.
            arguments["prompt_cache_key"] = content_id(question.prompt.system)
        if self._needs_no_key():
            arguments["api_key"] = _NO_KEY
        return {name: value for name, value in arguments.items() if value is not None}

    def batch_body(self, litellm: Any, task: Task) -> dict[str, Any]:
        """The body of a request as it goes over the wire to OpenAI and those who speak its protocol."""
        self._check(litellm)
        arguments = self._arguments(litellm, self.question(task), None, SCHEMA)
        name, provider, *_ = litellm.get_llm_provider(self._model)
        given = {
            key: arguments[key] for key in ("temperature", "seed", "max_tokens", "response_format") if key in arguments
        }
        taken = litellm.get_optional_params(model=name, custom_llm_provider=provider, drop_params=True, **given)
        body = {"model": name, "messages": arguments["messages"], **taken}
        return {key: value for key, value in body.items() if value is not None and key not in ("extra_body", "stream")}

    def connection(self) -> dict[str, Any]:
        """Address, key and time limit as litellm takes them for anything but a completion."""
        own = {"api_base": self._api_base} if self._api_base else {}
        return {**own, **({"api_key": _NO_KEY} if self._needs_no_key() else {}), "timeout": self._timeout}

    def _needs_no_key(self) -> bool:
        return bool(self._api_base) and prefix_of(self._model) == "OPENAI" and not os.environ.get("OPENAI_API_KEY")

    def translated(self, error: Exception) -> ModelError:
        """One error for whatever a call raised."""
        if cannot_connect(error) and not self._answered:
            return self._unreachable()
        return model_error(error, self._model, key_variable(self._model))

    def _unreachable(self) -> ModelError:
        why = "no server answers for this model. Is it running, is the address right, is there a network?"
        if self._address:
            where = shown_address(self._address)
            why = f"no server answers at {where}. Is it running, is the address right, is there a network?"
        return ModelError(self._model, why, fatal=True)


def check_name(model: str) -> None:
    """Tell whether litellm knows of a provider by this name.

    Raises:
        ModelError: it does not.
    """
    if provider_of(load_litellm(), model) is None:
        raise ModelError(model, NO_PROVIDER, fatal=True)


def warm_up(model: str = "", tell: Callable[[str], None] | None = None) -> None:
    """Begin to import litellm, and what the first call would, in a thread of its own; return at once.

    Args:
        model: which is asked then.
        tell: called in that thread with the reason where every call to the model would fail.
    """
    # Waited for when the program ends: litellm imports in its destructors, which would wait for ever for a lock that
    # a thread which was cut off in the middle of an import still holds.
    threading.Thread(target=_warm_up, args=(model, tell), name="import litellm").start()


def _warm_up(model: str, tell: Callable[[str], None] | None) -> None:
    # Whatever fails here fails again where litellm is needed, and is told there. When the program ends meanwhile,
    # Python refuses some of what is being imported.
    with suppress(Exception):
        litellm = load_litellm()
        why = why_unaskable(litellm, model, own_address(model, os.environ)) if tell else None
        if why is not None and tell is not None:
            tell(why)
            return
        address = own_address(model, os.environ) or default_address(litellm, model)
        if provider_of(litellm, model) in _OF_OPENAI_FORM and direct_way(litellm, model, address) is None:
            with importing():
                import openai.resources.chat.completions  # noqa: F401


# --- What goes out and what comes in -----------------------------------------------------------------------------


def _messages(
    prompt: Prompt, complaint: str | None, schema: dict[str, Any] | None, cached: bool
) -> list[dict[str, Any]]:
    """What is said; `schema` only where it has to be told in words."""
    user = prompt.user
    if schema is not None:
        user += f"\n\nAnswer with one JSON object that fits this schema:\n{json.dumps(schema)}"
    if complaint is not None:
        user += f"\n\nAn answer to this was given before and could not be used. {complaint}"
    system: Any = prompt.system
    if cached:
        system = [{"type": "text", "text": prompt.system, "cache_control": {"type": "ephemeral"}}]
    return [{"role": "system", "content": system}, {"role": "user", "content": user}]


def _said(message: Any) -> str:
    """The text of a reply, or the arguments of the tool that it used in its place."""
    calls = getattr(message, "tool_calls", None) or []
    return message.content or (calls[0].function.arguments if calls else "") or ""


def _answer(response: Any, seconds: float) -> Answer:
    choice = response.choices[0]
    usage = getattr(response, "usage", None)
    details = getattr(usage, "prompt_tokens_details", None)
    hidden = getattr(response, "_hidden_params", None) or {}
    cost = hidden.get("response_cost")
    return Answer(
        raw=_said(choice.message),
        input_tokens=getattr(usage, "prompt_tokens", 0) or 0,
        output_tokens=getattr(usage, "completion_tokens", 0) or 0,
        cached_tokens=getattr(details, "cached_tokens", 0) or 0,
        cost_usd=None if cost is None else float(cost),
        seconds=seconds,
        cut_off=choice.finish_reason == "length",
        rates=rates_of(hidden.get("additional_headers") or {}),
    )


def _is_loaded() -> bool:
    return load_litellm.cache_info().currsize > 0


@cache
def load_litellm() -> Any:
    """The module, imported once, quiet and without the network; the first time takes seconds."""
    for name, value in _SWITCHES.items():
        os.environ.setdefault(name, value)
    # Of no use to whoever runs this: litellm's own types, as its pydantic models are built.
    warnings.filterwarnings("ignore", message=r"Item '.*' on TypedDict class", category=UserWarning)
    with importing():
        import litellm

    # It prints advice to stdout, where results go, and logs prompts, which hold what people said.
    litellm.suppress_debug_info = True
    litellm.turn_off_message_logging = True
    for name in ("LiteLLM", "LiteLLM Proxy", "LiteLLM Router", "httpx", "openai"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return litellm
