"""A sandbox in its own process, for tests and demonstrations. Standard library only, any Python.

`with SandboxProcess(reports=300) as sandbox:` starts it, then there are `sandbox.url` and `sandbox.connection`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from .connections import write_connection

_ROOT = Path(__file__).resolve().parents[1]
_OWN_PYTHON = _ROOT / ".venv" / "bin" / "python"
_START_SECONDS = 120  # a big seed takes its time
_STOP_SECONDS = 10


class SandboxProcess:
    """A running sandbox: `url`, `connection` (the file of user `membre`); a context manager.

    `reports` and `features` (parcels) say how many a fresh one has; `state` is a folder that survives; `faults` a list
    of faults to begin with; `now` an ISO text; `rate` 0 for no limit; `token_life` the seconds of an access token;
    `work_seconds` what each check, execution and publication of the Entrepôt takes, `offering_deletion` `two` or `one`;
    `python` the interpreter, else the repository's own `.venv` or the current one. Raises RuntimeError with the
    server's words when it does not start.
    """

    def __init__(self, *, reports: int = 300, features: int = 200, state: str | Path | None = None,
                 faults: Sequence[dict] | None = None, now: str | None = None, rate: int | None = None,
                 connection: str | Path | None = None, python: str | Path | None = None,
                 token_life: int | None = None, work_seconds: float | None = None,
                 offering_deletion: str | None = None, port: int = 0):  # fmt: skip
        self._folder = tempfile.TemporaryDirectory(prefix="sandbox-process-")
        self.connection = Path(connection) if connection else Path(self._folder.name) / "connection.json"
        self._files = 0
        interpreter = python or (_OWN_PYTHON if _OWN_PYTHON.exists() else sys.executable)
        command = [str(interpreter), "-m", "sandbox", "--connection", str(self.connection.resolve()),
                   "--reports", str(reports), "--features", str(features), "--port", str(port)]  # fmt: skip
        options = {"--state": state, "--now": now, "--rate": rate, "--token-life": token_life,
                   "--work-seconds": work_seconds, "--offering-deletion": offering_deletion}  # fmt: skip
        for option, value in options.items():
            command += [option, str(value)] if value is not None else []
        if faults:
            file = Path(self._folder.name) / "faults.json"
            file.write_text(json.dumps(list(faults)), encoding="utf-8")
            command += ["--faults", str(file)]
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop()
        self._process = subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=self._errors, text=True)
        self.url = self._ready()

    def _ready(self) -> str:
        """The address in the line `ready URL`."""
        watchdog = threading.Timer(_START_SECONDS, self._process.kill)
        watchdog.start()
        line = self._process.stdout.readline() if self._process.stdout else ""
        watchdog.cancel()
        if not line.startswith("ready "):
            self._process.wait()
            self._errors.seek(0)
            said = self._errors.read().decode(errors="replace").strip()
            self.stop()
            raise RuntimeError(f"the sandbox did not start: {said}")
        return line.split()[1]

    @property
    def pid(self) -> int:
        return self._process.pid

    def connection_for(self, user: str | None = "membre", kind: str = "password", **changes) -> Path:
        """Another connection file: `anonymous`, `basic`, `password`, `client_credentials` or `token`."""
        self._files += 1
        file = Path(self._folder.name) / f"connection-{self._files}.json"
        token = self.token(user) if kind == "token" else None
        return write_connection(file, self.url, user, kind, token, **changes)

    def token(self, user: str | None) -> str:
        """A fresh access token of a user."""
        from .world.people import BY_NAME

        known = BY_NAME[user or ""]
        form = {"grant_type": "password", "client_id": "geocollab-sandbox", "username": known.username,
                "password": known.password or ""}  # fmt: skip
        path = "/auth/realms/geoplateforme/protocol/openid-connect/token"
        return self._ask("POST", path, urllib.parse.urlencode(form).encode())["access_token"]

    def journal(self, path: str | None = None) -> list[dict]:
        """What the sandbox was asked; only the paths that match the regular expression `path`, if given."""
        return self._ask("GET", "/_journal" + ("?" + urllib.parse.urlencode({"path": path}) if path else ""))

    def clear_journal(self) -> None:
        self._ask("DELETE", "/_journal")

    def faults(self, *faults: dict) -> None:
        """Replace the fault switches; without argument nothing goes wrong any more."""
        self._ask("PUT", "/_faults", json.dumps(faults).encode(), "application/json")

    def change(self, change: str, **members) -> None:
        """Change the world behind the clients' back: a column, table, layer or permission (`sandbox/catalogue.py`)."""
        self._ask("POST", "/_world", json.dumps({"change": change, **members}).encode(), "application/json")

    def reset_world(self) -> None:
        """Undo every change; the rows of tables whose columns had changed are those of a fresh sandbox."""
        self._ask("DELETE", "/_world")

    def entrepot(self) -> dict:
        """`settings` of the Entrepôt, and `ids` of what it has from the start: kind, then name, to id."""
        return self._ask("GET", "/_entrepot")

    def entrepot_settings(self, **changes) -> dict:
        """Change settings of the Entrepôt (`sandbox/entrepot/settings.py`); returns all of them."""
        return self._ask("PUT", "/_entrepot", json.dumps(changes).encode(), "application/json")["settings"]

    def reset_entrepot_settings(self) -> None:
        """Those of the start again; what was made stays."""
        self._ask("DELETE", "/_entrepot")

    def entrepot_entity(self, kind: str, *, datastore: str | None = None, id: str | None = None, **members) -> dict:
        """Make an entity behind the clients' back, or with `id` change members of one; gives it with its `private`."""
        body = {"kind": kind, "datastore": datastore, "id": id, "set": members}
        return self._ask("POST", "/_entrepot", json.dumps(body).encode(), "application/json")

    def _ask(self, method: str, path: str, data: bytes | None = None,
             content_type: str = "application/x-www-form-urlencoded"):  # fmt: skip
        headers = {"Content-Type": content_type} if data is not None else {}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy: it is loopback
        with direct.open(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        if not self._errors.closed:
            self._errors.seek(0)
            sys.stderr.write(self._errors.read().decode(errors="replace"))  # what went wrong inside the sandbox
            self._errors.close()
        self._folder.cleanup()

    def __enter__(self) -> SandboxProcess:
        return self

    def __exit__(self, *_) -> None:
        self.stop()
