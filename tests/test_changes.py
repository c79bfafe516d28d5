"""What a changed model or study would ask anew is told before the first call, with what it costs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.loopback import loopback
from tests.test_model_run import answer, start


def run(folder: Path, base_url: str, *words: str) -> tuple[dict[str, Any], str]:
    process = start(folder, base_url, *words)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return json.loads(out), err


def codes(body: dict[str, Any]) -> bool:
    return "emotions" in body["response_format"]["json_schema"]["schema"]["properties"]


def test_what_is_asked_anew_is_told_before_the_first_call(tmp_path: Path) -> None:
    with loopback(answer) as server:
        _, first = run(tmp_path, server.base_url, "--sample", "2")
        _, second = run(tmp_path, server.base_url, "--sample", "3", "--model", "openai/gpt-4o-mini")
        report, third = run(tmp_path, server.base_url, "--sample", "3", "--model", "openai/m", "--subject", "Bills")
        asked = sum(codes(body) for body in server.sent)
    assert asked == 2 + 3 + 3
    assert "asked anew" not in first
    assert "Of 3 chunks, 2 chunks that were read before are asked anew: the model changed. About " in second
    assert "out, about $0.0" in second
    assert second.index("asked anew") < second.index("Reading interviews")
    assert "3 chunks that were read before are asked anew: the model changed." in third
    assert "at an unknown price. The earlier reading stays: `synth compare`." in third
    assert any("asked anew" in note for note in report["notes"])
