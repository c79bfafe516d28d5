"""A server's limits, read from the headers of its answers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from synth.analyst import Rates
from synth.rates import duration_seconds, rates_of

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


def test_limits_are_read_with_and_without_litellms_prefix() -> None:
    headers = {"llm_provider-X-RateLimit-Limit-Requests": "500", "x-ratelimit-remaining-requests": 499,
               "x-ratelimit-limit-tokens": "30000", "x-ratelimit-remaining-tokens": "29000"}  # fmt: skip
    assert rates_of(headers) == Rates(500, 30000, 499, 29000)


def test_wait_is_that_of_what_is_used_up() -> None:
    headers = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1.5s",
               "x-ratelimit-remaining-tokens": "9", "x-ratelimit-reset-tokens": "40s"}  # fmt: skip
    found = rates_of(headers)
    assert found is not None
    assert found.full_again_seconds == 1.5


def test_anthropic_names_the_time_at_which_all_is_there_again() -> None:
    headers = {"x-ratelimit-remaining-requests": "0", "llm_provider-anthropic-ratelimit-requests-reset":
               "2026-01-01T12:00:07Z"}  # fmt: skip
    found = rates_of(headers, NOW)
    assert found is not None
    assert found.full_again_seconds == 7


@pytest.mark.parametrize("headers", [{}, {"content-type": "x"}, {"x-ratelimit-limit-requests": "unlimited"},
                                     {"x-ratelimit-limit-requests": "-1"},
                                     {"x-ratelimit-limit-tokens": "nan"}])  # fmt: skip
def test_what_is_no_limit_is_none(headers: dict[str, object]) -> None:
    assert rates_of(headers) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("6m0s", 360), ("120ms", 0.12), ("1h2m3.5s", 3723.5), ("30", 30), ("soon", None), ("", None), ("5 s", None),
     ("2026-01-01T11:00:00Z", 0), ("2026-01-01T12:00:10", None)],
)  # fmt: skip
def test_durations_are_read_as_providers_write_them(text: str, seconds: float | None) -> None:
    assert duration_seconds(text, NOW) == seconds
