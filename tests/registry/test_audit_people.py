"""Who is told to have approved: whose last word on what was merged is a yes, and what is said of all others."""

import pytest

from merganser.registry.audit.chain import chain
from merganser.registry.audit.facts import Facts, Review, Source
from merganser.registry.audit.links import Link, State, open_links
from tests.registry.samples import DIGEST, record, run
from tests.registry.test_audit import AWAY, deployment, facts, merged, review


def link(made: Facts, name: str) -> Link:
    return next(one for s in chain(made).sections for one in s.links if f"{s.name}/{one.name}" == name)


def approved(*reviews: Review) -> Link:
    return link(facts(merged=merged(reviews=reviews)), "people/approved")


OLD = "0d" * 20
NO, SEEN, AWAY_AGAIN = "CHANGES_REQUESTED", "COMMENTED", "DISMISSED"
YES: list[tuple[str, tuple[Review, ...], str]] = [
    ("one", (review(),), "grace on 2026-11-23"),
    ("two", (review("heidi", at="2026-11-22"), review()), "heidi on 2026-11-22, grace on 2026-11-23"),
    ("an owner", (review(association="OWNER"),), "grace on 2026-11-23"),
    ("a collaborator", (review(association="COLLABORATOR"),), "grace on 2026-11-23"),
    ("who first said no", (review(state=NO, commit=OLD), review()), "grace on 2026-11-23"),
    ("who commented later", (review(), review(state=SEEN)), "grace on 2026-11-23"),
    ("of both versions", (review(commit=OLD), review()), "grace on 2026-11-23"),
    ("beside a no", (review("heidi", state=NO), review()), "grace on 2026-11-23"),
    ("after the merge", (review(at="2026-11-25"),), "grace on 2026-11-25, after the merge"),
    ("an account that is gone", (review(""),), "somebody whom GitHub no longer names on 2026-11-23"),
]
NOT: list[tuple[str, tuple[Review, ...], str]] = [
    ("nobody", (), ""),
    ("the author", (review("ada"),), ""),
    ("a comment", (review(state=SEEN),), ""),
    ("a no later", (review(), review(state=NO)), ""),
    ("dismissed", (review(state=AWAY_AGAIN),), ""),
    ("again, and dismissed", (review(commit=OLD), review(state=AWAY_AGAIN)), ""),
    ("an older commit", (review(commit=OLD),), "; grace approved another commit of it"),
    ("a commit that is gone", (review(commit=""),), "; grace approved another commit of it"),
    (
        "a passer-by",
        (review("eve", association="NONE"),),
        "; eve approved it, and is no collaborator of the repository",
    ),
]


@pytest.mark.parametrize(("reviews", "says"), [row[1:] for row in YES], ids=[row[0] for row in YES])
def test_an_approval_of_what_was_merged_has_its_names(reviews: tuple[Review, ...], says: str) -> None:
    found = approved(*reviews)
    assert (found.state, found.says) == (State.verified, f"acme/digits#7 by {says}")


@pytest.mark.parametrize(("reviews", "more"), [row[1:] for row in NOT], ids=[row[0] for row in NOT])
def test_that_nobody_approved_is_said_and_breaks_nothing(reviews: tuple[Review, ...], more: str) -> None:
    found = approved(*reviews)
    assert (found.state, found.says) == (
        State.unverifiable,
        f"nobody approved what was merged as acme/digits#7{more}",
    )
    assert found.beyond, "where no rule asks for an approval, a strict audit doesn't either"


def test_a_deployment_has_approvers_of_its_own() -> None:
    brought = merged(repo="acme/environments", number=3, head_repo="acme/environments",
                     branch="merganser/staging/digits", reviews=(review("heidi"),))  # fmt: skip
    made = facts(deployment=deployment(merged=brought))
    assert link(made, "environment staging/approved").says == "acme/environments#3 by heidi on 2026-11-23"
    assert link(made, "people/approved").says == "acme/digits#7 by grace on 2026-11-23"
    pushed = chain(facts(merged=None, deployment=deployment(merged=None)))
    assert [one for one in pushed.links() if one.name == "approved"] == []


def test_reviews_that_nobody_could_read_are_open() -> None:
    made = facts(merged=merged(reviews=AWAY))
    assert link(made, "people/approved").says == "no network"
    assert open_links([chain(made)]) == open_links([chain(facts())]) + 1


@pytest.mark.parametrize(("fork", "says"), [("eve/digits", "eve/digits:"), ("", "a deleted repository:")])
def test_a_forks_branch_is_named_with_its_repository(fork: str, says: str) -> None:
    brought = merged(branch="merganser/staging/digits", head_repo=fork)
    found = link(facts(deployment=deployment(merged=brought)), "environment staging/deployed by")
    assert (found.expected, found.found) == (
        "a merge of merganser/staging/digits", f"{says}merganser/staging/digits"
    )  # fmt: skip


def test_a_run_without_data_is_believed_where_the_commit_has_none_either() -> None:
    """A commit that pins data by DVC, or can't be read, says nothing of whether the run read it."""
    bare = record(run(data=()))
    sources = (
        Source(inputs=DIGEST, trained_inputs=DIGEST),
        Source(inputs=DIGEST, trained_inputs=DIGEST, tracked={"data/b.csv": "md5:1", "data/a.csv": "md5:2"}),
        Source(inputs=AWAY, trained_inputs=AWAY),
    )
    found = [link(facts(record=bare, release=AWAY, source=one), "run/data") for one in sources]
    assert [(one.state, one.says) for one in found] == [
        (State.verified, "the run read none beside what git holds"),
        (State.unverifiable,
         "the run names none, but the commit pins some that it may have read: data/a.csv.dvc, data/b.csv.dvc"),
        (State.unverifiable, "the run names none, and what the commit pins is not known"),
    ]  # fmt: skip
