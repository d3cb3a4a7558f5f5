"""How a value of a column is spelled, whatever type a file kept it in: `1`, `1.0` and `"1"` are all `1`. Text alone."""

import re

WHOLE = r"^(-?\d+)\.0+"
TRUTH = {"True": "true", "False": "false"}


def spelled(text: str) -> str:
    """One text as columns of it are spelled."""
    whole = re.sub(WHOLE + r"\Z", r"\1", text)
    return TRUTH.get(whole, whole)
