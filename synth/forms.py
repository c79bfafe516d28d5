"""How the form of a reply is asked for, and what a server was found to take.

Best is a whole JSON schema; then one without bounds, a tool whose arguments are the reply, any JSON, and words alone.
What litellm says of a provider decides where to begin, the first answers decide the rest. The promise: a server that
refuses a form is asked in simpler ones by one call alone, while others that were refused wait for what it finds; what
it took is used for every later request of that task. A single request that is refused in a form which the server has
taken before is asked in simpler forms as well, and that changes nothing for the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from synth.errors import ModelError

T = TypeVar("T")

SCHEMA, LEAN, TOOL, ANY_JSON, WORDS = "schema", "lean schema", "tool", "any JSON", "words"
FORMS = (SCHEMA, LEAN, TOOL, ANY_JSON, WORDS)
TOLD_IN_WORDS = frozenset({ANY_JSON, WORDS})
"""Forms in which the schema stands in the prompt."""
_TRIES_WITHOUT_ANSWER = 3
"""So many requests refused in every form, with never an answer: the next will be refused too."""
_FIRST_COMPLAINTS = 2


def forms_for(parameters: Sequence[str] | None) -> tuple[str, ...]:
    """The forms that a provider has, best first; all of them where litellm does not know what it takes."""
    if parameters is None:
        return FORMS
    by_format, by_tool = "response_format" in parameters, {"tools", "tool_choice"} <= set(parameters)
    return tuple(form for form in FORMS if form == WORDS or (by_tool if form == TOOL else by_format))


def form_arguments(form: str, name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """What litellm is given besides the prompt, so that a reply comes in this form; nothing for words alone."""
    if form == ANY_JSON:
        return {"response_format": {"type": "json_object"}}
    if form in (SCHEMA, LEAN):
        about = {"name": name, "strict": True, "schema": schema}
        return {"response_format": {"type": "json_schema", "json_schema": about}}
    if form == TOOL:  # one, whose arguments are the reply, and the demand to use it
        return {
            "tools": [{"type": "function", "function": {"name": name, "parameters": schema}}],
            "tool_choice": {"type": "function", "function": {"name": name}},
            # Wherever tools are given litellm looks for those of a gateway of its own, which takes another package.
            "_skip_mcp_handler": True,
        }
    return {}


class Forms:
    """What one server was found to take, task by task."""

    def __init__(self, available: Sequence[str] = FORMS) -> None:
        self._available = tuple(available)
        self._place: dict[str, int] = {}
        self._taken: set[str] = set()
        self._hopeless = 0
        self._answers = self._complaints = 0
        self._searching: tuple[asyncio.AbstractEventLoop, asyncio.Lock] | None = None

    def current(self, task: str) -> str:
        """The form in which to ask next."""
        return self._available[self._place.get(task, 0)]

    @property
    def ignored(self) -> bool:
        """Whether the server takes schemas and heeds none, as its first answers show: say it in words as well."""
        return self._complaints >= _FIRST_COMPLAINTS and 2 * self._complaints >= self._answers

    async def ask(
        self,
        task: str,
        attempt: Callable[[str], Awaitable[T]],
        is_refusal: Callable[[Exception], bool],
        *,
        again: bool = False,
    ) -> T:
        """Make one request, in the best form that is taken.

        Args:
            task: the name of the task: a server may take one schema and not another.
            attempt: asks in a form, and raises what litellm raises.
            is_refusal: whether an error means that the request was refused as it stands.
            again: whether this is asked again because the first answer could not be read.

        Raises:
            Exception: whatever `attempt` raised last.
        """
        answer = await self._ask(task, attempt, is_refusal)
        self._answers += not again
        self._complaints += again
        return answer

    async def _ask(
        self, task: str, attempt: Callable[[str], Awaitable[T]], is_refusal: Callable[[Exception], bool]
    ) -> T:
        while True:
            place, known = self._place.get(task, 0), task in self._taken
            try:
                answer = await attempt(self._available[place])
            except Exception as error:
                if not is_refusal(error):
                    raise
                if place + 1 == len(self._available):
                    self._hopeless += 1
                    raise
            else:
                self._taken.add(task)
                return answer
            if known:
                return (await self._simplify(place, attempt, is_refusal))[1]
            async with self._one_at_a_time():
                if self._place.get(task, 0) <= place and task not in self._taken:
                    self._place[task], answer = await self._search(place, attempt, is_refusal)
                    self._taken.add(task)
                    return answer
            # Somebody else has found out meanwhile what is taken; where that is this form, the request is at fault.
            if self._place.get(task, 0) <= place:
                return (await self._simplify(place, attempt, is_refusal))[1]

    async def _search(
        self, place: int, attempt: Callable[[str], Awaitable[T]], is_refusal: Callable[[Exception], bool]
    ) -> tuple[int, T]:
        try:
            return await self._simplify(place, attempt, is_refusal)
        except Exception as error:
            if is_refusal(error):
                self._hopeless += 1
            raise

    async def _simplify(
        self, place: int, attempt: Callable[[str], Awaitable[T]], is_refusal: Callable[[Exception], bool]
    ) -> tuple[int, T]:
        last = len(self._available) - 1
        for simpler in range(place + 1, last + 1):
            try:
                return simpler, await attempt(self._available[simpler])
            except Exception as error:
                if simpler == last or not is_refusal(error):
                    raise
        raise AssertionError("the last form either answers or raises")

    def hopeless(self, error: ModelError) -> ModelError:
        """The error as it is, or as one that stops the run where nothing was ever taken."""
        if self._taken or self._hopeless < _TRIES_WITHOUT_ANSWER:
            return error
        why = str(error).removeprefix(f"{error.model}: ")
        return ModelError(
            error.model,
            f"{why} So were the first {self._hopeless} requests, in every form. Check the model's name and the server; "
            "`synth doctor --model` says what is set up.",
            fatal=True,
        )

    def _one_at_a_time(self) -> asyncio.Lock:
        loop = asyncio.get_running_loop()
        if self._searching is None or self._searching[0] is not loop:
            self._searching = (loop, asyncio.Lock())
        return self._searching[1]
