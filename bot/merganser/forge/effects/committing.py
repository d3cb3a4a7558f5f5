"""The effects that commit: the append-only branch, and the branch of a deployment pull request."""

from collections.abc import Set
from contextlib import suppress

from merganser import plan
from merganser.forge import values
from merganser.forge.effects import trees
from merganser.forge.effects.outcome import Done, Outcome
from merganser.forge.protocol import Conflict, Forge, Moved, NotFound, Outrun, Refused
from merganser.forge.values import BranchChange


def append(forge: Forge, wanted: plan.Append) -> Outcome:
    """Adds the files that are not there yet, in one commit on the branch's newest state."""
    if wanted.tip:
        with suppress(Outrun, NotFound):
            return _added(forge, wanted, wanted.tip, wanted.files)
    ref = forge.ref(wanted.repo, f"heads/{wanted.branch}")
    if ref is None:
        return _begin(forge, wanted)
    head = ref.object.sha
    there = trees.files(forge, wanted.repo, head, trees.folders_of(wanted.files))
    new = {path: data for path, data in wanted.files.items() if path not in there}
    if not new:
        return Outcome(effect=wanted, done=Done.unchanged, sha=head)
    return _added(forge, wanted, head, new)


def _added(forge: Forge, wanted: plan.Append, head: str, new: dict[str, bytes]) -> Outcome:
    change = BranchChange(branch=wanted.branch, expected=head, message=wanted.message, additions=new)
    return Outcome(effect=wanted, done=Done.updated, sha=forge.commit_on_branch(wanted.repo, change), onto=head)


def _begin(forge: Forge, wanted: plan.Append) -> Outcome:
    """The orphan branch's first commit: the mutation can't create a branch, the git data API can."""
    if not wanted.files:
        return Outcome(effect=wanted, done=Done.unchanged)
    tree = forge.create_tree(wanted.repo, wanted.files)
    commit = forge.create_commit(wanted.repo, message=wanted.message, tree=tree, parents=())
    _claim(forge, wanted.repo, wanted.branch, commit)
    return Outcome(effect=wanted, done=Done.created, sha=commit)


def edit(forge: Forge, wanted: plan.Edit) -> Outcome:
    """`Moved` where the branch has another tip by now, unless the file is there as wanted."""
    tip = _tip(forge, wanted.repo, wanted.branch)
    if tip is None:
        raise NotFound(f"{wanted.repo} has no branch {wanted.branch}", "Was it deleted?", 404)
    if forge.file(wanted.repo, tip, wanted.path) == wanted.content:
        return Outcome(effect=wanted, done=Done.unchanged, sha=tip)
    if tip != wanted.head:
        raise Moved(wanted.head, tip)
    additions = {wanted.path: wanted.content}
    change = BranchChange(branch=wanted.branch, expected=tip, message=wanted.message, additions=additions)
    return Outcome(effect=wanted, done=Done.updated, sha=forge.commit_on_branch(wanted.repo, change))


def commit(forge: Forge, wanted: plan.Commit) -> Outcome:
    """Makes the branch hold the files; a commit that isn't ours is never built over."""
    base = wanted.seen.commit if wanted.seen else _tip(forge, wanted.repo, wanted.base)
    if base is None:
        raise NotFound(f"{wanted.repo} has no branch {wanted.base}", "Push a first commit there.", 404)
    stands = forge.compare_branch(wanted.repo, base, wanted.branch)
    tip = stands.head if stands else None
    head = _ready(forge, wanted, stands, base) if stands else base
    # Built on now is the branch as it was, or a commit with base's own tree.
    anew = wanted.seen if head != tip or head == base else None
    change = _change_of_base(wanted, anew, head) if anew else _change(forge, wanted, head)
    if not change.additions and not change.deletions:
        return Outcome(effect=wanted, done=Done.unchanged, sha=head)
    if tip is None:
        _claim(forge, wanted.repo, wanted.branch, base)
    made = forge.commit_on_branch(wanted.repo, change)
    return Outcome(effect=wanted, done=Done.created if tip is None else Done.updated, sha=made)


def _tip(forge: Forge, repo: str, branch: str) -> str | None:
    ref = forge.ref(repo, f"heads/{branch}")
    return ref.object.sha if ref else None


def _claim(forge: Forge, repo: str, branch: str, commit: str) -> None:
    try:
        forge.create_ref(repo, f"heads/{branch}", commit)
    except Conflict as raced:
        raise Outrun(raced.message, raced.hint, raced.status) from raced


def _ready(forge: Forge, wanted: plan.Commit, stands: values.Comparison, base: str) -> str:
    """The commit to build on. What an earlier pull request left on the branch first gets base's present state."""
    tip = stands.head
    if stands.ahead_by == 0:
        return _advance(forge, wanted, base) if stands.behind_by else tip
    _only_ours(forge, wanted, stands)
    owner = wanted.repo.partition("/")[0]
    if stands.behind_by == 0 or forge.open_pull_requests(wanted.repo, f"{owner}:{wanted.branch}"):
        return tip
    tree = wanted.seen.tree if wanted.seen else forge.tree_of(wanted.repo, base)
    message = f"Start again from {wanted.base}"
    return _advance(forge, wanted, forge.create_commit(wanted.repo, message=message, tree=tree, parents=(tip, base)))


def _advance(forge: Forge, wanted: plan.Commit, commit: str) -> str:
    try:
        forge.fast_forward_ref(wanted.repo, f"heads/{wanted.branch}", commit)
    except Conflict as raced:
        raise Outrun(raced.message, raced.hint, raced.status) from raced
    return commit


def _only_ours(forge: Forge, wanted: plan.Commit, stands: values.Comparison) -> None:
    others = [commit for commit in stands.commits if not (commit.author and commit.author.is_(forge.login()))]
    if others:
        who = ", ".join(sorted({_author(commit) for commit in others}))
        raise Refused(
            f"the branch {wanted.branch} of {wanted.repo} holds {len(others)} commits by {who}, which are kept",
            "Merge or close its pull request, delete the branch, and run the command again.",
        )


def _author(commit: values.Commit) -> str:
    if commit.author is not None:
        return commit.author.login
    return commit.commit.author.name if commit.commit.author else "someone"


def _change(forge: Forge, wanted: plan.Commit, head: str) -> BranchChange:
    """What differs at `head` from the wanted files, and what lies below the folder besides them."""
    folders = trees.folders_of(wanted.files) | ({wanted.folder} if wanted.folder else set())
    there = trees.files(forge, wanted.repo, head, folders)
    below = f"{wanted.folder.rstrip('/')}/"
    stale = {path for path, data in wanted.files.items() if not trees.holds(there.get(path), data)}
    return _to(wanted, head, stale, {path for path in there if wanted.folder and path.startswith(below)})


def _change_of_base(wanted: plan.Commit, seen: plan.Seen, head: str) -> BranchChange:
    """The same, at a commit with the very tree that the decision saw."""
    stale = {path for path, data in wanted.files.items() if seen.files.get(path) != data}
    return _to(wanted, head, stale, seen.files.keys())


def _to(wanted: plan.Commit, head: str, stale: Set[str], there: Set[str]) -> BranchChange:
    return BranchChange(
        branch=wanted.branch,
        expected=head,
        message=wanted.message,
        additions={path: data for path, data in wanted.files.items() if path in stale},
        deletions=tuple(sorted(there - wanted.files.keys())),
    )
