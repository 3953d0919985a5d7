"""The command line: help, settings, administrators, backup; exit status 0 done, 1 failed, 2 misuse."""

import sqlite3
import subprocess

import pytest

from support.checks import expect
from support.people import log_in, make_admin, sign_up, unique
from support.programs import TemporaryFolder, run_registry
from support.writers import acknowledged, publishing

SUBCOMMANDS = ["serve", "admin", "peer", "import", "export", "demo-data", "backup", "completion"]


@pytest.fixture
def data_dir():
    with TemporaryFolder("commands") as folder:
        yield folder / "data"


def test_help_names_every_command_and_setting():
    done = run_registry("--help")
    assert done.returncode == 0 and done.stderr == ""
    for word in [*SUBCOMMANDS, "--data-dir", "--listen", "--rate-limits", "Exit status"]:
        assert word in done.stdout
    for command in SUBCOMMANDS:
        assert run_registry(command, "--help").returncode == 0


def test_the_version_is_one_line_and_the_servers_own(sqlite_registry):
    done = run_registry("--version")
    assert done.returncode == 0
    name, version = done.stdout.split()
    assert name == "agentvault-registry"
    assert expect(sqlite_registry.client().get("/version"), 200)["version"] == version


@pytest.mark.parametrize(
    "arguments",
    [[], ["--no-such-flag"], ["no-such-command"], ["serve", "--listen", "nonsense"],
     ["import"], ["admin"], ["admin", "create"], ["peer"], ["peer", "add"],
     ["peer", "approve"], ["peer", "add", "https://x.example", "--mode", "pull"], ["serve", "--log-level", "loud"],
     ["completion", "tcsh"], ["demo-data", "--count", "0"], ["serve", "extra"]],
    ids=" ".join,
)  # fmt: skip
def test_wrong_use_exits_2_and_says_why(arguments, data_dir):
    done = run_registry(*arguments, environment={"AGENTVAULT_DATA_DIR": str(data_dir)})
    assert done.returncode == 2
    assert done.stderr.strip()
    assert not data_dir.exists(), "nothing is made before the command line is understood"


def test_print_config_masks_secrets_and_is_a_configuration_itself(tmp_path):
    secrets = {
        "DATABASE_URL": "postgresql://someone:hunter2secret@db.example.com/registry",
        "JWT_SECRET_KEY": "0123456789abcdef0123456789abcdef",
        "REDIS_URL": "rediss://someone:redis-secret-word@cache.example.com",
        "AGENTVAULT_SMTP_PASSWORD": "smtp-secret-word",
    }
    done = run_registry("--print-config", "--listen", "127.0.0.1:9123", environment=secrets)
    assert done.returncode == 0
    assert 'listen = "127.0.0.1:9123"' in done.stdout
    for secret in ("hunter2secret", secrets["JWT_SECRET_KEY"], "smtp-secret-word", "redis-secret-word"):
        assert secret not in done.stdout + done.stderr
    printed = run_registry("--print-config").stdout
    path = tmp_path / "registry.toml"
    path.write_text(printed)
    assert run_registry("--config", str(path), "--print-config").stdout == printed


def test_command_line_wins_over_environment_over_file(tmp_path):
    path = tmp_path / "registry.toml"
    path.write_text('listen = "127.0.0.1:1"\nloops = 1\npublic_url = "http://file"\n')
    done = run_registry(
        "--config", str(path), "--listen", "127.0.0.1:3", "--print-config",
        environment={"AGENTVAULT_LISTEN": "127.0.0.1:2", "AGENTVAULT_LOOPS": "2"},
    )  # fmt: skip
    for line in ('listen = "127.0.0.1:3"', "loops = 2", "http://file"):
        assert line in done.stdout


@pytest.mark.parametrize(
    ("text", "expected"),
    [('listen = "127.0.0.1:1"\n\n[auth]\nacces_token_minutes = 5\n', ":4: there is no setting"),
     ("listen = \n", ":1"),
     ('[log]\nlevel = "loud"\n', ":2): must be one of debug, info, warn, error")],
)  # fmt: skip
def test_a_mistake_in_the_file_is_named_with_its_line(tmp_path, text, expected):
    path = tmp_path / "registry.toml"
    path.write_text(text)
    done = run_registry("--config", str(path), "--print-config")
    assert done.returncode == 2
    assert f"{path}{expected}" in done.stderr


def test_a_misspelt_variable_is_named():
    done = run_registry("--print-config", environment={"AGENTVAULT_LISTN": "x"})
    assert done.returncode == 2
    assert "AGENTVAULT_LISTN" in done.stderr


def test_the_completion_script_is_bash_and_completes(tmp_path):
    script = tmp_path / "completion"
    script.write_text(run_registry("completion", "bash").stdout)
    ask = f"""source {script}
      COMP_WORDS=(agentvault-registry --listen x dem) COMP_CWORD=3
      _agentvault_registry; echo "${{COMPREPLY[@]}}" """
    assert subprocess.run(["bash", "-n", script]).returncode == 0
    answer = subprocess.run(["bash", "-c", ask], capture_output=True, text=True)
    assert answer.stdout.strip() == "demo-data", answer.stderr


def test_an_administrator_is_made_with_a_password_from_standard_input(registry):
    admin = make_admin(registry)
    assert admin.user["role"] == "admin"
    again = registry.command(
        "admin", "create", "--email", admin.email, "--username", unique("admin"),
        stdin="nine-marble-walnuts-15\n",
    )  # fmt: skip
    assert again.returncode == 1 and admin.email not in again.stdout
    expect(log_in(registry.client(), admin.email, admin.password), 200)


def test_a_weak_password_makes_no_administrator(idle):
    for password in ("", "short", "password1234"):
        done = idle.command(
            "admin", "create", "--email", "root@example.com", "--username", "root",
            stdin=password + "\n",
        )  # fmt: skip
        assert done.returncode in (1, 2), password
        assert "password" in done.stderr
        assert not password or password not in done.stderr.split()
    idle.start()
    assert log_in(idle.client(), "root@example.com", "password1234").status == 401


def test_a_developer_is_promoted_and_keeps_the_password(registry, developer):
    done = registry.command(
        "admin", "create", "--promote", "--email", developer.email,
        "--username", developer.user["username"],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    signed_in = expect(log_in(registry.client(), developer.email, developer.password), 200)
    assert signed_in["user"]["role"] == "admin"


def test_a_backup_of_a_busy_server_opens_and_has_every_row(sqlite_registry, tmp_path):
    copy = tmp_path / "copy.db"
    with publishing(sqlite_registry, sign_up(sqlite_registry.client())) as load:
        load.wait_for(50)
        names = acknowledged(load)
        done = sqlite_registry.command("backup", str(copy))
        load.wait_for(len(names) + 10)
    assert done.returncode == 0, done.stderr
    assert not load.failures
    database = sqlite3.connect(copy)
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    stored = {row[0] for row in database.execute("SELECT human_readable_id FROM agents")}
    database.close()
    assert set(names) <= stored
    assert copy.stat().st_mode & 0o077 == 0, "a backup is as secret as the database"


def test_a_backup_replaces_an_older_one(sqlite_registry, tmp_path):
    copy = tmp_path / "copy.db"
    for _ in range(2):
        agent = sign_up(sqlite_registry.client()).publish()
        assert sqlite_registry.command("backup", str(copy)).returncode == 0
        database = sqlite3.connect(copy)
        assert database.execute("SELECT 1 FROM agents WHERE id = ?", [agent["id"]]).fetchone()
        database.close()


def test_a_backup_that_cannot_be_written_says_where(sqlite_registry, tmp_path):
    copy = tmp_path / "no-such-folder" / "copy.db"
    done = sqlite_registry.command("backup", str(copy))
    assert done.returncode == 1 and str(copy) in done.stderr
