"""What a run ran on: Python, platform, installed packages. Names and versions, no variable's value."""

import platform
from importlib import metadata

from merganser.run import Environment


def environment() -> Environment:
    """Of this interpreter, whose `bin` is first in the pipeline's PATH."""
    packages = {name: dist.version for dist in metadata.distributions() if (name := dist.metadata["Name"])}
    return Environment(
        python=platform.python_version(),
        platform=f"{platform.system().lower()}-{platform.machine().lower()}",
        packages=dict(sorted(packages.items())),
    )
