"""A plan in words, for `--dry-run`: what would be written where. Pure."""

from collections.abc import Iterable

from merganser import plan


def describe(wanted: plan.Plan) -> str:
    """The plan's sentence and a paragraph for each effect, in order."""
    parts = [wanted.summary] if wanted.summary else []
    parts += [_effect(effect) for effect in wanted.effects] or ["Nothing would be written."]
    return "\n\n".join(parts) + "\n"


def _effect(effect: plan.Effect) -> str:
    match effect:
        case plan.Comment():
            return f"comment {effect.marker} on {effect.repo}#{effect.number}:\n{_indented(effect.body)}"
        case plan.Amend():
            return f"comment {effect.marker} on {effect.repo}#{effect.number}, if there:\n{_indented(effect.body)}"
        case plan.Check():
            state = effect.conclusion or effect.status
            said = _indented(f"{effect.title}\n{effect.summary}")
            return f"check {effect.name} on {effect.repo} {effect.sha}: {state}\n{said}"
        case plan.React():
            return f"reaction {effect.reaction.value} to comment {effect.comment} of {effect.repo}"
        case plan.Settle():
            told = f"replies on {effect.repo}#{effect.number} that wait for attempt {effect.attempt}"
            return f"{told} to train {effect.sha}:\n{_indented(effect.said)}"
        case plan.HeadIs():
            return f"go on only while {effect.repo}#{effect.number} is at {effect.sha}"
        case plan.Still():
            return f"go on only while {', '.join(effect.folders)} on {effect.branch} of {effect.repo} stay as they are"
        case plan.Rerun():
            what = f"job {effect.job} of run {effect.run}" if effect.job else f"run {effect.run}"
            return f"{what} of {effect.repo} again, after attempt {effect.attempt}"
        case plan.Approve():
            return f"approve run {effect.run} of {effect.repo}"
        case plan.Issue():
            return f"issue {effect.marker} in {effect.repo}: {effect.title}\n{_indented(effect.body)}"
        case plan.CloseIssue():
            return f"no open issue {effect.marker} in {effect.repo}:\n{_indented(effect.body)}"
        case plan.Labels():
            return f"labels {', '.join(effect.names)} on {effect.repo}#{effect.number}"
        case plan.Tag():
            return f"tag {effect.name} of {effect.repo} on {effect.commit}:\n{_indented(effect.message)}"
        case plan.Release():
            assets = [f"{asset.name} ({asset.size} bytes, sha256:{asset.sha256})" for asset in effect.assets]
            return f"release {effect.tag} of {effect.repo}: {effect.title}\n{_indented(effect.body, *assets)}"
        case plan.DiscardDrafts():
            return f"no draft of {effect.tag} of {effect.repo} beside its release"
        case plan.Append():
            return f"append to {effect.branch} of {effect.repo}: {effect.message}\n{_files(effect.files)}"
        case plan.Edit():
            where = f"{effect.path} on {effect.branch} of {effect.repo}, at {effect.head}"
            return f"commit {where}: {effect.message}\n{_indented(effect.content.decode(errors='replace'))}"
        case plan.Commit():
            started = f"{effect.branch} of {effect.repo} (from {effect.base})"
            return f"commit on {started}: {effect.message}\n{_files(effect.files)}"
        case plan.PullRequest():
            labels = f" [{', '.join(effect.labels)}]" if effect.labels else ""
            where = f"{effect.repo} from {effect.branch} into {effect.base}"
            return f"pull request in {where}: {effect.title}{labels}\n{_indented(effect.body)}"
        case plan.Merge():
            return f"merge {effect.repo}#{effect.number} at {effect.sha} ({effect.method})"


def _indented(*texts: str) -> str:
    return "\n".join(f"    {line}" for text in texts for line in text.splitlines())


def _files(files: dict[str, bytes]) -> str:
    return _indented(*_sizes(files.items()))


def _sizes(files: Iterable[tuple[str, bytes]]) -> Iterable[str]:
    return (f"{path} ({len(data)} bytes)" for path, data in files)
