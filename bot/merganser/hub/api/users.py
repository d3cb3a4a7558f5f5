"""Users, and the budget of requests that each has."""

from __future__ import annotations

from merganser.hub.access import User, find_user
from merganser.hub.refusals import existing, forbidden
from merganser.hub.routing import Answer, Call, route
from merganser.hub.views.people import public_user


def _answer(call: Call, who: User) -> Answer:
    query = "SELECT count(*) FROM repositories WHERE owner = ? AND private = 0"
    return Answer(200, public_user(call.site, who, call.store.number(query, who.login)))


@route("GET", "/user")
def get_authenticated(call: Call) -> Answer:
    """The token's user; installation tokens have none, as on GitHub."""
    if call.actor.is_bot:
        raise forbidden("Resource not accessible by integration")
    return _answer(call, call.actor)


@route("GET", "/users/{username}", needs=None)
def get_user(call: Call) -> Answer:
    found = existing(find_user(call.store, call.params["username"]))
    return _answer(call, found)


@route("GET", "/rate_limit", needs=None)
def get_rate_limit(call: Call) -> Answer:
    """The budget; asking for it costs nothing."""
    found = {resource: budget.document() for resource, budget in call.budgets.items()}
    return Answer(200, {"resources": {"search": found["core"], **found}, "rate": found["core"]})
