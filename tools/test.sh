#!/usr/bin/env bash
# Lint, then every test; with MATRIX=1 on the newer QGIS versions too. Arguments go to pytest.
set -uo pipefail
cd "$(dirname "$0")/.."

status=0
tools/lint.sh || status=1

if [[ ${MATRIX:-} == 1 ]]; then
  echo "matrix: this machine's QGIS now, then the newer ones (tools/matrix.sh)"
else
  echo "matrix: only this machine's QGIS; the newer ones run by 'make test-matrix' or MATRIX=1"
fi
# One worker more than processors, since tests wait for servers too. A crash of QGIS takes its worker along; pytest-xdist
# can wait for ever after replacing one, so it ends the run instead.
.venv/bin/python -m pytest --numprocesses=$(($(nproc) + 1)) --dist=loadfile --max-worker-restart=0 "$@" </dev/null
case $? in
0) ;;
5) echo "test: pytest found no test at all, which is a fault: nothing was checked" >&2 && status=1 ;;
*) status=1 ;;
esac

if [[ ${MATRIX:-} == 1 ]]; then
  tools/matrix.sh "$@" || status=1
fi
exit $status
