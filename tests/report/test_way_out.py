"""A blocked change says what to comment: each line, read as a comment, overrides exactly the check it stands for."""

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from merganser.chatops.reading import Command, Fault, read
from merganser.config import Severity
from merganser.config.commands import CommandRule, OwnWork, Permission
from merganser.evaluation.verdict import Check, Status
from merganser.plan import Conclusion
from merganser.report.comment import comment
from merganser.report.way_out import override_line, way_out
from tests.report import samples
from tests.report.markdown import tokens
from tests.report.samples import check, judged, report

FAILED = check(status=Status.failed, candidate=0.9, baseline=0.95)
RULE = CommandRule()
RED = {"conclusion": Conclusion.failure}


def fenced(markdown: str) -> list[str]:
    """The lines that a reader copies."""
    return [line for token in tokens(markdown) if token.type == "fence" for line in token.content.splitlines()]


IDS = st.text(min_size=1, max_size=60) | st.text(alphabet="aB1 '\"`\\@=:<>$&|*_é☃/-", min_size=1, max_size=40)


@settings(max_examples=300, deadline=None)
@given(IDS)
@example("accuracy:not_worse@label=1")
@example("accuracy:not_worse@city=New York")
@example('accuracy:not_worse@q=it\'s "so"')
@example("accuracy:not_worse@q=```")
@example("accuracy:not_worse@q=<div>")
@example("accuracy:not_worse@q=<!--")
@example("accuracy:not_worse@q=Zürich ☃")
@example("accuracy:not_worse@q=$(rm) | `x` \\")
@example("--reason=x")
def test_every_line_means_an_override_of_exactly_its_check(name: str) -> None:
    text = comment(report(judged(msgspec.structs.replace(FAILED, id=name), **RED), override=RULE))
    for line in fenced(text):
        [unsaid], [command] = read(line), read(line.removesuffix('"…"') + "because")
        assert isinstance(unsaid, Fault), "a line that is pasted as it stands gives no reason"
        assert isinstance(command, Command)
        assert (command.name, command.args, set(command.options)) == ("override", (name,), {"reason"})


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("accuracy:not_worse@label=1", '/override accuracy:not_worse@label=1 --reason "…"'),
        ("accuracy:not_worse@city=New York", "/override 'accuracy:not_worse@city=New York' --reason \"…\""),
        ("churn/auc:min@q=it's", "/override 'churn/auc:min@q=it'\"'\"'s' --reason \"…\""),
        ("auc:min@q=`a`", "/override 'auc:min@q=`a`' --reason \"…\""),
        ("auc:min@q=Zürich", "/override 'auc:min@q=Zürich' --reason \"…\""),
        # No command can name these, and what nobody reads at a glance isn't offered.
        ("auc:min@q=a\nb", ""),
        ("auc:min@q=\u202ea", ""),
        ("auc:min@q=" + "x" * 600, ""),
    ],
)
def test_the_line(name: str, line: str) -> None:
    assert override_line(name) == line


OPEN = check("auc", status=Status.inconclusive)
LOST = check("f1", status=Status.skipped, notes=("no baseline",))


@pytest.mark.parametrize(
    ("checks", "named"),
    [
        ((FAILED, OPEN, LOST), ["accuracy:non_inferior", "auc:non_inferior"]),
        ((LOST,), ["f1:non_inferior"]),
        ((msgspec.structs.replace(FAILED, severity=Severity.warn),), []),
        ((check(status=Status.error), check("auc")), []),
        ([check(f"m{at}", status=Status.failed) for at in range(9)], [f"m{at}:non_inferior" for at in range(5)]),
    ],
)
def test_which_checks_have_a_line(checks: tuple[Check, ...], named: list[str]) -> None:
    lines = [f'/override {name} --reason "…"' for name in named]
    assert fenced("\n".join(way_out(checks, "", RULE))) == lines


@pytest.mark.parametrize(
    ("rule", "who"),
    [
        (RULE, "somebody with the role maintain, not the author of this pull request, comments this,"),
        (CommandRule(permission=Permission.admin, own=OwnWork.allow), "somebody with the role admin comments this,"),
        (CommandRule(own=OwnWork.allow, teams=("ml",), users=("ada",)),
         "somebody with the role maintain and of the team ml or @&#8203;ada comments this,"),
    ],
)  # fmt: skip
def test_who_may(rule: CommandRule, who: str) -> None:
    [block] = way_out([FAILED], "", rule)
    assert who in block
    assert "`/help` lists the rest." in block


def test_models_are_named_where_several_are_touched() -> None:
    others = (judged(FAILED, model="churn", **RED), judged(check(), model="fraud"))
    assert fenced(comment(report(*others, override=RULE))) == ['/override churn/accuracy:non_inferior --reason "…"']


def test_only_what_is_blocked_and_can_be_overridden_there_says_so() -> None:
    assert fenced(comment(msgspec.structs.replace(samples.FAILING, override=RULE)))
    assert fenced(comment(samples.FAILING)) == []
    assert fenced(comment(msgspec.structs.replace(samples.NOT_PROVEN, override=RULE))) == []
