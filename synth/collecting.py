"""Python's garbage collector, held still while many modules are imported.

Importing makes hundreds of thousands of objects that all stay, and the collector looks at them again and again: a
quarter of the time that importing litellm takes. What was imported is then put where the collector does not look any
more, so that it costs nothing while calls are made either.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_importing = 0
_was_on = True


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
