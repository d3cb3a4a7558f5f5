"""How a chain is drawn: a hand-written picture, and text that can't break out of it."""

import json

from merganser.registry.audit.links import Chain, Section, broken, unverifiable, verified
from merganser.report.audit import audit_json, audit_tree

CHAIN = Chain(
    "tiny@v0.1.0",
    (
        Section("tag", (verified("annotated", "by ada"), broken("commit", "it was moved", "c3c3", "d4d4"))),
        Section("release", (broken("model.json", "it is gone", "c3c3"), unverifiable("published", "no network"))),
    ),
)
TREE = """\
✗ tiny@v0.1.0: 1 verified, 1 unverifiable, 2 broken
├─ tag
│  ├─ ✓ annotated: by ada
│  └─ ✗ commit: it was moved
│        expected: c3c3
│        found:    d4d4
└─ release
   ├─ ✗ model.json: it is gone
   │     expected: c3c3
   └─ ? published: no network"""


def test_a_tree() -> None:
    assert audit_tree([CHAIN]) == TREE
    assert audit_tree([CHAIN, Chain("b", ())]) == f"{TREE}\n\nb: no link"


def test_digests_are_short_where_they_agree_and_whole_where_they_differ() -> None:
    commit, digest = "c3" * 20, "d4" * 32
    links = (verified("inputs", f"sha256:{digest} of {commit}, abcdef"), broken("commit", "moved", commit, digest))
    lines = audit_tree([Chain("x", (Section("tag", links),))]).splitlines()
    assert lines[2].endswith("inputs: sha256:d4d4d4d4d4d4… of c3c3c3c3c3c3…, abcdef")
    assert [line.split()[-1] for line in lines[4:]] == [commit, digest]


def test_text_of_others_stays_in_its_line() -> None:
    hostile = verified("a\x1b[2J", "b\n└─ ✓ all: is well\u202e")
    lines = audit_tree([Chain("x\ny", (Section("tag", (hostile,)),))]).splitlines()
    assert lines[0] == "x y: 1 verified"
    assert lines[2] == "   └─ ✓ a⟨U+001B⟩[2J: b └─ ✓ all: is well⟨U+202E⟩"
    assert len(lines) == 3


def test_json_has_every_link_and_counts_the_broken() -> None:
    said = json.loads(audit_json([CHAIN]))
    assert said["broken"] == 2
    (chain,) = said["chains"]
    assert (chain["subject"], chain["counts"]) == ("tiny@v0.1.0", {"verified": 1, "unverifiable": 1, "broken": 2})
    assert chain["sections"][0]["links"][1] == {
        "name": "commit", "state": "broken", "says": "it was moved", "expected": "c3c3", "found": "d4d4"
    }  # fmt: skip
