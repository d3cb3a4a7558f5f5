"""What people said about a model's inputs, overrides and what took them back, in a few letters that a check can carry.

By these a sweep knows whether a check was made before something was said. What was said lifts: `lifting`.
"""

import hashlib
from collections.abc import Iterable, Mapping

from merganser.registry.overrides import Cancellation, Override, Said

_KEY = 12
_SUM = 8


def spoken(records: Iterable[Said[Override] | Said[Cancellation]]) -> dict[str, str]:
    """A digest of what was said about each model's inputs, by their key; nothing of which nobody spoke."""
    paths: dict[str, list[str]] = {}
    for said in records:
        paths.setdefault(_key(said.what.model, said.what.inputs_digest), []).append(said.path)
    return {key: _digest("\n".join(sorted(found)), _SUM) for key, found in paths.items()}


def heard(digests: Mapping[str, str], said: Mapping[str, str]) -> tuple[str, ...]:
    """A word for each model of `digests` (inputs digest by model): its inputs, and all that was `spoken` about them."""
    keys = sorted(_key(model, digest) for model, digest in digests.items())
    return tuple(f"{key}-{said[key]}" if key in said else key for key in keys)


def is_all(words: Iterable[str], said: Mapping[str, str]) -> bool:
    """Whether the words tell of all that is `spoken` now about their inputs."""
    parts = (word.partition("-") for word in words)
    return all(said.get(key, "") == known for key, _, known in parts)


def _key(model: str, inputs_digest: str) -> str:
    return _digest(f"{model}\n{inputs_digest}", _KEY)


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]
