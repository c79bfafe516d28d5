"""What litellm raises, told apart by name."""

from __future__ import annotations

import email.utils
import importlib.util
import json
import re
import time
from pathlib import Path

import pytest

from synth.model_errors import KNOWN, cannot_connect, error_code, is_bad_request, model_error, retry_after_seconds


def raised(name: str, status: int | None = None, **attributes: object) -> Exception:
    """An exception of a class of this name, as litellm's look."""
    error = type(name, (Exception,), {})("mevrouw Jansen said so")
    for attribute, value in {"status_code": status, **attributes}.items():
        setattr(error, attribute, value)
    assert isinstance(error, Exception)
    return error


def test_no_class_of_litellm_is_forgotten() -> None:
    """Read from the source: importing litellm would cost every run of the tests seconds."""
    spec = importlib.util.find_spec("litellm")
    assert spec is not None
    assert spec.origin is not None
    source = (Path(spec.origin).parent / "exceptions.py").read_text(encoding="utf-8")
    bases = dict(re.findall(r"^class (\w+)\(([\w., ]+)[,)]", source, re.MULTILINE))
    classes = {name for name, base in bases.items() if re.search(r"Error|Exception|Timeout", base)}
    assert len(classes) > 25
    assert classes <= set(KNOWN)


@pytest.mark.parametrize("name", KNOWN)
def test_messages_are_sentences_that_repeat_nothing_of_the_server(name: str) -> None:
    error = model_error(raised(name), "openai/m", "OPENAI_API_KEY")
    assert "Jansen" not in str(error)
    assert re.fullmatch(r"openai/m: [a-z].*[a-z0-9]\.?", str(error))
    assert "{" not in str(error)


@pytest.mark.parametrize(
    ("name", "status", "code", "kind"),
    [
        ("RateLimitError", 429, None, "limited"),
        ("RateLimitError", 429, "insufficient_quota", "fatal"),
        ("InternalServerError", 500, None, "retryable"),
        ("ServiceUnavailableError", 503, None, "retryable"),
        ("Timeout", 408, None, "retryable"),
        ("AuthenticationError", 401, None, "fatal"),
        ("APIError", 403, None, "fatal"),
        ("APIError", 402, None, "fatal"),
        ("APIError", 413, None, "too_long"),
        ("APIError", 404, None, "fatal"),
        ("NotFoundError", 404, None, "fatal"),
        ("ContextWindowExceededError", 400, None, "too_long"),
        ("BadRequestError", 400, "context_length_exceeded", "too_long"),
        ("BadRequestError", 400, "model_not_found", "fatal"),
        ("BadRequestError", 400, None, "nothing"),
        ("ContentPolicyViolationError", 400, None, "nothing"),
        ("NeverHeardOfError", 500, None, "retryable"),
    ],
)
def test_what_an_error_means_for_the_call_and_for_all_others(
    name: str, status: int, code: str | None, kind: str
) -> None:
    error = model_error(raised(name, status, code=code), "m")
    said = [flag for flag in ("fatal", "limited", "too_long") if getattr(error, flag)]
    assert said == ([kind] if kind in ("fatal", "limited", "too_long") else [])
    assert error.retryable == (kind in ("retryable", "limited"))


def test_a_wrong_key_says_which_and_where_to_look() -> None:
    error = model_error(raised("AuthenticationError", 401), "mistral/m", "MISTRAL_API_KEY")
    assert str(error) == (
        "mistral/m: the key was refused, or there is none: set MISTRAL_API_KEY (see .env.example). "
        "`synth doctor --model mistral/m` says what is set up. (401)"
    )


@pytest.mark.parametrize("code", ["Jansen says that it is too long", "x", "<b>", "a b", 42, None])
def test_only_what_looks_like_a_code_is_repeated(code: object) -> None:
    assert error_code(raised("BadRequestError", 400, body={"error": {"code": code}})) is None
    assert error_code(raised("BadRequestError", 400, body={"error": {"code": "bad_value"}})) == "bad_value"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "1e300"}, None),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}, None),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1800000000"}, None),
        ({}, None),
    ],
)
def test_how_long_the_server_asks_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    response = type("Response", (), {"headers": headers})()
    assert retry_after_seconds(raised("RateLimitError", 429, response=response)) == seconds


def test_a_date_to_wait_for_is_understood() -> None:
    headers = {"retry-after": email.utils.formatdate(time.time() + 100, usegmt=True)}
    response = type("Response", (), {"headers": headers})()
    waits = retry_after_seconds(raised("RateLimitError", 429, response=response))
    assert waits is not None
    assert 90 < waits <= 100


def test_a_connection_that_never_came_about_is_told_from_one_that_broke() -> None:
    refused = raised("InternalServerError", 500)
    refused.__cause__ = ConnectionRefusedError()
    assert cannot_connect(refused)
    assert "(500)" not in str(model_error(refused, "m"))
    assert not cannot_connect(raised("APIConnectionError"))


def test_a_page_in_place_of_an_answer_is_told_as_such() -> None:
    unread = raised("APIConnectionError", 500)
    unread.__cause__ = json.JSONDecodeError("Expecting value", "<html>", 0)
    assert "Check its address; most end in /v1." in str(model_error(unread, "m"))
    down = raised("BadGatewayError", 502)
    down.__cause__ = unread.__cause__
    assert "the server failed." in str(model_error(down, "m"))
    assert "not in the protocol" in str(model_error(IndexError("list index out of range"), "m"))


def test_what_may_be_asked_in_another_form() -> None:
    assert is_bad_request(raised("BadRequestError", 400))
    assert is_bad_request(raised("UnsupportedParamsError", 400))
    assert not is_bad_request(raised("ContextWindowExceededError", 400))
    assert not is_bad_request(raised("InternalServerError", 500))
