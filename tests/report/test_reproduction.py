"""The answer of `merganser reproduce` as a person reads it."""

import msgspec

from merganser.registry.reproduction import Finding, Match, Part, Reproduction
from merganser.report.reproduction import reproduction_text


def finding(
    part: Part, name: str, recorded: object, again: object, match: Match, delta: float | None = None
) -> Finding:
    return Finding(part=part, name=name, recorded=recorded, again=again, match=match, delta=delta)


def reproduction(
    *findings: Finding, agrees: bool = True, basis: Part = Part.metric, causes: tuple[str, ...] = ()
) -> str:
    return reproduction_text(
        Reproduction(
            version="digits@v0.1.0", commit="c3" * 20, agrees=agrees, basis=basis, findings=findings, causes=causes
        )
    )


ACCURACY = finding(Part.metric, "accuracy", 0.951, 0.951, Match.identical)
LOSS = finding(Part.metric, "loss", 0.5, 0.25, Match.differs, -0.25)


def test_what_agrees_and_where_nothing_else_differs() -> None:
    model = finding(Part.artifact, "m.joblib", "sha256:" + "ab" * 32, "sha256:" + "ab" * 32, Match.identical)
    assert reproduction(ACCURACY, model) == (
        "digits@v0.1.0 (c3c3c3c3c3c3) came out again: 1 of 1 metrics agree\n\n"
        "metric    recorded    again    difference\n"
        "--------  ----------  -------  ------------  ---------\n"
        "accuracy  0.951       0.951    –             identical\n\n"
        "          name      recorded             again\n"
        "--------  --------  -------------------  -------------------  ---------\n"
        "artifact  m.joblib  sha256:abababababab  sha256:abababababab  identical\n\n"
        "Python, platform and the versions of all packages are as recorded."
    )


def test_what_differs_by_how_much_and_why() -> None:
    lost = finding(Part.metric, "f1", 0.5, None, Match.lost)
    new = finding(Part.metric, "new", None, 1.0, Match.new)
    seed = finding(Part.parameter, "seed", 1, 2, Match.differs)
    same = finding(Part.parameter, "C", 1, 1, Match.identical)
    package = finding(Part.package, "numpy", "2.4", None, Match.lost)
    text = reproduction(ACCURACY, LOSS, lost, new, seed, same, package, agrees=False, causes=("by chance\n@all",))
    assert text.startswith("digits@v0.1.0 (c3c3c3c3c3c3) did not come out again: 2 of 3 metrics differ\n")
    assert "loss      0.5         0.25     −0.25         differs" in text
    assert "f1        0.5         –        –             lost" in text
    assert "parameter  seed    1           2        differs" in text
    assert "C" not in text.replace("Causes", "")
    assert "numpy                 2.4         –" in text
    assert text.endswith("What may be the cause:\n- by chance @all")


def test_what_agrees_by_tolerance_says_so() -> None:
    near = msgspec.structs.replace(LOSS, match=Match.within)
    assert "2 of 2 metrics agree, 1 of them within tolerance" in reproduction(ACCURACY, near)


def test_without_metrics_bytes_decide() -> None:
    model = finding(Part.artifact, "m", "a", "a", Match.identical)
    text = reproduction(model, basis=Part.artifact)
    assert "no metrics were recorded, and its files are the same to the byte" in text
    predictions = finding(Part.file, "predictions", "a", "b", Match.differs)
    text = reproduction(predictions, agrees=False, basis=Part.file)
    assert "no metrics were recorded, and its predictions are not the same to the byte" in text


def test_many_packages_are_cut() -> None:
    packages = (finding(Part.package, f"p{n}", "1", "2", Match.differs) for n in range(25))
    text = reproduction(ACCURACY, *packages)
    assert "p19" in text
    assert "p20" not in text
    assert text.endswith("\n… 5 more, in --json")
