"""What people do with GitHub Apps on GitHub's pages: register one with its key, install it, end its tokens."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from merganser.errors import ForgeError
from merganser.hub.access import find_repository, find_user
from merganser.hub.store import Store, Value


class Apps:
    """The Apps of one hub, by whoever holds the object. An App is named by its bot: `merganser[bot]`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def register(self, bot: str, public_key: str) -> str:
        """Make the bot an App whose words this key (PEM) checks; the App's id."""
        with self._store.transaction():
            who = find_user(self._store, bot)
            key = (
                who.id
                if who
                else self._store.insert("users", {"login": bot, "kind": "Bot", "created_at": self._store.now()})
            )
            self._store.change("INSERT OR REPLACE INTO apps (bot_id, public_key) VALUES (?, ?)", key, public_key)
        return str(key)

    def install(self, bot: str, repositories: Sequence[str], permissions: Mapping[str, str]) -> int:
        """Install the App on repositories of one owner, in place of what it had there; the installation's id."""
        with self._store.transaction():
            found = [find_repository(self._store, *name.split("/", 1)) for name in repositories]
            owners = {one.owner for one in found if one}
            app, account = find_user(self._store, bot), find_user(self._store, min(owners, default=""))
            if app is None or account is None or None in found or len(owners) != 1:
                raise ForgeError("an App is installed on repositories of one owner", "Make the App and them first.")
            row = self._store.row(
                "SELECT id FROM installations WHERE bot_id = ? AND account_id = ?", app.id, account.id
            )
            columns: dict[str, Value] = {"bot_id": app.id, "account_id": account.id, "created_at": self._store.now()}
            key = int(row["id"]) if row else self._store.insert("installations", columns | {"permissions": "{}"})
            granted: dict[str, Value] = {"permissions": json.dumps(dict(permissions)), "suspended_at": None}
            self._store.update("installations", key, granted)
            self._store.change("DELETE FROM installed WHERE installation_id = ?", key)
            for one in found:
                if one is not None:
                    self._store.insert("installed", {"installation_id": key, "repo_id": one.id})
        return key

    def suspend(self, installation: int) -> None:
        with self._store.transaction():
            self._store.update("installations", installation, {"suspended_at": self._store.now()})

    def end_tokens(self) -> None:
        """Let the hour of every installation's token be over."""
        with self._store.transaction():
            self._store.change("UPDATE grants SET expires_at = 0")
