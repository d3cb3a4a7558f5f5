"""Users, and the app behind a bot."""

from __future__ import annotations

from typing import Any

from merganser.hub.access import User
from merganser.hub.views.links import Site, node_id

_LISTS = {
    "followers_url": "followers",
    "following_url": "following{/other_user}",
    "gists_url": "gists{/gist_id}",
    "starred_url": "starred{/owner}{/repo}",
    "subscriptions_url": "subscriptions",
    "organizations_url": "orgs",
    "repos_url": "repos",
    "events_url": "events{/privacy}",
    "received_events_url": "received_events",
}


def user(site: Site, who: User) -> dict[str, Any]:
    """GitHub's `simple-user`."""
    url = f"{site.api}/users/{who.login}"
    return {
        "login": who.login,
        "id": who.id,
        "node_id": node_id("User", who.id),
        "avatar_url": f"{site.web}/avatars/u/{who.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{site.web}/{who.login}",
        **{key: f"{url}/{tail}" for key, tail in _LISTS.items()},
        "type": who.kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def public_user(site: Site, who: User, public_repos: int) -> dict[str, Any]:
    nothing = ("name", "company", "location", "email", "hireable", "bio", "twitter_username")
    return {
        **user(site, who),
        **dict.fromkeys(nothing),
        "blog": "",
        "public_repos": public_repos,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": who.created_at,
        "updated_at": who.created_at,
    }


def app(site: Site, bot: User) -> dict[str, Any]:
    """The GitHub App whose bot this is, owned by itself."""
    slug = bot.login.removesuffix("[bot]")
    return {
        "id": bot.id,
        "slug": slug,
        "node_id": node_id("App", bot.id),
        "owner": user(site, bot),
        "name": slug,
        "description": "",
        "external_url": f"{site.web}/apps/{slug}",
        "html_url": f"{site.web}/apps/{slug}",
        "created_at": bot.created_at,
        "updated_at": bot.created_at,
        "permissions": {"checks": "write", "contents": "write", "issues": "write", "pull_requests": "write"},
        "events": ["check_run", "issue_comment", "pull_request", "push", "workflow_run"],
    }
