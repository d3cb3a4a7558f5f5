"""The package's layers: what each part is called, which parts are pure, and which way an import may point.

Run as a program it prints the files of the pure modules, for the coverage report that wants all of their branches.
"""

from pathlib import Path

REPO = Path(__file__).parents[2]
PACKAGE = REPO / "bot" / "merganser"

# A model's life, in order: an import points to an earlier stage or to the ground, never to a later one.
PURE_STAGES = ("evaluation", "registry", "deployment", "chatops", "report")
ADAPTERS = ("training", "storage", "forge", "hub")
# These put the others together. `commands` holds observe → decide → apply of each command, `setup` plays whole stories.
COMPOSERS = ("commands", "setup", "cli")
STAGES = ("training", *PURE_STAGES, "storage", "forge", "hub", *COMPOSERS)

# Every module directly in the package, or in one of these folders, is ground, and pure but for these.
GROUND_FOLDERS = frozenset({"config"})
GROUND_IO = frozenset({"git", "streams"})
ENTRY = frozenset({"__init__", "__main__", "cli", "cli_local", "cli_options"})

# The edge of `evaluation`: it reads files and works on threads and clusters, and only the one function that answers a
# whole question may call it.
EDGES = ("evaluation.readers", "evaluation.execution")
USES_EDGES = frozenset({"evaluation.judge"})

# Parts of a stage, and which of its other parts each may import; "" are the modules beside the parts. A part that isn't
# named may import any: a command for example another.
PARTS: dict[str, dict[str, frozenset[str]]] = {
    "forge": {
        "": frozenset(),
        "ci": frozenset({""}),
        "effects": frozenset({""}),
        "requests": frozenset({"", "ci"}),
        "github": frozenset({"", "ci", "requests"}),
    },
    "commands": {"carry_out": frozenset(), "observing": frozenset({"carry_out"})},
}


def stage_of(module: str) -> str:
    """The stage of a module named from the package's root (`registry.tags` → `registry`), or `ground`."""
    first, dot, _ = module.partition(".")
    if first == "__main__" or first.startswith("cli_"):
        return "cli"
    return first if first in STAGES or (dot and first not in GROUND_FOLDERS) else "ground"


def is_pure(module: str) -> bool:
    """Whether a module only computes: no I/O, clock or environment."""
    if stage_of(module) == "ground":
        return module not in GROUND_IO | ENTRY
    return stage_of(module) in PURE_STAGES and not is_edge(module)


def is_edge(module: str) -> bool:
    return any(module == edge or module.startswith(f"{edge}.") for edge in EDGES)


def part_of(module: str) -> str:
    """The part of its stage that a module lies in, or "" for one that lies beside them."""
    stage, _, rest = module.partition(".")
    part = rest.partition(".")[0]
    return part if part in PARTS.get(stage, {}) else ""


def may_import_part(importer: str, imported: str) -> bool:
    """The same for two modules of one stage."""
    here, there = part_of(importer), part_of(imported)
    allowed = PARTS.get(stage_of(importer), {}).get(here)
    return allowed is None or there == here or there in allowed


def may_import(importer: str, imported: str) -> bool:
    """Whether the direction of an import between two modules of the package is right."""
    there, here = stage_of(imported), stage_of(importer)
    if is_edge(imported) and here in PURE_STAGES and not is_edge(importer):
        return importer in USES_EDGES
    if there == "ground":
        return not is_pure(importer) or is_pure(imported) or imported == "__init__"
    if here == "ground":
        return False
    if here == there:
        return may_import_part(importer, imported)
    if here in ADAPTERS:
        return there in PURE_STAGES and STAGES.index(there) < STAGES.index(here)
    return STAGES.index(there) < STAGES.index(here)


def modules(package: Path = PACKAGE) -> dict[str, Path]:
    """Every module of the package by its name from the package's root; the root itself is `__init__`."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        if len(parts) > 1 and parts[-1] == "__init__":
            parts = parts[:-1]
        found[".".join(parts)] = path
    return found


if __name__ == "__main__":
    print(",".join(str(path.relative_to(REPO)) for name, path in modules().items() if is_pure(name)))
