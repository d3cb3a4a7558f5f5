"""From facts and a proposal to the files of a repository, and what is left for a person to do. Pure."""

import posixpath
from typing import Final

import msgspec

from merganser.config import CONFIG_FILE, Config, labels_path
from merganser.registry.card_template import CARD_TEMPLATE, PACKAGED
from merganser.setup.init import additions, configuration, rulesets, workflows
from merganser.setup.init.facts import Facts
from merganser.setup.init.files import File, Kind
from merganser.setup.init.proposal import Proposal

REQUIREMENTS: Final = "requirements.txt"


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for the whole repository; `owner` reviews what decides, "" where nobody is known.

    `named` is the owner that --owner says, "" without it. `installed` has the versions of packages on this machine.
    """

    suite: workflows.Suite
    owner: str
    protection: rulesets.Protection
    named: str = ""
    installed: dict[str, str] = {}


def files(facts: Facts, proposal: Proposal | None, config: Config, choices: Choices) -> tuple[File, ...]:
    """Everything that `init` writes; without a proposal the configuration is there already."""
    owners = additions.codeowners_place(facts.existing)
    card = posixpath.normpath(posixpath.join(facts.path, CARD_TEMPLATE))
    labels = [path for path in (labels_path(model) for model in config.models.values()) if path]
    owned = additions.owned_paths(labels, card)
    before = facts.existing.get(owners, "")
    before = additions.renamed(before, owned, choices.named) if choices.named else before
    added = additions.codeowners(before, owned, choices.owner)
    return (
        *(_of_proposal(facts, proposal, choices) if proposal else ()),
        *_workflows(facts, choices, _packages(facts, proposal)),
        File(path=owners, text=added, kind=Kind.added),
        *(File(path=f"{rulesets.FOLDER}/{n}", text=t) for n, t in rulesets.rulesets(choices.protection).items()),
        File(path=card, text=facts.existing.get(card, _CARD)),  # once it is there, it is a person's own
    )


def _of_proposal(facts: Facts, proposal: Proposal, choices: Choices) -> tuple[File, ...]:
    ignore = posixpath.normpath(posixpath.join(facts.path, ".gitignore"))
    ignored = additions.gitignore(facts.existing.get(ignore, ""), proposal.left, facts.tracked)
    found = [File(path=CONFIG_FILE, text=configuration.text_of(proposal))]
    if proposal.train != "dvc repro":
        found.append(File(path=ignore, text=ignored, kind=Kind.added))
    if requirements := _packages(facts, proposal):
        lines = [f"{name}=={choices.installed[name]}" if name in choices.installed else name for name in requirements]
        where = posixpath.normpath(posixpath.join(facts.path, REQUIREMENTS))
        found.append(File(path=where, text="\n".join(lines) + "\n"))
    return tuple(found)


def _packages(facts: Facts, proposal: Proposal | None) -> tuple[str, ...]:
    """What a new file of requirements has to name: nothing where the repository says it in some way already."""
    if proposal is None or any(posixpath.basename(path) in _SAY_PACKAGES for path in facts.files):
        return ()
    return proposal.packages


_SAY_PACKAGES: Final = frozenset(
    {
        REQUIREMENTS,
        "pyproject.toml",
        "setup.py",
        "setup.cfg",
        "environment.yml",
        "environment.yaml",
        "Pipfile",
        "uv.lock",
    }
)


def _workflows(facts: Facts, choices: Choices, packages: tuple[str, ...]) -> list[File]:
    there = frozenset(facts.files) | ({REQUIREMENTS} if packages else frozenset())
    prepare = workflows.preparation(there)
    if prepare and facts.path != ".":
        prepare = f"cd {facts.path} && {prepare}"
    return [
        File(path=f"{workflows.FOLDER}/{name}", text=workflows.filled(text, choices.suite, facts.branch, prepare))
        for name, text in workflows.templates().items()
    ]


_CARD: Final = f"""\
{{% extends "{PACKAGED}" %}}
{{# The model card of each version. All that is measured is filled in; what the model is for only you can say: replace
   the line in the block below. The other blocks are listed in docs/registry.md of Merganser. #}}
{{% block intended_use %}}
{{{{ super() }}}}
{{% endblock %}}
"""
