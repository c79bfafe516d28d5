"""What a run would ask anew: lines that were read before, by another model, prompt or framework.

It is worked out and told before the first call, so that nobody pays for it unawares; the earlier reading stays. Nothing
is worked out for a study that nobody has read yet, nor for a reader to which nothing is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from synth.analyst import Analyst, CodeChunk, Request
from synth.chunk import halve_chunk
from synth.store import Coding, Store, Study


@dataclass(slots=True)
class Changes:
    """Chunks that were read before and would be asked anew."""

    chunks: int = 0
    of_chunks: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = 0.0
    """None where the price is unknown."""
    why: tuple[str, ...] = ()
    """What is not as it was when they were read."""

    def sentence(self) -> str:
        """The notice."""
        cost = "at an unknown price" if self.cost_usd is None else f"about ${self.cost_usd:.4f}"
        chunks = "1 chunk that was" if self.chunks == 1 else f"{self.chunks} chunks that were"
        return (
            f"Of {self.of_chunks} chunks, {chunks} read before {'is' if self.chunks == 1 else 'are'} asked anew: "
            f"{' and '.join(self.why)} changed. About {self.input_tokens:,} tokens in, {self.output_tokens:,} out, "
            f"{cost}. The earlier reading stays: `synth compare`."
        )


def asked_anew(store: Store, study: Study, analyst: Analyst, tasks: Iterable[CodeChunk], passes: int) -> Changes | None:
    """What would be asked anew; None where nothing would.

    Args:
        store: has what was read.
        study: which is read.
        analyst: who reads.
        tasks: all chunks of the study as they are now.
        passes: how often each is read.
    """
    if not analyst.remote:
        return None
    before: dict[str, list[Coding]] = {}
    for coding in store.codings(study):
        if coding.state == "coded":
            before.setdefault(coding.transcript_id, []).append(coding)
    if not before:
        return None
    from synth.prices import expected, expected_of_passes

    changes, why = Changes(), dict[str, None]()
    for task in tasks:
        changes.of_chunks += 1
        request = analyst.request(task)
        earlier = _on_its_lines(task, before.get(task.transcript.id, ()))
        if not earlier or store.answer(request.key) or _is_done(analyst, task, request, earlier):
            continue
        changes.chunks += 1
        why |= dict.fromkeys(_reasons(earlier, analyst.model, request.prompt_version))
        takes = expected_of_passes(expected(request), passes)
        changes.input_tokens += takes.input_tokens
        changes.output_tokens += takes.output_tokens
        unknown = takes.cost_usd is None or changes.cost_usd is None
        changes.cost_usd = None if unknown else (changes.cost_usd or 0.0) + (takes.cost_usd or 0.0)
    changes.why = tuple(why)
    return changes if changes.chunks else None


def _is_done(analyst: Analyst, task: CodeChunk, request: Request, earlier: Sequence[Coding]) -> bool:
    """Whether it was read by this very request, or in halves that were."""
    keys = {one.request_key for one in earlier}
    halves = halve_chunk(task.transcript, task.chunk) if len(earlier) > 1 else ()
    return request.key in keys or any(analyst.request(replace(task, chunk=half)).key in keys for half in halves)


def _on_its_lines(task: CodeChunk, codings: Sequence[Coding]) -> list[Coding]:
    chunk = task.chunk
    return [one for one in codings if one.first_line <= chunk.last_line and one.last_line >= chunk.first_line]


def _reasons(earlier: Sequence[Coding], model: str, version: str) -> list[str]:
    """In which of these the newest reading was another; what else decides an answer stands in the prompt."""
    found = []
    if all(one.model != model for one in earlier):
        found.append("the model")
    if all(one.prompt_version != version for one in earlier):
        found.append("the prompt")
    return found or ["the framework, the subject, the codebook or the cut"]
