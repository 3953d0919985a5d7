"""Registries, repositories, manifests and names of somebody who means harm: refused with a name for
what is wrong, nothing executed, nothing written outside the home folder."""

import json
import os

import pytest

from support.agents import (
    MANIFEST, commit, entry, git, make_registry, make_repository, manifest, write_agent,
    write_manifest,
)  # fmt: skip
from support.core import DONE, NOT_FOUND, REFUSED, WRONG_USE


@pytest.fixture(scope="module")
def core(shared_core):
    return shared_core


@pytest.fixture(autouse=True)
def nothing_outside(core):
    """Whatever a test does, nothing appears beside the home folder."""
    before = outside(core)
    yield
    assert outside(core) == before
    assert core.get("/status")["pid"] == core.daemon.pid


def outside(core):
    """What a path that escapes could reach: the folder above, and the user's own."""
    above = {path.name for path in core.folder.iterdir()}
    return above, {str(path) for path in core.user.rglob("*")}, {path.name for path in core.home.iterdir()}


def add_registry(core, name, folder):
    core.post("/registries", {"name": name, "url": f"file://{folder}", "allow_file": True})


def sync(core, name):
    return core.request("POST", f"/api/v1/registries/{name}/sync", {})


# --- Names and addresses on the command line ---------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/a.git", "git://example.org/a.git", "ext::sh -c touch% /tmp/x",
        "file:///etc", "/etc", "../../etc", "--upload-pack=touch x", "-oProxyCommand=x",
        "ssh://-oProxyCommand=x/y", "user@-oProxyCommand=x:y", "https://example.org",
        "https://example.org/a.git\nhttps://x", "https://example.org/$(id)", "https://", "",
        "https://example.org/../../x", "fd::17/foo", "data:text/plain,x", "https://exa mple.org/x",
        "https://example.org/" + "x" * 3000,
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(core, url):
    said = core.refused("registry", "add", "hostile", "--", url, status=WRONG_USE)
    assert "url" in said.lower()
    assert "hostile" not in [one["name"] for one in core.get("/registries")["registries"]]


@pytest.mark.parametrize("ref", ["--upload-pack=x", "-x", "a..b", "a b", "refs/../x", "a\nb", "x:y", "x~1", "@{-1}", "/x"])
def test_a_ref_that_is_none_is_refused(core, ref):
    core.refused(
        "registry", "add", "hostile", "https://example.org/a.git", f"--ref={ref}", status=WRONG_USE
    )


@pytest.mark.parametrize("name", ["../x", "a/b", "A", ".", "..", "-x", "", "x" * 200, "a\x1b[0m", "a.git", "con\n"])
def test_a_registry_name_that_is_none_is_refused(core, name):
    core.refused("registry", "add", "--", name, "https://example.org/a.git", status=WRONG_USE)


def test_a_password_in_an_address_is_not_kept(core):
    core.done("registry", "add", "private", "https://ada:s3cr3tpass@example.org/a.git")
    assert "s3cr3tpass" not in core.done("--json", "registry", "list")
    core.done("registry", "remove", "private", "--yes")


@pytest.mark.parametrize("agent", ["../../etc", "com.example.x/../y", "..", "%2e%2e", "com.example.x\x00", "a b", "💥"])
def test_an_agent_id_that_is_none_is_not_found(core, agent):
    if "\0" in agent:
        agent = agent.replace("\0", "%00")
    for verb in ("info", "install", "run", "logs", "explain"):
        assert core.run("agents", verb, "--", agent).returncode in (NOT_FOUND, WRONG_USE)


@pytest.mark.parametrize("run", ["../../state/admin.token", "..", "%2e%2e%2f", "x" * 500, "a&run=b"])
def test_the_id_of_a_run_is_no_path(core, echo, run):
    result = core.run("agents", "logs", echo, f"--run={run}")
    assert result.returncode in (NOT_FOUND, WRONG_USE), result


# --- Registries --------------------------------------------------------------------------------


def test_bad_entries_are_left_out_and_named_and_the_good_ones_stay(core):
    good, folder = "com.example.listed", core.work / "mixed"
    repository = core.work / "listed"
    make_registry(folder, {good: entry(good, repository)})
    agents = folder / "agents"
    listed = {
        "com.example.stem": entry("com.example.other", repository),
        "com.example.escape": entry("com.example.escape", repository, manifest_path="../../x.json"),
        "com.example.absolute": entry("com.example.absolute", repository, manifest_path="/etc/passwd"),
        "com.example.option": entry("com.example.option", repository, git_url="--upload-pack=x"),
        "com.example.ext": entry("com.example.ext", repository, git_url="ext::sh -c id"),
        "com.example.ref": entry("com.example.ref", repository, default_ref="--x"),
        "com.example.missing": {"id": "com.example.missing"},
    }
    for name, members in listed.items():
        (agents / f"{name}.json").write_text(json.dumps(members))
    (agents / "com.example.huge.json").write_text(json.dumps({"id": "x" * 70_000}))
    (agents / "com.example.text.json").write_text("not json")
    (agents / "com.example.twice.json").write_text('{"id":"com.example.twice","id":"com.example.b"}')
    (agents / "com.example.deep.json").write_text('{"id":' * 200 + "1" + "}" * 200)
    (agents / "com.example.bytes.json").write_bytes(b'{"id":"\xff\xfe"}')
    (agents / "com.example.link.json").symlink_to("/etc/passwd")
    (agents / "deep").mkdir()
    (agents / "deep" / "com.example.nested.json").write_text(json.dumps(entry("com.example.nested", repository)))
    (agents / "-rf.json").write_text("{}")
    commit(folder)
    add_registry(core, "mixed", folder)
    result = core.post("/registries/mixed/sync")
    assert result["entries"] == 1
    named = {problem["file"] for problem in result["invalid"]}
    assert {f"agents/{name}.json" for name in listed} <= named
    assert {"agents/com.example.link.json", "agents/com.example.huge.json"} <= named
    assert all(problem["code"] and problem["detail"] for problem in result["invalid"])
    assert "root:" not in json.dumps(result)
    assert core.get(f"/agents/{good}")["origin"] == "registry_available"
    for name in (*listed, "com.example.twice", "com.example.nested", "com.example.deep"):
        assert core.request("GET", f"/api/v1/agents/{name}").status == 404, name


def test_paths_that_leave_the_registry_are_no_entries(core):
    """A tree with such names cannot be committed by git itself; it is made of its parts."""
    folder = make_repository(core.work / "crafted")
    blob = git(folder, "hash-object", "-w", "--stdin", input=json.dumps(entry("com.example.up", folder)))
    inner = git(folder, "mktree", input=f"100644 blob {blob}\tcom.example.up.json\n")
    up = raw_tree(folder, [("40000", "..", inner)])
    tree = raw_tree(folder, [("40000", "agents", up), ("100644", "../escape", blob)])
    made = git(folder, "commit-tree", tree, "-m", "Crafted")
    git(folder, "update-ref", "refs/heads/main", made)
    add_registry(core, "crafted", folder)
    answer = sync(core, "crafted")
    assert answer.status >= 400 or answer.json["entries"] == 0
    assert core.request("GET", "/api/v1/agents/com.example.up").status == 404


def raw_tree(folder, entries):
    """A tree object with any names; git mktree would refuse them."""
    content = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(sha) for mode, name, sha in entries)
    path = folder / "tree.bin"
    path.write_bytes(content)
    sha = git(folder, "hash-object", "--literally", "-t", "tree", "-w", path)
    path.unlink()
    return sha


def test_a_registry_that_is_no_repository_is_a_named_error(core):
    add_registry(core, "nothing", core.work / "nothing-here")
    answer = sync(core, "nothing")
    assert (answer.status, answer.code) == (503, "registry.sync_failed")
    assert core.get("/registries")["registries"]


def test_a_newer_registry_format_is_a_named_error(core):
    folder = make_registry(core.work / "newer", {})
    (folder / "registry.json").write_text('{"registry_version":99}')
    commit(folder)
    add_registry(core, "newer", folder)
    assert sync(core, "newer").code.startswith("registry.")


# --- Repositories of agents ----------------------------------------------------------------------


def install(core, name, prepare, **changes):
    """Publishes what `prepare(folder)` makes of an otherwise good agent; the answer to install."""
    agent = f"com.example.{name}"
    repository = make_repository(core.work / name)
    write_agent(repository, agent)
    commit(repository)
    prepare(repository)
    registry = make_registry(core.work / f"{name}_registry", {agent: entry(agent, repository, **changes)})
    add_registry(core, name, registry)
    core.post(f"/registries/{name}/sync")
    return agent, core.request("POST", f"/api/v1/agents/{agent}/install", {})


def link(folder, target):
    (folder / "link").symlink_to(target)
    commit(folder)


@pytest.mark.parametrize(
    "target", ["/etc/passwd", "../../../../../state/admin.token", "..", "a/../../b"]
)
def test_a_link_out_of_the_tree_is_not_installed(core, target):
    name = "link" + str(abs(hash(target)) % 10_000)
    agent, answer = install(core, name, lambda folder: link(folder, target))
    assert answer.status >= 400 and answer.code == "install.invalid_tree", answer.text
    assert core.get(f"/agents/{agent}")["states"]["install"] in ("none", "failed")


def test_a_submodule_is_not_fetched(core):
    victim = make_repository(core.work / "victim")
    (victim / "secret.txt").write_text("of another repository")
    commit(victim)

    def prepare(folder):
        head = git(victim, "rev-parse", "HEAD")
        (folder / ".gitmodules").write_text(f'[submodule "m"]\n\tpath = m\n\turl = file://{victim}\n')
        git(folder, "update-index", "--add", "--cacheinfo", f"160000,{head},m")
        git(folder, "add", ".gitmodules")
        git(folder, "commit", "-q", "-m", "A submodule")

    agent, answer = install(core, "submodule", prepare)
    assert answer.status >= 400 or answer.json["warnings"]
    assert not list((core.home / "agents").glob(f"{agent}/**/secret.txt"))


def test_files_with_names_that_leave_the_tree_are_not_written(core):
    def prepare(folder):
        blob = git(folder, "hash-object", "-w", "--stdin", input="escaped")
        text = (folder / MANIFEST).read_text()
        good = git(folder, "hash-object", "-w", "--stdin", input=text)
        evil = raw_tree(folder, [("100644", "escape", blob)])
        tree = raw_tree(folder, [("40000", "..", evil), ("100644", MANIFEST, good)])
        made = git(folder, "commit-tree", tree, "-m", "Crafted")
        git(folder, "update-ref", "refs/heads/main", made)

    _, answer = install(core, "traversal", prepare)
    assert answer.status >= 400 and answer.code, answer.text
    assert not list(core.folder.rglob("escape"))


def test_a_git_folder_in_the_tree_is_not_written(core):
    def prepare(folder):
        blob = git(folder, "hash-object", "-w", "--stdin", input="[core]\n\tfsmonitor = touch x\n")
        good = git(folder, "hash-object", "-w", "--stdin", input=(folder / MANIFEST).read_text())
        config = raw_tree(folder, [("100644", "config", blob)])
        tree = raw_tree(folder, [("40000", ".GIT", config), ("100644", MANIFEST, good)])
        made = git(folder, "commit-tree", tree, "-m", "Crafted")
        git(folder, "update-ref", "refs/heads/main", made)

    agent, answer = install(core, "gitfolder", prepare)
    assert answer.status >= 400, answer.text
    assert not [p for p in (core.home / "agents").glob(f"{agent}/**/*") if p.name.lower() == ".git"]


def test_a_file_of_too_many_bytes_is_not_installed(core):
    def prepare(folder):
        with open(folder / "huge", "wb") as file:
            file.truncate(33 * 1024 * 1024)  # Packs to almost nothing.
        commit(folder)

    agent, answer = install(core, "bomb", prepare)
    assert answer.status >= 400 and answer.code, answer.text
    assert not list((core.home / "agents").glob(f"{agent}/**/huge"))


def test_an_agent_of_another_name_is_not_installed(core):
    agent, answer = install(
        core, "impostor", lambda folder: (write_manifest(folder, "com.example.victim"), commit(folder))
    )
    assert answer.code == "install.id_mismatch", answer.text
    assert core.request("GET", "/api/v1/agents/com.example.victim").status == 404


def test_an_unexpected_manifest_is_warned_of(core):
    _, answer = install(
        core, "unexpected", lambda folder: None, expected={"manifest_hash": "sha256:" + "0" * 64}
    )
    assert answer.status < 300 and answer.json["warnings"]


def test_an_installed_tree_that_was_edited_does_not_run_unnoticed(core):
    agent, answer = install(core, "edited", lambda folder: None)
    core.enable(agent)
    core.run_agent(agent)
    core.post(f"/agents/{agent}/stop")
    path = next((core.home / "agents" / agent / "trees").glob(f"*/{MANIFEST}"))
    os.chmod(path, 0o600)
    path.write_text(path.read_text() + " ")
    answer = core.request("POST", f"/api/v1/agents/{agent}/run", {})
    assert answer.code == "permission.drift", answer.text


# --- Manifests -----------------------------------------------------------------------------------


GOOD = manifest("com.example.manifest")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("two_keys", json.dumps(GOOD)[:-1] + ',"permissions":["process:spawn"]}'),
        ("deep", json.dumps(GOOD)[:-1] + ',"x":' + "[" * 100 + "]" * 100 + "}"),
        ("absolute", json.dumps(GOOD | {"entrypoint": {"type": "command", "value": "/bin/sh"}})),
        ("escaping", json.dumps(GOOD | {"entrypoint": {"type": "command", "value": "../../x"}})),
        ("option", json.dumps(GOOD | {"entrypoint": {"type": "mix_task", "value": "--eval=x"}})),
        ("words", json.dumps(GOOD | {"entrypoint": {"type": "mix_task", "value": "run -e x"}})),
        ("kind", json.dumps(GOOD | {"entrypoint": {"type": "shell", "value": "x"}})),
        ("newer", json.dumps(GOOD | {"manifest_version": 2})),
        ("typing_error", json.dumps(GOOD | {"permissions": ["netwrok:egress:*"]})),
        ("dots", json.dumps(GOOD | {"permissions": ["filesystem:read:~/../x"]})),
        ("line_break", json.dumps(GOOD | {"permissions": ["process:spawn\nx"]})),
        ("no_source", json.dumps({k: v for k, v in GOOD.items() if k != "source"})),
        ("surrogate", json.dumps(GOOD)[:-1] + ',"x":"\\ud800"}'),
    ],
)
def test_a_bad_manifest_is_shown_with_its_problem_and_never_runs(core, name, text):
    agent = f"com.example.bad_{name}"
    folder = write_agent(core.projects / agent, agent)
    (folder / MANIFEST).write_text(text.replace("com.example.manifest", agent))
    report = core.post("/agents/scan")
    shown = core.request("GET", f"/api/v1/agents/{agent}")
    if shown.status == 404:
        assert str(folder / MANIFEST) in {problem["path"] for problem in report["problems"]}
    else:
        assert shown.json["manifest"]["problems"] or not shown.json["manifest"]["is_runnable"]
        if "typing_error" not in name:
            assert not shown.json["manifest"]["is_runnable"], shown.text
    enabled = core.request("POST", f"/api/v1/agents/{agent}/enable", {"permissions": []})
    run = core.request("POST", f"/api/v1/agents/{agent}/run", {})
    if "typing_error" not in name:
        assert enabled.status >= 400
        assert run.status >= 400 and run.code
    # What it says of its problem is not what it says.
    assert "process:spawn" not in json.dumps(core.get("/agents?q=bad")) or name == "two_keys"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty", b""), ("huge", b'{"id":"com.example.huge_one","x":"' + b"x" * 300_000 + b'"}'),
        ("binary", b"\x00\xff" * 100), ("array", b"[]"), ("bad_id", b'{"id":"../../x"}'),
        ("utf16", '{"id":"com.example.utf16"}'.encode("utf-16")),
    ],
)  # fmt: skip
def test_what_is_no_manifest_is_reported_and_not_listed(core, name, content):
    folder = core.projects / f"no_manifest_{name}"
    folder.mkdir()
    (folder / MANIFEST).write_bytes(content)
    report = core.post("/agents/scan")
    problems = [one for one in report["problems"] if one["path"] == str(folder / MANIFEST)]
    assert problems and problems[0]["code"] and problems[0]["message"]


def test_a_manifest_behind_a_link_or_a_pipe_is_not_read(core):
    (core.work / "elsewhere").mkdir()
    write_agent(core.work / "elsewhere", "com.example.elsewhere")
    (core.projects / "linked_folder").symlink_to(core.work / "elsewhere")
    linked = core.projects / "linked_file"
    linked.mkdir()
    (linked / MANIFEST).symlink_to(core.work / "elsewhere" / MANIFEST)
    piped = core.projects / "piped"
    piped.mkdir()
    os.mkfifo(piped / MANIFEST)
    core.post("/agents/scan")
    assert core.request("GET", "/api/v1/agents/com.example.elsewhere").status == 404


def test_a_copy_does_not_take_over_an_agent_that_is_there(core):
    agent, answer = install(core, "original", lambda folder: None)
    core.enable(agent)
    write_agent(core.projects / "copy", agent, description="Not the real one.")
    core.post("/agents/scan")
    shown = core.get(f"/agents/{agent}")
    assert shown["origin"] == "installed" and shown["description"] == "An agent of a test."
    assert [one["manifest_path"] for one in shown["shadowed"]] == [str(core.projects / "copy" / MANIFEST)]
    assert shown["enablement"] == "active"


def test_what_calls_every_tool_needs_a_word_more(core):
    agent = "com.example.dangerous"
    write_agent(core.projects / agent, agent, permissions=["tool:invoke:*/*"])
    core.post("/agents/scan")
    refused = core.run("agents", "enable", agent, "--approve-all")
    assert refused.returncode in (REFUSED, WRONG_USE), refused
    result = core.run("agents", "enable", agent, "--approve-all", "--allow-dangerous")
    assert result.returncode == DONE, result
