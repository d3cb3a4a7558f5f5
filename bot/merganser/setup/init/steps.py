"""What is left for a person to do after `init`: permissions, secrets, branch rules, in their order. Pure."""

from collections.abc import Iterator
from textwrap import wrap
from typing import Final

from merganser.config import Config
from merganser.forge.requests.permissions import in_words, needed_in_all
from merganser.setup.init.facts import Facts, GitState
from merganser.setup.init.rulesets import FOLDER
from merganser.setup.init.wanted import Choices
from merganser.setup.judging import HOW_TO_JUDGE, judges_quality

ENVIRONMENT: Final = "merganser"
# With what stands before a line, eighty columns at the most.
WIDTH: Final = 72


def steps(facts: Facts, config: Config, choices: Choices) -> tuple[str, ...]:
    """Each one thing to do: a short line, below it what to type or to set. The owner of `choices` is the one that
    CODEOWNERS names by now."""
    return tuple("\n".join(lines) for lines in _steps(facts, config, choices))


def _steps(facts: Facts, config: Config, choices: Choices) -> Iterator[tuple[str, ...]]:
    yield from _unjudged(config)
    yield "See it work before anything is pushed:", "merganser try"
    if not choices.suite.known:
        yield (
            "The workflows still say OWNER. Put a copy of Merganser on GitHub",
            "(its docs/setup.md says how), then:",
            "merganser init --force --suite YOUR-NAME/merganser@v1",
        )
    yield from _owner(facts, choices)
    yield _publishing(facts)
    yield "Settings → Actions → General: allow actions of these, and no others:", f"{choices.suite.repository}, GitHub"
    yield "Settings → Rules → Rulesets → Import a ruleset, after the merge:", f"each file in {FOLDER}"
    yield ("Settings → General → Releases: enable release immutability",)
    yield from _enforcing(choices)
    yield "See what of this is missing, and how to mend it:", "merganser doctor"


def _unjudged(config: Config) -> Iterator[tuple[str, ...]]:
    for name, model in config.models.items():
        if not judges_quality(model.gate):
            yield f"{name}: nothing of its quality is judged yet.", *wrap(HOW_TO_JUDGE, WIDTH)


def _owner(facts: Facts, choices: Choices) -> Iterator[tuple[str, ...]]:
    naming = "merganser init --owner @ORG/TEAM"
    if not choices.owner:
        yield "CODEOWNERS names nobody yet. Name who reviews changes of the rules:", naming
    elif choices.owner == f"@{facts.repository.partition('/')[0]}":
        yield f"CODEOWNERS names {choices.owner}. If that is an organization, name a team of it:", naming


def _publishing(facts: Facts) -> tuple[str, ...]:
    if facts.git is GitState.commits and facts.repository:
        return (
            "Commit this on a branch, open its pull request, and merge it:",
            "no check answers it yet, as the workflows come with it;",
            "gating starts with its merge",
        )
    remote = () if facts.repository else ("git remote add origin ADDRESS",)
    commit = "git add --all && git commit -m 'Set up Merganser'"
    return "Commit and push:", commit, *remote, f"git push -u origin {facts.branch}"


def _enforcing(choices: Choices) -> Iterator[tuple[str, ...]]:
    if not choices.protection.app_id:
        yield (
            "When it works, enforce it: until then whoever may write can get round it.",
            'Merganser\'s docs/setup.md, "On GitHub, enforcing", leads there.',
        )
        return
    granted = wrap(f"with {_permissions()}", WIDTH)
    yield f"Install the GitHub App {choices.protection.app_id} on the repository,", *granted
    yield (
        f"Settings → Environments: make {ENVIRONMENT},",
        "limited to the default branch,",
        ("with the App's private key as its secret MERGANSER_APP_KEY"),
    )
    yield (
        "Settings → Secrets and variables → Actions → Variables:",
        f"MERGANSER_APP_ID={choices.protection.app_id}",
        f"MERGANSER_ENVIRONMENT={ENVIRONMENT}",
    )


def _permissions() -> str:
    """What an App needs, in the words of its settings."""
    return ", ".join(in_words(name, access) for name, access in needed_in_all().items())
