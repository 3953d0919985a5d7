"""Reading over HTTP: one agent against nginx, pages of the list, and what a credential costs."""

import json
import statistics

from harness import load, nginx, registry
from harness.figures import Figure, at_least, at_most, ratio_at_least

AGENT_BYTES = 1700
PER_PAGE = 30
LAST_PAGE = 3000  # The 90 000th agent is on it.


def agent_of_usual_size(client):
    """Path, ETag and bytes of the agent nearest to AGENT_BYTES among some."""
    page = client.json("GET", "/api/v1/agents?per_page=100&fields=id")
    found = []
    for agent in page["agents"]:
        path = f"/api/v1/agents/{agent['id']}"
        _, headers, body = client.exchange("GET", path)
        found.append((abs(len(body) - AGENT_BYTES), path, headers["ETag"], body))
    return min(found)[1:]


def one_agent(bench):
    with bench.one_loop() as server:
        path, etag, body = agent_of_usual_size(server.client())
        with nginx.serving(body) as other:
            known = {"If-None-Match": etag}
            known_file = {"If-None-Match": other.etag()}
            cases = {
                "ours": (server.pid, server.url + path, {}),
                "file": (other.pid, other.url + "/file", {}),
                "memory": (other.pid, other.url + "/memory", {}),
                "ours 304": (server.pid, server.url + path, known),
                "file 304": (other.pid, other.url + "/file", known_file),
            }
            samples = load.rounds({name: _case(bench, *case) for name, case in cases.items()},
                                  bench.rounds)  # fmt: skip
    return [
        *_against("GET one agent", samples["ours"], "nginx, file", samples["file"], True),
        *_against("GET one agent", samples["ours"], "nginx, memory", samples["memory"], False),
        *_against("GET one agent, 304", samples["ours 304"], "nginx, file 304",
                  samples["file 304"], True),
    ]  # fmt: skip


def _case(bench, pid, url, headers):
    return lambda: load.wrk(pid, url, bench.seconds, headers)


def _against(what, ours, reference, theirs, has_target):
    """wrk is often the limit of requests/s, so what a request costs is the better comparison."""
    rate, cpu = "requests_per_second", "cpu_us_per_request"
    target = ratio_at_least(1) if has_target else None
    return [
        Figure("get", what, load.median(ours, rate), "/s", reference, load.median(theirs, rate),
               higher_is_better=True, target=target),
        Figure("get", f"{what}, CPU a request", load.median(ours, cpu), "us", reference,
               load.median(theirs, cpu), target=target),
    ]  # fmt: skip


def list_pages(bench):
    with bench.one_loop() as server:
        pages = {
            "first": f"{server.url}/api/v1/agents?per_page={PER_PAGE}",
            "last": f"{server.url}/api/v1/agents?per_page={PER_PAGE}&page={LAST_PAGE}",
        }
        _check_full_page(server.client(), pages["last"].removeprefix(server.url))
        samples = load.rounds({name: _case(bench, server.pid, url, {})
                               for name, url in pages.items()}, bench.rounds)  # fmt: skip
    first, last = (load.median(samples[name], "requests_per_second") for name in pages)
    first_cpu, last_cpu = (load.median(samples[name], "cpu_us_per_request") for name in pages)
    return [
        Figure("list", f"list of {PER_PAGE}, first page", first, "/s", target=at_least(15_000)),
        Figure("list", f"list of {PER_PAGE}, page {LAST_PAGE}", last, "/s", "first page", first,
               higher_is_better=True, target=at_least(15_000)),
        Figure("list", f"list of {PER_PAGE}, page {LAST_PAGE}, CPU a request", last_cpu, "us",
               "first page", first_cpu, target=ratio_at_least(0.9)),
    ]  # fmt: skip


def _check_full_page(client, path):
    agents = json.loads(client.get(path))["agents"]
    assert len(agents) == PER_PAGE, f"{path} has {len(agents)} agents"


def credentials(bench):
    """Reading one agent never looks at credentials; the list takes them and needs none."""
    with bench.one_loop() as server:
        client = server.client()
        token = registry.sign_up(client)
        key = registry.make_api_key(client, token)
        url = f"{server.url}/api/v1/agents?per_page=1&fields=id"
        for headers in (token, key):
            client.send("GET", url.removeprefix(server.url), headers=headers)
        cases = {"none": {}, "JWT": token, "key": key}
        samples = load.rounds({name: _case(bench, server.pid, url, headers)
                               for name, headers in cases.items()}, bench.rounds)  # fmt: skip
    anonymous = load.median(samples["none"], "cpu_us_per_request")
    return [
        Figure("auth", "JWT, CPU a request over an anonymous one", _added(samples, "JWT"), "us",
               "anonymous request", anonymous, target=at_most(5)),
        Figure("auth", "API key (warm), CPU a request over an anonymous one",
               _added(samples, "key"), "us", "anonymous request", anonymous, target=at_most(2)),
    ]  # fmt: skip


def _added(samples, name):
    """Compares within a round: what drifts, drifts for both."""
    return statistics.median(
        one.cpu_us_per_request - none.cpu_us_per_request
        for one, none in zip(samples[name], samples["none"])
    )
