"""The difference of two runs, in each format."""

import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.config import Direction
from merganser.evaluation.compare import Comparison, MetricChange, ValueChange
from merganser.report.diff import DiffFormat, comparison_table
from tests.report.markdown import kinds, tables

DIFFERENCE = Comparison(
    a="d0470c5b4444",
    b="1f0c9a7d3333",
    metrics=(
        MetricChange(name="accuracy", baseline=0.951, candidate=0.9722, delta=0.0212, direction=Direction.up),
        MetricChange(name="log_loss", baseline=0.2, candidate=0.25, delta=0.05, direction=Direction.down),
        MetricChange(name="mae", baseline=0.2, candidate=0.1, delta=-0.1, direction=Direction.down),
        MetricChange(name="same", baseline=0.2, candidate=0.2, delta=0.0, direction=Direction.up),
        MetricChange(name="odd", baseline=0.2, candidate=0.3, delta=0.1, direction=None),
        MetricChange(name="new", baseline=None, candidate=1.0, delta=None, direction=Direction.up),
        MetricChange(name="nan", baseline=1.0, candidate=float("nan"), delta=float("nan"), direction=Direction.up),
    ),
    params=(ValueChange(name="svc.C", before="0.1", after=None),),
    data=(ValueChange(name="data/train.csv", before="md5:1", after="md5:2"),),
)
NOTHING = Comparison(a="a", b="b")


def test_for_a_terminal() -> None:
    assert comparison_table(DIFFERENCE, DiffFormat.table).splitlines() == [
        "metric      d0470c5b4444    1f0c9a7d3333    change  means",
        "--------  --------------  --------------  --------  -------",
        "accuracy           0.951          0.9722   +0.0212  better",
        "log_loss             0.2            0.25     +0.05  worse",
        "mae                  0.2             0.1      −0.1  better",
        "same                 0.2             0.2         0  –",
        "odd                  0.2             0.3      +0.1  –",
        "new                    –               1         –  –",
        "nan                    1             nan       nan  –",
        "",
        "parameter    d0470c5b4444    1f0c9a7d3333",
        "-----------  --------------  --------------",
        "svc.C        0.1             –",
        "",
        "data            d0470c5b4444    1f0c9a7d3333",
        "--------------  --------------  --------------",
        "data/train.csv  md5:1           md5:2",
    ]


def test_as_markdown() -> None:
    metrics, params, data = tables(comparison_table(DIFFERENCE, DiffFormat.md))
    header = "metric d0470c5b4444 1f0c9a7d3333 change means"
    assert metrics[0] == header.split()
    assert "&#" not in comparison_table(DIFFERENCE, DiffFormat.md)
    assert metrics[1] == ["accuracy", "0.951", "0.9722", "+0.0212", "better"]
    assert params[1] == ["svc.C", "0.1", "–"]
    assert data[1] == ["data/train.csv", "md5:1", "md5:2"]


def test_as_json() -> None:
    finite = Comparison(a="a", b="b", metrics=DIFFERENCE.metrics[:1], params=DIFFERENCE.params)
    assert json.loads(comparison_table(finite, DiffFormat.json)) == {
        "a": "a", "b": "b", "data": [], "params": [{"name": "svc.C", "before": "0.1", "after": None}],
        "metrics": [{"name": "accuracy", "baseline": 0.951, "candidate": 0.9722, "delta": 0.0212, "direction": "up"}],
    }  # fmt: skip


class Cells(HTMLParser):
    """All tags, and the text of each cell."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags = [""]
        self.cells: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.tags[-1] in ("td", "th"):
            self.cells[-1] += data.rstrip("\n")


def test_as_a_page() -> None:
    page = comparison_table(DIFFERENCE, DiffFormat.html)
    assert Cells(page).cells[:10] == [
        "metric", "d0470c5b4444", "1f0c9a7d3333", "change", "means", "accuracy", "0.951", "0.9722", "+0.0212", "better",
    ]  # fmt: skip
    assert re.match(r"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>d0470c5b4444 → ", page)
    assert "<script" not in page


@pytest.mark.parametrize(
    ("form", "said"),
    [(DiffFormat.table, "no difference"), (DiffFormat.md, "No difference"), (DiffFormat.html, "<p>No difference.</p>")],
)
def test_no_difference_is_said(form: DiffFormat, said: str) -> None:
    assert said in comparison_table(NOTHING, form)


@given(st.text(max_size=30) | st.sampled_from(["<b>x</b>", "a|b\n", "`|`\\|", "\x1b[2J", "@x"]))
def test_no_name_gets_out_of_its_cell(name: str) -> None:
    metric = MetricChange(name=name, baseline=1.0, candidate=2.0, delta=1.0, direction=None)
    value = ValueChange(name=name, before=name, after=name)
    hostile = Comparison(a=name, b=name, metrics=(metric,), params=(value,), data=(value,))
    honest = comparison_table(
        Comparison(a="a", b="b", metrics=(metric,), params=(value,), data=(value,)), DiffFormat.html
    )
    assert [[len(row) for row in table] for table in tables(comparison_table(hostile, DiffFormat.md))] == [
        [5, 5],
        [3, 3],
        [3, 3],
    ]
    assert not kinds(comparison_table(hostile, DiffFormat.md)) & {"html_inline", "html_block", "link_open", "image"}
    assert Cells(comparison_table(hostile, DiffFormat.html)).tags == Cells(honest).tags
    shown = comparison_table(hostile, DiffFormat.table)
    assert "\x1b" not in shown
    assert len(shown.split("\n")) == 11
