"""The tag grammar: held to GTO's own expression, to git's own rules, and to itself."""

import string
import subprocess
from typing import Any

import pytest
from gto.constants import tag_re
from hypothesis import example, given, settings
from hypothesis import strategies as st

from merganser.errors import ConfigError
from merganser.registry.tags import MAX_LENGTH, Action, TagEvent, first_line, format_tag, parse

ARTIFACT = st.from_regex(r"([a-z0-9/._-]+:)?[a-zA-Z0-9]([a-zA-Z0-9/_-]*[a-zA-Z0-9])?", fullmatch=True)
NEARLY = st.text(alphabet="ab19Z#@!v./=_-+:" + "\n é", max_size=24) | st.from_regex(tag_re).map(lambda text: text[:60])


@pytest.mark.parametrize(
    ("tag", "wanted"),
    [
        ("m@v1.2.3", TagEvent(action=Action.register, artifact="m", version="1.2.3")),
        ("m@v1.2.3-rc.1+b.7", TagEvent(action=Action.register, artifact="m", version="1.2.3-rc.1+b.7")),
        ("m@v1.2.3#7", TagEvent(action=Action.register, artifact="m", version="1.2.3", counter=7)),
        ("m@v1.2.3!", TagEvent(action=Action.deregister, artifact="m", version="1.2.3")),
        ("m@v1.2.3!#12", TagEvent(action=Action.deregister, artifact="m", version="1.2.3", counter=12)),
        ("m#prod#3", TagEvent(action=Action.assign, artifact="m", stage="prod", counter=3)),
        ("m#3", TagEvent(action=Action.assign, artifact="m", stage="3")),
        ("m#prod!#4", TagEvent(action=Action.unassign, artifact="m", stage="prod", counter=4)),
        ("m@deprecated", TagEvent(action=Action.deprecate, artifact="m")),
        ("m@created#1", TagEvent(action=Action.create, artifact="m", counter=1)),
        ("some/dir.x=m-1/n_2@v0.0.1", TagEvent(action=Action.register, artifact="some/dir.x:m-1/n_2", version="0.0.1")),
    ],
)
def test_parse(tag: str, wanted: TagEvent) -> None:
    assert parse(tag) == wanted
    assert format_tag(wanted) == tag


@pytest.mark.parametrize(
    "tag",
    [
        "", "m", "m@", "m@1.2.3", "m@v1.2", "m@v1.2.3!!", "m@v1.2.3#", "m@deprecated!", "m.x@v1.2.3", "_m@v1.2.3",
        "m_@v1.2.3", "m@v1.2.3\n", "m#prod\n", "m@v١.2.3", "m@v1.2.3#٣", "é@v1.2.3", "m@v01.2.3", "a=b=c@v1.0.0",
        "m#prod#1#2", "m#a.b", "..=m@v1.0.0", "-d=m@v1.0.0", "a//b@v1.0.0", "d/../e=m@v1.0.0",
        ".d=m@v1.0.0", "d/.e=m@v1.0.0", "/d=m@v1.0.0",
        "m@v1.0.0-x.lock", "d.lock/e=m@v1.0.0", "m#" + "9" * MAX_LENGTH, "m@v1.0.0-" + "a" * 300,
    ],
)  # fmt: skip
def test_no_tag_of_ours(tag: str) -> None:
    assert parse(tag) is None


@given(NEARLY | st.text(max_size=40))
@example("m@v1.0.0-x.lock")
def test_what_is_read_is_what_gto_reads_and_git_allows(tag: str) -> None:
    found = parse(tag)
    if found is None:
        return
    theirs = tag_re.search(tag)
    assert theirs is not None
    assert found.artifact == theirs["artifact"].replace("=", ":")
    assert found.version == (theirs["version"] or "").removeprefix("v")
    assert found.stage == (theirs["stage"] or "")
    assert found.counter == (int(theirs["counter"]) if theirs["counter"] else None)


@settings(max_examples=60)
@given(st.from_regex(tag_re).filter(lambda tag: tag.isascii() and "\n" not in tag and len(tag) < 200))
@example("a.lock=m@v1.0.0")
@example("m@v1.0.0-x.lock")
@example("a/.b=m@v1.0.0")
def test_what_gto_reads_is_refused_only_where_git_refuses_it(tag: str) -> None:
    known = subprocess.run(["git", "check-ref-format", f"refs/tags/{tag}"], check=False).returncode == 0
    assert (parse(tag) is not None) == (known and not tag.startswith("-"))


@given(
    action=st.sampled_from(list(Action)),
    artifact=ARTIFACT,
    version=st.sampled_from(["1.2.3", "0.0.1-rc.1", "10.0.12+b"]),
    stage=st.from_regex(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", fullmatch=True),
    counter=st.none() | st.integers(0, 10**9),
)
def test_what_is_written_reads_back(
    action: Action, artifact: str, version: str, stage: str, counter: int | None
) -> None:
    said = {
        Action.register: {"version": version}, Action.deregister: {"version": version},
        Action.assign: {"stage": stage}, Action.unassign: {"stage": stage},
    }.get(action, {})  # fmt: skip
    event = TagEvent(action=action, artifact=artifact, counter=counter, **said)
    try:
        tag = format_tag(event)
    except ConfigError:
        assert (
            any(odd in artifact for odd in ("..", "//", "/.", ".lock")) or artifact[0] in "-./" or len(artifact) > 400
        )
    else:
        assert parse(tag) == event


@given(st.text(max_size=12), st.text(max_size=8))
def test_nothing_is_written_that_reads_back_otherwise(artifact: str, version: str) -> None:
    event = TagEvent(action=Action.register, artifact=artifact, version=version)
    try:
        tag = format_tag(event)
    except ConfigError:
        assert not set(artifact) <= set(string.ascii_letters + string.digits) or version != "1.0.0" or not artifact
    else:
        assert parse(tag) == event


@pytest.mark.parametrize(
    ("action", "said", "wanted"),
    [
        (Action.register, {"version": "1.2.3"}, "Registering artifact d:m version v1.2.3"),
        (Action.deregister, {"version": "1.2.3"}, "Deregistering artifact d:m version v1.2.3"),
        (Action.assign, {"stage": "s"}, "Assigning stage s to artifact d:m version v1.2.3"),
        (Action.unassign, {"stage": "s"}, "Unassigning stage 's' to artifact 'd:m' version 'v1.2.3'"),
        (Action.deprecate, {}, "Deprecating artifact 'd:m'"),
    ],
)
def test_first_line(action: Action, said: dict[str, Any], wanted: str) -> None:
    event = TagEvent(action=action, artifact="d:m", **said)
    assert first_line(event, "v1.2.3") == first_line(event, "1.2.3") == wanted


def test_a_creation_is_never_written() -> None:
    with pytest.raises(ConfigError, match="never written"):
        first_line(TagEvent(action=Action.create, artifact="m"))
