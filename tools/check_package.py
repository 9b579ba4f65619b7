"""Would the zip be taken, and does it work?  check_package.py [ZIP]

The rules of plugins.qgis.org (what an upload is refused for, and its security scan), then the zip unpacked into a fresh
QGIS profile: the plugin must load and its provider list its algorithms. Exit status 1 if anything is wrong.
"""

import configparser
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.qgis_process import PROGRAM, environment, make_profile
from tools.check_secrets import secrets
from tools.package import NAME, zip_path

LARGEST = 25_000_000
REQUIRED_KEYS = (
    *("name", "description", "version", "qgisMinimumVersion", "author", "email", "about"),
    *("homepage", "tracker", "repository"),
)
FORBIDDEN = re.compile(r"\.py[co]$|(^|/)(__pycache__|__MACOSX|\.git|\.\.)(/|$)|\\|^/")
BINARY = re.compile(r"\.(exe|dll|so|dylib|pyd|bat|sh|ps1|cmd|whl|zip)$", re.IGNORECASE)
# Not refused for, but noticed by the site; and nothing of the development belongs in a user's profile.
UNWANTED = re.compile(rf"(^|/)\.[^/]+$|^{NAME}/(sandbox|tests|tools|benchmarks|docs|build)/|\.(po|pot|orig|rej)$")

# The site names the tests one by one, so low severities count. B101 (assert), B110 (except: pass) and the like
# could be waived at upload; here they must not occur. Leaving out what the site leaves out: B109, B404, B410, B411.
BANDIT_TESTS = (
    "B101 B102 B103 B104 B105 B106 B107 B108 B110 B112 B113 B201 B202 B301 B302 B303 B304 B305 B306 B307 B308 B310 "
    "B311 B312 B313 B314 B315 B316 B317 B318 B319 B321 B323 B324 B401 B402 B403 B405 B406 B407 B408 B409 B412 B413 "
    "B501 B502 B503 B504 B505 B506 B507 B508 B509 B601 B602 B603 B604 B605 B606 B607 B608 B609 B610 B611 B612 B613 "
    "B614 B615 B701 B702 B703 B704"
).split()


def refused(archive, size):
    """What the site would refuse the upload for, a line each."""
    names = archive.namelist()
    if size > LARGEST:
        yield f"{size} bytes, {LARGEST} allowed"
    if {name.split("/")[0] for name in names} != {NAME}:
        yield f"everything must be in one folder named {NAME}"
    for name in (f"{NAME}/__init__.py", f"{NAME}/LICENSE", f"{NAME}/metadata.txt"):
        if name not in names:
            yield f"{name} is missing"
    for name in names:
        if FORBIDDEN.search(name) or BINARY.search(name) or UNWANTED.search(name):
            yield f"must not be in it: {name}"
    if f"{NAME}/i18n/fr.mo" not in names:
        yield "the French translation is missing"


def metadata_faults(archive):
    metadata = configparser.ConfigParser(interpolation=None)
    metadata.optionxform = str
    metadata.read_string(archive.read(f"{NAME}/metadata.txt").decode("utf-8"))
    general = metadata["general"]
    for key in REQUIRED_KEYS:
        if not general.get(key, "").strip():
            yield f"metadata.txt: {key} is missing"
    if general.get("hasProcessingProvider") != "yes":
        yield "metadata.txt: without hasProcessingProvider=yes qgis_process does not load it"
    if "plugin" in general.get("name", "").lower():
        yield "metadata.txt: no 'plugin' in the name"
    if "/" in general.get("author", ""):
        yield "metadata.txt: no '/' in the author"
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", general.get("email", "")):
        yield "metadata.txt: email is no address"
    for key in ("homepage", "tracker", "repository"):
        if not general.get(key, "").startswith("https://"):
            yield f"metadata.txt: {key} is no https address"
    if "supportsQt6" in general:
        yield "metadata.txt: supportsQt6 is no longer read; qgisMaximumVersion says it"
    icon = general.get("icon")
    if icon and f"{NAME}/{icon}" not in archive.namelist():
        yield f"metadata.txt: the icon {icon} is not in the zip"


def scan(folder):
    """What the security scan of the site would block the version for."""
    tools = ROOT / ".venv-tools" / "bin"
    bandit = [tools / "bandit", "-q", "-r", folder, "-t", ",".join(BANDIT_TESTS)]
    bandit += ["-f", "custom", "--msg-template", "{relpath}:{line}: {test_id} {msg}"]
    result = subprocess.run(bandit, capture_output=True, text=True, cwd=folder)
    yield from result.stdout.splitlines()
    if result.returncode not in (0, 1) or (result.returncode and not result.stdout):
        yield f"bandit failed: {result.stderr}"
    files = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    yield from secrets([path for path in files if path.name != "metadata.txt"], folder)


def not_working(unpacked, profile):
    """What is wrong with the plugin as a user would have it."""
    make_profile(profile)
    variables = environment(profile, plugins=unpacked)

    def ask(command):
        answer = subprocess.run(
            [PROGRAM, command], env=variables, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120
        )
        return answer.stdout, answer.stdout + answer.stderr

    listed, said = ask("plugins")
    if f"* {NAME}" not in listed:
        yield f"QGIS does not load it:\n{said}"
        return
    listed, said = ask("list")
    count = len(re.findall(rf"^\s*{NAME}:\w+", listed, re.MULTILINE))
    if count:
        print(f"  {PROGRAM} lists {count} algorithms of it")
    else:
        yield f"QGIS lists no algorithm of it:\n{said[-1000:]}"


def check(path):
    """Every fault of the zip, said step by step."""
    found = []

    def step(title, faults):
        faults = list(faults)
        print(f"  {title}: {f'{len(faults)} to mend' if faults else 'fine'}")
        for fault in faults:
            print(f"    {fault}")
        found.extend(faults)

    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory(prefix="geocollab-package-") as folder:
        step("files", refused(archive, path.stat().st_size))
        step("metadata.txt", metadata_faults(archive))
        unpacked = Path(folder, "plugins")
        archive.extractall(unpacked)
        step("security scan", scan(unpacked))
        step("works in QGIS", not_working(unpacked, Path(folder, "profile")))
    return found


def main(arguments):
    path = Path(arguments[0]) if arguments else zip_path()
    print(f"{path.name}:")
    return 1 if check(path) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
