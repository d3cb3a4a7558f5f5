"""The verdict: in the ledger, the same in the release, and one that may become a version."""

import msgspec

from merganser.documents import load_json
from merganser.errors import DataError
from merganser.evaluation.verdict import Status, Verdict
from merganser.plan import Conclusion
from merganser.registry import lineage
from merganser.registry.assets import VERDICT_FILE
from merganser.registry.audit.facts import Facts, Release
from merganser.registry.audit.links import Link, Section, Wrong, broken, lacking, unverifiable, verified
from merganser.registry.audit.run import difference
from merganser.registry.card import checks_in_short
from merganser.registry.ledger import RunRecord, VerdictRecord
from merganser.registry.lifting import Grounds, Lifted, lift
from merganser.registry.overrides import Override, Said


def verdict_section(facts: Facts) -> Section:
    record = counting(facts)
    links = [lacking("recorded", wrong) for wrong in facts.verdicts if isinstance(wrong, Wrong)]
    if record is None:
        return Section("verdict", (*links, *_without(facts)))
    links.append(verified("recorded", record.path))
    asset = _asset(facts, record)
    return Section("verdict", (*links, *([asset] if asset else []), *_conclusion(record.verdict, facts.grounds)))


def counting(facts: Facts) -> VerdictRecord | None:
    """The recorded verdict that counts for the version's run."""
    records = {record.path: record for record in facts.verdicts if isinstance(record, VerdictRecord)}
    decisive = lineage.decisive(record.verdict for record in records.values())
    return next((record for record in records.values() if record.verdict is decisive), None)


def _without(facts: Facts) -> tuple[Link, ...]:
    if any(isinstance(record, Wrong) for record in facts.verdicts):
        return ()
    if isinstance(facts.record, RunRecord):
        return (broken("recorded", f"the ledger has no verdict on {facts.record.path}", "a verdict", "none"),)
    return (unverifiable("recorded", "no record of the ledger, so no verdict either"),)


def _asset(facts: Facts, record: VerdictRecord) -> Link | None:
    text = facts.release.texts.get(VERDICT_FILE) if isinstance(facts.release, Release) else None
    if text is None:
        return None
    try:
        released = load_json(text, f"{VERDICT_FILE} of the release", Verdict)
    except DataError as wrong:
        return broken(VERDICT_FILE, wrong.message)
    return difference(VERDICT_FILE, (record.verdict, released), record.path)


def _conclusion(verdict: Verdict, grounds: Grounds | Wrong | None) -> tuple[Link, ...]:
    """Whether it passed by itself, or people overrode what failed; then each waiver and override with its name."""
    said = f"{checks_in_short(verdict)} ({verdict.trust.value}, {verdict.mode.value})"
    if verdict.conclusion is Conclusion.success:
        waived = ((check.id, check.waiver) for check in verdict.checks)
        return (
            verified("passed", said),
            *(verified(f"waived {check}", f"by {w.by}: {w.reason}") for check, w in waived if w is not None),
        )
    if isinstance(grounds, Wrong):
        return (lacking("passed", grounds),)
    lifted = Lifted(verdict=verdict) if grounds is None else lift(verdict, grounds)
    overridden = tuple(verified(f"overridden {o.what.check}", _by(o)) for o in lifted.overrides)
    if lifted.verdict.conclusion is Conclusion.success:
        return (verified("passed", f"{said}: not by itself, people overrode what failed"), *overridden)
    return (_failed(verdict, said, grounds), *overridden)


def _failed(verdict: Verdict, said: str, grounds: Grounds | None) -> Link:
    """A no that nothing lifts now. Whether a cancellation came before the registration is written nowhere."""
    if grounds is not None:
        before = lift(verdict, msgspec.structs.replace(grounds, cancellations=()))
        if before.verdict.conclusion is Conclusion.success:
            names = ", ".join(override.path for override in before.overrides)
            return unverifiable("passed", f"{said}; overridden by {names}, which was taken back at some time")
    failing = [check.id for check in verdict.checks if check.status in (Status.failed, Status.error)]
    return broken("passed", f"the gate said no, and nobody overrode it: {', '.join(failing)}", "success", said)


def _by(override: Said[Override]) -> str:
    given = override.what
    return f"by {given.by}: {given.reason} ({override.path}, until {given.until or 'ever'})"
