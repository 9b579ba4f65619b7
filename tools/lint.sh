#!/usr/bin/env bash
# All checks that need no test run. Each says its name and result; all of them run, and one failure is enough to fail.
set -uo pipefail
cd "$(dirname "$0")/.."

tools=.venv-tools/bin
plugin=(__init__.py algorithms client i18n provider store workflows)
failed=()

step() {
  local name=$1 output start=$SECONDS
  shift
  if output=$("$@" 2>&1); then
    printf 'lint: %-22s ok (%d s)\n' "$name" $((SECONDS - start))
  else
    printf 'lint: %-22s FAILED\n%s\n' "$name" "$output"
    failed+=("$name")
  fi
}

types() {
  MYPYPATH=build/plugins "$tools/mypy" --no-error-summary \
    -p geocollab.client -p geocollab.store -p geocollab.workflows -p geocollab.i18n
}

# ruff knows the syntax of 3.9, vermin what the library had then. (One process: several need a /dev/shm.)
python39() { "$tools/vermin" --target=3.9- --violations --no-tips --processes=1 "${plugin[@]}"; }

# The hashes of pinned files look like secrets.
secrets() {
  tools/own_files.sh | grep --null-data -vxF tools/vendor.txt | .venv/bin/python tools/check_secrets.py
}

# The pages of the operations are made from the code; QGIS itself is talkative on stderr.
docs() { .venv/bin/python tools/document.py --check 2>/dev/null; }

package() { .venv/bin/python tools/package.py && .venv/bin/python tools/check_package.py; }

step "ruff" "$tools/ruff" check --quiet --output-format=concise .
step "format" "$tools/ruff" format --check --quiet --diff .
step "types (mypy)" types
step "Python 3.9 (vermin)" python39
step "Qt 6 names" "$tools/python" tools/check_qt6_names.py "${plugin[@]}"
step "translations" .venv/bin/python tools/translations.py check
step "docs" docs
step "secrets" secrets
step "package" package

if ((${#failed[@]})); then
  echo "lint: failed: $(IFS=, && echo "${failed[*]}")"
  exit 1
fi
