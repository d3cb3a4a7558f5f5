"""Reads a clone's tags by one call of git: as they are, or as versions."""

from collections.abc import Iterator

from merganser.git import Repository
from merganser.registry.history import History, TagFact, heard
from merganser.registry.versions import Registry, read

_FIELDS = "%00".join(
    ["%(refname:strip=2)", "%(objecttype)", "%(objectname)", "%(*objecttype)", "%(*objectname)", "%(taggerdate:unix)"]
)
_Fields = list[str]


def read_versions(repository: Repository) -> Registry:
    """The versions that the clone's tags make, with the inputs digests that their messages name."""
    out = repository.run("for-each-ref", f"--format={_FIELDS}%00%(contents)%00%01", "refs/tags")
    tags = out.decode(errors="replace").split("\0\x01\n")[:-1]
    return read(_facts(repository, (tag.split("\0", 6) for tag in tags)))


def read_history(repository: Repository) -> History:
    """What the clone's tags say, without their messages: git is quicker where it needn't print them.

    In a clone of thousands of versions this is most of what a list of them costs, so tags are taken up while git is
    still writing.
    """
    lines = repository.lines("for-each-ref", f"--format={_FIELDS}%00", "refs/tags")
    rows = (line.decode(errors="replace").rstrip("\n").split("\0") for line in lines)
    return heard(_facts(repository, (row for row in rows if "@" in row[0] or "#" in row[0])))


def _facts(repository: Repository, rows: Iterator[_Fields]) -> Iterator[TagFact]:
    nested = []
    for row in rows:
        if row[3] == "tag":
            nested.append(row)
        else:
            yield _fact(row)
    if nested:
        yield from map(_fact, _peeled(repository, nested))


def _peeled(repository: Repository, rows: list[_Fields]) -> Iterator[_Fields]:
    """Tags of tags, with what stands at their end: before git 2.45 `for-each-ref` looks behind one tag only."""
    asked = "".join(f"{row[2]}^{{}}\n" for row in rows).encode()
    ends = repository.run("cat-file", "--batch-check=%(objecttype) %(objectname)", stdin=asked).decode().splitlines()
    for row, end in zip(rows, ends, strict=True):
        kind, _, oid = end.partition(" ")
        yield [*row[:3], kind, oid, *row[5:]]


def _fact(row: _Fields) -> TagFact:
    name, kind, oid, peeled_kind, peeled, time, message = row
    annotated = kind == "tag"
    on_commit = (peeled_kind if annotated else kind) == "commit"
    commit = (peeled if annotated else oid) if on_commit else ""
    return TagFact(name=name, commit=commit, time=int(time or 0), annotated=annotated, message=message)
