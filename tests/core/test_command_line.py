"""The command line as scripts and people use it."""

import json
import os
import pty
import re
import signal
import subprocess

import pytest

from support.agents import MANIFEST, write_agent
from support.core import (
    DONE, FAILED, LISTENING, NOT_FOUND, NOT_RUNNING, PROGRAM, REFUSED, TOOL_FAILED, WRONG_USE,
    is_alive,
)  # fmt: skip
from support.waiting import until

VERB = re.compile(r"^  ([a-z][a-z-]+)  +\S")


def subcommands(text):
    """Those that a help text lists."""
    listed = text.partition("Subcommands:\n")[2].split("\n\n")[0]
    return [match[1] for line in listed.splitlines() if (match := VERB.match(line))]


def help_of(core, *verb):
    result = core.run(*verb, "--help")
    assert result.returncode == DONE and result.stderr == "", (verb, result)
    return result.stdout


@pytest.fixture(scope="module")
def verbs(shared_core):
    """Each verb with its help text."""
    found, todo = {}, [()]
    while todo:
        verb = todo.pop()
        found[verb] = help_of(shared_core, *verb)
        todo += [(*verb, name) for name in subcommands(found[verb])]
    return found


def test_every_verb_explains_itself(verbs):
    names = {" ".join(verb) for verb in verbs}
    assert {
        "serve", "status", "doctor", "open", "completion", "token show", "token rotate",
        *(f"agents {verb}" for verb in (
            "list", "search", "info", "install", "build", "enable", "disable", "revoke", "run",
            "stop", "restart", "update", "uninstall", "logs", "tools", "explain", "scan")),
        "tools call", "registry add", "registry list", "registry remove", "registry sync",
        "audit tail", "audit export", "audit verify",
    } <= names  # fmt: skip
    for verb, text in verbs.items():
        assert len(text.splitlines()) >= 3, verb


def test_the_help_shows_examples_and_exit_codes(verbs):
    assert "opensentience agents install" in verbs[()]
    assert "7 the audit log was tampered with" in verbs[()]


def test_the_completion_is_bash_and_knows_the_verbs(core):
    script = core.done("completion", "bash")
    bash = ["bash", "--noprofile", "--norc"]
    checked = subprocess.run([*bash, "-n"], input=script, text=True, capture_output=True)
    assert (checked.returncode, checked.stderr) == (0, "")
    asked = script + 'COMP_WORDS=(opensentience agents un); COMP_CWORD=2; _opensentience; echo "${COMPREPLY[@]}"'
    answer = subprocess.run(bash, input=asked, text=True, capture_output=True)
    assert answer.stdout.split() == ["uninstall"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["status"], ["doctor"], ["agents", "list"], ["agents", "search", "echo"], ["agents", "scan"],
        ["agents", "info", "{echo}"], ["agents", "explain", "{echo}"], ["agents", "tools", "{echo}"],
        ["agents", "logs", "{echo}"], ["tools", "list"], ["tools", "show", "{echo}/echo"],
        ["tools", "calls"], ["tools", "call", "{echo}/echo", '{"a":1}'], ["confirmations", "list"],
        ["registry", "list"], ["registry", "sync"], ["audit", "tail"], ["audit", "verify"],
        ["token", "show"], ["open"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_json_is_printed_where_it_is_asked_for(core, echo, arguments):
    arguments = [argument.format(echo=echo) if "{echo}" in argument else argument for argument in arguments]
    for order in (["--json", *arguments], [*arguments, "--json"]):
        result = core.run(*order)
        assert result.returncode == DONE, result
        assert isinstance(json.loads(result.stdout), dict)
        assert result.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["agents", "info", "com.example.nobody"], NOT_FOUND),
        (["agents", "run", "com.example.nobody"], NOT_FOUND),
        (["agents", "install", "com.example.nobody"], NOT_FOUND),
        (["agents", "stop", "com.example.idle"], REFUSED),
        (["agents", "run", "com.example.idle"], REFUSED),
        (["tools", "call", "com.example.nobody/x"], NOT_FOUND),
        (["tools", "show", "nonsense"], NOT_FOUND),
        (["tools", "cancel", "nonsense"], NOT_FOUND),
        (["tools", "call", "{echo}/count", '{"n":"x"}'], WRONG_USE),
        (["registry", "sync", "nobody"], NOT_FOUND),
        (["registry", "add", "x", "http://example.org/plain.git"], WRONG_USE),
        (["audit", "tail", "--severity", "nonsense"], WRONG_USE),
    ],
)
def test_errors_have_their_exit_status_and_are_json_too(core, echo, arguments, status):
    if not (core.projects / "com.example.idle").exists():
        write_agent(core.projects / "com.example.idle", "com.example.idle")
        core.post("/agents/scan")
    arguments = [argument.replace("{echo}", echo) for argument in arguments]
    plain = core.run(*arguments)
    assert plain.returncode == status, plain
    assert plain.stdout == "" and plain.stderr.startswith("opensentience: ")
    as_json = core.run("--json", *arguments)
    assert as_json.returncode == status
    problem = json.loads(as_json.stdout)
    assert problem["status"] >= 400 and problem["detail"]


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["nonsense"], ["agents"], ["agents", "info"], ["agents", "list", "--nonsense"],
        ["agents", "list", "--limit", "0"], ["tools", "call", "{echo}/echo", "not json"],
        ["tools", "call", "{echo}/echo", "[1]"], ["tools", "call", "{echo}/echo", "{}", "--timeout", "soon"],
        ["completion", "tcsh"], ["serve", "--port", "99999"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_wrong_use_is_two(core, echo, arguments):
    result = core.run(*[argument.replace("{echo}", echo) for argument in arguments])
    assert result.returncode == WRONG_USE, result
    assert result.stderr and "terminate" not in result.stderr


def test_a_failing_tool_is_six(core, echo):
    assert core.run("tools", "call", f"{echo}/say", '{"text":"no","as":"error"}').returncode == TOOL_FAILED


def test_a_call_that_takes_too_long_is_canceled(core, echo):
    result = core.run("tools", "call", f"{echo}/sleep", '{"ms":60000}', "--timeout", "50ms")
    assert result.returncode == TOOL_FAILED and "tool.timeout" in result.stderr


def test_input_comes_from_standard_input_too(core, echo):
    text = core.done("tools", "call", f"{echo}/echo", "-", stdin='{"big":9007199254740993}')
    assert json.loads(text) == {"big": 9007199254740993}


def test_numbers_are_printed_as_the_tool_sent_them(core, echo):
    numbers = '[123456789012345678901234567890,18446744073709551616,-9223372036854775809,9007199254740993,1.0]'
    given = f'{{"numbers": {numbers}}}'
    printed = core.done("tools", "call", f"{echo}/retell", given)
    assert "".join(printed.split()) == f'{{"numbers":{numbers}}}'
    printed = core.done("--json", "tools", "call", f"{echo}/retell", given)
    assert numbers in "".join(printed.split())
    streamed = core.done("--json", "tools", "call", f"{echo}/retell", given, "--stream")
    assert "".join(streamed.split()).count(numbers) == 2
    answer = core.request("POST", f"/api/v1/tools/{echo}/retell/call", {"input": json.loads(given)})
    assert json.loads(answer.text)["output"] == json.loads(given)


def test_what_an_input_may_not_hold_is_said_with_its_place(core, echo):
    result = core.run("tools", "call", f"{echo}/echo", r'{"a":{"b":["x","\u0000"]}}')
    assert result.returncode == WRONG_USE
    assert "/a/b/1: A string may not hold U+0000" in result.stderr and "base64" in result.stderr
    answer = core.call(f"{echo}/echo", {"a": "\0"})
    assert answer.status == 422
    assert [error["pointer"] for error in answer.json["errors"]] == ["/input/a"]


def test_nothing_is_asked_without_a_terminal(core):
    agent = "com.example.asking"
    write_agent(core.projects / agent, agent, permissions=["filesystem:read:~/notes/**"])
    core.post("/agents/scan")
    for arguments, flag in (
        (["agents", "build", agent], "--yes"),
        (["agents", "uninstall", agent], "--yes"),
        (["agents", "update", agent], "--yes"),
        (["agents", "enable", agent], "--approve"),
        (["registry", "remove", "nobody"], "--yes"),
        (["token", "rotate"], "--yes"),
    ):
        result = core.run(*arguments, timeout=20)
        assert result.returncode in (REFUSED, WRONG_USE), result
        assert flag in result.stderr


# --- The daemon that is not there --------------------------------------------------------------


def test_without_a_daemon_commands_say_how_to_start_it(idle_core):
    for arguments in (["status"], ["agents", "list"], ["tools", "call", "a.b/c"], ["audit", "export"]):
        result = idle_core.run(*arguments)
        assert result.returncode == NOT_RUNNING
        assert "opensentience serve" in result.stderr and result.stdout == ""
    assert not idle_core.home.exists()


def test_json_is_printed_without_a_daemon_too(idle_core):
    result = idle_core.run("--json", "agents", "list")
    assert result.returncode == NOT_RUNNING
    assert json.loads(result.stdout)["detail"]


def test_on_a_terminal_the_daemon_is_offered_and_may_be_declined(idle_core):
    command, environment = idle_core.command("agents", "list")
    main, other = pty.openpty()
    with subprocess.Popen(
        command, env=environment, stdin=other, stdout=subprocess.PIPE, stderr=other, text=True
    ) as asking:
        os.close(other)
        said = b""
        while b"?" not in said:
            said += os.read(main, 1024)
        os.write(main, b"n\n")
        assert asking.wait(timeout=20) == NOT_RUNNING
    os.close(main)
    assert b"Start it" in said and not idle_core.home.exists()


def test_the_daemon_is_started_when_that_was_said(idle_core):
    status = idle_core.json("status", "--yes", OPENSENTIENCE_PORT="0")
    try:
        assert status["home"] == str(idle_core.home)
        assert idle_core.json("status")["pid"] == status["pid"]
    finally:
        os.kill(status["pid"], signal.SIGTERM)
    until(lambda: not is_alive(status["pid"]), "the daemon is gone")


def test_a_home_open_to_others_is_refused(idle_core):
    idle_core.home.mkdir(mode=0o755)
    os.chmod(idle_core.home, 0o755)
    result = idle_core.run("serve", "--port", "0", timeout=20)
    assert result.returncode == FAILED and str(idle_core.home) in result.stderr


def test_a_long_home_path_still_works(idle_core):
    home = idle_core.folder / ("long" * 25)
    runtime = idle_core.folder / "x"
    runtime.mkdir(mode=0o700)
    command = [str(PROGRAM), "serve", "--port", "0"]
    extra = {"OPENSENTIENCE_HOME": str(home), "XDG_RUNTIME_DIR": str(runtime)}
    daemon = subprocess.Popen(
        command, env=idle_core.environment(**extra), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert daemon.stdout.readline().startswith(LISTENING)
        assert idle_core.json("status", **extra)["home"] == str(home)
    finally:
        daemon.terminate()
        daemon.communicate(timeout=60)
    assert daemon.returncode == 0


def test_the_doctor_names_what_is_missing(core, idle_core):
    findings = {one["what"]: one["status"] for one in core.json("doctor")["findings"]}
    assert findings["git"] == findings["daemon"] == findings["home folder"] == "ok"
    sick = idle_core.run("--json", "doctor", PATH="/nonexistent")
    assert sick.returncode == FAILED
    findings = {one["what"]: one for one in json.loads(sick.stdout)["findings"]}
    assert findings["git"]["status"] == "MISSING" and "install" in findings["git"]["detail"]


def test_the_settings_can_be_seen_and_typing_errors_are_told(idle_core):
    shown = idle_core.done("serve", "--print-config", "--port", "1234")
    assert "port = 1234" in shown
    result = idle_core.run("serve", OPENSENTIENCE_PROT="1", timeout=20)
    assert result.returncode == WRONG_USE and "OPENSENTIENCE_PROT" in result.stderr


# --- Names of strangers --------------------------------------------------------------------------


def test_names_and_outputs_of_strangers_cannot_speak_to_the_terminal(core):
    """Escape sequences, line breaks and characters that turn the text around."""
    nasty = "A\x1b]0;owned\x07\x1b[31mB\r\nC\x9b2J\u202eDE"
    agent = "com.example.nasty"
    folder = write_agent(core.projects / agent, agent)
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest |= {"name": nasty, "description": nasty, "keywords": [nasty]}
    (folder / MANIFEST).write_text(json.dumps(manifest))
    (folder / "description").write_text(nasty)
    core.post("/agents/scan")
    core.request("POST", f"/api/v1/agents/{agent}/enable", {"permissions": []})
    core.request("POST", f"/api/v1/agents/{agent}/run", {})
    if core.get(f"/agents/{agent}/runs")["runs"]:
        core.wait_for_run(agent, "running", "crashed")
        core.call(f"{agent}/say", {"text": nasty})
    said = b""
    for arguments in (
        ["agents", "list"], ["agents", "info", agent], ["agents", "explain", agent],
        ["agents", "logs", agent], ["tools", "list"], ["audit", "tail", "-n", "50"],
        ["tools", "call", f"{agent}/say", json.dumps({"text": nasty}), "--stream"],
        ["tools", "call", f"{agent}/say", json.dumps({"text": nasty, "as": "error"})],
    ):  # fmt: skip
        command, environment = core.command(*arguments)
        result = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True)
        said += result.stdout + result.stderr
    text = said.decode("utf-8")
    assert agent in text
    left = {char for char in text if (ord(char) < 0x20 and char != "\n") or 0x7F <= ord(char) < 0xA0}
    assert left == set()
    assert "\u202e" not in text
