"""What asking a model is likely to take, before it is asked: tokens and money, for a budget and for a dry run.

All of it is guessed from lengths and from what trials came to; prices are those that litellm knows.
"""

from __future__ import annotations

from dataclasses import dataclass

from synth.analyst import Request
from synth.critic import MOST_OTHERS, MOST_OWN
from synth.llm import load_litellm
from synth.providers import known_price

_SCHEMA_TOKENS = 1_000
_FINDING_TOKENS = 55
_INSTRUCTION_CHARACTERS = 2_900
"""Of a prompt to read a chunk, before its lines."""
_AGAIN_SHARE = 0.35
"""What a further pass writes, for each token that the first wrote: what was missed, and numbers."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a request is likely to take, before it is made."""

    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    """None where litellm has no price for the model."""


def expected(request: Request) -> Expected:
    """A guess from lengths: four characters a token, the schema that goes beside the prompt, output as in trials."""
    tokens_in = len(request.prompt) // 4 + _SCHEMA_TOKENS
    reads = {"code_chunk": 1.0, "code_again": _AGAIN_SHARE}.get(request.task_name, 0.0)
    data = max(0, len(request.prompt) - _INSTRUCTION_CHARACTERS)
    # Sixty-five findings in 10,000 characters.
    tokens_out = int(reads * data * 65 * _FINDING_TOKENS / 10_000) if reads and data else 2_500
    return _priced(request.model, tokens_in, tokens_out)


def expected_cost(request: Request) -> float | None:
    """What a request is likely to cost in US dollars; None where the price is unknown."""
    return expected(request).cost_usd


def is_known(model: str) -> bool:
    """Whether litellm has a price for this model."""
    return _priced(model, 1, 1).cost_usd is not None


def _priced(model: str, tokens_in: int, tokens_out: int) -> Expected:
    price = known_price(load_litellm(), model, tokens_in, tokens_out)
    return Expected(tokens_in, tokens_out, None if price is None else sum(price))


def expected_of_passes(first: Expected, passes: int) -> Expected:
    """What reading a chunk so often takes, given what the first time does; a cost that errs upwards."""
    more = passes - 1
    return Expected(
        # A further prompt holds what was found as well, at some fifteen tokens a finding.
        round(first.input_tokens * passes + more * first.output_tokens * 15 / _FINDING_TOKENS),
        round(first.output_tokens * (1 + more * _AGAIN_SHARE)),
        None if first.cost_usd is None else first.cost_usd * passes,
    )


CALLS_A_PERSONA, CRITIC_CALLS_A_PERSONA = 7, 3
"""A portrait, its further sections and a map of three parts to eight; and a critic who is asked about a persona and its
map in one part or two, up to one a phase where people said much."""
_MAP_PARTS = 8


def expected_of_drafts(model: str, reading_tokens_out: int, personas: int) -> Expected:
    """What grouping and drafting take, given what one pass over the whole study writes.

    Counted on interviews of 6 and 13 people, and on each four times and 33 times over, with as many findings as a model
    makes: a finding is shown when labels are merged, and in the pieces of its persona up to a number.
    """
    findings = reading_tokens_out / _FINDING_TOKENS
    shown = 48 * findings + personas * (7_000 + 130 * min(findings / personas, 400))
    return _priced(model, round(shown), round(4 * findings + personas * 5_000))


def expected_of_critic(model: str, reading_tokens_out: int, personas: int) -> Expected:
    """What trying to refute the drafts takes besides, counted in the same way.

    A critic of a persona sees some of all findings, and one of its map as many again for each part.
    """
    findings = reading_tokens_out / _FINDING_TOKENS
    own = findings / personas
    rest = findings - own
    seen = sum(min(own, parts * MOST_OWN) + min(rest, parts * MOST_OTHERS) for parts in (1, _MAP_PARTS))
    return _priced(model, round(personas * (3_000 + 44 * seen)), personas * 800)
