"""The OpenAPI document of what the sandbox implements; `tests/sandbox/test_openapi.py` holds the server to it."""

from __future__ import annotations

from .assumptions import A1_API_ROOT, A4_MAX_LIMIT, A25_MAX_FEATURES, DEFAULT_LIMIT, TRANSACTION_STATUSES, WFS_FORMATS
from .schemas import SCHEMAS, ref
from .sso import ISSUER
from .state import SORTABLE
from .statuses import INPUT_DEVICES, STATUSES, TREATMENT
from .world.geoservices import FLOWS

_OIDC = ISSUER + "/protocol/openid-connect"
_SIGNED_IN: list[dict] = [{"bearer": []}, {"basic": []}]
_ANONYMOUS: list[dict] = [*_SIGNED_IN, {}]

_ERRORS = {
    400: "A parameter or a body member is wrong; the message names it",
    401: "Not signed in, or the token has expired",
    403: "Not allowed",
    404: "Unknown object",
    413: "Too large",
    415: "This content type is not read",
    429: "Too many requests",
}
_RETRY_AFTER = {"Retry-After": {"schema": {"type": "string", "pattern": "^[0-9]+$"}, "required": True}}
_CHALLENGE = {"WWW-Authenticate": {"schema": {"type": "string"}, "required": True}}


def _errors(*codes: int) -> dict:
    """The error answers of an operation: those named, and those of every call to the API."""
    answers = {}
    for code in sorted({401, 429, *codes}):
        answers[str(code)] = {"description": _ERRORS[code], "content": {"application/json": {"schema": ref("Error")}}}
        headers = {401: _CHALLENGE, 429: _RETRY_AFTER}.get(code)
        if headers:
            answers[str(code)]["headers"] = headers
    return answers


def _json(schema: dict, description: str = "OK") -> dict:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _param(name: str, schema: dict, description: str = "", where: str = "query", required: bool = False) -> dict:
    return {"name": name, "in": where, "required": required or where == "path", "schema": schema,
            "description": description}  # fmt: skip


_INT = {"type": "integer", "minimum": 1, "maximum": 999_999_999_999}
_TEXT = {"type": "string"}
_DAY, _TIME = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])", "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_DATE = {"type": "string", "pattern": f"^{_DAY}( {_TIME})?$"}
_FIELDS = _param("fields", _TEXT, "names, comma separated; also `fields[]=`")


def _list_params(sort: str) -> list[dict]:
    return [
        _param("page", _INT, "from 1"),
        _param("limit", {"type": "integer", "minimum": 1, "maximum": A4_MAX_LIMIT, "default": DEFAULT_LIMIT}),
        _param("sort", {"type": "string", "pattern": f"^({sort}):(ASC|DESC)$"}),
        _FIELDS,
    ]


def _list(schema: str, sort: str, *params: dict, security: list | None = None, errors: tuple = ()) -> dict:
    """A paged list (section 1.4)."""
    answer = _json({"type": "array", "items": _partial(schema)})
    range_ = {"schema": {"type": "string", "pattern": "^[0-9]+-[0-9]+/[0-9]+$"}, "required": True}
    answer["headers"] = {"Content-Range": range_}
    whole = {**answer, "description": "Everything fits, or the page is after the end"}
    page = {**answer, "description": "One page of several"}
    return _operation([*_list_params(sort), *params], {"200": whole, "206": page}, 400, *errors, security=security)


def _partial(schema: str) -> dict:
    """The object without any mandatory member, as `fields` may cut it."""
    return {key: value for key, value in SCHEMAS[schema].items() if key != "required"}


def _one(schema: str, *params: dict, security: list | None = None, errors: tuple = (403, 404)) -> dict:
    return _operation([*params, _FIELDS], {"200": _json(_partial(schema))}, 400, *errors, security=security)


def _operation(
    params: list, answers: dict, *errors: int, security: list | None = None, body: dict | None = None
) -> dict:
    operation = {
        "parameters": params,
        "responses": {**answers, **_errors(*errors)},
        "security": _SIGNED_IN if security is None else security,
    }
    return {**operation, "requestBody": body} if body else operation


def _body(schema: str, *, files: bool = False) -> dict:
    """JSON and form; `attributes` is JSON text in a form, files go into a multipart one."""
    members = {**SCHEMAS[schema]["properties"]}
    as_text = {name: _TEXT for name in members if name in ("attributes", "sketch", "community")}
    form = {**SCHEMAS[schema], "properties": {**members, **as_text}}
    content = {"application/json": {"schema": ref(schema)}, "application/x-www-form-urlencoded": {"schema": form}}
    if files:
        any_file = {"type": "string", "format": "binary"}
        content["multipart/form-data"] = {"schema": {**form, "additionalProperties": any_file}}
    return {"required": True, "content": content}


def _report_params() -> list[dict]:
    list_of = {"type": "array", "minItems": 1}
    return [
        _param("author", _INT, "user id"),
        _param("territory", _TEXT, "FXX, GLP, REU…"),
        _param("departements[]", {**list_of, "items": {"type": "string", "pattern": "^([0-9]{2,3}|2A|2B)$"}},
               "finds nothing for 2A and 2B (A39)"),
        _param("commune", {"type": "string", "pattern": "^[0-9][0-9AB][0-9]{3}$"}, "INSEE code"),
        _param("communities[]", {**list_of, "items": _INT}, "group ids"),
        _param("opening_date", _DATE, "opened since, Paris time (A9)"),
        _param("updating_date", _DATE, "changed since"),
        _param("closing_date", _DATE, "closed since"),
        _param("input_device", {"type": "string", "enum": list(INPUT_DEVICES)}),
        _param("comment", _TEXT, "SQL LIKE, case-sensitive: % for a part"),
        _param("status[]", {**list_of, "items": {"type": "string", "enum": list(STATUSES)}}),
        _param("attributes", _TEXT, "JSON text: list of {community, theme}, exact (A38)"),
        _param("box", _TEXT, "lonMin,latMin,lonMax,latMax"),
    ]  # fmt: skip


def _api_paths() -> dict:
    report, community, user, attachment, permission = (
        _param(name, _INT, where="path") for name in ("report", "community", "user", "attachment", "permission")
    )
    grid = _param("name", {"type": "string", "minLength": 1, "pattern": "^[A-Z0-9]+$"}, where="path")
    role = {"type": "string", "enum": ["pending", "member", "admin", "invited"]}
    roles = _param("roles[]", {"type": "array", "minItems": 1, "items": role})
    grid_filters = [
        _param("text", _TEXT, required=True),
        _param("searchBy", {"type": "string", "enum": ["name", "title", "name,title"]}),
        _param("adm", {"type": "string", "enum": ["true", "false", "0", "1"]}),
    ]
    level = _param("level", {"type": "string", "pattern": "^(NONE|VIEW|EDIT)(,(NONE|VIEW|EDIT))*$"})
    files = {"type": "object", "additionalProperties": {"type": "string", "format": "binary"}, "minProperties": 1}
    multipart = {"required": True, "content": {"multipart/form-data": {"schema": files}}}
    report_json = _json(ref("Report"), "The report")
    created = {"201": report_json}
    done = {"204": {"description": "Deleted"}}
    write = (400, 403, 404, 413, 415)
    user_names = [_param(name, _TEXT) for name in ("search", "username", "surname", "firstname", "email")]
    reply = _json(ref("Reply"), "The reply")
    reply_path = [report, _param("reply", _INT, where="path")]
    sort = "|".join(sorted(SORTABLE))
    return {
        "/users/me": {"get": _one("Me", errors=())},
        "/users": {"get": _list("User", "id|username|email|surname|firstname", *user_names)},
        "/users/{user}": {"get": _one("User", user, errors=(404,))},
        "/communities": {"get": _list("Community", "id|name", _param("name", _TEXT), _param("description", _TEXT))},
        "/communities/{community}": {"get": _one("Community", community)},
        "/communities/{community}/members": {
            "get": _list("Member", "user_id|role|date", community, roles, errors=(403, 404))
        },
        "/communities/{community}/members/{user}": {"get": _one("Member", community, user)},
        "/grids": {"get": _list("Grid", "name|title", *grid_filters)},
        "/grids/{name}": {"get": _one("Grid", grid, errors=(404,))},
        "/permissions": {
            "get": _list("Permission", "id|database|level", _param("community", _INT), level, errors=(403,))
        },
        "/permissions/{permission}": {
            "get": _operation([permission], {"200": _json(ref("Permission"))}, 403, 404)
        },
        "/reports": {
            "get": _list("Report", sort, *_report_params(), security=_ANONYMOUS),
            "post": _operation([], created, *write, body=_body("ReportBody", files=True)),
        },
        "/reports/{report}": {
            "get": _one("Report", report, security=_ANONYMOUS),
            "patch": _operation([report], {"200": report_json}, *write, body=_body("ReportChange")),
            "put": _operation([report], {"200": report_json}, *write, body=_body("ReportBody")),
            "delete": _operation([report], done, 403, 404),
        },
        "/reports/{report}/replies": {"post": _operation([report], {"201": reply}, *write, body=_body("ReplyBody"))},
        "/reports/{report}/replies/{reply}": {
            "patch": _operation(reply_path, {"200": reply}, *write, body=_body("ReplyChange")),
            "put": _operation(reply_path, {"200": reply}, *write, body=_body("ReplyChange")),
        },
        "/reports/{report}/attachments": {"post": _operation([report], created, *write, body=multipart)},
        "/reports/{report}/attachments/{attachment}": {
            "delete": _operation([report, attachment], done, 403, 404)
        },
    }  # fmt: skip


def _data_paths() -> dict:
    """Layers, tables, rows and transactions (sections 2.7 to 2.13)."""
    community, layer, geoservice, database, table, column, transaction = (
        _param(name, _INT, where="path")
        for name in ("community", "layer", "geoservice", "database", "table", "column", "transaction")
    )
    feature = _param("feature", {"type": "string", "minLength": 1, "pattern": "^[A-Za-z0-9_-]+$"}, where="path")
    base = _param("database", {"type": "string", "minLength": 1, "pattern": "^[a-z_]+$"}, where="path")
    name, title = _param("name", _TEXT, "% for a part"), _param("title", _TEXT, "% for a part")
    bbox = _param("bbox", _TEXT, "xmin,ymin,xmax,ymax[,CRS]")
    number = _json({"type": "integer"})
    page = [_param("page", _INT, "from 1"), _list_params("id")[1], _FIELDS]
    features = _list("Row", "id")
    features["parameters"] = [database, table, *page]
    status = {"type": "string", "enum": list(TRANSACTION_STATUSES)}
    filters = [_param("comment", _TEXT, "% for a part"), _param("started_at", _DATE, "since, Paris time"),
               _param("finished_at", _DATE, "since"), _param("status", status), _param("user", _INT)]  # fmt: skip
    sent = {"required": True, "content": {"application/json": {"schema": ref("TransactionBody")}}}
    told = {"201": _json(ref("Transaction"), "Committed, or pending"),
            "200": _json(ref("Transaction"), "Not applied: conflicting, failed (A27, A32)")}  # fmt: skip
    one_table = [database, table]
    return {
        "/communities/{community}/layers": {"get": _list("Layer", "id|order", community, errors=(403, 404))},
        "/communities/{community}/layers/{layer}": {"get": _one("Layer", community, layer)},
        "/geoservices": {"get": _list("Geoservice", "id|title", title)},
        "/geoservices/{geoservice}": {"get": _one("Geoservice", geoservice)},
        "/databases": {"get": _list("Database", "id|name|title", name, title, _param("schema", _TEXT))},
        "/databases/{database}": {"get": _one("Database", database)},
        "/databases/{database}/tables": {
            "get": _list("Table", "id|name|title", database, name, title, errors=(403, 404))
        },
        "/databases/{database}/tables/{table}": {"get": _one("Table", *one_table)},
        "/databases/{database}/tables/{table}/columns": {
            "get": _list("Column", "id|name|position", *one_table, name, errors=(403, 404))
        },
        "/databases/{database}/tables/{table}/columns/{column}": {"get": _one("Column", *one_table, column)},
        "/databases/{database}/tables/{table}/features": {
            "get": {**features, "responses": {**features["responses"], **_errors(403, 404)}}
        },
        "/databases/{database}/tables/{table}/features/{feature}": {"get": _one("Row", *one_table, feature)},
        "/databases/{database}/tables/{table}/max-numrec": {
            "get": _operation([*one_table, bbox], {"200": number}, 400, 403, 404)
        },
        "/databases/{database}/max-numrec": {"get": _operation([database], {"200": number}, 400, 403, 404)},
        "/databases/{database}/max-ordrefinevol": {"get": _operation([database], {"200": number}, 400, 403, 404)},
        "/databases/{database}/transactions": {
            "get": _list("Transaction", "id|started_at|finished_at", database, *filters, errors=(403, 404)),
            "post": _operation([database], told, 400, 403, 404, 413, 415, body=sent),
        },
        "/databases/{database}/transactions/{transaction}": {"get": _one("Transaction", database, transaction)},
        "/wfs": {"get": _wfs(bbox)},
        "/wfs/{database}": {"get": _wfs(bbox, base)},
    }  # fmt: skip


def _wfs(*params: dict) -> dict:
    """Section 2.10; the names of the parameters have no case."""
    row = {"type": "object"}
    found = {"200": {"description": "The rows, by key", "content": {
        "application/json": {"schema": {"anyOf": [{"type": "array", "items": row}, ref("FeatureCollection")]}},
        "text/csv": {"schema": _TEXT}, "text/xml": {"schema": _TEXT}}}}  # fmt: skip
    return _operation(
        [
            *params,
            _param("service", {"type": "string", "enum": ["WFS"]}, required=True),
            _param("version", {"type": "string", "enum": ["1.0.0", "1.1.0"]}),
            _param("request", {"type": "string", "enum": ["GetFeature", "GetCapabilities", "DescribeFeatureType"]},
                   required=True),
            _param("typename", _TEXT, "base:table, or table where the address names the base (A21)"),
            _param("outputFormat", {"type": "string", "enum": list(WFS_FORMATS)}),
            _param("srsname", {"type": "string", "enum": ["EPSG:4326", "EPSG:2154", "EPSG:3857", "IGNF:LAMB93"]}),
            _param("filter", _TEXT, "JSON condition (section 2.8)"),
            _param("offset", {"type": "integer", "minimum": 0, "maximum": 999_999_999_999}),
            _param("maxFeatures", _INT, f"{A25_MAX_FEATURES} at most, more is cut (A25)"),
            _param("numrec", {"type": "integer", "minimum": 0, "maximum": 999_999_999_999},
                   "changed since, destroyed ones included (A22)"),
            _param("gcms_numrec", _TEXT, "ignored (A22)"),
        ],
        found, 400, 403, 404,
    )  # fmt: skip


_HTML = {"text/html": {"schema": _TEXT}}
_FILE = {"type": "string", "format": "binary"}


def _site_paths() -> dict:
    """Files and pages."""
    not_found = {"404": {"description": _ERRORS[404], "content": {"application/json": {"schema": ref("Error")}}}}
    file = {"description": "The file", "content": {"*/*": {"schema": _FILE}}}
    get_file = {"parameters": [_param("document", _INT, where="path")], "responses": {"200": file, **not_found}}
    page = {"200": {"description": "A page", "content": _HTML}, **_errors(403, 404)}
    get_page = {"parameters": [_param("report", _INT, where="path")], "responses": page, "security": _ANONYMOUS}
    files = {f"/document/{kind}/{{document}}": {"get": get_file} for kind in ("image", "download", "thumbnail")}
    image = {"200": {"description": "The picture", "content": {"image/png": {"schema": _FILE}}}, **not_found,
             "400": _errors(400)["400"]}  # fmt: skip
    side = {"type": "integer", "minimum": 1, "maximum": 512}
    style_image = [_param("name", {"type": "string", "minLength": 1, "pattern": "^[a-z.]+$"}, where="path"),
                   _param("width", side), _param("height", side)]  # fmt: skip
    one_file = {"type": "object", "properties": {"document": _FILE}, "required": ["document"]}
    upload = {
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": one_file}}},
        "responses": {"201": _json({"type": "object", "properties": {"id": {"type": "integer"}}}, "Its number"),
                      **_errors(400, 413, 415)},
        "security": _SIGNED_IN,
    }  # fmt: skip
    return {
        **files,
        **_flow_paths(),
        "/document/add": {"post": upload},
        "/gcms/style/image/{name}": {"get": {"parameters": style_image, "responses": image}},
        "/georem/{report}": {"get": get_page},
    }


def _flow_paths() -> dict:
    """The flows of the geoservices: OGC services, whose parameters are their own standards' business."""
    picture = {"image/png": {"schema": _FILE}, "text/xml": {"schema": _TEXT}}
    answers = {"200": {"description": "A picture, or XML", "content": picture}, **_errors(400, 403, 404)}
    return {FLOWS + path: {"get": {"responses": answers}} for path in ("/wmts", "/wms-r", "/private/wms-r", "/wfs")}


def _login_paths() -> dict:
    """The login server."""

    def query(*names: str) -> list[dict]:
        return [_param(name, _TEXT) for name in names]

    def form(schema: str) -> dict:
        return {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": ref(schema)}}}

    def page(description: str) -> dict:
        return {"description": description, "content": _HTML}

    any_object = {"200": _json({"type": "object"})}
    refused = {str(code): _json(ref("OAuthError"), "OAuth 2 error") for code in (400, 401, 415)}
    asked = ("client_id", "redirect_uri", "response_type", "state", "scope", "code_challenge", "code_challenge_method")
    auth = {"200": page("The login page"), "302": page("Back to the application, with a code or an error"),
            "400": page("Unknown client or address"), "401": page("The login page again")}  # fmt: skip
    logout = {"200": page("Signed out"), "302": page("Back to the application")}
    claims = {"200": _json(ref("Claims")), "401": _errors()["401"]}
    return {
        ISSUER + "/.well-known/openid-configuration": {"get": {"responses": any_object}},
        _OIDC + "/auth": {"get": {"parameters": query(*asked, "login_hint", "auto_login"), "responses": auth}},
        _OIDC + "/token": {
            "post": {"requestBody": form("TokenRequest"), "responses": {"200": _json(ref("Tokens")), **refused}}
        },
        _OIDC + "/userinfo": {"get": {"responses": claims, "security": [{"bearer": []}]}},
        _OIDC + "/logout": {
            "get": {"parameters": query("id_token_hint", "post_logout_redirect_uri", "state"), "responses": logout}
        },
        _OIDC + "/revoke": {"post": {"requestBody": form("RevocationRequest"), "responses": {**any_object, **refused}}},
    }


def document(url: str) -> dict:
    paths = {A1_API_ROOT + path: operations for path, operations in {**_api_paths(), **_data_paths()}.items()}
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Espace collaboratif, bac à sable",
            "version": "1",
            "description": "Every answer of the API is JSON; replies take " + ", ".join(TREATMENT) + ".",
        },
        "servers": [{"url": url}],
        "paths": {**paths, **_site_paths(), **_login_paths()},
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic"},
            },
        },
    }
