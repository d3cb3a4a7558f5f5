"""Which object a path stands for, by the files that DVC writes."""

import pytest

from merganser.errors import DataError
from merganser.storage.pointers import Pointer, pointer_at

MD5, OTHER = "0cc175b9c0f1b6a831c399e269772661", "92eb5ffee6ae2fec3ad71c777531578f"
FILES = {
    "data/holdout.csv.dvc": f"outs:\n- md5: {MD5}\n  size: 9\n  hash: md5\n  path: holdout.csv\n  remote: sealed\n",
    "data/old.csv.dvc": f"outs:\n- md5: {MD5}\n  path: old.csv\n",
    "folder.dvc": f"outs:\n- md5: {MD5}.dir\n  size: 20\n  nfiles: 2\n  hash: md5\n  path: folder\n",
    "elsewhere/x.csv.dvc": f"wdir: ../data\nouts:\n- md5: {MD5}\n  hash: md5\n  path: x.csv\n",
    "made/dvc.lock": (
        "schema: '2.0'\nstages:\n"
        f"  a: {{cmd: a, outs: [{{path: a.csv, hash: md5, md5: {MD5}, size: 1}}]}}\n"
        f"  b: {{cmd: b, outs: [{{path: b.csv, hash: md5, md5: {OTHER}, size: 2}}]}}\n  c: {{cmd: c}}\n"
    ),
    "made/dvc.yaml": "stages: {a: {cmd: a, outs: [a.csv]}, b: {cmd: b, wdir: deep, outs: [b.csv]}}\n",
    "bad/md5.csv.dvc": "outs:\n- md5: ../../etc\n  path: md5.csv\n",
    "bad/inside.dvc": f"outs:\n- md5: {MD5}\n  path: inside\n",
    "bad/yaml.csv.dvc": "outs: [\n",
    "bad/shape.csv.dvc": "outs: {path: 1}\n",
    "bad/list.csv.dvc": "- 1\n",
}


def found(path: str) -> Pointer | None:
    return pointer_at(path, lambda name: FILES[name].encode() if name in FILES else None)


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("data/holdout.csv", Pointer(md5=MD5, size=9, remote="sealed")),
        ("data/old.csv", Pointer(md5=MD5, legacy=True)),
        ("folder", Pointer(md5=f"{MD5}.dir", size=20)),
        ("folder/a/b.csv", Pointer(md5=f"{MD5}.dir", size=20, below="a/b.csv")),
        ("made/a.csv", Pointer(md5=MD5, size=1)),
        ("made/deep/b.csv", Pointer(md5=OTHER, size=2)),
        ("made/b.csv", None),
        ("data/nowhere.csv", None),
        ("elsewhere/x.csv", None),
        ("bad/shape.csv", None),
        ("bad/list.csv", None),
    ],
)
def test_a_path_is_an_object_or_not_tracked(path: str, pointer: Pointer | None) -> None:
    assert found(path) == pointer


@pytest.mark.parametrize("path", ["bad/md5.csv", "bad/inside/x.csv", "bad/yaml.csv"])
def test_what_is_no_pointer_is_an_error(path: str) -> None:
    with pytest.raises(DataError) as refused:
        found(path)
    assert path.split("/")[1].split(".")[0] in refused.value.message
