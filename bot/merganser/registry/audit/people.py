"""Who stood for it: whoever merged and approved what brought the run, and whoever wrote it down."""

from merganser.registry.audit.facts import Facts, Merged, Review
from merganser.registry.audit.links import Link, Section, Unknown, beyond, unverifiable, verified
from merganser.registry.ledger import RunRecord

_NOBODY = "somebody whom GitHub no longer names"
# A comment takes no earlier word back; these do.
_JUDGING = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})
# Whoever can read a repository can approve there; these belong to it.
_BELONGING = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})


def people_section(facts: Facts) -> Section:
    links = [merge_link("merged", facts.merged, f"no pull request brought {facts.version.commit[:12]}: it was pushed")]
    links += approval_links(facts.merged)
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
    by = merged.by or _NOBODY
    return verified(name, f"{merged.place} by {merged.author or 'nobody named'}, merged by {by} on {merged.at}")


def approval_links(merged: Merged | Unknown | None) -> tuple[Link, ...]:
    """Who approved what was merged; that nobody did is no fault by itself. Empty without a pull request."""
    if merged is None:
        return ()
    if isinstance(merged, Unknown):
        return (unverifiable("approved", merged.reason),)
    if isinstance(merged.reviews, Unknown):
        return (unverifiable("approved", merged.reviews.reason),)
    standing = _standing_approvals(merged.author, merged.reviews)
    ours = [one for one in standing if one.commit == merged.head and one.association in _BELONGING]
    if ours:
        return (verified("approved", f"{merged.place} by {', '.join(_dated(one, merged.at) for one in ours)}"),)
    others = "".join(f"; {one.by or _NOBODY} approved {_instead(one, merged.head)}" for one in standing)
    return (beyond("approved", f"nobody approved what was merged as {merged.place}{others}"),)


def _standing_approvals(author: str, reviews: tuple[Review, ...]) -> list[Review]:
    """The approvals that are their people's last word; nobody approves their own."""
    last = {one.by: one for one in reviews if one.state in _JUDGING and (one.by != author or not author)}
    return [one for one in last.values() if one.state == "APPROVED"]


def _dated(approval: Review, merged_at: str) -> str:
    # GitHub's times sort as they read.
    late = ", after the merge" if approval.at > merged_at else ""
    return f"{approval.by or _NOBODY} on {approval.at}{late}"


def _instead(approval: Review, head: str) -> str:
    """Why an approval doesn't count."""
    return "another commit of it" if approval.commit != head else "it, and is no collaborator of the repository"
