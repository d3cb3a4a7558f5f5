"""How people call the columns of predictions: what a column of a name is most probably for. Pure."""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Final

# In lower case, without what parts words; the likeliest first.
KEYS: Final = "rowid id key index row sampleid exampleid uid uuid guid rownumber"
LABELS: Final = (
    "label labels ytrue truelabel target targets actual actuals truth groundtruth groundtruthlabel true y gold"
)
PREDICTIONS: Final = "prediction predictions ypred predicted pred preds predictedlabel predictionlabel yhat output"
SCORES: Final = (
    "score scores probability prob proba probabilities yprob yproba yscore p pscore scorepositive probpositive"
)
QUERIES: Final = "query queryid qid searchid"
WEIGHTS: Final = "weight sampleweight"
_NEAR: Final = 0.75


def spelling(name: str) -> str:
    """A name in the form of the lists here."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def meant(columns: Iterable[str], roles: Mapping[str, str]) -> dict[str, str]:
    """For each role (by any name, with one of the lists) the column that is probably meant; none stands for two."""
    left = {spelling(name): name for name in reversed(list(columns))}
    found: dict[str, str] = {}
    for exact in (True, False):
        for role, names in roles.items():
            if role not in found and (spelled := _fitting(left, names.split(), exact=exact)):
                found[role] = left.pop(spelled)
    return found


def _fitting(left: Iterable[str], names: list[str], *, exact: bool) -> str:
    cutoff = 1.0 if exact else _NEAR
    near = (difflib.get_close_matches(name, list(left), n=1, cutoff=cutoff) for name in names)
    return next((matches[0] for matches in near if matches), "")
