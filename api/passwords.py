"""Passwords that are tried: how long tries count, and how many are hashed at once."""

from __future__ import annotations

from threading import BoundedSemaphore

MINUTES = 15
"""For so long tries count; after as many as are allowed nobody tries again before that."""
_HASHING = BoundedSemaphore(2)


def hashing() -> BoundedSemaphore:
    """Enter it around each hash: one takes 64 MB for a moment, and many tries at once must not fill the memory."""
    return _HASHING
