"""The names that Merganser gives to models, narrower than what tags may hold; as configuration files spell them."""

import re

from merganser.config import MODEL_NAME
from merganser.errors import ConfigError

_MODEL = re.compile(MODEL_NAME)


def check_model_name(name: str) -> None:
    """`ConfigError` unless `name` is safe as git ref, artifact name, path and URL part all at once."""
    if _MODEL.fullmatch(name) is None:
        raise ConfigError(
            f"{name[:80]!a} can't be the name of a model",
            "Use 1 to 63 of A-Z a-z 0-9 _ -, with a letter or digit at both ends.",
        )
