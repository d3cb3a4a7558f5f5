"""Who is asking and what he may do: tokens, roles, and the rules that GitHub derives from them."""

from __future__ import annotations

import base64
import hashlib
import secrets
from enum import IntEnum

import msgspec

from merganser.hub.grants import Grant, grant_of, is_installed, is_word, signer
from merganser.hub.refusals import Refusal, bad_credentials, existing, forbidden, needs_login, not_found
from merganser.hub.store import Row, Store


class Role(IntEnum):
    """A collaborator's role; the order is GitHub's."""

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    MAINTAIN = 4
    ADMIN = 5


class User(msgspec.Struct, frozen=True, kw_only=True):
    """`grant` is what the bot's token may do where an App made it; `signed` is the App itself, by its signed word."""

    id: int
    login: str
    kind: str
    created_at: str
    grant: Grant | None = None
    signed: bool = False

    @property
    def is_bot(self) -> bool:
        return self.kind == "Bot"


class Repository(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    owner: str
    name: str
    private: bool
    default_branch: str
    description: str | None
    immutable_releases: bool
    has_issues: bool
    parent_id: int | None
    created_at: str
    updated_at: str
    pushed_at: str

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"


def _user(row: Row) -> User:
    return User(id=row["id"], login=row["login"], kind=row["kind"], created_at=row["created_at"])


def find_user(store: Store, login: str) -> User | None:
    row = store.row("SELECT * FROM users WHERE login = ?", login)
    return _user(row) if row else None


def user_by_id(store: Store, key: int) -> User:
    row = existing(store.row("SELECT * FROM users WHERE id = ?", key))
    return _user(row)


def find_repository(store: Store, owner: str, name: str) -> Repository | None:
    row = store.row("SELECT * FROM repositories WHERE owner = ? AND name = ?", owner, name)
    if row is None:
        return None
    flags = {name: bool(row[name]) for name in ("private", "immutable_releases", "has_issues")}
    return msgspec.convert(dict(row) | flags, Repository)


def repository_by_id(store: Store, key: int) -> Repository:
    row = store.row("SELECT owner, name FROM repositories WHERE id = ?", key)
    return existing(find_repository(store, row["owner"], row["name"]) if row else None)


def find_fork(store: Store, owner: str, parent: int) -> Repository | None:
    """An owner's fork of a repository."""
    row = store.row("SELECT id FROM repositories WHERE owner = ? AND parent_id = ?", owner, parent)
    return repository_by_id(store, row["id"]) if row else None


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def issue_token(store: Store, user: User) -> str:
    """A new token of this user; only its digest is stored."""
    prefix = "ghs" if user.is_bot else "ghp"
    token = f"{prefix}_{secrets.token_hex(20)}"
    store.insert("tokens", {"digest": token_digest(token), "user_id": user.id, "created_at": store.now()})
    return token


def _token(header: str) -> str:
    """The token inside an Authorization header of any form that GitHub takes."""
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() in {"bearer", "token"}:
        return value.strip()
    if scheme.lower() != "basic":
        raise bad_credentials()
    try:
        user, _, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except ValueError:
        raise bad_credentials() from None
    return password if password and password != "x-oauth-basic" else user  # noqa: S105 - GitHub's fixed word


def authenticate(store: Store, header: str | None) -> User | None:
    """The user of the token in this header; None without a header; 401 for an unknown token."""
    if not header:
        return None
    token = _token(header)
    if is_word(token):
        return msgspec.structs.replace(user_by_id(store, signer(store, token)), signed=True)
    digest = token_digest(token)
    row = store.row("SELECT users.* FROM users JOIN tokens ON tokens.user_id = users.id WHERE digest = ?", digest)
    if row is None:
        raise bad_credentials()
    return msgspec.structs.replace(_user(row), grant=grant_of(store, digest))


def role_of(store: Store, repository: Repository, user: User | None) -> Role:
    """The role that counts: owner and explicit collaborators, else read on public repositories."""
    floor = Role.NONE if repository.private else Role.READ
    if user is None:
        return floor
    if user.signed:
        return max(floor, Role.READ) if is_installed(store, user.id, repository.id) else floor
    if user.grant is not None:
        return _granted(user.grant, repository, floor)
    if user.login.lower() == repository.owner.lower():
        return Role.ADMIN
    row = store.row("SELECT role FROM collaborators WHERE repo_id = ? AND user_id = ?", repository.id, user.id)
    return max(floor, Role[row["role"].upper()]) if row else floor


def _granted(grant: Grant, repository: Repository, floor: Role) -> Role:
    """What an App's token comes to at most; each operation asks for its own permission besides."""
    if repository.id not in grant.repositories:
        return floor
    return Role.ADMIN if grant.allows("administration", "read") else Role.WRITE


def contents_role(role: Role, repository: Repository, user: User | None) -> Role:
    """The role that counts for git and for files: an App's token needs the permission for contents."""
    if user is None or user.grant is None:
        return role
    if user.grant.allows("contents", "write"):
        return role
    readable = user.grant.allows("contents", "read") or not repository.private
    return min(role, Role.READ if readable else Role.NONE)


def demand(role: Role, needed: Role, user: User | None) -> None:
    """Refuse as GitHub does: 404 where nothing may be known, 401 for the nameless, 403 for the powerless."""
    if role == Role.NONE:
        raise not_found()
    if needed > Role.READ and user is None:
        raise needs_login()
    if role < needed:
        raise powerless(needed, user)


def powerless(needed: Role, user: User | None) -> Refusal:
    if needed == Role.ADMIN:
        return forbidden("Must have admin rights to Repository.")
    if user is not None and user.is_bot:
        return forbidden("Resource not accessible by integration")
    return forbidden()
