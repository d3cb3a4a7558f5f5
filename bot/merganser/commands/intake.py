"""Which run a report answers, what that changes and which models it touches: computed here, never believed."""

from collections.abc import Iterable

import msgspec

from merganser.commands.carry_out import Workbench
from merganser.commands.checkout import base_digests, config_at
from merganser.commands.ledger import Ledger
from merganser.config import CONFIG_FILE, TRAIN_WORKFLOW, Config, Model
from merganser.config_file import load_config
from merganser.errors import ConfigError, DataError
from merganser.forge import event
from merganser.forge.values import WorkflowRun
from merganser.git import Repository
from merganser.inputs import digests, inputs_digest, touched
from merganser.registry import lineage
from merganser.registry.ledger import RunRecord

MAX_ANCESTORS = 200


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """A training run of this repository's own branches; `number` is its pull request, None for a push."""

    run: WorkflowRun
    branch: str
    number: int | None


class Commits(msgspec.Struct, frozen=True, kw_only=True):
    """The default branch's newest commit, and the one that the change is measured against ("" for none)."""

    tip: str
    base: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What is judged: `tree` as it is or would be after the merge, against `base` ("" for a root commit).

    `policy` is the configuration at `policy_commit`, None where that has none, and `before` at `base` likewise;
    `config` says what the models are, `digests` what each is made from.
    """

    base: str
    tree: str
    policy_commit: str
    policy: Config | None
    before: Config | None = None
    config: Config
    digests: dict[str, str]
    touched: tuple[str, ...]

    def rules(self, model: str) -> Model:
        """By what the model is judged: the policy's rules, or its own where it is new."""
        return self.config.models[model] if self.is_new(model) else self._known[model]

    def rules_before(self, model: str) -> Model:
        """What the change found: the default branch may have other rules since, which no change of this one's are."""
        known = self.before.models if self.before and not self.is_new(model) else {}
        return known.get(model, self.rules(model))

    def is_new(self, model: str) -> bool:
        """Whether the policy doesn't know the model."""
        return model not in self._known

    @property
    def _known(self) -> dict[str, Model]:
        return self.policy.models if self.policy else {}


def accept(place: Workbench) -> Trigger | str:
    """The run to report, or the sentence that says why there is nothing to do."""
    run_id = event.workflow_run_id(place.runtime.event)
    if run_id is None:
        raise ConfigError(
            f"the event is {place.runtime.event_name or 'missing'}, not workflow_run",
            "Call `merganser report` from a workflow with `on: workflow_run`.",
        )
    run = place.forge.workflow_run(place.repo, run_id)
    branch = place.default_branch()
    if run.path.partition("@")[0] != TRAIN_WORKFLOW:
        return f"Run {run.id} is of {run.path}, not of {TRAIN_WORKFLOW}: nothing to do."
    if run.head_repository is None or run.head_repository.id != run.repository.id:
        return f"Run {run.id} is a fork's, which this version does not judge: nothing to do."
    if run.event not in ("push", "pull_request"):
        return f"Run {run.id} was started by {run.event}: nothing to do."
    if newer := _newer(place, run):
        return f"Run {run.id} is outdated: run {newer} is of the same commit and newer. Nothing to do."
    return _pushed(run, branch) if run.event == "push" else _pull_request(place, run, branch)


def _newer(place: Workbench, run: WorkflowRun) -> int | None:
    """A later run of the same workflow for the same commit: it counts, whichever report comes last."""
    others = place.forge.workflow_runs(place.repo, run.head_sha, run.event)
    same = [o.id for o in others if (o.workflow_id, o.head_branch) == (run.workflow_id, run.head_branch)]
    return max((other for other in same if other > run.id), default=None)


def _pushed(run: WorkflowRun, branch: str) -> Trigger | str:
    if run.head_branch != branch:
        return f"Run {run.id} is of a push to {run.head_branch}, not to {branch}: nothing to do."
    return Trigger(run=run, branch=branch, number=None)


def _pull_request(place: Workbench, run: WorkflowRun, branch: str) -> Trigger | str:
    owner = place.repo.partition("/")[0]
    pulls = place.forge.open_pull_requests(place.repo, head=f"{owner}:{run.head_branch}", base=branch)
    for pull in pulls:
        own = pull.head.repo is not None and pull.head.repo.id == run.repository.id
        if own and pull.head.sha == run.head_sha and pull.base.ref == branch:
            return Trigger(run=run, branch=branch, number=pull.number)
    return f"No open pull request into {branch} has {run.head_sha[:12]} as its head: nothing to do."


def tip_of(mirror: Repository, trigger: Trigger) -> str:
    """The default branch's newest commit; `DataError` where it has none, or a push is no longer on its line."""
    tip = mirror.resolve(f"refs/heads/{trigger.branch}")
    if tip is None:
        raise DataError(f"the default branch {trigger.branch} has no commit", "Push one, then run the workflow again.")
    if trigger.number is None and trigger.run.head_sha not in mirror.first_parents(tip, MAX_ANCESTORS):
        raise DataError(f"{trigger.run.head_sha} is not on {trigger.branch}", "Only its first-parent line counts.")
    return tip


def configured_models(mirror: Repository, trigger: Trigger, tip: str) -> frozenset[str]:
    """The models that either side's configuration names: whose bundles are worth a look."""
    configs = [config_at(mirror, commit) for commit in (trigger.run.head_sha, tip)]
    return frozenset(model for config in configs if config for model in config.models)


def base_of(mirror: Repository, trigger: Trigger, tip: str, claimed: frozenset[str]) -> str:
    """The commit that the change is measured against.

    For a push the first parent. For a pull request the default branch's commit that the run merged with, which only the
    run knows. Its claim counts between the tip and where the pull request left the branch: an older base would let
    changes of the default branch pass for the pull request's, or hide what it takes back. Without a claim: the tip.
    `DataError` where claims contradict or lie elsewhere.
    """
    if trigger.number is None:
        own = mirror.first_parents(trigger.run.head_sha, 2)
        return own[1] if len(own) > 1 else ""
    if len(claimed) > 1:
        raise DataError("the bundles of one run name different base commits", "Run the training workflow again.")
    if not claimed:
        return tip
    [base] = claimed
    line = mirror.first_parents(tip, MAX_ANCESTORS)
    if base not in line or not mirror.is_ancestor(mirror.merge_base(tip, trigger.run.head_sha), base):
        raise DataError(
            f"the bundle's base {base[:40]!r} is not on {trigger.branch} since the pull request left it",
            "Update the branch, and let it train again.",
        )
    return base


def change(mirror: Repository, trigger: Trigger, commits: Commits, ledger: Ledger) -> Change | None:
    """The change, by the tree that git computes; None without a configuration. `DataError` on a conflict.

    A pull request is judged by the default branch's newest policy: one that picks its base can't pick an older gate.
    A push is judged by the policy before it; where that is missing or broken, by its own.
    """
    head, pushed = trigger.run.head_sha, trigger.number is None
    tree = mirror.tree_of(head) if pushed else mirror.merge_tree(commits.base, head)
    if tree is None:
        raise DataError("the pull request conflicts with the default branch", "Merge or rebase it, and push.")
    policy_commit = commits.base if pushed else commits.tip
    before = _policy_before(mirror, commits.base)
    policy = before if pushed else config_at(mirror, policy_commit)
    config = config_at(mirror, tree) or policy
    if config is None:
        return None
    own = digests(mirror.entries(tree), config)
    changed = touched(base_digests(mirror, commits.base), own)
    records = {model: ledger.runs_with(model, digest) for model, digest in own.items()} if pushed else {}
    missing = lineage.unrecorded(own, records) if pushed else frozenset()
    return Change(
        base=commits.base,
        tree=tree,
        policy_commit=policy_commit,
        policy=policy,
        before=before,
        config=config,
        digests=own,
        touched=tuple(model for model in own if model in changed or model in missing),
    )


def _policy_before(mirror: Repository, base: str) -> Config | None:
    try:
        return config_at(mirror, base) if base else None
    except ConfigError:
        return None


def merged_runs(mirror: Repository, base: str, models: Iterable[str], ledger: Ledger) -> dict[str, RunRecord]:
    """Each model's merged run of `base`, or of the nearest first-parent ancestor that has one: one walk for all."""
    found: dict[str, RunRecord] = {}
    missing = set(models)
    known: dict[str, Config] = {}
    for commit in mirror.first_parents(base, MAX_ANCESTORS) if base else ():
        if not missing:
            break
        entries = mirror.entries(commit)
        oid = next((entry.oid for entry in entries if entry.path == CONFIG_FILE), "")
        try:
            # A mirror fetches each blob when it is read: most commits share one configuration.
            config = known.get(oid) or known.setdefault(oid, load_config(mirror.blobs([oid])[0], CONFIG_FILE))
            here = {model: inputs_digest(entries, config.models[model]) for model in missing & config.models.keys()}
        except (ConfigError, DataError):
            continue
        for model, digest in here.items():
            if record := lineage.choose_baseline([digest], ledger.runs_with(model, digest)):
                found[model] = record
        missing -= found.keys()
    return found
