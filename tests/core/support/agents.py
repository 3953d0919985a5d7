"""Folders of agents and git repositories, as strangers would make them."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

PROGRAM = pathlib.Path(__file__).with_name("agent_program.py")
MANIFEST = "opensentience.agent.json"

_GIT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}


def manifest(agent_id, **changes):
    """A valid one of an agent that is a program; None leaves a member out."""
    members = {
        "id": agent_id,
        "name": agent_id.rsplit(".", 1)[-1].replace("_", " ").title(),
        "version": "1.0.0",
        "description": "An agent of a test.",
        "source": {"git_url": "https://example.org/agent.git", "ref": "main"},
        "entrypoint": {"type": "command", "value": "agent"},
        "permissions": [],
        "capabilities": ["tools", "streaming", "cancellation"],
    } | changes
    return {name: value for name, value in members.items() if value is not None}


def write_manifest(folder, agent_id, **changes):
    text = json.dumps(manifest(agent_id, **changes), indent=1)
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def write_agent(folder, agent_id, mode="", **changes):
    """A folder with an agent that runs as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    write_manifest(folder, agent_id, **changes)
    program = folder / "agent"
    # Neither the site's nor the user's packages: it starts in a fraction of the time.
    program.write_text(f"#!{os.path.realpath(sys.executable)} -ISB\n{PROGRAM.read_text()}")
    program.chmod(0o755)
    (folder / "mode").write_text(mode)
    return folder


def git(folder, *arguments, **options):
    done = subprocess.run(
        ["git", *map(str, arguments)],
        cwd=folder,
        env=os.environ | _GIT,
        capture_output=True,
        text=True,
        check=True,
        **options,
    )
    return done.stdout.strip()


def make_repository(folder):
    folder.mkdir(parents=True, exist_ok=True)
    # Without the template: dozens of sample hooks a repository.
    git(folder, "init", "-q", "-b", "main", "--template=")
    return folder


def commit(folder, message="A change"):
    """Everything in the folder; returns the commit."""
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def entry(agent_id, repository, **changes):
    """What a registry says of an agent."""
    members = {
        "id": agent_id,
        "git_url": f"file://{repository}",
        "default_ref": "main",
        "display": {"name": agent_id, "summary": "Listed by a test."},
    } | changes
    return {name: value for name, value in members.items() if value is not None}


def make_registry(folder, entries):
    """A registry's repository; `entries` maps agents' ids to what entry() returns."""
    make_repository(folder)
    write_entries(folder, entries)
    return folder


def write_entries(folder, entries):
    agents = folder / "agents"
    shutil.rmtree(agents, ignore_errors=True)
    agents.mkdir()
    (folder / "registry.json").write_text('{"registry_version":1,"name":"Tests"}')
    for agent_id, members in entries.items():
        (agents / f"{agent_id}.json").write_text(json.dumps(members))
    return commit(folder)
