"""The version's tag: on the commit that was recorded, for the inputs that were recorded, the same on GitHub."""

from merganser.registry.audit.facts import Facts
from merganser.registry.audit.links import Link, Section, Unknown, agreeing, broken, unverifiable, verified
from merganser.registry.ledger import RunRecord


def tag_section(facts: Facts) -> Section:
    tag = facts.tag
    first = tag.message.partition("\n")[0]
    made = agreeing(
        "annotated",
        (facts.version.tag, tag.named),
        f"{first!r}, by {tag.tagger or 'nobody named'} on {tag.date or 'no day named'}",
        "the tag was made under another name, and this one was given to it later",
    )
    return Section("tag", (made, _standing(facts), _commit(facts), _inputs(facts), _remote(facts)))


def _standing(facts: Facts) -> Link:
    """Whether the version counts: to take one out of use is everybody's right, to run it all the same is not."""
    said, deployed = facts.tag.deregistered, facts.deployment
    if isinstance(said, Unknown):
        return unverifiable("standing", f"no tag in this clone deregisters it; of GitHub's tags: {said.reason}")
    if said and deployed is not None:
        says = f"{deployed.environment} runs a version that was deregistered"
        return broken("standing", says, "a version that counts", f"deregistered {said}")
    if said:
        return verified("standing", f"deregistered {said}: it no longer counts")
    return verified("standing", "active, of a model that is deprecated" if facts.version.deprecated else "active")


def _commit(facts: Facts) -> Link:
    commit = facts.version.commit
    if not isinstance(facts.record, RunRecord):
        return unverifiable("commit", f"{commit}: no record of the ledger says what was registered")
    if not facts.ours and facts.source.inputs == facts.record.run.inputs_digest:
        return verified("commit", f"{commit}, whose inputs are those that {facts.record.path} records")
    return agreeing(
        "commit",
        (facts.record.recorded.commit, commit),
        f"{commit}, the one that {facts.record.path} records",
        f"the tag doesn't stand on the commit that {facts.record.path} records: it was moved or made again",
    )


def _inputs(facts: Facts) -> Link:
    named = facts.version.inputs_digest
    if not named:
        return unverifiable("inputs named", "the tag names no inputs digest: another tool, or a person, made it")
    if not isinstance(facts.record, RunRecord):
        return unverifiable("inputs named", f"{named}: no record of the ledger to compare with")
    return agreeing(
        "inputs named",
        (facts.record.run.inputs_digest, named),
        f"{named}, as recorded",
        f"the tag names other inputs than {facts.record.path} records",
    )


def _remote(facts: Facts) -> Link:
    remote = facts.tag.remote
    if isinstance(remote, Unknown):
        return unverifiable("on GitHub", remote.reason)
    if remote is None and not facts.ours:
        return unverifiable("on GitHub", f"{facts.repo} has no such tag yet: git push origin {facts.version.tag}")
    if remote is None:
        return broken("on GitHub", f"{facts.repo} no longer has the tag", facts.tag.object, "no tag")
    return agreeing(
        "on GitHub",
        (facts.tag.object, remote),
        f"the same tag object {remote}",
        "the tag on GitHub is another than this clone's: one of both was made again",
    )
