"""Which link tells of what: an honest version whose facts are changed one at a time, and the links that break."""

import base64
import functools
import json
from typing import Any

import msgspec
import pytest

from merganser.config import Signing, Waiver
from merganser.documents import dump_json
from merganser.evaluation.verdict import RunRef, Status, Verdict
from merganser.plan import Asset as Published
from merganser.plan import Conclusion
from merganser.registry.assets import SUMS_FILE, release_assets, sums
from merganser.registry.audit.chain import chain
from merganser.registry.audit.facts import (
    Asset,
    Deployment,
    Facts,
    History,
    Merged,
    Release,
    Review,
    Rewrite,
    Signed,
    Source,
    Standing,
    TagObject,
    Training,
)
from merganser.registry.audit.links import Chain, State, Unknown, Wrong, broken_links, open_links
from merganser.registry.elsewhere import Pointer
from merganser.registry.ledger import VerdictRecord, read_verdict, verdict_record
from merganser.run import Artifact, BundleFile, artifact_digest
from tests.registry.samples import (
    COMMIT,
    DIGEST,
    ELSEWHERE,
    MODEL_BYTES,
    OTHER,
    PREDICTION_BYTES,
    check,
    evidence,
    record,
    run,
    sha256,
    subject,
    verdict,
    version,
)
from tests.registry.test_lifting import FAILED, cancellation, grounds, override

RECORD = record()
MESSAGE = f"Registering artifact digits version v0.1.0\n\nInputs-Digest: {DIGEST}\nLedger: {RECORD.path}\n"
BY_HAND = "Registering artifact digits version v0.1.0"
MODEL = artifact_digest(RECORD.run.artifacts)
AWAY = Unknown("no network")
HEAD = "5e" * 20


def judged(of: Verdict | None = None) -> VerdictRecord:
    return read_verdict(*verdict_record(of or verdict(), RunRef(id=12, attempt=1)))


@functools.cache
def honest() -> dict[str, bytes]:
    """What registering really writes, by name."""
    files = {"digits.joblib": MODEL_BYTES, "predictions.parquet": PREDICTION_BYTES}
    return {asset.name: asset.content or files[asset.name] for asset in release_assets(subject(), evidence())}


def released(**changed: bytes | None) -> Release:
    """A release with other or no bytes for some names; the sums stay those of the honest bytes."""
    there = {name: data for name, data in {**honest(), **changed}.items() if data is not None}
    assets = tuple(Asset(name=n, stated=f"sha256:{sha256(d)}", sha256=sha256(d)) for n, d in there.items())
    return Release(tag="digits@v0.1.0", published="2026-11-24", immutable=True, assets=assets, texts=there)


def with_sums(release: Release) -> Release:
    """The same with sums that fit: the work of someone thorough."""
    files = [a for a in release.assets if a.name not in (SUMS_FILE, "model.sig")]
    text = sums(Published(name=a.name, sha256=str(a.sha256), size=1) for a in files)
    return msgspec.structs.replace(
        release,
        assets=(*files, Asset(name=SUMS_FILE, stated="", sha256=sha256(text))),
        texts={**release.texts, SUMS_FILE: text},
    )


def history(**fields: Any) -> History:
    return History(**{"tip": "ab" * 20, "commits": 3, "records": 6, "remote": Standing.same, **fields})


def tag(message: str = MESSAGE, remote: str | Unknown | None = "0f" * 20) -> TagObject:
    return TagObject(
        object="0f" * 20, named="digits@v0.1.0", remote=remote, message=message, tagger="merganser[bot]",
        date="2026-11-24",
    )  # fmt: skip


def review(by: str = "grace", **fields: Any) -> Review:
    given = {"state": "APPROVED", "association": "MEMBER", "commit": HEAD, "at": "2026-11-23", **fields}
    return Review(by=by, **given)


def merged(**fields: Any) -> Merged:
    given: dict[str, Any] = {
        "repo": "acme/digits",
        "number": 7,
        "branch": "better",
        "head_repo": "acme/digits",
        "head": HEAD,
        "author": "ada",
        "by": "grace",
        "at": "2026-11-24",
        "reviews": (review(),),
        **fields,
    }
    return Merged(**given)


def deployment(**fields: Any) -> Deployment:
    given: dict[str, Any] = {
        "environment": "staging",
        "path": "staging/digits/release.yaml",
        "repo": "acme/digits",
        "tag": "digits@v0.1.0",
        "commit": COMMIT,
        "inputs_digest": DIGEST,
        "digest": MODEL,
        "uri": "s3://models/digits",
        "brought_by": ELSEWHERE,
        "merged": merged(branch="merganser/staging/digits"),
        **fields,
    }
    return Deployment(**given)


def facts(**fields: Any) -> Facts:
    given: dict[str, Any] = {
        "repo": "acme/digits",
        "version": version("0.1.0", commit=COMMIT, inputs_digest=DIGEST),
        "tag": tag(),
        "ledger": history(),
        "record": RECORD,
        "verdicts": (judged(),),
        "source": Source(inputs=DIGEST, trained_inputs=DIGEST, locked={"data/train.csv": "md5:0123"}),
        "training": Training(event="local", head=RECORD.run.head, conclusion="success", url="https://example.org/1"),
        "merged": merged(),
        "release": released(),
        **fields,
    }
    return Facts(**given)


def gto(**fields: Any) -> Facts:
    """A version from before Merganser: a tag, and nothing that speaks of it."""
    return facts(
        **{
            "version": version("0.1.0", commit=COMMIT),
            "tag": tag(BY_HAND),
            "ledger": None,
            "record": None,
            "verdicts": (),
            "source": Source(inputs=Unknown("no model digits"), trained_inputs=Unknown("no run is known")),
            "training": Unknown("no run is known"),
            "merged": None,
            "release": None,
            **fields,
        }
    )


def of_state(made: Chain, state: State) -> set[str]:
    return {f"{s.name}/{link.name}" for s in made.sections for link in s.links if link.state is state}


def test_all_links_of_an_honest_version_hold() -> None:
    made = chain(facts(deployment=deployment(), signature=Signed("acme.pub")))
    assert of_state(made, State.broken) == set()
    assert of_state(made, State.unverifiable) == {"environment staging/served bytes", "evidence/model.sig"}
    assert broken_links([made]) == 0
    assert [section.name for section in made.sections] == [
        "environment staging", "tag", "ledger", "run", "verdict", "release", "evidence", "people"
    ]  # fmt: skip


def test_a_version_of_gtos_is_unverifiable_and_not_broken() -> None:
    made = chain(gto())
    assert of_state(made, State.broken) == set()
    assert of_state(made, State.verified) == {"tag/annotated", "tag/standing", "tag/on GitHub"}
    assert chain(gto(tag=tag(BY_HAND, None))).links()[4].says.endswith("git push origin digits@v0.1.0")


def altered_run() -> bytes:
    return json.dumps({**msgspec.to_builtins(run(metrics={"accuracy": 1.0}))}).encode()


def edited(name: str, old: str, new: str) -> bytes:
    text = released().texts[name].decode()
    assert old in text
    return text.replace(old, new).encode()


def signed(files: dict[str, str], algorithm: str = "sha256") -> bytes:
    """As the library writes it; its own are in the tests of the command."""
    resources = [{"name": name, "algorithm": algorithm, "digest": digest} for name, digest in files.items()]
    payload = base64.b64encode(json.dumps({"predicate": {"resources": resources}}).encode()).decode()
    return json.dumps({"dsseEnvelope": {"payload": payload}}).encode()


def release_but(name: str, **fields: Any) -> Release:
    release = released()
    assets = tuple(msgspec.structs.replace(a, **fields) if a.name == name else a for a in release.assets)
    return msgspec.structs.replace(release, assets=assets)


def out_of_use(said: str | Unknown) -> TagObject:
    return msgspec.structs.replace(tag(), deregistered=said)


FAILING = judged(verdict(FAILED, conclusion=Conclusion.failure))
PROFILED = run(files={**run().files, "profile": BundleFile(path="profile.json", sha256="0" * 64)})
SIGNED = {"digits.joblib": sha256(MODEL_BYTES)}
SIGNATURE = signed(SIGNED)
BROKEN: list[tuple[str, dict[str, Any], set[str]]] = [
    ("tag moved", {"version": version("0.1.0", commit=ELSEWHERE, inputs_digest=DIGEST)}, {"tag/commit"}),
    ("tag of other inputs", {"version": version("0.1.0", commit=COMMIT, inputs_digest=OTHER)}, {"tag/inputs named"}),
    ("tag made again on GitHub", {"tag": tag(remote="1e" * 20)}, {"tag/on GitHub"}),
    ("tag gone from GitHub", {"tag": tag(remote=None)}, {"tag/on GitHub"}),
    ("by hand on other inputs", {"tag": tag(BY_HAND), "source": Source(inputs=OTHER, trained_inputs=DIGEST),
     "version": version("0.1.0", commit=ELSEWHERE)}, {"tag/commit", "run/inputs"}),
    ("tag under another name", {"tag": msgspec.structs.replace(tag(), named="digits@v0.0.9")}, {"tag/annotated"}),
    ("deregistered and deployed", {"tag": out_of_use("by ada on 2026-11-25"), "deployment": deployment()},
     {"tag/standing"}),
    ("record of another model", {
        "version": version("0.1.0", model="fraud", tag="fraud@v0.1.0", commit=COMMIT, inputs_digest=DIGEST),
        "tag": msgspec.structs.replace(tag(), named="fraud@v0.1.0"), "release": AWAY}, {"ledger/record"}),
    ("ledger gone", {"ledger": None}, {"ledger/branch"}),
    ("ledger gone from GitHub", {"ledger": history(remote=Standing.gone)}, {"ledger/on GitHub"}),
    ("ledger replaced there", {"ledger": history(remote=Standing.apart)}, {"ledger/on GitHub"}),
    ("ledger replaced here", {"ledger": history(dropped=("cd" * 20,))}, {"ledger/as seen before"}),
    ("record changed", {"ledger": history(rewrites=(Rewrite("ef" * 20, "changed", RECORD.path),))},
     {"ledger/only added to"}),
    ("two records changed", {"ledger": history(rewrites=(Rewrite("ef" * 20, "deleted", "a"),) * 2)},
     {"ledger/only added to"}),
    ("verdict forged", {"ledger": history(forged=("verdicts/digits/x.json",))}, {"ledger/contents"}),
    ("record gone", {"record": None, "verdicts": ()}, {"ledger/record"}),
    ("record unreadable", {"record": Wrong("its content speaks of another"), "verdicts": ()}, {"ledger/record"}),
    ("run edited", {"release": with_sums(released(**{"run.json": altered_run()}))}, {"run/run.json"}),
    ("run unreadable", {"release": with_sums(released(**{"run.json": b"{}"}))}, {"run/run.json"}),
    ("other inputs at the commit", {"source": Source(inputs=OTHER, trained_inputs=DIGEST)}, {"run/inputs"}),
    ("other inputs trained", {"source": Source(inputs=DIGEST, trained_inputs=OTHER)}, {"run/trained tree"}),
    ("other data", {"source": Source(inputs=DIGEST, trained_inputs=DIGEST, tracked={"data/train.csv": "md5:9"})},
     {"run/data data/train.csv"}),
    ("another CI run", {"training": Training(event="push", head=ELSEWHERE, conclusion="success", url="u")},
     {"run/trained"}),
    ("no verdict", {"verdicts": ()}, {"verdict/recorded"}),
    ("verdict unreadable", {"verdicts": (Wrong("its content was changed"),)}, {"verdict/recorded"}),
    ("a second one unreadable", {"verdicts": (judged(), Wrong("its content was changed"))}, {"verdict/recorded"}),
    ("verdict edited", {"release": with_sums(released(**{"verdict.json": edited("verdict.json", "0.97", "0.99")}))},
     {"verdict/verdict.json"}),
    ("verdict.json unreadable", {"release": with_sums(released(**{"verdict.json": b"[]"}))}, {"verdict/verdict.json"}),
    ("gate said no", {"verdicts": (FAILING,), "release": AWAY}, {"verdict/passed"}),
    ("gate said no, nobody overrode", {"verdicts": (FAILING,), "release": AWAY, "grounds": grounds(overrides=())},
     {"verdict/passed"}),
    ("overrides unreadable", {"verdicts": (FAILING,), "release": AWAY, "grounds": Wrong("no record")},
     {"verdict/passed"}),
    ("no release", {"release": None}, {"release/published"}),
    ("no sums", {"release": released(SHA256SUMS=None)}, {"release/SHA256SUMS"}),
    ("sums unreadable", {"release": released(SHA256SUMS=b"0 a b")}, {"release/SHA256SUMS"}),
    ("asset gone", {"release": released(**{"model-card.md": None})}, {"release/model-card.md"}),
    *((f"{name} gone, from the sums too", {"release": with_sums(released(**{name: None}))}, {f"release/{name}"})
      for name in ("run.json", "verdict.json", "model-card.md", "bom.cdx.json", "provenance.intoto.json")),
    ("profile gone, from the sums too", {"record": record(PROFILED), "release": with_sums(released(**{
        "run.json": dump_json(PROFILED)}))}, {"release/profile.json"}),
    ("model gone", {"release": released(**{"digits.joblib": None})},
     {"release/digits.joblib", "release/model file models/digits.joblib"}),
    ("asset added", {"release": released(**{"setup.sh": b"evil"})}, {"release/setup.sh"}),
    ("bytes changed", {"release": released(**{"model-card.md": b"better"})}, {"release/model-card.md"}),
    ("bytes served otherwise", {"release": release_but("model-card.md", sha256="0" * 64)}, {"release/model-card.md"}),
    ("model changed, sums too", {"release": with_sums(released(**{"digits.joblib": b"evil"}))},
     {"release/model file models/digits.joblib"}),
    ("predictions changed, sums too", {"release": with_sums(released(**{"predictions.parquet": b"evil"}))},
     {"release/evaluated predictions.parquet"}),
    ("pointer to another model", {"release": with_sums(released(**{
        "digits.joblib": None,
        "artifact.json": msgspec.json.encode(Pointer(uri="s3://m", digest=OTHER, files=())),
    }))}, {"release/model"}),
    ("pointer unreadable", {"release": with_sums(released(**{"digits.joblib": None, "artifact.json": b"1"}))},
     {"release/model"}),
    ("provenance of another model", {"release": with_sums(released(**{
        "provenance.intoto.json": edited("provenance.intoto.json", sha256(MODEL_BYTES), "0" * 64)}))},
     {"evidence/provenance.intoto.json"}),
    ("bill of another model", {"release": with_sums(released(**{
        "bom.cdx.json": edited("bom.cdx.json", "digits.joblib", "other.joblib")}))}, {"evidence/bom.cdx.json"}),
    ("bill unreadable", {"release": with_sums(released(**{"bom.cdx.json": b"{"}))}, {"evidence/bom.cdx.json"}),
    ("signature of another model", {"release": released(**{"model.sig": signed({"digits.joblib": "0" * 64})})},
     {"evidence/model.sig is over"}),
    ("signature of more", {"release": released(**{"model.sig": signed({**SIGNED, "b": ""})})},
     {"evidence/model.sig is over"}),
    ("signature by an unknown hash", {"release": released(**{"model.sig": signed({"digits.joblib": "0"}, "md5")})},
     {"evidence/model.sig is over"}),
    ("signature without base64", {"release": released(**{"model.sig": b'{"dsseEnvelope": {"payload": "*"}}'})},
     {"evidence/model.sig is over"}),
    ("signature gone", {"source": Source(inputs=DIGEST, trained_inputs=DIGEST, signing=Signing.key)},
     {"evidence/model.sig"}),
    ("signature of another key", {"release": released(**{"model.sig": SIGNATURE}), "signature": Wrong("not by us")},
     {"evidence/model.sig"}),
    ("deployed from elsewhere", {"deployment": deployment(repo="eve/digits")}, {"environment staging/repo"}),
    ("deployed commit", {"deployment": deployment(commit=ELSEWHERE)}, {"environment staging/commit"}),
    ("deployed inputs", {"deployment": deployment(inputs_digest=OTHER)}, {"environment staging/inputs"}),
    ("deployed model", {"deployment": deployment(digest=OTHER)}, {"environment staging/model"}),
    ("deployed by a push", {"deployment": deployment(merged=None)}, {"environment staging/deployed by"}),
    ("deployed by another pull request", {"deployment": deployment(merged=merged())},
     {"environment staging/deployed by"}),
    *((f"deployed from {fork or 'a deleted fork'}", {"deployment": deployment(merged=merged(
        branch="merganser/staging/digits", head_repo=fork))}, {"environment staging/deployed by"})
      for fork in ("eve/digits", "")),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "names"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_what_was_tampered_with_is_named(fields: dict[str, Any], names: set[str]) -> None:
    made = chain(facts(**fields))
    assert of_state(made, State.broken) == names
    assert broken_links([made, made]) == 2 * len(names)


OPEN: list[tuple[str, dict[str, Any], set[str]]] = [
    ("no network", {"tag": tag(remote=AWAY), "ledger": history(remote=AWAY), "training": AWAY, "merged": AWAY,
     "release": AWAY}, {"tag/on GitHub", "ledger/on GitHub", "run/trained", "people/merged", "people/approved",
     "release/published"}),
    ("no word on whether it counts", {"tag": out_of_use(AWAY)}, {"tag/standing"}),
    ("deregistered", {"tag": out_of_use("by ada on 2026-11-25")}, set()),
    ("no ledger here", {"ledger": AWAY, "record": None, "verdicts": ()},
     {"ledger/branch", "tag/commit", "tag/inputs named", "run/run.json", "verdict/recorded"}),
    ("an old ledger here", {"ledger": history(remote=Standing.behind), "record": None, "verdicts": ()},
     {"ledger/record", "tag/commit", "tag/inputs named", "run/run.json", "verdict/recorded"}),
    ("never seen before", {"ledger": history(dropped=AWAY)}, {"ledger/as seen before"}),
    ("a shallow ledger", {"ledger": history(cut=True)}, {"ledger/only added to"}),
    ("a release that may be changed", {"release": msgspec.structs.replace(released(), immutable=False)},
     {"release/SHA256SUMS"}),
    ("predictions not published", {"release": with_sums(released(**{"predictions.parquet": None}))}, set()),
    ("nothing fetched", {"source": Source(inputs=AWAY, trained_inputs=AWAY)},
     {"run/inputs", "run/trained tree", "run/data"}),
    ("a run that GitHub forgot", {"training": AWAY}, {"run/trained"}),
    ("assets that didn't come", {"release": release_but("digits.joblib", sha256=AWAY)},
     {"release/digits.joblib", "release/model file models/digits.joblib"}),
    ("pushed without a pull request", {"merged": None}, {"people/merged"}),
    ("no key", {"release": released(**{"model.sig": SIGNATURE})}, {"evidence/model.sig"}),
    ("Sigstore away", {"release": released(**{"model.sig": SIGNATURE}), "signature": AWAY}, {"evidence/model.sig"}),
    ("override that was taken back", {"verdicts": (FAILING,), "release": AWAY,
     "grounds": grounds(cancellations=(cancellation((999, 1)),))}, {"verdict/passed", "release/published"}),
    ("deployment nobody can tell of", {"deployment": deployment(merged=AWAY)},
     {"environment staging/deployed by", "environment staging/approved", "environment staging/served bytes"}),
    ("reviews nobody can tell of", {"merged": merged(reviews=AWAY)}, {"people/approved"}),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "names"), [row[1:] for row in OPEN], ids=[row[0] for row in OPEN])
def test_what_cannot_be_looked_at_is_open_and_not_broken(fields: dict[str, Any], names: set[str]) -> None:
    made = chain(facts(**fields))
    assert of_state(made, State.broken) == set()
    assert of_state(made, State.unverifiable) - {"evidence/model.sig"} == names - {"evidence/model.sig"}
    assert all(link.says for link in made.links())


def says(made: Chain, name: str) -> str:
    return next(
        link.says for section in made.sections for link in section.links if f"{section.name}/{link.name}" == name
    )


def test_a_person_who_tagged_a_later_commit_of_the_same_inputs() -> None:
    by_hand = facts(tag=tag(BY_HAND), version=version("0.1.0", commit=ELSEWHERE))
    assert of_state(chain(by_hand), State.broken) == set()
    assert "whose inputs are those" in says(chain(by_hand), "tag/commit")
    assert says(chain(by_hand), "ledger/record").endswith("found by its commit or inputs")


def test_how_a_version_stands_is_said() -> None:
    said = (facts(), facts(version=msgspec.structs.replace(facts().version, deprecated=True)),
            facts(tag=out_of_use("by ada on 2026-11-25")))  # fmt: skip
    assert [says(chain(one), "tag/standing") for one in said] == [
        "active",
        "active, of a model that is deprecated",
        "deregistered by ada on 2026-11-25: it no longer counts",
    ]


def test_a_strict_audit_counts_what_is_open_and_not_what_nobody_can_know() -> None:
    made = chain(
        facts(ledger=history(dropped=AWAY, remote=AWAY), deployment=deployment(), signature=Signed("acme.pub"))
    )
    assert of_state(made, State.unverifiable) == {
        "environment staging/served bytes", "ledger/as seen before", "ledger/on GitHub", "evidence/model.sig"
    }  # fmt: skip
    assert open_links([made]) == 2


def test_what_people_let_pass_has_their_names() -> None:
    overridden = chain(facts(verdicts=(FAILING,), release=AWAY, grounds=grounds(overrides=(override(),))))
    assert of_state(overridden, State.broken) == set()
    assert says(overridden, "verdict/overridden accuracy:min").startswith(
        "by grace: the seasonal dip (overrides/digits/"
    )
    waiver = Waiver(check="accuracy:min", reason="holidays", by="ada", until="2026-12-24")
    lenient = verdict(check(status=Status.waived, waiver=waiver), check("loss"))
    waived = chain(facts(verdicts=(judged(lenient),), release=AWAY))
    assert says(waived, "verdict/waived accuracy:min") == "by ada: holidays"


def test_a_release_of_somebody_elses_and_one_that_can_change() -> None:
    foreign = Release(tag="digits@v0.1.0", published="2026-11-24", immutable=False, assets=())
    made = chain(gto(release=foreign))
    assert of_state(made, State.broken) == set()
    assert "not immutable" in says(made, "release/published")
    assert says(made, "release/evidence") == "the release of digits@v0.1.0 holds none"
    no_repo = chain(gto(repo="", deployment=deployment(inputs_digest=OTHER)))
    assert of_state(no_repo, State.broken) == set(), "without a run nothing is known to compare with"
    assert {"environment staging/digests", "ledger/branch"} <= of_state(no_repo, State.unverifiable)


def test_a_run_that_only_the_release_knows_is_looked_at_all_the_same() -> None:
    made = chain(gto(release=released(), source=Source(inputs=OTHER, trained_inputs=DIGEST)))
    assert of_state(made, State.broken) == {"run/inputs"}
    assert {"run/run.json", "verdict/recorded"} <= of_state(made, State.unverifiable)


def test_a_repository_that_keeps_a_ledger_and_a_version_from_before_it() -> None:
    made = chain(gto(ledger=history()))
    assert of_state(made, State.broken) == set()
    assert says(made, "ledger/record").endswith("it was registered without Merganser")


def test_a_run_that_nobody_can_read() -> None:
    """Without a record the release's own run is all there is."""
    files = dict.fromkeys(("bom.cdx.json", "provenance.intoto.json"), None)
    made = chain(gto(release=with_sums(released(**files, **{"run.json": b"{}"}))))
    assert of_state(made, State.broken) == {"run/run.json"}


def test_a_model_that_lies_elsewhere() -> None:
    pointer = msgspec.json.encode(Pointer(uri="s3://models/digits", digest=MODEL, files=()))
    files = {"digits.joblib": None, "artifact.json": pointer, "model.sig": signed({"artifact.json": sha256(pointer)})}
    made = chain(facts(release=with_sums(released(**files))))
    assert of_state(made, State.broken) == set()
    assert says(made, "release/model") == f"{MODEL} at s3://models/digits, which is not read here"
    held = chain(facts(release=released(**{"model.sig": SIGNATURE}), signature=Signed("acme.pub")))
    assert says(held, "evidence/model.sig") == "it holds, by acme.pub"


def test_pins_are_told_apart() -> None:
    data = (*run().data, msgspec.structs.replace(run().data[0], name="extra.csv"))
    known = record(run(data=data))
    made = chain(facts(record=known, release=AWAY))
    assert "run/data" in of_state(made, State.verified) & of_state(made, State.unverifiable)
    bare = chain(facts(record=record(run(data=())), release=AWAY))
    assert says(bare, "run/data") == "the run read none beside what git holds"
    two = record(run(artifacts=(*run().artifacts, Artifact(path="b/digits.joblib", sha256="0" * 64, size=1))))
    assert of_state(chain(facts(record=two, release=AWAY)), State.broken) == set()


def test_who_is_not_named_is_said_to_be_nobody() -> None:
    nameless = msgspec.structs.replace(tag(), tagger="", date="")
    made = chain(facts(tag=nameless, merged=merged(by="", author="")))
    assert says(made, "tag/annotated").endswith("by nobody named on no day named")
    assert "merged by somebody whom GitHub no longer names" in says(made, "people/merged")
