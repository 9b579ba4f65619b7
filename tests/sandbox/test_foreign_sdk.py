"""IGN's own SDK, unchanged, works through its own tutorials against the sandbox as it does against the platform.

What is changed are its samples, where they are wrong or take for given what the platform happens to do.
"""

import hashlib
import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import requests

from sandbox.data.make_cantons import repaired
from sandbox.process import SandboxProcess
from tests.sandbox.entrepot_calls import Office

PYTHON = Path(__file__).resolve().parents[2] / ".venv-tools" / "bin" / "python"
CONFIGURATION = """\
[store_authentification]
token_url={url}/auth/realms/geoplateforme/protocol/openid-connect/token
client_id=gpf-warehouse
client_secret=
login=membre
password=sandbox-membre
nb_attempts=0
[store_api]
root_url={url}/api
datastore={datastore}
nb_attempts=0
[upload]
nb_sec_between_check_updates=0
[processing_execution]
nb_sec_between_check_updates=0
[miscellaneous]
tmp_workdir={folder}
"""
LAST_WORDS = 1500


class Sdk:
    """Its command line; `office` asks the API without it."""

    def __init__(self, process, folder):
        self.office, self.folder, self.process = Office(process), folder, process
        text = CONFIGURATION.format(url=process.url, datastore=self.office.id, folder=folder)
        (folder / "config.ini").write_text(text)

    def __call__(self, *arguments, code=0):
        """What it says; it must end with this code."""
        command = [PYTHON, "-m", "sdk_entrepot_gpf", "--ini", "config.ini", *arguments]
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=180)
        said = done.stdout + done.stderr
        assert done.returncode == code, said[-LAST_WORDS:]
        return said

    def example(self, kind, name):
        """A copy of one of its samples."""
        self("example", kind, name, ".")
        return self.folder / name

    def style(self, file, name):
        entry = {"file": str(file), "name": name, "type": "GEOSERVER-STYLE"}
        (self.folder / "style.json").write_text(json.dumps({"static": [entry]}))
        self("delivery", "style.json")

    def steps(self, workflow, *names):
        for name in names:
            self("workflow", "--file", workflow, "--step", name)

    def named(self, kind):
        """What the datastore has, by name."""
        return {row.get("name") or row["layer_name"]: row for row in self.office.read(kind)}


@pytest.fixture
def sdk(tmp_path):
    if not PYTHON.exists():
        pytest.skip("no .venv-tools here (a chroot of the test matrix): the SDK is run on the machine itself")
    with SandboxProcess(reports=5, features=5, rate=0) as process:
        yield Sdk(process, tmp_path)


def cantons(sdk):
    """Its sample of vector data. The package lost the last byte of the shapefile: here it is again."""
    folder = sdk.folder / "1_dataset_vector"
    if not folder.exists():
        sdk.example("dataset", folder.name)
    shape, sums = folder / "CANTON" / "CANTON.shp", folder / "CANTON.md5"
    whole = repaired(shape.read_bytes(), shape.with_suffix(".shx").read_bytes())
    wrong, right = (hashlib.md5(content).hexdigest() for content in (shape.read_bytes(), whole))
    shape.write_bytes(whole)
    sums.write_text(sums.read_text().replace(wrong, right))
    return folder


def matched(sdk, layer):
    """How many objects a WFS has, asked without an account."""
    asked = {"SERVICE": "WFS", "VERSION": "2.0.0", "REQUEST": "GetFeature", "RESULTTYPE": "hits", "TYPENAMES": layer}
    answer = requests.get(sdk.process.url + "/wfs/geoserver/ows", params=asked, timeout=30)
    return int(re.search(r'numberMatched="(\d+)"', answer.text).group(1))


def vector_tutorial(sdk, *services):
    """Its data delivered, and the steps of its tutorial up to these services."""
    sdk("delivery", str(cantons(sdk) / "upload_descriptor.json"))
    workflow = sdk.example("workflow", "generic_vecteur.jsonc")
    # the geometry of a database is called so in the sandbox
    workflow.write_text(workflow.read_text().replace("wkb_geometry", "geom"))
    sdk.steps(workflow, "mise-en-base")
    for service in services:
        if service == "wms-bdd":
            sdk.style("1_dataset_vector/CANTON_style.sld", "style_canton")
        if service == "tms-py":
            sdk.steps(workflow, "création-pyramide")
        sdk.steps(workflow, f"configuration-{service}", f"publication-{service}")


def test_from_a_delivery_to_three_services_and_back(sdk):
    vector_tutorial(sdk, "wfs-bdd", "wms-bdd", "tms-py")
    upload = sdk.office.read(f"uploads/{sdk.named('uploads')['EXAMPLE_DATASET_VECTOR']['_id']}")
    assert (upload["status"], upload["tags"]) == ("CLOSED", {"tuto": "oui"})
    checks = sdk.office.read(f"uploads/{upload['_id']}/checks")
    assert [len(checks[state]) for state in ("asked", "in_progress", "passed", "failed")] == [0, 0, 2, 0]
    assert sdk.office.read(f"uploads/{upload['_id']}/comments")[0]["text"].startswith("Ceci est un jeu de données")
    stored = sdk.named("stored_data")
    database, pyramid = stored["membre__Base_intermédiaire"]["_id"], stored["membre__Pyramide_vecteur"]["_id"]
    (table,) = sdk.office.read(f"stored_data/{database}")["type_infos"]["relations"]
    assert (table["name"], table["primary_key"]) == ("canton", ["ogc_fid"])
    assert "9" in sdk.office.read(f"stored_data/{pyramid}")["type_infos"]["levels"]
    offerings = {row["type"]: row["status"] for row in sdk.office.read("offerings")}
    assert offerings == dict.fromkeys(("WFS", "WMS-VECTOR", "WMTS-TMS"), "PUBLISHED")
    assert matched(sdk, "membre__vecteur_wfs_bdd:canton") == 61
    for id in (database, pyramid):
        sdk("stored_data", id, "--delete", "--cascade", "--force")
    sdk("upload", upload["_id"], "--delete", "--force")
    assert sdk.office.read("offerings") == sdk.office.read("configurations") == sdk.office.read("stored_data") == []
    assert sdk.office.read(f"uploads/{upload['_id']}")["status"] == "DELETED"


def test_a_deletion_in_one_step(sdk):
    """It waits for an offering to be UNPUBLISHED and does not expect it to be gone: it has to be called anew."""
    sdk.process.entrepot_settings(offering_deletion="one")
    vector_tutorial(sdk, "wfs-bdd")
    deletion = ("stored_data", sdk.named("stored_data")["membre__Base_intermédiaire"]["_id"], "--delete", "--cascade")
    assert "n'existe pas" in sdk(*deletion, "--force", code=1)
    assert sdk.office.read("offerings") == []
    sdk(*deletion, "--force")
    assert sdk.office.read("configurations") == sdk.office.read("stored_data") == []


def test_a_delivery_that_is_found_wrong(sdk):
    """The sample as it is in the package: its last polygon cannot be read."""
    folder = sdk.example("dataset", "1_dataset_vector")
    said = sdk("delivery", str(folder / "upload_descriptor.json"), code=1)
    assert "1 en échec" in said and "créée en erreur" in said
    upload = sdk.named("uploads")["EXAMPLE_DATASET_VECTOR"]["_id"]
    assert "Vérification vecteur" in sdk("upload", upload, "--checks")
    ((failed,),) = [sdk.office.read(f"uploads/{upload}/checks")["failed"]]
    assert "CANTON" in sdk("check_execution", failed["_id"], "--logs")
    sdk("upload", upload, "--open")
    assert sdk.office.read(f"uploads/{upload}")["status"] == "OPEN"
    cantons(sdk)
    # it compares sizes alone, and that of the sums is the same
    assert sdk.office("DELETE", f"uploads/{upload}/md5", params={"path": "CANTON.md5"}).status_code == 204
    sdk.process.clear_journal()
    sdk("delivery", str(folder / "upload_descriptor.json"), "--behavior", "CONTINUE")
    sent = [(entry["method"], dict(entry["query"]).get("path")) for entry in sdk.process.journal("/(data|md5)$")]
    assert sent == [("DELETE", "CANTON/CANTON.shp"), ("POST", "CANTON/CANTON.shp"), ("POST", None)]
    assert sdk.office.read(f"uploads/{upload}")["status"] == "CLOSED"


def test_a_database_made_by_sql_and_brought_up_to_date_twice(sdk):
    folder = sdk.example("dataset", "5_dataset_maj_bd_gpf")
    sdk("delivery", str(folder / "upload_descriptor.json"))
    sdk.style("5_dataset_maj_bd_gpf/installation.sld", "Style pour les installations")
    workflow = sdk.example("workflow", "generic_maj_bdd.jsonc")
    sdk.steps(workflow, "mise-en-base-1", "configuration-wms", "publication-wms", "mise-en-base-2", "mise-en-base-3")
    data = sdk.office.read(f"stored_data/{sdk.named('stored_data')['membre__maj_bdd']['_id']}")
    assert data["status"] == "GENERATED"
    assert {row["name"]: row["type"] for row in data["type_infos"]["relations"]} == {
        "installation": "TABLE", "installation_autorisation": "VIEW",
    }  # fmt: skip
    assert [row["status"] for row in sdk.office.read("offerings")] == ["PUBLISHED"]


def test_a_delivery_of_pictures(sdk):
    (descriptor,) = sdk.example("dataset", "3_dataset_raster").glob("upload_descriptor*")
    sdk("delivery", str(descriptor))
    assert sdk.named("uploads")["EXAMPLE_DATASET_RASTER"]["status"] == "CLOSED"


def test_an_archive_and_its_description(sdk):
    sdk("delivery", str(sdk.example("dataset", "2_dataset_archive") / "upload_descriptor.json"))
    workflow = sdk.example("workflow", "generic_archive.jsonc")
    sdk.steps(workflow, "intégration-archive-livrée", "patch-donnée-stockée")
    data = sdk.office.read(f"stored_data/{sdk.named('stored_data')['membre__Archive']['_id']}")
    assert (data["type"], data["status"], data["type_infos"]) == ("ARCHIVE", "GENERATED", {"files_number": 1})
    assert data["edition"] == {"from": "2024-05-01", "to": "2024-06-02"}
    assert data["tags"] == {"tuto": "oui", "tuto_name": "archive", "edit": "oui"}
