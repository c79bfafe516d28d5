"""Which analyst a model's name stands for. Nothing after this point asks who it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from synth.analyst import Analyst, Request, VectorCache
from synth.domain import Transcript
from synth.frameworks import Framework
from synth.profiles import Leaning

OFFLINE = "offline"
_MOST_TRANSCRIPTS = 400


def open_analyst(model: str, cache: VectorCache, timeout_seconds: float, embeddings: bool) -> Analyst:
    """The analyst of this name: the built-in one, or one that asks a model.

    Raises:
        SettingError: no model can have this name.
    """
    if model == OFFLINE:
        from synth.offline import OfflineAnalyst

        return OfflineAnalyst(cache, embeddings=None if embeddings else False)
    from synth.llm import ModelAnalyst, Parameters
    from synth.settings import load_settings

    settings = load_settings()
    parameters = Parameters(max_output_tokens=settings.max_output_tokens, most_findings=settings.most_findings)
    return ModelAnalyst(model, timeout_seconds=timeout_seconds, parameters=parameters)


def analyst_maker(model: str, timeout_seconds: float, embeddings: bool) -> Callable[[VectorCache], Analyst]:
    """Makes the analyst of this name in whatever process it is called in."""
    return partial(_opened, model, timeout_seconds, embeddings)


def _opened(model: str, timeout_seconds: float, embeddings: bool, cache: VectorCache) -> Analyst:
    return open_analyst(model, cache, timeout_seconds, embeddings)


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

        warm_up(model)


def whole_judgements(
    analyst: Analyst, transcripts: Sequence[Transcript], framework: Framework, store: VectorCache
) -> tuple[VectorCache | None, Mapping[str, Leaning] | None]:
    """What this reader knows of people beside its findings: sentence vectors, and what moves each of them.

    Both None where it knows neither. In a large study leanings are left out: they would take a second reading.
    """
    if analyst.model != OFFLINE:
        return None, None
    from synth.offline import OfflineAnalyst

    # An engine stands around the reader that is here.
    reader = getattr(analyst, "here", analyst)
    if not isinstance(reader, OfflineAnalyst):
        return None, None
    few = len(transcripts) <= _MOST_TRANSCRIPTS
    return store if reader.uses_vectors else None, reader.leanings(transcripts, framework) if few else None


def quality_of(model: str, language: str) -> str:
    """What is known of how often this reader is right, in one sentence; empty where nothing was measured."""
    if model != OFFLINE:
        return ""
    from synth.offline import quality

    return quality(language)
