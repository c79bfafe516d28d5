"""Reading the data that travels in the package: lists of words, forms of sentences, what pages say."""

from __future__ import annotations

from typing import Any

import yaml

# PyYAML may come without its parser in C, which takes a tenth of the time.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def shipped_yaml(data: bytes | str) -> Any:
    """What a YAML file of the package holds."""
    return yaml.load(data, Loader=_LOADER)
