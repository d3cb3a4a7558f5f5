"""What we say to the CI: outputs, job summary and log lines, none of which the text in them can break out of."""

import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from merganser.errors import ConfigError, DataError
from merganser.forge.ci.runtime import Runtime
from merganser.streams import progress

SUMMARY_CAP = 2**20
OUTPUT_CAP = 2**20
_OUTPUT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")
_CUT = b"\n\n_The summary is longer than GitHub shows; the rest is left out._\n"
_COMMAND = re.compile(r"^\s*::")
_INVISIBLE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0e-\x1f\x7f\x80-\x9f]")


def write_outputs(runtime: Runtime, outputs: Mapping[str, str]) -> None:
    """Appends step outputs; nothing in a value can end it or begin another. Outside of CI there is nowhere to write."""
    if runtime.output is None:
        return
    block = "".join(_output(name, value) for name, value in outputs.items())
    if len(block.encode("utf-16-le")) > OUTPUT_CAP:
        raise DataError(f"the outputs {', '.join(outputs)} are together over 1 MiB", "Pass large data as an artifact.")
    _append(runtime.output, block.encode())


def _output(name: str, value: str) -> str:
    if not _OUTPUT_NAME.fullmatch(name):
        raise ConfigError(f"{name[:80]!r} is no name for a step output", "Use letters, digits, `_` and `-`.")
    clean = value.replace("\0", "").encode(errors="replace").decode()
    delimiter = f"merganser_{secrets.token_hex(16)}"
    return f"{name}<<{delimiter}\n{clean}\n{delimiter}\n"


def write_summary(runtime: Runtime, markdown: str) -> None:
    """Appends to the step's summary, cut at the end of a line where it would pass GitHub's 1 MiB."""
    if runtime.summary is None:
        return
    used = runtime.summary.stat().st_size if runtime.summary.exists() else 0
    _append(runtime.summary, _fitting(markdown.encode(errors="replace") + b"\n", SUMMARY_CAP - used))


def _fitting(text: bytes, room: int) -> bytes:
    if len(text) <= room:
        return text
    end = text.rfind(b"\n", 0, max(room - len(_CUT), 0))
    return text[:end] + _CUT if end > 0 else b""


def _append(path: Path, data: bytes) -> None:
    try:
        with path.open("ab") as file:
            file.write(data)
    except OSError as wrong:
        raise ConfigError(f"{path} can't be written: {wrong.strerror}", "Is GITHUB_OUTPUT set by hand?") from wrong


def inert(text: str) -> str:
    """`text` without terminal escapes, and without any line that the runner would obey as a command."""
    lines = _INVISIBLE.sub("", text.encode(errors="replace").decode()).splitlines()
    return "\n".join(_COMMAND.sub(": :", line).replace("##[", "## [") for line in lines)


def warn(runtime: Runtime, text: str) -> None:
    """A warning on standard error, which GitHub shows on the run's page too."""
    if runtime.run_id:
        escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        progress(f"::warning title=Merganser::{escaped}")
    else:
        log_line(f"merganser: warning: {text}")


def log_line(text: str) -> None:
    """Progress, on standard error."""
    progress(inert(text))
