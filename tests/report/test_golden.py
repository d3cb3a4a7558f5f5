"""Whole comments, kept as files beside this one and read by people before they are changed."""

from pathlib import Path

import msgspec
import pytest

from merganser.config.commands import CommandRule
from merganser.report.comment import comment
from merganser.report.model import Report
from tests.report import samples

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize(
    ("name", "judged"),
    [
        ("passing", samples.PASSING),
        ("failing", samples.FAILING),
        ("not_proven", samples.NOT_PROVEN),
        ("all_skipped", samples.ALL_SKIPPED),
        ("several", samples.SEVERAL),
        ("way_out", msgspec.structs.replace(samples.FAILING, override=CommandRule())),
        ("altered", samples.ALTERED),
        ("rules_alone", msgspec.structs.replace(samples.ALTERED, models=())),
    ],
)
def test_the_comment_reads_as_it_was_agreed(name: str, judged: Report) -> None:
    assert comment(judged) + "\n" == (GOLDEN / f"{name}.md").read_text(encoding="utf-8")
