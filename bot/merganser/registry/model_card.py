"""What a model card says of a version, as plain values for its template. How that is written: `templates`."""

from collections.abc import Mapping
from typing import Any

import msgspec

from merganser.config import Column, Signing, Task, Waiver
from merganser.registry.elsewhere import is_elsewhere, published_uri
from merganser.registry.front_matter import metadata
from merganser.registry.grounded import floor_of
from merganser.registry.overrides import Override
from merganser.registry.subject import Subject, fairness, limits, scores, slice_scores

MAX_ROWS = 200
_USE = {
    Task.binary: "It tells two classes apart, a row at a time.",
    Task.multiclass: "It tells several classes apart, a row at a time.",
    Task.regression: "It estimates a number for each row.",
    Task.ranking: "It orders the rows of a list by how well they fit.",
}


def card_facts(subject: Subject, names: Mapping[str, str], signing: Signing) -> dict[str, Any]:
    """All that a template may use. `names` are the model's files' assets by path; tables are cut by the template.

    Text in it is as its authors wrote it: the templates make it inert.
    """
    run, verdict = subject.run, subject.verdict
    measured = scores(subject)
    contract, publish = run.contract, subject.rules.artifact.publish
    facts = {
        "model": run.model,
        "version": subject.version,
        "tag": subject.tag,
        "repo": subject.repo,
        "home": subject.home,
        "commit": subject.commit,
        "ledger": subject.record.path,
        "task": subject.rules.task,
        "use": _USE[subject.rules.task],
        "signing": signing,
        "most": MAX_ROWS,
        "metadata": metadata(subject),
        "inputs": _columns(contract.inputs if contract else None),
        "outputs": _columns(contract.outputs if contract else None),
        "data": run.data,
        "params": dict(sorted(run.params.items())[:MAX_ROWS]),
        "scores": measured,
        "confidence": next((score.confidence for score in measured if score.confidence is not None), None),
        "slices": slice_scores(verdict),
        "fairness": fairness(verdict),
        "limits": limits(verdict),
        "overrides": _overrides(subject),
        "uri": published_uri(publish, run.model, subject.version) if is_elsewhere(run, subject.rules) else "",
        "files": [{"name": names[a.path], "path": a.path, "sha256": a.sha256} for a in run.artifacts],
        "run": run,
        "verdict": verdict,
    }
    plain: dict[str, Any] = msgspec.to_builtins(facts)
    return plain


def _overrides(subject: Subject) -> list[dict[str, Any]]:
    """What was let pass: by a waiver of the configuration, or by a person's word on this very run."""
    let_pass: list[Waiver | Override] = [c.waiver for c in subject.verdict.checks if c.waiver is not None]
    let_pass += [said.what for said in subject.overrides]
    return [
        {
            "check": one.check,
            "by": one.by,
            "reason": one.reason,
            "until": one.until or "",
            "floor": floor_of(one),
            "comment": one.comment if isinstance(one, Override) else "",
        }
        for one in let_pass
    ]


def _columns(found: tuple[Column, ...] | None) -> list[dict[str, Any]]:
    return [{"name": column.name, "type": column.type, "classes": column.classes} for column in found or ()]
