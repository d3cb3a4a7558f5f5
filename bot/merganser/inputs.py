"""What a model is made from: the git entries its `inputs` globs match, and their digest, a run's identity. No I/O."""

import msgspec


class Entry(msgspec.Struct, frozen=True):
    """One line of `git ls-tree -r`: mode, type (blob or commit), object id, path from the tree's root."""

    mode: str
    type: str
    oid: str
    path: str
