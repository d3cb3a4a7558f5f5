"""An asset that is made otherwise each time: which one stays, and when it is as good as the one in hand."""

from pathlib import Path

import msgspec
import pytest

from merganser import plan
from merganser.forge.effects.apply import apply
from merganser.forge.effects.outcome import Done
from merganser.forge.protocol import Taken
from tests.forge import plans
from tests.forge.effects.test_publishing import dies_before
from tests.forge.killing import Killed
from tests.forge.world import REPO, World


def signed(signature: bytes) -> plan.Release:
    asset = msgspec.structs.replace(plans.asset("model.sig", signature), varies=True)
    release = plans.release()
    return msgspec.structs.replace(release, assets=(*release.assets, asset))


def publish(world: World, wanted: plan.Release) -> Done:
    effects = (plans.tag(world.prepared), wanted)
    return apply(plan.Plan(effects), world.bot, sleep=lambda seconds: None)[1].done


def signature(world: World, folder: Path) -> bytes:
    (release,) = world.bot.releases(REPO)
    (asset,) = (asset for asset in release.assets if asset.name == "model.sig")
    there = folder / f"{asset.id}.sig"
    world.bot.download_asset(REPO, asset, there, 1000)
    return there.read_bytes()


def test_the_one_that_is_published_stays(world: World, tmp_path: Path) -> None:
    assert publish(world, signed(b"first")) is Done.created
    assert publish(world, signed(b"second, and longer")) is Done.unchanged
    assert signature(world, tmp_path) == b"first"


def test_one_in_a_half_made_draft_stays(world: World, tmp_path: Path) -> None:
    with dies_before("PATCH", "/releases/"), pytest.raises(Killed):
        publish(world, signed(b"first"))
    assert publish(world, signed(b"second")) is Done.created
    assert signature(world, tmp_path) == b"first"


def test_one_that_is_not_there_is_no_such_one(world: World) -> None:
    """What is published without a signature never gets one."""
    assert publish(world, plans.release()) is Done.created
    with pytest.raises(Taken, match=r"published without this model\.sig"):
        publish(world, signed(b"late"))


def test_other_assets_still_have_to_be_the_very_same(world: World) -> None:
    assert publish(world, signed(b"first")) is Done.created
    other = plans.asset("run.json", b"other")
    wanted = signed(b"first")
    changed = tuple(other if asset.name == other.name else asset for asset in wanted.assets)
    with pytest.raises(Taken, match=r"run\.json"):
        publish(world, msgspec.structs.replace(wanted, assets=changed))
