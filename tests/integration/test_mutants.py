"""Every hand-made break of gate and digest is noticed by a test; and the script that tries them is strict itself."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts import mutants

SCRIPT = Path(mutants.__file__)


@pytest.mark.integration
@pytest.mark.timeout(2400)
def test_every_mutant_makes_a_test_fail() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("found by") == len(mutants.MUTANTS)


def test_every_mutant_fits_the_code_as_it_stands(tmp_path: Path) -> None:
    package = SCRIPT.parents[1] / "bot" / "merganser"
    for mutant in mutants.MUTANTS:
        copy = tmp_path / mutant.file
        copy.parent.mkdir(parents=True, exist_ok=True)
        before = (package / mutant.file).read_text()
        copy.write_text(before)
        mutants.mutate(mutant, tmp_path)
        assert copy.read_text() != before


def test_a_mutant_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\nx = 1\n")
    for old, times in (("x = 1", 2), ("y = 1", 0)):
        with pytest.raises(mutants.Misfit, match=f"holds its old text {times} times"):
            mutants.mutate(mutants.Mutant("m", "a.py", old, "z = 1", "tests"), tmp_path)
