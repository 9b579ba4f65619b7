"""Connection files: where the services are and which account to use; never a secret, only the name of its file."""

from __future__ import annotations

import json
import os
from pathlib import Path

from .world.people import BY_NAME, CLIENTS

_PUBLIC_CLIENT = "geocollab-sandbox"
_SERVICE_CLIENT = "geocollab-service"


def write_connection(file: Path, url: str, user: str | None = "membre", kind: str = "password",
                     token: str | None = None, **changes) -> Path:  # fmt: skip
    """Write a connection file for a user of the sandbox, its secrets beside it (mode 0600).

    `kind`: `anonymous`, `basic`, `password`, `client_credentials` or `token` (then give the token);
    `changes` replace members of the file.
    """
    account: dict[str, str] = {"kind": kind}
    if kind in ("basic", "password"):
        known = BY_NAME.get(user or "")
        secret = known.password if known and known.password else ""
        account.update(username=user or "", password_file=_secret(file, f"{user}.password", secret))
    if kind == "password":
        account["client_id"] = _PUBLIC_CLIENT
    if kind == "client_credentials":
        secret = CLIENTS[_SERVICE_CLIENT].secret or ""
        account.update(client_id=_SERVICE_CLIENT, client_secret_file=_secret(file, "client.secret", secret))
    if kind == "token":
        account["token_file"] = _secret(file, f"{user}.token", token or "")
    connection = {
        "name": "sandbox",
        "services": {
            "espaceco": url + "/gcms/api",
            "site": url,
            "sso": url + "/auth/realms/geoplateforme",
            "entrepot": url + "/api",
            "diffusion": url,
        },
        "account": account,
        "defaults": {"community": "375", "datastore": "montreuil"},
        **changes,
    }
    file.write_text(json.dumps(connection, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return file


def _secret(file: Path, name: str, content: str) -> str:
    """Write the secret beside the connection file, readable by its owner only; returns its relative path."""
    path = file.with_name(f"{file.stem}.{name}")
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(content)
    return path.name
