"""Which run a report answers, what that changes and which models it touches: computed here, never believed."""

from collections.abc import Iterator

import msgspec

from merganser.commands.carry_out import Workplace
from merganser.commands.checkout import config_at
from merganser.config import CONFIG_FILE, TRAIN_WORKFLOW, Config, Model
from merganser.config_file import load_config
from merganser.errors import ConfigError, DataError
from merganser.forge import event
from merganser.forge.values import WorkflowRun
from merganser.git import Repository
from merganser.inputs import digests, inputs_digest, touched

MAX_ANCESTORS = 200


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """A training run of this repository's own branches; `number` is its pull request, None for a push."""

    run: WorkflowRun
    branch: str
    number: int | None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What is judged: `tree` as it is or would be after the merge, against `base` ("" for a root commit).

    `policy` is base's configuration, None where base has none; `config` says what the models are.
    """

    base: str
    tree: str
    policy: Config | None
    config: Config
    base_digests: dict[str, str]
    digests: dict[str, str]

    @property
    def touched(self) -> tuple[str, ...]:
        return touched(self.base_digests, self.digests)

    def rules(self, model: str) -> Model:
        """By what the model is judged: base's rules, or its own where it is new."""
        known = self.policy.models.get(model) if self.policy else None
        return known or self.config.models[model]


def accept(place: Workplace) -> Trigger | str:
    """The run to report, or the sentence that says why there is nothing to do."""
    run_id = event.workflow_run_id(place.runtime.event)
    if run_id is None:
        raise ConfigError(
            f"the event is {place.runtime.event_name or 'missing'}, not workflow_run",
            "Call `merganser report` from a workflow with `on: workflow_run`.",
        )
    run = place.forge.workflow_run(place.repo, run_id)
    branch = event.default_branch(place.runtime.event) or place.forge.repository(place.repo).default_branch
    if run.path.partition("@")[0] != TRAIN_WORKFLOW:
        return f"Run {run.id} is of {run.path}, not of {TRAIN_WORKFLOW}: nothing to do."
    if run.head_repository is None or run.head_repository.id != run.repository.id:
        return f"Run {run.id} is a fork's, which this version does not judge: nothing to do."
    if run.event == "push":
        return _pushed(run, branch)
    if run.event == "pull_request":
        return _pull_request(place, run, branch)
    return f"Run {run.id} was started by {run.event}: nothing to do."


def _pushed(run: WorkflowRun, branch: str) -> Trigger | str:
    if run.head_branch != branch:
        return f"Run {run.id} is of a push to {run.head_branch}, not to {branch}: nothing to do."
    return Trigger(run=run, branch=branch, number=None)


def _pull_request(place: Workplace, run: WorkflowRun, branch: str) -> Trigger | str:
    owner = place.repo.partition("/")[0]
    pulls = place.forge.open_pull_requests(place.repo, head=f"{owner}:{run.head_branch}", base=branch)
    for pull in pulls:
        own = pull.head.repo is not None and pull.head.repo.id == run.repository.id
        if own and pull.head.sha == run.head_sha and pull.base.ref == branch:
            return Trigger(run=run, branch=branch, number=pull.number)
    return f"No open pull request into {branch} has {run.head_sha[:12]} as its head: nothing to do."


def bases(mirror: Repository, trigger: Trigger, claimed: frozenset[str]) -> str:
    """The commit that the change is measured against.

    For a push the first parent. For a pull request the default branch's commit that the run merged with: only the run
    knows it, so its claim counts when it is on that branch's first-parent line; without a claim it is the newest.
    `DataError` where claims contradict or lie elsewhere.
    """
    tip = mirror.resolve(f"refs/heads/{trigger.branch}")
    if tip is None:
        raise DataError(f"the default branch {trigger.branch} has no commit", "Push one, then run the workflow again.")
    if trigger.number is None:
        line = mirror.first_parents(tip, MAX_ANCESTORS)
        if trigger.run.head_sha not in line:
            raise DataError(f"{trigger.run.head_sha} is not on {trigger.branch}", "Only its first-parent line counts.")
        own = mirror.first_parents(trigger.run.head_sha, 2)
        return own[1] if len(own) > 1 else ""
    if len(claimed) > 1:
        raise DataError("the bundles of one run name different base commits", "Run the training workflow again.")
    for base in claimed:
        if base not in mirror.first_parents(tip, MAX_ANCESTORS):
            raise DataError(f"the bundle's base {base[:40]!r} is not on {trigger.branch}", "Update the branch.")
        return base
    return tip


def change(mirror: Repository, trigger: Trigger, base: str) -> Change | None:
    """The change, by the tree that git computes; None without a configuration. `DataError` on a conflict."""
    head = trigger.run.head_sha
    tree = mirror.tree_of(head) if trigger.number is None else mirror.merge_tree(base, head)
    if tree is None:
        raise DataError("the pull request conflicts with the default branch", "Merge or rebase it, and push.")
    policy = config_at(mirror, base) if base else None
    config = config_at(mirror, tree) or policy
    if config is None:
        return None
    return Change(
        base=base,
        tree=tree,
        policy=policy,
        config=config,
        base_digests=digests(mirror.entries(base), policy) if policy else {},
        digests=digests(mirror.entries(tree), config),
    )


def ancestors(mirror: Repository, base: str, model: str) -> Iterator[tuple[str, str]]:
    """Commit and the model's inputs digest there, for `base` and its first-parent ancestors, as far as configured."""
    known: dict[str, Config] = {}
    for commit in mirror.first_parents(base, MAX_ANCESTORS):
        entries = mirror.entries(commit)
        oid = next((entry.oid for entry in entries if entry.path == CONFIG_FILE), None)
        if oid is None:
            return
        try:
            # A mirror fetches each blob when it is read: most commits share one configuration.
            config = known.get(oid) or known.setdefault(oid, load_config(mirror.blobs([oid])[0], CONFIG_FILE))
            if model not in config.models:
                return
            yield commit, inputs_digest(entries, config.models[model])
        except ConfigError:
            continue
