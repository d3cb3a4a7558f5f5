#!/usr/bin/env bash
# Makes the commit and the tags of a release from a clean checkout, and says what to push: scripts/release.sh v1.4.0
#
# In it the reusable workflows name Merganser's actions by the SHA of the commit that is released: GitHub takes no
# expression there, and a commit can't name itself. It is on no branch; main goes on naming the moving tag.
set -euo pipefail
unset CDPATH
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=${1:-}
if [[ ! $version =~ ^v[1-9][0-9]*\.[0-9]+\.[0-9]+$ ]]; then
  echo "Say which version: scripts/release.sh v1.4.0" >&2
  exit 2
fi
if [ -n "$(git status --porcelain)" ]; then
  echo "The checkout has changes: commit them, or release a clean clone." >&2
  exit 2
fi
if git rev-parse -q --verify "refs/tags/$version" >/dev/null; then
  echo "$version is there already, and a release's tag never moves: take the next number." >&2
  exit 2
fi

released=$(git rev-parse HEAD)
branch=$(git symbolic-ref -q --short HEAD || echo "$released")
git checkout -q --detach
trap 'git checkout -q --force "$branch"' EXIT
sed -i.before -E "s|(uses: [A-Za-z0-9-]+/merganser/actions/[a-z]+@)v[0-9]+( .*)?$|\1$released # $version|" .github/workflows/merganser-*.yml
rm .github/workflows/*.before
git commit -q -a -m "Release $version"
git tag -a -m "Release $version" "$version"
git tag -f -a -m "The newest of ${version%%.*}, now $version" "${version%%.*}" "$version^{}" >/dev/null

echo "$version is $(git rev-parse "$version^{}"). Push it: git push origin $version && git push --force origin ${version%%.*}"
