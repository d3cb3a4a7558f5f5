"""Gathers what may lift a failing verdict: the ledger's overrides, and the gate of the commit whose policy judged."""

import datetime

from merganser.commands.checkout import model_at
from merganser.commands.ledger import Ledger
from merganser.config import Gate
from merganser.errors import ConfigError, DataError
from merganser.evaluation.verdict import Verdict
from merganser.git import Repository, is_sha
from merganser.registry.ledger import RunRecord
from merganser.registry.lifting import Grounds, is_first_run


def grounds_for(book: Ledger, record: RunRecord, verdict: Verdict, now: datetime.datetime) -> Grounds:
    """What may lift the verdict on the recorded run at the time `now`; `DataError` for records that can't be read."""
    model = record.run.model
    return Grounds(
        gate=_gate(book.repository, model, (verdict.policy.commit, record.recorded.commit)),
        overrides=book.overrides_of(model),
        cancellations=book.cancellations_of(model),
        first_run=is_first_run(record, book.runs_of(model)),
        now=now,
    )


def _gate(clone: Repository, model: str, commits: tuple[str, ...]) -> Gate:
    """The model's gate at the first of the commits that has one that can be read."""
    for commit in filter(is_sha, commits):
        try:
            return model_at(clone, commit, model).gate
        except (ConfigError, DataError):
            continue
    return Gate()
