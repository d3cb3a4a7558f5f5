"""Renders a repository's own card template in a process of its own, which may neither run long nor hold much.

Jinja2's sandbox keeps a template from reaching what it may not touch, but not from looping for ever or from building a
string of gigabytes. So the operating system bounds the process that renders it, which is told nothing but the facts.
"""

import json
import os
import subprocess
import sys
from typing import Any

from merganser.errors import ConfigError
from merganser.registry.card_template import CARD_TEMPLATE, render

SECONDS = 5
PATIENCE = 30
MEMORY = 512 << 20
_HINT = "Let the template do less: it is given all its facts, and needs no long loops."


def bounded(template: str, facts: dict[str, Any], seconds: int = SECONDS) -> str:
    """The card by a repository's own template; `ConfigError` where it fails, runs too long or holds too much."""
    asked = json.dumps({"template": template, "facts": facts, "seconds": seconds}, allow_nan=False).encode()
    command = [sys.executable, "-P", "-m", "merganser.commands.register.card_process"]
    # Neither tokens nor settings; and the same order of everything in every run.
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONHASHSEED": "0"}
    try:
        done = subprocess.run(
            command, input=asked, capture_output=True, env=environment, cwd=os.sep, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired as wrong:
        raise ConfigError(f"{CARD_TEMPLATE} was not done after {PATIENCE} seconds", _HINT) from wrong
    if done.returncode < 0:
        raise ConfigError(f"{CARD_TEMPLATE} computed for more than {seconds} seconds, or held too much", _HINT)
    if done.returncode:
        raise RuntimeError(f"the rendering process failed: {done.stderr.decode(errors='replace')[-2000:]}")
    answer = json.loads(done.stdout)
    if "refused" in answer:
        raise ConfigError(answer["refused"], answer["hint"])
    return str(answer["card"])


def _answer(asked: dict[str, Any]) -> dict[str, str]:
    try:
        return {"card": render(asked["facts"], asked["template"])}
    except ConfigError as wrong:
        return {"refused": wrong.message, "hint": wrong.hint}
    except MemoryError:
        return {"refused": f"{CARD_TEMPLATE} holds more than {MEMORY >> 20} MiB", "hint": _HINT}


def _main() -> None:
    import resource

    asked = json.load(sys.stdin.buffer)
    bounds = {resource.RLIMIT_CPU: asked["seconds"], resource.RLIMIT_AS: MEMORY, resource.RLIMIT_FSIZE: 0}
    for kind, most in bounds.items():
        resource.setrlimit(kind, (most, most))
    sys.stdout.write(json.dumps(_answer(asked)))


if __name__ == "__main__":
    _main()
