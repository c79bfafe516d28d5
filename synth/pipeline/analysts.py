"""Which analyst a model's name stands for, and what is known of it: what it costs, what it loads, how good it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from synth.analyst import Analyst, Request, VectorCache
from synth.built_in import is_built_in
from synth.domain import Transcript
from synth.errors import ModelError
from synth.frameworks import Framework
from synth.profiles import Leaning

_MOST_TRANSCRIPTS = 400


def open_analyst(model: str, cache: VectorCache, timeout_seconds: float, embeddings: bool) -> Analyst:
    """The analyst of this name: the built-in one, or one that asks a model.

    Raises:
        SettingError: no model can have this name.
    """
    if is_built_in(model):
        from synth.offline import OfflineAnalyst

        return OfflineAnalyst(cache, embeddings=None if embeddings else False)
    from synth.llm import ModelAnalyst, Parameters
    from synth.settings import load_settings

    settings = load_settings()
    parameters = Parameters(max_output_tokens=settings.max_output_tokens, most_findings=settings.most_findings)
    return ModelAnalyst(model, timeout_seconds=timeout_seconds, parameters=parameters)


def analyst_maker(model: str, timeout_seconds: float, embeddings: bool) -> Callable[[VectorCache], Analyst]:
    """Makes the analyst of this name in whatever process it is called in."""
    return partial(open_analyst, model, timeout_seconds=timeout_seconds, embeddings=embeddings)


def price_of(analyst: Analyst) -> Callable[[Request], float | None] | None:
    """What a request to this analyst is expected to cost; None where it is free."""
    if is_built_in(analyst.model):
        return None
    from synth.prices import expected_cost

    return expected_cost


def is_priced(model: str) -> bool:
    """Whether it is known what calls to this model cost."""
    if is_built_in(model):
        return True
    from synth.prices import is_known

    return is_known(model)


def prepare_model(model: str, fail: Callable[[ModelError], None]) -> None:
    """Begin with what is slow to load, while files are read.

    Args:
        model: which is asked afterwards.
        fail: called, in another thread, once it is known that every call to it would fail.
    """
    if not is_built_in(model):
        from synth.llm import warm_up

        warm_up(model, lambda why: fail(ModelError(model, why, fatal=True)))


def whole_judgements(
    analyst: Analyst, transcripts: Sequence[Transcript], framework: Framework
) -> Mapping[str, Leaning] | None:
    """What this reader knows of each person beside its findings: what moves them and how they go about it.

    None where it does not judge that, and in a large study, where it would take a second reading.
    """
    if not is_built_in(analyst.model) or len(transcripts) > _MOST_TRANSCRIPTS:
        return None
    from synth.offline import OfflineAnalyst

    # An engine stands around the reader that is here.
    reader = getattr(analyst, "here", analyst)
    return reader.leanings(transcripts, framework) if isinstance(reader, OfflineAnalyst) else None


def quality_of(model: str, language: str) -> str:
    """What is known of how often this reader is right, in one sentence; empty where nothing was measured."""
    if not is_built_in(model):
        return ""
    from synth.offline import quality

    return quality(language)
