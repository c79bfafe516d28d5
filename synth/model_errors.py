"""What litellm raises, as the one error that the rest of the product knows; by name, so that litellm is not imported.

Every class of `litellm.exceptions` stands in `KNOWN` (a test holds the two together). A message says what failed and
what to do now, and repeats nothing that the server said but its error code: servers quote the prompt, and the prompt
holds what people said.
"""

from __future__ import annotations

import email.utils
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from synth.errors import ModelError
from synth.rates import rates_of


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an exception of one class means for the call, and for all others."""

    why: str
    retryable: bool = False
    fatal: bool = False
    limited: bool = False
    too_long: bool = False


_SENSELESS_SECONDS = 365 * 86_400.0
"""No server means so long: `inf` and 1e300 are numbers to Python, and the year 9999 a date."""
_DOCTOR = "`synth doctor --model {model}` says what is set up."
_KEY = Meaning("the key was refused, or there is none: set {key} (see .env.example). " + _DOCTOR, fatal=True)
_DENIED = Meaning(
    "the key may not use this model. Choose another, or ask the provider for access. " + _DOCTOR, fatal=True
)
_UNKNOWN = Meaning(
    "there is no model of this name where it was asked for. Check the name; see docs/models.md.", fatal=True
)
_CREDIT = Meaning("the account has no credit left. Add some, or use another model, and run again.", fatal=True)
_BUSY = Meaning("the server is asked too much at the moment.", retryable=True, limited=True)
_DOWN = Meaning("the server failed.", retryable=True)
_LATE = Meaning("no answer within the time limit. SYNTH_TIMEOUT_SECONDS sets it.", retryable=True)
_GONE = Meaning("the connection to the server failed or broke off.", retryable=True)
_LONG = Meaning("the prompt is longer than this model reads.", too_long=True)
_REFUSED = Meaning("the server refused the request.")
_POLICY = Meaning("the provider's content rules stopped this request. Another model may take it.")
_GARBLED = Meaning(
    "the server's answer is not in the protocol that this kind of model speaks. Check its address; most end in /v1.",
    retryable=True,
)
_OWN = Meaning("litellm stopped the call by a rule of its own, which Synth does not set. Check its configuration.")

KNOWN: dict[str, Meaning] = {
    "APIConnectionError": _GONE,
    "APIError": _DOWN,
    "APIResponseValidationError": _GARBLED,
    "AuthenticationError": _KEY,
    "BadGatewayError": _DOWN,
    "BadRequestError": _REFUSED,
    "BlockedPiiEntityError": _OWN,
    "BudgetExceededError": _OWN,
    "ContentPolicyViolationError": _POLICY,
    "ContextWindowExceededError": _LONG,
    "GuardrailRaisedException": _OWN,
    "ImageFetchError": _REFUSED,
    "InternalServerError": _DOWN,
    "InvalidRequestError": _REFUSED,
    "JSONSchemaValidationError": _GARBLED,
    "LiteLLMUnknownProvider": _UNKNOWN,
    "MidStreamFallbackError": _DOWN,
    "MockException": _DOWN,
    "ModelNotMappedError": _UNKNOWN,
    "ModifyResponseException": _OWN,
    "NotFoundError": _UNKNOWN,
    "OpenAIError": _DOWN,
    "PaymentRequiredError": _CREDIT,
    "PermissionDeniedError": _DENIED,
    "RateLimitError": _BUSY,
    "RejectedRequestError": _POLICY,
    "SensitiveDataRouteException": _OWN,
    "ServiceUnavailableError": _DOWN,
    "Timeout": _LATE,
    "TimeoutError": _LATE,
    "UnprocessableEntityError": _REFUSED,
    "UnsupportedParamsError": _REFUSED,
    "VectorStoreSearchError": _REFUSED,
}
_BY_STATUS = {401: _KEY, 402: _CREDIT, 403: _DENIED, 404: _UNKNOWN, 408: _LATE, 413: _LONG, 429: _BUSY}
"""For classes that litellm gives to several statuses."""
_GENERAL = (_DOWN, _GONE, _REFUSED)
_NO_PROTOCOL = (json.JSONDecodeError, LookupError, AttributeError, TypeError)
"""What reading an answer raises that is a page of a proxy, or has no choices in it."""
_SAID_OF_IT = (
    "Empty or invalid response from LLM endpoint",
    "Invalid response object",
    "provider returned a response with no 'choices'",
    "provider returned 'choices' that is not a list",
)
"""What litellm says of such an answer itself."""
_ANSWERED = (None, 200, 500)
"""litellm gives 500 to what it could not read, or the status that it came with."""
_UNREAD = 422
"""So does one of its providers, with this."""
_BY_CODE = {"model_not_found": _UNKNOWN, "context_length_exceeded": _LONG, "invalid_api_key": _KEY}
_NO_CREDIT_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
_CANNOT_CONNECT = frozenset(
    {
        "ConnectError",
        "ConnectTimeout",
        "ConnectionRefusedError",
        "ClientConnectorError",
        "ClientConnectorDNSError",
        "gaierror",
    }
)
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{2,60}")


def model_error(error: BaseException, model: str, key_name: str = "its key") -> ModelError:
    """One error for whatever a call raised.

    Args:
        error: as litellm raised it, or a timeout.
        model: the name as the user gave it.
        key_name: the variable that holds this model's key.
    """
    meaning = _meaning(error)
    code = error_code(error)
    # Where there was no answer, or none of a model, the status is litellm's.
    status = None if meaning is _GARBLED or cannot_connect(error) else _status(error)
    details = ", ".join(str(part) for part in (status, code) if part)
    why = meaning.why.format(model=model, key=key_name)
    return ModelError(
        model,
        f"{why} ({details})" if details else why,
        retryable=meaning.retryable,
        fatal=meaning.fatal,
        limited=meaning.limited,
        too_long=meaning.too_long,
        retry_after_seconds=retry_after_seconds(error) if meaning.retryable else None,
    )


def is_bad_request(error: BaseException) -> bool:
    """Whether the server refused how it was asked: another form of the same question may do."""
    return _meaning(error) is _REFUSED


def cannot_connect(error: BaseException) -> bool:
    """Whether no connection came about at all: nobody listens, or the address leads nowhere."""
    return any(type(cause).__name__ in _CANNOT_CONNECT for cause in _causes(error))


def error_code(error: BaseException) -> str | None:
    """The code that the server gave, where it looks like one and not like prose."""
    body = getattr(error, "body", None)
    if isinstance(body, dict):
        inner = body.get("error")
        body = inner if isinstance(inner, dict) else body
    for found in ((body or {}).get("code") if isinstance(body, dict) else None, getattr(error, "code", None)):
        if isinstance(found, str) and _CODE.fullmatch(found):
            return found
    return None


def retry_after_seconds(error: BaseException) -> float | None:
    """How long the server asks to wait, from its headers; None where it does not say, or nothing that makes sense."""
    asked = _asked_seconds(error)
    return max(0.0, asked) if asked is not None and asked < _SENSELESS_SECONDS else None


def _asked_seconds(error: BaseException) -> float | None:
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = _header(error, name)
        if value is None:
            continue
        try:
            return float(value) * scale
        except ValueError:
            pass
        try:
            return email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except ValueError:
            continue
    # Some servers say when an allowance is full again, and not how long to wait.
    rates = rates_of(_headers(error))
    return rates.full_again_seconds if rates else None


def _meaning(error: BaseException) -> Meaning:
    code = error_code(error)
    if code in _NO_CREDIT_CODES:
        return _CREDIT
    if code in _BY_CODE:
        return _BY_CODE[code]
    if cannot_connect(error):
        return _GONE
    by_class = next((KNOWN[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in KNOWN), _DOWN)
    if by_class not in _GENERAL:
        return by_class
    if _could_not_be_read(error):
        return _GARBLED
    return _BY_STATUS.get(_status(error) or 0, by_class)


def _could_not_be_read(error: BaseException) -> bool:
    """Whether there was an answer, and it was none of a model."""
    causes, status = list(_causes(error)), _status(error)
    if status == _UNREAD:
        return any(isinstance(cause, json.JSONDecodeError) for cause in causes)
    return status in _ANSWERED and any(
        isinstance(cause, _NO_PROTOCOL) or any(said in str(cause) for said in _SAID_OF_IT) for cause in causes
    )


def _status(error: BaseException) -> int | None:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def _header(error: BaseException, name: str) -> str | None:
    return _headers(error).get(name)


def _headers(error: BaseException) -> dict[str, str]:
    """All that came with the error, by names in lower case without litellm's prefix; the response's own come first."""
    sources: tuple[Any, ...] = (
        getattr(error, "headers", None),
        getattr(error, "litellm_response_headers", None),
        getattr(getattr(error, "response", None), "headers", None),
    )
    found: dict[str, str] = {}
    for headers in sources:
        for key, value in dict(headers or {}).items():
            found[str(key).lower().removeprefix("llm_provider-")] = str(value)
    return found


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
