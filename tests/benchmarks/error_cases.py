"""What is simulated for the gate's error rates, in the order of the tables, and what the rates may be."""

from functools import partial

import msgspec

from merganser.evaluation.statistics.confusion import Average, Score
from tests.benchmarks import generators
from tests.benchmarks.generators import Confusion, Draw, bounded, plain

AT_1000, AT_5000 = 0.06, 0.057


class Case(msgspec.Struct, frozen=True):
    """What is judged, by which margin, of how many rows; `data` says in a sentence how they come to be.

    `most`: what the rate of wrong passes may be; None for what is only shown. `share` of the usual runs is done.
    """

    name: str
    rows: int
    margin: float
    draw: Draw
    data: str
    most: float | None = None
    share: float = 1.0


BINARY = Confusion(labels=(0.3, 0.7), right=(0.8, 0.9), differ=0.06)
RARE = Confusion(labels=(0.05, 0.95), right=(0.7, 0.98), differ=0.03)
THREE = Confusion(labels=(0.5, 0.3, 0.2), right=(0.85, 0.8, 0.7), differ=0.08)
UNEQUAL = (3, 4, 5, 6, 8, 10, 12, 14, 18, 20) * 8

NORMAL = "Normal errors, correlated .8 between the sides; the candidate's are wider."
COINS = "Probabilities from .2 to .8, off by a fixed distance up or down, the candidate's by more."
LOGITS = "Normal logits (deviation 1.5, half positive), each side with noise of .5; the candidate exaggerates."
SELDOM = "As for log-loss, with 8 % positive rows."
LABELS = "Linear labels, noise of variance .25; predictions add .05, the candidate's more."
POSITIVE = "30 % positive, right in 80 %, negatives in 90 %; the sides differ in 6 % or more."
FEW = "5 % positive, right in 70 %, negatives in 98 %; the sides differ in 3 % or more."
CLASSES = "Three classes of 50, 30, 20 %, right in 85, 80, 70 %; the sides differ in 8 % or more."
TENS = "Differences normal with intraclass correlation .3, ten rows to a cluster."
SIZES = "Differences normal with intraclass correlation .3, from 3 to 20 rows to a cluster."
SCORES = "Normal scores in both classes, correlated .8 between the sides."
LATENCIES = "Lognormal latencies (deviation .5): does p95 rise by no more than a tenth?"
LOGNORMAL = "Lognormal losses (deviation 1.5), correlated .9 between the sides."


def log_loss(logit: float) -> generators.Estimating:
    return partial(generators.log_loss, logit)


def score(model: Confusion, kind: Score, average: Average = Average.binary) -> Draw:
    return bounded(partial(generators.confusion, model, kind, average))


def clusters(*sizes: int) -> Draw:
    return bounded(partial(generators.clustered, sizes))


def auc(level: float, positives: int) -> Draw:
    return bounded(partial(generators.auc, level, positives))


MAE, BRIER, RMSE, R2 = (bounded(draw) for draw in (generators.mae, generators.brier, generators.rmse, generators.r2))

CASES = (
    Case("MAE", 1000, 0.05, MAE, NORMAL, AT_1000),
    Case("MAE", 5000, 0.02, MAE, NORMAL, AT_5000),
    Case("Brier score", 1000, 0.005, BRIER, COINS, AT_1000),
    Case("Brier score", 5000, 0.002, BRIER, COINS, AT_5000),
    Case("log-loss", 1000, 0.03, bounded(log_loss(0.0)), LOGITS, AT_1000),
    Case("log-loss", 5000, 0.01, bounded(log_loss(0.0)), LOGITS, AT_5000),
    Case("RMSE", 1000, 0.02, RMSE, LABELS, AT_1000),
    Case("RMSE", 5000, 0.01, RMSE, LABELS, AT_5000),
    Case("R²", 1000, 0.03, R2, LABELS, AT_1000),
    Case("R²", 5000, 0.01, R2, LABELS, AT_5000),
    Case("F1", 1000, 0.03, score(BINARY, Score.f1), POSITIVE, AT_1000),
    Case("F1", 5000, 0.015, score(BINARY, Score.f1), POSITIVE, AT_5000),
    Case("F1, rare class", 1000, 0.08, score(RARE, Score.f1), FEW, AT_1000),
    Case("F1, rare class", 5000, 0.04, score(RARE, Score.f1), FEW, AT_5000),
    Case("macro F1", 1000, 0.03, score(THREE, Score.f1, Average.macro), CLASSES, AT_1000),
    Case("macro F1", 5000, 0.01, score(THREE, Score.f1, Average.macro), CLASSES, AT_5000),
    Case("ROC AUC .6, 100 positives", 1000, 0.04, auc(0.6, 100), SCORES, AT_1000),
    Case("ROC AUC .75, 100 positives", 1000, 0.04, auc(0.75, 100), SCORES, AT_1000),
    Case("ROC AUC .9, 100 positives", 1000, 0.02, auc(0.9, 100), SCORES, AT_1000),
    Case("ROC AUC .6, 500 positives", 5000, 0.02, auc(0.6, 500), SCORES, AT_5000),
    Case("ROC AUC .9, 500 positives", 5000, 0.01, auc(0.9, 500), SCORES, AT_5000),
    Case("mean in 30 clusters", 300, 0.3, clusters(*(10,) * 30), TENS, AT_1000),
    Case("mean in 100 clusters", 1000, 0.15, clusters(*(10,) * 100), TENS, AT_1000),
    Case("mean in 80 unequal clusters", 800, 0.2, clusters(*UNEQUAL), SIZES, AT_1000),
    Case("rise of latency", 1000, 0.1, generators.latency, LATENCIES, AT_1000),
    Case("rise of latency", 5000, 0.1, generators.latency, LATENCIES, AT_5000),
)

RESAMPLED = "As for F1, with Matthews' coefficient; 2,000 resamples."
COMPARED = (
    Case("log-loss, plain t", 200, 0.05, bounded(plain(log_loss(0.0))), LOGITS),
    Case("log-loss, Hall", 200, 0.05, bounded(log_loss(0.0)), LOGITS),
    Case("log-loss, 8 % positive, plain t", 200, 0.05, bounded(plain(log_loss(-3.0))), SELDOM),
    Case("log-loss, 8 % positive, Hall", 200, 0.05, bounded(log_loss(-3.0)), SELDOM),
    Case("bootstrap, percentiles", 1000, 0.04, partial(generators.resampled, BINARY, False), RESAMPLED, share=0.5),
    Case("bootstrap, basic", 1000, 0.04, partial(generators.resampled, BINARY, True), RESAMPLED, share=0.5),
    Case("30 clusters taken for 300 rows", 300, 0.3, bounded(generators.as_rows), TENS),
)

EXPONENTIAL = "Ten rows to a cluster, whose common part is exponential."
EXTREMES = (
    Case("MAE", 50, 0.2, MAE, NORMAL),
    Case("R²", 50, 0.1, R2, LABELS),
    Case("F1", 50, 0.15, score(BINARY, Score.f1), POSITIVE),
    Case("F1, rare class", 200, 0.2, score(RARE, Score.f1), FEW),
    Case("log-loss, 8 % positive", 50, 0.1, bounded(log_loss(-3.0)), SELDOM),
    Case("heavy tails", 200, 1.0, bounded(generators.heavy), LOGNORMAL),
    Case("heavy tails", 5000, 0.3, bounded(generators.heavy), LOGNORMAL),
    Case("heavy tails, plain t", 200, 1.0, bounded(plain(generators.heavy)), LOGNORMAL),
    Case("mean in 10 clusters", 100, 0.5, clusters(*(10,) * 10), TENS),
    Case("mean in 30 skewed clusters", 300, 0.3, bounded(generators.skewed_clusters), EXPONENTIAL),
    Case("mean in 100 skewed clusters", 1000, 0.15, bounded(generators.skewed_clusters), EXPONENTIAL),
    Case("ROC AUC .75, 20 positives", 200, 0.1, auc(0.75, 20), SCORES),
    Case("ROC AUC .75, 50 positives", 500, 0.05, auc(0.75, 50), SCORES),
    Case("ROC AUC .9, 20 positives", 200, 0.05, auc(0.9, 20), SCORES),
    Case("ROC AUC .9, 50 positives", 500, 0.03, auc(0.9, 50), SCORES),
    Case("ROC AUC .94, 100 positives", 1000, 0.02, auc(0.94, 100), SCORES),
    Case("ROC AUC .97, 100 positives", 1000, 0.015, auc(0.97, 100), SCORES),
    Case("ROC AUC .97, 1,000 positives", 2000, 0.005, auc(0.97, 1000), SCORES),
    Case("ROC AUC .99, 100 positives", 1000, 0.005, auc(0.99, 100), SCORES),
    Case("ROC AUC .99, 1,000 positives", 2000, 0.002, auc(0.99, 1000), SCORES),
)
