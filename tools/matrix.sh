#!/usr/bin/env bash
# The tests on newer QGIS versions than this machine's:  tools/matrix.sh [pytest arguments]
#
# QGIS 3.40 is in Debian 13 (trixie), 3.44 in Debian sid. Each gets a folder with that Debian in it, made once (about two
# minutes and 1.8 GB), and the tests run in a chroot there, on a copy of this checkout; nothing is mounted and the
# loopback network is the machine's own. A version that cannot be had fails the run, unless ALLOW_MISSING=1 says it may.
# A folder is made again when the list of packages below has changed.
#
#   SUITES="trixie"         only these                    GEOCOLLAB_ROOTS=DIR   where the folders are
#   MIRROR=URL              another Debian mirror         ALLOW_MISSING=1       go on without a version, loudly
set -uo pipefail
cd "$(dirname "$0")/.."

roots=${GEOCOLLAB_ROOTS:-/var/cache/geocollab}
suites=${SUITES:-trixie sid}
declare -A qgis=([trixie]=3.40 [sid]=3.44)
# The same packages as on this machine (tools/setup.sh), and Debian's NumPy and GDAL come with QGIS.
packages=ca-certificates,qgis,python3-qgis,python3-requests,python3-lxml,python3-jsonschema,python3-jinja2
packages+=,libsqlite3-mod-spatialite,fonts-dejavu-core,mapserver-bin,git

say() { echo "matrix: $*"; }

# The mirror that this machine's own packages come from; apt knows it once its lists are there.
mirror() {
  apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Created-By: Packages' | grep -v security | head -n 1
}

# The setting is needed where the mirror is a frozen copy, whose lists for sid have run out; apt has it here already then.
make_root() {
  local suite=$1 root=$2 mirror=${MIRROR:-$(mirror)} V=true
  [[ -n $mirror ]] || { apt-get -qq update && mirror=$(mirror); }
  eval "$(apt-config shell V Acquire::Check-Valid-Until)"
  say "making $root (Debian $suite); about two minutes"
  rm -rf "$root.new"
  mkdir -p "$roots"
  mmdebstrap --quiet --variant=apt --mode=root --aptopt="Acquire::Check-Valid-Until \"$V\"" \
    --aptopt='APT::Install-Recommends "false"' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --include="$packages" "$suite" "$root.new" "$mirror" >build/matrix-"$suite".log 2>&1 </dev/null ||
    { tail -n 20 build/matrix-"$suite".log && rm -rf "$root.new" && return 1; }
  echo "$packages" >"$root.new/opt/geocollab-packages"
  mv "$root.new" "$root"
}

inside() {
  local root=$1
  shift
  chroot "$root" env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME=/tmp LANG=C.UTF-8 TZ="${TZ:-UTC}" CI="${CI:-}" \
    PYTHONPATH=/opt/geocollab-tools QT_QPA_PLATFORM=offscreen XDG_RUNTIME_DIR=/tmp/run "$@"
}

# What `.venv` has, for the other Python: fetched from outside, because pip has no certificates inside.
install_tools() {
  local root=$1 place=$1/opt/geocollab-tools version wanted name
  version=$(inside "$root" python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])') || return 1
  wanted=$({ cat requirements-dev.txt && echo "$version"; } | sha256sum)
  [[ $(cat "$place/.made" 2>/dev/null) == "$wanted" ]] && return 0
  rm -rf "$place"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --target "$place" --only-binary=:all: \
    --python-version "$version" --implementation cp --abi "cp${version/./}" --abi abi3 --abi none \
    -r requirements-dev.txt >build/pip-"$version".log 2>&1 </dev/null || {
    tail -n 20 build/pip-"$version".log
    return 1
  }
  # pip sees no system packages from here and fetches copies of what QGIS brings: away, they would hide it.
  for name in requests urllib3 certifi idna charset_normalizer jinja2 markupsafe numpy lxml jsonschema attr attrs yaml; do
    rm -rf "${place:?}/$name" "$place/$name"-*.dist-info
  done
  echo "$wanted" >"$place/.made"
}

run_suite() {
  local suite=$1 root=$roots/$1
  shift
  [[ $(cat "$root/opt/geocollab-packages" 2>/dev/null) == "$packages" ]] || make_root "$suite" "$root" || return 3
  install_tools "$root" || return 3
  rm -rf "$root/src"
  mkdir -p "$root/src" "$root/tmp/run"
  chmod 700 "$root/tmp/run"
  # The project's own files, and what was made from them: the compiled translations, the vendored packages.
  { tools/own_files.sh && find i18n -name '*.mo' -print0 && find build/vendor build/.vendor -type f -print0; } |
    tar --null --files-from=- -cf - | tar -C "$root/src" -xf - || return 3
  say "$suite: $(inside "$root" qgis_process.bin --version 2>/dev/null | head -n 1), $(inside "$root" python3 --version)"
  inside "$root" bash -c 'cd /src && exec python3 -m pytest --numprocesses=auto --dist=loadfile --max-worker-restart=0 "$@"' - "$@" </dev/null
}

tools/setup.sh matrix && .venv/bin/python tools/package.py --vendor >/dev/null || exit 1
if [[ $(id -u) != 0 ]]; then
  # Only root can change the root folder (chroot).
  command -v sudo >/dev/null && exec sudo --preserve-env=SUITES,GEOCOLLAB_ROOTS,MIRROR,ALLOW_MISSING,CI,TZ "$0" "$@"
  say "this needs root or sudo" >&2
  exit 1
fi

results=()
status=0
for suite in $suites; do
  run_suite "$suite" "$@"
  case $? in
  0) results+=("QGIS ${qgis[$suite]:-of $suite} passed") ;;
  3)
    results+=("QGIS ${qgis[$suite]:-of $suite} NOT RUN")
    [[ ${ALLOW_MISSING:-} == 1 ]] || status=1
    ;;
  *) results+=("QGIS ${qgis[$suite]:-of $suite} FAILED") && status=1 ;;
  esac
done
printf -v line '%s; ' "${results[@]}"
say "${line%; }"
exit $status
