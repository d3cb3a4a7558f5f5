"""The ledger: only ever added to, the same that was seen before, and with the record that the tag names."""

from merganser.config import FETCH_LEDGER
from merganser.registry.audit.facts import Facts, History, Standing
from merganser.registry.audit.links import Link, Section, Unknown, Wrong, beyond, broken, unverifiable, verified
from merganser.registry.ledger import RunRecord


def ledger_section(facts: Facts) -> Section:
    ledger = facts.ledger
    if isinstance(ledger, Unknown):
        return Section("ledger", (unverifiable("branch", ledger.reason),))
    if ledger is None:
        return Section("ledger", (_no_ledger(facts),))
    links = (_additions(ledger), _earlier(ledger), _remote(facts.repo, ledger), _contents(ledger))
    return Section("ledger", (*links, _record(facts, ledger)))


def _no_ledger(facts: Facts) -> Link:
    if facts.ours:
        return broken("branch", "the ledger is gone", facts.tag.record_path, "no branch merganser-ledger")
    return unverifiable("branch", f"{facts.repo or 'this repository'} keeps no ledger")


def _additions(ledger: History) -> Link:
    """Whether its commits only add files."""
    if not ledger.rewrites and ledger.cut:
        return unverifiable(
            "only added to", f"this clone has only the newest {ledger.commits} commits: git fetch --unshallow origin"
        )
    if not ledger.rewrites:
        return verified("only added to", f"{ledger.commits} commits to {ledger.tip[:12]}, {ledger.records} records")
    first = ledger.rewrites[0]
    more = f", and {len(ledger.rewrites) - 1} more" if len(ledger.rewrites) > 1 else ""
    return broken(
        "only added to",
        f"commit {first.commit[:12]} rewrote the ledger{more}",
        "files added",
        f"{first.path} {first.how}",
    )


def _earlier(ledger: History) -> Link:
    """Whether it still holds what this clone saw earlier."""
    if isinstance(ledger.dropped, Unknown):
        return beyond("as seen before", ledger.dropped.reason)
    if not ledger.dropped:
        return verified("as seen before", "every ledger that this clone ever fetched is a part of it")
    return broken(
        "as seen before",
        "the ledger was replaced by another history",
        f"{ledger.dropped[0]} among its commits",
        f"the commits to {ledger.tip}",
    )


def _remote(repo: str, ledger: History) -> Link:
    match ledger.remote:
        case Unknown(reason):
            return unverifiable("on GitHub", reason)
        case Standing.same:
            return verified("on GitHub", f"{repo} has the same")
        case Standing.behind:
            return verified("on GitHub", f"{repo} has this one and newer records ({FETCH_LEDGER})")
        case Standing.gone:
            return broken("on GitHub", f"{repo} no longer has a ledger", ledger.tip, "no branch merganser-ledger")
        case _:
            return broken("on GitHub", f"the ledger of {repo} doesn't continue this one", ledger.tip, "another history")


def _contents(ledger: History) -> Link:
    """Whether what is named by its content has it."""
    if not ledger.forged:
        return verified("contents", "each verdict holds what its path promises")
    return broken("contents", f"{ledger.forged[0]} holds something else than its path promises")


def _record(facts: Facts, ledger: History) -> Link:
    named = facts.tag.record_path
    match facts.record:
        case Wrong(reason):
            return broken("record", reason)
        case RunRecord(path=path, run=run) if run.model != facts.version.model:
            return broken("record", "the record that the tag names is another model's", facts.version.model, path)
        case RunRecord(path=path):
            return verified("record", f"{path}, {'which the tag names' if named else 'found by its commit or inputs'}")
        case _ if not named:
            return unverifiable("record", "nothing is recorded of this commit: it was registered without Merganser")
        case _ if ledger.remote is Standing.behind:
            return unverifiable("record", f"{named} is not in this clone's older ledger: {FETCH_LEDGER}")
        case _:
            return broken("record", "the record that the tag names is gone", named, f"nothing in {ledger.tip[:12]}")
