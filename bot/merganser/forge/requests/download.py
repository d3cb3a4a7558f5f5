"""A file from where GitHub sent us: one request without the token, streamed into a file under a cap."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import requests

from merganser.errors import ForgeError
from merganser.forge import names
from merganser.forge.protocol import Refused, Unavailable

CHUNK = 2**16
TIMEOUT = 60
WAITS = (1.0, 3.0)


def download(url: str, path: Path, cap: int, sleep: Callable[[float], None]) -> None:
    """Writes what `url` holds to `path`, which is absent after an error; more than `cap` bytes are refused."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in names.LOOPBACK):
        raise Refused(f"a download is at {parts.scheme}://{parts.netloc}, not at an https address", "")
    for wait in (*WAITS, None):
        try:
            _stream(url, path, cap)
        except requests.RequestException as dropped:
            path.unlink(missing_ok=True)
            if wait is None:
                raise Unavailable(
                    f"the download from {parts.netloc} broke off ({type(dropped).__name__})", "Run the command again."
                ) from dropped
            sleep(wait)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        else:
            return


def _stream(url: str, path: Path, cap: int) -> None:
    host = urlsplit(url).hostname
    with requests.Session() as session:
        session.trust_env = host not in names.LOOPBACK
        session.auth = lambda request: request
        with session.get(url, stream=True, allow_redirects=False, timeout=TIMEOUT) as response:
            if response.status_code >= 500:
                raise requests.RequestException(f"status {response.status_code}")
            if response.status_code != 200:
                raise ForgeError(
                    f"{host} answered {response.status_code} to a download", "Run it again.", response.status_code
                )
            with path.open("wb") as file:
                _copy(response, file.write, cap)


def _copy(response: requests.Response, write: Callable[[bytes], object], cap: int) -> None:
    size = 0
    for chunk in response.iter_content(CHUNK):
        size += len(chunk)
        if size > cap:
            raise Refused(f"a download is larger than the {cap} bytes that are allowed", "Make the artifact smaller.")
        write(chunk)
