"""What is left for a person to do after `init`: permissions, secrets, branch rules, in their order. Pure."""

from collections.abc import Iterator
from typing import Final

from merganser.config import Config
from merganser.forge.permissions import in_words, needed_in_all
from merganser.setup.init.facts import Facts, GitState
from merganser.setup.init.rulesets import FOLDER
from merganser.setup.init.wanted import Choices
from merganser.setup.judging import HOW_TO_JUDGE, judges_quality

ENVIRONMENT: Final = "merganser"


def steps(facts: Facts, config: Config, choices: Choices) -> tuple[str, ...]:
    """Short sentences, each one thing to do; the owner of `choices` is the one that CODEOWNERS names by now."""
    return (
        "See it work before anything is pushed: merganser try",
        *_unjudged(config),
        *_steps(facts, choices),
    )


def _unjudged(config: Config) -> Iterator[str]:
    for name, model in config.models.items():
        if not judges_quality(model.gate):
            yield f"{name}: nothing of its quality is judged yet. {HOW_TO_JUDGE}"


def _steps(facts: Facts, choices: Choices) -> Iterator[str]:
    if not choices.suite.known:
        yield (
            "The workflows still say OWNER: put a copy of Merganser on GitHub, then merganser init --force --suite "
            "YOUR-NAME/merganser@v1"
        )
    if not choices.owner:
        yield "CODEOWNERS names nobody yet: put a person or team there, or run merganser init --owner @ORG/TEAM"
    elif choices.owner == f"@{facts.repository.partition('/')[0]}":
        yield f"CODEOWNERS names {choices.owner}: where that is an organization, put a team of it there (@ORG/TEAM)"
    yield _publishing(facts)
    where = f"{facts.repository}: " if facts.repository else ""
    yield f"{where}Settings → Actions → General: allow actions of {choices.suite.repository} and of GitHub, no others"
    yield from _enforcing(choices)
    yield f"Settings → Rules → Rulesets → Import a ruleset: each file in {FOLDER} (after the set-up is merged)"
    yield "Settings → General → Releases: enable release immutability"
    yield "merganser doctor says what of this is missing, and how to mend it"


def _publishing(facts: Facts) -> str:
    if facts.git is GitState.commits and facts.repository:
        return "Commit this on a branch and open its pull request: that is the set-up, and gating starts with its merge"
    remote = "" if facts.repository else ", git remote add origin …"
    return f"git add --all && git commit -m 'Set up Merganser'{remote}, and push {facts.branch}"


def _enforcing(choices: Choices) -> Iterator[str]:
    key = (
        f"Settings → Environments: {ENVIRONMENT}, deployment branches limited to the default one, with the App's "
        f"private key as its secret MERGANSER_APP_KEY; variables MERGANSER_APP_ID and MERGANSER_ENVIRONMENT="
        f"{ENVIRONMENT}"
    )
    if choices.protection.app_id:
        yield f"Install the GitHub App {choices.protection.app_id} on the repository, with {_permissions()}"
        yield key
        return
    yield (
        "As it stands the gate is advisory: whoever may write can get round it. To enforce it: a GitHub App with "
        f"{_permissions()}; then {key}; then merganser init --force --app-id ID"
    )


def _permissions() -> str:
    """What an App needs, in the words of its settings."""
    return ", ".join(in_words(name, access) for name, access in needed_in_all().items())
