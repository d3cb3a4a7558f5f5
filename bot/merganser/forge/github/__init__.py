"""GitHub's REST and GraphQL addresses behind the `Forge` protocol, by the areas of its API."""

from merganser.forge import names, values
from merganser.forge.ci.runtime import Runtime
from merganser.forge.github import (
    checks,
    commits,
    issues,
    pulls,
    refs_and_tags,
    releases_and_assets,
    repositories,
    runs,
)
from merganser.forge.github.client import Client
from merganser.forge.protocol import ACTIONS_LOGIN, Refused
from merganser.forge.requests.app import AppTokens
from merganser.forge.requests.tokens import Given, Tokens
from merganser.forge.requests.transport import Transport
from merganser.forge.secret import Secret
from merganser.forge.times import Times


def connect(runtime: Runtime, times: Times | None = None) -> "GitHub":
    """The GitHub that the runtime names, with its App's tokens or its own token; `ConfigError` under `python -O`."""
    times = times or Times()
    tokens: Tokens = Given(runtime.token, runtime.login)
    if runtime.app is not None:
        tokens = AppTokens(runtime, runtime.app, times)
    return GitHub(Transport(runtime.api_url, tokens, times), tokens, times)


class GitHub(Client):
    """`Forge` on github.com, an Enterprise server, or the hub.

    Each area of the API is a module of functions that take the client; here they are its methods.
    """

    def __init__(self, transport: Transport, tokens: Tokens, times: Times) -> None:
        super().__init__(transport, times)
        self._tokens = tokens
        self._login = ""

    def close(self) -> None:
        self.transport.close()

    def __enter__(self) -> "GitHub":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def login(self) -> str:
        """Whose token this is: as told, else as GitHub says, else Actions' own (its token may not ask). Asked once."""
        if not self._login:
            self._login = names.login(self._tokens.login() or self._own_login())
        return self._login

    def token(self, repo: str) -> Secret:
        """What git reads and writes this repository with; empty where there is none."""
        return self._tokens.token(names.repository(repo))

    def environments_in(self, repo: str) -> None:
        """Says where the environments are, which a token must reach to write there."""
        self._tokens.environments_in(names.repository(repo))

    def _own_login(self) -> str:
        try:
            return self.get("/user", values.Account).login
        except Refused as refused:
            if refused.status != 403:
                raise
            return ACTIONS_LOGIN

    repository = repositories.repository
    permission = repositories.permission
    is_in_team = repositories.is_in_team

    pull_request = pulls.pull_request
    open_pull_requests = pulls.open_pull_requests
    newest_pulls_of_branch = pulls.newest_pulls_of_branch
    pulls_of_commit = pulls.pulls_of_commit
    reviews = pulls.reviews
    create_pull_request = pulls.create_pull_request
    update_pull_request = pulls.update_pull_request
    merge_pull_request = pulls.merge_pull_request

    issue_comments = issues.issue_comments
    create_comment = issues.create_comment
    update_comment = issues.update_comment
    delete_comment = issues.delete_comment
    comment = issues.comment
    reactions = issues.reactions
    react = issues.react
    open_issues = issues.open_issues
    create_issue = issues.create_issue
    update_issue = issues.update_issue
    issue_labels = issues.issue_labels
    add_labels = issues.add_labels

    check_runs = checks.check_runs
    create_check_run = checks.create_check_run
    update_check_run = checks.update_check_run

    workflow_run = runs.workflow_run
    workflow_runs = runs.workflow_runs
    jobs = runs.jobs
    rerun = runs.rerun
    rerun_job = runs.rerun_job
    approve_run = runs.approve_run
    newest_runs = runs.newest_runs
    artifacts = runs.artifacts
    artifacts_named = runs.artifacts_named
    download_artifact = runs.download_artifact

    releases = releases_and_assets.releases
    newest_releases = releases_and_assets.newest_releases
    release_by_tag = releases_and_assets.release_by_tag
    create_release = releases_and_assets.create_release
    update_release = releases_and_assets.update_release
    delete_release = releases_and_assets.delete_release
    release_assets = releases_and_assets.release_assets
    upload_asset = releases_and_assets.upload_asset
    delete_asset = releases_and_assets.delete_asset
    download_asset = releases_and_assets.download_asset

    ref = refs_and_tags.ref
    refs = refs_and_tags.refs
    create_ref = refs_and_tags.create_ref
    fast_forward_ref = refs_and_tags.fast_forward_ref
    tag_object = refs_and_tags.tag_object
    create_tag_object = refs_and_tags.create_tag_object

    file = commits.file
    tree = commits.tree
    tree_of = commits.tree_of
    message_of = commits.message_of
    create_tree = commits.create_tree
    create_commit = commits.create_commit
    compare = commits.compare
    compare_branch = commits.compare_branch
    commit_on_branch = commits.commit_on_branch
