"""What a run said at last, for whoever has to mend it. Pure."""

from textwrap import indent

from merganser.setup.runner import Ran

_MOST = 20


def last_words(ran: Ran) -> str:
    """Merganser's last words in a job, from where it said what it began to its cure; else the job's last lines."""
    lines = ran.log.splitlines()
    ours = [at for at, line in enumerate(lines) if line.startswith("merganser: ")]
    failed = [at for at in ours if lines[at + 1 : at + 2] and lines[at + 1].startswith("  → ")]
    end = failed[-1] + 2 if failed else len(lines)
    begun = max((at for at in ours if failed and at < failed[-1]), default=0)
    return indent("\n".join(lines[max(begun, end - _MOST, 0) : end]), "  ")


def why(ran: Ran) -> str:
    """Which steps failed, in a line."""
    failed = ", ".join(step.name for step in ran.steps if not step.success)
    said = [line.strip() for line in ran.log.splitlines() if line.strip().startswith("merganser: ")]
    return f"{failed} failed: {said[-1] if said else 'with --verbose it says why'}"
