"""Finds the programs under test, runs them, and makes sure that none outlives the test run."""

import os
import pathlib
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
BIN_DIR = pathlib.Path(os.environ.get("SOVEREIGN_BIN_DIR", ROOT / "build" / "bin")).resolve()
REGISTRY = BIN_DIR / "agentvault-registry"

# An inherited setting of the person who runs the tests must not change what they test.
_SETTINGS = ("DATABASE_URL", "JWT_SECRET_KEY", "REDIS_URL", "FEDERATION_ENABLED", "S3_ENDPOINT")


def clean_environment(extra=None):
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _SETTINGS and not name.startswith("AGENTVAULT_")
    }
    return kept | (extra or {})


def tied_to_us(command):
    """`command`, killed by the kernel should this process end first. Start it from the main thread:
    the tie is to the thread."""
    return ["setpriv", "--pdeathsig", "KILL", "--", *map(str, command)]


def run_registry(*arguments, stdin="", environment=None, timeout=60):
    """Runs one command of the registry to its end."""
    return subprocess.run(
        tied_to_us([REGISTRY, *arguments]),
        input=stdin,
        env=clean_environment(environment),
        capture_output=True,
        text=True,
        timeout=timeout,
    )


class TemporaryFolder:
    """A folder of ours only, removed at the end of the `with` block."""

    def __init__(self, purpose):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix=f"sovereign-{purpose}-"))

    def __enter__(self):
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)
