"""The styles of the tables (section 2.8): every symbol, every operator of the condition language, alternatives."""

from __future__ import annotations

import json
from itertools import count

from ..state import SITE

_IDS = count(5001)
_COMMON = {
    "fillColor": None, "fillOpacity": 1, "fillPattern": None, "patternColor": None, "strokeColor": "#3388ff",
    "strokeBorderColor": None, "strokeOpacity": 1, "strokeWidth": 2, "strokeLinecap": "round",
    "strokeDashstyle": None, "directionField": None, "graphicName": None, "pointRadius": None,
    "externalGraphic": None, "graphicWidth": None, "graphicHeight": None, "graphicOpacity": 1, "graphicXOffset": None,
    "graphicYOffset": None, "rotation": None, "uri": None, "markLeaf": None, "label": None, "fontSize": None,
    "fontWeight": None, "fontColor": None, "fontFamily": None, "labelXOffset": None, "labelYOffset": None,
    "labelMinZoom": None,
}  # fmt: skip
IMAGES = {"pharmacie.png": (36, 148, 80), "borne.png": (34, 114, 180)}  # `/gcms/style/image/{name}` and its colour


def style(name: str, type_: str, database: int, *, condition=None, children: tuple[dict, ...] = (), **more) -> dict:
    """A style with all its members; the condition is given as an object or as text, and kept as text."""
    own = next(_IDS)
    for child in children:
        child["parent_id"] = own
    text = condition if condition is None or isinstance(condition, str) else json.dumps(condition, ensure_ascii=False)
    return {"id": own, "parent_id": None, "database_id": database, "name": name, "type": type_,
            "children": list(children), "condition": text, **_COMMON, **more}  # fmt: skip


def image(name: str, width: int, height: int) -> dict:
    """The members of a marker that is a picture."""
    return {"externalGraphic": name, "graphicWidth": width, "graphicHeight": height,
            "uri": f"{SITE}/gcms/style/image/{name}?width={width}&height={height}"}  # fmt: skip


def marker(name: str, radius: float, fill: str, **more) -> dict:
    return {"graphicName": name, "pointRadius": radius, "fillColor": fill, "strokeColor": "#202020", **more}


def label(text: str, **more) -> dict:
    return {"label": text, "fontSize": 12, "fontWeight": "bold", "fontColor": "#1a1a1a", "fontFamily": "Arial",
            "labelXOffset": 0, "labelYOffset": -14, "labelMinZoom": 14, **more}  # fmt: skip


def area(fill: str, opacity: float = 0.5, **more) -> dict:
    return {"fillColor": fill, "fillOpacity": opacity, "strokeColor": fill, **more}


def _rules(type_: str, database: int, *rules: tuple, **base) -> tuple[dict, ...]:
    """Children `(name, condition, members)`."""
    return tuple(style(name, type_, database, condition=condition, **{**base, **members})
                 for name, condition, members in rules)  # fmt: skip


PHARMACIES = style(
    "Pharmacies", "point", 9,
    **marker("circle", 6, "#24944f"), **label("${nom pharmacie}"),
    children=_rules(
        "point", 9,
        ("De garde", {"$and": [{"garde": True}]}, image("pharmacie.png", 24, 24)),
        ("Zone 1", {"$and": [{"zone": "Zone1"}]}, marker("circle", 6, "#1f78b4")),
        ("Grandes", {"$and": [{"capacite": {"$gt": 5}}]}, marker("square", 8, "#e31a1c", rotation="45")),
        ("Sans zone", {"zone": {"$eq": None}}, marker("x", 5, "#ff7f00")),
        ("Autres", None, marker("cross", 5, "#6a3d9a", graphicOpacity=0.6)),
    ),
)  # fmt: skip
PHARMACIES_ETOILES = style("Étoiles", "point", 9, **marker("star", 9, "#ffcc00", graphicXOffset=-4, graphicYOffset=4))
PHARMACIES_IMAGES = style("Images", "point", 9, **image("borne.png", 32, 32), graphicOpacity=0.8)

CANTONS = style(
    "Cantons par département", "polygon", 9, **area("#cccccc"), **label("${nom}", labelMinZoom=11),
    children=_rules(
        "polygon", 9,
        ("Paris", {"insee_dep": "75"}, area("#b2df8a")),
        ("92 et 93", {"insee_dep": {"$in": ["92", "93"]}},
         area("#a6cee3", fillPattern="hatch", patternColor="#1f78b4")),
        ("Autres", None, area("#fb9a99", strokeDashstyle="longdashdot")),
    ),
)  # fmt: skip

# One rule for each operator, and for each shape of regular expression that the web editor writes.
OPERATEURS = style(
    "Tous les opérateurs", "point", 9, **marker("triangle", 6, "#999999"),
    children=_rules(
        "point", 9,
        ("$eq", {"Entier": {"$eq": 1}}, marker("circle", 4, "#000001")),
        ("$ne", {"Entier": {"$ne": 100}}, marker("circle", 4, "#000002")),
        ("$gt", {"Double précision": {"$gt": 10}}, marker("circle", 4, "#000003")),
        ("$gte", {"Date": {"$gte": "2023-09-01"}}, marker("circle", 4, "#000004")),
        ("$lt", {"Entier": {"$lt": -5}}, marker("circle", 4, "#000005")),
        ("$lte", {"Horodatage": {"$lte": "2024-03-10 23:59:59"}}, marker("circle", 4, "#000006")),
        ("$in", {"Liste": {"$in": ["Bon", None]}}, marker("circle", 4, "#000007")),
        ("$nin", {"Liste": {"$nin": ["Bon", "Moyen"]}}, marker("circle", 4, "#000008")),
        ("$all", {"Étiquettes": {"$all": ["vélo", "nuit"]}}, marker("circle", 4, "#000009")),
        ("$like", {"Texte": {"$like": "Relevé%"}}, marker("circle", 4, "#00000a")),
        ("$nlike", {"Texte": {"$nlike": "%7%"}}, marker("circle", 4, "#00000b")),
        ("$regex", {"Texte": {"$regex": "^relevé", "$options": "i"}}, marker("circle", 4, "#00000c")),
        ("$not", {"Entier": {"$not": {"$gt": 3}}}, marker("circle", 4, "#00000d")),
        ("$or", {"$or": [{"Booléen": True}, {"Entier": {"$gt": 2, "$lt": 9}}]}, marker("circle", 4, "#00000e")),
        ("Égal", {"Texte": {"$regex": "^Relevé 1$"}}, marker("square", 4, "#00000f")),
        ("Commence", {"Texte": {"$regex": "^Rel"}}, marker("square", 4, "#000010")),
        ("Finit", {"Texte": {"$regex": "9$"}}, marker("square", 4, "#000011")),
        ("Contient", {"Texte": {"$regex": "ev"}}, marker("square", 4, "#000012")),
        ("Différent", {"Texte": {"$regex": "^(?!Relevé 1$).*$"}}, marker("square", 4, "#000013")),
        ("Ne contient pas", {"Texte": {"$regex": "^((?!ev).)*$"}}, marker("square", 4, "#000014")),
        ("Ne finit pas", {"Texte": {"$regex": "(?<!9)$"}}, marker("square", 4, "#000015")),
        ("Ne commence pas", {"Texte": {"$regex": "^(?!Rel)"}}, marker("square", 4, "#000016")),
        ("Incompréhensible", '{"Texte":{"$presque":"x"}}', marker("star", 4, "#000017")),
        ("Pas du JSON", "Entier > 3", marker("star", 4, "#000018")),
        ("Autres", None, marker("triangle", 6, "#999999")),
    ),
)  # fmt: skip

ROUTES = style(
    "Routes", "line", 21, strokeWidth=2, strokeColor="#444444",
    children=_rules(
        "line", 21,
        ("Autoroutes", {"nature": "Type autoroutier"},
         {"strokeColor": "#e31a1c", "strokeWidth": 6, "strokeBorderColor": "#7f0000", "strokeLinecap": "butt"}),
        ("Sens unique", {"sens_de_circulation": {"$in": ["Sens direct", "Sens inverse"]}},
         {"strokeColor": "#1f78b4", "strokeWidth": 3, "directionField": json.dumps(
             {"attribute": "sens_de_circulation", "sensDirect": "Sens direct", "sensInverse": "Sens inverse"})}),
        ("Chemins", {"nature": {"$in": ["Chemin", "Sentier"]}},
         {"strokeColor": "#8c510a", "strokeDashstyle": "dash", "strokeOpacity": 0.7}),
        ("Pointillés", {"importance": "6"}, {"strokeDashstyle": "dot", "strokeLinecap": "square"}),
        ("Autres", None, {"strokeDashstyle": "solid"}),
    ),
)  # fmt: skip
ROUTES_IMPORTANCE = style(
    "Par importance", "line", 21,
    children=_rules(
        "line", 21,
        *((f"Importance {n}", {"importance": str(n)}, {"strokeWidth": 7 - n, "strokeDashstyle": dash})
          for n, dash in zip(range(1, 7), ("solid", "longdash", "dash", "dashdot", "longdashdot", "dot"))),
    ),
)  # fmt: skip
BATIMENTS = style("Bâtiments", "polygon", 21, **area("#a6761d", 0.6), **label("${nature}", fontWeight="normal"))
SUIVI = style("Cantons suivis", "polygon", 34, **area("#ffffb3", 0.3, strokeDashstyle="dashdot", strokeWidth=3))
PARCELLES = style(
    "Parcelles", "polygon", 34, **area("#ffffff", 0.2),
    children=_rules("polygon", 34, ("Bâties", {"nature": "Bâtie"}, area("#fdbf6f", strokeColor="#b15928")),
                    ("Autres", None, area("#e5f5e0", strokeColor="#31a354"))),
)  # fmt: skip
