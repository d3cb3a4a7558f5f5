"""Repositories, whole and minimal."""

from __future__ import annotations

from typing import Any

from merganser.hub.access import Repository, Role, User
from merganser.hub.views.links import Site, node_id
from merganser.hub.views.people import user

_TAILS = {
    "archive_url": "{archive_format}{/ref}",
    "assignees_url": "assignees{/user}",
    "blobs_url": "git/blobs{/sha}",
    "branches_url": "branches{/branch}",
    "collaborators_url": "collaborators{/collaborator}",
    "comments_url": "comments{/number}",
    "commits_url": "commits{/sha}",
    "compare_url": "compare/{base}...{head}",
    "contents_url": "contents/{+path}",
    "contributors_url": "contributors",
    "deployments_url": "deployments",
    "downloads_url": "downloads",
    "events_url": "events",
    "forks_url": "forks",
    "git_commits_url": "git/commits{/sha}",
    "git_refs_url": "git/refs{/sha}",
    "git_tags_url": "git/tags{/sha}",
    "hooks_url": "hooks",
    "issue_comment_url": "issues/comments{/number}",
    "issue_events_url": "issues/events{/number}",
    "issues_url": "issues{/number}",
    "keys_url": "keys{/key_id}",
    "labels_url": "labels{/name}",
    "languages_url": "languages",
    "merges_url": "merges",
    "milestones_url": "milestones{/number}",
    "notifications_url": "notifications{?since,all,participating}",
    "pulls_url": "pulls{/number}",
    "releases_url": "releases{/id}",
    "stargazers_url": "stargazers",
    "statuses_url": "statuses/{sha}",
    "subscribers_url": "subscribers",
    "subscription_url": "subscription",
    "tags_url": "tags",
    "teams_url": "teams",
    "trees_url": "git/trees{/sha}",
}


def minimal_repository(site: Site, repository: Repository, owner: User) -> dict[str, Any]:
    """GitHub's `minimal-repository`."""
    url = site.repo(repository.full_name)
    return {
        "id": repository.id,
        "node_id": node_id("Repository", repository.id),
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.private,
        "owner": user(site, owner),
        "html_url": site.page(repository.full_name),
        "description": repository.description,
        "fork": repository.parent_id is not None,
        "url": url,
        **{key: f"{url}/{tail}" for key, tail in _TAILS.items()},
    }


def repository(site: Site, found: Repository, owner: User, open_issues: int) -> dict[str, Any]:
    """GitHub's `repository`, as it stands in pull requests."""
    host = site.web.partition("://")[2]
    nothing = dict.fromkeys(("homepage", "language", "mirror_url", "license"))
    counts = ("forks", "forks_count", "stargazers_count", "watchers", "watchers_count", "size")
    return {
        **minimal_repository(site, found, owner),
        **nothing,
        **dict.fromkeys(counts, 0),
        "clone_url": f"{site.page(found.full_name)}.git",
        "git_url": f"git://{host}/{found.full_name}.git",
        "ssh_url": f"git@{host}:{found.full_name}.git",
        "svn_url": site.page(found.full_name),
        "default_branch": found.default_branch,
        "has_issues": found.has_issues,
        **dict.fromkeys(("has_projects", "has_wiki", "has_pages", "has_discussions", "has_downloads"), False),
        "archived": False,
        "disabled": False,
        "visibility": "private" if found.private else "public",
        "open_issues": open_issues,
        "open_issues_count": open_issues,
        "created_at": found.created_at,
        "updated_at": found.updated_at,
        "pushed_at": found.pushed_at,
        "allow_merge_commit": True,
        "allow_squash_merge": True,
        "allow_rebase_merge": True,
        "allow_auto_merge": False,
        "delete_branch_on_merge": False,
        "topics": [],
    }


def rights(role: Role) -> dict[str, bool]:
    """What a role allows, in the words of the API."""
    return {
        "admin": role >= Role.ADMIN,
        "maintain": role >= Role.MAINTAIN,
        "push": role >= Role.WRITE,
        "triage": role >= Role.TRIAGE,
        "pull": role >= Role.READ,
    }


def full_repository(base: dict[str, Any], role: Role) -> dict[str, Any]:
    """GitHub's `full-repository`, laid over a `repository`, with what the asker may do."""
    return base | {"permissions": rights(role), "network_count": 0, "subscribers_count": 0}
