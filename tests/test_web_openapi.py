"""The OpenAPI document holds: whatever it allows is answered as it says, and never with an error nobody foresaw."""

from __future__ import annotations

import warnings
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.settings import ServiceSettings
from synth.accounts import Role
from synth.pipeline.people import add_token
from tests.web import HERE, add_account, keep_study, opened

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is a development dependency")
hypothesis = pytest.importorskip("hypothesis")

EXAMPLES = 15
"""Requests for each address; more are for an evening."""
STREAMS = {"watch_run"}
"""Answers that do not end by themselves."""
NOT_REAL = {"delete_study", "withdraw", "start_run", "resume_run"}
"""Asked about any id, so that nothing is deleted or run; all others about a study that is there."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, str, dict[str, str]]:
    """The application, a token that may everything, and ids that are there, by the name of their parameter."""
    db = tmp_path_factory.mktemp("asked") / "study.db"
    study = keep_study(db, people=3)
    account = add_account(db, "mira", "admin")
    with opened(db) as store:
        _, secret = add_token(store, account, "fuzz", Role.ADMIN, None, 1)
        draft = store.last_draft(study)
        assert draft is not None
        persona, journey = draft.draft.personas[0], draft.draft.maps[0]
        ids = {
            "study_id": study.id, "persona_id": persona.id, "map_id": journey.id, "phase": journey.phases[0].phase,
            "lane": "friction", "claim_id": persona.claims[0].id, "finding_id": persona.claims[0].finding_ids[0],
            "transcript_id": store.transcripts(study)[0].id,
        }  # fmt: skip
    return create_app(ServiceSettings(str(db))), secret, ids


def operations(app: Any) -> dict[str, Any]:
    """Every operation of the document by its id."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers={"host": HERE.removeprefix("http://")})
        return {one.ok().definition.raw["operationId"]: one.ok() for one in schema.get_all_operations()}


NAMES = sorted(
    one["operationId"]
    for path in create_app(ServiceSettings("none.db")).openapi()["paths"].values()
    for one in path.values()
)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in STREAMS])
def test_whatever_the_document_allows_is_answered_as_it_says(
    service: tuple[Any, str, dict[str, str]], name: str
) -> None:
    app, secret, ids = service
    operation = operations(app)[name]
    turn = count(1)
    settings = hypothesis.settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck), phases=[hypothesis.Phase.generate],
    )  # fmt: skip

    @settings
    @hypothesis.given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        if name not in NOT_REAL:
            # The study always, the rest in most requests: a wrong id has an answer too.
            known = {key: ids[key] for key in case.path_parameters if key in ids}
            case.path_parameters |= known if next(turn) % 4 else {key: known[key] for key in known if key == "study_id"}
        headers = {"authorization": f"Bearer {secret}"}
        answer = case.call(base_url=HERE, headers=headers)
        assert answer.status_code < 500, answer.text[:200]
        case.validate_response(
            answer,
            checks=[
                schemathesis.checks.not_a_server_error,
                schemathesis.specs.openapi.checks.status_code_conformance,
                schemathesis.specs.openapi.checks.content_type_conformance,
                schemathesis.specs.openapi.checks.response_schema_conformance,
            ],
        )

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ask()


def test_document_has_an_example_for_every_body_it_takes(service: tuple[Any, str, dict[str, str]]) -> None:
    document = service[0].openapi()
    for path, item in document["paths"].items():
        for method, one in item.items():
            content = one.get("requestBody", {}).get("content", {}).get("application/json")
            if content is None:
                continue
            name = content["schema"]["$ref"].rpartition("/")[2]
            shape = document["components"]["schemas"][name]
            fields = shape["properties"].values()
            assert "examples" in shape or all("examples" in one or "default" in one for one in fields), (method, path)


def test_database_of_the_document_is_not_made_by_reading_it(tmp_path: Path) -> None:
    create_app(ServiceSettings(str(tmp_path / "none.db"))).openapi()
    assert list(tmp_path.iterdir()) == []
