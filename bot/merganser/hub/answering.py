"""From an HTTP request to the answer of one operation: login, rights, budget, transaction, errors in GitHub's form."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable
from typing import Any

import msgspec

import merganser.hub.api  # noqa: F401 - importing it registers the operations
from merganser.hub.access import Repository, Role, User, authenticate, demand, find_repository, role_of
from merganser.hub.grants import demand_permission, for_apps_alone
from merganser.hub.limits import Account, Ask, Budget, Meter
from merganser.hub.refusals import Refusal, bad_credentials, needs_login, not_found
from merganser.hub.routing import Answer, Call, Route, World, find, registered
from merganser.hub.views.links import Site

_LOG = logging.getLogger(__name__)
_NOBODY = Account(name="this address")
_INSIDE = re.compile(rb'"repositoryNameWithOwner": ?"([^"\\]+)"')


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """An API request. `path` is still percent-encoded and without the API's prefix; header names are in lower case."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    content: bytes
    upload: bool
    site: Site


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """A request, without its headers and thus its token, and the answer, as an observer sees them.

    `template` is GitHub's own path; None for an unknown one.
    """

    method: str
    path: str
    template: str | None
    params: dict[str, str]
    query: tuple[tuple[str, str], ...]
    request_body: Any
    status: int
    headers: dict[str, str]
    body: Any


Observer = Callable[[Exchange], None]


def parse(asked: Asked) -> Any:
    """The JSON of a request's body; None for none, for uploaded files and for bodies of another type."""
    if asked.upload:
        return None
    kind = asked.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if not asked.content or not (kind.endswith("json") or kind == "application/x-www-form-urlencoded"):
        return None
    try:
        return msgspec.json.decode(asked.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refusal(400, "Problems parsing JSON") from None


class Answerer:
    """Answers API requests of one world and shows each exchange to the observer, if there is one."""

    def __init__(self, world: World, meter: Meter, observer: Observer | None) -> None:
        self._world = world
        self._meter = meter
        self._observer = observer

    def answer(self, asked: Asked) -> Answer:
        """Never raises: what goes wrong becomes an answer in GitHub's form."""
        matched = find(asked.method, asked.path)
        account, budget = _NOBODY, self._meter.budget(_NOBODY)
        try:
            user, account = self._who(asked, matched)
            try:
                admission = self._meter.admit(_ask(asked, account, user))
                budget = admission.budget
                if admission.refusal is not None:
                    result = _limited(asked, admission.budget, admission.refusal)
                else:
                    with self._world.store.transaction():
                        result = self._run(asked, matched, user, account)
            finally:
                self._meter.leave(account)
        except Refusal as refusal:
            result = Answer(refusal.status, refusal.document(), refusal.headers)
        except Exception:
            _LOG.exception("%s %s", asked.method, asked.path)
            result = Answer(500, {"message": "Server Error"})
        headers = {**budget.headers(), "X-GitHub-Request-Id": secrets.token_hex(12).upper(), **result.headers}
        final = Answer(result.status, result.document, headers, result.content)
        if self._observer is not None:
            self._observer(_exchange(asked, matched, final))
        return final

    def _who(self, asked: Asked, matched: tuple[Route, dict[str, str]] | None) -> tuple[User | None, Account]:
        with self._world.store.transaction():
            user = authenticate(self._world.store, asked.headers.get("authorization"))
        if user is None:
            return None, _NOBODY
        if user.signed:
            return user, Account(name=f"app ID {user.id}")
        if user.grant is not None:
            return user, Account(name=f"installation ID {user.grant.installation}")
        if user.is_bot:
            return user, Account(name=f"installation ID {user.id}", workflow_of=_repository_of(asked, matched))
        return user, Account(name=f"user ID {user.id}")

    def _run(
        self, asked: Asked, matched: tuple[Route, dict[str, str]] | None, user: User | None, account: Account
    ) -> Answer:
        if matched is None:
            raise not_found()
        route, params = matched
        found, role = self._admit(route, params, user)
        call = Call(
            world=self._world,
            site=asked.site,
            budgets={resource: self._meter.budget(account, resource) for resource in ("core", "graphql")},
            user=user,
            found=found,
            role=role,
            path=asked.path,
            params=params,
            query=dict(asked.query),
            headers=asked.headers,
            content=asked.content,
            document=parse(asked),
        )
        return route.handler(call)

    def _admit(self, route: Route, params: dict[str, str], user: User | None) -> tuple[Repository | None, Role]:
        """The repository that the path names and the asker's role there; a refusal where that is not enough."""
        if user is not None and user.signed and not for_apps_alone(route.template):
            raise bad_credentials()
        if "repo" not in params:
            if route.needs is not None and user is None:
                raise needs_login()
            return None, Role.NONE
        found = find_repository(self._world.store, params["owner"], params["repo"])
        if found is None:
            raise not_found()
        role = role_of(self._world.store, found, user)
        demand(role, route.needs or Role.READ, user)
        if route.method != "GET" and user is None:
            raise needs_login()
        if user is not None and user.grant is not None and (found.private or route.method != "GET"):
            demand_permission(user.grant, route.method, route.template)
        return found, role


def _repository_of(asked: Asked, matched: tuple[Route, dict[str, str]] | None) -> str:
    """The repository that a request is about; GraphQL names it inside."""
    if matched is not None and "repo" in matched[1]:
        return f"{matched[1]['owner']}/{matched[1]['repo']}".lower()
    found = _INSIDE.search(asked.content) if asked.path == "/graphql" else None
    return found[1].decode().lower() if found else "elsewhere"


def _ask(asked: Asked, account: Account, user: User | None) -> Ask:
    """What an App asks about itself creates nothing, and `/rate_limit` is free."""
    free = asked.path == "/rate_limit" or (user is not None and user.signed)
    return Ask(account=account, method=asked.method, graphql=asked.path == "/graphql", free=free)


def _limited(asked: Asked, budget: Budget, refusal: Refusal) -> Answer:
    """GraphQL answers 200 where the hour is spent, and says it among its errors."""
    if asked.path == "/graphql" and not budget.remaining:
        return Answer(200, {"errors": [{"type": "RATE_LIMITED", "message": refusal.message}]})
    raise refusal


def _exchange(asked: Asked, matched: tuple[Route, dict[str, str]] | None, answer: Answer) -> Exchange:
    try:
        body = parse(asked)
    except Refusal:
        body = asked.content
    document = answer.document if answer.content is None else answer.content
    return Exchange(
        method=asked.method,
        path=asked.path,
        template=matched[0].template if matched else None,
        params=matched[1] if matched else {},
        query=asked.query,
        request_body=body if body is not None or not asked.content else asked.content,
        status=answer.status,
        headers=answer.headers,
        body=document,
    )


def described_operations() -> list[tuple[str, str]]:
    """Method and template of every operation that the hub answers; GraphQL's is not in GitHub's REST description."""
    return [operation for operation in registered() if operation != ("POST", "/graphql")]
