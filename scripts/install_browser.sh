#!/usr/bin/env bash
# Debian's Chromium for the screenshots, where root and apt are there; elsewhere says why it is left out.
set -euo pipefail

if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; then
  exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "No browser, and no root with apt-get to install one: the tests that need it are skipped." >&2
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-noto-color-emoji >/dev/null; }; then
  echo "Chromium could not be installed: the tests that need it are skipped." >&2
fi
