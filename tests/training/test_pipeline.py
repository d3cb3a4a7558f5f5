"""The training command: live output, its end, its timeout, and no process left behind."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from merganser.errors import ConfigError, DataError
from merganser.training import pipeline
from merganser.training.pipeline import Command, environment, run, split


def python(code: str) -> str:
    return f"python -c '{textwrap.dedent(code).strip()}'"


def started(tmp_path: Path, code: str, timeout: float = 20) -> float:
    return run(Command(run=python(code), folder=tmp_path, timeout=timeout))


def gone(pid: int) -> bool:
    """Whether the process ended; a zombie that nobody reaps has ended too."""
    stat = Path(f"/proc/{pid}/stat")
    for _ in range(100):
        try:
            if stat.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


def test_output_goes_to_standard_error_and_it_runs_in_the_folder(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    seconds = started(tmp_path, 'import os, sys; print("out", os.getcwd()); print("err", file=sys.stderr)')
    out, err = capfd.readouterr()
    assert out == ""
    assert f"out {tmp_path}" in err
    assert "err\n" in err
    assert 0 < seconds < 20


def test_what_a_failure_said_is_shown_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DataError, match="failed with exit code 7") as failed:
        started(tmp_path, 'print("it is", 6 * 7, end=""); raise SystemExit(7)')
    assert failed.value.exit_code == 3
    assert capfd.readouterr().err.count("it is 42") == 1
    assert "it is 42" not in failed.value.hint


def test_a_signal_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="failed with signal SIGKILL"):
        started(tmp_path, "import os; os.kill(os.getpid(), 9)")


def test_a_timeout_ends_the_whole_group(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code = """
        import os, subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        print("pids", os.getpid(), child.pid, flush=True)
        time.sleep(60)
    """
    began = time.monotonic()
    with pytest.raises(DataError, match=r"longer than its timeout of 1\.5 s"):
        started(tmp_path, code, timeout=1.5)
    assert time.monotonic() - began < 15
    _, *pids = capfd.readouterr().err.splitlines()[-1].split()
    assert len(pids) == 2
    assert all(gone(int(pid)) for pid in pids)


def test_a_process_left_in_the_background_doesnt_hold_the_run_up(tmp_path: Path) -> None:
    code = """
        import subprocess, sys
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        open("pid", "w").write(str(child.pid))
    """
    began = time.monotonic()
    started(tmp_path, code)
    assert time.monotonic() - began < 15
    assert gone(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_is_passed_on(tmp_path: Path, number: signal.Signals) -> None:
    inner = "import os, time; open('pid', 'w').write(str(os.getpid())); print('ready', flush=True); time.sleep(60)"
    outer = f"""
        from pathlib import Path
        from merganser.training.pipeline import Command, run
        run(Command(run='''python -c "{inner}"''', folder=Path({str(tmp_path)!r}), timeout=60))
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(outer)], stderr=subprocess.PIPE)
    assert process.stderr is not None
    assert any(line.strip() == b"ready" for line in process.stderr)
    process.send_signal(number)
    process.stderr.read()
    process.stderr.close()
    assert process.wait(20) != 0
    assert gone(int((tmp_path / "pid").read_text()))


def test_it_runs_in_a_thread_too(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(started, tmp_path, "print(1)").result() > 0


def test_long_silence_is_broken(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "_STILL_RUNNING", 0.3)
    started(tmp_path, "import time; time.sleep(1)")
    assert "still training" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("dvc repro", ["dvc", "repro"]),
        ("make 'a b' x=1", ["make", "a b", "x=1"]),
        ("sh -c 'a && b | c > d'", ["sh", "-c", "a && b | c > d"]),
        ("./a=b/run", ["./a=b/run"]),
    ],
)
def test_words_are_split_as_a_shell_would(command: str, words: list[str]) -> None:
    assert split(command) == words


@pytest.mark.parametrize(
    ("command", "culprit"),
    [
        ("a && b", "&&"), ("a | b", "|"), ("a; b", "a;"), ("a > out", ">"), ("a >out", ">out"), ("C=1 a", "C=1"),
        ("a $(b)", "$(b)"), ("a &", "&"), ("", ""),
    ],
)  # fmt: skip
def test_what_needs_a_shell_is_refused_with_the_way_to_write_it(command: str, culprit: str) -> None:
    with pytest.raises(ConfigError, match="without a shell") as refused:
        split(command)
    assert repr(culprit) in refused.value.message
    assert "sh -c" in refused.value.hint


def test_an_open_quote_is_an_error() -> None:
    with pytest.raises(ConfigError, match="No closing quotation"):
        split("a 'b")


def test_a_program_that_is_missing_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no-such-program can't be started"):
        run(Command(run="no-such-program x", folder=tmp_path, timeout=5))


def test_our_interpreter_comes_first_and_dvc_is_quiet(tmp_path: Path) -> None:
    env = environment({"PATH": "/usr/bin", "DVC_SITE_CACHE_DIR": "/own", "X": "1"}, tmp_path)
    assert env["PATH"].split(os.pathsep) == [str(Path(sys.executable).parent), "/usr/bin"]
    assert env["DVC_SITE_CACHE_DIR"] == "/own"
    assert env["DVC_NO_ANALYTICS"] == "1"
    assert env["X"] == "1"
    assert environment({}, tmp_path)["DVC_SITE_CACHE_DIR"] == str(tmp_path)


def test_an_isolated_interpreter_of_ours_hides_none_of_the_models_programs() -> None:
    """The actions start Merganser isolated, with packages of its own: `python` has to be the runner's."""
    code = "from pathlib import Path; from merganser.training.pipeline import environment as e; "
    code += "print(e({'PATH': '/usr/bin'}, Path('/cache'))['PATH'])"
    paths = {
        flag: subprocess.run([sys.executable, flag, "-c", code], capture_output=True, text=True, check=True).stdout
        for flag in ("-I", "-P")
    }
    assert paths == {"-I": "/usr/bin\n", "-P": f"{Path(sys.executable).parent}:/usr/bin\n"}
