"""The page of one verdict: what it says, that it leads nowhere, and that names which others chose stay names."""

import base64
import hashlib
import sys
from collections.abc import Iterator
from functools import cache

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from merganser.config import Waiver
from merganser.evaluation.curves import Curves, SideCurves
from merganser.evaluation.verdict import Baseline, Check, Policy, Status, Verdict
from merganser.extras import lacking
from merganser.markdown import plain
from merganser.plan import Conclusion
from merganser.report.page.page import report_page
from merganser.report.text import NAME_LIMIT
from tests.report import page_samples, samples
from tests.report.page_reader import Page, picture_dangers, picture_texts
from tests.report.page_samples import CURVES, churn, slice_of
from tests.report.samples import check, compared, slice_check
from tests.report.test_text import HOSTILE

PAGES = {
    "blocked": (page_samples.BLOCKED, CURVES),
    "not proven": (page_samples.NOT_PROVEN, None),
    "passes": (page_samples.PASSES, msgspec.structs.replace(CURVES, baseline=SideCurves())),
    "first": (page_samples.FIRST, None),
    "empty": (page_samples.EMPTY, None),
}


def read(verdict: Verdict, curves: Curves | None = None) -> Page:
    return Page(report_page(verdict, curves))


@cache
def page_of(name: str) -> Page:
    return read(*PAGES[name])


@pytest.mark.parametrize("name", PAGES)
def test_a_page_runs_nothing_loads_nothing_and_leads_nowhere(name: str) -> None:
    page = page_of(name)
    assert page.dangers() == []
    assert [found for picture in page.pictures for found in picture_dangers(picture)] == []


def test_its_policy_allows_its_own_style_and_nothing_else() -> None:
    page = page_of("blocked")
    (policy,) = (tag["content"] for tag in page.of("meta") if tag.get("http-equiv") == "Content-Security-Policy")
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert policy.split("; ") == [
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]


@pytest.mark.parametrize(
    ("name", "sign", "tone", "title", "sentence"),
    [
        ("blocked", "✗", "bad", "churn: accuracy@country=fr fell by 0.031 and 1 more", "may not replace the baseline"),
        ("not proven", "?", "open", "churn: not proven (accuracy, needs 31,900 rows)", "No rule blocks the candidate"),
        ("passes", "✓", "good", "churn: passes (auc +0.0078)", "may replace the baseline"),
        ("first", "✓", "good", "churn: passes (first run, nothing to compare with yet)", "there is no baseline yet"),
        ("empty", "✗", "bad", "churn: no check is configured", "may not replace the baseline"),
    ],
)
def test_the_answer_comes_first(name: str, sign: str, tone: str, title: str, sentence: str) -> None:
    page = page_of(name)
    begin = page.words.index("To the checks")
    assert page.words[begin:].startswith(f"To the checks {sign} {title} ")
    assert sentence in page.words[begin : begin + 250]
    assert page.of("header") == [{"class": f"answer {tone}"}]
    assert ("title", title) in page.texts


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "Compared with version churn@v1.2.0 d0470c5b4444 Rows"),
        ({"baseline": Baseline(kind="ledger", commit="d" * 40)}, f"the recorded run of commit {'d' * 12} Rows"),
        ({"baseline": Baseline(kind="ledger")}, "Compared with a recorded run Rows"),
        ({"baseline": Baseline(kind="file", name="old.parquet")}, "Compared with old.parquet Rows"),
        ({"baseline": Baseline(kind="version")}, "Compared with version without a name Rows"),
        ({"baseline": Baseline(kind="trained", commit="d" * 40)},
         f"the base commit, trained in the same job (self-reported) {'d' * 12} Rows"),
        ({"baseline": Baseline()}, "Compared with nothing: there is no baseline yet Rows"),
        ({}, "Rows 24,310 Labels self-reported: they came with the predictions Labels digest sha256:9f3c"),
        ({}, "Submission number 3 against these labels"),
        ({"baseline": Baseline(inputs_digest="sha256:77")}, "Baseline’s inputs sha256:77"),
        ({"policy": Policy(digest="sha256:55", commit="c0c0")}, "Policy digest sha256:55 Policy read from commit c0c0"),
    ],
)  # fmt: skip
def test_what_was_compared_with_what(fields: dict[str, object], told: str) -> None:
    given = {"policy": page_samples.NOT_PROVEN.policy, **fields}
    assert told in read(msgspec.structs.replace(churn(page_samples.AUC), **given)).words


def test_what_is_not_known_is_not_named() -> None:
    words = read(churn(head="", labels_digest="", submission=None, inputs_digest="")).words
    assert not any(name in words for name in ("Candidate", "Rows", "Labels digest", "Submission", "inputs"))


def test_every_check_stands_with_its_numbers_and_its_sentence_and_what_needs_eyes_first() -> None:
    page = page_of("blocked")
    ids = [text for tag, text in page.texts if tag == "code" and ":" in text and "sha256" not in text]
    assert sorted(ids) == sorted(one.id for one in page_samples.BLOCKED.checks)
    assert ids[:3] == ["accuracy:not_worse@country=fr", "accuracy:non_inferior", "latency_p95_ms:max"]
    assert all(plain(one.why, 600) in page.words for one in page_samples.BLOCKED.checks)
    assert (
        "? accuracy:non_inferior 0.902 0.899 −0.0030 (−0.0055 … −0.0005) 0.005 24,310 not proven, needs 31"
        in page.words
    )
    assert "190.1 (185.0 … 196.0) – – 200 not proven latency_p95_ms is 190.05" in page.words
    assert "Waived by ada until 2026-12-24: the new threshold is chosen in #41" in page.words
    assert "better. Method: delong." in page.words
    assert "Method: point" not in page.words
    assert "2 fail 3 not proven 1 waived 1 skipped 18 pass" in page.words


def test_slices_that_are_as_they_should_be_are_folded() -> None:
    page = page_of("blocked")
    before, _, after = page.words.partition("15 more checks: 14 pass, 1 skipped")
    assert "accuracy:not_worse@country=fr" in before
    assert "accuracy:not_worse@country=de" not in before
    assert "accuracy:not_worse@country=de" in after


NUMBERS = "The table of checks has the numbers."


def test_the_pictures_of_a_verdict() -> None:
    page = page_of("blocked")
    says = [tag["aria-label"] for tag in page.of("div") if tag.get("role") == "img"]
    assert says == [
        *[f"Intervals against their margins: 1 fail, 1 not proven, 1 waived, 2 pass. {NUMBERS}"] * 2,
        *[f"Intervals against their margins: 1 fail, 10 pass. {NUMBERS}"] * 2,
        "The ROC curves of both sides.",
        "The share that is positive by score. The table below has the numbers.",
        "The rows in each bin.",
        *[f"The stability index of 5 columns. {NUMBERS}"] * 2,
    ]
    assert len(page.pictures) == len(says)
    shown = {tag["class"] for tag in page.of("div") if tag.get("role") == "img"}
    assert shown == {"drawing wide", "drawing narrow", "drawing square"}
    anchors = {tag["href"] for tag in page.of("a")}
    assert anchors == {"#checks", "#intervals", "#slices", "#curves", "#drift", "#reading"}


def test_a_verdict_without_intervals_has_no_picture() -> None:
    page = read(churn(samples.LATENCY, samples.RATIO))
    assert page.pictures == []
    assert {tag["href"] for tag in page.of("a")} == {"#checks", "#reading"}


def test_curves_are_drawn_of_the_sides_that_have_them() -> None:
    bins = msgspec.structs.replace(CURVES.candidate, roc=())
    page = read(churn(), Curves(candidate=bins))
    assert len(page.pictures) == 2
    assert page.words.count("candidate 0.") == 15
    assert len(read(churn(), Curves(candidate=msgspec.structs.replace(CURVES.candidate, calibration=()))).pictures) == 1
    assert read(churn(), Curves(candidate=SideCurves())).pictures == []


def test_rows_that_a_picture_leaves_out_are_counted() -> None:
    many = [slice_check(at, 0.9, 0.9) for at in range(57)]
    page = read(churn(*many))
    assert "… and 17 more in the table." in page.words
    assert sum(text.startswith("accuracy@") for text in picture_texts(page.pictures[0])) == 40


def test_a_page_of_a_thousand_checks_and_five_hundred_slices_stays_small() -> None:
    sliced = [slice_of("country", f"c{at}", 5000, (at % 50) / 1000 - 0.03) for at in range(500)]
    overall = [compared(f"metric_{at}", 0.9, 0.9 + at / 1e5, 0.01) for at in range(500)]
    page = report_page(churn(*sliced, *overall, *page_samples.DRIFTS), CURVES)
    assert len(page.encode()) < 1_500_000
    assert len(Page(page).of("th")) > 1000


def named(name: str) -> Verdict:
    """A verdict in which everything that somebody else chose is this name."""
    value = {"why": name, "notes": (name,), "method": name}
    waiver = Waiver(check=name, reason=name, by=name, until=name)
    checks: list[Check] = [
        compared(name, 0.9, 0.8, 0.01, id=name, status=Status.failed, **value),
        compared(name, 0.9, 0.91, 0.01, id=name, slice={name: name}, rule="not_worse", **value),
        check(name, "drift", id=name, slice={"column": name}, candidate=0.1, **value),
        check(name, name, id=name, status=Status.waived, waiver=waiver, **value),
    ]
    baseline = Baseline(kind="version", name=name, commit=name, inputs_digest=name)
    return churn(
        *checks, model=name, head=name, labels_digest=name, inputs_digest=name, baseline=baseline,
        conclusion=Conclusion.failure,
    )  # fmt: skip


def skeleton(page: Page) -> list[tuple[str, frozenset[str]]]:
    """All elements with their attributes' names: what a name must not change."""
    return [(tag, frozenset(attributes)) for tag, attributes in page.elements]


BRACES = ["{{ 7 * 7 }}", "{% raw %}", "datum['x']", "a.b[0]"]
NAMES = [*HOSTILE, *BRACES, "</svg><script>alert(1)</script>", "</style>", "null", ""]


@cache
def benign(name: str) -> list[tuple[str, frozenset[str]]]:
    return skeleton(read(named(name)))


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_stay_names(name: str) -> None:
    page = read(named(name))
    assert page.dangers() == []
    assert [found for picture in page.pictures for found in picture_dangers(picture)] == []
    assert skeleton(page) == benign("a" if plain(name) else "")
    assert f"Waived by {plain(name, NAME_LIMIT)} until".replace("  ", " ") in page.words
    assert not any(character in page.html for character in "\u202e\u2066\x00\x1b\x07\ud800")
    label = plain(name, NAME_LIMIT)
    drawn = [text for picture in page.pictures for text in picture_texts(picture)]
    pieces = [text.partition("…") for text in drawn]
    assert label in drawn or any(cut and label.startswith(head) and label.endswith(tail) for head, cut, tail in pieces)


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=40))
@example("🦆" * 60)
@example("\ufffe\ud7fc\U0001e7a0")
def test_any_name_stays_a_name(name: str) -> None:
    page = read(named(f"a{name}"))
    assert page.dangers() == []
    assert skeleton(page) == benign("a")
    page.html.encode()


def test_the_same_verdict_gives_the_same_page() -> None:
    assert report_page(*PAGES["blocked"]) == page_of("blocked").html


@pytest.fixture
def without_renderer() -> Iterator[None]:
    saved = sys.modules.pop("vl_convert", None)
    sys.modules["vl_convert"] = None  # type: ignore[assignment]
    yield
    del sys.modules["vl_convert"]
    if saved is not None:
        sys.modules["vl_convert"] = saved


@pytest.mark.usefixtures("without_renderer")
def test_without_the_extra_it_is_the_one_that_is_missing() -> None:
    with pytest.raises(ModuleNotFoundError) as caught:
        report_page(page_samples.PASSES, None)
    said = lacking(caught.value.name)
    assert said is not None
    assert "merganser[plots]" in str(said.hint)
