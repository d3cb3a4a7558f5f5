"""The release's text, read as Markdown."""

import msgspec
from markdown_it import MarkdownIt

from merganser.evaluation.verdict import Status
from merganser.registry.card import MAX_ROWS, checks_in_short, metrics_of, release_body
from merganser.run import DataPin
from tests.registry.samples import check, record, run, subject, verdict

HOSTILE = "@org/team ![](http://x) |`<img>\n# h \u202e"


def rendered(text: str) -> str:
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))


def test_judged_metrics_come_first_and_outweigh_the_reported() -> None:
    checks = [check("auc"), check(), check(slice={"label": "1"}, candidate=0.5), check("f1", candidate=None)]
    assert list(metrics_of(run(), verdict(*checks)).items()) == [("auc", 0.97), ("accuracy", 0.97), ("loss", 0.11)]


def test_checks_in_short() -> None:
    checks = [check(), check("auc"), check("f1", Status.inconclusive)]
    assert checks_in_short(verdict(*checks)) == "success: 1 inconclusive, 2 pass"
    assert checks_in_short(msgspec.structs.replace(verdict(), checks=())) == "success: no checks"


def test_the_body_says_what_it_is_made_from() -> None:
    html = rendered(release_body(subject()))
    for said in (
        '<code>accuracy</code></td>\n<td style="text-align:right">0.97</td>', "<code>loss</code>",
        "<code>train.C = 0.3</code>", "c3" * 20, "sha256:a1a1", "success: 1 pass (self-reported, advisory)",
        'href="https://github.com/acme/digits/releases/download/digits%40v0.1.0/model-card.md"',
        "merganser promote digits@v0.1.0 --to ENVIRONMENT",
    ):  # fmt: skip
        assert said in html


def test_hostile_names_stay_text() -> None:
    hostile = run(
        metrics={HOSTILE: 1.0}, params={HOSTILE: HOSTILE}, data=(DataPin(name=HOSTILE, system=HOSTILE, digest=HOSTILE),)
    )
    html = rendered(release_body(subject(record=record(hostile))))
    clean = rendered(release_body(subject(record=record(run(metrics={"m": 1.0})))))
    for tag in ("<img", "<a ", "<h1", "<em", "<tr>", "<td", "<th"):
        assert html.count(tag) == clean.count(tag)


def test_a_hundred_thousand_metrics_are_cut() -> None:
    pins = (DataPin(name="d", system="s", digest="x"),) * 500
    params = {f"p{n}": n for n in range(51)}
    many = msgspec.structs.replace(
        record(), run=run(metrics={f"m{n}": float(n) for n in range(100_000)}, data=pins, params=params)
    )
    body = release_body(subject(record=many))
    assert len(body) < 20_000
    assert f"| … {100_001 - MAX_ROWS} more in `run.json` | |" in body
    assert f" … {51 - MAX_ROWS} more in `run.json` |" in body


def test_a_model_may_have_no_parameters() -> None:
    assert "| parameters | none |" in release_body(subject(record=record(run(params={}))))
