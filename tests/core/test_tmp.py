import json
from support.agents import write_agent
from test_gates import run_without_waiting, hello_from_here, until
def show(core, agent):
    for e in reversed(core.audit()):
        if agent in json.dumps(e): print(e["event_type"], e["severity"], e["actor_id"], e["subject_type"], e["subject_id"], e["metadata"])
def test_a(core):
    agent = "com.example.not_enabled"
    write_agent(core.projects / agent, agent)
    core.post("/agents/scan")
    print(core.request("POST", f"/api/v1/agents/{agent}/run", {}).text)
    show(core, agent)
    agent = core.add_agent("com.example.wrong_token", "wrong_token")
    print(core.request("POST", f"/api/v1/agents/{agent}/run", {}).text)
    until(lambda: core.left_by(agent, "refused"), "it is told") == "protocol.unauthorized"
    core.wait_for_run(agent, "crashed")
    show(core, agent)
    agent = core.add_agent("com.example.given_away", "given_away")
    starting = run_without_waiting(core, agent)
    token, manifest_hash = until(lambda: core.left_by(agent, "token"), "the token").split()
    code, closed = hello_from_here(core, agent, token, manifest_hash)
    print(code, closed)
    core.request("POST", f"/api/v1/agents/{agent}/stop", {})
    show(core, agent)
    agent="com.example.sub"
    READ = "filesystem:read:~/notes/**"
    WRITE = "filesystem:write:~/notes/**"
    write_agent(core.projects / agent, agent, permissions=[READ, WRITE])
    core.post("/agents/scan")
    core.enable(agent, [WRITE])
    core.run_agent(agent)
    show(core, agent)
    print(core.get("/tools?agent="+agent)["tools"])
    for e in reversed(core.audit()): print(e["event_type"], e["severity"])
