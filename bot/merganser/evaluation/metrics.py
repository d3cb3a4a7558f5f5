"""Which metrics are known by name: their direction, and how the gate computes them. No arithmetic here."""

from enum import StrEnum

from merganser.config import Direction, Gate


class Method(StrEnum):
    """How a metric is computed from predictions; `reported` ones are only known as the run's own number."""

    rate = "rate"
    ranking = "ranking"
    reported = "reported"


_UP = (
    "accuracy accuracy_score balanced_accuracy precision recall sensitivity specificity f1 f1_score fbeta jaccard "
    "auc roc_auc roc_auc_score average_precision pr_auc r2 r2_score explained_variance ndcg map mrr matthews_corrcoef "
    "mcc cohen_kappa top_k_accuracy"
)
_DOWN = (
    "error_rate zero_one_loss log_loss loss cross_entropy brier brier_score mae mse rmse rmsle mape "
    "mean_absolute_error mean_squared_error root_mean_squared_error median_absolute_error max_error hinge_loss "
    "hamming_loss ece perplexity wer cer"
)
_DIRECTIONS = dict.fromkeys(_UP.split(), Direction.up) | dict.fromkeys(_DOWN.split(), Direction.down)
_COMPUTED = {
    "accuracy": Method.rate,
    "accuracy_score": Method.rate,
    "error_rate": Method.rate,
    "zero_one_loss": Method.rate,
    "auc": Method.ranking,
    "roc_auc": Method.ranking,
    "roc_auc_score": Method.ranking,
}


def known_direction(metric: str) -> Direction | None:
    """Which way `metric` is better by its name alone; `ndcg(10)` and `eval.auc` are read as `ndcg` and `auc`."""
    return _DIRECTIONS.get(metric.partition("(")[0].rpartition(".")[2].lower())


def method_of(metric: str) -> Method:
    """How the gate gets `metric`."""
    return _COMPUTED.get(metric, Method.reported)


def direction_of(metric: str, gate: Gate) -> Direction | None:
    """Which way `metric` is better by configuration, else by its name; None where neither says."""
    rules = gate.metrics.get(metric)
    return (rules.direction if rules else None) or known_direction(metric)
