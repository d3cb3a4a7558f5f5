"""What the release says of the model's files beside their sums: provenance, bill of materials and signature."""

import base64
import binascii
from collections.abc import Callable, Mapping

import msgspec

from merganser.config import Signing
from merganser.documents import load_json
from merganser.errors import DataError
from merganser.registry.assets import BOM_FILE, PROVENANCE_FILE, SIGNATURE_FILE, asset_names
from merganser.registry.audit.facts import Facts, Release, Signed
from merganser.registry.audit.links import Link, Section, Unknown, Wrong, broken, lacking, unverifiable, verified
from merganser.registry.audit.run import run_of
from merganser.registry.elsewhere import ARTIFACT_FILE
from merganser.run import Run


class _Digest(msgspec.Struct):
    sha256: str = ""


class _Subject(msgspec.Struct):
    name: str
    digest: _Digest


class _Statement(msgspec.Struct):
    """As much of an in-toto Statement as names the model's files."""

    subject: tuple[_Subject, ...]


class _Hash(msgspec.Struct):
    alg: str
    content: str


class _Part(msgspec.Struct):
    name: str
    hashes: tuple[_Hash, ...] = ()


class _Model(msgspec.Struct):
    components: tuple[_Part, ...] = ()


class _Metadata(msgspec.Struct):
    component: _Model


class _Bill(msgspec.Struct):
    """As much of a CycloneDX bill as names the model's files."""

    metadata: _Metadata


class _Resource(msgspec.Struct):
    name: str
    algorithm: str
    digest: str


class _Manifest(msgspec.Struct):
    resources: tuple[_Resource, ...]


class _Payload(msgspec.Struct):
    """As much of a signed model's manifest as names the files."""

    predicate: _Manifest


class _Envelope(msgspec.Struct):
    payload: str


class _Bundle(msgspec.Struct):
    dsseEnvelope: _Envelope  # noqa: N815 - Sigstore's own name


def evidence_section(facts: Facts) -> Section:
    """Empty where the release has none of it."""
    run, release = run_of(facts), facts.release
    if run is None or not isinstance(release, Release):
        return Section("evidence", ())
    return Section("evidence", (*_documents(release, run), *_signature(facts, release, run)))


def _documents(release: Release, run: Run) -> tuple[Link, ...]:
    readers = {PROVENANCE_FILE: _attested, BOM_FILE: _listed}
    there = {name: release.texts[name] for name in readers if name in release.texts}
    return tuple(_compared(name, _wanted(run), readers[name], text) for name, text in there.items())


def _wanted(run: Run) -> dict[str, str]:
    """SHA-256 of the model's files by the names that the release gives them."""
    names = asset_names([artifact.path for artifact in run.artifacts])
    return {names[artifact.path]: artifact.sha256 for artifact in run.artifacts}


def _attested(text: bytes) -> dict[str, str]:
    statement = load_json(text, PROVENANCE_FILE, _Statement)
    return {subject.name: subject.digest.sha256 for subject in statement.subject}


def _listed(text: bytes) -> dict[str, str]:
    parts = load_json(text, BOM_FILE, _Bill).metadata.component.components
    return {part.name: hash.content for part in parts for hash in part.hashes if hash.alg == "SHA-256"}


def _signed(text: bytes) -> dict[str, str]:
    envelope = load_json(text, SIGNATURE_FILE, _Bundle).dsseEnvelope
    try:
        payload = base64.b64decode(envelope.payload, validate=True)
    except binascii.Error as wrong:
        raise DataError(f"{SIGNATURE_FILE}: its payload is no base64: {wrong}") from wrong
    resources = load_json(payload, f"{SIGNATURE_FILE}: its payload", _Payload).predicate.resources
    return {resource.name: resource.digest for resource in resources if resource.algorithm == "sha256"}


def _compared(name: str, wanted: Mapping[str, str], read: Callable[[bytes], dict[str, str]], text: bytes) -> Link:
    """Whether a document names exactly the model's files with their digests."""
    try:
        found = read(text)
    except DataError as wrong:
        return broken(name, wrong.message)
    odd = sorted(one for one in {*wanted, *found} if wanted.get(one) != found.get(one))
    if odd:
        expected, other = (f"{odd[0]} {digests.get(odd[0], 'absent')}" for digests in (wanted, found))
        return broken(name, "it speaks of other files than the run made", expected, other)
    return verified(name, f"it names {', '.join(sorted(found)) or 'no file'} with the digests of the run")


def _signature(facts: Facts, release: Release, run: Run) -> tuple[Link, ...]:
    """What was signed, whoever signed it; then whether the signature holds for the key that the auditor trusts."""
    text = release.texts.get(SIGNATURE_FILE)
    if text is None and facts.ours and facts.source.signing is not Signing.none:
        says = f"the commit says release.sign: {facts.source.signing}, and the release is not signed"
        return (broken(SIGNATURE_FILE, says, "a signature", "none"),)
    if text is None:
        return (unverifiable(SIGNATURE_FILE, "the release is not signed"),)
    pointers = {asset.name: asset.sha256 for asset in release.assets if asset.name == ARTIFACT_FILE}
    wanted = {name: digest for name, digest in pointers.items() if isinstance(digest, str)}
    signed = _compared(f"{SIGNATURE_FILE} is over", wanted or _wanted(run), _signed, text)
    match facts.signature:
        case Signed(signer):
            return (signed, verified(SIGNATURE_FILE, f"it holds, by {signer}"))
        case Unknown() | Wrong():
            return (signed, lacking(SIGNATURE_FILE, facts.signature))
        case _:
            return (signed, unverifiable(SIGNATURE_FILE, "no key was given to verify it with (--key FILE)"))
