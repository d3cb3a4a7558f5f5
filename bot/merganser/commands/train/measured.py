"""What a training leaves to be judged beside its predictions: a profile of its features, measured latencies."""

from pathlib import Path

import msgspec

from merganser.config import Features, Latency
from merganser.run import BundleFile, LatencyFile
from merganser.training import bundle

PROFILE = "profile"
LATENCY = "latency"


def profile_file(folder: Path, features: Features | None, into: Path) -> dict[str, BundleFile]:
    """`profile.json` of the features' table in the bundle; the table itself stays where it is."""
    if features is None:
        return {}

    from merganser.evaluation.drift.profile import dump_profile
    from merganser.evaluation.drift.summary import profile_of
    from merganser.evaluation.readers import read_table

    table = read_table(folder / features.file, features.columns)
    profile = dump_profile(profile_of(table, features.columns))
    return {PROFILE: bundle.write_data(profile, into / f"{PROFILE}.json")}


def latency_file(folder: Path, latency: Latency | None, into: Path) -> dict[str, BundleFile]:
    """The file of latencies in the bundle, read once: what no gate could read is an error now."""
    if latency is None:
        return {}
    source = folder / latency.file
    copied = bundle.copy_data(source, into / f"{LATENCY}{source.suffix.lower()}")

    from merganser.evaluation.latencies import latencies_of
    from merganser.evaluation.readers import read_table

    measured = latencies_of(read_table(into / copied.path, (latency.column,)), latency.column)
    return {LATENCY: msgspec.structs.replace(copied, rows=len(measured))}


def latency_budget(latency: Latency | None, files: dict[str, BundleFile]) -> dict[str, LatencyFile]:
    """Where a run's latencies stand in its bundle, as its budgets say it."""
    return {"latency_ms": LatencyFile(file=files[LATENCY].path, column=latency.column)} if latency else {}
