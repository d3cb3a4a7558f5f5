"""What a shallow clone, as CI makes them, lacks of a registry: fetched from `origin`, and said. No other is touched.

Nothing that the clone has is ever cut off: tags of commits that are here and a ledger of which something is here come
without a depth, and other commits lie outside of the history that is here.
"""

from collections.abc import Callable, Iterable

from merganser.git import GitError, Repository
from merganser.registry.tags import TagEvent, parse

_FETCH = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no")


def complete_tags(clone: Repository, is_wanted: Callable[[TagEvent], bool] = lambda _: True) -> None:
    """Brings the tags of the registry that a shallow clone lacks; where that fails it is said, and nothing changes."""
    if clone.is_shallow():
        _attempt("tags", lambda: _fetch_tags(clone, is_wanted))


def complete_ledger(clone: Repository) -> None:
    """Brings the newest ledger to a shallow clone; not where the remote has none."""
    if clone.is_shallow():
        _attempt("ledger", lambda: _fetch_ledger(clone))


def _attempt(what: str, fetch: Callable[[], str]) -> None:
    from merganser.forge.ci.answers import log_line

    try:
        said = fetch()
    except GitError as refused:
        said = f"this clone is shallow and its {what} may be incomplete: {refused.message}"
    if said:
        log_line(said)


def _fetch_tags(clone: Repository, is_wanted: Callable[[TagEvent], bool]) -> str:
    here = set(clone.text("for-each-ref", "--format=%(refname)", "refs/tags").splitlines())
    there = _remote_tags(clone)
    missing = {ref for ref in there if ref not in here and _concerns(ref, is_wanted)}
    if not missing:
        return ""
    reachable = _present(clone, {there[ref] for ref in missing})
    near = sorted(ref for ref in missing if there[ref] in reachable)
    for refs, depth in ((near, ()), (sorted(missing.difference(near)), ("--depth=1",))):
        if refs:
            specs = "".join(f"{ref}:{ref}\n" for ref in refs).encode()
            clone.run(*_FETCH, *depth, "--stdin", "origin", stdin=specs)
    return f"this clone is shallow: fetched {len(missing)} tags of the registry from origin"


def _fetch_ledger(clone: Repository) -> str:
    from merganser.commands.observing.ledger import ledger_ref
    from merganser.config import LEDGER_BRANCH

    there, here = f"refs/heads/{LEDGER_BRANCH}", f"refs/remotes/origin/{LEDGER_BRANCH}"
    if not clone.text("ls-remote", "--quiet", "origin", there):
        return ""
    before = clone.resolve(here)
    # A depth would cut off the history of a ledger that is here; git then asks for what is newer alone.
    depth = () if ledger_ref(clone) else ("--depth=1",)
    clone.run(*_FETCH, *depth, "origin", f"+{there}:{here}")
    return "" if before == clone.resolve(here) else "this clone is shallow: fetched the ledger from origin"


def _concerns(ref: str, is_wanted: Callable[[TagEvent], bool]) -> bool:
    event = parse(ref.removeprefix("refs/tags/"))
    return event is not None and is_wanted(event)


def _remote_tags(clone: Repository) -> dict[str, str]:
    """The remote's tags by their full names, with the object at the end of each."""
    found = {}
    for line in clone.text("ls-remote", "--quiet", "origin", "refs/tags/*").splitlines():
        oid, _, ref = line.partition("\t")
        found[ref.removesuffix("^{}")] = oid  # the line of what an annotated tag points to comes after the tag's own
    return found


def _present(clone: Repository, oids: Iterable[str]) -> set[str]:
    asked = "".join(f"{oid}\n" for oid in sorted(oids)).encode()
    answers = clone.run("cat-file", "--batch-check=%(objectname)", stdin=asked).decode().splitlines()
    return {answer for answer in answers if not answer.endswith(" missing")}
