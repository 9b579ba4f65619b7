"""No password, key or token in these files:  check_secrets.py < NUL-separated names

Runs detect-secrets with all it knows, without asking any server whether a find is real. A false alarm is marked in its
line with `pragma: allowlist secret`. Exit status 1 when something is found.
"""

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).resolve().parent.parent / ".venv-tools" / "bin" / "detect-secrets-hook"
# Names beyond this many in one call might not fit on a command line.
AT_ONCE = 500


def secrets(files, folder="."):
    """What looks like a secret, a line each; `files` are relative to `folder`."""
    for start in range(0, len(files), AT_ONCE):
        command = [PROGRAM, "--no-verify", "--json", "--", *files[start : start + AT_ONCE]]
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if not result.returncode:
            continue
        try:
            found = json.loads(result.stdout)["results"]
        except ValueError:
            yield f"detect-secrets failed: {result.stderr or result.stdout}"
            return
        for name, finds in found.items():
            for find in finds:
                yield f"{name}:{find['line_number']}: {find['type']}"


def main():
    found = list(secrets([name for name in sys.stdin.read().split("\0") if name]))
    print("\n".join([*found, f"{len(found)} found"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
