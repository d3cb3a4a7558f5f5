"""What every page below a repository needs: its menu's counts, where its links may lead, refs in paths."""

from __future__ import annotations

from typing import Any

from merganser.hub.access import Repository, Role, find_repository, role_of
from merganser.hub.git import refs
from merganser.hub.pages.linking import Place
from merganser.hub.refusals import not_found
from merganser.hub.routing import Call


def visible(call: Call) -> list[Repository]:
    """The repositories that the visitor may see, by name."""
    rows = call.store.rows("SELECT owner, name FROM repositories ORDER BY owner, name")
    found = (find_repository(call.store, row["owner"], row["name"]) for row in rows)
    return [one for one in found if one and role_of(call.store, one, call.user) >= Role.READ]


def place(call: Call, ref: str = "", folder: str = "") -> Place:
    """Where a text of the call's repository stands; by default at the top of the default branch."""
    known = frozenset(one.full_name.lower() for one in visible(call))
    return Place(call.repository.full_name, ref or call.repository.default_branch, folder, known)


def frame(call: Call, menu: str) -> dict[str, Any]:
    """What the frame around a repository's pages shows; `menu` is the entry that is lit."""
    repository = call.repository
    query = (
        "SELECT count(*) FROM issues LEFT JOIN pulls ON issue_id = issues.id "
        "WHERE repo_id = ? AND state = 'open' AND (issue_id IS NOT NULL) = ?"
    )
    return {
        "repository": repository,
        "home": f"/{repository.full_name}",
        "menu": menu,
        "open_pulls": call.store.number(query, repository.id, 1),
        "open_issues": call.store.number(query, repository.id, 0),
    }


def split_ref(call: Call, rest: str) -> tuple[str, str]:
    """The ref and the path in `REF/PATH`, where both may hold slashes."""
    parts = rest.split("/")
    for count in range(1, len(parts) + 1):
        ref = "/".join(parts[:count])
        if refs.resolve(call.git, ref) is not None:
            return ref, "/".join(parts[count:])
    raise not_found()
