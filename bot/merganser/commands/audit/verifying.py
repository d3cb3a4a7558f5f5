"""Verifies OpenSSF model signatures, with a public key or for the identity of a workflow that signed without a key."""

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from merganser.errors import ConfigError
from merganser.registry.audit.facts import Signed
from merganser.registry.audit.links import Unknown, Wrong

if TYPE_CHECKING:
    from model_signing.verifying import Config

ACTIONS_ISSUER = "https://token.actions.githubusercontent.com"


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """Whose signatures are believed: a public key's file (PEM), or an identity that `issuer` vouched for."""

    key: Path | None = None
    identity: str = ""
    issuer: str = ""

    @property
    def spoken(self) -> str:
        return str(self.key) if self.key else f"{self.identity} ({self.issuer})"


def by_key(key: Path) -> Trust:
    """`ConfigError` where the file is no public key of a kind that signs models."""
    trust = Trust(key=key)
    try:
        _verifier(trust)
    except (ValueError, OSError) as wrong:
        raise ConfigError(
            f"--key: {str(key)[:200]!a} is no public key that models are signed with",
            "Pass an elliptic-curve public key (P-256, P-384, P-521) in PEM.",
        ) from wrong
    return trust


def by_identity(identity: str, issuer: str) -> Trust:
    """Such as `https://github.com/OWNER/NAME/.github/workflows/FILE@refs/heads/main`."""
    return Trust(identity=identity, issuer=issuer)


def verify(trust: Trust, folder: Path, name: str) -> Signed | Unknown | Wrong:
    """Whether the signature `name` in `folder` holds over the files there that it names, by whom we trust.

    Whether these are all of the model's files is another question: the signature itself says which they are.
    """
    try:
        verifier = _verifier(trust)
    except ModuleNotFoundError:
        raise  # what to install is said where the command ends
    except Exception as failed:
        return Unknown(f"what Sigstore's signatures are verified by can't be fetched ({type(failed).__name__})")
    try:
        with contextlib.redirect_stdout(sys.stderr):
            verifier.set_ignore_unsigned_files(ignore_unsigned_files=True).verify(folder, folder / name)
    except Exception as wrong:
        said = str(wrong).partition("\n")[0] or type(wrong).__name__
        return Wrong(f"it doesn't hold for {trust.spoken}: {said}")
    return Signed(trust.spoken)


def _verifier(trust: Trust) -> "Config":
    from model_signing.verifying import Config

    if trust.key is not None:
        return Config().use_elliptic_key_verifier(public_key=trust.key)  # type: ignore[no-untyped-call]
    return Config().use_sigstore_verifier(  # type: ignore[no-untyped-call]
        identity=trust.identity, oidc_issuer=trust.issuer
    )
