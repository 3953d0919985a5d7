"""The contract tests use the servers and clients of the end-to-end tests."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from support.fixtures import *  # noqa: E402, F403
from support.fixtures import _program_is_built  # noqa: E402, F401
