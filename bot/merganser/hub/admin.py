"""What GitHub does in its own pages or inside its runners: people, repositories, rules, workflow runs, artifacts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zipfile import is_zipfile

from merganser.errors import ForgeError
from merganser.hub.access import Repository, Role, User, find_repository, find_user, issue_token
from merganser.hub.api.actions import ARTIFACTS, RUNS, begin_again
from merganser.hub.api.checks import suite_for
from merganser.hub.git import plumbing, refs
from merganser.hub.git.names import is_name, is_ref
from merganser.hub.git.objects import read_commit
from merganser.hub.routing import Call, World
from merganser.hub.rules import Protection, protect
from merganser.hub.store import Value, written
from merganser.hub.views.links import Site
from merganser.hub.views.runs import artifact, workflow_run

_RETENTION = timedelta(days=90)
_NO_STEPS: Mapping[str, str] = MappingProxyType({})
_ACTIONS_BOT = "github-actions[bot]"
_ACTIONS_BOT_ID = 41898282  # the id that GitHub's own bot has


def _wrong(message: str, hint: str) -> ForgeError:
    return ForgeError(message, hint)


class Admin:
    """Administration of one hub, by whoever holds the object."""

    def __init__(self, world: World, site: Callable[[], Site]) -> None:
        self._world = world
        self._store = world.store
        self._site = site

    def create_user(self, login: str, kind: str = "User") -> str:
        """Make a user or bot and answer with a first token: ghp_… of a user, ghs_… of a bot."""
        with self._store.transaction():
            if not is_name(login):
                raise _wrong(f"{login!r} can't be a login", "Use letters, digits, '-', and '[bot]' at the end.")
            known = find_user(self._store, login)
            if known is not None and login != _ACTIONS_BOT:
                raise _wrong(f"the user {login} exists", "Use create_token for one more token.")
            if known is None:
                self._insert_user(login, kind)
        return self.create_token(login)

    def _insert_user(self, login: str, kind: str) -> None:
        columns: dict[str, Value] = {"login": login, "kind": kind, "created_at": self._store.now()}
        if login == _ACTIONS_BOT:
            columns["id"] = _ACTIONS_BOT_ID
        self._store.insert("users", columns)

    def create_token(self, login: str) -> str:
        """One more token of a user."""
        with self._store.transaction():
            return issue_token(self._store, self._user(login))

    def create_repository(self, full_name: str, private: bool = False, default_branch: str = "main") -> None:
        """Make an empty repository; an owner that isn't there yet becomes an organization."""
        owner, slash, name = full_name.partition("/")
        if not slash or not is_name(owner) or not is_name(name) or not is_ref(default_branch):
            raise _wrong(f"{full_name!r} can't be a repository", "Give it as OWNER/NAME.")
        with self._store.transaction():
            if find_repository(self._store, owner, name) is not None:
                raise _wrong(f"the repository {full_name} exists", "Choose another name.")
            if find_user(self._store, owner) is None:
                self._insert_user(owner, "Organization")
            if find_user(self._store, _ACTIONS_BOT) is None:  # whose token workflows get; on GitHub it is always there
                self._insert_user(_ACTIONS_BOT, "Bot")
            moment = self._store.now()
            columns: dict[str, Value] = {"owner": owner, "name": name, "private": private}
            columns |= {"default_branch": default_branch, "created_at": moment}
            self._store.insert("repositories", columns | {"updated_at": moment, "pushed_at": moment})
            plumbing.create(self._world.git(self._repository(full_name)), default_branch)

    def fork(self, full_name: str, owner: str) -> str:
        """A user's fork of a repository with its branches, as the Fork button makes it; the fork's name."""
        with self._store.transaction():
            parent = self._repository(full_name)
            made = f"{owner}/{parent.name}"
            self.create_repository(made, parent.private, parent.default_branch)
            fork = self._repository(made)
            self._store.update("repositories", fork.id, {"parent_id": parent.id})
            branches = "refs/heads/*:refs/heads/*"
            plumbing.run(self._world.git(fork), ["fetch", "--quiet", str(self._world.git(parent)), branches])
        return made

    def disable_issues(self, full_name: str) -> None:
        """Take the tab of issues away; pull requests stay."""
        with self._store.transaction():
            self._store.update("repositories", self._repository(full_name).id, {"has_issues": False})

    def set_permission(self, full_name: str, login: str, role: str) -> None:
        """Make a user a collaborator: none, read, triage, write, maintain or admin."""
        if role.upper() not in Role.__members__:
            words = ", ".join(member.name.lower() for member in Role)
            raise _wrong(f"{role!r} is no role", f"Use one of {words}.")
        with self._store.transaction():
            repository, user = self._repository(full_name), self._user(login)
            query = "INSERT OR REPLACE INTO collaborators (repo_id, user_id, role) VALUES (?, ?, ?)"
            self._store.change(query, repository.id, user.id, role)

    def set_team(self, organisation: str, slug: str, logins: Sequence[str]) -> None:
        """Who is in a team of an organisation, from now on."""
        with self._store.transaction():
            self._store.change("DELETE FROM teams WHERE org = ? AND slug = ?", organisation.lower(), slug)
            for login in logins:
                columns: dict[str, Value] = {"org": organisation.lower(), "slug": slug}
                columns |= {"user_id": self._user(login).id}
                self._store.insert("teams", columns)

    def require_checks(self, full_name: str, branch: str, contexts: Sequence[str]) -> None:
        """Let a branch take only commits whose checks of these names passed; administrators are bound too."""
        rule = Protection(branch=branch, contexts=tuple(contexts), strict=False, enforce_admins=True)
        with self._store.transaction():
            protect(self._store, self._repository(full_name), rule)

    def name_secret(self, full_name: str, name: str, environment: str = "") -> None:
        """Let there be a secret of that name, of the repository or of one of its environments. It has no value here."""
        with self._store.transaction():
            query = "INSERT OR REPLACE INTO secrets (repo_id, environment, name, created_at) VALUES (?, ?, ?, ?)"
            self._store.change(query, self._repository(full_name).id, environment, name, self._store.now())

    def start_workflow_run(
        self,
        full_name: str,
        workflow_path: str = ".github/workflows/merganser-train.yml",
        *,
        event: str = "pull_request",
        head_branch: str,
        head_sha: str,
        actor: str,
        fork: str = "",
    ) -> dict[str, Any]:
        """A run in progress, in GitHub's form, as a runner would have begun it; `fork` is where its branch is."""
        with self._store.transaction():
            repository, who = self._repository(full_name), self._user(actor)
            git = self._world.git(repository)
            if refs.commit_of(git, head_sha) is None:
                raise _wrong(f"{full_name} has no commit {head_sha}", "Push it first.")
            workflow = self._workflow(repository, workflow_path)
            query = "SELECT max(number) FROM workflow_runs WHERE workflow_id = ?"
            moment = self._store.now()
            columns: dict[str, Value] = {
                "repo_id": repository.id,
                "workflow_id": workflow,
                "suite_id": suite_for(self._store, repository.id, head_sha, self._user(_ACTIONS_BOT)),
                "number": self._store.number(query, workflow) + 1,
                "event": event,
                "status": "in_progress",
                "title": read_commit(git, head_sha).message.partition("\n")[0],
                "head_repo_id": self._repository(fork or full_name).id,
                "head_branch": head_branch,
                "head_sha": head_sha,
                "actor_id": who.id,
                "created_at": moment,
                "updated_at": moment,
            }
            return self._run(repository, self._store.insert("workflow_runs", columns))

    def _workflow(self, repository: Repository, path: str) -> int:
        row = self._store.row("SELECT id FROM workflows WHERE repo_id = ? AND path = ?", repository.id, path)
        if row is not None:
            return int(row["id"])
        return self._store.insert(
            "workflows", {"repo_id": repository.id, "path": path, "created_at": self._store.now()}
        )

    def finish_workflow_run(self, full_name: str, run_id: int, conclusion: str) -> dict[str, Any]:
        """Complete a run: success, failure, cancelled, timed_out, skipped or action_required."""
        with self._store.transaction():
            repository = self._repository(full_name)
            columns: dict[str, Value] = {
                "status": "completed",
                "conclusion": conclusion,
                "updated_at": self._store.now(),
            }
            self._store.update("workflow_runs", run_id, columns)
            return self._run(repository, run_id)

    def report_job(
        self, full_name: str, run_id: int, name: str, conclusion: str = "success", steps: Mapping[str, str] = _NO_STEPS
    ) -> None:
        """A job of the run's present attempt has ended; `steps` have their conclusions, in order."""
        with self._store.transaction():
            attempt, moment = self._run(self._repository(full_name), run_id)["run_attempt"], self._store.now()
            # The one that was asked for by itself is there already.
            query = "DELETE FROM jobs WHERE run_id = ? AND attempt = ? AND name = ? AND status = 'queued'"
            self._store.change(query, run_id, attempt, name)
            told = [{"name": step, "conclusion": outcome} for step, outcome in steps.items()]
            columns: dict[str, Value] = {"run_id": run_id, "attempt": attempt, "name": name, "status": "completed"}
            columns |= {"conclusion": conclusion, "steps": json.dumps(told)}
            self._store.insert("jobs", columns | {"started_at": moment, "completed_at": moment})

    def rerun_workflow_run(self, full_name: str, run_id: int) -> dict[str, Any]:
        """Begin the next attempt of a run; its id stays, as on GitHub."""
        with self._store.transaction():
            repository = self._repository(full_name)
            begin_again(self._store, run_id)
            return self._run(repository, run_id)

    def upload_artifact(self, full_name: str, run_id: int, name: str, zip_path: Path) -> dict[str, Any]:
        """Store a zip file as an artifact of a run; names are unique in a run."""
        if not is_zipfile(zip_path):
            raise _wrong(f"{zip_path} is no zip file", "An artifact is uploaded as the archive that it will be.")
        content = Path(zip_path).read_bytes()
        with self._store.transaction():
            repository = self._repository(full_name)
            self._run(repository, run_id)
            if self._store.row("SELECT 1 FROM artifacts WHERE run_id = ? AND name = ?", run_id, name):
                message = f"run {run_id} has an artifact {name} already"
                raise _wrong(message, "Artifacts are immutable: choose another name.")
            expires = written(self._store.clock() + _RETENTION.total_seconds())
            columns: dict[str, Value] = {"run_id": run_id, "name": name, "size": len(content)}
            columns |= {"sha256": self._store.keep(content), "created_at": self._store.now(), "expires_at": expires}
            key = self._store.insert("artifacts", columns)
            row = self._store.rows(ARTIFACTS + "AND artifacts.id = ?", repository.id, key)[0]
            return artifact(self._call(repository), row)

    def checkpoint(self) -> None:
        """Make the directory whole, so that a copy of it is a full snapshot."""
        self._store.checkpoint()

    def _user(self, login: str) -> User:
        found = find_user(self._store, login)
        if found is None:
            raise _wrong(f"the hub has no user {login}", "Make it with create_user.")
        return found

    def _repository(self, full_name: str) -> Repository:
        owner, _, name = full_name.partition("/")
        found = find_repository(self._store, owner, name)
        if found is None:
            raise _wrong(f"the hub has no repository {full_name}", "Make it with create_repository.")
        return found

    def _run(self, repository: Repository, run_id: int) -> dict[str, Any]:
        row = self._store.row(RUNS + "AND workflow_runs.id = ?", repository.id, run_id)
        if row is None:
            raise _wrong(f"{repository.full_name} has no workflow run {run_id}", "Start one first.")
        return workflow_run(self._call(repository), row)

    def _call(self, repository: Repository) -> Call:
        """A call as the administration itself makes it, to have objects in GitHub's form."""
        return Call(
            world=self._world,
            site=self._site(),
            user=None,
            found=repository,
            role=Role.ADMIN,
            path="/",
            params={},
            query={},
            headers={},
            content=b"",
            document=None,
        )
