"""Standard output and standard error. A reader that has gone away ends no command and changes no exit code."""

import os
import sys
from typing import TextIO


def answer(text: str) -> None:
    """A command's answer, to standard output."""
    write(sys.stdout, f"{text}\n".encode(errors="replace"))


def progress(line: str) -> None:
    """One line of progress, to standard error."""
    write(sys.stderr, f"{line}\n".encode(errors="replace"))


def write(stream: TextIO, data: bytes) -> None:
    """Bytes to a stream at once; where nobody reads it any more, they and all that follows go nowhere."""
    try:
        stream.flush()
        stream.buffer.write(data)
        stream.buffer.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
