"""The whole chain of a version, from what is deployed to the people who stood for it."""

from merganser.registry.audit.deployment import deployment_section
from merganser.registry.audit.evidence import evidence_section
from merganser.registry.audit.facts import Facts
from merganser.registry.audit.history import ledger_section
from merganser.registry.audit.judgement import verdict_section
from merganser.registry.audit.links import Chain
from merganser.registry.audit.people import people_section
from merganser.registry.audit.release import release_section
from merganser.registry.audit.run import run_section
from merganser.registry.audit.tag import tag_section


def chain(facts: Facts) -> Chain:
    """Every link of one version; with a deployment, that comes first."""
    deployed = (deployment_section(facts, facts.deployment),) if facts.deployment else ()
    sections = (
        *deployed,
        tag_section(facts),
        ledger_section(facts),
        run_section(facts),
        verdict_section(facts),
        release_section(facts),
        evidence_section(facts),
        people_section(facts),
    )
    subject = facts.version.tag
    return Chain(subject, tuple(section for section in sections if section.links))
