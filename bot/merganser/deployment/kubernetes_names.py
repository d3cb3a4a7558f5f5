"""Names and labels as Kubernetes allows them, made from Merganser's. No manifest is made here."""

import hashlib
import re

# KServe and Knative append up to `-predictor-00001` to a name, and what comes out must fit a label's 63 characters.
MAX_NAME = 47
MAX_LABEL = 63

_ODD = re.compile(r"[^A-Za-z0-9._-]")


def resource_name(*parts: str) -> str:
    """The parts joined by `-`, in lower case without `_`: a DNS label of at most 47 characters.

    One that is too long, or begins with a digit as no service may, gets a hash instead of its end, so that two models
    never share a name.
    """
    name = "-".join(parts).lower().replace("_", "-")
    if len(name) <= MAX_NAME and not name[0].isdigit():
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    start = name if not name[0].isdigit() else f"m-{name}"
    return f"{start[: MAX_NAME - 9].rstrip('-')}-{digest}"


def label_value(text: str) -> str:
    """`text` as a label's value: odd characters (the `+` of a version's build) become `_`, and 63 of them are kept."""
    return _ODD.sub("_", text)[:MAX_LABEL].strip("._-")
