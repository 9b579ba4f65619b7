"""The tools that guard the package and the translations see what they are there for."""

import subprocess
import zipfile
from pathlib import Path

import pytest

from tools import check_package, package, translations

ROOT = Path(__file__).resolve().parent.parent


def _catalog(*messages):
    catalog = translations.Catalog(locale="fr")
    for text, string in messages:
        catalog.add(text, string=string)
    return catalog


@pytest.mark.parametrize(
    ("text", "french", "fault"),
    [
        ("Download {n} reports", "Télécharger {n} signalements", None),
        ("Download {n} reports", "", "not translated"),
        ("Download {n} reports", "Télécharger {m} signalements", "placeholders differ"),
        ("Download {n} reports", "Télécharger", "placeholders differ"),
        ("Give JSON: { … }", "Donnez du JSON : {…}", None),
        (("{n} report", "{n} reports"), ("un signalement", "{n} signalements"), None),
        (("{n} report", "{n} reports"), ("{n} signalement", ""), "not translated"),
        (("{n} report", "{n} reports"), ("{n} signalement", "{nombre} signalements"), "placeholders differ"),
    ],
)
def test_faulty_translations_are_found(text, french, fault):
    found = list(translations.faults(_catalog((text, french)), _catalog((text, None))))
    assert bool(found) == bool(fault)
    assert not fault or found[0].startswith(fault)


def test_translations_out_of_step_are_found():
    found = list(translations.faults(_catalog(("Old", "Vieux")), _catalog(("New", None))))
    assert [line.split(",")[0] for line in found] == ["missing", "no longer in the code"]


def test_texts_that_the_extraction_cannot_see_are_found():
    assert [*translations.hidden("""print(f"{_('Old')} {name} {_(WORDS[name])}")""", "a.py")] == [
        "hidden in an f-string, take it out of it: 'Old' (a.py)"
    ]
    assert not [*translations.hidden("""print(f"{name}", _("Old"))""", "a.py")]


def test_an_update_keeps_translations_and_the_order_of_the_code():
    template = _catalog(("B", None), ("A", None), (("{n} x", "{n} y"), None))
    updated = translations.update(_catalog(("A", "a"), ("Gone", "parti")), template)
    assert [(message.id, message.string) for message in updated if message.id] == [
        ("B", ""),
        ("A", "a"),
        (("{n} x", "{n} y"), ("", "")),
    ]


def test_the_texts_of_a_model_are_found():
    found = {message.id: message.locations for message in translations.extract() if message.id}
    for text in ("Overdue reports", "1. Create the reports", "Open, without reply, older than the number of days."):
        assert any(file.startswith("models/") for file, _line in found[text])
    assert not [text for text in found if "CONNECTION=" in text or "signalements, " in text], "examples and tags"


def test_the_package_is_the_same_every_time(tmp_path):
    for name in ("one.zip", "two.zip"):
        package.write(tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_the_package_holds_the_plugin_and_nothing_of_its_development():
    names = package.contents()
    wanted = {"__init__.py", "metadata.txt", "LICENSE", "workflows/connection/schema.py", "models/overdue.model3"}
    assert {*wanted, "vendor/jsonschema/__init__.py"} <= set(names)
    assert {name.split("/")[0] for name in names if "/" in name} <= {*package.FOLDERS, "vendor"}
    assert not [name for name in names if name.endswith((".pyc", ".po", ".so")) or "/." in name]


@pytest.mark.parametrize(
    "name",
    [
        "other/file.py",
        "geocollab/a.pyc",
        "geocollab/__pycache__/a",
        "geocollab/.git/config",
        "geocollab/../up",
        "geocollab/x.so",
        "geocollab/.bandit",
        "geocollab/tests/test_a.py",
        "geocollab/i18n/fr.po",
    ],
)
def test_the_check_of_the_package_sees_what_does_not_belong(tmp_path, name):
    fine = ["__init__.py", "LICENSE", "metadata.txt", "i18n/fr.mo"]
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for path in [f"geocollab/{each}" for each in fine]:
            archive.writestr(path, "")
        assert not list(check_package.refused(archive, 1000))
        archive.writestr(name, "")
        assert list(check_package.refused(archive, 1000))


def test_a_program_of_the_tools_environment_judges_qt_names(tmp_path):
    python = ROOT / ".venv-tools" / "bin" / "python"
    if not python.exists():
        pytest.skip("no .venv-tools here (a chroot of the test matrix): the names are checked on the machine itself")
    source = "from qgis.PyQt.QtCore import Qt, QVariant, QUrl\nfrom qgis.PyQt.QtNetwork import QNetworkRequest as R\n"
    (tmp_path / "good.py").write_text(
        source + "Qt.DateFormat.ISODate, QVariant.Int, R.Attribute.HttpStatusCodeAttribute\n"
    )
    (tmp_path / "bad.py").write_text(source + "Qt.ISODate\nR.ContentTypeHeader, QUrl('x').foo\nimport PyQt5.QtCore\n")
    check = [python, ROOT / "tools" / "check_qt6_names.py", tmp_path]
    outcome = subprocess.run(check, capture_output=True, text=True)
    assert outcome.returncode == 1
    assert "good.py" not in outcome.stdout
    assert [line.split(": ", 1)[1] for line in outcome.stdout.splitlines()[:-1]] == [
        "PyQt6 has no Qt.ISODate",
        "PyQt6 has no QNetworkRequest.ContentTypeHeader",
        "import from qgis.PyQt, not from PyQt5.QtCore",
    ]


def test_own_files_are_those_of_the_project():
    listed = subprocess.run([ROOT / "tools" / "own_files.sh"], capture_output=True, check=True).stdout.decode()
    names = set(listed.rstrip("\0").split("\0"))
    assert {"metadata.txt", "tools/own_files.sh"} <= names
    assert not [name for name in names if name.startswith((".venv", "build/")) or "__pycache__" in name]
