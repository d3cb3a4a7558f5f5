"""Slice checks: one family, decided by Holm, with what is skipped left out of it."""

import pytest
from scipy.stats import norm, t
from statsmodels.stats.multitest import multipletests

from merganser.config import Gate, SliceRules
from merganser.evaluation.estimate import Estimate, Sampled
from merganser.evaluation.evidence import Found, Sliced, Unavailable
from merganser.evaluation.layout import Grouping
from merganser.evaluation.rollup import Skip
from merganser.evaluation.slices import slice_checks
from merganser.evaluation.verdict import Check, Status
from tests.evaluation.oracles import p_by_likelihood
from tests.evaluation.samples import BROKEN, CHANGED, FIRST, by, evidence, paired, ranked, wrong

COUNTRY = Grouping(("country",))


def sliced(found: dict[str, Estimate], metric: str = "accuracy") -> Sliced:
    return {(name,): {metric: one} for name, one in found.items()}


def checks(found: dict[str, Estimate] | Sliced | Unavailable, *rules: SliceRules, **fields: object) -> list[Check]:
    if not isinstance(found, Unavailable) and isinstance(next(iter(found)), str):
        found = sliced(found)
    values: dict[str, object] = {"slices": {COUNTRY: found}, **fields}
    return slice_checks(Gate(slices=rules or (by("country"),)), evidence(**values))


def test_a_ruined_slice_fails_and_the_others_pass() -> None:
    found = checks({"de": paired(61, 10, 812), "fr": paired(10, 12, 500), "us": paired(30, 12, 900)})
    assert [(one.id, one.status) for one in found] == [
        ("accuracy:not_worse@country=de", Status.failed),
        ("accuracy:not_worse@country=fr", Status.passed),
        ("accuracy:not_worse@country=us", Status.passed),
    ]
    raw = [p_by_likelihood(b, c, n, 0.02) for b, c, n in ((61, 10, 812), (10, 12, 500), (30, 12, 900))]
    assert [one.p for one in found] == pytest.approx(raw, rel=1e-9)
    assert [one.p_adjusted for one in found] == pytest.approx(multipletests(raw, method="holm")[1].tolist(), rel=1e-9)
    assert found[0].why.startswith("country = de: accuracy went from ")
    assert "even among 3 slices with probability" in found[0].why
    assert found[0].notes == ()
    assert found[1].notes == ("not proven worse",)
    assert found[0].slice == {"country": "de"}
    assert (found[0].margin, found[0].confidence, found[0].n, found[0].method) == (0.02, 0.95, 812, "tango")


@pytest.mark.parametrize(
    ("metric", "b", "c", "end"),
    [
        ("accuracy", 12, 10, " over 500 rows; that is no proof that it is more than 0.02 worse."),
        ("accuracy", 10, 12, " over 500 rows; it did not fall."),
        ("error_rate", 10, 12, " over 500 rows; it did not rise."),
        ("error_rate", 12, 10, " over 500 rows; that is no proof that it is more than 0.02 worse."),
        ("accuracy", 10, 10, " over 500 rows."),
    ],
)
def test_a_pass_says_what_it_rests_on(metric: str, b: int, c: int, end: str) -> None:
    counted = paired if metric == "accuracy" else wrong
    (found,) = checks(sliced({"fr": counted(b, c, 500)}, metric), by("country", metric))
    assert found.status is Status.passed
    assert found.why.endswith(end)
    assert ("stayed at" in found.why) is (b == c)


def test_one_row_is_a_row() -> None:
    (found,) = checks({"fr": paired(0, 0, 1)})
    assert found.why == "Not judged, too few rows: 1 row, and 200 are needed."


def test_the_family_is_every_unskipped_check_of_the_gate() -> None:
    alone = checks({"de": paired(48, 12, 812)})
    assert alone[0].status is Status.failed
    assert "among" not in alone[0].why
    many = {f"c{i}": paired(20, 20, 800) for i in range(60)}
    assert checks(many | {"de": paired(48, 12, 812)})[-1].status is Status.passed
    small = {f"c{i}": paired(20, 20, 100) for i in range(60)}
    assert checks(small | {"de": paired(48, 12, 812)})[-1].status is Status.failed


def test_the_level_is_the_gates() -> None:
    found = evidence(slices={COUNTRY: sliced({"de": paired(40, 18, 812)})})
    strict = slice_checks(Gate(slices=(by("country", margin=0.01),), confidence=0.99), found)
    loose = slice_checks(Gate(slices=(by("country", margin=0.01),), confidence=0.9), found)
    assert (strict[0].status, loose[0].status) == (Status.passed, Status.failed)
    assert strict[0].p is not None
    assert 0.01 < strict[0].p < 0.1
    assert strict[0].p == pytest.approx(p_by_likelihood(40, 18, 812, 0.01), rel=1e-9)


@pytest.mark.parametrize(
    ("n", "own", "status"),
    [(199, None, Status.skipped), (200, None, Status.passed), (499, 500, Status.skipped), (10, 10, Status.passed)],
)
def test_support(n: int, own: int | None, status: Status) -> None:
    (found,) = checks({"de": paired(2, 2, n)}, by("country", min_support=own))
    assert found.status is status
    if status is Status.skipped:
        assert found.why == f"Not judged, too few rows: {n} rows, and {own or 200} are needed."
        assert (found.p, found.p_adjusted, found.notes) == (None, None, ("too few rows",))


@pytest.mark.parametrize(
    ("fields", "status", "note"),
    [
        ({"no_baseline": FIRST}, Status.skipped, "no baseline"),
        ({"no_baseline": CHANGED}, Status.skipped, "evaluation data changed"),
        ({"no_baseline": FIRST, "unchanged": True}, Status.skipped, "no baseline"),
        ({"no_baseline": CHANGED, "unchanged": True}, Status.skipped, "evaluation data changed"),
        ({"unchanged": True}, Status.passed, "identical"),
    ],
)
def test_what_stands_in_the_way(fields: dict[str, object], status: Status, note: str) -> None:
    (found,) = checks({"de": paired(0, 0, 900)}, **fields)
    assert (found.status, found.notes) == (status, (note,))


def test_a_column_that_cannot_be_used_is_one_check() -> None:
    (broken,) = checks(BROKEN)
    assert (broken.id, broken.status, broken.slice) == ("accuracy:not_worse@country", Status.error, {})
    assert "slices by country: 2 rows repeat a key" in broken.why
    (none,) = checks(Unavailable(why="no predictions", skip=Skip.no_method))
    assert none.status is Status.skipped


def test_any_metric_of_the_predictions_may_stand_in_slices() -> None:
    """The one-sided p of a sampled change is its normal or Student's probability, oriented by the metric."""
    loss = Sampled(difference=0.05, error=0.01, units=900, method="t", df=899)
    metrics: dict[str, Found] = {
        "auc": ranked(difference=-0.03, error=0.004),
        "log_loss": Estimate(candidate=0.45, baseline=0.4, n=900, spread=loss),
        "error_rate": wrong(2, 2, 900),
    }
    found = checks({("de",): metrics}, by("country", *metrics))
    assert [(one.id, one.status, one.method, one.delta) for one in found] == [
        ("auc:not_worse@country=de", Status.failed, "delong", -0.03),
        ("log_loss:not_worse@country=de", Status.failed, "t", -0.05),
        ("error_rate:not_worse@country=de", Status.passed, "tango", 0.0),
    ]
    raw = [norm.cdf((-0.03 + 0.02) / 0.004), t.cdf((-0.05 + 0.02) / 0.01, 899), p_by_likelihood(2, 2, 900, 0.02)]
    assert [one.p for one in found] == pytest.approx(raw, rel=1e-9)
    assert [one.p_adjusted for one in found] == pytest.approx(multipletests(raw, method="holm")[1].tolist(), rel=1e-9)


@pytest.mark.parametrize(
    ("found", "status", "notes", "says"),
    [
        (Unavailable(why="all rows are of one class"), Status.error, (), "auc can't be judged: all rows are of one"),
        (None, Status.skipped, ("no valid method",), "slices are judged by metrics of the predictions"),
        (ranked(doubt="a class is rare"), Status.skipped, ("no valid method",), "a class is rare"),
        (ranked(note="clipped"), Status.passed, ("not proven worse", "clipped"), "auc went from 0.8 to 0.801"),
    ],
)
def test_what_a_metric_lacks_in_one_slice(
    found: Found | None, status: Status, notes: tuple[str, ...], says: str
) -> None:
    """It does not stand in the way of the others, nor in their family."""
    metrics: dict[str, Found] = {"accuracy": paired(48, 12, 812)} | ({} if found is None else {"auc": found})
    many: Sliced = {(f"c{i}",): {"auc": found} if found else {} for i in range(60)}
    checked = checks(many | {("de",): metrics}, by("country", "auc", "accuracy"))
    one = next(check for check in checked if check.id == "auc:not_worse@country=de")
    other = next(check for check in checked if check.id == "accuracy:not_worse@country=de")
    assert (one.status, one.notes) == (status, notes)
    assert says in one.why
    assert other.status is (Status.passed if status is Status.passed else Status.failed)


def test_slices_by_several_columns_and_by_bins() -> None:
    rules = SliceRules(by=("country", "plan"), metrics=("accuracy",), margin=0.02)
    bins = SliceRules(by=("age",), bins=(18.0, 65.0), metrics=("accuracy",), margin=0.02)
    counts: dict[str, Found] = {"accuracy": paired(2, 2, 900)}
    slices = {
        Grouping(("country", "plan")): {("fr", "b"): counts, ("fr", "a"): counts, ("de", "b"): counts},
        Grouping(("age",), (18.0, 65.0)): {("≥ 65",): counts, ("< 18",): counts},
    }
    found = slice_checks(Gate(slices=(rules, bins)), evidence(slices=slices))
    assert [one.id.removeprefix("accuracy:not_worse") for one in found] == [
        "@country=de@plan=b", "@country=fr@plan=a", "@country=fr@plan=b", "@age=< 18", "@age=≥ 65",
    ]  # fmt: skip
    assert found[0].slice == {"country": "de", "plan": "b"}
    assert found[0].why.startswith("country = de, plan = b: accuracy ")
    broken = slice_checks(Gate(slices=(rules,)), evidence(slices={Grouping(("country", "plan")): BROKEN}))
    assert [(one.id, one.slice) for one in broken] == [("accuracy:not_worse@country@plan", {})]
    assert "slices by country, plan: 2 rows repeat a key" in broken[0].why


def test_order_is_the_configurations_then_natural() -> None:
    both: dict[str, Found] = {"accuracy": paired(1, 1, 900), "error_rate": wrong(1, 1, 900)}
    values: Sliced = {(name,): both for name in ("10", "9", "b", "a")}
    found = checks(values, by("country"), by("country", "error_rate"))
    assert [one.id.partition("=")[2] for one in found] == ["9", "10", "a", "b"] * 2


def test_renaming_slices_changes_no_verdict() -> None:
    counts = [paired(61, 10, 812), paired(10, 12, 500), paired(30, 12, 900)]

    def outcome(names: str) -> dict[Estimate, tuple[Status, float | None]]:
        back = dict(zip(names, counts, strict=True))
        return {back[one.slice["country"]]: (one.status, one.p_adjusted) for one in checks(back)}

    assert outcome("abc") == outcome("zxy")
