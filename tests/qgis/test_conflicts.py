"""What is said of a conflict (409): of the API Entrepôt what to look at, elsewhere that things have changed."""

import pytest

from geocollab.client import errors
from geocollab.client.entrepot import configurations, stored_data, uploads
from geocollab.provider.errors import sentence
from tests.sandbox.entrepot_calls import EXTENT, RELATIONS
from tests.workflows.depot import Depot


@pytest.fixture
def depot(writable):
    with Depot(writable, datastore="decouverte") as depot:
        yield depot


def said(request, *given):
    with pytest.raises(errors.Conflict) as refused:
        request(*given)
    text = sentence(refused.value)
    assert "refuses because of how things are there (409)" in text and refused.value.server_message in text
    assert "Refresh" not in text
    return text


def test_a_quota(qgis_app, depot, tmp_path):
    there, file = depot.office().datastore, tmp_path / "large.bin"
    file.write_bytes(bytes(21_000_000))
    upload = uploads.create(there, "large", "x", "ARCHIVE", "EPSG:4326").id
    text = said(uploads.send_file, there, upload, file, "data/large.bin")
    uploads.uploads.delete(there, upload)
    assert "“Quota du stockage" in text and "shows how full each quota is" in text and "higher quota" in text


def test_what_is_in_use_or_taken(qgis_app, depot):
    there = depot.office().datastore
    infos = {"relations": RELATIONS}
    data = depot.made("stored_data", name="used", type="VECTOR-DB", status="GENERATED", srs="EPSG:2154", open=False,
                      tags={}, size=1, extent=EXTENT, type_infos=infos)  # fmt: skip
    relation = {"native_name": "cantons", "title": "x", "abstract": "x"}
    wanted = "WFS", "x", "SANDBOX_pris", {"used_data": [{"stored_data": data, "relations": [relation]}]}
    configurations.create(there, *wanted)
    for text in (said(stored_data.stored_data.delete, there, data), said(configurations.create, there, *wanted)):
        assert "“Inventory of a datastore” shows by what" in text and "choose another" in text


def test_elsewhere_things_have_changed():
    refused = errors.Conflict("PUT", "https://a.example/gcms/api/reports/1", status=409, server_message="Trop tard")
    assert sentence(refused) == (
        "a.example refuses because things have changed there meanwhile (409). Refresh, then try again. "
        "It said: “Trop tard”."
    )
