"""Which analyst a model's name stands for, and what is known of it: what it costs, what it loads, how good it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from synth.analyst import Analyst, Request, VectorCache
from synth.domain import Transcript
from synth.errors import ModelError
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
    from synth.prices import expected_cost

    return expected_cost


def prepare_model(model: str, fail: Callable[[ModelError], None]) -> None:
    """Begin with what is slow to load, while files are read.

    Args:
        model: which is asked afterwards.
        fail: called, in another thread, once it is known that every call to it would fail.
    """
    if model != OFFLINE:
        from synth.llm import warm_up

        warm_up(model, lambda why: fail(ModelError(model, why, fatal=True)))


def whole_judgements(
    analyst: Analyst, transcripts: Sequence[Transcript], framework: Framework
) -> Mapping[str, Leaning] | None:
    """What this reader knows of each person beside its findings: what moves them and how they go about it.

    None where it does not judge that, and in a large study, where it would take a second reading.
    """
    if analyst.model != OFFLINE or len(transcripts) > _MOST_TRANSCRIPTS:
        return None
    from synth.offline import OfflineAnalyst

    # An engine stands around the reader that is here.
    reader = getattr(analyst, "here", analyst)
    return reader.leanings(transcripts, framework) if isinstance(reader, OfflineAnalyst) else None


def quality_of(model: str, language: str) -> str:
    """What is known of how often this reader is right, in one sentence; empty where nothing was measured."""
    if model != OFFLINE:
        return ""
    from synth.offline import quality

    return quality(language)
