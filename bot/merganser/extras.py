"""Which optional part of the installation a Python package belongs to; `pyproject.toml` names the same ones."""

from typing import Final

from merganser.errors import ConfigError

# By the name that is imported, each under the smallest extra that brings it.
EXTRA_OF: Final = {
    "dask": "cluster",
    "distributed": "cluster",
    "numpy": "evaluate",
    "polars": "evaluate",
    "scipy": "evaluate",
    "dvc": "dvc",
    "dvc_s3": "dvc",
    "cryptography": "hub",
    "linkify_it": "hub",
    "nh3": "hub",
    "vl_convert": "plots",
    "joblib": "metrics",
    "sklearn": "metrics",
    "model_signing": "sign",
    "OpenSSL": "sign",
    "pandas": "train",
    "pyarrow": "train",
}
# What the actions install where their input `extras` names it, beside what the command always needs.
IN_ACTIONS: Final = ("dvc", "metrics", "sign")


def lacking(module: str | None) -> ConfigError | None:
    """What to say where `module` (`polars.io`) can't be imported; None where no extra brings it."""
    package = (module or "").partition(".")[0]
    extra = EXTRA_OF.get(package)
    if extra is None:
        return None
    hint = f"Install it: pip install 'merganser[{extra}]'"
    if extra in IN_ACTIONS:
        hint += f", or where an action runs this give it `extras: {extra}`"
    return ConfigError(f"this needs the extra `{extra}` ({package})", hint)
