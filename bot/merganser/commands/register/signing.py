"""Signs a version's files by OpenSSF model signing: with a key of one's own, or by the workflow's identity (Sigstore).

What the library says of a failure is not passed on: nothing of a key, a password or a token may stand in a log.
"""

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from merganser.config import Signing
from merganser.errors import ConfigError, ForgeError
from merganser.forge.secret import Secret
from merganser.plan import Asset

KEYLESS = "keyless"
VARIABLE = "MERGANSER_SIGN"
PASSWORD = "MERGANSER_SIGN_PASSWORD"  # noqa: S105 - the variable's name
_IDENTITY = ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Who is to sign: the file of a key, `keyless`, or "" for whom the configuration names.

    A dry run asks Sigstore for nothing, since whatever that signs stays on record.
    """

    by: str = ""
    dry_run: bool = False


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    """How to sign; `key` is the file of a private key in PEM, `password` its password if it has one."""

    how: Signing
    key: Path = Path()
    password: Secret = Secret("")


def check_readable(asked: str) -> None:
    """`ConfigError` where the key that is asked for can't be read, even if nothing turns out to be left to sign."""
    if asked in ("", KEYLESS):
        return
    try:
        with Path(asked).open("rb") as file:
            file.read(1)
    except OSError as wrong:
        raise _unreadable(Path(asked), wrong.strerror or "no reason was given") from wrong


def signer(policy: Signing, asked: str, environ: Mapping[str, str]) -> Signer:
    """Who signs: as asked for (a key's file, `keyless`, or ""), as far as the model's `release.sign` lets."""
    how = _asked(asked) if asked else policy
    if policy is not Signing.none and how is not policy:
        raise ConfigError(
            f"the model is signed by {policy.value}, and --sign asks for {how.value}", "Change one of the two."
        )
    if how is Signing.key and not asked:
        raise ConfigError(
            "release.sign: key: no key was given", f"Pass --sign KEY, or its file's name in the variable {VARIABLE}."
        )
    if how is Signing.keyless and not all(environ.get(name) for name in _IDENTITY):
        raise ConfigError(
            "signing without a key needs the identity of a workflow, and there is none",
            "Give the job the permission `id-token: write`; on your own machine pass --sign KEY.",
        )
    if how is Signing.key:
        return Signer(how=how, key=Path(asked), password=Secret(environ.get(PASSWORD, "")))
    return Signer(how=how)


def sign(by: Signer, files: Iterable[Asset], folder: Path) -> bytes:
    """The signature over the files, as they lie in one folder under their names; `folder` is ours for that.

    It is made anew each time, so two of the same files differ.
    """
    import model_signing

    model, signature = folder / "model", folder / "model.sig"
    model.mkdir(parents=True)
    for file in files:
        _lay(file, model / file.name)
    config = model_signing.signing.Config()  # type: ignore[no-untyped-call]
    try:
        if by.how is Signing.key:
            # Its signature asks for text, but it hands the password on to a library that takes bytes alone.
            password = by.password.reveal().encode() or None
            config.use_elliptic_key_signer(private_key=by.key, password=password)  # type: ignore[arg-type]
        else:
            config.use_sigstore_signer(use_ambient_credentials=True)
        config.sign(model, signature)
    except Exception as wrong:
        raise _failed(by) from wrong
    return signature.read_bytes()


def _asked(asked: str) -> Signing:
    return Signing.keyless if asked == KEYLESS else Signing.key


def _lay(file: Asset, there: Path) -> None:
    """The bytes under their name: another name of the same file where the disk can, since models are large."""
    if not file.path:
        there.write_bytes(file.content)
        return
    try:
        os.link(file.path, there)
    except OSError:
        shutil.copyfile(file.path, there)


def _unreadable(key: Path, reason: str) -> ConfigError:
    says = f"can't be read: {reason}" if key.exists() else "is no file"
    return ConfigError(f"--sign: {str(key)[:200]!a} {says}", f"Pass a private key's file, by --sign or {VARIABLE}.")


def _failed(by: Signer) -> ConfigError | ForgeError:
    if by.how is Signing.keyless:
        return ForgeError("Sigstore gave no signature", "Run the command again; look at https://status.sigstore.dev.")
    return ConfigError(
        f"--sign: {str(by.key)[:200]!a} can't sign",
        f"It has to be an elliptic-curve key (P-256, P-384, P-521) in PEM, its password in {PASSWORD} if it has one.",
    )
