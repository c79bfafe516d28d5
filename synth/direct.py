"""A model behind OpenAI's protocol, asked with litellm's own parts and without what it does around them.

litellm's `acompletion` takes some five milliseconds of the processor for a call: records for loggers that nobody set,
copies of the prompt for them, parameters mapped anew, a client of its own around the HTTP client. At sixty-four calls
at once that alone fills a processor. Here its parts are used as they are: what it says a provider takes, its request
and its client with the proxies and certificates that it knows, its reading of replies and errors, its prices. The
promise: the same request goes out, and the same answer or the same error comes back, as from `acompletion`; whatever
this does not cover is None, and `acompletion` is asked.
"""

from __future__ import annotations

import json
import os
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from synth.providers import known_price, model_info

_PROVIDERS = {"openai": "OPENAI_API_KEY", "hosted_vllm": "HOSTED_VLLM_API_KEY"}
"""Where the key of each is; whoever speaks OpenAI's protocol is asked as one of them."""
_OPENAIS_OWN = ("OPENAI_ORGANIZATION", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_CUSTOM_HEADERS")
"""Variables that only OpenAI's own client knows what to do with."""
_FOR_LITELLM = frozenset(
    {
        "model", "messages", "timeout", "num_retries", "max_retries", "drop_params", "api_base", "api_key",
        "_skip_mcp_handler",
    }
)  # fmt: skip
"""Of what `acompletion` takes, all that is no wish about the answer."""
_MOST_KEPT = 64
_GONE = ("ConnectError", "ReadError", "WriteError", "CloseError", "ProtocolError", "ProxyError", "UnsupportedProtocol")


class Direct:
    """Asks one model; nothing of it belongs to one event loop."""

    def __init__(self, litellm: Any, model: str, api_base: str) -> None:
        """Take from litellm what is the same for every call.

        Raises:
            LookupError: this model is not asked in OpenAI's protocol, or needs what only litellm knows.
        """
        self._litellm = litellm
        self._name, self._provider, known_key, _ = litellm.get_llm_provider(model)
        if self._provider not in _PROVIDERS or self._name.startswith("responses/"):
            raise LookupError(model)
        # An interface other than `chat` is litellm's to speak; a model that it does not know has that one.
        interface = model_info(litellm, model).get("mode") or "chat"
        if any(os.environ.get(name) for name in _OPENAIS_OWN) or interface != "chat":
            raise LookupError(model)
        providers = litellm.utils.ProviderConfigManager
        self._config = providers.get_provider_chat_config(self._name, litellm.LlmProviders(self._provider))
        if type(self._config).transform_response is not litellm.OpenAIGPTConfig.transform_response:
            raise LookupError(model)
        self._key = os.environ.get(_PROVIDERS[self._provider]) or known_key
        import httpx  # here, where litellm has imported it

        # Taken apart once: httpx would do it again for every call.
        self._url = httpx.URL(self._config.get_complete_url(api_base, self._key, self._name, {}, {}))
        self._taken: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._has_price = known_price(litellm, model, 1, 1) is not None

    async def ask(self, arguments: Mapping[str, Any]) -> Any:
        """What `acompletion` gives for these arguments.

        Raises:
            Exception: as litellm raises it.
        """
        key = arguments.get("api_key") or self._key
        headers = self._config.validate_environment({}, self._name, [], {}, {}, api_key=key)
        body = json.dumps(self._body(arguments))
        # It keeps one client for each event loop, and closes them all when it is told to.
        client = self._litellm.llms.custom_httpx.http_handler.get_async_httpx_client(self._provider).client
        try:
            response = await client.post(self._url, content=body, headers=headers, timeout=arguments["timeout"])
            if response.is_error:
                raise self._refusal(response)
            return self._read(response)
        except Exception as error:
            raise self._translated(error, arguments["timeout"]) from error

    def _body(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        given = {name: value for name, value in arguments.items() if name not in _FOR_LITELLM}
        about = json.dumps(given)
        taken = self._taken.get(about)
        if taken is None:  # once for each kind of task: it is the same for every chunk of a study
            taken = self._taken[about] = self._litellm.get_optional_params(
                model=self._name, custom_llm_provider=self._provider, drop_params=True, **given
            )
            if len(self._taken) > _MOST_KEPT:
                self._taken.popitem(last=False)
        options = {name: value for name, value in taken.items() if name not in ("extra_body", "stream")}
        body = self._config.transform_request(self._name, arguments["messages"], options, {}, {})
        whole: dict[str, Any] = body | (taken.get("extra_body") or {})
        return whole

    def _read(self, response: Any) -> Any:
        litellm, headers = self._litellm, dict(response.headers)
        answer = litellm.convert_to_model_response_object(
            response_object=response.json(), model_response_object=litellm.ModelResponse(),
            hidden_params={"headers": headers}, _response_headers=headers,
        )  # fmt: skip
        if self._has_price:
            with suppress(Exception):  # an answer that was paid for is not lost because its price is not known
                answer._hidden_params["response_cost"] = litellm.completion_cost(
                    answer, model=self._name, custom_llm_provider=self._provider
                )
        return answer

    def _refusal(self, response: Any) -> Exception:
        """The provider's error, with what OpenAI's own client takes from a response."""
        status = response.status_code
        message = f"Error code: {status} - {response.text}"
        error: Any
        if status == 429:
            # Of litellm's class at once. It looks into others with a package that takes half a second to import, in
            # which the lanes go on asking.
            about = {"model": self._name, "llm_provider": self._provider}
            error = self._litellm.RateLimitError(message=message, response=response, **about)
        else:
            error = self._config.get_error_class(error_message=message, status_code=status, headers=response.headers)
        try:
            said = response.json()
        except ValueError:
            return error  # type: ignore[no-any-return]
        error.body = said.get("error", said) if isinstance(said, dict) else said
        return error  # type: ignore[no-any-return]

    def _translated(self, error: Exception, timeout: float) -> Exception:
        """One of litellm's classes."""
        litellm, kinds = self._litellm, [kind.__name__ for kind in type(error).__mro__]
        about = {"model": self._name, "llm_provider": self._provider}
        if "TimeoutException" in kinds:
            why = f"Connection timed out. Timeout passed={timeout}"
            return litellm.Timeout(message=why, **about)  # type: ignore[no-any-return]
        if any(kind in _GONE for kind in kinds):
            return litellm.APIConnectionError(message=str(error), **about)  # type: ignore[no-any-return]
        try:
            found = litellm.exception_type(self._name, error, self._provider)
        except Exception as translated:  # that is how it mostly gives it
            return translated
        return found if isinstance(found, Exception) else error


def direct_way(litellm: Any, model: str, api_base: str | None) -> Direct | None:
    """The way past `acompletion`, where there is one for this model."""
    try:
        return Direct(litellm, model, api_base) if api_base else None
    except Exception:  # another provider, or another version of litellm: it knows how to ask
        return None
