"""The `merganser` command: options in, exit code out. The only place that catches errors; the work is in `commands`.

Nothing heavy is imported before a command needs it, so that `merganser --help` answers at once.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from merganser import __version__
from merganser.errors import ConfigError, MerganserError
from merganser.streams import answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from merganser.commands.carry_out import Decision, Workbench
    from merganser.forge.runtime import Runtime

_PATH = click.Path(path_type=Path)
_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
_THERE = click.Path(path_type=Path, exists=True)
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_json = click.option("--json", "as_json", is_flag=True, help="Answer as JSON, for programs.")
_dry_run = click.option("--dry-run", is_flag=True, help="Print what would be written, and write nothing.")
_remote = click.option("--remote", is_flag=True, help="Ask GitHub too: which releases are out, which tags this lacks.")
_repo = click.option("--repo", metavar="OWNER/NAME", help="The model repo; in a workflow it is known.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="merganser")
def cli() -> None:
    """Models ship when pull requests merge: train, judge, register and deploy models from GitHub pull requests."""


@cli.command()
@click.option(
    "--base", metavar="REF", help="The commit to compare with [default: the event's base, else HEAD's parent]."
)
@_json
def plan(base: str | None, as_json: bool) -> None:
    """Say which models a change touches, as a job matrix."""
    from merganser.commands import plan as command
    from merganser.forge.answers import write_outputs

    runtime = _runtime()
    matrix = command.plan(command.request(Path.cwd(), base, runtime))
    needed = matrix.needed()
    write_outputs(runtime, {"matrix": needed.to_json(), "any": "true" if needed.include else "false"})
    answer(matrix.to_json() if as_json else matrix.text())


@cli.command()
@click.argument("model")
@click.option("--out", type=_PATH, metavar="DIR", help="Where the bundle goes [default: .merganser/MODEL].")
def train(model: str, out: Path | None) -> None:
    """Run MODEL's pipeline and write its bundle: the run, its predictions, and beside it the model's files."""
    from merganser.commands import train as command

    answer(str(command.train(command.request(Path.cwd(), model, out, _runtime()))))


@cli.command()
@click.argument("a")
@click.argument("b")
@click.option("--model", help="Which model, where A and B are commits and the repository has several.")
@click.option(
    "--format", "style", default="table", show_default=True, type=click.Choice(["table", "md", "json", "html"])
)
def compare(a: str, b: str, model: str | None, style: str) -> None:
    """Show how metrics, parameters and data differ from A to B: bundle folders, commits or versions."""
    from merganser.commands import compare as command

    answer(command.compare(Path.cwd(), (a, b), model, style))


@cli.command()
@click.argument("candidate")
@click.option("--baseline", required=True, help="What to compare with: a bundle, predictions, commit or version.")
@click.option("--labels", type=_THERE, help="Labels by key, used instead of the predictions' own.")
@click.option("--model", help="Which model of the configuration.")
@click.option("--config", type=_FILE, help="The rules [default: merganser.yaml, where there is one].")
@click.option("--cluster", metavar="ADDRESS", default="", help="Work on the Dask cluster at tcp://HOST:PORT.")
@click.option("--html", type=_PATH, metavar="FILE", help="Also write a page with pictures, which opens offline.")
@_json
def gate(as_json: bool, **sides: Any) -> None:
    """Judge CANDIDATE: a bundle, predictions (a file, or a folder of parts), a commit or a version.

    Exit 0 for pass, 1 for fail (wrong rows are a failed check), 3 where a file can't be read at all.
    """
    from merganser.commands import gate as command

    verdict = command.gate(command.Request(folder=Path.cwd(), **sides), _runtime())
    answer(command.answer(verdict, as_json=as_json))
    sys.exit(command.exit_code(verdict))


@cli.command()
@click.option("--labels", multiple=True, metavar="MODEL=FILE", help="Sealed labels of a model, before its labels.uri.")
@_json
@_dry_run
def report(labels: tuple[str, ...], as_json: bool, dry_run: bool) -> None:
    """Answer a finished training workflow with a comment and a check, and record merged runs."""
    from merganser.commands import report as command

    files = command.label_files(labels)
    _apply(lambda place: command.observe_and_decide(place, files), _runtime(), dry_run, as_json)


@cli.command()
@click.argument("model", metavar="[MODEL[@VERSION]]", required=False)
@click.option("--commit", metavar="SHA", help="The commit to register [default: the event's, else the newest].")
@click.option(
    "--bump", type=click.Choice(["major", "minor", "patch", "auto"]), help="[default: the model's release policy]"
)
@click.option("--version", "version", metavar="VERSION", help="Exactly this version, such as v1.4.0.")
@click.option(
    "--sign",
    envvar="MERGANSER_SIGN",
    default="",
    metavar="KEY",
    help="Sign with this private key (a PEM file), or `keyless`, as the workflow [default: the release policy's].",
)
@_repo
@_json
@_dry_run
def register(as_json: bool, dry_run: bool, repo: str | None, sign: str, **request: Any) -> None:
    """Make the next version of MODEL: an annotated tag and a release that carries the evidence.

    MODEL@VERSION completes the release of a tag that is there, or makes exactly that version. Without MODEL, the event
    has to be the push of a tag. Run it again after any failure; a version that is registered stays as it is.
    """
    from merganser.commands import register as command

    asked = command.Request(sign=command.Asked(by=sign, dry_run=dry_run), **request)
    _apply(lambda place: command.observe_and_decide(place, asked), _runtime(repo), dry_run, as_json)


@cli.command()
@click.argument("version", metavar="MODEL[@VERSION]")
@click.option("--to", "environment", metavar="ENV", help="The environment [default: the first of the path].")
@_repo
@_json
@_dry_run
def promote(version: str, environment: str | None, repo: str | None, as_json: bool, dry_run: bool) -> None:
    """Open or update the pull request that deploys a version to an environment."""
    from merganser.commands import promote as command

    request = command.Request(version=version, environment=environment)
    _apply(lambda place: command.observe_and_decide(place, request), _runtime(repo), dry_run, as_json)


@cli.command()
@click.option("--prereleases", is_flag=True, help="A candidate such as v2.0.0-rc.1 may be the latest version too.")
@click.option("--deprecated", is_flag=True, help="Deprecated models have a latest version too.")
@_remote
@_repo
@_json
def models(remote: bool, repo: str | None, as_json: bool, **eligible: bool) -> None:
    """List the models that have versions, and what their stages hold, from this clone's tags."""
    from merganser.commands import models as command
    from merganser.registry.versions import Eligible

    github = _runtime(repo) if remote or repo else None
    request = command.Request(folder=Path.cwd(), eligible=Eligible(**eligible), github=github)
    answer(command.models(request, as_json=as_json))


@cli.command()
@click.argument("version", metavar="MODEL[@VERSION]")
@_remote
@_repo
@_json
def show(version: str, remote: bool, repo: str | None, as_json: bool) -> None:
    """Show a model's versions, or one version with its run and verdict."""
    from merganser.commands import show as command

    request = command.Request(folder=Path.cwd(), wanted=version, github=_runtime(repo) if remote or repo else None)
    answer(command.show(request, as_json=as_json))


@cli.command()
@click.argument("model")
@click.option("--metric", metavar="NAME", help="The metric to draw [default: the one that the gate judges first].")
@click.option("--all", "everything", is_flag=True, help="The runs of pull requests too, not the merged ones alone.")
@click.option("--last", type=click.IntRange(min=1), default=20, show_default=True, help="How many runs to list.")
@click.option("--plot", type=_PATH, metavar="FILE", help="Also write the metric as a picture: an SVG file.")
@_json
def log(as_json: bool, **request: Any) -> None:
    """Show MODEL's runs and versions over time, and draw a metric, from this clone's ledger."""
    from merganser.commands import log as command

    answer(command.log(command.Request(folder=Path.cwd(), **request), as_json=as_json))


@cli.command()
@click.argument("model")
@click.argument("environment", metavar="ENV")
@click.option(
    "--environments", type=_FOLDER, metavar="DIR", help="A clone of the environments repo [default: GitHub's]."
)
@click.option("--tags", is_flag=True, help="What this clone's stage tags say, as GTO writes them; ENV is the stage.")
@_json
def which(as_json: bool, **request: Any) -> None:
    """Say which version of MODEL the environment ENV runs."""
    from merganser.commands import which as command

    answer(command.which(command.Request(folder=Path.cwd(), **request), _runtime(), as_json=as_json))


@cli.command()
@click.argument("version", metavar="[MODEL[@VERSION]]", required=False)
@click.option("--env", metavar="ENV", help="What the environment ENV runs, of MODEL or of all models.")
@click.option("--all", "everything", is_flag=True, help="Every version of every model.")
@click.option(
    "--environments", type=_FOLDER, metavar="DIR", help="A clone of the environments repo [default: GitHub's]."
)
@click.option("--offline", is_flag=True, help="Ask nobody: what only GitHub could tell stays unverifiable.")
@click.option("--strict", is_flag=True, help="Exit 1 also where a link is ? that could be verified.")
@click.option("--key", type=_FILE, help="The public key (PEM) that the models were signed with.")
@click.option("--identity", metavar="URL", help="The workflow that signed without a key, as its certificate names it.")
@_repo
@_json
def audit(repo: str | None, as_json: bool, **request: Any) -> None:
    """Verify where a version, or what an environment runs, came from: tag, ledger, run, verdict, release, people.

    Exit 1 where any link of the chain is broken. A link that can't be verified here says why.
    """
    from merganser.commands import audit as command

    asked = command.Request(folder=Path.cwd(), **request)
    chains = command.audit(asked, _runtime(repo))
    answer(command.answer(asked, chains, as_json=as_json))
    sys.exit(command.exit_code(asked, chains))


@cli.command()
@click.argument("version", metavar="MODEL@VERSION")
@click.option("--keep", type=_PATH, metavar="DIR", help="Leave checkout, DVC cache and bundle in the new folder DIR.")
@click.option(
    "--tolerance",
    multiple=True,
    metavar="[METRIC=]VALUE",
    help="How far metrics may lie from the recorded: 0.001, 1%, loss=0.01, seconds=any [default: 9 digits].",
)
@_repo
@_json
def reproduce(version: str, keep: Path | None, tolerance: tuple[str, ...], repo: str | None, as_json: bool) -> None:
    """Train a version again from its tag and data, and compare with its run. This runs the repository's code.

    Exit 1 where the metrics don't agree. Your work tree and DVC cache stay as they are.
    """
    from merganser.commands import reproduce as command

    near = command.tolerances(tolerance)
    request = command.Request(folder=Path.cwd(), version=version, keep=keep, tolerances=near)
    found = command.reproduce(request, _runtime(repo))
    answer(command.answer(found, as_json=as_json))
    sys.exit(0 if found.agrees else 1)


@cli.command()
@click.option("--keep", type=_PATH, metavar="DIR", help="Leave the repositories in DIR.")
@click.option("--open", "keep_open", is_flag=True, help="Keep the embedded GitHub running, and open its page.")
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="Try this in the second pull request.")
@click.option("--verbose", is_flag=True, help="Show all that the commands say.")
@_json
def demo(changes: tuple[str, ...], **request: Any) -> None:
    """Ship a model from pull request to deployment on this machine, with an embedded GitHub."""
    from merganser.setup import demo as command

    parameters = command.parse_changes(changes)
    command.demo(command.Request(parameters=parameters, **request))


def main() -> None:
    """The console script: one exit code per kind of error (see `errors`)."""
    try:
        cli.main(standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("merganser: interrupted", err=True)
        sys.exit(130)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(ConfigError.exit_code)
    except MerganserError as wrong:
        _complain(wrong)
        sys.exit(wrong.exit_code)
    except Exception as wrong:
        import traceback

        from merganser.extras import lacking

        if isinstance(wrong, ModuleNotFoundError) and (error := lacking(wrong.name)):
            _complain(error)
            sys.exit(error.exit_code)
        traceback.print_exc()
        click.echo(f"This is a bug of Merganser {__version__}: please report it with the lines above.", err=True)
        sys.exit(MerganserError.exit_code)


def _complain(wrong: MerganserError) -> None:
    from merganser.forge.answers import log_line

    log_line(f"merganser: {wrong.message}")
    if wrong.hint:
        log_line(f"  → {wrong.hint}")


def _runtime(repo: str | None = None) -> "Runtime":
    """What the CI says of itself; `repo` from the command line wins."""
    import os

    from merganser.forge.runtime import Runtime

    environ = {**os.environ, "GITHUB_REPOSITORY": repo} if repo else os.environ
    return Runtime.from_environ(environ, click.get_current_context().info_name or "")


def _apply(decide: "Callable[[Workbench], Decision]", runtime: "Runtime", dry_run: bool, as_json: bool) -> None:
    from merganser.commands.carry_out import carry_out

    carry_out(decide, runtime, dry_run=dry_run, as_json=as_json)
