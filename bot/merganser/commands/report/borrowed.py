"""Whether the sealed labels that a new model asks for are another model's, whose gate and attempts it would evade."""

from collections.abc import Callable

from merganser.config import Config, labels_path
from merganser.errors import ConfigError
from merganser.storage.pointers import Pointer


def refuse(path: str, found: Pointer, policy: Config, tracked: Callable[[str], Pointer | None]) -> None:
    """`ConfigError` where what DVC tracks at `path` as `found` is, whole or in part, what a model of the policy has.

    `tracked` gives the object of another path. The same labels are known by their path and, under another, by their
    content: columns can't tell, since a new model names its own.
    """
    for model, rules in policy.models.items():
        if theirs := labels_path(rules):
            other = tracked(theirs)
            if _meet(path, theirs) or (other and other.md5 == found.md5 and _meet(found.below, other.below)):
                raise ConfigError(
                    f"labels.uri: {path} holds the sealed labels of {model}, and a pull request adds no model to them",
                    "Merge the model without labels first, then add them, or give it labels of its own.",
                )


def _meet(one: str, other: str) -> bool:
    """Whether the one path is the other or lies within it; "" is the folder around all."""
    parts, others = one.split("/") if one else [], other.split("/") if other else []
    return all(mine == theirs for mine, theirs in zip(parts, others, strict=False))
