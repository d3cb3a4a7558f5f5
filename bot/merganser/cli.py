"""The `merganser` command: options in, exit code out. The only place that catches errors; the work is in `commands`.

What workflows run stands here, what people run on their own machines in `cli_local`. Nothing heavy is imported before a
command needs it, so that `merganser --help` answers at once.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from merganser import __version__, cli_local
from merganser.cli_options import FILE, PATH, THERE, dry_running, json_answer, repository, runtime_of
from merganser.errors import ConfigError, MerganserError
from merganser.streams import answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from merganser.commands.carry_out import Decision, Workbench
    from merganser.forge.ci.runtime import Runtime


class _BySide(click.Group):
    """Its help lists the commands by where they run, and so by what they may hold."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        width = max(map(len, self.commands))
        for side, names in SIDES.items():
            limit = formatter.width - width - 4
            rows = [(name.ljust(width), self.commands[name].get_short_help_str(limit)) for name in names]
            with formatter.section(side):
                formatter.write_dl(rows)


SIDES: Final = {
    "On your machine": (
        *("init", "try", "doctor", "demo", "gate", "compare"),
        *("models", "show", "log", "which", "audit", "reproduce"),
    ),
    "In workflows, untrusted: beside a pull request's code": ("plan", "train"),
    "In workflows, trusted: with a token that writes": ("report", "command", "register", "promote"),
}


@click.group(cls=_BySide, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="merganser")
def cli() -> None:
    """Models ship when pull requests merge: train, judge, register, deploy.

    Begin in a folder with a training script: merganser init --yes --run
    """


@cli.command()
@click.option(
    "--base", metavar="REF", help="The commit to compare with [default: the event's base, else HEAD's parent]."
)
@json_answer
def plan(base: str | None, as_json: bool) -> None:
    """Say which models a change touches, as a job matrix."""
    from merganser.commands import plan as command
    from merganser.forge.ci.answers import write_outputs

    runtime = runtime_of()
    matrix = command.plan(command.request(Path.cwd(), base, runtime))
    needed = matrix.needed()
    write_outputs(runtime, {"matrix": needed.to_json(), "any": "true" if needed.include else "false"})
    answer(matrix.to_json() if as_json else matrix.text())


@cli.command()
@click.argument("model")
@click.option("--out", type=PATH, metavar="DIR", help="Where the bundle goes [default: .merganser/MODEL].")
@click.option("--base", metavar="REF", help="Train this commit in a worktree, as what HEAD is to be compared with.")
@click.option("--prepare", multiple=True, metavar="COMMAND", help="Run this by bash first, where the training runs.")
def train(model: str, out: Path | None, **checkout: Any) -> None:
    """Run MODEL's pipeline and write its bundle. The run's predictions are in it, the model's files beside it."""
    from merganser.commands.train.command import request
    from merganser.commands.train.where import Where, train

    answer(str(train(request(Path.cwd(), model, out, runtime_of()), Where(**checkout))))


@cli.command()
@click.argument("a")
@click.argument("b")
@click.option(
    "--model",
    metavar="NAME",
    help="Which model, where A and B are versions such as v1.4.0, or commits and the repository has several.",
)
@click.option(
    "--format",
    "style",
    default="table",
    show_default=True,
    type=click.Choice(["table", "md", "json", "html"]),
    help="How to show it.",
)
def compare(a: str, b: str, model: str | None, style: str) -> None:
    """Show how metrics, parameters and data differ from A to B. Each is a bundle's folder, a commit or a version."""
    from merganser.commands import compare as command

    answer(command.compare(Path.cwd(), (a, b), model, style))


@cli.command()
@click.argument("candidate")
@click.option(
    "--baseline",
    required=True,
    metavar="BASELINE",
    help="What to compare with: a bundle, predictions, commit or version.",
)
@click.option("--labels", type=THERE, metavar="FILE", help="Labels by key, used instead of the predictions' own.")
@click.option("--model", metavar="NAME", help="Which model of the configuration.")
@click.option("--config", type=FILE, help="The rules [default: merganser.yaml, where there is one].")
@click.option("--cluster", metavar="ADDRESS", default="", help="Work on the Dask cluster at tcp://HOST:PORT.")
@click.option("--html", type=PATH, metavar="FILE", help="Also write a page with pictures, which opens offline.")
@json_answer
def gate(as_json: bool, **sides: Any) -> None:
    """Judge CANDIDATE against a baseline.

    Each is a bundle, predictions (a file, or a folder of parts), a commit or a version. Exit 0 for pass, 1
    for fail (wrong rows are a failed check), 3 where a file can't be read at all.
    """
    from merganser.commands import gate as command

    verdict = command.gate(command.Request(folder=Path.cwd(), **sides), runtime_of())
    answer(command.answer(verdict, as_json=as_json))
    sys.exit(command.exit_code(verdict))


@cli.command()
@click.option("--labels", multiple=True, metavar="MODEL=FILE", help="Sealed labels of a model, before its labels.uri.")
@click.option(
    "--sweep",
    is_flag=False,
    flag_value=True,
    type=bool,
    default=False,
    metavar="",
    help="Not one event's run, but all open pull requests: finish what lost events and crashes left open. An hourly "
    "workflow asks for it; with the value false it is off.",
)
@json_answer
@dry_running
def report(labels: tuple[str, ...], sweep: bool, as_json: bool, dry_run: bool) -> None:
    """Answer a training run with a comment and a check. What was merged is recorded on the ledger branch.

    The run is that of the workflow's event; with --sweep, all those that have no answer yet.
    """
    from merganser.commands.report import command
    from merganser.commands.sweep import command as sweeping

    files = command.label_files(labels)
    if sweep:
        sweeping.carry_out(sweeping.Request(labels=files, dry_run=dry_run, as_json=as_json), runtime_of())
    else:
        _apply(lambda place: command.observe_and_decide(place, files), runtime_of(), dry_run, as_json)


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
@repository
@json_answer
@dry_running
def register(as_json: bool, dry_run: bool, repo: str | None, sign: str, **request: Any) -> None:
    """Make the next version of MODEL. It is a tag, and a release with the evidence.

    MODEL@VERSION completes the release of a tag that is there, or makes exactly that version. Without MODEL, the event
    has to be the push of a tag. Run it again after any failure; a version that is registered stays as it is.
    """
    from merganser.commands.register import command

    asked = command.Request(sign=command.Asked(by=sign, dry_run=dry_run), **request)
    _apply(lambda place: command.observe_and_decide(place, asked), runtime_of(repo), dry_run, as_json)


@cli.command()
@click.argument("version", metavar="MODEL[@VERSION]")
@click.option("--to", "environment", metavar="ENV", help="The environment [default: the first of the path].")
@repository
@json_answer
@dry_running
def promote(version: str, environment: str | None, repo: str | None, as_json: bool, dry_run: bool) -> None:
    """Open or update the pull request that deploys a version."""
    from merganser.commands import promote as command

    request = command.Request(version=version, environment=environment)
    _apply(lambda place: command.observe_and_decide(place, request), runtime_of(repo), dry_run, as_json)


for command in cli_local.COMMANDS:
    cli.add_command(command)


@cli.command("command")
@click.option(
    "--parse", "file", type=PATH, metavar="FILE", help="Only say what the text of FILE (- for standard input) means."
)
@click.option("--labels", multiple=True, metavar="MODEL=FILE", help="Sealed labels of a model, before its labels.uri.")
@json_answer
def comment(file: Path | None, labels: tuple[str, ...], as_json: bool) -> None:
    """Answer the slash commands of a comment. What its author may is carried out, and a reply says so.

    With --parse, exit 1 where a line is wrong.
    """
    if file is None:
        from merganser.commands.report.command import label_files
        from merganser.commands.slash.responding import respond

        answer(respond(runtime_of(), label_files(labels)))
        return
    from merganser.commands.slash import parsing

    found = parsing.parse(file)
    answer(parsing.answer(found, as_json=as_json))
    sys.exit(parsing.exit_code(found))


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
    from merganser.forge.ci.answers import log_line

    log_line(f"merganser: {wrong.message}")
    if wrong.hint:
        log_line(f"  → {wrong.hint}")


def _apply(decide: "Callable[[Workbench], Decision]", runtime: "Runtime", dry_run: bool, as_json: bool) -> None:
    from merganser.commands.carry_out import carry_out

    carry_out(decide, runtime, dry_run=dry_run, as_json=as_json)
