"""Fixtures of the end-to-end tests; see support/fixtures.py."""

from support.fixtures import *  # noqa: F403  pytest finds fixtures by the names a conftest holds
from support.fixtures import _program_is_built  # noqa: F401
