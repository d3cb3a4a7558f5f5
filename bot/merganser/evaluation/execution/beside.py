"""What is judged beside predictions, read from its files: what both sides cost, and the features that they know."""

from pathlib import Path

from merganser.config import Model
from merganser.evaluation.budgets import Costs
from merganser.evaluation.drift.compare import Features, compare_features
from merganser.evaluation.drift.findings import DriftFindings
from merganser.evaluation.drift.profile import load_profile
from merganser.evaluation.evidence import Unavailable
from merganser.evaluation.latencies import latencies_of
from merganser.evaluation.question import Question, Side
from merganser.evaluation.readers import read_table
from merganser.evaluation.rollup import Skip


def costs(side: Side, rules: Model) -> Costs:
    """What a side cost, by its own word, with its latencies where it has any; `DataError` where they can't be read."""
    known = side.metrics | side.costs
    latency = rules.budgets.latency
    if side.latencies is None or latency is None:
        return Costs(values=known)
    table = read_table(side.latencies, (latency.column,))
    return Costs(values=known, latencies=latencies_of(table, latency.column))


def drift(question: Question) -> DriftFindings | Unavailable | None:
    """How the candidate's features differ from the baseline's; None where neither side has any."""
    theirs = question.baseline.features if question.baseline else None
    mine, columns = question.candidate.features, question.rules.features.columns if question.rules.features else ()
    if mine is None and theirs is None:
        return None
    if mine is None or theirs is None:
        whose = "candidate" if mine is None else "baseline"
        return Unavailable(why=f"the {whose} has no profile of its features", skip=Skip.no_method)
    return compare_features(_features(theirs, columns), _features(mine, columns), columns)


def _features(path: Path, columns: tuple[str, ...]) -> Features:
    """A profile, or a table."""
    if path.suffix.lower() == ".json":
        return load_profile(path.read_bytes(), path.name)
    return read_table(path, columns)
