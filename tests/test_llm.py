"""The analyst that asks a model, through litellm itself, against a server on loopback."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from synth import llm
from synth.analyst import ChunkReply, CodeChunk, Request
from synth.asking import Asked, Coded, Patience, Tally, ask, code
from synth.errors import ModelError, SettingError
from synth.lanes import Lanes
from synth.llm import ModelAnalyst, Parameters
from synth.prices import expected, expected_cost
from synth.providers import key_variable, own_address, shown_address
from tests.loopback import Loopback, Reply, loopback
from tests.scripted import EMPTY, TURNS, MemoryCalls, emotion, interview, reply_of, task_for

GOOD = reply_of(emotion(3))
QUICK = Patience(first_pause_seconds=0.01, jitter=lambda: 1.0)
WORDS = "The bill was twice as high."

# litellm's dependencies warn when they are imported, and its clients where a test ends a loop that they belong to.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Item '.*' on TypedDict class:UserWarning"),
]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE", "OLLAMA_API_BASE", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Loopback]]:
    """Start a server with a script, and let OpenAI's and Ollama's names lead to it."""
    with ExitStack() as running:

        def start(script: Any = ()) -> Loopback:
            server = running.enter_context(loopback(script))
            monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
            monkeypatch.setenv("OLLAMA_API_BASE", server.address)
            return server

        yield start


def run(analyst: ModelAnalyst, work: Callable[[], Awaitable[Any]]) -> Any:
    """Do it in a loop, and close what it opened there."""

    async def drive() -> Any:
        try:
            return await work()
        finally:
            await analyst.close()

    return asyncio.run(drive())


def asked(analyst: ModelAnalyst, task: CodeChunk | None = None) -> Any:
    """The reply to a task with everything around it."""
    return run(analyst, lambda: ask(analyst, task or task_for(), MemoryCalls(), Lanes(4), patience=QUICK))


def error_of(analyst: ModelAnalyst) -> ModelError:
    with pytest.raises(ModelError) as caught:
        asked(analyst)
    return caught.value


def test_a_chunk_is_asked_and_answered(serve: Callable[..., Loopback]) -> None:
    server = serve([Reply(GOOD, cached_tokens=64)])
    result = asked(ModelAnalyst("openai/any-name"))
    assert isinstance(result, Asked)
    assert result.reply == ChunkReply.model_validate_json(GOOD)
    assert (result.input_tokens, result.output_tokens, result.cached_tokens) == (120, 30, 64)
    assert result.cost_usd is None, "nobody knows the price of a model on one's own server"
    (sent,) = server.sent
    assert sent["model"] == "any-name"
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]
    assert "[3] P: I was furious." in sent["messages"][1]["content"]
    assert (sent["temperature"], sent["seed"]) == (0.0, 7)


def test_the_schema_goes_out_with_the_frameworks_keys_and_without_titles(serve: Callable[..., Loopback]) -> None:
    server = serve([Reply(GOOD)])
    asked(ModelAnalyst("openai/any-name"))
    form = server.sent[0]["response_format"]
    schema = form["json_schema"]["schema"]
    emotions = schema["$defs"]["EmotionReply"]
    assert form["type"] == "json_schema"
    assert form["json_schema"]["strict"] is True
    assert "anger" in emotions["properties"]["emotion"]["enum"]
    assert emotions["properties"]["phase"]["anyOf"][0]["enum"][0] == "awareness"
    assert set(emotions["required"]) == set(emotions["properties"])
    assert emotions["additionalProperties"] is False
    assert '"title"' not in json.dumps(schema)


def test_ollama_gets_the_schema_and_room_for_the_prompt(serve: Callable[..., Loopback]) -> None:
    server = serve([Reply(GOOD)])
    result = asked(ModelAnalyst("ollama_chat/any-name"))
    assert len(result.reply.emotions) == 1
    assert server.paths == ["/api/chat"]
    assert server.sent[0]["options"]["num_ctx"] == 20_480
    assert "EmotionReply" in server.sent[0]["format"]["$defs"]


@pytest.mark.parametrize(
    ("model", "path", "where"),
    [
        ("openai/m", "/v1/chat/completions", ("response_format", "json_schema", "schema")),
        ("mistral/mistral-large-latest", "/v1/chat/completions", ("response_format", "json_schema", "schema")),
        ("hosted_vllm/m", "/v1/chat/completions", ("response_format", "json_schema", "schema")),
        ("azure/m", "/openai/deployments/m/chat/completions", ("response_format", "json_schema", "schema")),
        ("anthropic/claude-sonnet-4-5", "/v1/messages", ("output_format", "schema")),
        ("anthropic/claude-3-haiku-20240307", "/v1/messages", ("tools", 0, "input_schema")),
        (
            "gemini/gemini-2.5-flash",
            "/models/gemini-2.5-flash:generateContent",
            ("generationConfig", "response_json_schema"),
        ),
        ("ollama_chat/m", "/api/chat", ("format",)),
    ],
)
def test_every_family_gets_the_schema_where_it_wants_it(
    serve: Callable[..., Loopback],
    monkeypatch: pytest.MonkeyPatch,
    model: str,
    path: str,
    where: tuple[str | int, ...],
) -> None:
    server = serve([Reply(GOOD, cached_tokens=64)])
    prefix = model.partition("/")[0].upper()
    monkeypatch.setenv(f"{prefix}_API_KEY", "k")
    monkeypatch.setenv("AZURE_API_VERSION", "2025-01-01")
    if prefix not in ("OPENAI", "OLLAMA_CHAT"):
        own = server.base_url if prefix in ("MISTRAL", "HOSTED_VLLM") else server.address
        monkeypatch.setenv(f"{prefix}_API_BASE", own)
    result = asked(ModelAnalyst(model))
    assert len(result.reply.emotions) == 1
    assert [found.partition("?")[0] for found in server.paths] == [path]
    schema: Any = server.sent[0]
    for step in where:
        schema = schema[step]
    assert '"disappointment"' in json.dumps(schema), "the framework's keys are in it"
    assert (result.input_tokens, result.output_tokens) == (120, 30)


def test_the_stable_part_is_marked_for_the_cache_where_a_provider_wants_that(
    serve: Callable[..., Loopback], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve([Reply(GOOD, cached_tokens=64)])
    monkeypatch.setenv("ANTHROPIC_API_BASE", server.address)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    assert asked(ModelAnalyst("anthropic/claude-sonnet-4-5")).cached_tokens == 64
    (part,) = server.sent[0]["system"]
    assert part["cache_control"] == {"type": "ephemeral"}
    assert part["text"].startswith("You code interviews")


@pytest.mark.parametrize("refused", [1, 2, 3, 4])
def test_a_server_that_refuses_the_schema_is_asked_in_a_simpler_form(
    serve: Callable[..., Loopback], refused: int
) -> None:
    forms = ["json_schema", "json_schema", "tool", "json_object", None]

    def script(_body: dict[str, Any]) -> Reply:
        return Reply(status=400) if len(server.sent) <= refused else Reply(GOOD)

    server = serve(script)
    analyst = ModelAnalyst("openai/any-name")
    tasks = [task_for(), task_for(interview(name="P2.txt"))]

    async def both() -> list[Asked[ChunkReply]]:
        return [await ask(analyst, task, MemoryCalls(), Lanes(1)) for task in tasks]

    assert len(run(analyst, both)) == 2
    used = ["tool" if "tools" in body else (body.get("response_format") or {}).get("type") for body in server.sent]
    assert used == [*forms[: refused + 1], forms[refused]], "what was taken is used from then on"
    lean = json.dumps(server.sent[1]["response_format"])
    assert "maxItems" not in lean
    assert ("fits this schema" in server.sent[-1]["messages"][1]["content"]) == (refused >= 3)


def test_a_request_that_is_refused_in_every_form_fails_by_itself(serve: Callable[..., Loopback]) -> None:
    server = serve(lambda _body: Reply(status=400, error={"message": f"bad prompt: {WORDS}", "code": "bad_value"}))
    error = error_of(ModelAnalyst("openai/any-name"))
    assert (error.retryable, error.fatal) == (False, False)
    assert len(server.sent) == 5
    assert WORDS not in str(error)


def test_the_complaint_is_told_back(serve: Callable[..., Loopback]) -> None:
    server = serve([Reply("Sorry."), Reply(GOOD)])
    result = asked(ModelAnalyst("openai/any-name"))
    assert result.made == 2
    first, second = (body["messages"][1]["content"] for body in server.sent)
    assert second.startswith(first)
    assert second.endswith("could not be used. It holds no JSON object. Answer with one JSON object and nothing else.")
    assert server.sent[0]["messages"][0] == server.sent[1]["messages"][0], "the prefix stays the same"


def test_a_reply_cut_off_by_length_is_asked_in_halves(serve: Callable[..., Loopback]) -> None:
    server = serve([Reply(GOOD[:60], finish="length"), Reply(EMPTY), Reply(EMPTY)])
    analyst = ModelAnalyst("openai/any-name")
    coded = run(analyst, lambda: code(analyst, task_for(), MemoryCalls(), Lanes(1)))
    assert isinstance(coded, Coded)
    assert (len(coded.parts), coded.failures, len(server.sent)) == (2, (), 3)


def test_a_limit_is_waited_for_and_a_failure_tried_again(serve: Callable[..., Loopback]) -> None:
    server = serve([Reply(status=429, headers={"retry-after-ms": "20"}), Reply(status=500), Reply(GOOD)])
    assert asked(ModelAnalyst("openai/any-name")).made == 1
    assert len(server.sent) == 3, "litellm tries nothing again by itself"


def test_a_server_that_hangs_is_given_up_in_time(serve: Callable[..., Loopback]) -> None:
    server = serve([Reply(GOOD, pause_seconds=20), Reply(GOOD)])
    result = asked(ModelAnalyst("openai/any-name", timeout_seconds=0.3))
    assert len(result.reply.emotions) == 1
    assert len(server.sent) == 2


def test_a_wrong_key_is_one_clear_line_without_the_key(
    serve: Callable[..., Loopback], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(lambda _body: Reply(status=401, error={"message": "Incorrect API key provided: sk-secret"}))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    error = error_of(ModelAnalyst("openai/any-name"))
    assert error.fatal
    assert "set OPENAI_API_KEY" in str(error)
    assert "sk-secret" not in str(error)
    assert len(server.sent) == 1
    assert server.headers[0]["authorization"] == "Bearer sk-secret"


def test_an_unknown_model_is_one_clear_line(serve: Callable[..., Loopback]) -> None:
    serve(lambda _body: Reply(status=404, error={"code": "model_not_found"}))
    error = error_of(ModelAnalyst("openai/no-such-model"))
    assert error.fatal
    assert "no model of this name" in str(error)


def test_a_name_that_leads_nowhere_is_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    error = error_of(ModelAnalyst("no-such-thing"))
    assert error.fatal
    assert "Write provider/name" in str(error)
    assert capsys.readouterr().out == ""


def test_a_missing_key_is_said_before_anything_is_sent() -> None:
    error = error_of(ModelAnalyst("anthropic/claude-sonnet-4-5"))
    assert error.fatal
    assert str(error).startswith("anthropic/claude-sonnet-4-5: ANTHROPIC_API_KEY is not set.")


def test_an_unreachable_server_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with loopback() as server:
        address = server.base_url
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    error = error_of(ModelAnalyst("openai/any-name"))
    assert error.fatal
    assert str(error) == (
        f"openai/any-name: no server answers at {address}. Is it running, is the address right, is there a network?"
    )


def test_an_address_that_swallows_connections_is_given_up_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(llm, "_KNOCK_SECONDS", 0.5)
    with socket.socket() as deaf, ExitStack() as fillers:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(4):  # more than wait in line: the system then answers nobody any more
            filler = fillers.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{deaf.getsockname()[1]}/v1")
        error = error_of(ModelAnalyst("openai/any-name", timeout_seconds=300))
    assert error.fatal
    assert "no server answers at http://127.0.0.1" in str(error)


def test_a_server_that_starts_just_now_is_waited_for() -> None:
    async def drive() -> None:
        with socket.socket() as late:
            late.bind(("127.0.0.1", 0))
            late.setblocking(False)
            asyncio.get_running_loop().call_later(0.2, late.listen)
            await llm.knock(f"http://127.0.0.1:{late.getsockname()[1]}", 20)
            knocked, _ = late.accept()  # would fail where nobody has knocked
            with knocked:
                assert knocked.recv(1) == b"", "nothing is sent"

    asyncio.run(drive())


def test_limits_that_a_server_tells_are_kept(serve: Callable[..., Loopback]) -> None:
    headers = {"x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "3"}
    serve(lambda _body: Reply(GOOD, headers=headers))
    analyst, lanes = ModelAnalyst("openai/any-name"), Lanes(2)
    run(analyst, lambda: ask(analyst, task_for(), MemoryCalls(), lanes))
    assert lanes._requests is not None
    assert 2 <= lanes._requests._level <= 3.1


def test_a_reply_that_comes_as_a_tools_arguments_is_read(serve: Callable[..., Loopback]) -> None:
    def script(body: dict[str, Any]) -> Reply:
        return Reply(GOOD, as_tool=True) if "tools" in body else Reply(status=400)

    server = serve(script)
    assert len(asked(ModelAnalyst("openai/any-name")).reply.emotions) == 1
    (tool,) = server.sent[-1]["tools"]
    assert tool["function"]["name"] == "code_chunk"
    assert "disappointment" in json.dumps(tool["function"]["parameters"])
    assert "_skip_mcp_handler" not in server.sent[-1]


def test_a_server_that_takes_the_schema_and_ignores_it_is_told_in_words(serve: Callable[..., Loopback]) -> None:
    def script(body: dict[str, Any]) -> Reply:
        return Reply(GOOD) if "fits this schema" in body["messages"][1]["content"] else Reply("Here you are.")

    server, analyst = serve(script), ModelAnalyst("openai/any-name")
    tasks = [task_for(interview(name=f"P{number}.txt")) for number in range(4)]

    async def all_of_them() -> list[Asked[ChunkReply]]:
        return [await ask(analyst, task, MemoryCalls(), Lanes(1)) for task in tasks]

    assert [result.made for result in run(analyst, all_of_them)] == [2, 2, 1, 1]
    assert all(body["response_format"]["type"] == "json_schema" for body in server.sent)


def test_a_name_that_no_model_can_have_is_refused_at_once() -> None:
    with pytest.raises(SettingError):
        ModelAnalyst(" ")
    with pytest.raises(SettingError):
        ModelAnalyst("two words")


def test_nothing_is_lost_where_one_in_ten_fails_and_one_in_ten_is_broken(serve: Callable[..., Loopback]) -> None:
    def script(_body: dict[str, Any]) -> Reply:
        number = len(server.sent)
        if number == 25:
            return Reply(status=429, headers={"retry-after-ms": "50"})
        if number == 40:
            return Reply(pause_seconds=20)
        if number % 10 == 3:
            return Reply(status=500)
        return Reply(GOOD[:90]) if number % 10 == 7 else Reply(GOOD)

    server = serve(script)
    analyst = ModelAnalyst("openai/any-name", timeout_seconds=1.0)
    turns = [[*TURNS, ("P1", [f"This is number {number}."])] for number in range(60)]
    tasks = [task_for(interview(turn, name=f"P{number}.txt")) for number, turn in enumerate(turns)]
    calls, tally = MemoryCalls(), Tally()

    async def work() -> list[Coded]:
        lanes = Lanes(8)
        return await asyncio.gather(*(code(analyst, t, calls, lanes, patience=QUICK, tally=tally) for t in tasks))

    results = run(analyst, work)
    assert all(result.failures == () for result in results)
    assert sum(len(part.asked.reply.emotions) for result in results for part in result.parts) >= 60
    assert tally.made == len(calls.kept)
    before = len(server.sent)
    run(analyst, work)
    assert len(server.sent) == before, "a second run makes no call"


# --- Keys of requests --------------------------------------------------------------------------------------------


def key_of(model: str = "openai/m", task: CodeChunk | None = None, **parameters: Any) -> str:
    return ModelAnalyst(model, parameters=Parameters(**parameters)).request(task or task_for()).key


def test_the_key_follows_everything_that_decides_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    task = task_for()
    framework = task.framework.model_copy(update={"emotions": task.framework.emotions[:-1]})
    keys = {
        key_of(),
        key_of("openai/other"),
        key_of(temperature=0.5),
        key_of(seed=8),
        key_of(max_output_tokens=100),
        key_of(task=task_for(interview(name="P2.txt", turns=[("P1", ["Something else."])]))),
        key_of(task=replace(task, subject="another")),
        key_of(task=replace(task, framework=framework)),
    }
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:1/v1")
    assert len(keys | {key_of()}) == 9


def test_the_key_is_the_same_for_the_same_question(monkeypatch: pytest.MonkeyPatch) -> None:
    assert key_of() == key_of()
    monkeypatch.setenv("OPENAI_API_KEY", "sk-another-key")
    assert key_of() == key_of("openai/m")


def test_the_request_shows_what_is_sent() -> None:
    request = ModelAnalyst("openai/m").request(task_for())
    assert request.task_name == "code_chunk"
    assert "[2] P: The bill was twice as high." in request.prompt
    assert "You code interviews" in request.prompt


@pytest.mark.parametrize(
    ("model", "variable"),
    [
        ("openai/m", "OPENAI_BASE_URL"),
        ("gpt-4o", "OPENAI_BASE_URL"),
        ("ollama_chat/m", "OLLAMA_API_BASE"),
        ("hosted_vllm/m", "HOSTED_VLLM_API_BASE"),
        ("mistral/m", "MISTRAL_API_BASE"),
    ],
)
def test_a_server_of_ones_own_is_named_in_the_environment(model: str, variable: str) -> None:
    assert own_address(model, {variable: "http://here/v1/"}) == "http://here/v1"
    assert own_address(model, {variable: "  "}) is None


def test_openais_address_is_nobody_elses() -> None:
    environment = {"OPENAI_BASE_URL": "http://here/v1"}
    assert own_address("claude-sonnet-4-5", environment) is None
    assert own_address("anthropic/claude-sonnet-4-5", environment) is None


def test_addresses_are_shown_without_passwords_and_keys_by_their_variable() -> None:
    assert shown_address("https://me:secret@host:8000/v1") == "https://host:8000/v1"
    assert key_variable("mistral/m") == "MISTRAL_API_KEY"
    assert key_variable("bedrock/m") == "the AWS credentials"


# --- Cost --------------------------------------------------------------------------------------------------------


def request_of(model: str, characters: int) -> Request:
    return Request("key", "code_chunk", model, "x" * characters, "1")


def test_the_expected_cost_grows_with_the_prompt_and_is_none_where_nobody_knows_it() -> None:
    short, long = (expected_cost(request_of("openai/gpt-4o-mini", size)) for size in (8_000, 16_000))
    assert short is not None
    assert long is not None
    assert 0 < short < long < 0.01
    assert expected_cost(request_of("openai/my-own", 8_000)) is None
    assert expected(request_of("openai/my-own", 8_000)).input_tokens == 2_000 + 1_000, "the prompt and its schema"


# --- Imports -----------------------------------------------------------------------------------------------------


def test_program_that_ends_while_litellm_is_being_imported_ends_without_a_word() -> None:
    script = "from synth.llm import warm_up; warm_up('openai/m')"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(
    "module", ["synth.asking", "synth.llm", "synth.prompts", "synth.extract", "synth.model_errors"]
)
def test_litellm_is_imported_only_when_it_is_asked(module: str) -> None:
    heavy = ("litellm", "openai", "langchain_text_splitters")
    script = f"import sys, {module}; sys.exit(any(name in sys.modules for name in {heavy}))"
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=60).returncode == 0


def test_the_first_import_reads_no_env_file_and_asks_no_network() -> None:
    script = (
        "import sys, socket\n"
        "def watch(event, args):\n"
        "    read_env = event == 'open' and str(args[0]).endswith('.env')\n"
        "    if read_env or event in ('socket.connect', 'socket.getaddrinfo'):\n"
        "        print('seen', event, file=sys.stderr); sys.exit(3)\n"
        "sys.addaudithook(watch)\n"
        "from synth.llm import warm_up\n"
        "from synth.prices import expected_cost\n"
        "from synth.analyst import Request\n"
        "warm_up()\n"
        "assert expected_cost(Request('k', 'code_chunk', 'openai/gpt-4o-mini', 'x' * 9000, '1')) > 0\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False, timeout=120, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
