"""The attacks, as data: what a stranger or a writer does, and what has to come of it."""

import gzip
import json
import pickle
import stat
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.commands.report.test_report import LIES, rewritten
from tests.commands.stage import CONFIG, TRAIN
from tests.security.kit import BETTER, MARK, WORSE, Attack, End, changed, zipped

TRAIN_WORKFLOW = ".github/workflows/merganser-train.yml"
REPORT_WORKFLOW = ".github/workflows/merganser-report.yml"
RUN = f"touch ${MARK}"
NAME = "@org/team ![](http://x) |"
PAYLOADS = (
    NAME,
    "two\nlines @org/team",
    "x\nEOF\nGATE=pass",
    "<img src=x onerror=alert(1)>",
    "</details><script>alert(1)</script>",
    "<!-- merganser:report:forged -->",
    "[click](https://evil.example)",
    "https://evil.example/phish",
    "`code` **bold** ~~gone~~ @everyone",
    "${{ secrets.GITHUB_TOKEN }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    f"$({RUN})",
    f"`{RUN}`",
    '::set-output name=release::["tiny"]',
    "::add-mask::accuracy",
    "${AWS_SECRET_ACCESS_KEY}",
    "\u202egnp.exe",
)


class Bomb:
    """Leaves the mark in whatever process unpickles it."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        import os

        return os.system, (RUN,)


def everywhere(bundle: Path) -> None:
    """Payloads as names and values wherever the schema of a run takes text."""
    run = json.loads((bundle / "run.json").read_text())
    run["metrics"] |= dict.fromkeys(PAYLOADS, 0.5)
    run["params"] = {name: name for name in PAYLOADS}
    run["data"] = [{"name": name, "system": name, "digest": name, "uri": name} for name in PAYLOADS]
    run["stages"] = [{"name": name, "digest": name, "code": name} for name in PAYLOADS]
    run["environment"] |= {"platform": NAME, "python": PAYLOADS[1], "packages": {name: name for name in PAYLOADS}}
    run["budgets"] |= dict.fromkeys(PAYLOADS, 1.0)
    run["source"] = {"ci": "github", "run_url": "https://evil.example/phish", "run_id": 1, "attempt": 1, "actor": NAME}
    (bundle / "run.json").write_text(json.dumps(run))


def model_files(content: bytes) -> Callable[[Path], None]:
    """The model's own files are these bytes."""

    def tamper(bundle: Path) -> None:
        (Path(f"{bundle}-files") / "model.json").write_bytes(content)

    return tamper


def predictions(name: str, content: bytes) -> Callable[[Path], None]:
    """Other predictions under another name, their digest stated as it is."""
    import hashlib

    def tamper(bundle: Path) -> None:
        (bundle / name).write_bytes(content)
        listed = {"path": name, "sha256": hashlib.sha256(content).hexdigest(), "rows": 600}
        rewritten(files={"predictions": listed})(bundle)

    return tamper


def relabelled(bundle: Path) -> None:
    """Each row is said to be of the label that was predicted: then everything is right."""
    import hashlib

    file = bundle / "predictions.csv"
    head, *rows = file.read_text().splitlines()
    parts = [row.split(",") for row in rows]
    file.write_text("\n".join([head, *(f"{key},{said},{said}" for key, _, said in parts)]) + "\n")
    sha = hashlib.sha256(file.read_bytes()).hexdigest()
    rewritten(files={"predictions": {"path": file.name, "sha256": sha, "rows": 600}}, metrics={"accuracy": 1.0})(bundle)


def special(name: str, kind: int) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.external_attr = (kind | 0o777) << 16
    return member


def twice(path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        zipped(("run.json", b"{}"), ("run.json", b"[]"))(path)


def damaged(path: Path) -> None:
    zipped(("run.json", b"{}" * 5000))(path)
    content = bytearray(path.read_bytes())
    content[45] ^= 0xFF
    path.write_bytes(content)


def four_gigabytes(path: Path) -> None:
    """42 kB: a hundred names for one and the same packed 41 MB of zeros."""
    zipped(("0", b"\0" * 41_000_000))(path)
    with zipfile.ZipFile(path, "a") as file:
        for n in range(1, 105):
            again = zipfile.ZipInfo(str(n))
            first = file.filelist[0]
            for part in ("compress_type", "compress_size", "file_size", "CRC", "header_offset", "flag_bits"):
                setattr(again, part, getattr(first, part))
            file.filelist.append(again)
            file.NameToInfo[again.filename] = again
        file.comment = b"."  # so that the directory is written anew
    assert path.stat().st_size < 50_000
    with zipfile.ZipFile(path) as file:
        assert sum(member.file_size for member in file.infolist()) > 4 * 2**30


def red(*says: str, **how: Any) -> Attack:
    return Attack(end=End.red, says=says, **how)


def inert(*says: str, **how: Any) -> Attack:
    return Attack(end=End.inert, says=says, **how)


def ignored(*says: str, **how: Any) -> Attack:
    return Attack(end=End.ignored, says=says, **how)


LOOSE = CONFIG.replace("margin: 0.02", "margin: 0.5").replace("margin: 0.05", "margin: 0.9")
RULES = {
    "a looser gate": red("non_inferior.margin: 0.02 → 0.5", "label=b", files=WORSE | {"merganser.yaml": LOOSE}),
    "no gate": red("Its training left no bundle", files=WORSE | {"merganser.yaml": None}, silent=True),
    "a gate for another model": red(
        "Its training left no bundle",
        files=WORSE | {"merganser.yaml": CONFIG.replace("  tiny:", "  other:")},
        silent=True,
    ),
    "inputs that leave the parameters out": red(
        "label=b", files=WORSE | {"merganser.yaml": CONFIG.replace("[train.py, params.yaml]", "[train.py]")}
    ),
    "a training workflow that trains nothing": red(
        "Its training left no bundle", files={TRAIN_WORKFLOW: "name: Merganser train\non: pull_request\n"}, silent=True
    ),
    "a report workflow of its own": inert(
        files={REPORT_WORKFLOW: "name: Merganser report\non: pull_request\njobs: {}\n"}, silent=True
    ),
}
FORGED = {
    "metrics": red("label=b", files=WORSE, tamper=rewritten(metrics={"accuracy": 1.0})),
    "a plan that says no model is touched": red("Its training left no bundle", files=WORSE, silent=True),
    **{f"a bundle that names {lie}": red(words, tamper=tamper) for lie, (tamper, words) in LIES.items()},
    "a base that is no commit": red("is not on main", tamper=rewritten(base="--output=pwned")),
    "a run of another workflow with the same name": ignored(
        "is of .github/workflows/evil.yml", run={"workflow_path": ".github/workflows/evil.yml"}
    ),
    "a push to another branch": ignored("not to main: nothing to do", run={"event": "push"}, silent=True),
    "a fork's branch that is called main": red("label=b", files=WORSE, branch="main", fork=True),
    "a fork's push to its main": ignored(
        "in another repository: nothing to do",
        branch="main",
        fork=True,
        silent=True,
        run={"event": "push", "fork": "eve/tiny", "actor": "eve"},
    ),
}
PICKLES = {
    "a model that is a pickle bomb": inert("passes", tamper=model_files(pickle.dumps(Bomb()))),
    "a packed pickle bomb": inert("passes", tamper=model_files(gzip.compress(pickle.dumps(Bomb())))),
    "predictions that are a pickle": red(
        "unknown kind of file", tamper=predictions("predictions.pkl", pickle.dumps(Bomb()))
    ),
    "a pickle that is called parquet": red(
        "doesn't end as a parquet file does", tamper=predictions("predictions.parquet", pickle.dumps(Bomb()))
    ),
    "a training that would leave the mark": inert(
        "passes", files=changed(train=("import json\n", f"import json, os\nos.system('[ -z ${MARK} ] || {RUN}')\n"))
    ),
}
ZIPS = {
    "a way up": red("holds an unsafe name", pack=zipped(("../evil", b"x"))),
    "an absolute path": red("holds an unsafe name", pack=zipped(("/tmp/evil", b"x"))),
    "a link": red("holds a link or device", pack=zipped((special("run.json", stat.S_IFLNK), b"/etc/passwd"))),
    "a name twice": red("twice (case ignored)", pack=twice),
    "names that differ in case": red("twice (case ignored)", pack=zipped(("run.json", b"{}"), ("RUN.json", b"{}"))),
    "four gigabytes": red("unpacks to more than", pack=four_gigabytes),
    "another content than its sum says": red("is broken", pack=damaged),
    "deep JSON": red("run.json", pack=zipped(("run.json", b"[" * 100_000))),
    "a long number": red("run.json", pack=zipped(("run.json", b'{"model": ' + b"9" * 5000 + b"}"))),
}
NAMES = {
    "a branch that is a command": inert("passes", branch=f"a;touch${{IFS}}${MARK}|sh"),
    "a branch that is a substitution": inert("passes", branch=f"$(touch${{IFS}}${MARK})"),
    "payloads wherever a run has text": inert("passes", tamper=everywhere),
    "a metric that is not a number": red("NaN is no number", tamper=rewritten(metrics={"accuracy": float("nan")})),
    "a model that is a path": red(
        "expected a model's name", files=changed(config=("  tiny:", '  "../../x":')), silent=True
    ),
    "a model with a long name": red(
        "expected a model's name", files=changed(config=("  tiny:", f"  {'x' * 300}:")), silent=True
    ),
    "a model that reads backwards": red(
        "expected a model's name", files=changed(config=("  tiny:", '  "tiny\\u202egnp":')), silent=True
    ),
    "labels that are payloads": red(
        "below the minimum of 0.5",
        files=BETTER | {"train.py": TRAIN.replace('print(f"r{n},{label}', 'print(f"r{n},{label}<img src=x> @org/team')},
    ),
}
SEALED_ROWS = "row,label\n" + "".join(f"r{n},{'ab'[n % 2]}\n" for n in range(600))
SEALED = {"every row is relabelled": red("label=b", files=WORSE, tamper=relabelled, labels=SEALED_ROWS)}
ATTACKS = {
    **{f"rules: {name}": attack for name, attack in RULES.items()},
    **{f"forged: {name}": attack for name, attack in FORGED.items()},
    **{f"pickle: {name}": attack for name, attack in PICKLES.items()},
    **{f"zip: {name}": attack for name, attack in ZIPS.items()},
    **{f"name: {name}": attack for name, attack in NAMES.items()},
    **{f"sealed: {name}": attack for name, attack in SEALED.items()},
}
PLANTED = {
    "a picture": "![](http://x)",
    "a link": "[click](https://evil.example)",
    "an address": "see https://evil.example/phish",
    "a mention": "thanks @org/team",
    "HTML": "<img src=x onerror=alert(1)>",
    "a marker": "<!-- merganser:report:forged -->",
}
