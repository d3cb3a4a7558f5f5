"""What GitHub says for `merganser audit`: tag, ledger, a release with all of its bytes, who trained and merged."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from merganser.commands.audit import pulls
from merganser.commands.audit.verifying import Trust, verify
from merganser.commands.observing.evidence import sha256
from merganser.config import FETCH_LEDGER, LEDGER_BRANCH
from merganser.errors import ConfigError, ForgeError
from merganser.forge import names, values
from merganser.forge.ci.answers import log_line
from merganser.forge.effects.publishing import LARGEST_ASSET
from merganser.forge.protocol import Forge, NotFound
from merganser.git import Repository
from merganser.registry.assets import BOM_FILE, PROVENANCE_FILE, SIGNATURE_FILE, SUMS_FILE, VERDICT_FILE
from merganser.registry.audit.facts import Asset, History, Merged, Release, Signed, Standing, Training
from merganser.registry.audit.links import Unknown, Wrong
from merganser.registry.elsewhere import ARTIFACT_FILE
from merganser.registry.versions import Version
from merganser.run import RUN_FILE, Run

T = TypeVar("T")

MAX_TEXT = 16 * 2**20
_READ = (RUN_FILE, VERDICT_FILE, SUMS_FILE, PROVENANCE_FILE, BOM_FILE, SIGNATURE_FILE, ARTIFACT_FILE)


class GitHubSide(msgspec.Struct, frozen=True, kw_only=True):
    """The repository there, or why it can't be asked; assets come into `folder`, signatures are verified by `trust`."""

    repo: str
    forge: Forge | Unknown
    folder: Path
    trust: Trust | None = None

    def ask(self, question: Callable[[Forge], T]) -> T | Unknown:
        """An answer, or why there is none."""
        if isinstance(self.forge, Unknown):
            return self.forge
        try:
            return question(self.forge)
        except (ForgeError, ConfigError) as failed:
            return Unknown(f"GitHub didn't tell: {failed.message}")

    def tag(self, version: Version) -> str | Unknown | None:
        """The object that the tag's ref names there."""
        ref = self.ask(lambda forge: forge.ref(self.repo, f"tags/{version.tag}"))
        return ref.object.sha if isinstance(ref, values.Ref) else ref

    def deregistered(self, version: Version) -> str | Unknown:
        """Whether a tag there deregisters the version, which this clone's tags don't; "" for no."""
        ref = self.ask(lambda forge: forge.ref(self.repo, f"tags/{version.deregistration}"))
        if isinstance(ref, Unknown):
            return ref
        # A lightweight tag says nothing, there as here.
        annotated = ref is not None and ref.object.type == "tag"
        return "on GitHub, by a tag that this clone lacks (git fetch --tags origin)" if annotated else ""

    def ledger(self, clone: Repository, here: History | None) -> History | Unknown | None:
        """The clone's ledger, and how it stands to the one there."""
        ref = self.ask(lambda forge: forge.ref(self.repo, f"heads/{LEDGER_BRANCH}"))
        if here is None:
            lacks = Unknown(f"this clone has no ledger: {FETCH_LEDGER}")
            return None if ref is None else lacks
        standing = ref if isinstance(ref, Unknown) else self._standing(clone, here, ref)
        return msgspec.structs.replace(here, remote=standing)

    def _standing(self, clone: Repository, here: History, ref: values.Ref | None) -> Standing | Unknown:
        if ref is None:
            return Standing.gone
        tip, there = here.tip, ref.object.sha
        if there == tip:
            return Standing.same
        if clone.resolve(there) is not None and not here.cut:
            return Standing.behind if clone.is_ancestor(tip, there) else Standing.apart
        ahead = self.ask(lambda forge: _ahead(forge, self.repo, tip, there))
        return ahead if isinstance(ahead, Unknown) else Standing.behind if ahead else Standing.apart

    def training(self, run: Run | None) -> Training | Unknown:
        """The CI run that the run names."""
        if run is None or not run.source.run_id:
            return Unknown("no CI run is named: somebody's own machine" if run else "no run is known")
        number = run.source.run_id
        found = self.ask(lambda forge: _or_none(lambda: forge.workflow_run(self.repo, number)))
        if found is None:
            return Unknown(f"GitHub no longer has the CI run {number} (it keeps them for some months)")
        if isinstance(found, Unknown):
            return found
        return Training(event=found.event, head=found.head_sha, conclusion=found.conclusion or "", url=found.html_url)

    def merged(self, commit: str) -> Merged | Unknown | None:
        """The pull request that brought this commit, and who reviewed it."""
        pull = self.ask(lambda forge: pulls.merging(forge, self.repo, commit))
        if not isinstance(pull, values.PullRequest):
            return pull
        return pulls.merged(self.repo, pull, self.ask(lambda forge: forge.reviews(self.repo, pull.number)))

    def release(self, version: Version) -> tuple[Release | Unknown | None, Signed | Unknown | Wrong | None]:
        """The published release with the digest of every file, each downloaded for it; and what its signature is."""
        found = self.ask(lambda forge: forge.release_by_tag(self.repo, version.tag))
        if not isinstance(found, values.Release):
            return found, None
        there = self.ask(lambda forge: forge.release_assets(self.repo, found.id))
        if isinstance(there, Unknown):
            return there, None
        with tempfile.TemporaryDirectory(dir=self.folder) as made:
            folder = Path(made)
            assets = tuple(self._asset(version, asset, folder) for asset in there)
            texts = {
                name: (folder / name).read_bytes()
                for name in _READ
                if (folder / name).is_file() and (folder / name).stat().st_size <= MAX_TEXT
            }
            signature = self._signature(folder, assets)
        release = Release(
            tag=found.tag_name,
            published=found.published_at or "an unknown day",
            immutable=found.immutable,
            assets=assets,
            texts=texts,
        )
        return release, signature

    def _asset(self, version: Version, asset: values.ReleaseAsset, folder: Path) -> Asset:
        log_line(f"{version.tag}: {asset.name}, {asset.size} bytes")
        file = folder / names.asset(asset.name)
        digest = self.ask(lambda forge: _digest(forge, self.repo, asset, file))
        if not self._is_needed(asset.name):
            file.unlink(missing_ok=True)
        return Asset(name=asset.name, stated=asset.digest or "", sha256=digest)

    def _is_needed(self, name: str) -> bool:
        """Whether a file is looked at again: models only where a signature over them is verified."""
        return name in _READ or self.trust is not None

    def _signature(self, folder: Path, assets: tuple[Asset, ...]) -> Signed | Unknown | Wrong | None:
        """Whether the signature holds over the files that it names; what couldn't be had proves nothing against it."""
        if self.trust is None or all(asset.name != SIGNATURE_FILE for asset in assets):
            return None
        lacking = next((asset.sha256 for asset in assets if isinstance(asset.sha256, Unknown)), None)
        return lacking or verify(self.trust, folder, SIGNATURE_FILE)


def _digest(forge: Forge, repo: str, asset: values.ReleaseAsset, file: Path) -> str:
    forge.download_asset(repo, asset, file, LARGEST_ASSET)
    return sha256(file)


def _ahead(forge: Forge, repo: str, base: str, head: str) -> bool:
    """Whether `head` only adds commits to `base`; a `base` that is unknown there is one that was lost."""
    compared = _or_none(lambda: forge.compare(repo, base, head))
    return compared is not None and compared.behind_by == 0


def _or_none(question: Callable[[], T]) -> T | None:
    try:
        return question()
    except NotFound:
        return None
