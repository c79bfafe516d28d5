"""A server's limits, read from the headers of its answers.

Providers tell how many requests and tokens a minute they take and how many are left, in headers that OpenAI introduced
and most others copied; litellm passes them on, mostly with a prefix. What is not there, or is no number, is None.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from synth.analyst import Rates

_LIMIT = "x-ratelimit-limit-{}"
_LEFT = "x-ratelimit-remaining-{}"
_RESETS = ("x-ratelimit-reset-{}", "anthropic-ratelimit-{}-reset")
_PREFIX = "llm_provider-"
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def rates_of(headers: Mapping[str, object], now: datetime | None = None) -> Rates | None:
    """The limits that stand in the headers of a response; None where there are none.

    Args:
        headers: in any case, with or without litellm's prefix.
        now: the time, where a header names one at which an allowance is full again.
    """
    plain = {str(name).lower().removeprefix(_PREFIX): str(value) for name, value in headers.items()}
    limits = [_number(plain.get(_LIMIT.format(what))) for what in ("requests", "tokens")]
    left = [_number(plain.get(_LEFT.format(what))) for what in ("requests", "tokens")]
    if all(value is None for value in (*limits, *left)):
        return None
    empty = [what for what, rest in zip(("requests", "tokens"), left, strict=True) if rest is not None and rest < 1]
    waits = [wait for what in empty if (wait := _reset(plain, what, now or datetime.now(UTC))) is not None]
    return Rates(
        requests_per_minute=limits[0],
        tokens_per_minute=limits[1],
        requests_left=left[0],
        tokens_left=left[1],
        full_again_seconds=max(waits, default=None),
    )


def _reset(headers: Mapping[str, str], what: str, now: datetime) -> float | None:
    for name in _RESETS:
        value = headers.get(name.format(what))
        if value is not None and (seconds := duration_seconds(value, now)) is not None:
            return seconds
    return None


def duration_seconds(text: str, now: datetime) -> float | None:
    """Seconds from `6m0s`, `120ms`, `7.5` or a time such as `2026-01-01T00:00:10Z`; None where it is none of them."""
    text = text.strip()
    number = _number(text)
    if number is not None:
        return number
    parts = _PART.findall(text)
    if parts and "".join(amount + unit for amount, unit in parts) == text:
        return sum(float(amount) * _SECONDS[unit] for amount, unit in parts)
    try:
        return max(0.0, (datetime.fromisoformat(text) - now).total_seconds())
    except (ValueError, TypeError):
        return None


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else None
    except ValueError:
        return None
    return value if value is not None and 0 <= value < 1e12 else None
