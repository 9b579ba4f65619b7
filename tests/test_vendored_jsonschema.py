"""The packaged plugin checks JSON in a Python that has no jsonschema, or a broken one, as a QGIS may have it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

CHECK = """
from geocollab.workflows.connection.schema import validator
checked = validator({"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}})
assert checked.is_valid({"id": 1})
print(*sorted(error.message for error in checked.iter_errors({"id": "x"})))
import sys, jsonschema
print(jsonschema.__file__)
assert not [folder for folder in sys.path if "vendor" in folder], sys.path
"""


@pytest.fixture(scope="module")
def vendor():
    """The folder that `make package` puts into the zip, fetched at need."""
    subprocess.run([sys.executable, ROOT / "tools" / "package.py", "--vendor"], check=True)
    return ROOT / "build" / "vendor"


@pytest.fixture
def plugin(tmp_path):
    """As much of the packaged plugin as the check needs."""
    package = tmp_path / "plugins" / "geocollab"
    (package / "workflows" / "connection").mkdir(parents=True)
    for name in (
        "__init__.py",
        "workflows/__init__.py",
        "workflows/connection/__init__.py",
        "workflows/connection/schema.py",
    ):
        shutil.copyfile(ROOT / name, package / name)
    return package


def _run(plugin, *folders):
    """The check in a Python with its standard library only (-S), and with what the given folders hold."""
    path = os.pathsep.join(map(str, [plugin.parent, *folders]))
    command = [sys.executable, "-S", "-c", CHECK]
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True)


def test_without_jsonschema_the_packaged_one_is_used(plugin, vendor):
    (plugin / "vendor").symlink_to(vendor)
    outcome = _run(plugin)
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.startswith("'x' is not of type 'integer'")
    assert "vendor" in outcome.stdout


def test_parts_of_a_broken_jsonschema_are_not_mixed_in(plugin, vendor, tmp_path):
    (plugin / "vendor").symlink_to(vendor)
    broken = tmp_path / "broken" / "jsonschema"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("import jsonschema.exceptions\nimport a_module_that_is_not_there\n")
    (broken / "exceptions.py").write_text("")
    outcome = _run(plugin, broken.parent)
    assert outcome.returncode == 0, outcome.stderr
    assert "vendor" in outcome.stdout


def test_without_both_it_is_said_in_plain_words(plugin):
    outcome = _run(plugin)
    assert outcome.returncode == 1
    assert "The Python package jsonschema is missing" in outcome.stderr


def test_an_installed_jsonschema_is_preferred():
    from geocollab.workflows.connection.schema import VENDOR, validator

    assert not VENDOR.exists()
    assert validator({"const": 1}).is_valid(1)
    import jsonschema

    assert "vendor" not in jsonschema.__file__
