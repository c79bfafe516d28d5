"""The built-in reader by its name: the one place that tells it from models. Imports nothing, so that all may ask."""

BUILT_IN = "offline"
BUILT_IN_LANGUAGES = ("en", "nl")


def is_built_in(model: str) -> bool:
    """Whether this names the built-in reader."""
    return model == BUILT_IN
