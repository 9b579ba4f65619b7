"""JSON schemas of the objects of the API (section 2), for the OpenAPI document."""

from __future__ import annotations

from .assumptions import A30_STATES
from .statuses import INPUT_DEVICES, STATUSES, TREATMENT
from .world.geoservices import GEOSERVICES
from .world.styles import style
from .world.tables import COLUMN_TYPES, column


def ref(name: str) -> dict:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: str, optional: dict | None = None, **members: dict) -> dict:
    """A closed object: `required` names the mandatory members, blank separated; `*` all of `members`."""
    names = list(members) if required == "*" else required.split()
    schema: dict = {"type": "object", "properties": {**members, **(optional or {})}, "additionalProperties": False}
    return {**schema, "required": names} if names else schema


def _closed(members: dict) -> dict:
    """A closed object of which every member is mandatory."""
    return {"type": "object", "properties": members, "required": list(members), "additionalProperties": False}


def _or_null(schema: dict) -> dict:
    return {"nullable": True, "allOf": [schema]} if "$ref" in schema else {**schema, "nullable": True}


def _list_of(schema: dict) -> dict:
    return {"type": "array", "items": schema}


_INT, _TEXT, _BOOL = {"type": "integer"}, {"type": "string"}, {"type": "boolean"}
_DATE = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0[12]:00$"}
_POINT = {"type": "string", "pattern": r"^POINT\(-?\d+(\.\d+)? -?\d+(\.\d+)?\)$"}
_EXTENT = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4}
_STATUS = {"type": "string", "enum": list(STATUSES)}
_DEVICE = {"type": "string", "enum": list(INPUT_DEVICES)}
_SHARED = _object("*", community_id=_INT, community_name=_TEXT, themes=_list_of({}))

_WRITTEN = {
    "geometry": {"type": "string"},
    "community": _INT,
    "comment": _TEXT,
    "status": _STATUS,
    "sketch": {},
    "attributes": _or_null(
        _object("community theme", community=_INT, theme=_TEXT, attributes={"type": "object"})
    ),
    "input_device": _DEVICE,
    "device_version": _TEXT,
}  # fmt: skip
_ROLE = {"type": "string", "enum": ["pending", "member", "admin", "invited"]}
_MEMBER = {"user_id": _INT, "community_id": _INT, "role": _ROLE, "active": _BOOL, "date": _DATE,
           "grids": _list_of(_TEXT)}  # fmt: skip

SCHEMAS = {
    "Error": _object("*", code=_INT, message=_TEXT),
    "Person": _object("id username", id=_INT, username=_TEXT, email=_TEXT),
    "Area": _object("*", name=_TEXT, title=_TEXT, type=_object("*", name=_TEXT, title=_TEXT), deleted=_BOOL,
                    extent=_EXTENT),
    "Document": _object("*", id=_INT, title=_TEXT, description=_or_null(_TEXT), filename=_TEXT, short_fileName=_TEXT,
                        mime_type=_TEXT, size=_INT, width=_or_null(_INT), height=_or_null(_INT), date=_DATE,
                        geometry=_or_null(_TEXT), uri=_or_null(_TEXT), download_uri=_TEXT),
    "Reply": _object("*", report_id=_INT, id=_INT, author=_or_null(ref("Person")), title=_or_null(_TEXT),
                     content=_or_null(_TEXT), status=_STATUS, date=_DATE),
    "ReportTheme": _object("*", community=_INT, theme=_TEXT, attributes={"type": "object"}),
    "Report": _object(
        "*", optional={"community": _or_null(_INT)}, id=_INT, geometry=_POINT, comment=_TEXT,
        attributes=_list_of(ref("ReportTheme")), status=_STATUS, opening_date=_DATE, updating_date=_DATE,
        closing_date=_or_null(_DATE), author=_or_null(ref("Person")), validator=_or_null(ref("Person")),
        commune=_or_null(ref("Area")), departement=_or_null(ref("Area")), territory=_or_null(ref("Area")),
        input_device=_or_null(_DEVICE), device_version=_or_null(_TEXT), sketch=_or_null(_TEXT),
        sketch_xml=_or_null(_TEXT), replies=_list_of(ref("Reply")), attachments=_list_of(ref("Document")),
    ),
    "ReportBody": _object("geometry", **_WRITTEN),
    "ReportChange": _object("", **_WRITTEN),
    "ReplyBody": _object("content status", title=_or_null(_TEXT), content={"type": "string", "minLength": 1},
                         status={"type": "string", "enum": list(TREATMENT)}),
    "ReplyChange": _object("", title=_or_null(_TEXT), content=_TEXT),
    "Attribute": _object(
        "name type mandatory multiple", name=_TEXT, title=_TEXT,
        type={"type": "string", "enum": ["text", "integer", "double", "float", "checkbox", "list", "date", "datetime",
                                         "jsonvalue"]},
        default=_or_null(_TEXT), mandatory=_BOOL, multiple=_BOOL,
        values={"nullable": True, "anyOf": [_list_of(_or_null(_TEXT)), {"type": "object"}]}, help=_or_null(_TEXT),
        condition_field=_TEXT, input_constraints={"type": "object"}, json_schema={"type": "object"},
    ),
    "Theme": _object(
        "theme attributes autofilled_attributes", theme=_TEXT, attributes=_list_of(ref("Attribute")),
        autofilled_attributes=_list_of(_object("*", name=_TEXT, type=_TEXT, autofill=_TEXT)),
        optional={"global": _BOOL}, database=_TEXT, table=_TEXT, help=_TEXT,
    ),
    "User": _object("*", id=_INT, email=_TEXT, username=_TEXT, firstname=_or_null(_TEXT), surname=_or_null(_TEXT),
                    description=_or_null(_TEXT), administrator=_BOOL),
    "Profile": _object("*", community_id=_INT, themes=_list_of(ref("Theme"))),
    "Membership": _object("*", **_MEMBER, community_name=_TEXT, emprises=_list_of(_TEXT),
                          profile=_list_of(ref("Profile")), shared_themes=_list_of(_SHARED)),
    "Member": _object("*", **_MEMBER),
    "Grid": _object("name title type deleted", name=_TEXT, title=_TEXT, type=_object("*", name=_TEXT, title=_TEXT),
                    deleted=_BOOL, extent=_EXTENT, geometry=_TEXT),
    "Permission": _object("*", id=_INT, database=_INT, table=_or_null(_INT), column=_or_null(_INT),
                          level={"type": "string", "enum": ["NONE", "VIEW", "EDIT"]}),
    "Tokens": _object("access_token token_type expires_in scope", access_token=_TEXT, refresh_token=_TEXT,
                      id_token=_TEXT, token_type=_TEXT, scope=_TEXT, session_state=_TEXT, expires_in=_INT,
                      refresh_expires_in=_INT),
    "TokenRequest": {"type": "object", "required": ["grant_type", "client_id"], "properties": {
        "grant_type": {"type": "string", "enum": ["password", "client_credentials", "authorization_code",
                                                  "refresh_token"]},
        **dict.fromkeys(("client_id", "client_secret", "username", "password", "scope", "code", "redirect_uri",
                         "code_verifier", "refresh_token"), _TEXT)}},
    "RevocationRequest": {"type": "object", "required": ["client_id", "token"],
                          "properties": dict.fromkeys(("client_id", "client_secret", "token"), _TEXT)},
    "OAuthError": _object("*", error=_TEXT, error_description=_TEXT),
    "Claims": _object("*", sub=_TEXT, preferred_username=_TEXT, name=_TEXT, email=_TEXT),
}  # fmt: skip

_COMMUNITY_MEMBERS = {
    "id": _INT, "name": _TEXT, "description": _or_null(_TEXT), "editorial": _or_null(_TEXT), "active": _BOOL,
    "listed": _BOOL,
    "shared_georem": {"type": "string", "enum": ["all", "restrained", "personal"]}, "shared_extractions": _BOOL,
    "email": _or_null(_TEXT), "attributes": _list_of(ref("Theme")), "default_comment": _or_null(_TEXT),
    "position": _or_null(_POINT), "zoom": _INT, "min_zoom": _or_null(_INT), "max_zoom": _or_null(_INT),
    "extent": _or_null(_EXTENT),
    "all_members_can_valid": _BOOL, "open_without_affiliation": _BOOL, "open_with_email": _list_of({"type": "object"}),
    "offline_allowed": _BOOL, "creation": _DATE, "grids": _list_of(ref("Grid")), "logo_url": _or_null(_TEXT),
    "keywords": _list_of(_TEXT), "documents": _list_of(ref("Document")), "shared_themes": _list_of(_SHARED),
    "functionalities": _list_of(_TEXT),
}  # fmt: skip
SCHEMAS["Community"] = _object("*", optional={"report_statuses": {"type": "object"}}, **_COMMUNITY_MEMBERS)
SCHEMAS["Me"] = _object(
    "*", **SCHEMAS["User"]["properties"], profile=ref("Profile"), shared_themes=_list_of(_SHARED),
    communities_member=_list_of(ref("Membership")),
)  # fmt: skip

_NUMBER, _OBJECT = {"type": "number"}, {"type": "object"}
_STAMP = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$"}
_NAMED = _object("*", id=_INT, name=_TEXT, title=_TEXT)
_BOOLEANS = ("nullable", "required", "unique", "read_only", "automatic", "computed", "custom_id", "queryable", "is3d")
_STYLE_NUMBERS = ("fillOpacity", "strokeOpacity", "strokeWidth", "graphicOpacity", "pointRadius", "graphicWidth",
                  "graphicHeight", "graphicXOffset", "graphicYOffset", "fontSize", "labelXOffset", "labelYOffset",
                  "labelMinZoom")  # fmt: skip
SCHEMAS["Database"] = _object(
    "id name title database_type versioning conflict extent description full_download_allowed writable_time_range",
    optional={"tables": _list_of(_NAMED), "styles": _list_of(ref("Style"))}, id=_INT, name=_TEXT, title=_TEXT,
    database_type={"type": "string", "enum": ["standard", "bduni"]}, versioning=_BOOL, conflict=_BOOL, extent=_TEXT,
    description=_or_null(_TEXT), full_download_allowed=_BOOL, writable_time_range=_or_null(_TEXT),
)  # fmt: skip
SCHEMAS["Column"] = _closed({
    **dict.fromkeys(column("", "String"), _or_null(_TEXT)),
    **dict.fromkeys(_BOOLEANS, _BOOL),
    **dict.fromkeys(("min_length", "max_length", "target_table", "srid"), _or_null(_INT)),
    **dict.fromkeys(("constraint", "jeux_attributs", "json_schema"), _or_null(_OBJECT)),
    "id": _INT, "table_id": _INT, "position": _INT, "name": _TEXT, "title": _TEXT,
    "type": {"type": "string", "enum": list(COLUMN_TYPES)},
    "enum": {"nullable": True, "anyOf": [{"type": "array", "items": {}}, _OBJECT]},
})  # fmt: skip
SCHEMAS["Style"] = _closed({
    **dict.fromkeys(style("", "point", 9), _or_null(_TEXT)),
    **dict.fromkeys(_STYLE_NUMBERS, _or_null(_NUMBER)),
    "id": _INT, "parent_id": _or_null(_INT), "database_id": _INT, "children": _list_of(ref("Style")),
    "type": {"type": "string", "enum": ["point", "line", "polygon"]},
})  # fmt: skip
SCHEMAS["Table"] = _object(
    "*", optional={"crs": _TEXT, "extent": _TEXT}, id=_INT, database_id=_INT, database=_TEXT, database_versioning=_BOOL,
    name=_TEXT, title=_TEXT, description=_or_null(_TEXT), full_name=_TEXT, id_name=_or_null(_TEXT),
    geometry_name=_or_null(_TEXT), min_zoom_level=_INT, max_zoom_level=_INT, tile_zoom_level=_or_null(_INT),
    read_only=_BOOL, columns=_list_of(ref("Column")), position=_INT, thematic_ids=_list_of(_INT),
    style=_or_null(ref("Style")), styles=_list_of(ref("Style")), wfs=_TEXT, wfs_transactions=_TEXT,
)  # fmt: skip
SCHEMAS["Layer"] = _object(
    "*", id=_INT, type={"type": "string", "enum": ["feature-type", "geoservice"]}, table=_or_null(_INT),
    database=_or_null(_INT), geoservice=_or_null(_object("*", id=_INT, title=_TEXT, description=_or_null(_TEXT))),
    order=_INT, opacity=_NUMBER, visibility=_BOOL,
    role={"type": "string", "enum": ["edit", "ref-edit", "ref", "visu"]}, snapto=_or_null(_TEXT),
    preferred_style=_or_null(_INT), tools=_or_null(_list_of(_TEXT)), ref_tools=_or_null(_OBJECT),
)  # fmt: skip
SCHEMAS["Geoservice"] = _closed({
    **dict.fromkeys(GEOSERVICES[71], _or_null(_TEXT)), "id": _INT, "min_zoom": _INT, "max_zoom": _INT,
    "type": {"type": "string", "enum": ["WMTS", "WMS", "WFS"]}, "allowed_communities": _list_of(_INT),
})  # fmt: skip
SCHEMAS["Row"] = {"type": "object", "description": "One member for each column (section 2.10.2)"}
SCHEMAS["FeatureCollection"] = _object(
    "type features", optional={"crs": _OBJECT}, type={"type": "string", "enum": ["FeatureCollection"]},
    features=_list_of(_object("*", type=_TEXT, id=_or_null(_TEXT), geometry=_or_null(_OBJECT), properties=_OBJECT)),
)  # fmt: skip
_CLIENT_ID = {"nullable": True, "anyOf": [_INT, _TEXT]}
SCHEMAS["TransactionBody"] = _object(
    "comment actions", comment={"type": "string", "minLength": 1}, geometry=_or_null(_TEXT),
    actions={"type": "array", "minItems": 1, "items": _object(
        "table state data", table=_INT, state={"type": "string", "enum": list(A30_STATES)}, data=_OBJECT,
        client_feature_id=_CLIENT_ID)},
)  # fmt: skip
SCHEMAS["Transaction"] = _object(
    "*", id=_INT, user_id=_INT, user_name=_TEXT, groups=_list_of(_INT), status=_TEXT, comment=_TEXT, message=_TEXT,
    numrec=_or_null(_INT), started_at=_STAMP, finished_at=_or_null(_STAMP),
    conflicts=_list_of(_object("*", table=_TEXT, state=_TEXT, client_feature_id=_CLIENT_ID, server_object=_OBJECT)),
    actions=_list_of(_object("*", id=_INT, table=_TEXT, state=_TEXT, data=_OBJECT, server_feature_id=_or_null(_TEXT),
                             client_feature_id=_CLIENT_ID, ancestor={"nullable": True})),
)  # fmt: skip
