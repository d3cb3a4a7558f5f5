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
    "cryptography": "hub",
    "linkify_it": "hub",
    "nh3": "hub",
    "ruamel": "hub",
    "vl_convert": "plots",
    "joblib": "metrics",
    "sklearn": "metrics",
    "model_signing": "sign",
    "OpenSSL": "sign",
    "pandas": "train",
    "pyarrow": "train",
}


def lacking(module: str | None) -> ConfigError | None:
    """What to say where `module` (`polars.io`) can't be imported; None where no extra brings it."""
    package = (module or "").partition(".")[0]
    extra = EXTRA_OF.get(package)
    if extra is None:
        return None
    return ConfigError(f"this needs the extra `{extra}` ({package})", f"Install it: pip install 'merganser[{extra}]'")
