"""The fixtures of all suites; a conftest.py imports them by name."""

import contextlib

import pytest

from support.people import make_admin, sign_up
from support.postgres import PrivatePostgres
from support.programs import REGISTRY
from support.registry import new_registry, running

ENGINES = ["sqlite", "postgresql"]
LOG_LINES = 20


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A failed test shows what the servers that were running had to say."""
    report = (yield).get_result()
    if report.failed:
        for registry in running:
            lines = registry.log().splitlines()[-LOG_LINES:]
            report.sections.append((f"log of {registry.url}", "\n".join(lines)))


@pytest.fixture(scope="session", autouse=True)
def _program_is_built():
    if not REGISTRY.exists():
        pytest.exit(f"{REGISTRY} is not built; make build does it", returncode=1)


@pytest.fixture(scope="session")
def postgres():
    with PrivatePostgres() as server:
        yield server


@pytest.fixture(scope="session")
def shared_registries(request):
    """One server for each engine, on which tests keep out of each other's way by their names."""
    with contextlib.ExitStack() as stack:
        started = {}

        def server(engine):
            if engine not in started:
                started[engine] = stack.enter_context(new_registry(settings_of(engine, request)))
            return started[engine]

        yield server


def settings_of(engine, request):
    if engine == "sqlite":
        return {}
    return {"DATABASE_URL": request.getfixturevalue("postgres").new_schema()}


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


@pytest.fixture
def registry(engine, shared_registries):
    """A running server that other tests use too, on each engine."""
    return shared_registries(engine)


@pytest.fixture
def own_registry(engine, request):
    """A server that this test may do anything to, on each engine."""
    with new_registry(settings_of(engine, request)) as server:
        yield server


@pytest.fixture
def idle(engine, request):
    """A registry with an empty store that is not serving, on each engine."""
    with new_registry(settings_of(engine, request), start=False) as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_registry(shared_registries):
    """The shared server on SQLite, for what does not depend on the engine."""
    return shared_registries("sqlite")


@pytest.fixture
def client(registry):
    return registry.client()


@pytest.fixture
def developer(client):
    return sign_up(client)


@pytest.fixture(scope="session")
def admin(sqlite_registry):
    """An administrator of `sqlite_registry`; whoever ends its session makes another first."""
    return make_admin(sqlite_registry)
