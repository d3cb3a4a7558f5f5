"""Gathers what a version's release holds beside its facts: files of the run, the repository's own card, a signature."""

import os
from pathlib import Path

import msgspec

from merganser.commands.carry_out import Workbench
from merganser.commands.observing import evidence, kept
from merganser.commands.observing.checkout import model_at
from merganser.commands.register import card_process, signing
from merganser.commands.register.signing import Asked, Signer
from merganser.config import Publish, Signing
from merganser.errors import ConfigError
from merganser.git import Repository
from merganser.plan import Asset
from merganser.registry import registration
from merganser.registry.assets import Evidence, asset_names, signed_files
from merganser.registry.card_template import CARD_TEMPLATE
from merganser.registry.elsewhere import is_elsewhere
from merganser.registry.front_matter import check_head
from merganser.registry.model_card import card_facts
from merganser.registry.registration import Facts
from merganser.registry.subject import Subject
from merganser.run import PREDICTIONS

MAX_TEMPLATE = 256 << 10


def gather(place: Workbench, clone: Repository, facts: Facts, asked: Asked) -> Facts:
    """The facts with their evidence. Downloads what the run kept; needs no file of a model that lies elsewhere.

    What the release holds is said by the tagged commit, so that it is the same when it is finished after other pushes.
    """
    made = registration.subject(facts)
    facts = msgspec.structs.replace(facts, rules=model_at(clone, made.commit, facts.model))
    made = registration.subject(facts)
    by = signing.signer(made.rules.release.sign, asked.by, os.environ)
    away = is_elsewhere(made.run, made.rules)
    files = () if away else _assets(kept.model_files(place, made.record))
    found = Evidence(
        files=files,
        bundle=_bundle(place, made),
        card=_own_card(clone, made, by.how),
        signing=by.how,
        signature=b"" if asked.dry_run and by.how is Signing.keyless else _signature(place, made, files, by),
    )
    return msgspec.structs.replace(facts, evidence=found)


def _bundle(place: Workbench, made: Subject) -> tuple[Asset, ...]:
    run, policy = made.run, made.rules.release.predictions
    if policy is None and PREDICTIONS in run.files:
        policy = Publish.keep if place.forge.repository(place.repo).private else Publish.drop
    left_out = {PREDICTIONS} if policy is Publish.drop else set()
    carried = {name: file for name, file in run.files.items() if name not in left_out}
    wanted = msgspec.structs.replace(made.record, run=msgspec.structs.replace(run, files=carried))
    found = kept.bundle(place, wanted, ()).files
    return _assets({carried[name].path: file for name, file in found.items()})


def _own_card(clone: Repository, made: Subject, how: Signing) -> str:
    """By the template of the registered commit, in the model's folder before the top; "" where it has none."""
    commit = made.commit
    folder = "" if made.rules.path == "." else f"{made.rules.path}/"
    for path in dict.fromkeys((f"{folder}{CARD_TEMPLATE}", CARD_TEMPLATE)):
        content = clone.file(commit, path)
        if content is not None:
            where = f"{path} of {commit[:7]}"
            names = asset_names([artifact.path for artifact in made.run.artifacts])
            card = card_process.bounded(_text(content, where), card_facts(made, names, how))
            check_head(card, where)
            return card
    return ""


def _text(content: bytes, where: str) -> str:
    if len(content) > MAX_TEMPLATE:
        raise ConfigError(f"{where} is larger than {MAX_TEMPLATE >> 10} KiB", "A card's template needs far less.")
    try:
        return content.decode()
    except UnicodeDecodeError as wrong:
        raise ConfigError(f"{where} is no UTF-8 text", "Save it in UTF-8.") from wrong


def _signature(place: Workbench, made: Subject, files: tuple[Asset, ...], by: Signer) -> bytes:
    if by.how is Signing.none:
        return b""
    return signing.sign(by, signed_files(made, files), place.folder / "signing")


def _assets(files: dict[str, Path]) -> tuple[Asset, ...]:
    return tuple(
        Asset(name=name, path=str(file), sha256=evidence.sha256(file), size=file.stat().st_size)
        for name, file in files.items()
    )
