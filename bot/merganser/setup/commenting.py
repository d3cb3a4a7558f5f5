"""A comment that a person writes under a pull request on the hub: what its workflow does for it, and the reply."""

import msgspec

from merganser.forge.ci.runtime import Runtime
from merganser.forge.github import connect
from merganser.forge.secret import Secret
from merganser.report.reply import marker
from merganser.setup import actions
from merganser.setup.actions import Actions
from merganser.setup.runner import Ran

_MOST = 100


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """What is said, under which pull request, and the token of whoever says it."""

    repo: str
    number: int
    token: str
    text: str


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A comment that stands under its pull request: its id and its page."""

    of: Comment
    id: int
    page: str


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """The runs that a comment started, and what was replied to it ("" for nothing)."""

    ran: tuple[Ran, ...]
    reply: str


def write(playing: Actions, comment: Comment) -> Written:
    """Say it, and nothing more."""
    with connect(Runtime(api_url=playing.hub.api_url, token=Secret(comment.token))) as forge:
        made = forge.create_comment(comment.repo, comment.number, comment.text)
    return Written(of=comment, id=made.id, page=made.html_url)


def answer(playing: Actions, written: Written) -> Answered:
    """Run what answers it, and a training that it begins again."""
    repo, number = written.of.repo, written.of.number
    said = playing.fetch(f"/repos/{repo}/issues/comments/{written.id}")
    ran = actions.deliver(playing, actions.issue_comment(playing, repo, said))
    ran += actions.resume(playing, repo, number)
    found = playing.fetch(f"/repos/{repo}/issues/{number}/comments?per_page={_MOST}")
    replies = (one["body"] for one in found if one["body"].startswith(marker(written.id)))
    return Answered(ran=ran, reply=next(replies, ""))
