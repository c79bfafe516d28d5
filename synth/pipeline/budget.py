"""What a run may cost: checked before each call, so that the sum is never passed."""

from __future__ import annotations

from collections.abc import Callable

from synth.analyst import Request
from synth.errors import SynthError


class BudgetReachedError(SynthError):
    """The next call might cost more than is left; what was answered is stored."""


class Budget:
    """A limit in US dollars over one run, counting calls under way at what they are expected to cost."""

    def __init__(
        self,
        limit_usd: float | None = None,
        price: Callable[[Request], float | None] | None = None,
        asked_to_stop: Callable[[], str | None] | None = None,
    ) -> None:
        """`price` says what a request is expected to cost; None where nobody knows. `asked_to_stop` says why no further
        call is to be made; None while it goes on. Calls that are under way are waited for and kept."""
        self._asked_to_stop = asked_to_stop
        self._limit, self._price = limit_usd, price
        self.spent_usd = 0.0
        self._under_way = 0.0

    def expect(self, request: Request) -> float:
        """What a request is expected to cost; 0 where the price is unknown or nothing is limited."""
        if self._limit is None or self._price is None:
            return 0.0
        return self._price(request) or 0.0

    def reserve(self, expected_usd: float) -> None:
        """Set an amount apart for a call that is about to be made.

        Raises:
            BudgetReachedError: it might pass the limit.
        """
        stop = self._asked_to_stop() if self._asked_to_stop else None
        if stop is not None:
            raise BudgetReachedError(stop)
        if self._limit is not None and self.spent_usd + self._under_way + expected_usd > self._limit:
            raise BudgetReachedError(
                f"The budget of ${self._limit:g} would be passed; ${self.spent_usd:.4f} was spent. "
                "What was read is stored: the same command with a higher --budget goes on from here."
            )
        self._under_way += expected_usd

    def settle(self, expected_usd: float, actual_usd: float) -> None:
        """The call is over, and this is what it took."""
        self._under_way -= expected_usd
        self.spent_usd += actual_usd
