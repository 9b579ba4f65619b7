"""The real qgis_process program with the plugin switched on, the same on every QGIS version.

outcome = run_qgis_process("run", "geocollab:listcommunities", "--CONNECTION=c.json", profile=tmp_path, json=True)
assert outcome.returncode == 0, outcome.stderr
assert outcome.results["COUNT"] == 2
"""

import json as json_module
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

PLUGINS = Path(__file__).resolve().parent.parent / "build" / "plugins"
# Debian 12's wrapper script passes an option that qgis_process of 3.22 refuses; the program itself is fine everywhere.
PROGRAM = shutil.which("qgis_process.bin") or shutil.which("qgis_process") or "qgis_process"


@dataclass
class Outcome:
    """What the program did; `json` is its answer, None when it failed (QGIS then prints nothing on stdout)."""

    returncode: int
    stdout: str
    stderr: str
    json: Optional[dict] = None

    @property
    def results(self):
        """The outputs of the algorithm by name."""
        assert self.json is not None, f"no JSON on stdout (exit status {self.returncode}):\n{self.stderr}"
        return self.json["results"]


def make_profile(folder):
    """A QGIS profile in `folder` in which the plugin is switched on."""
    settings = Path(folder, "profiles", "default", "QGIS", "QGIS3.ini")
    if not settings.exists():
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text("[PythonPlugins]\ngeocollab=true\n", encoding="utf-8")
    return Path(folder)


def environment(profile, extra=None, plugins=PLUGINS):
    """The environment variables for a QGIS program of its own: offscreen, its own profile, our plugin."""
    runtime = Path(profile, "runtime")
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_RUNTIME_DIR": str(runtime),
        "QGIS_CUSTOM_CONFIG_PATH": str(profile),
        "QGIS_PLUGINPATH": str(plugins),
        **(extra or {}),
    }


def start_qgis_process(*arguments, profile, env=None, **popen):
    """The program as a running process, for tests that send it a signal."""
    command = [PROGRAM, *map(str, arguments)]
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **popen}
    return subprocess.Popen(command, env=environment(make_profile(profile), env), text=True, **streams)


def run_qgis_process(*arguments, profile=None, env=None, json=False, timeout=90, stdin=None):
    """Run it to its end. `json=True` adds --json and reads the answer; `stdin` is text for versions that read it."""
    if profile is None:
        with tempfile.TemporaryDirectory(prefix="geocollab-") as folder:
            return run_qgis_process(*arguments, profile=folder, env=env, json=json, timeout=timeout, stdin=stdin)
    options = ("--json",) if json else ()
    stream = subprocess.DEVNULL if stdin is None else subprocess.PIPE
    process = start_qgis_process(*arguments, *options, profile=profile, env=env, stdin=stream)
    try:
        stdout, stderr = process.communicate(stdin, timeout=timeout)
    except BaseException:
        process.kill()
        process.wait()
        raise
    answer = json_module.loads(stdout) if json and stdout.strip() else None
    return Outcome(process.returncode, stdout, stderr, answer)
