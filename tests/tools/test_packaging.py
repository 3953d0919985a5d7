"""The Debian packages hold what they should, and the files beside them fit together."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCKER = ROOT / "packaging" / "docker"


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """Made from the programs of the build that is tested; by their names."""
    folder = tmp_path_factory.mktemp("packages")
    build = pathlib.Path(os.environ.get("SOVEREIGN_BIN_DIR", ROOT / "build" / "bin")).resolve().parent
    run("cpack", "-G", "DEB", "-B", str(folder), cwd=build)
    return {path.name.split("_")[0]: path for path in folder.glob("*.deb")}


def files(package):
    listed = run("dpkg-deb", "-c", str(package))
    return {line.split()[5].removeprefix(".") for line in listed.splitlines()}


def test_the_registry_brings_its_unit_and_a_configuration_that_survives_upgrades(packages):
    package = packages["agentvault-registry"]
    assert {
        "/usr/bin/agentvault-registry",
        "/usr/lib/systemd/system/agentvault-registry.service",
        "/etc/agentvault-registry/config.toml",
    } <= files(package)
    assert run("dpkg-deb", "-I", str(package), "conffiles") == "/etc/agentvault-registry/config.toml\n"
    assert "libpq5" in run("dpkg-deb", "-f", str(package), "Depends")


def test_the_core_brings_a_user_unit_and_the_sdk_without_its_builds(packages):
    package = packages["opensentience"]
    there = files(package)
    assert {"/usr/bin/opensentience", "/usr/lib/systemd/user/opensentience.service"} <= there
    assert any(path.endswith("/opensentience_agent_sdk/mix.exs") for path in there)
    assert not any("/_build/" in path or "/deps/" in path for path in there)
    assert "git" in run("dpkg-deb", "-f", str(package), "Depends").split(", ")


def test_the_packaged_configuration_is_one_that_the_registry_takes(packages, tmp_path):
    run("dpkg-deb", "-x", str(packages["agentvault-registry"]), str(tmp_path))
    program = tmp_path / "usr/bin/agentvault-registry"
    config = tmp_path / "etc/agentvault-registry/config.toml"
    assert 'listen = "127.0.0.1:8000"' in run(str(program), "--config", str(config), "--print-config")


def test_every_variable_of_the_composition_is_in_its_example(packages):
    needed = set(re.findall(r"\$\{([A-Z_]+):\?\}", (DOCKER / "compose.yaml").read_text()))
    given = set(re.findall(r"^([A-Z_]+)=", (DOCKER / "example.env").read_text(), re.MULTILINE))
    assert needed == given


def test_every_setting_of_the_composition_is_one_that_the_registry_has(packages, tmp_path):
    run("dpkg-deb", "-x", str(packages["agentvault-registry"]), str(tmp_path))
    known = run(str(tmp_path / "usr/bin/agentvault-registry"), "--print-config")
    service = (DOCKER / "compose.yaml").read_text().split("environment:")[1].split("#")[0]
    for name in re.findall(r"^ +([A-Z0-9_]+):", service, re.MULTILINE):
        assert name in known, name
