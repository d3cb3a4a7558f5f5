"""Teams of organisations, as far as a bot asks: who is in them."""

from __future__ import annotations

from merganser.hub.access import find_user
from merganser.hub.refusals import not_found
from merganser.hub.routing import Answer, Call, route


@route("GET", "/orgs/{org}/teams/{team_slug}/memberships/{username}")
def get_membership(call: Call) -> Answer:
    """Whether a user is in a team; 404 where not, or where there is no such team."""
    org, slug = call.params["org"].lower(), call.params["team_slug"]
    found = find_user(call.store, call.params["username"])
    query = "SELECT 1 FROM teams WHERE org = ? AND slug = ? AND user_id = ?"
    if found is None or call.store.row(query, org, slug, found.id) is None:
        raise not_found()
    url = f"{call.site.api}/orgs/{org}/teams/{slug}/memberships/{found.login}"
    return Answer(200, {"url": url, "role": "member", "state": "active"})
