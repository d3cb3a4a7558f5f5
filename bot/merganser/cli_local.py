"""What people run on their own machines: to get going, and to look back. Errors pass through to `cli`."""

import sys
from pathlib import Path
from typing import Any, Final

import click

from merganser.cli_options import FILE, FOLDER, PATH, dry_running, json_answer, repository, runtime_of
from merganser.streams import answer

_remote = click.option("--remote", is_flag=True, help="Ask GitHub too: which releases are out, which tags this lacks.")


@click.command()
@click.option("--prereleases", is_flag=True, help="A candidate such as v2.0.0-rc.1 may be the latest version too.")
@click.option("--deprecated", is_flag=True, help="Deprecated models have a latest version too.")
@_remote
@repository
@json_answer
def models(remote: bool, repo: str | None, as_json: bool, **eligible: bool) -> None:
    """List the models that have versions, and what their stages hold. It reads this clone's tags."""
    from merganser.commands import models as command
    from merganser.registry.versions import Eligible

    github = runtime_of(repo) if remote or repo else None
    request = command.Request(folder=Path.cwd(), eligible=Eligible(**eligible), github=github)
    answer(command.models(request, as_json=as_json))


@click.command()
@click.argument("version", metavar="MODEL[@VERSION]")
@_remote
@repository
@json_answer
def show(version: str, remote: bool, repo: str | None, as_json: bool) -> None:
    """Show a model's versions, or one with its run and verdict."""
    from merganser.commands import show as command

    request = command.Request(folder=Path.cwd(), wanted=version, github=runtime_of(repo) if remote or repo else None)
    answer(command.show(request, as_json=as_json))


@click.command()
@click.argument("model")
@click.option("--metric", metavar="NAME", help="The metric to draw [default: the one that the gate judges first].")
@click.option("--all", "everything", is_flag=True, help="The runs of pull requests too, not the merged ones alone.")
@click.option("--last", type=click.IntRange(min=1), default=20, show_default=True, help="How many runs to list.")
@click.option("--plot", type=PATH, metavar="FILE", help="Also write the metric as a picture: an SVG file.")
@json_answer
def log(as_json: bool, **request: Any) -> None:
    """Show MODEL's runs and versions over time, and draw a metric. It reads this clone's ledger."""
    from merganser.commands import log as command

    answer(command.log(command.Request(folder=Path.cwd(), **request), as_json=as_json))


@click.command()
@click.argument("model")
@click.argument("environment", metavar="ENV")
@click.option(
    "--environments", type=FOLDER, metavar="DIR", help="A clone of the environments repo [default: GitHub's]."
)
@click.option("--tags", is_flag=True, help="What this clone's stage tags say, as GTO writes them; ENV is the stage.")
@json_answer
def which(as_json: bool, **request: Any) -> None:
    """Say which version of MODEL the environment ENV runs."""
    from merganser.commands import which as command

    answer(command.which(command.Request(folder=Path.cwd(), **request), runtime_of(), as_json=as_json))


@click.command()
@click.argument("version", metavar="[MODEL[@VERSION]]", required=False)
@click.option("--env", metavar="ENV", help="What the environment ENV runs, of MODEL or of all models.")
@click.option("--all", "everything", is_flag=True, help="Every version of every model.")
@click.option(
    "--environments", type=FOLDER, metavar="DIR", help="A clone of the environments repo [default: GitHub's]."
)
@click.option("--offline", is_flag=True, help="Ask nobody: what only GitHub could tell stays unverifiable.")
@click.option("--strict", is_flag=True, help="Exit 1 also where a link that could be verified stays unverified (?).")
@click.option("--key", type=FILE, help="The public key (PEM) that the models were signed with.")
@click.option("--identity", metavar="URL", help="The workflow that signed without a key, as its certificate names it.")
@repository
@json_answer
def audit(repo: str | None, as_json: bool, **request: Any) -> None:
    """Verify where a version, or what an environment runs, came from.

    The chain is tag, ledger, run, verdict, release, people. Exit 1 where any link of it is broken. A link that
    can't be verified here says why.
    """
    from merganser.commands.audit import command

    asked = command.Request(folder=Path.cwd(), **request)
    chains = command.audit(asked, runtime_of(repo))
    answer(command.answer(asked, chains, as_json=as_json))
    sys.exit(command.exit_code(asked, chains))


@click.command()
@click.argument("version", metavar="MODEL@VERSION")
@click.option("--keep", type=PATH, metavar="DIR", help="Leave checkout, DVC cache and bundle in the new folder DIR.")
@click.option(
    "--tolerance",
    multiple=True,
    metavar="[METRIC=]VALUE",
    help="How far metrics may lie from the recorded: 0.001, 1%, loss=0.01, seconds=any [default: 9 digits].",
)
@repository
@json_answer
def reproduce(version: str, keep: Path | None, tolerance: tuple[str, ...], repo: str | None, as_json: bool) -> None:
    """Train a version again from tag and data, and compare. This runs the repository's code.

    Exit 1 where the metrics don't agree. Your work tree and DVC cache stay as they are.
    """
    from merganser.commands import reproduce as command

    near = command.tolerances(tolerance)
    request = command.Request(folder=Path.cwd(), version=version, keep=keep, tolerances=near)
    found = command.reproduce(request, runtime_of(repo))
    answer(command.answer(found, as_json=as_json))
    sys.exit(0 if found.agrees else 1)


@click.command()
@click.option("--keep", type=PATH, metavar="DIR", help="Leave the repositories in DIR.")
@click.option("--open", "keep_open", is_flag=True, help="Keep the embedded GitHub running, and open its page.")
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="Try this in the second pull request.")
@click.option("--verbose", is_flag=True, help="Show all that the commands say.")
@json_answer
def demo(changes: tuple[str, ...], **request: Any) -> None:
    """Ship an example on an embedded GitHub. It goes from pull request to deployment."""
    from merganser.setup import demo as command

    parameters = command.parse_changes(changes)
    command.demo(command.Request(parameters=parameters, **request))


@click.command()
@click.option(
    "--model", default="", metavar="NAME", help="What the model is called [default: as its repository or folder is]."
)
@click.option("--train", default="", metavar="COMMAND", help="How it is trained [default: found out].")
@click.option("--artifact", default="", metavar="FILE", help="The model's own file [default: found out].")
@click.option(
    "--suite",
    default="",
    metavar="OWNER/NAME@REF",
    help="The copy of Merganser that the workflows use, such as acme/merganser@v1.",
)
@click.option(
    "--owner", default="", metavar="@NAME", help="Who reviews changes of the rules [default: origin's owner]."
)
@click.option("--app-id", type=click.IntRange(min=0), metavar="ID", help="The GitHub App that enforces; 0 for none.")
@click.option("--queue/--no-queue", default=None, help="Whether merges go through a merge queue.")
@click.option("--run", is_flag=True, help="Run the training once, to see what it writes.")
@click.option(
    "--force",
    is_flag=True,
    help="Replace files that differ, after showing how; merganser.yaml only where the training is run or described.",
)
@click.option("--yes", is_flag=True, help="Ask nothing: files that differ are left.")
@dry_running
@json_answer
def init(as_json: bool, **asked: Any) -> None:
    """Set up this repository: configuration, workflows, rules. Code owners and a model card's template belong to it.

    Looks at scripts, dvc.yaml, and what a training run left. Nothing is run unless --run says so, nothing is replaced
    without showing how, and nothing leaves this machine. What an earlier init was told holds until an option says
    otherwise.
    """
    from merganser.setup.init import command, telling

    answer(telling.answer(command.init(command.request(Path.cwd(), **asked)), as_json=as_json))


@click.command("try")
@click.option(
    "--set",
    "changes",
    multiple=True,
    nargs=2,
    metavar="MODEL KEY=VALUE",
    help="Change a parameter of MODEL in the pull request.",
)
@click.option("--comment", "comments", multiple=True, metavar="TEXT", help="Then comment this, such as /help.")
@click.option(
    "--as",
    "role",
    default="maintain",
    show_default=True,
    type=click.Choice(["read", "triage", "write", "maintain", "admin", "author"]),
    help="Who comments: somebody of this permission, or the pull request's author.",
)
@click.option("--keep", type=PATH, metavar="DIR", help="Leave the repositories in DIR.")
@click.option("--open", "keep_open", is_flag=True, help="Keep the embedded GitHub running, and open the page.")
@click.option("--verbose", is_flag=True, help="Show all that the workflows say.")
@json_answer
def attempt(changes: tuple[tuple[str, str], ...], **request: Any) -> None:
    """Play this repository's pull request on an embedded GitHub. Its own workflow files run, on this machine.

    The default branch is trained first, or the set-up where it has none yet; then all of the work tree, uncommitted
    changes too, is a pull request. Once it is judged, comments are answered as on GitHub. Your files, environment and
    remotes stay as they are. Exit 1 where the check is red in the end.
    """
    from merganser.setup.trying import command

    sys.exit(command.attempt(command.Request(folder=Path.cwd(), changes=command.changes(changes), **request)))


@click.command()
@repository
@json_answer
def doctor(repo: str | None, as_json: bool) -> None:
    """Check files and GitHub's settings, and say how to mend them.

    With GITHUB_TOKEN (such as `gh auth token` prints), also branch rules, environments, names of secrets, releases;
    with an App's id and key its permissions. Exit 2 where something would fail.
    """
    from merganser.setup.doctor import command
    from merganser.setup.doctor.finding import exit_code

    found = command.doctor(Path.cwd(), runtime_of(repo))
    answer(command.answer(found, as_json=as_json))
    sys.exit(exit_code(found))


COMMANDS: Final = (models, show, log, which, audit, reproduce, demo, init, doctor, attempt)
