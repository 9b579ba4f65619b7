"""The server against its own OpenAPI document: statuses, types, headers and bodies, on generated calls."""

import base64

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi import checks

from sandbox.openapi import document

CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
SCHEMA = schemathesis.openapi.from_dict(document("http://127.0.0.1"))
OPERATIONS = [
    pytest.param(result.ok(), id=f"{result.ok().method.upper()} {result.ok().path}")
    for result in SCHEMA.get_all_operations()
]
BASIC = {"Authorization": "Basic " + base64.b64encode(b"membre:sandbox-membre").decode()}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("account", ["membre", "anonymous"])
def test_conforms(sandbox, operation, account):
    headers = BASIC if account == "membre" else {}
    seen = set()

    @hypothesis.seed(375)
    @settings(
        max_examples=8 if account == "membre" else 2,
        derandomize=False,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy())
    def run(case):
        response = case.call(base_url=sandbox.url, headers=headers, timeout=30)
        case.validate_response(response, checks=CHECKS, excluded_checks=[])
        seen.add(response.status_code)

    run()
    assert seen


@pytest.mark.parametrize("operation", OPERATIONS)
def test_refuses_what_the_document_excludes(sandbox, operation):
    """Generated calls that break the document are never a success."""

    @hypothesis.seed(375)
    @settings(max_examples=6, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @hypothesis.given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE))
    def run(case):
        response = case.call(base_url=sandbox.url, headers=BASIC, timeout=30)
        assert response.status_code >= 400, (case.as_curl_command(), response.text[:300])
        assert response.status_code != 500

    run()


def test_documents_are_served(sandbox):
    for path in ("/openapi.json", "/gcms/api/doc"):
        assert requests.get(sandbox.url + path, timeout=30).json() == document(sandbox.url)


def test_every_route_is_described():
    from sandbox import sso
    from sandbox.app import _resource_routes

    described = {path.replace("{", "").replace("}", "") for path in document("")["paths"]}
    browser_only = {sso.ISSUER + "/protocol/openid-connect/" + name for name in ("auth", "logout", "revoke")}
    for route in [*_resource_routes(), *sso.ROUTES]:
        plain = route.path.replace(":int", "").replace("{", "").replace("}", "")
        assert plain in described | browser_only
    for path, operations in document("")["paths"].items():
        route = next(r for r in [*_resource_routes(), *sso.ROUTES] if r.path.replace(":int", "") == path)
        if path.startswith("/gcms/api"):
            assert set(operations) == {method.lower() for method in route.endpoint.methods}
