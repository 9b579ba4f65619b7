#!/usr/bin/env bash
# The demonstration, by the environment that tools/setup.sh has made.
set -euo pipefail
cd "$(dirname "$0")/.."
exec .venv/bin/python tools/demo.py "$@"
