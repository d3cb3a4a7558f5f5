"""The effects that the tests apply: one of each kind, for the prepared world."""

import hashlib

from merganser import plan
from tests.forge.world import LEDGER, REPO, STAGING, Prepared

MARKER = "<!-- merganser:report:digits -->"
AMENDED = "<!-- merganser:report:0 -->"
TAG = "digits@v1.0.0"
MODEL = b"\x80\xff a model \x00"
EVIDENCE = b'{"schema": "merganser.run/1"}\n'


def asset(name: str, content: bytes) -> plan.Asset:
    return plan.Asset(name=name, sha256=hashlib.sha256(content).hexdigest(), size=len(content), content=content)


def comment(body: str = "All good.", order: tuple[int, int] = (0, 0)) -> plan.Comment:
    return plan.Comment(repo=REPO, number=1, marker=MARKER, body=f"{MARKER}\n{body}", order=order)


def amend(body: str = "Nothing to judge.", order: tuple[int, int] = (0, 0)) -> plan.Amend:
    return plan.Amend(repo=REPO, number=1, marker=MARKER, body=f"{MARKER}\n{body}", order=order)


def check(prepared: Prepared, conclusion: plan.Conclusion | None = plan.Conclusion.success) -> plan.Check:
    return plan.Check(
        repo=REPO,
        sha=prepared.head,
        name="merganser/gate",
        status=plan.CheckStatus.completed if conclusion else plan.CheckStatus.in_progress,
        conclusion=conclusion,
        title="1 model passes" if conclusion else "Judging",
        summary="digits: **pass**",
        text="Details." if conclusion else "",
        details_url="https://example.com/run" if conclusion else "",
    )


ISSUE = "<!-- merganser:merged:digits -->"


def issue(body: str = "It fails.") -> plan.Issue:
    return plan.Issue(repo=REPO, marker=ISSUE, title="digits fails", body=f"{ISSUE}\n{body}")


def close_issue() -> plan.CloseIssue:
    return plan.CloseIssue(repo=REPO, marker=ISSUE, body=f"{ISSUE}\nIt passes.")


def labels(*names: str) -> plan.Labels:
    return plan.Labels(repo=REPO, number=1, names=names or ("merganser", "digits"))


def tag(prepared: Prepared) -> plan.Tag:
    return plan.Tag(repo=REPO, name=TAG, commit=prepared.base, message="digits 1.0.0")


def release(body: str = "Evidence.") -> plan.Release:
    assets = (asset("run.json", EVIDENCE), asset("digits.joblib", MODEL))
    return plan.Release(repo=REPO, tag=TAG, title="digits 1.0.0", body=body, assets=assets)


def discard_drafts() -> plan.DiscardDrafts:
    return plan.DiscardDrafts(repo=REPO, tag=TAG)


def append(*names: str) -> plan.Append:
    files = {f"runs/digits/{name}.json": f'"{name}"\n'.encode() for name in names or ("a",)}
    return plan.Append(repo=REPO, branch=LEDGER, files=files, message="Record a run")


def commit(version: str = "1.0.0", **more: bytes) -> plan.Commit:
    files = {"staging/digits/release.yaml": f"version: {version}\n".encode(), "staging/digits/model.bin": MODEL}
    return plan.Commit(
        repo=REPO, branch=STAGING, base="main", folder="staging/digits", files=files | more,
        message=f"Promote digits {version} to staging",
    )  # fmt: skip


def pull_request(body: str = "Judged.") -> plan.PullRequest:
    return plan.PullRequest(
        repo=REPO, branch=STAGING, base="main", title="Promote digits to staging", body=body, labels=("deployment",)
    )


def merge(prepared: Prepared) -> plan.Merge:
    return plan.Merge(repo=REPO, number=1, sha=prepared.head)


def of_comments(prepared: Prepared, comment: int, runs: tuple[int, int, int], job: int) -> tuple[plan.Effect, ...]:
    """What slash commands want: of a person's comment, of a run that ended, of one that waits, of a job of a third."""
    edit = plan.Edit(repo=REPO, branch="main", head=prepared.base, path="c.yaml", content=b"C: 2\n", message="Set C")
    return (
        plan.HeadIs(repo=REPO, number=1, sha=prepared.head),
        plan.Still(repo=REPO, branch="main", tip=prepared.base, folders=("overrides/digits",)),
        plan.React(repo=REPO, comment=comment, reaction=plan.Reaction.seen),
        plan.Rerun(repo=REPO, run=runs[0], attempt=1),
        plan.Approve(repo=REPO, run=runs[1]),
        plan.Rerun(repo=REPO, run=runs[2], attempt=1, job=job),
        plan.Settle(repo=REPO, number=1, sha=prepared.head, run=5, attempt=2, said="done."),
        plan.Amend(repo=REPO, number=1, marker=AMENDED, body=f"{AMENDED}\nNothing to judge."),
        edit,
    )


def everything(prepared: Prepared) -> plan.Plan:
    effects = (
        comment(), check(prepared), labels(), tag(prepared), release(), discard_drafts(), append("a"),
        append("a", "b"), commit(), pull_request(), merge(prepared), issue(),
    )  # fmt: skip
    return plan.Plan(effects, "One of each")
