"""What SLD 1.0.0 may hold, and in which order: its schema, with what GeoServer adds to it."""

from __future__ import annotations

import re

from lxml import etree

SLD, OGC = "{http://www.opengis.net/sld}", "{http://www.opengis.net/ogc}"
_SYMBOLIZER = "(?:PointSymbolizer|LineSymbolizer|PolygonSymbolizer|TextSymbolizer) "
_VALUE = "(?:PropertyName |Literal |Function |Add |Sub |Mul |Div )*"
_CONDITION = (
    "(?:And|Or|Not|PropertyIsEqualTo|PropertyIsNotEqualTo|PropertyIsLessThan|PropertyIsGreaterThan|"
    "PropertyIsLessThanOrEqualTo|PropertyIsGreaterThanOrEqualTo|PropertyIsLike|PropertyIsNull|PropertyIsBetween) "
)
_ONE = "(?:PropertyName|Literal|Function|Add|Sub|Mul|Div) "
_CONTENT = {
    "StyledLayerDescriptor": "NamedLayer ",
    "NamedLayer": "Name UserStyle ",
    "UserStyle": "Name (?:Title )?(?:Abstract )?(?:FeatureTypeStyle )+",
    "FeatureTypeStyle": "(?:Name )?(?:Title )?(?:Rule )+(?:VendorOption )*",
    "Rule": "(?:Name )?(?:Title )?(?:Abstract )?(?:Filter |ElseFilter )?"
    f"(?:MinScaleDenominator )?(?:MaxScaleDenominator )?(?:{_SYMBOLIZER})+",
    "PointSymbolizer": "(?:Geometry )?Graphic (?:VendorOption )*",
    "LineSymbolizer": "(?:Geometry )?Stroke (?:PerpendicularOffset )?(?:VendorOption )*",
    "PolygonSymbolizer": "(?:Geometry )?(?:Fill )?(?:Stroke )?(?:VendorOption )*",
    "TextSymbolizer": "(?:Geometry )?Label (?:Font )?(?:LabelPlacement )?(?:Halo )?(?:Fill )?(?:Graphic )?"
    "(?:Priority )?(?:VendorOption )*",
    "Fill": "(?:GraphicFill )?(?:CssParameter )*",
    "Stroke": "(?:GraphicStroke )?(?:CssParameter )*",
    "GraphicFill": "Graphic ",
    "GraphicStroke": "Graphic ",
    "Graphic": "(?:ExternalGraphic |Mark )+(?:Opacity )?(?:Size )?(?:Rotation )?",
    "ExternalGraphic": "OnlineResource Format ",
    "Mark": "WellKnownName (?:Fill )?(?:Stroke )?",
    "Font": "(?:CssParameter )*",
    "Halo": "(?:Radius )?(?:Fill )?",
    "LabelPlacement": "(?:PointPlacement|LinePlacement) ",
    "PointPlacement": "(?:AnchorPoint )?(?:Displacement )?(?:Rotation )?",
    "LinePlacement": "(?:PerpendicularOffset )?",
    "AnchorPoint": "AnchorPointX AnchorPointY ",
    "Displacement": "DisplacementX DisplacementY ",
    "Geometry": _VALUE,
    "Filter": _CONDITION,
    "And": f"(?:{_CONDITION}){{2,}}",
    "Or": f"(?:{_CONDITION}){{2,}}",
    "Not": _CONDITION,
    "PropertyIsNull": _ONE,
    "PropertyIsBetween": f"{_ONE}LowerBoundary UpperBoundary ",
    "PropertyIsLike": f"(?:{_ONE}){{2}}",
    "LowerBoundary": _ONE,
    "UpperBoundary": _ONE,
    "Function": _VALUE,
    "Label": _VALUE,
    **dict.fromkeys(("Add", "Sub", "Mul", "Div"), f"(?:{_ONE}){{2}}"),
    **dict.fromkeys(
        (
            "PropertyIsEqualTo", "PropertyIsNotEqualTo", "PropertyIsLessThan", "PropertyIsGreaterThan",
            "PropertyIsLessThanOrEqualTo", "PropertyIsGreaterThanOrEqualTo",
        ),
        f"(?:{_ONE}){{2}}",
    ),
    **dict.fromkeys(("CssParameter", "Opacity", "Size", "Rotation", "Radius", "Priority"), _VALUE),
}  # fmt: skip
_LEAVES = frozenset(
    """Name Title Abstract ElseFilter MinScaleDenominator MaxScaleDenominator WellKnownName Format OnlineResource
    VendorOption PerpendicularOffset AnchorPointX AnchorPointY DisplacementX DisplacementY PropertyName
    Literal""".split()
)
_FILTER = frozenset(
    """Filter And Or Not PropertyIsEqualTo PropertyIsNotEqualTo PropertyIsLessThan PropertyIsGreaterThan
    PropertyIsLessThanOrEqualTo PropertyIsGreaterThanOrEqualTo PropertyIsLike PropertyIsNull PropertyIsBetween
    LowerBoundary UpperBoundary PropertyName Literal Function Add Sub Mul Div""".split()
)


def faults_of(text):
    """What is not as SLD 1.0.0 wants it; [] if all is."""
    root = etree.fromstring(text.encode())
    found = [] if root.get("version") == "1.0.0" else ["version"]
    return found + [fault for element in root.iter() for fault in _faults(element)]


def _faults(element):
    if not isinstance(element.tag, str):
        yield "a comment"
        return
    name = etree.QName(element).localname
    if element.tag != (OGC if name in _FILTER else SLD) + name:
        yield f"{element.tag} in a wrong namespace"
    content = "".join(f"{etree.QName(each).localname} " for each in element if isinstance(each.tag, str))
    if name in _LEAVES:
        if content:
            yield f"{name} holds {content}"
    elif name not in _CONTENT:
        yield f"{name} is not of SLD 1.0.0"
    elif not re.fullmatch(_CONTENT[name], content):
        yield f"{name} holds {content or 'nothing'}"
    if name in ("MinScaleDenominator", "MaxScaleDenominator", "DisplacementX", "DisplacementY", "AnchorPointX"):
        float(element.text)


def attributes_of(text):
    return {each.text for each in etree.fromstring(text.encode()).iter(f"{OGC}PropertyName")}
