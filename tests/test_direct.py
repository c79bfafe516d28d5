"""The way past litellm's `acompletion` sends, gives and raises what `acompletion` does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from synth import llm
from synth.direct import direct_way
from synth.errors import ModelError
from synth.forms import FORMS
from synth.llm import ModelAnalyst, load_litellm
from synth.model_errors import cannot_connect, model_error
from tests.loopback import Loopback, Reply, loopback
from tests.scripted import emotion, reply_of, task_for

GOOD = reply_of(emotion(3))

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Item '.*' on TypedDict class:UserWarning"),
]


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE", "OPENAI_ORG_ID", "OPENAI_ORGANIZATION", "OPENAI_PROJECT_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("HOSTED_VLLM_API_KEY", "k")


def outcome(server: Loopback, model: str, form: str, *, directly: bool, timeout: float = 20.0) -> Any:
    """What one call comes to: the request as it arrived, and the answer or the error as the product knows it."""
    litellm, prefix = load_litellm(), model.partition("/")[0].upper()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(f"{prefix}_API_BASE", server.base_url)
        analyst = ModelAnalyst(model, timeout_seconds=timeout)
    question = analyst.question(task_for())
    arguments = analyst._arguments(litellm, question, None, form)
    way = direct_way(litellm, model, server.base_url)
    assert way is not None

    async def call() -> Any:
        try:
            response = await (way.ask(arguments) if directly else litellm.acompletion(**arguments))
            return llm._answer(response, 0.0)
        except Exception as error:
            found = model_error(error, model)
            return (str(found), found.retryable, found.fatal, found.limited, found.too_long,
                    found.retry_after_seconds, cannot_connect(error))  # fmt: skip
        finally:
            await litellm.close_litellm_async_clients()

    said = asyncio.run(call())
    sent = (server.paths[-1], server.headers[-1]["authorization"], server.sent[-1]) if server.sent else None
    return sent, said


def both(script: Any, model: str, form: str = "schema", timeout: float = 20.0) -> Iterator[Any]:
    for directly in (False, True):
        with loopback(script) as server:
            yield outcome(server, model, form, directly=directly, timeout=timeout)


MODELS = ("openai/any-name", "openai/gpt-4o-mini", "openai/gpt-5-mini", "openai/o3-mini", "hosted_vllm/any-name")


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("form", FORMS)
def test_the_same_request_gets_the_same_answer_at_the_same_price(model: str, form: str) -> None:
    headers = {"x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "3"}
    reply = Reply(GOOD, cached_tokens=64, headers=headers, as_tool=form == "tool")
    usual, direct = both([reply], model, form)
    assert direct == usual
    assert direct[1].raw == GOOD
    assert (direct[1].cost_usd is None) == model.endswith("any-name")


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=400, error={"message": "bad prompt", "code": "bad_value"}),
        Reply(status=400, error={"message": "too long", "code": "context_length_exceeded"}),
        Reply(status=400, error={"message": "This model's maximum context length is 4096 tokens."}),
        Reply(status=401, error={"code": "invalid_api_key"}),
        Reply(status=402),
        Reply(status=403),
        Reply(status=404, error={"code": "model_not_found"}),
        Reply(status=408),
        Reply(status=413),
        Reply(status=422),
        Reply(status=429, headers={"retry-after-ms": "20"}),
        Reply(status=429, headers={"retry-after": "7"}, error={"code": "rate_limit_exceeded"}),
        Reply(status=429, error={"code": "insufficient_quota"}),
        Reply(status=500),
        Reply(status=503),
        Reply(GOOD[:40], finish="length"),
        Reply("", finish="content_filter"),
    ],
    ids=lambda reply: f"{reply.status} {reply.error.get('code', reply.finish)}",
)
def test_what_a_server_refuses_means_the_same(reply: Reply) -> None:
    usual, direct = both(lambda _body: reply, "openai/any-name")
    assert direct == usual


PAGES = ("<!doctype html><title>Welcome</title>", '{"choices": []}', "{}", "null", "[]")
GARBLED = (
    "the server's answer is not in the protocol that this kind of model speaks. Check its address; most end in /v1."
)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_in_place_of_an_answer_means_the_same(page: str) -> None:
    (_, usual), (_, direct) = both(lambda _body: Reply(page=page), "openai/any-name")
    assert direct == usual
    assert direct[:2] == (f"openai/any-name: {GARBLED}", True)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("model", ["groq/any-name", "mistral/any-name"])
def test_a_page_in_place_of_an_answer_is_told_of_other_providers_too(
    page: str, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = model.partition("/")[0].upper()
    with loopback(lambda _body: Reply(page=page)) as server:
        monkeypatch.setenv(f"{provider}_API_BASE", server.base_url)
        monkeypatch.setenv(f"{provider}_API_KEY", "k")
        analyst = ModelAnalyst(model, timeout_seconds=20)

        async def call() -> None:
            try:
                await analyst.answer(task_for(), analyst.request(task_for()))
            finally:
                await analyst.close()

        with pytest.raises(ModelError) as told:
            asyncio.run(call())
    assert str(told.value) == f"{model}: {GARBLED}"


def test_a_page_of_a_server_that_failed_is_no_wrong_address() -> None:
    (_, usual), (_, direct) = both(lambda _body: Reply(page=PAGES[0], status=500), "openai/any-name")
    assert direct == usual
    assert direct[0] == "openai/any-name: the server failed. (500)"


def test_a_server_that_hangs_is_given_up_in_the_same_way() -> None:
    (_, usual), (_, direct) = both([Reply(GOOD, pause_seconds=20)], "openai/any-name", timeout=0.3)
    assert direct == usual
    assert "within the time limit" in direct[0]


def test_a_server_that_is_gone_is_told_in_the_same_way() -> None:
    with loopback() as server:
        gone = server
    usual, direct = (outcome(gone, "openai/any-name", "schema", directly=directly) for directly in (False, True))
    assert direct == usual
    assert direct[1][-1], "no connection came about"


@pytest.mark.parametrize(
    "model", ["anthropic/claude-sonnet-4-5", "gemini/gemini-2.5-flash", "openai/o1-pro", "mistral/m", "ollama_chat/m"]
)
def test_what_does_not_speak_the_protocol_is_left_to_litellm(model: str) -> None:
    assert direct_way(load_litellm(), model, "http://127.0.0.1:1") is None


def test_openais_own_variables_are_left_to_its_own_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    assert direct_way(load_litellm(), "openai/gpt-4o-mini", "http://127.0.0.1:1") is None
