"""All that an audit looks at, as it was found in git and on GitHub. Whether it holds: the modules beside."""

from enum import StrEnum

import msgspec

from merganser.config import Signing
from merganser.registry.audit.links import Unknown, Wrong
from merganser.registry.ledger import RunRecord, VerdictRecord
from merganser.registry.lifting import Grounds
from merganser.registry.tags import LEDGER_TRAILER, trailer
from merganser.registry.versions import Version


class TagObject(msgspec.Struct, frozen=True, kw_only=True):
    """A version's annotated tag: its object's id here and on GitHub (None: it has none), who made it and when.

    `named` is the name that the object itself holds, whatever ref leads to it. `deregistered` says by whom and when the
    version was taken out of use, "" for one that counts.
    """

    object: str
    named: str
    remote: str | Unknown | None
    message: str
    tagger: str
    date: str
    deregistered: str | Unknown = ""

    @property
    def record_path(self) -> str:
        """The ledger's record that the message names, "" for none."""
        return trailer(self.message, LEDGER_TRAILER)


class Rewrite(msgspec.Struct, frozen=True):
    """A commit of the ledger that did more than add: `how` is `changed` or `deleted`."""

    commit: str
    how: str
    path: str


class Standing(StrEnum):
    """How the ledger in this clone stands to GitHub's."""

    same = "same"
    behind = "behind"
    apart = "apart"
    gone = "gone"


class History(msgspec.Struct, frozen=True, kw_only=True):
    """The ledger's branch. `dropped` are tips that this clone saw earlier and that the branch no longer holds;
    `forged` paths whose content isn't the one that the path itself promises; `cut` says that older commits of it are
    not in this clone."""

    tip: str
    commits: int
    records: int
    rewrites: tuple[Rewrite, ...] = ()
    dropped: tuple[str, ...] | Unknown = ()
    forged: tuple[str, ...] = ()
    cut: bool = False
    remote: Standing | Unknown


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What git holds of a version: inputs digests of its commit's tree and of the tree that was trained, the digests
    of data by name, as `.dvc` files (`tracked`) and `dvc.lock` (`locked`) of the commit pin it, and who is to sign."""

    inputs: str | Unknown
    trained_inputs: str | Unknown
    tracked: dict[str, str] = {}
    locked: dict[str, str] = {}
    signing: Signing = Signing.none


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """A release's file: the digest that GitHub states ("" for none), and the SHA-256 of the bytes that came."""

    name: str
    stated: str
    sha256: str | Unknown


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """A published release; `texts` are the bytes of the evidence that is read, by name."""

    tag: str
    published: str
    immutable: bool
    assets: tuple[Asset, ...]
    texts: dict[str, bytes] = {}


class Training(msgspec.Struct, frozen=True, kw_only=True):
    """The CI run that trained, as GitHub tells it."""

    event: str
    head: str
    conclusion: str
    url: str


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """A review: whose ("" where unknown), GitHub's words for what it says and for who that is, and of which commit."""

    by: str
    state: str
    association: str
    commit: str
    at: str


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """A merged pull request: who wrote and who merged it ("" where unknown), and its reviews, oldest first.

    `branch` of `head_repo` ("" for one that was deleted) is what was merged, up to the commit `head`.
    """

    repo: str
    number: int
    branch: str
    head_repo: str
    head: str
    author: str
    by: str
    at: str
    reviews: tuple[Review, ...] | Unknown = ()

    @property
    def place(self) -> str:
        """`OWNER/NAME#NUMBER`."""
        return f"{self.repo}#{self.number}"


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """What an environment's `release.yaml` says, and the commit and pull request that brought it there."""

    environment: str
    path: str
    repo: str
    tag: str
    commit: str
    inputs_digest: str
    digest: str
    uri: str
    brought_by: str
    merged: Merged | Unknown | None


class Signed(msgspec.Struct, frozen=True):
    """A signature that holds over the model's files, and whose it is."""

    signer: str


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """One version. None says that something is not there, `Unknown` that nobody could look.

    `grounds` are what people overrode, `signature` whether it holds for a key (None: none was given).
    """

    repo: str
    version: Version
    tag: TagObject
    ledger: History | Unknown | None
    record: RunRecord | Wrong | None
    verdicts: tuple[VerdictRecord | Wrong, ...] = ()
    grounds: Grounds | Wrong | None = None
    source: Source
    training: Training | Unknown
    merged: Merged | Unknown | None
    release: Release | Unknown | None
    signature: Signed | Unknown | Wrong | None = None
    deployment: Deployment | None = None

    @property
    def ours(self) -> bool:
        """Whether Merganser registered it: then evidence that lacks is broken, not just not there."""
        return bool(self.tag.record_path)
