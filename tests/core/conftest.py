"""The fixtures of the Core's end-to-end tests."""

import contextlib

import pytest

from support.core import PROGRAM, Core, running

LOG_LINES = 20


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A failed test shows what the daemons that were running had to say."""
    report = (yield).get_result()
    if report.failed:
        for core in running:
            lines = core.log().splitlines()[-LOG_LINES:]
            report.sections.append((f"log of {core.url}", "\n".join(lines)))


@pytest.fixture(scope="session", autouse=True)
def _program_is_built():
    if not PROGRAM.exists():
        pytest.exit(f"{PROGRAM} is not built; make build does it", returncode=1)


@contextlib.contextmanager
def new_core(start=True):
    core = Core()
    try:
        yield core.start() if start else core
    finally:
        core.end()


@pytest.fixture(scope="session")
def shared_core():
    with new_core() as core:
        yield core


@pytest.fixture
def core(shared_core):
    """A running Core that other tests use too; they keep out of each other's way by their names."""
    return shared_core


@pytest.fixture
def own_core():
    """A running Core that this test may do anything to."""
    with new_core() as core:
        yield core


@pytest.fixture
def idle_core():
    """A home folder without a daemon."""
    with new_core(start=False) as core:
        yield core


@pytest.fixture(scope="session")
def echo(shared_core):
    """A running agent of the shared Core."""
    return shared_core.add_running_agent("com.example.echo")
