"""People who comment on the stage's pull requests, and the workflow that answers them."""

import base64
import hashlib
import json
from typing import Any
from urllib.request import Request, urlopen

from merganser.commands.slash.responding import respond
from merganser.forge.times import Times
from tests.commands.stage import BOT, REPO, Life, Moment, fetch, params, runtime


class Talk:
    """A model repo on which several people comment. The bot answers with its own token."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self.tokens = {"ada": life.access.person}
        for login, role in (("bob", "maintain"), ("rita", "read")):
            self.tokens[login] = life.hub.admin.create_user(login)
            life.hub.admin.set_permission(REPO, login, role)

    @classmethod
    def resume(cls, life: Life, moment: Moment) -> "Talk":
        """The people of a hub that was copied; only ada's token is known."""
        talk = cls.__new__(cls)
        talk.life, talk.tokens = life, {"ada": moment.access.person}
        return talk

    def send(self, method: str, path: str, login: str, body: Any = None) -> Any:
        """One request by a person."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.tokens[login]}", "Content-Type": "application/json"}
        request = Request(f"{self.life.hub.api_url}{path}", data=data, headers=headers, method=method)
        with urlopen(request, timeout=30) as answer:
            content = answer.read()
            return json.loads(content) if content else None

    def say(self, number: int, login: str, body: str) -> dict[str, Any]:
        """A comment, and the event that tells of it."""
        comment = self.send("POST", f"/repos/{REPO}/issues/{number}/comments", login, {"body": body})
        return self.event(number, comment)

    def event(self, number: int, comment: dict[str, Any], action: str = "created") -> dict[str, Any]:
        issue = self.send("GET", f"/repos/{REPO}/issues/{number}", "ada")
        repository = self.send("GET", f"/repos/{REPO}", "ada")
        return {"action": action, "issue": issue, "comment": comment, "repository": repository}

    def answer(self, event: dict[str, Any], times: Times | None = None) -> str:
        """What the workflow does on the event."""
        told = runtime(self.life.hub, self.life.access.bot, event)
        return respond(told, times=times)

    def ask(self, number: int, login: str, body: str) -> str:
        """A comment and its answer: the reply's text."""
        event = self.say(number, login, body)
        self.answer(event)
        return self.reply(number, event)

    def reply(self, number: int, event: dict[str, Any]) -> str:
        """Our reply to a comment, "" for none."""
        marker = f"<!-- merganser:reply:{event['comment']['id']} -->"
        found = [body for login, body in self.comments(number) if login == BOT and body.startswith(marker)]
        assert len(found) <= 1
        return found[0] if found else ""

    def comments(self, number: int) -> list[tuple[str, str]]:
        found = fetch(self.life.hub, self.life.access.person, f"/repos/{REPO}/issues/{number}/comments?per_page=100")
        return [(comment["user"]["login"], comment["body"]) for comment in found]

    def reactions(self, event: dict[str, Any]) -> list[str]:
        path = f"/repos/{REPO}/issues/comments/{event['comment']['id']}/reactions"
        return [one["content"] for one in fetch(self.life.hub, self.life.access.person, path)]

    def checks(self, number: int) -> list[tuple[str, str]]:
        path = f"/repos/{REPO}/commits/{self.life.head(number)}/check-runs"
        found = fetch(self.life.hub, self.life.access.person, path)["check_runs"]
        return [(one["conclusion"] or one["status"], one["output"]["title"]) for one in found]

    def record(self, path: str) -> Any:
        """A record of the ledger."""
        blob = self.send("GET", f"/repos/{REPO}/git/blobs/{self.ledger()[path]}", "ada")
        return json.loads(base64.b64decode(blob["content"]))

    def ledger(self) -> dict[str, Any]:
        """What the ledger holds, by path."""
        path = f"/repos/{REPO}/git/trees/merganser-ledger?recursive=1"
        tree = fetch(self.life.hub, self.life.access.person, path)["tree"]
        return {entry["path"]: entry["sha"] for entry in tree if entry["type"] == "blob"}


def propose_worse(life: Life, test: str) -> tuple[int, str]:
    """A pull request whose model is worse, for one test alone: its number and branch.

    Its inputs are its own too: what is said about others' holds for the same inputs anywhere.
    """
    branch = f"worse-{hashlib.sha256(test.encode()).hexdigest()[:12]}"
    return life.propose(branch, {"params.yaml": f"# {branch}\n{params(6, 6)}"}), branch
