"""The hub's SQLite file and its stored bytes: opening, transactions, rows. What rows mean is said by their readers."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

Row = sqlite3.Row
Value = str | int | None


def written(seconds: float) -> str:
    """A second since 1970 in GitHub's form, such as 2026-01-31T12:00:00Z."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Store:
    """One connection behind one lock: requests are answered one after the other, so each is atomic.

    `clock` says what time it is, in seconds since 1970.
    """

    def __init__(self, directory: Path, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.blobs = directory / "blobs"
        self.blobs.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(directory / "hub.sqlite", check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.executescript(files("merganser.hub").joinpath("schema.sql").read_text("utf-8"))

    def now(self) -> str:
        """The present second in GitHub's form."""
        return written(self.clock())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens, or nothing; a transaction inside another joins it."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, query: str, *values: Value) -> list[Row]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def row(self, query: str, *values: Value) -> Row | None:
        found = self.rows(query, *values)
        return found[0] if found else None

    def number(self, query: str, *values: Value) -> int:
        """The single integer that a counting query answers with; 0 for none."""
        found = self.row(query, *values)
        return int(found[0] or 0) if found else 0

    def change(self, statement: str, *values: Value) -> int:
        """Run one INSERT, UPDATE or DELETE; the number of rows that it touched."""
        with self._lock:
            return self._connection.execute(statement, values).rowcount

    def insert(self, table: str, columns: dict[str, Value]) -> int:
        """Insert a row and answer with its id. Table and column names come from the code, never from a request."""
        names = ", ".join(columns)
        marks = ", ".join("?" * len(columns))
        with self._lock:
            statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - see the docstring
            return int(self._connection.execute(statement, tuple(columns.values())).lastrowid or 0)

    def update(self, table: str, key: int, columns: dict[str, Value]) -> None:
        """Set columns of the row with this id (`issue_id` in pulls)."""
        if not columns:
            return
        names = ", ".join(f"{name} = ?" for name in columns)
        identity = "issue_id" if table == "pulls" else "id"
        statement = f"UPDATE {table} SET {names} WHERE {identity} = ?"  # noqa: S608 - names come from the code
        self.change(statement, *columns.values(), key)

    def keep(self, content: bytes) -> str:
        """Store bytes under their SHA-256 and answer with it."""
        digest = hashlib.sha256(content).hexdigest()
        target = self.blobs / digest
        if not target.exists():
            partial = target.with_suffix(f".{threading.get_ident()}")
            partial.write_bytes(content)
            partial.replace(target)
        return digest

    def checkpoint(self) -> None:
        """Move the write-ahead log into the database file, so that copying the directory copies all."""
        with self._lock:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        with self._lock:
            self._connection.close()
