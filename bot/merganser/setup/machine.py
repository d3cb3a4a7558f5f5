"""What a machine has that runs workflows: its programs, its tokens, and what it passes on of a person's environment."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from merganser.hub import Hub

# A person's machine as the programs on it need it; everything else of the environment stays out.
_KEPT = ("LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
_KEPT_PREFIXES = ("PIP_", "PYENV_", "CONDA_", "CUDA_")


def _nothing(_: str) -> None:
    """Nobody listens."""


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """The hub, a folder for the jobs, the token of trusted jobs, with what variables and secrets the repo has.

    `path` is where programs are looked for; `untrusted` are variables of the jobs that run a change's code. `say` gets
    each job as it starts, `hear` every line of output.
    """

    hub: Hub
    folder: Path
    token: str
    path: str
    untrusted: dict[str, str] = {}
    variables: dict[str, str] = {}
    secrets: dict[str, str] = {}
    say: Callable[[str], None] = _nothing
    hear: Callable[[str], None] = _nothing

    def kept(self) -> dict[str, str]:
        """What jobs see of the environment in which this process was started."""
        return {name: value for name, value in os.environ.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)}


def own_programs() -> str:
    """Where the programs lie that came with this installation."""
    return str(Path(sys.executable).parent)
