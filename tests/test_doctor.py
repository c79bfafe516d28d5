"""What stands between a user and a model that answers."""

from __future__ import annotations

import pytest

from synth.doctor import ModelCheck, model_checks
from tests.loopback import loopback

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Item '.*' on TypedDict class:UserWarning"),
]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE", "OLLAMA_API_BASE", "MISTRAL_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def state_of(checks: list[ModelCheck]) -> dict[str, str]:
    return {check.what: check.state for check in checks}


def found(checks: list[ModelCheck], what: str) -> str:
    return next(check.found for check in checks if check.what == what)


def test_a_name_that_leads_nowhere_is_told_how_to_be_written() -> None:
    (check,) = model_checks("no-such-thing")
    assert check.state == "missing"
    assert "provider/name" in check.found


def test_a_name_that_no_model_can_have_is_told() -> None:
    assert state_of(model_checks("two words")) == {"model": "missing"}


def test_a_missing_key_is_named_and_the_server_left_alone() -> None:
    checks = model_checks("mistral/mistral-large-latest")
    assert state_of(checks) == {"model": "ok", "price": "ok", "key": "missing"}
    assert "MISTRAL_API_KEY is not set" in found(checks, "key")


@pytest.mark.parametrize(
    ("model", "variable"), [("openai/known-model", "OPENAI_BASE_URL"), ("ollama_chat/known-model", "OLLAMA_API_BASE")]
)
def test_a_server_of_ones_own_is_reached_and_has_the_model(
    model: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with loopback() as server:
        monkeypatch.setenv(variable, server.base_url if variable.startswith("OPENAI") else server.address)
        checks = model_checks(model)
    assert state_of(checks)["server"] == "ok"
    assert "has known-model" in found(checks, "server")


def test_a_model_that_the_server_does_not_list_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    with loopback() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        checks = model_checks("openai/another")
    assert state_of(checks) == {"model": "ok", "price": "note", "key": "ok", "server": "note"}
    assert "another is not in its list of models (known-model)" in found(checks, "server")


def test_a_server_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with loopback() as server:
        address = server.base_url
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    checks = model_checks("openai/any-name")
    assert state_of(checks)["server"] == "missing"
    assert f"nothing answers at {address}" in found(checks, "server")


def test_no_key_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    with loopback() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
        checks = model_checks("openai/known-model")
    assert found(checks, "key") == "OPENAI_API_KEY is set"
    assert "sk-secret" not in str(checks)


@pytest.mark.parametrize(
    "address", ["localhost:8000/v1", "http://", "http://[broken", "http://host:port/v1", "ftp://host"]
)
def test_an_address_that_cannot_be_is_said(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    (check,) = model_checks("openai/any-name")
    assert check.state == "missing"
    assert check.found.startswith("OPENAI_BASE_URL or OPENAI_API_BASE holds no address of a server")
