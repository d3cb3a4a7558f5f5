"""Pictures of a page in headless Chromium, light and dark; without --url of the demo's pull request that is refused.

python scripts/screenshot.py                          docs/images/pull-request.png and pull-request-dark.png
python scripts/screenshot.py --url URL --out NAME     NAME.png and NAME-dark.png
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from urllib.request import urlopen

from merganser.hub import Hub

IMAGES = Path(__file__).parents[1] / "docs" / "images"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 120
PNG = b"\x89PNG\r\n\x1a\n"


class Scheme(StrEnum):
    """The reader's preference; the value is Blink's number for it."""

    light = "1"
    dark = "0"


def browser() -> str | None:
    """The Chromium of this machine, if there is one."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def shoot(url: str, picture: Path, scheme: Scheme, size: tuple[int, int]) -> None:
    """Write the page as PNG; `size` (width, height) in CSS pixels, drawn doubly dense. `SystemExit` if it fails."""
    program = browser()
    if program is None:
        raise SystemExit(f"No browser (looked for {', '.join(BROWSERS)}). Debian and Ubuntu: apt-get install chromium")
    _must_answer(url)
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="merganser-browser-", ignore_cleanup_errors=True) as profile:
        command = [
            program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--force-device-scale-factor=2",
            f"--blink-settings=preferredColorScheme={scheme.value}", f"--user-data-dir={profile}",
            f"--window-size={size[0]},{size[1]}", f"--screenshot={picture.resolve()}", url,
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode or not picture.is_file() or not picture.read_bytes().startswith(PNG):
        raise SystemExit(f"{program} made no picture of {url}:\n{done.stderr[-2000:]}")


def _must_answer(url: str) -> None:
    """A browser would picture its own error page."""
    try:
        urlopen(url, timeout=PATIENCE).close()  # noqa: S310
    except OSError as wrong:
        raise SystemExit(f"{url} can't be read: {wrong}") from wrong


@contextmanager
def refused_pull_request() -> Iterator[str]:
    """Play the demo and serve what it left: the page of the pull request whose check failed."""
    with tempfile.TemporaryDirectory(prefix="merganser-screenshot-") as folder:
        kept = Path(folder) / "demo"
        command = [sys.executable, "-m", "merganser", "demo", "--keep", str(kept), "--json"]
        told = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
        failed = [
            pull["number"]
            for pull in told["pull_requests"]
            if any(check["conclusion"] == "failure" for check in pull["checks"])
        ]
        if not failed:
            raise SystemExit("No pull request of the demo was refused, so there is no page to show.")
        with Hub(kept / "hub") as hub:
            yield f"{hub.url}/acme/digits/pull/{failed[-1]}"


def pictures(url: str, name: Path, size: tuple[int, int]) -> None:
    """NAME.png and NAME-dark.png of one page."""
    for scheme, ending in ((Scheme.light, ""), (Scheme.dark, "-dark")):
        picture = name.with_name(f"{name.name}{ending}.png")
        shoot(url, picture, scheme, size)
        print(picture)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="the page [default: the demo's refused pull request]")
    parser.add_argument("--out", type=Path, default=IMAGES / "pull-request", metavar="NAME", help="without .png")
    parser.add_argument("--width", type=int, default=1080)
    parser.add_argument("--height", type=int, default=1200)
    chosen = parser.parse_args()
    size = (chosen.width, chosen.height)
    if chosen.url:
        pictures(chosen.url, chosen.out, size)
        return
    with refused_pull_request() as url:
        pictures(url, chosen.out, size)


if __name__ == "__main__":
    main()
