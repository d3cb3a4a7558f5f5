"""The page of one verdict: its words and pictures, filled into the templates beside this file."""

import base64
import functools
import hashlib
from typing import TYPE_CHECKING

from merganser.evaluation.curves import Curves
from merganser.evaluation.verdict import Verdict
from merganser.markdown import PROSE_LIMIT, plain
from merganser.report.page.facts import answer, bins, check_row, comparison, counts, origins
from merganser.report.page.pictures import pictures
from merganser.report.wording import by_attention, confidence, family, more_checks, shown_and_folded

if TYPE_CHECKING:
    from jinja2 import Environment


def report_page(verdict: Verdict, curves: Curves | None) -> str:
    """The whole HTML of a verdict as it may be published. Needs the extra `plots`.

    Curves show the labels that they were drawn from: of sealed ones only somebody who has them may get any.
    """
    checks = by_attention(verdict.checks)
    slices = family(checks)
    shown, folded = shown_and_folded(checks)
    environment = _environment()
    style = environment.get_template("style.css").render()
    return environment.get_template("page.html").render(
        answer=answer(verdict),
        comparison=comparison(verdict),
        origins=origins(verdict),
        counts=counts(checks),
        confidence=confidence(checks),
        rows=[check_row(check, slices) for check in shown],
        folded=[check_row(check, slices) for check in folded],
        folded_words=more_checks(folded),
        slices=slices,
        pictures=pictures(checks, curves),
        bins=bins(curves),
        style=style,
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    )


@functools.cache
def _environment() -> "Environment":
    """Whatever stands in double braces is one line of plain text, unless the template calls it safe."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("merganser.report.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_inert,
    )


def _inert(value: object) -> object:
    return value if hasattr(value, "__html__") else plain(str(value), PROSE_LIMIT)
