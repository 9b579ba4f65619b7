#!/usr/bin/env bash
# Everything a fresh Debian 12 lacks, and nothing it already has:  tools/setup.sh run|test|matrix
#   run     what the demo and the benchmarks need: QGIS, MapServer, `.venv`, the plugin link, the translations
#   test    that, and what tests and lint need besides
#   matrix  that, and what makes the folders for newer QGIS versions
# Safe to repeat and quick when there is nothing to do: each step looks at what is really there.
set -euo pipefail
cd "$(dirname "$0")/.."

# QGIS's Python modules belong to the distribution's interpreter; the first `python3` on PATH may be another build.
python=/usr/bin/python3

run_packages=(qgis python3-qgis libsqlite3-mod-spatialite python3-requests python3-lxml python3-jsonschema
  python3-jinja2 python3-venv fonts-dejavu-core ca-certificates mapserver-bin)
test_packages=(git xvfb xauth)
matrix_packages=(mmdebstrap)
# Recommended or optional parts of QGIS that would only cost time and disk.
unwanted=(qgis-provider-grass- qgis-plugin-grass-)

say() { echo "setup: $*"; }

install_packages() {
  local package missing=()
  for package in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  local as_root=()
  if [[ $(id -u) != 0 ]]; then
    command -v sudo >/dev/null || {
      say "these Debian packages are missing and only root can install them: ${missing[*]}" >&2
      say "run 'apt-get install --no-install-recommends ${missing[*]}' as root, then try again" >&2
      return 1
    }
    as_root=(sudo)
  fi
  say "installing ${missing[*]}"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
  local install=("${apt[@]}" install --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}" "${unwanted[@]}")
  # A machine's package lists may be absent or stale: fetch them only then.
  "${install[@]}" >build/apt.log 2>&1 </dev/null && return 0
  "${apt[@]}" update >build/apt.log 2>&1 </dev/null || true
  "${install[@]}" >>build/apt.log 2>&1 </dev/null || {
    tail -n 20 build/apt.log >&2
    return 1
  }
}

# A virtual environment is made again when its requirements, its place or the interpreter change.
make_venv() {
  local folder=$1 requirements=$2 option=${3:-} wanted
  wanted=$({ cat "$requirements"; echo "$PWD" "$option"; "$python" --version; } | sha256sum)
  [[ $(cat "$folder/.made" 2>/dev/null) == "$wanted" ]] && return 0
  say "making $folder"
  rm -rf "$folder"
  "$python" -m venv $option "$folder"
  "$folder/bin/python" -m pip install --quiet --no-warn-script-location --disable-pip-version-check \
    -r "$requirements" >build/pip.log 2>&1 </dev/null || {
    tail -n 20 build/pip.log >&2
    return 1
  }
  [[ -z $option ]] || check_nothing_hidden "$folder"
  echo "$wanted" >"$folder/.made"
}

check_nothing_hidden() {
  local name hidden=()
  for name in requests urllib3 lxml jsonschema jinja2 numpy attr pyrsistent; do
    compgen -G "$1/lib/python3*/site-packages/$name" >/dev/null && hidden+=("$name")
  done
  ((${#hidden[@]} == 0)) || {
    say "$1 hides what QGIS brings: ${hidden[*]}; move its cause to requirements-tools.txt" >&2
    return 1
  }
}

# The repository root is the plugin package; QGIS and Python see it by this name whatever the checkout is called.
link_plugin() {
  mkdir -p build/plugins
  [[ build/plugins/geocollab -ef . ]] || ln -sfn ../.. build/plugins/geocollab
}

compile_translations() {
  [[ -f i18n/fr.po ]] || return 0
  [[ i18n/fr.mo -nt i18n/fr.po ]] || .venv/bin/python tools/translations.py compile
}

part=${1:-run}
mkdir -p build
exec 9>build/.setup.lock
flock 9 # two targets started at once must not build the same environment
case $part in
run) install_packages "${run_packages[@]}" ;;
test) install_packages "${run_packages[@]}" "${test_packages[@]}" ;;
matrix) install_packages "${run_packages[@]}" "${test_packages[@]}" "${matrix_packages[@]}" ;;
*) echo "usage: tools/setup.sh run|test|matrix" >&2 && exit 2 ;;
esac
make_venv .venv requirements-dev.txt --system-site-packages
[[ $part == run ]] || make_venv .venv-tools requirements-tools.txt
link_plugin
compile_translations
