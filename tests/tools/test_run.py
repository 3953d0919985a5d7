"""tools/run and tools/setup, with stand-ins for the programs and for apt."""

import os
import pathlib
import signal
import subprocess

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"
# Says that it is up, and ends with status 0 when it is told to.
PROGRAM = """#!/usr/bin/env python3
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: (print("stopped", flush=True), sys.exit(0)))
print("up", *sys.argv[1:], flush=True)
signal.pause()
"""


def write_program(folder, name, text):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def start(bin_dir, *arguments):
    return subprocess.Popen(
        [TOOLS / "run", *arguments], env=os.environ | {"SOVEREIGN_BIN_DIR": str(bin_dir)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_run_passes_arguments_and_stops_the_program_on_ctrl_c(tmp_path):
    write_program(tmp_path, "agentvault-registry", PROGRAM)
    process = start(tmp_path, "--listen", "127.0.0.1:0")
    assert process.stdout.readline() == "up serve --examples --listen 127.0.0.1:0\n"
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=10)
    assert output == "stopped\n"
    assert process.returncode == 0


def test_run_stops_the_others_when_one_fails_and_reports_its_status(tmp_path):
    write_program(tmp_path, "agentvault-registry", PROGRAM)
    # Fails once the other is up: the pipe it reads is opened for writing below.
    os.mkfifo(tmp_path / "go")
    write_program(tmp_path, "opensentience", f"#!/bin/sh\nread -r _ < {tmp_path}/go\nexit 3\n")
    process = start(tmp_path)
    assert process.stdout.readline() == "up serve --examples\n"
    (tmp_path / "go").write_text("now\n")
    output, _ = process.communicate(timeout=10)
    assert output == "stopped\n"
    assert process.returncode == 3


def test_run_says_what_to_do_when_nothing_is_built(tmp_path):
    _, error = (process := start(tmp_path)).communicate(timeout=10)
    assert process.returncode == 1
    assert "make build" in error


def setup(tmp_path, installed, apt_get):
    """Runs tools/setup lint where dpkg knows only `installed`."""
    lines = "".join(f"ii  {package}\n" for package in installed)
    write_program(tmp_path / "bin", "dpkg-query", f"#!/bin/sh\ncat <<'END'\n{lines}END\n")
    write_program(tmp_path / "bin", "apt-get", apt_get)
    write_program(tmp_path / "bin", "sudo", '#!/bin/sh\nexec "$@"\n')
    path = f"{tmp_path}/bin:{os.environ['PATH']}"
    return subprocess.run(
        [TOOLS / "setup", "lint"], env=os.environ | {"PATH": path}, capture_output=True, text=True
    )


def test_setup_is_silent_and_leaves_apt_alone_when_nothing_is_missing(tmp_path):
    packages = ["clang-format-19", "clang-tidy-19", "universal-ctags", "python3", "git"]
    result = setup(tmp_path, packages, f"#!/bin/sh\ntouch {tmp_path}/called\n")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert not (tmp_path / "called").exists()


def test_setup_refuses_to_displace_a_package(tmp_path):
    log = tmp_path / "calls"
    apt_get = f'#!/bin/sh\necho "$*" >> {log}\necho "Remv libboost1.74-dev [1.74.0]"\n'
    result = setup(tmp_path, ["python3", "git"], apt_get)
    assert result.returncode == 1
    assert "would remove: libboost1.74-dev" in result.stderr
    calls = log.read_text().splitlines()
    assert all(call.startswith(("update", "install --simulate")) for call in calls), calls
