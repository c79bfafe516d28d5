"""Questions handed to a provider as one batch, to be answered in its own time at half the price.

A line of a batch is the request that would have been made live, under the same key, so that an answer is used as any
other. What the provider keeps for a batch, the questions and the answers, is deleted there once it was collected. No
database is known here: `synth.pipeline.batching` says what is handed in, and remembers it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from synth.analyst import Answer, Request, Task
from synth.errors import ModelError, SettingError
from synth.llm import ModelAnalyst, load_litellm
from synth.providers import provider_of

PROVIDERS = ("openai", "azure")
MOST_LINES, MOST_BYTES = 20_000, 90_000_000
"""In one batch: below what any of the providers takes."""
PRICE_SHARE = 0.5
"""Of the live price, where litellm's list has no price for batches."""
_ENDPOINT: Literal["/v1/chat/completions"] = "/v1/chat/completions"
_WINDOW: Literal["24h"] = "24h"
_MARK = "synth"
_UNDER_WAY = frozenset({"validating", "in_progress", "finalizing", "cancelling"})
_LISTED = 100
_RETRIES = 2


@dataclass(frozen=True, slots=True)
class BatchState:
    """How far a provider is with a batch."""

    id: str
    status: str
    """`completed`, `failed`, `expired`, `cancelled`, or a word for being under way."""
    answered: int
    lines: int
    files: tuple[str, ...]
    """Where the answers are, and the lines that failed."""
    input_file: str | None
    code: str | None
    """Why the whole batch was refused, in the provider's word."""

    @property
    def under_way(self) -> bool:
        """Whether there is nothing to collect yet."""
        return self.status in _UNDER_WAY


@dataclass(frozen=True, slots=True)
class BatchLine:
    """What became of one request."""

    key: str
    answer: Answer | None
    why: str | None
    """Why there is no answer."""


class Batches:
    """The batch interface behind one model's name."""

    def __init__(self, analyst: ModelAnalyst) -> None:
        """Cheap: nobody is asked.

        Raises:
            SettingError: this provider has no batches that can be used here.
        """
        self._analyst = analyst
        self._litellm = load_litellm()
        provider = provider_of(self._litellm, analyst.model)
        if provider not in PROVIDERS:
            raise SettingError(
                f"--batch: {analyst.model} has no batch interface that Synth can use; {' and '.join(PROVIDERS)} have. "
                "Run without it."
            )
        self._provider = provider

    async def submit(self, questions: Iterable[tuple[Task, Request]], mark: str) -> str:
        """Hand in a batch.

        Args:
            questions: what to ask; each key once.
            mark: what this batch is found again by, should the program end before its id is known.

        Returns:
            The provider's id of the batch.

        Raises:
            ModelError: it was not taken, and nothing has to be paid; where it is `retryable`, it may have been taken.
        """
        data = b"".join(self.line(task, request) for task, request in questions)
        file = await self._call("create_file", file=("questions.jsonl", data), purpose="batch")
        try:
            batch = await self._call(
                "create_batch",
                completion_window=_WINDOW,
                endpoint=_ENDPOINT,
                input_file_id=file.id,
                metadata={_MARK: mark},
            )
        except ModelError as error:
            if not error.retryable:  # no batch will ever lead to this file again
                await self._delete(str(file.id))
            raise
        return str(batch.id)

    def line(self, task: Task, request: Request) -> bytes:
        """One request as a line of the file that is handed in."""
        body = self._analyst.batch_body(self._litellm, task)
        line = {"custom_id": request.key, "method": "POST", "url": _ENDPOINT, "body": body}
        return json.dumps(line, ensure_ascii=False).encode() + b"\n"

    async def find(self, mark: str) -> str | None:
        """The id of the batch with this mark, among the newest hundred; None where there is none.

        Raises:
            ModelError: nobody answered.
        """
        listed = await self._call("list_batches", limit=_LISTED)
        found = (one for one in listed.data if (getattr(one, "metadata", None) or {}).get(_MARK) == mark)
        return next((str(one.id) for one in found), None)

    async def look(self, batch_id: str) -> BatchState:
        """How far it is.

        Raises:
            ModelError: nobody answered, or the provider knows no such batch.
        """
        batch = await self._call("retrieve_batch", batch_id=batch_id)
        counts, errors = getattr(batch, "request_counts", None), getattr(batch, "errors", None)
        files = (getattr(batch, "output_file_id", None), getattr(batch, "error_file_id", None))
        codes = [str(one.code) for one in getattr(errors, "data", None) or [] if getattr(one, "code", None)]
        return BatchState(
            id=batch_id,
            status=str(batch.status),
            answered=getattr(counts, "completed", 0) or 0,
            lines=getattr(counts, "total", 0) or 0,
            files=tuple(str(file) for file in files if file),
            input_file=getattr(batch, "input_file_id", None),
            code=codes[0] if codes else None,
        )

    async def collect(self, state: BatchState) -> dict[str, BatchLine]:
        """The lines that came back, by key.

        Raises:
            ModelError: nobody answered.
        """
        lines: dict[str, BatchLine] = {}
        for file in state.files:
            content = await self._call("file_content", file_id=file)
            lines |= {line.key: line for line in self._lines(content.content)}
        return lines

    async def forget(self, state: BatchState) -> bool:
        """Delete the batch's files at the provider: they hold what people said.

        Returns:
            Whether all of them are gone; a provider that refuses keeps them for as long as its rules say.
        """
        files = (*state.files, *([state.input_file] if state.input_file else []))
        return all([await self._delete(file) for file in files])

    async def _delete(self, file: str) -> bool:
        try:
            await self._call("file_delete", file_id=file)
        except ModelError:
            return False
        return True

    async def cancel(self, batch_id: str) -> None:
        """Ask the provider to stop; what it has answered by then can still be collected.

        Raises:
            ModelError: nobody answered, or it is over already.
        """
        await self._call("cancel_batch", batch_id=batch_id)

    def _lines(self, content: bytes) -> Iterator[BatchLine]:
        for text in content.split(b"\n"):  # JSON may hold what else Python takes for the end of a line
            if text.strip():
                line = json.loads(text)
                yield BatchLine(str(line.get("custom_id")), *self._outcome(line))

    def _outcome(self, line: dict[str, Any]) -> tuple[Answer | None, str | None]:
        response, error = line.get("response") or {}, line.get("error") or {}
        body = response.get("body") or {}
        if response.get("status_code") != 200 or not body.get("choices"):
            code = error.get("code") or (body.get("error") or {}).get("code") or response.get("status_code")
            return None, f"the provider could not answer it in the batch ({code or 'no reason given'})"
        choice, usage = body["choices"][0], body.get("usage") or {}
        tokens_in, tokens_out = usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0
        return Answer(
            raw=choice["message"].get("content") or "",
            input_tokens=tokens_in,
            output_tokens=tokens_out,
            cached_tokens=(usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0,
            cost_usd=self.price(tokens_in, tokens_out),
            cut_off=choice.get("finish_reason") == "length",
        ), None

    def price(self, tokens_in: int, tokens_out: int) -> float | None:
        """US dollars for so many tokens in a batch; None where the price is unknown."""
        model = self._analyst.model
        try:
            live = self._litellm.cost_per_token(model, prompt_tokens=tokens_in, completion_tokens=tokens_out)
            known = self._litellm.get_model_info(model)
        except Exception:  # however litellm says it: no price
            return None
        rates = [known.get(f"{way}_cost_per_token_batches") for way in ("input", "output")]
        if all(isinstance(rate, int | float) for rate in rates):
            return float(rates[0] * tokens_in + rates[1] * tokens_out)
        return float(sum(live)) * PRICE_SHARE

    async def _call(self, name: str, **arguments: Any) -> Any:
        """In a thread: litellm's own asynchronous calls of this kind leave their connections open."""
        # What makes something there is not tried again: it may have been made, and a second one would be paid as well.
        retries = 0 if name.startswith("create_") else _RETRIES
        call = partial(getattr(self._litellm, name), custom_llm_provider=self._provider, max_retries=retries)
        try:
            return await asyncio.to_thread(call, **self._analyst.connection(), **arguments)
        except Exception as error:  # every class of it is told apart in `model_error`
            raise self._analyst.translated(error) from error
