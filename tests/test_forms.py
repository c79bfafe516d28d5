"""How the form of a reply is asked for, and what a server is found to take."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from synth.errors import ModelError
from synth.forms import ANY_JSON, FORMS, LEAN, SCHEMA, TOOL, WORDS, Forms, forms_for


class RefusedError(Exception):
    """What a server says to a form that it does not take."""


class Server:
    """Takes some forms, and keeps what it was asked in."""

    def __init__(self, *taken: str) -> None:
        self.taken = taken
        self.asked: list[str] = []

    async def attempt(self, form: str) -> str:
        self.asked.append(form)
        await asyncio.sleep(0)
        if form not in self.taken:
            raise RefusedError
        return f"answered in {form}"


def refused(error: Exception) -> bool:
    return isinstance(error, RefusedError)


def ask(forms: Forms, attempt: Callable[[str], Awaitable[str]], times: int = 1, task: str = "t") -> list[object]:
    async def all_at_once() -> list[object]:
        return await asyncio.gather(*(forms.ask(task, attempt, refused) for _ in range(times)), return_exceptions=True)

    return asyncio.run(all_at_once())


@pytest.mark.parametrize(
    ("parameters", "forms"),
    [
        (None, FORMS),
        (["response_format", "tools", "tool_choice"], FORMS),
        (["response_format"], (SCHEMA, LEAN, ANY_JSON, WORDS)),
        (["tools", "tool_choice", "seed"], (TOOL, WORDS)),
        (["seed"], (WORDS,)),
    ],
)
def test_what_litellm_passes_on_decides_where_to_begin(parameters: list[str] | None, forms: tuple[str, ...]) -> None:
    assert forms_for(parameters) == forms


def test_refusal_is_noticed_once_however_many_ask_at_the_same_time() -> None:
    server, forms = Server(ANY_JSON, WORDS), Forms()
    answers = ask(forms, server.attempt, times=8)
    assert set(answers) == {"answered in any JSON"}
    assert server.asked.count(SCHEMA) == 8, "all were under way before the first refusal"
    assert (server.asked.count(LEAN), server.asked.count(TOOL)) == (1, 1), "one looks for what is taken"
    ask(forms, server.attempt, times=5)
    assert server.asked[-5:] == [ANY_JSON] * 5


def test_tasks_are_told_apart() -> None:
    server, forms = Server(LEAN), Forms()
    ask(forms, server.attempt)
    assert (forms.current("t"), forms.current("another")) == (LEAN, SCHEMA)


def test_request_refused_in_a_form_that_was_taken_before_changes_nothing_for_others() -> None:
    forms, odd = Forms(), Server(WORDS)
    ask(forms, Server(SCHEMA).attempt)
    assert ask(forms, odd.attempt) == ["answered in words"]
    assert odd.asked == list(FORMS)
    assert forms.current("t") == SCHEMA


def test_other_errors_are_passed_on_without_another_try() -> None:
    tried = []

    async def attempt(form: str) -> str:
        tried.append(form)
        raise TimeoutError

    (error,) = ask(Forms(), attempt)
    assert isinstance(error, TimeoutError)
    assert tried == [SCHEMA]


@pytest.mark.parametrize("available", [FORMS, (WORDS,)])
def test_server_that_refuses_every_form_of_the_first_requests_stops_the_run(available: tuple[str, ...]) -> None:
    forms, server, own = Forms(available), Server(), ModelError("m", "the server refused the request.")
    ask(forms, server.attempt, times=2)
    assert forms.hopeless(own) is own
    ask(forms, server.attempt)
    assert forms.hopeless(own).fatal
    assert "So were the first 3 requests, in every form." in str(forms.hopeless(own))
    ask(forms, Server(*FORMS).attempt)
    assert forms.hopeless(own) is own, "one answer shows that the server is not to blame"


def test_schema_that_is_taken_and_ignored_is_told_in_words_after_two_complaints() -> None:
    forms, server = Forms(), Server(SCHEMA)

    async def twice() -> None:
        for again in (False, True, False, True):
            assert not forms.ignored
            await forms.ask("t", server.attempt, refused, again=again)

    asyncio.run(twice())
    assert forms.ignored
    ask(forms, server.attempt, times=3)
    assert not forms.ignored, "most answers could be read after all"
