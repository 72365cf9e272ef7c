"""Schemathesis: whatever is sent to the API, no fault and no answer that the OpenAPI document does not know."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from pochade.web.app import create_app
from pochade.web.settings import load_settings
from web.conftest import Live, serve

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
# with its plugin for pytest, Schemathesis 4.32 does not run under pytest 9.2
OPERATIONS = [
    found.ok() for found in schemathesis.openapi.from_dict(create_app(load_settings(data=Path("unused"))).openapi()).get_all_operations()
]
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "6"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("schema")
    running = serve(load_settings(data=folder, default_model="gradient", port=0, drain_s=5, max_queued_jobs_per_user=100))
    live = next(running)
    live.key = live.studio.store.keys.create(live.studio.owner, "all", ("admin", "paint", "read"))[1]
    yield live
    next(running, None)


@pytest.mark.parametrize("operation", OPERATIONS, ids=[operation.label for operation in OPERATIONS])
def test_no_fault_and_no_answer_that_is_not_documented(operation, server: Live):
    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def holds(case: Case) -> None:
        case.call_and_validate(base_url=server.url, headers=server.headers, checks=list(CHECKS), timeout=60)

    holds()
