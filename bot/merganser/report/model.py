"""What a report is made from: the judged models of one change, and where it happened. No wording, no Markdown."""

import msgspec

from merganser.config.commands import CommandRule
from merganser.evaluation.compare import Comparison
from merganser.evaluation.verdict import Mode, Verdict
from merganser.registry.overrides import Override
from merganser.run import Run


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One model with its verdict, and the overrides that let checks of it pass.

    `quality` is whether its gate has any rule for a metric of quality, and not for costs or drift alone. `comparison`
    is None without a baseline; `reused_run_url` is set where the bundle comes from an earlier run of the same inputs.
    """

    verdict: Verdict
    overrides: tuple[Override, ...] = ()
    run: Run
    comparison: Comparison | None = None
    new_model: bool = False
    quality: bool = True
    reused_run_url: str = ""


class NotJudged(msgspec.Struct, frozen=True, kw_only=True):
    """One model without a verdict; `reason` says what is wrong and what to do: training failed, no bundle, no labels.

    `log_url` is the run whose log has more: the training's, or the report's own.
    """

    model: str
    reason: str
    log_url: str = ""


class Alterations(msgspec.Struct, frozen=True, kw_only=True):
    """What a change does to the gate itself: the models that leave it, and the settings that differ, by model.

    A model that leaves has the name that it seems to bear from now on, "" for none.
    """

    leaving: dict[str, str] = {}
    settings: dict[str, tuple[str, ...]] = {}

    @property
    def are_none(self) -> bool:
        """Whether the gate stays as it is."""
        return not (self.leaving or any(self.settings.values()))


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One change, judged. `repo` is OWNER/NAME, `head` and `base` are commits, `notes` single sentences.

    `override` says who may override, None where nobody could by a comment.
    """

    repo: str
    head: str
    base: str
    mode: Mode
    server_url: str
    run_url: str
    run_number: int
    attempt: int = 1
    pull_request: int | None = None
    models: tuple[Judged | NotJudged, ...]
    altered: Alterations = Alterations()
    override: CommandRule | None = None
    notes: tuple[str, ...] = ()
