"""The effects on workflow runs, and looks at what a plan was made by: a pull request's head, a branch's files."""

from merganser import plan
from merganser.forge.effects.outcome import Done, Outcome
from merganser.forge.protocol import Conflict, Forge, Moved, Overtaken, Refused

# GitHub lists no more of a comparison's files: https://docs.github.com/rest/commits/commits#compare-two-commits
MOST_FILES = 300


def head_is(forge: Forge, wanted: plan.HeadIs) -> Outcome:
    """`Moved` where it isn't."""
    found = forge.pull_request(wanted.repo, wanted.number).head.sha
    if found != wanted.sha:
        raise Moved(wanted.sha, found)
    return Outcome(effect=wanted, done=Done.unchanged, number=wanted.number, sha=found)


def still(forge: Forge, wanted: plan.Still) -> Outcome:
    """`Overtaken` where it isn't, or so much changed that GitHub doesn't list all of it."""
    found = forge.compare_branch(wanted.repo, wanted.tip, wanted.branch)
    below = tuple(f"{folder.rstrip('/')}/" for folder in wanted.folders)
    if found is None or len(found.files) >= MOST_FILES or any(one.filename.startswith(below) for one in found.files):
        what = f"{wanted.branch} of {wanted.repo} has other files below {', '.join(wanted.folders)[:200]} by now"
        raise Overtaken(what, "Run it again: it decides by what is there then.")
    return Outcome(effect=wanted, done=Done.unchanged, sha=found.head)


def rerun(forge: Forge, wanted: plan.Rerun) -> Outcome:
    """One attempt more than there was, whoever began it."""
    run = forge.workflow_run(wanted.repo, wanted.run)
    if run.run_attempt > wanted.attempt:
        return Outcome(effect=wanted, done=Done.unchanged, url=run.html_url)
    try:
        if wanted.job is None:
            forge.rerun(wanted.repo, wanted.run)
        else:
            forge.rerun_job(wanted.repo, wanted.job)
    except (Refused, Conflict):
        # Somebody else may have been as quick.
        if forge.workflow_run(wanted.repo, wanted.run).run_attempt == run.run_attempt:
            raise
        return Outcome(effect=wanted, done=Done.unchanged, url=run.html_url)
    return Outcome(effect=wanted, done=Done.created, url=run.html_url)


def approve(forge: Forge, wanted: plan.Approve) -> Outcome:
    """A run that has begun, or ended otherwise, needs no approval."""
    run = forge.workflow_run(wanted.repo, wanted.run)
    if not run.waits:
        return Outcome(effect=wanted, done=Done.unchanged, url=run.html_url)
    try:
        forge.approve_run(wanted.repo, wanted.run)
    except (Refused, Conflict):
        if forge.workflow_run(wanted.repo, wanted.run).waits:
            raise
        return Outcome(effect=wanted, done=Done.unchanged, url=run.html_url)
    return Outcome(effect=wanted, done=Done.updated, url=run.html_url)
