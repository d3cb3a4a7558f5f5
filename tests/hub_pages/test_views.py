"""The pure parts of pages: diffs, timelines, the merge box, filters, addresses."""

from typing import Any

import pytest

from merganser.hub.pages import files, merging, timeline
from merganser.hub.pages.addressing import find
from merganser.hub.pages.diff import MOST_LINES, Line, file_diff, numbered
from merganser.hub.pages.filling import headline, moment, size, symbol, tone
from merganser.hub.pages.linking import Place, image, outward

PLACE = Place("acme/digits", "v1", "docs", frozenset({"acme/digits"}))


def test_a_patch_is_numbered_on_both_sides() -> None:
    patch = "@@ -3,3 +5,3 @@ def f():\n same\n-old\n+new\n same\n\\ No newline at end of file\n@@ -9 +11 @@\n-a\n+b"
    assert numbered(patch) == [
        Line("hunk", None, None, "@@ -3,3 +5,3 @@ def f():"),
        Line("same", 3, 5, " same"),
        Line("removed", 4, None, "-old"),
        Line("added", None, 6, "+new"),
        Line("same", 5, 7, " same"),
        Line("note", None, None, "\\ No newline at end of file"),
        Line("hunk", None, None, "@@ -9 +11 @@"),
        Line("removed", 9, None, "-a"),
        Line("added", None, 11, "+b"),
    ]


def entry(**more: Any) -> dict[str, Any]:
    given = {"filename": "a", "status": "added", "additions": 1, "deletions": 0, "blob_url": "/a/b/blob/c/a"}
    return given | more


def test_a_long_patch_is_cut_and_says_so() -> None:
    found = file_diff(entry(patch="@@ -0,0 +1,2000 @@\n" + "\n".join(["+x"] * 2000)))
    assert (len(found.lines), found.hidden) == (MOST_LINES, 2001 - MOST_LINES)


@pytest.mark.parametrize(("status", "page"), [("removed", None), ("modified", "/a/b/blob/c/a")])
def test_a_removed_file_has_no_page(status: str, page: str | None) -> None:
    found = file_diff(entry(status=status))
    assert (found.page, found.lines, found.hidden) == (page, (), 0)


def pull(**more: Any) -> dict[str, Any]:
    given = {"merged": False, "merged_by": None, "state": "open", "mergeable_state": "clean", "base": {"ref": "main"}}
    return given | more


PASSED, FAILED = merging.Required("gate", "success"), merging.Required("gate", "failure")
PENDING, MISSING = merging.Required("gate", "pending"), merging.Required("gate", None)


@pytest.mark.parametrize(
    ("given", "required", "tone", "words"),
    [
        (pull(merged=True, merged_by={"login": "ada"}), [PASSED], "merged", "Merged by ada into main."),
        (pull(merged=True), [], "merged", "Merged by a push into main."),
        (pull(state="closed"), [], "closed", "Its branch can still be opened again."),
        (pull(mergeable_state="dirty"), [], "blocked", "resolve them"),
        (pull(mergeable_state="draft"), [], "waiting", "Drafts"),
        (pull(mergeable_state="behind"), [PASSED], "blocked", "up-to-date"),
        (pull(mergeable_state="blocked"), [FAILED], "blocked", "1 required check failed"),
        (pull(mergeable_state="blocked"), [FAILED, FAILED], "blocked", "2 required checks failed"),
        (pull(mergeable_state="blocked"), [PENDING, MISSING], "waiting", "not reported yet"),
        (pull(), [PASSED], "ready", "Required checks have passed."),
        (pull(), [], "ready", "No check is required here."),
    ],
)
def test_the_merge_box_says_what_is_in_the_way(
    given: dict[str, Any], required: list[merging.Required], tone: str, words: str
) -> None:
    found = merging.box(given, required)
    assert found.tone == tone
    assert words in found.reason


@pytest.mark.parametrize(
    ("required", "passed", "words"),
    [
        (PASSED, True, "success"),
        (merging.Required("gate", "timed_out"), False, "timed out"),
        (PENDING, False, "in progress"),
        (MISSING, False, "expected, nothing has reported yet"),
    ],
)
def test_a_required_check_in_words(required: merging.Required, passed: bool, words: str) -> None:
    assert (required.passed, required.words) == (passed, words)


def event(kind: str, when: str, detail: str = "", login: str | None = "ada") -> dict[str, Any]:
    return {"kind": kind, "created_at": when, "detail": detail, "login": login}


def test_events_are_told_once() -> None:
    found = [
        event("labeled", "1", "a"),
        event("labeled", "1", "b"),
        event("pushed", "2", "shown", None),
        event("pushed", "3", "lost", None),
        event("labeled", "4", "c"),
        event("merged", "5", "sha"),
    ]
    told = timeline.events(found, frozenset({"shown"}))
    assert [(one.kind, one.what["kind"], one.what["details"], one.who) for one in told] == [
        ("event", "labeled", ["a", "b"], "ada"),
        ("event", "pushed", ["lost"], ""),
        ("event", "labeled", ["c"], "ada"),
        ("end", "merged", ["sha"], "ada"),
    ]


def test_the_timeline_is_in_order_of_time_and_then_of_kind() -> None:
    kinds = [("comment", "2"), ("end", "2"), ("check", "2"), ("commit", "2"), ("event", "1"), ("comment", "1")]
    entries = [timeline.Entry(kind=kind, when=when, who="", what={}) for kind, when in kinds]
    found = [(one.when, one.kind) for one in timeline.in_order(entries[:3], entries[3:])]
    assert found == [("1", "event"), ("1", "comment"), *(("2", kind) for kind in ("commit", "check", "comment", "end"))]


def test_only_completed_checks_are_told() -> None:
    found = timeline.checks([{"completed_at": None, "app": None}, {"completed_at": "1", "app": None}])
    assert [(one.when, one.who) for one in found] == [("1", "")]


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (411_400, "411.4 kB"), (2 * 10**12, "2000.0 GB")],
)
def test_sizes(count: int, shown: str) -> None:
    assert size(count) == shown


def test_small_words() -> None:
    assert moment("2026-11-03T06:01:59Z") == "3 Nov 2026, 06:01 UTC"
    assert headline("one\n\ntwo") == "one"
    assert [symbol(one) for one in (None, "pending", "success", "failure", "odd")] == ["●", "●", "✓", "✗", "!"]
    words = [tone(one) for one in (None, "neutral", "success", "timed_out", "error")]
    assert words == ["waiting", "quiet", "good", "bad", "bad"]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (None, None),
        ("", None),
        ("javascript:alert(1)", None),
        ("//elsewhere.example", None),
        ("HTTPS://example.org", "HTTPS://example.org"),
        ("/acme/digits", "/acme/digits"),
        ("http://127.0.0.1:9/acme/digits/pull/1", "/acme/digits/pull/1"),
        ("http://127.0.0.1:9", "http://127.0.0.1:9"),
    ],
)
def test_links_of_programs_are_http_or_nothing(url: str | None, shown: str | None) -> None:
    assert outward(url, PLACE) == shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("a.png", "/acme/digits/raw/v1/docs/a.png"),
        ("../a.png?x#y", "/acme/digits/raw/v1/a.png#y"),
        ("../../../../a.png", "/acme/digits/raw/v1/a.png"),
        ("https://example.org/a.png", None),
        ("//example.org/a.png", None),
        ("data:image/png;base64,AAAA", None),
        ("a%20b c.png", "/acme/digits/raw/v1/docs/a%20b%20c.png"),
        ("/\t/elsewhere.example/a.png", None),
        ("/\\elsewhere.example/a.png", None),
        ("http://[oops", None),
        ("//[oops", None),
        ("http://127.0.0.1//[oops/x.png", None),
        ("http://127.0.0.1/acme/digits?/../../x.png", "/acme/digits?/../../x.png"),
    ],
)
def test_images_come_from_the_hub_or_not_at_all(url: str, shown: str | None) -> None:
    assert image(url, PLACE) == shown


def test_an_address_is_decoded_and_its_last_slash_forgotten() -> None:
    assert files, "a page is found once the module that makes it is imported"
    found = find("/acme/digits/blob/main/a%20b/c%2Fd/")
    assert found is not None
    assert found[1] == {"owner": "acme", "repo": "digits", "rest": "main/a b/c/d"}
    assert find("/acme/digits/nothing/here") is None
