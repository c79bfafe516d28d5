"""Python's garbage collector, held still while many modules are imported, and seldom at work while calls are made.

Importing makes hundreds of thousands of objects that all stay, and the collector looks at them again and again: a
quarter of the time that importing litellm takes. What was imported is then put where the collector does not look any
more, so that it costs nothing while calls are made either.

A reply makes thousands of objects that hold no cycle and soon go by themselves. The collector looks through them a
dozen times before that; asked later, it finds hardly any of them.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_importing = 0
_was_on = True
_NEW_OBJECTS = 20_000
"""Made and not yet gone, after which the collector looks; Python's own number is 700."""
_seldom = 0
_before = gc.get_threshold()


@contextmanager
def importing() -> Iterator[None]:
    """Nothing is collected meanwhile, in whatever thread; several may import at once."""
    global _importing, _was_on
    with _lock:
        if _importing == 0:
            _was_on = gc.isenabled()
            gc.disable()
        _importing += 1
    try:
        yield
    finally:
        with _lock:
            _importing -= 1
            if _importing == 0:
                gc.freeze()
                if _was_on:
                    gc.enable()


def set_aside() -> None:
    """Leave what is in memory now out of searches for garbage: over a large draft one takes a fifth of a second."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Garbage is looked for seldom meanwhile, in whatever thread; several may ask for it at once."""
    global _seldom, _before
    with _lock:
        if _seldom == 0:
            _before = gc.get_threshold()
            if _before[0]:  # 0 is never
                gc.set_threshold(max(_before[0], _NEW_OBJECTS), *_before[1:])
        _seldom += 1
    try:
        yield
    finally:
        with _lock:
            _seldom -= 1
            if _seldom == 0:
                gc.set_threshold(*_before)
