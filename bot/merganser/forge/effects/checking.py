"""The effect on a commit's check run."""

from typing import Any

from merganser import plan
from merganser.forge import values
from merganser.forge.effects.discussion import same_text
from merganser.forge.effects.outcome import Done, Outcome
from merganser.forge.protocol import Forge


def check(forge: Forge, wanted: plan.Check) -> Outcome:
    """One check run of ours by that name. Two that a race left (GitHub deletes none) get to say the same."""
    ours = own_checks(forge, wanted.repo, wanted.sha, wanted.name)
    if not ours:
        made = forge.create_check_run(wanted.repo, {"head_sha": wanted.sha, **_fields(wanted)})
        return Outcome(effect=wanted, done=Done.created, url=made.html_url or "")
    stale = [run for run in ours if not _says(run, wanted)]
    for run in stale:
        forge.update_check_run(wanted.repo, run.id, _fields(wanted))
    newest = max(ours, key=lambda run: run.id)
    return Outcome(effect=wanted, done=Done.updated if stale else Done.unchanged, url=newest.html_url or "")


def own_checks(forge: Forge, repo: str, sha: str, name: str) -> list[values.CheckRun]:
    """Our check runs of that name on a commit."""
    named = [run for run in forge.check_runs(repo, sha, name) if run.name == name]
    app = forge.login().removesuffix("[bot]") if named else ""
    return [run for run in named if run.app is not None and run.app.slug == app]


def _fields(wanted: plan.Check) -> dict[str, Any]:
    optional: dict[str, Any] = {}
    if wanted.conclusion is not None:
        optional["conclusion"] = wanted.conclusion.value
    if wanted.details_url:
        optional["details_url"] = wanted.details_url
    output = {"title": wanted.title, "summary": wanted.summary, "text": wanted.text}
    return {"name": wanted.name, "status": wanted.status.value, "output": output, **optional}


def _says(run: values.CheckRun, wanted: plan.Check) -> bool:
    conclusion = wanted.conclusion.value if wanted.conclusion is not None else None
    texts = (
        (run.output.title, wanted.title),
        (run.output.summary, wanted.summary),
        (run.output.text, wanted.text),
        (run.details_url if wanted.details_url else "", wanted.details_url),
    )
    stands = run.status == wanted.status.value and run.conclusion == conclusion
    return stands and all(same_text(stored, text) for stored, text in texts)
