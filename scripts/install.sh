#!/usr/bin/env bash
# Makes the virtual environment: the locked packages by hash, then the package itself. Does nothing where all is there.
#
# uv installs the lock in seconds where pip takes a minute, so pip fetches uv (by hash, from the same lock).
# Where uv can't reach an index that pip can (a mirror in pip's own configuration), pip installs the rest too.
set -euo pipefail
unset CDPATH
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv=${1:-.venv}
least=3.11

usable() {
  "$1" -c 'import sys; sys.exit(sys.version_info < tuple(map(int, sys.argv[1].split("."))))' "$least" 2>/dev/null
}

# The PATH without the environment's own programs, which `make` puts first: it can't be made from itself.
path_outside() {
  local folder kept=
  while IFS= read -r -d : folder; do
    [ "$folder" -ef "$venv/bin" ] || kept+=${kept:+:}$folder
  done <<<"$PATH:"
  echo "$kept"
}

find_python() {
  local candidate PATH=$(path_outside)
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

# Written last, when all is there: whose environment it is, where it lies, and what it was made from. One that was
# copied or moved has the paths of another in its programs, and one without a stamp was never finished.
stamp=$venv/.installed
places() { printf '%s\n%s\n' "$(pwd -P)" "$(cd "$venv" && pwd -P)"; }

whole() {
  [ -x "$venv/bin/python" ] && usable "$venv/bin/python" && [ -f "$stamp" ] && [ "$(head -n 2 "$stamp")" = "$(places)" ]
}

if whole; then
  if [ "$(tail -n +3 "$stamp")" = "$(hash_of "$venv/bin/python")" ]; then
    exit 0
  fi
else
  if [ -d "$venv" ] && [ -n "$(ls -A "$venv")" ] && [ ! -f "$venv/pyvenv.cfg" ]; then
    echo "$venv is there, and is no virtual environment: it stays as it is." >&2
    echo "Name another folder: make install VENV=.venv" >&2
    exit 2
  fi
  python=$(find_python)
  if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    echo "$python has no venv module." >&2
    echo "Install it (Debian and Ubuntu: apt-get install python3-venv), then run this again." >&2
    exit 2
  fi
  echo "Making $venv with $("$python" --version) ($python)"
  "$python" -m venv --clear "$venv"
fi
rm -f "$stamp"

export PIP_DISABLE_PIP_VERSION_CHECK=1 UV_NO_PROGRESS=1
first=$(mktemp)
trap 'rm -f "$first"' EXIT
awk '/^[^ #]/ { wanted = /^(uv|setuptools)==/ } wanted' requirements.txt >"$first"

# antlr4-python3-runtime is published as source alone: it is built by the setuptools of the lock, not by the newest.
echo "Installing the locked requirements into $venv"
"$venv/bin/python" -m pip install --quiet --require-hashes --no-deps -r "$first"
if ! UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-}} \
  "$venv/bin/python" -m uv pip install --quiet --compile-bytecode --python "$venv/bin/python" --require-hashes \
  --no-build-isolation-package antlr4-python3-runtime -r requirements.txt; then
  echo "uv could not; pip does it (about a minute)"
  "$venv/bin/python" -m pip install --quiet --require-hashes --no-build-isolation -r requirements.txt
fi
"$venv/bin/python" -m pip install --quiet --no-deps --no-build-isolation --no-index --editable .
{ places && hash_of "$venv/bin/python"; } >"$stamp"
