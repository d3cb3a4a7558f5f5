"""Who stood for it: the merge that brought the run, and whoever wrote it down."""

from merganser.registry.audit.facts import Facts, Merged
from merganser.registry.audit.links import Link, Section, Unknown, unverifiable, verified
from merganser.registry.ledger import RunRecord


def people_section(facts: Facts) -> Section:
    links = [merge_link("merged", facts.merged, f"no pull request brought {facts.version.commit[:12]}: it was pushed")]
    if isinstance(facts.record, RunRecord):
        recorded = facts.record.recorded
        links.append(
            verified("recorded", f"by {recorded.by} on {recorded.time}, for a {recorded.event}: the ledger says so")
        )
    return Section("people", tuple(links))


def merge_link(name: str, merged: Merged | Unknown | None, otherwise: str) -> Link:
    """Who merged a pull request, as GitHub tells; `otherwise` is said where there was none."""
    if isinstance(merged, Unknown):
        return unverifiable(name, merged.reason)
    if merged is None:
        return unverifiable(name, otherwise)
    by = merged.by or "somebody whom GitHub no longer names"
    return verified(name, f"{merged.place} by {merged.author or 'nobody named'}, merged by {by} on {merged.at}")
