"""What an environment runs: the version that its file names, brought there by a merged deployment."""

from merganser.registry.audit.facts import Deployment, Facts, Merged
from merganser.registry.audit.links import Link, Section, agreeing, beyond, broken, unverifiable
from merganser.registry.audit.people import approval_links, merge_link
from merganser.registry.audit.run import run_of
from merganser.run import artifact_digest


def deployment_section(facts: Facts, deployed: Deployment) -> Section:
    version, path = facts.version, deployed.path
    links = [
        agreeing("tag", (version.tag, deployed.tag), f"{path} deploys {version.tag}", f"{path} names another tag"),
        agreeing(
            "commit", (version.commit, deployed.commit), deployed.commit, f"{path} names another commit than the tag"
        ),
    ]
    if facts.repo:
        links.insert(0, agreeing("repo", (facts.repo, deployed.repo), deployed.repo, f"{path} deploys from elsewhere"))
    return Section(
        f"environment {deployed.environment}",
        (*links, *_digests(facts, deployed), _brought(facts, deployed), *approval_links(deployed.merged)),
    )


def _digests(facts: Facts, deployed: Deployment) -> tuple[Link, ...]:
    run, path = run_of(facts), deployed.path
    if run is None:
        return (unverifiable("digests", f"no run is known that the digests in {path} could be compared with"),)
    wanted = artifact_digest(run.artifacts)
    return (
        agreeing(
            "inputs",
            (run.inputs_digest, deployed.inputs_digest),
            deployed.inputs_digest,
            f"{path} names other inputs than the run's",
        ),
        agreeing("model", (wanted, deployed.digest), deployed.digest, f"{path} names another model than the run made"),
        beyond("served bytes", f"{deployed.uri} is not read here; compare what is served with the digest"),
    )


def _brought(facts: Facts, deployed: Deployment) -> Link:
    """The commit that wrote the file has to be the merge of a deployment."""
    brought, model = deployed.merged, facts.version.model
    wanted = f"merganser/{deployed.environment}/{model}"
    if isinstance(brought, Merged) and (brought.head_repo, brought.branch) != (brought.repo, wanted):
        # Whoever forks the repository names branches as they like.
        elsewhere = "" if brought.head_repo == brought.repo else f"{brought.head_repo or 'a deleted repository'}:"
        found = f"{elsewhere}{brought.branch}"
        return broken("deployed by", f"{brought.place} is no deployment of {model}", f"a merge of {wanted}", found)
    if brought is None:
        says = f"{deployed.path} was written without a pull request"
        return broken("deployed by", says, f"a merge of {wanted}", f"commit {deployed.brought_by}")
    return merge_link("deployed by", brought, "")
