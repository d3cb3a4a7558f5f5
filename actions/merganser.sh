#!/usr/bin/env bash
# What every action here runs: `merganser.sh COMMAND` starts Merganser's COMMAND from the action's own checkout.
#
# Inputs come by the environment alone, so that nothing of them is ever read as a program: MERGANSER_ARGUMENT is the
# command's argument, MERGANSER_OPTION_NAME its option --name (one line a value). An empty one isn't given at all.
#
# Only the packages that the command needs are installed, by hash: the core, tables and statistics where it reads
# predictions, and what MERGANSER_EXTRAS names. They are kept for whoever has the same locks and Python: in the runner's
# tool cache where there is one, else for the job.
set -euo pipefail
unset CDPATH

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

# The runner needs Python 3.11 or newer and git 2.38 or newer on its PATH; hosted runners have both.
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "::error::Merganser needs Python 3.11 or newer as python3; put one on the runner's PATH before this step."
  exit 2
fi

case $1 in
  report | train | command) locks=(evaluate) ;;
  *) locks=(core) ;;
esac
read -r -d '' -a extras <<<"${MERGANSER_EXTRAS:-}" || true
for extra in ${extras[@]+"${extras[@]}"}; do
  if [[ ! $extra =~ ^(dvc|metrics|sign)$ ]]; then
    echo "::error::extras: there are dvc, metrics and sign; name them with spaces between."
    exit 2
  fi
  locks+=("$extra")
done
locks=("${locks[@]/#/"$root/actions/locks/"}")
locks=("${locks[@]/%/.txt}")

key=$(python3 -I -c '
import hashlib, pathlib, sys
said = [*(pathlib.Path(lock).read_bytes() for lock in sys.argv[1:]), sys.version.encode(), sys.base_prefix.encode()]
print(hashlib.sha256(b"\0".join(said)).hexdigest()[:32])
' "${locks[@]}")
kept=${RUNNER_TOOL_CACHE:-$RUNNER_TEMP}/merganser
packages=$kept/$key

# Made beside its place and moved there whole: what a job that died left is taken by nobody. Of two jobs that make the
# same at once, the second finds it there. Python compiles what a command imports, which is little of it.
install() {
  mkdir -p "$kept"
  making=$(mktemp -d "$kept/making.XXXXXX")
  trap 'rm -rf "$making"' EXIT
  python3 -m venv "$making/installer"
  "$making/installer/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-compile \
    --require-hashes --only-binary :all: --target "$making/packages" "${locks[@]/#/--requirement=}"
  mv "$making/packages" "$making/$key"
  mv "$making/$key" "$kept/" 2>/dev/null || [ -d "$packages" ]
}

[ -d "$packages" ] || install

# What Python sees is those packages and this checkout, nothing of the runner's own.
environment=$RUNNER_TEMP/merganser-python
python3 -m venv --without-pip --clear "$environment"
site=$("$environment/bin/python" -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
printf '%s\n' "$packages" "$root/bot" >"$site/merganser.pth"

arguments=()
while IFS= read -r variable; do
  option=$(tr 'A-Z_' 'a-z-' <<<"${variable#MERGANSER_OPTION_}")
  while IFS= read -r value; do
    [ -z "$value" ] || arguments+=("--$option=$value")
  done <<<"${!variable}"
done < <(compgen -e MERGANSER_OPTION_)
[ -z "${MERGANSER_ARGUMENT:-}" ] || arguments+=(-- "$MERGANSER_ARGUMENT")

"$environment/bin/python" -I -m merganser "$1" ${arguments[@]+"${arguments[@]}"}
