"""Which analyst a model's name stands for. Nothing after this point asks who it is."""

from __future__ import annotations

from collections.abc import Callable

from synth.analyst import Analyst, Request, VectorCache

OFFLINE = "offline"


def open_analyst(model: str, cache: VectorCache, timeout_seconds: float, embeddings: bool) -> Analyst:
    """The analyst of this name: the built-in one, or one that asks a model.

    Raises:
        SettingError: no model can have this name.
    """
    if model == OFFLINE:
        from synth.offline import OfflineAnalyst

        return OfflineAnalyst(cache, embeddings=None if embeddings else False)
    from synth.llm import ModelAnalyst

    return ModelAnalyst(model, timeout_seconds=timeout_seconds)


def price_of(analyst: Analyst) -> Callable[[Request], float | None] | None:
    """What a request to this analyst is expected to cost; None where it is free."""
    if analyst.model == OFFLINE:
        return None
    from synth.llm import expected_cost

    return expected_cost


def prepare_model(model: str) -> None:
    """Begin with what is slow to load, while files are read."""
    if model != OFFLINE:
        from synth.llm import warm_up

        warm_up()


def quality_of(model: str, language: str) -> str:
    """What is known of how often this reader is right, in one sentence; empty where nothing was measured."""
    if model != OFFLINE:
        return ""
    from synth.offline import quality

    return quality(language)
