"""The server against its own OpenAPI document: statuses, types, headers and bodies, on generated calls."""

import base64
from urllib.parse import parse_qsl, urlsplit

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
OPERATIONS_AND_RESULTS = [
    (pytest.param(result.ok(), id=f"{result.ok().method.upper()} {result.ok().path}"), result)
    for result in SCHEMA.get_all_operations()
]
OPERATIONS = [param for param, _ in OPERATIONS_AND_RESULTS]
BASIC = {"Authorization": "Basic " + base64.b64encode(b"membre:sandbox-membre").decode()}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("account", ["membre", "anonymous"])
def test_conforms(sandbox, operation, account):
    headers = BASIC if account == "membre" else {}
    seen = set()

    @hypothesis.seed(375)
    @settings(
        max_examples=8 if account == "membre" else 2,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy())
    def run(case):
        response = case.call(base_url=sandbox.url, headers=headers, timeout=30)
        case.validate_response(response, checks=CHECKS)
        seen.add(response.status_code)

    run()
    assert seen


def checkable(result):
    """Whether the operation has inputs that can be wrong: those of the query that are more than any text, or a body."""
    operation = result.ok()
    typed = any(set(parameter.definition["schema"]) - {"type"} for parameter in operation.query)
    return typed or bool(operation.body)


@pytest.mark.parametrize("operation", [param for param, result in OPERATIONS_AND_RESULTS if checkable(result)])
def test_refuses_what_the_document_excludes(sandbox, operation):
    """Generated calls whose query, path or body breaks the document are never a success."""

    @hypothesis.seed(375)
    @settings(max_examples=8, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @hypothesis.given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE))
    def run(case):
        broken = {where.name for where, part in case.meta.components.items() if part.mode.is_negative}
        hypothesis.assume(broken - {"HEADER", "COOKIE"})
        case.headers.clear()
        response = case.call(base_url=sandbox.url, headers=BASIC, timeout=30)
        sent = dict(parse_qsl(urlsplit(response.request.url).query, keep_blank_values=True))
        hypothesis.assume("" not in sent.values())  # null was meant, and an empty text is what arrives
        assert response.status_code >= 400, (case.as_curl_command(), response.text[:300])
        assert response.status_code != 500

    run()


WFS = {"service": "WFS", "version": "1.0.0", "request": "GetFeature", "maxFeatures": 5}
GOOD_CALLS = [
    ("GET", "/users/me", {}),
    ("GET", "/users", {}),
    ("GET", "/users/{user}", {}),
    ("GET", "/communities", {}),
    ("GET", "/communities/{community}", {}),
    ("GET", "/communities/{community}/members", {}),
    ("GET", "/communities/{community}/members/{user}", {}),
    ("GET", "/grids", {"query": {"text": "9"}}),
    ("GET", "/grids/{name}", {}),
    ("GET", "/permissions", {}),
    ("GET", "/permissions/{permission}", {}),
    ("GET", "/reports", {"query": {"limit": 100, "page": 1}}),
    ("GET", "/reports", {"query": {"limit": 100, "page": 2, "fields": "id,author,sketch", "sort": "id:DESC"}}),
    ("GET", "/reports/{report}", {}),
    ("POST", "/reports", {"body": {"geometry": "POINT(2.35 48.85)", "community": 375, "comment": "essai"}}),
    ("PATCH", "/reports/{report}", {"body": {"comment": "relu"}}),
    ("PUT", "/reports/{report}", {"body": {"geometry": "POINT(2.35 48.85)", "community": 96}}),
    ("POST", "/reports/{report}/replies", {"body": {"content": "Vu", "status": "pending"}}),
    ("PATCH", "/reports/{report}/replies/{reply}", {"body": {"content": "Vu hier"}}),
    ("PUT", "/reports/{report}/replies/{reply}", {"body": {"content": "Vu hier", "title": None}}),
    ("GET", "/communities/{community}/layers", {"query": {"limit": 100}}),
    ("GET", "/communities/{community}/layers/{layer}", {}),
    ("GET", "/geoservices", {}),
    ("GET", "/geoservices/{geoservice}", {}),
    ("GET", "/databases", {}),
    ("GET", "/databases/{database}", {}),
    ("GET", "/databases/{database}/tables", {"query": {"limit": 100}}),
    ("GET", "/databases/{database}/tables/{table}", {}),
    ("GET", "/databases/{database}/tables/{table}/columns", {"query": {"limit": 100}}),
    ("GET", "/databases/{database}/tables/{table}/columns/{column}", {}),
    ("GET", "/databases/{database}/tables/{table}/features", {}),
    ("GET", "/databases/{database}/tables/{table}/features/{feature}", {}),
    ("GET", "/databases/{database}/tables/{table}/max-numrec", {"query": {"bbox": "600000,6800000,700000,6900000"}}),
    ("GET", "/databases/{database}/max-numrec", {}),
    ("GET", "/databases/{database}/max-ordrefinevol", {}),
    (
        "POST",
        "/databases/{database}/transactions",
        {
            "body": {
                "comment": "essai",
                "actions": [
                    {"table": 3404, "state": "Insert", "data": {"reference": "OA-1", "geom": "POINT(2.35 48.85)"}}
                ],
            }
        },
    ),
    ("GET", "/databases/{database}/transactions", {}),
    ("GET", "/databases/{database}/transactions/{transaction}", {}),
    ("GET", "/wfs", {"query": {**WFS, "typename": "bdtopo_fxx:batiment", "outputFormat": "GeoJSON"}}),
    ("GET", "/wfs/{name_of_database}", {"query": {**WFS, "typename": "parcelles", "outputFormat": "JSON"}}),
    ("DELETE", "/reports/{report}/attachments/{attachment}", {}),
    ("DELETE", "/reports/{report}", {}),
]


def test_good_calls_conform(sandbox, membre):
    """Calls that succeed: their answers are those of the document too, and every operation has one."""
    made = membre.post("/reports", data={"geometry": "POINT(2.35 48.85)"}, files={"a": ("a.txt", b"x")}).json()
    said = membre.post(f"/reports/{made['id']}/replies", json={"content": "Vu", "status": "pending"}).json()
    known = {"report": made["id"], "reply": said["id"], "attachment": made["attachments"][0]["id"], "community": 375,
             "user": 1002, "name": "75", "permission": 2, "layer": 808, "geoservice": 74, "database": 34, "table": 3401,
             "column": 340100, "feature": "3", "transaction": 668001}  # fmt: skip
    sandbox.change("database_sequences")
    for method, path, more in GOOD_CALLS:
        if path == "/wfs/{name_of_database}":
            path, known = "/wfs/{database}", {**known, "database": "suivi_terrain"}
        operation = SCHEMA["/gcms/api" + path][method]
        values = {name: value for name, value in known.items() if "{" + name + "}" in path}
        media = {"media_type": "application/json"} if "body" in more else {}
        case = operation.Case(path_parameters=values, **more, **media)
        response = case.call(base_url=sandbox.url, headers=BASIC, timeout=30)
        assert response.status_code < 300, (method, path, response.text)
        case.validate_response(response, checks=CHECKS)
    api = {(method.upper(), path.replace("/gcms/api", "")) for path, operations in document("")["paths"].items()
           for method in operations if path.startswith("/gcms/api")}  # fmt: skip
    sandbox.reset_world()
    called = {(method, path.replace("name_of_", "")) for method, path, _ in GOOD_CALLS}
    assert api - called == {("POST", "/reports/{report}/attachments")}  # a file: tried in test_writes.py


def test_documents_are_served(sandbox):
    for path in ("/openapi.json", "/gcms/api/doc"):
        assert requests.get(sandbox.url + path, timeout=30).json() == document(sandbox.url)


def test_every_route_is_described():
    from sandbox import resources, sso
    from sandbox.app import A1_API_ROOT, _resource_routes

    routes = [*_resource_routes(resources, A1_API_ROOT), *sso.ROUTES]
    described = {path.replace("{", "").replace("}", "") for path in document("")["paths"]}
    for route in routes:
        plain = route.path.replace(":int", "").replace("{", "").replace("}", "")
        assert plain in described
    for path, operations in document("")["paths"].items():
        route = next(r for r in routes if r.path.replace(":int", "") == path)
        if path.startswith("/gcms/api"):
            assert set(operations) == {method.lower() for method in route.endpoint.methods}
