"""After a whole tour no secret is to be found in anything that is kept: database, logs, files."""

import base64

import pytest

from support.people import ADMIN_PASSWORD, make_admin
from support.registry import new_registry
from support.tour import take_tour

FORMS = {
    "as it is": lambda secret: secret.encode(),
    "in UTF-16": lambda secret: secret.encode("utf-16-le"),
    "in base64": lambda secret: base64.b64encode(secret.encode())[:-4],
    "in hexadecimal": lambda secret: secret.encode().hex().encode(),
}


def places(registry):
    """{where: bytes} of all that the registry leaves behind, but for the letters it sends."""
    files = [path for path in registry.data_dir.rglob("*") if path.is_file()]
    letters = registry.data_dir / "outbox"
    kept = {str(path): path.read_bytes() for path in files if letters not in path.parents}
    return kept | {"standard error": registry.log().encode()}


def assert_no_secret_in(kept, secrets):
    found = [
        f"{what} {form} in {where}"
        for what, secret in secrets.items()
        for form, encoded in FORMS.items()
        for where, content in kept.items()
        if encoded(secret) in content
    ]
    assert not found, found


@pytest.fixture
def log_settings(tmp_path):
    return {
        "AGENTVAULT_LOG_LEVEL": "debug",
        "AGENTVAULT_LOG_FILE": str(tmp_path / "log"),
        "AGENTVAULT_ACCESS_LOG": str(tmp_path / "access.log"),
    }


def logs(settings):
    names = ("AGENTVAULT_LOG_FILE", "AGENTVAULT_ACCESS_LOG")
    return {name: open(settings[name], "rb").read() for name in names}


def test_no_secret_is_in_the_data_folder_or_the_logs(log_settings):
    with new_registry(log_settings) as registry:
        make_admin(registry)
        secrets = take_tour(registry) | {"admin's password": ADMIN_PASSWORD}
        assert_no_secret_in(places(registry), secrets)  # With the write-ahead log.
        assert registry.stop() == 0
        kept = places(registry) | logs(log_settings)
        assert any(name.endswith("registry.db") for name in kept)
        assert b"/api/v1/auth/login" in kept["AGENTVAULT_ACCESS_LOG"]
        assert_no_secret_in(kept, secrets)


def test_no_secret_is_in_postgresql_or_the_logs(postgres, log_settings):
    settings = log_settings | {"DATABASE_URL": postgres.new_schema()}
    with new_registry(settings) as registry:
        secrets = take_tour(registry)
        assert registry.stop() == 0
        dump = postgres.dump().encode()
        assert b"api_keys" in dump
        assert_no_secret_in(places(registry) | logs(log_settings) | {"database": dump}, secrets)


def test_files_with_secrets_are_for_the_owner_only(sqlite_registry):
    folder = sqlite_registry.data_dir
    assert folder.stat().st_mode & 0o077 == 0
    for path in folder.rglob("*"):
        if path.suffix in (".key", ".eml"):
            assert path.stat().st_mode & 0o077 == 0, path
