#!/usr/bin/env bash
# Makes the virtual environment: the locked packages by hash, then the package itself. Does nothing where all is there.
#
# uv installs the lock in seconds where pip takes a minute, so pip fetches uv alone (by hash, from the same lock).
# Where uv can't reach an index that pip can (a mirror in pip's own configuration), pip installs the rest too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv=${1:-.venv}
least=3.11

usable() {
  "$1" -c 'import sys; sys.exit(sys.version_info < tuple(map(int, sys.argv[1].split("."))))' "$least" 2>/dev/null
}

find_python() {
  local candidate
  for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    if command -v "$candidate" >/dev/null && usable "$candidate"; then
      command -v "$candidate"
      return
    fi
  done
  echo "No Python $least or newer was found (tried: ${PYTHON:-python3, python3.14 … python3.11})." >&2
  echo "Install one (Debian and Ubuntu: apt-get install python3 python3-venv), or name yours: make install PYTHON=/path/to/python" >&2
  exit 2
}

hash_of() {
  "$1" -c 'import hashlib, sys; print(hashlib.sha256(b"".join(open(f, "rb").read() for f in sys.argv[1:])).hexdigest())' \
    requirements.txt pyproject.toml scripts/install.sh
}

stamp=$venv/.installed
if [ -x "$venv/bin/python" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$PWD $(hash_of "$venv/bin/python")" ]; then
  exit 0
fi

if [ ! -x "$venv/bin/python" ] || ! usable "$venv/bin/python"; then
  python=$(find_python)
  if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    echo "$python has no venv module." >&2
    echo "Install it (Debian and Ubuntu: apt-get install python3-venv), then run this again." >&2
    exit 2
  fi
  echo "Making $venv with $("$python" --version) ($python)"
  "$python" -m venv --clear "$venv"
fi

export PIP_DISABLE_PIP_VERSION_CHECK=1 UV_NO_PROGRESS=1
uv_pin=$(mktemp)
trap 'rm -f "$uv_pin"' EXIT
awk '/^[^ #]/ { wanted = /^uv==/ } wanted' requirements.txt >"$uv_pin"

echo "Installing the locked requirements into $venv"
"$venv/bin/pip" install --quiet --require-hashes --no-deps -r "$uv_pin"
if ! UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-}} \
  "$venv/bin/uv" pip install --quiet --compile-bytecode --python "$venv/bin/python" --require-hashes -r requirements.txt; then
  echo "uv could not; pip does it (about a minute)"
  "$venv/bin/pip" install --quiet --require-hashes -r requirements.txt
fi
"$venv/bin/pip" install --quiet --no-deps --no-build-isolation --no-index --editable .
echo "$PWD $(hash_of "$venv/bin/python")" >"$stamp"
