"""`python3 -m sandbox`: start the server, say `ready URL`, write the connection file."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

if find_spec("starlette") is None or find_spec("uvicorn") is None:
    python = Path(__file__).resolve().parents[1] / ".venv" / "bin" / "python"
    if not python.exists() or Path(sys.prefix).resolve() == python.parents[1]:
        print("The sandbox needs starlette and uvicorn: run `make setup` first.", file=sys.stderr)
        raise SystemExit(2)
    os.execv(str(python), [str(python), "-m", "sandbox", *sys.argv[1:]])

from .server import main

raise SystemExit(main())
