"""A repository, and who may do what in it."""

from merganser.forge import names, values
from merganser.forge.github.client import Client, of_repository, or_none
from merganser.forge.requests.request import Request


def repository(client: Client, repo: str) -> values.Repository:
    return client.get(of_repository(repo), values.Repository)


def permission(client: Client, repo: str, login: str) -> values.Permission:
    """What a person may do in a repository, as it is now."""
    user = names.quoted(names.login(login))
    return client.get(f"{of_repository(repo)}/collaborators/{user}/permission", values.Permission)


def is_in_team(client: Client, repo: str, slug: str, login: str) -> bool:
    """Whether a person is in a team of the organisation that owns the repository, invitations not counted."""
    owner, user = names.repository(repo).partition("/")[0], names.quoted(names.login(login))
    url = f"/orgs/{owner}/teams/{names.slug(slug)}/memberships/{user}"
    request = Request(verb="GET", url=url, repository=repo)
    found = or_none(lambda: client.transport.read(request, values.Membership))
    return found is not None and found.state == "active"
