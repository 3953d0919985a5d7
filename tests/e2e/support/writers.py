"""Write load of which every acknowledged agent is remembered, and the check that none was lost."""

from support.checks import expect
from support.parallel import Load
from support.people import agent_body, all_agents

THREADS = 4


class Rejected(Exception):
    """The registry answered, and said no."""


def publishing(registry, developer, accept=(201,)):
    """Threads that publish as fast as they can. Each result is the new agent's readable id, or None
    for an answer that is no agent but whose status is in `accept`."""
    clients = [registry.client(developer.access_token) for _ in range(THREADS)]

    def publish(thread, _count):
        body = agent_body()
        answer = clients[thread].post("/api/v1/agents", body)
        if answer.status not in accept:
            raise Rejected(answer)
        return body["humanReadableId"] if answer.status == 201 else None

    return Load(THREADS, publish)


def acknowledged(load):
    return [name for name in load.results if name is not None]


def assert_all_there_once(client, names):
    """Every one of `names` is in the registry, and no agent is there twice."""
    stored = [agent["humanReadableId"] for agent in all_agents(client)]
    assert len(stored) == len(set(stored)), "an agent is listed twice"
    missing = set(names) - set(stored)
    assert not missing, f"{len(missing)} of {len(names)} acknowledged agents are gone"
    for name in names[:: max(1, len(names) // 20)]:
        expect(client.get("/api/v1/agents/by-hri", hri=name), 200)
