"""Reads a clone's tags as versions, by one call of git."""

from merganser.git import Repository
from merganser.registry.versions import Registry, TagFact, read

_FIELDS = "%00".join(
    ["%(refname:strip=2)", "%(objecttype)", "%(objectname)", "%(*objecttype)", "%(*objectname)", "%(taggerdate:unix)"]
)


def read_versions(repository: Repository) -> Registry:
    """The versions that the clone's tags make."""
    out = repository.run("for-each-ref", f"--format={_FIELDS}%00%(contents)%00%01", "refs/tags")
    lines = out.decode(errors="replace").split("\0\x01\n")[:-1]
    return read(_fact(line.split("\0", 6)) for line in lines)


def _fact(fields: list[str]) -> TagFact:
    name, kind, oid, peeled_kind, peeled, time, message = fields
    annotated = kind == "tag"
    on_commit = (peeled_kind if annotated else kind) == "commit"
    commit = (peeled if annotated else oid) if on_commit else ""
    return TagFact(name=name, commit=commit, time=int(time or 0), annotated=annotated, message=message)
