"""The issue about a merged model that fails its gate: opened by a push that fails, closed by the next that passes."""

import msgspec

from merganser.markdown import prose
from merganser.plan import CloseIssue, Issue
from merganser.report.comment import COMMENT_LIMIT, document
from merganser.report.model import Alterations, Judged, NotJudged, Report
from merganser.report.text import NAME_LIMIT, link
from merganser.report.wording import Outcome, outcome


def marker(model: str) -> str:
    """By which we find our issue about a model again."""
    return f"<!-- merganser:merged:{model} -->"


def issue(report: Report, entry: Judged | NotJudged) -> Issue | CloseIssue:
    """What a push makes of the issue about one of its models."""
    model = entry.verdict.model if isinstance(entry, Judged) else entry.model
    name, commit = prose(model, NAME_LIMIT), _commit(report)
    if outcome(entry) is not Outcome.blocked:
        said = f"Since {commit}, {name} passes its gate again."
        return CloseIssue(repo=report.repo, marker=marker(model), body=_body(report, entry, said))
    said = (
        f"What was merged with {commit} fails the gate of {name}. No version is made of it, and what is deployed stays "
        "as it is.\n\nPush what mends it, or revert the merge: the first push that passes closes this issue."
    )
    title = f"{model} fails its gate after a merge"
    return Issue(repo=report.repo, marker=marker(model), title=title, body=_body(report, entry, said))


def _commit(report: Report) -> str:
    return link(f"`{report.head[:12]}`", f"{report.server_url}/{report.repo}/commit/{report.head}")


def _body(report: Report, entry: Judged | NotJudged, said: str) -> str:
    model = entry.verdict.model if isinstance(entry, Judged) else entry.model
    own = msgspec.structs.replace(report, models=(entry,), altered=Alterations(), override=None, notes=())
    return document(own, [marker(model), said, ""], COMMENT_LIMIT)
