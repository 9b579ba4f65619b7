#!/usr/bin/env bash
# The project's own files, each followed by a NUL: what is or could be committed, as far as it is really there.
set -euo pipefail
cd "$(dirname "$0")/.."
# The checkout may belong to someone else than who runs this (root in a container), which git would refuse.
git=(git -c safe.directory="$PWD")
if [[ $("${git[@]}" rev-parse --show-toplevel 2>/dev/null) == "$PWD" ]]; then
  "${git[@]}" ls-files -z --cached --others --exclude-standard
else # unpacked from an archive
  find . \( -path ./build -o -path './.venv*' -o -name __pycache__ -o -name '.*_cache' -o -name .hypothesis \) -prune \
    -o -type f ! -name '*.mo' ! -name '*.pot' -printf '%P\0'
fi | while IFS= read -r -d '' file; do
  [[ ! -e $file ]] || printf '%s\0' "$file"
done
