"""Writes docs/actions.md from the actions' own files, and into docs/workflows.md what goes into the reusable workflows.

What stands outside of the generated parts stays as it is.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from merganser.forge.requests.permissions import COMMANDS

ROOT = Path(__file__).parents[1]
PAGE, WORKFLOWS_PAGE = ROOT / "docs" / "actions.md", ROOT / "docs" / "workflows.md"
BEGIN, END = "<!-- generated: scripts/action_docs.py -->\n", "<!-- end -->\n"
# In the order of a model's life.
ORDER = ("plan", "train", "report", "command", "register", "promote")
EXAMPLES = {
    "train": {"model": "${{ matrix.model }}"},
    "register": {"model": "digits"},
    "promote": {"version": "digits@v1.4.0", "to": "staging"},
}
WORKFLOWS = ("merganser-train.yml", "merganser-report.yml", "merganser-commands.yml")
UNTRUSTED_SIDE = ("plan", "train")
UNTRUSTED = {"contents": "read"}  # for the checkout before it
CHECKOUT = re.compile(r"uses: (actions/checkout@\S+ # \S+)\n")


def sections() -> str:
    """All actions, one after the other."""
    return "\n".join(section(name) for name in ORDER)


def section(name: str) -> str:
    """What an action does, what goes in and comes out, what its job has to be permitted, and lines to copy."""
    action: dict[str, Any] = yaml.safe_load((ROOT / "actions" / name / "action.yml").read_text(encoding="utf-8"))
    parts = [f"## `{name}`\n", f"{action['description']}\n", f"```yaml\n{example(name)}```\n", inputs(action)]
    needs = None if name in UNTRUSTED_SIDE else COMMANDS[name]
    if needs and needs.environments:
        listed = ", ".join(f"`{scope.replace('_', '-')}: {access}`" for scope, access in needs.environments.items())
        parts.insert(3, f"In the environments repo, which may be the same: {listed}.\n")
    if action.get("outputs"):
        rows = [f"| `{output}` | {cell(said['description'])} |" for output, said in action["outputs"].items()]
        parts.append("\n".join(["| output | |", "| --- | --- |", *rows]) + "\n")
    return "\n".join(parts)


def example(name: str) -> str:
    """A job's permissions and its step."""
    needs = None if name in UNTRUSTED_SIDE else COMMANDS[name]
    permissions = {k.replace("_", "-"): str(v) for k, v in needs.model_repo.items()} if needs else UNTRUSTED
    lines = ["permissions:", *(f"  {scope}: {access}" for scope, access in permissions.items()), "steps:"]
    if not needs:
        workflow = (ROOT / ".github/workflows/merganser-train.yml").read_text(encoding="utf-8")
        lines.append(f"  - uses: {CHECKOUT.findall(workflow)[0]}")
        lines += ["    with:", "      fetch-depth: 0", "      persist-credentials: false"]
    lines.append(f"  - uses: OWNER/merganser/actions/{name}@v1")
    given = EXAMPLES.get(name, {})
    return "\n".join([*lines, *(["    with:"] if given else []), *(f"      {k}: {v}" for k, v in given.items())]) + "\n"


def inputs(action: dict[str, Any]) -> str:
    """The table of inputs."""
    rows = [f"| `{name}` | {default(said)} | {cell(said['description'])} |" for name, said in action["inputs"].items()]
    return "\n".join(["| input | default | |", "| --- | --- | --- |", *rows]) + "\n"


def default(said: dict[str, Any]) -> str:
    """What counts where nothing is given."""
    if said.get("required"):
        return "required"
    value = said["default"]
    return f"`{str(value).lower() if isinstance(value, bool) else value}`" if value else "none"


def cell(text: str) -> str:
    """A description in a table, with its period."""
    return text.replace("|", "\\|").rstrip(".") + "."


def workflows() -> str:
    """What may be given to each reusable workflow: inputs under `with`, secrets under `secrets`."""
    return "\n".join(workflow(name) for name in WORKFLOWS)


def workflow(name: str) -> str:
    """One of them; YAML 1.1 takes its `on` for a truth value."""
    read: dict[Any, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))
    call = read[True]["workflow_call"]
    rows = [f"| `{secret}` | {cell(said['description'])} |" for secret, said in call["secrets"].items()]
    return "\n".join([f"### `{name}`\n", inputs(call), "| secret | |", "| --- | --- |", *rows]) + "\n"


def main() -> None:
    """Brings the generated parts up to date."""
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    for path, text in ((PAGE, sections()), (WORKFLOWS_PAGE, workflows())):
        page = path.read_text(encoding="utf-8")
        path.write_text(pattern.sub(lambda _, text=text: f"{BEGIN}\n{text}\n{END}", page, count=1), encoding="utf-8")


if __name__ == "__main__":
    main()
