"""A hunt for secrets through everything that a command wrote: what it said, files, GitHub's data, git's objects."""

import html
import zipfile
from pathlib import Path

from merganser import git


def everything_in(folder: Path) -> bytes:
    """All bytes below a folder, as they are and as they are shown; of zips what they hold, of git what objects say."""
    found = [file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()]
    for file in folder.rglob("*"):
        if file.is_file() and zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as packed:
                found += [packed.read(name) for name in packed.namelist()]
    for head in folder.rglob("HEAD"):
        if (head.parent / "objects").is_dir():
            found.append(git.run(["cat-file", "--batch", "--batch-all-objects"], head.parent))
    written = b"\n".join(found)
    return written + as_shown(written)


def as_shown(written: bytes) -> bytes:
    """What a reader of comments sees: entities stand for signs, and long words are kept apart by one without width."""
    return html.unescape(written.decode("latin-1")).replace("\u200b", "").encode()
