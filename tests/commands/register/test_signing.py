"""Signatures verify by the `model_signing` command itself, and nothing of a key is said."""

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from merganser.commands.register.signing import KEYLESS, PASSWORD, Signer, check_readable, sign, signer
from merganser.config import Signing
from merganser.errors import ConfigError, MerganserError
from merganser.forge.secret import Secret
from merganser.plan import Asset
from tests.registry.samples import sha256

PEM, PUBLIC = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
IDENTITY = {"ACTIONS_ID_TOKEN_REQUEST_URL": "http://127.0.0.1:9/", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "canary-token"}


def new_key(folder: Path, password: bytes = b"") -> Path:
    """A private key's file; the public one lies beside it as `public.pem`."""
    key = ec.generate_private_key(ec.SECP256R1())
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "key.pem").write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, lock))
    (folder / "public.pem").write_bytes(key.public_key().public_bytes(PEM, PUBLIC))
    return folder / "key.pem"


def verifies(folder: Path, public: Path) -> bool:
    """Whether the command itself takes `model.sig` for the files of a folder, as a release is downloaded."""
    command = ["verify", "key", str(folder), "--signature", str(folder / "model.sig"), "--public_key", str(public)]
    done = subprocess.run(
        [sys.executable, "-m", "model_signing", *command, "--ignore_unsigned_files"], capture_output=True, check=False
    )
    return done.returncode == 0


def downloaded(folder: Path, signature: bytes) -> Path:
    folder.mkdir()
    for name, content in (("a.bin", b"one"), ("b.json", b"two"), ("run.json", b"{}"), ("model.sig", signature)):
        (folder / name).write_bytes(content)
    return folder


def files(folder: Path) -> tuple[Asset, ...]:
    """One that lies on disk under another name, and one that is given."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "somewhere").write_bytes(b"one")
    return (
        Asset(name="a.bin", sha256=sha256(b"one"), size=3, path=str(folder / "somewhere")),
        Asset(name="b.json", sha256=sha256(b"two"), size=3, content=b"two"),
    )


@pytest.mark.parametrize("password", [b"", b"secret-canary"])
def test_a_signature_verifies_and_a_changed_byte_does_not(tmp_path: Path, password: bytes) -> None:
    key = new_key(tmp_path / "keys", password)
    by = signer(Signing.none, str(key), {PASSWORD: password.decode()})
    signature = sign(by, files(tmp_path / "in"), tmp_path / "work")
    there = downloaded(tmp_path / "there", signature)
    assert verifies(there, key.parent / "public.pem")
    (there / "a.bin").write_bytes(b"onf")
    assert not verifies(there, key.parent / "public.pem")
    (there / "a.bin").write_bytes(b"one")
    other = new_key(tmp_path / "others")
    assert not verifies(there, other.parent / "public.pem")
    assert (tmp_path / "in" / "somewhere").read_bytes() == b"one"


def test_two_signatures_of_the_same_differ(tmp_path: Path) -> None:
    by = Signer(how=Signing.key, key=new_key(tmp_path))
    assert sign(by, files(tmp_path / "in"), tmp_path / "1") != sign(by, files(tmp_path / "in"), tmp_path / "2")


@pytest.mark.parametrize(
    ("policy", "asked", "environ", "how"),
    [
        (Signing.none, "", {}, Signing.none),
        (Signing.none, "key.pem", {}, Signing.key),
        (Signing.key, "key.pem", {}, Signing.key),
        (Signing.keyless, "", IDENTITY, Signing.keyless),
        (Signing.none, "keyless", IDENTITY, Signing.keyless),
    ],
)
def test_who_signs(policy: Signing, asked: str, environ: dict[str, str], how: Signing) -> None:
    assert signer(policy, asked, environ).how is how


@pytest.mark.parametrize(
    ("policy", "asked", "environ", "said"),
    [
        (Signing.key, "", {}, "no key was given"),
        (Signing.key, "keyless", IDENTITY, "signed by key, and --sign asks for keyless"),
        (Signing.keyless, "key.pem", IDENTITY, "signed by keyless, and --sign asks for key"),
        (Signing.keyless, "", {}, "needs the identity of a workflow"),
        (Signing.none, "keyless", {"ACTIONS_ID_TOKEN_REQUEST_URL": "http://x"}, "needs the identity of a workflow"),
    ],
)
def test_who_does_not(policy: Signing, asked: str, environ: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        signer(policy, asked, environ)
    assert said in refused.value.message
    assert refused.value.hint


def refusal(by: Signer, folder: Path) -> str:
    """All that a failure says, the hint included."""
    with pytest.raises(MerganserError) as refused:
        sign(by, files(folder / "in"), folder / "work")
    return f"{refused.value.message} {refused.value.hint}"


def test_what_is_no_key_says_nothing_of_its_content(tmp_path: Path) -> None:
    locked = new_key(tmp_path / "locked", b"secret-canary")
    for number, by in enumerate(
        (
            Signer(how=Signing.key, key=locked, password=Secret("wrong-canary")),
            Signer(how=Signing.key, key=locked),
            Signer(how=Signing.key, key=_rsa(tmp_path)),
            Signer(how=Signing.key, key=_junk(tmp_path)),
        )
    ):
        said = refusal(by, tmp_path / str(number))
        assert "can't sign" in said
        assert "canary" not in said
        assert "PRIVATE" not in said
    assert "canary" not in repr(Signer(how=Signing.key, key=locked, password=Secret("wrong-canary")))


def test_a_key_that_cannot_be_read_is_told_before_anything_is_signed(tmp_path: Path) -> None:
    check_readable("")
    check_readable(KEYLESS)
    check_readable(str(new_key(tmp_path)))
    for there, said in ((tmp_path / "none.pem", "is no file"), (tmp_path, "can't be read: Is a directory")):
        with pytest.raises(ConfigError) as refused:
            check_readable(str(there))
        assert refused.value.message == f"--sign: {str(there)!a} {said}"


def _rsa(folder: Path) -> Path:
    key = rsa.generate_private_key(65537, 2048)
    file = folder / "rsa.pem"
    file.write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return file


def _junk(folder: Path) -> Path:
    file = folder / "junk.pem"
    file.write_text("-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n")
    return file
