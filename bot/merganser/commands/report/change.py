"""What a training run's commit changes and which models that touches: computed here by git, never believed."""

import msgspec

from merganser.commands.observing.checkout import MAX_ANCESTORS, base_digests, config_at
from merganser.commands.observing.intake import Trigger
from merganser.commands.observing.ledger import Ledger
from merganser.config import Config, Model
from merganser.config.commands import CommandRule
from merganser.errors import ConfigError, DataError
from merganser.evaluation.policy_diff import leaving, policy_changes
from merganser.git import Repository
from merganser.inputs import digests, touched
from merganser.registry import lineage
from merganser.report.model import Alterations

_WORKFLOWS = ".github/workflows"
_ANSWERING = {f"{_WORKFLOWS}/merganser-commands.{ending}" for ending in ("yml", "yaml")}


class Commits(msgspec.Struct, frozen=True, kw_only=True):
    """The default branch's newest commit, and the one that the change is measured against ("" for none)."""

    tip: str
    base: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What is judged: `tree` as it is or would be after the merge, against `base` ("" for a root commit).

    `policy` is the configuration at `policy_commit`, None where that has none, and `before` at `base` likewise;
    `config` says what the models are, `digests` what each is made from, `altered` what becomes of the gate.
    `override` says who may override checks by a comment; None where no workflow answers comments, or none can be made.
    """

    base: str
    tree: str
    policy_commit: str
    policy: Config | None
    before: Config | None = None
    config: Config
    digests: dict[str, str]
    touched: tuple[str, ...]
    altered: Alterations = Alterations()
    override: CommandRule | None = None

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


def tip_of(mirror: Repository, trigger: Trigger) -> str:
    """The default branch's newest commit; `DataError` where it has none."""
    tip = mirror.resolve(f"refs/heads/{trigger.branch}")
    if tip is None:
        raise DataError(f"the default branch {trigger.branch} has no commit", "Push one, then run the workflow again.")
    return tip


def configured_models(mirror: Repository, trigger: Trigger, tip: str) -> frozenset[str]:
    """The models that either side's configuration names: whose bundles are worth a look."""
    configs = [config_at(mirror, commit) for commit in (trigger.run.head_sha, tip)]
    return frozenset(model for config in configs if config for model in config.models)


def base_of(mirror: Repository, trigger: Trigger, tip: str, claimed: frozenset[str]) -> str:
    """The commit that the change is measured against.

    For a push and for a queue's group the default branch's commit that it builds on. For a pull request the default
    branch's commit that the run merged with, which only the run knows. Its claim counts between the tip and where the
    pull request left the branch: an older base would let changes of the default branch pass for the pull request's, or
    hide what it takes back. Without a claim: the tip. `DataError` where claims contradict or lie elsewhere.
    """
    if trigger.number is None:
        base = mirror.built_on(trigger.run.head_sha, tip, MAX_ANCESTORS)
        if not base and not trigger.merged:
            raise DataError(f"the queue's commit doesn't build on {trigger.branch}", "Queue the pull request again.")
        return base
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


def observe(mirror: Repository, trigger: Trigger, commits: Commits, ledger: Ledger) -> Change | None:
    """The change, by the tree that git computes; None without a configuration. `DataError` on a conflict.

    A pull request is judged by the default branch's newest policy: one that picks its base can't pick an older gate.
    Nobody picks the base of a queue's group or a push, so theirs judges, also once the group is merged; a push whose
    base has none, or a broken one, is judged by its own.
    """
    tree = _judged_tree(mirror, trigger, commits)
    policy_commit = commits.tip if trigger.number else commits.base
    before = _policy_before(mirror, commits.base)
    policy = before if trigger.merged else config_at(mirror, policy_commit)
    proposed = config_at(mirror, tree)
    config = proposed or policy
    if config is None:
        return None
    own = digests(mirror.entries(tree), config)
    changed = touched(base_digests(mirror, commits.base), own)
    records = {model: ledger.runs_with(model, digest) for model, digest in own.items()} if trigger.merged else {}
    missing = lineage.unrecorded(own, records) if trigger.merged else frozenset()
    found = Change(
        base=commits.base,
        tree=tree,
        policy_commit=policy_commit,
        policy=policy,
        before=before,
        config=config,
        digests=own,
        touched=tuple(model for model in own if model in changed or model in missing),
    )
    override = _override(mirror, found) if trigger.number else None
    return msgspec.structs.replace(found, altered=_altered(found, proposed), override=override)


def _override(mirror: Repository, change: Change) -> CommandRule | None:
    """Comments are answered by the default branch's workflow, and by its rules."""
    workflows = mirror.entries(change.policy_commit, _WORKFLOWS)
    if change.policy is None or not any(file.path in _ANSWERING for file in workflows):
        return None
    return change.policy.commands.get("override", CommandRule())


def _altered(change: Change, proposed: Config | None) -> Alterations:
    """By which rules the models aren't judged from now on; `proposed` is the judged tree's own configuration."""
    before = change.before or change.policy
    settings = {name: policy_changes(change.rules_before(name), model) for name, model in change.config.models.items()}
    return Alterations(
        leaving=leaving(before, proposed) if before else {},
        settings={name: differences for name, differences in settings.items() if differences},
    )


def _judged_tree(mirror: Repository, trigger: Trigger, commits: Commits) -> str:
    """What a merge would give; of a push and of a queue's group, which is merged as it is, the commit's own tree."""
    head = trigger.run.head_sha
    tree = mirror.merge_tree(commits.base, head) if trigger.number else mirror.tree_of(head)
    if tree is None:
        raise DataError("the pull request conflicts with the default branch", "Merge or rebase it, and push.")
    return tree


def _policy_before(mirror: Repository, base: str) -> Config | None:
    try:
        return config_at(mirror, base) if base else None
    except ConfigError:
        return None
