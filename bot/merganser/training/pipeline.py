"""Runs a model's training command: output live, a timeout for the whole process group. What it leaves: `bundle`."""

import os
import selectors
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import IO, Final, cast

import msgspec

from merganser.errors import ConfigError, DataError
from merganser.streams import progress, write

_STILL_RUNNING: Final = 60.0
_GRACE: Final = 3.0
_TICK: Final = 0.2
_SHELL_WORDS: Final = frozenset({"&&", "||", "|", ";", "&", "<", ">", ">>", "2>&1"})


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What is run, in which folder, for at most `timeout` seconds; `what` it is called in messages."""

    run: str
    folder: Path
    timeout: float
    what: str = "training"


def run(command: Command) -> float:
    """Runs it to the end and returns the seconds it took; its output goes to standard error as it comes.

    `ConfigError` where it can't be started; `DataError` where it fails or takes too long (why, its output has said).
    Whatever happens, an interrupt included, no process of its group stays behind.
    """
    words = split(command.run)
    say(f"{command.what}: {command.run}")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="merganser-dvc-") as cache, _terminated_as_interrupted():
        process = _start(words, command, environment(os.environ, Path(cache)))
        try:
            finished = _follow(process, began + command.timeout)
        finally:
            _end(process)
    if not finished:
        hint = f"Raise train.timeout, or make the {command.what} shorter."
        raise DataError(
            f"the {command.what} took longer than its timeout of {command.timeout:g} s and was stopped", hint
        )
    if process.returncode:
        hint = "Its output above says why; mend it until that command works by itself."
        raise DataError(f"`{command.run}` failed with {_status(process.returncode)}", hint)
    seconds = time.monotonic() - began
    say(f"{command.what} took {seconds:.1f} s")
    return seconds


def split(run: str) -> list[str]:
    """The words of a command as a shell would split them; no shell runs, so its syntax is refused."""
    try:
        words = shlex.split(run)
    except ValueError as wrong:
        raise ConfigError(f"train.run: {wrong} in {run!r}", "Close the quote.") from wrong
    shell = [w for w in words if w in _SHELL_WORDS or w.endswith(";") or w.startswith((">", "<", "$(", "`"))]
    if not words or shell or ("=" in words[0] and "/" not in words[0]):
        culprit = shell[0] if shell else words[0] if words else ""
        raise ConfigError(
            f"train.run: {run!r} is started without a shell, which {culprit!r} would need",
            f"Write the shell out: sh -c {shlex.quote(run)}",
        )
    return words


def environment(environ: Mapping[str, str], cache: Path) -> dict[str, str]:
    """The command's environment: programs beside our interpreter first, a DVC that phones and shares nothing.

    An interpreter that was started isolated, as the actions do, is ours alone and has nothing that a model needs.
    """
    ours = "" if sys.flags.isolated else str(Path(sys.executable).parent)
    dvc = {"DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(cache), "PYTHONUNBUFFERED": "1"}
    return {**dvc, **environ, "PATH": os.pathsep.join(filter(None, (ours, environ.get("PATH", os.defpath))))}


def say(line: str) -> None:
    """A line of progress on standard error."""
    progress(f"merganser: {line}")


def _start(words: list[str], command: Command, env: dict[str, str]) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(
            words, cwd=command.folder, env=env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    except OSError as wrong:
        missing = wrong.filename if wrong.filename else words[0]
        raise ConfigError(
            f"train.run: {missing} can't be started: {wrong.strerror}",
            "Install it in the environment that runs merganser; a shell's own commands need sh -c '…'.",
        ) from wrong


def _follow(process: "subprocess.Popen[bytes]", deadline: float) -> bool:
    """Passes the output on until the process ends (True) or the deadline comes (False)."""
    stream = _output(process)
    began = heard = time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while (now := time.monotonic()) < deadline:
            if not selector.select(min(_TICK, deadline - now)):
                if process.poll() is not None:
                    break  # A process that it left in the background holds the pipe open; the pipeline itself is over.
                if now - heard > _STILL_RUNNING:
                    say(f"still training, {now - began:.0f} s so far")
                    heard = now
                continue
            chunk = os.read(stream.fileno(), 65_536)
            if not chunk:
                break
            heard = now
            write(sys.stderr, chunk)
    try:
        process.wait(max(deadline - time.monotonic(), 0.0))
    except subprocess.TimeoutExpired:
        return False
    return True


def _output(process: "subprocess.Popen[bytes]") -> IO[bytes]:
    return cast("IO[bytes]", process.stdout)  # It is a pipe: see `_start`.


def _end(process: "subprocess.Popen[bytes]") -> None:
    """No process of the group stays: interrupted, then asked to stop, then killed, with a grace period in between."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
    _output(process).close()


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """SIGTERM ends us as an interrupt does, so that the pipeline is ended too."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _status(code: int) -> str:
    return f"exit code {code}" if code > 0 else f"signal {signal.Signals(-code).name}"
