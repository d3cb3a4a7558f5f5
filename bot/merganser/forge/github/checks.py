"""A commit's check runs."""

from collections.abc import Mapping
from typing import Any

from merganser.forge import names, values
from merganser.forge.github.client import Client, of_item, of_repository


def check_runs(client: Client, repo: str, sha: str, name: str) -> tuple[values.CheckRun, ...]:
    """Every check run of that name on the commit, by any app."""
    url = f"{of_repository(repo)}/commits/{names.sha(sha)}/check-runs"
    return client.items(url, values.CheckRun, {"check_name": name, "filter": "all"}, "check_runs")


def create_check_run(client: Client, repo: str, fields: Mapping[str, Any]) -> values.CheckRun:
    return client.send("POST", f"{of_repository(repo)}/check-runs", fields, values.CheckRun)


def update_check_run(client: Client, repo: str, check: int, fields: Mapping[str, Any]) -> values.CheckRun:
    return client.send("PATCH", of_item(repo, "check-runs", check), fields, values.CheckRun)
