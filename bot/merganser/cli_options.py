"""What several commands of `cli` and `cli_local` share: options, kinds of paths, and what the CI says of itself."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from merganser.forge.ci.runtime import Runtime

PATH = click.Path(path_type=Path)
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
THERE = click.Path(path_type=Path, exists=True)
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
json_answer = click.option("--json", "as_json", is_flag=True, help="Answer as JSON, for programs.")
dry_running = click.option("--dry-run", is_flag=True, help="Print what would be written, and write nothing.")
repository = click.option("--repo", metavar="OWNER/NAME", help="The model repo; in a workflow it is known.")


def runtime_of(repo: str | None = None) -> "Runtime":
    """What the CI says of itself; `repo` from the command line wins."""
    import os

    from merganser.forge.ci.runtime import Runtime

    environ = {**os.environ, "GITHUB_REPOSITORY": repo} if repo else os.environ
    return Runtime.from_environ(environ, click.get_current_context().info_name or "")
