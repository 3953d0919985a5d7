#!/usr/bin/python3
"""An S3 server that checks signatures: OpenStack Swift with its S3 API, all parts in this process.

    s3_server.py FOLDER BUCKET...

Objects are kept in memory, the rest in FOLDER. Once it serves, it prints "PORT\\n"; it ends with its
standard input. Access key test:tester, secret testing, region us-east-1. Runs as any user; needs
Debian's python3-swift.
"""

import eventlet

eventlet.monkey_patch()

import array  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
import urllib.request  # noqa: E402

import eventlet.hubs  # noqa: E402
import eventlet.wsgi  # noqa: E402
from swift.common import utils  # noqa: E402
from swift.common.ring import RingData  # noqa: E402
from swift.common.storage_policy import StoragePolicy, StoragePolicyCollection  # noqa: E402
from swift.common import storage_policy  # noqa: E402

PARTITION_SHIFT = 31  # Two partitions.
USER, KEY = "test:tester", "testing"


class Cache:
    """What the proxy wants of memcached, in memory."""

    def __init__(self):
        self.kept = {}

    def get(self, key, raise_on_error=False):
        value, end = self.kept.get(key, (None, 0))
        return value if end == 0 or end > time.time() else None

    def set(self, key, value, time=0, **_):
        from time import time as now

        self.kept[key] = (json.loads(json.dumps(value)), now() + time if time else 0)

    def incr(self, key, delta=1, time=0):
        value = int(self.get(key) or 0) + delta
        self.set(key, value, time)
        return value

    def decr(self, key, delta=1, time=0):
        return self.incr(key, -delta, time)

    def delete(self, key, **_):
        self.kept.pop(key, None)

    def set_multi(self, mapping, server_key, **options):
        for key, value in mapping.items():
            self.set(key, value, **options)

    def get_multi(self, keys, server_key):
        return [self.get(key) for key in keys]


def make_rings(folder, ports):
    for kind, port in ports.items():
        device = {"id": 0, "zone": 0, "region": 1, "weight": 1.0, "device": "disk", "meta": "",
                  "ip": "127.0.0.1", "port": port, "replication_ip": "127.0.0.1",
                  "replication_port": port}  # fmt: skip
        ring = RingData([array.array("H", [0, 0])], [device], PARTITION_SHIFT)
        ring.save(os.path.join(folder, f"{kind}.ring.gz"))


def storage_servers(folder, log):
    from swift.account.server import AccountController
    from swift.container.server import ContainerController
    from swift.obj.mem_server import ObjectController

    settings = {"devices": os.path.join(folder, "devices"), "mount_check": "false",
                "swift_dir": folder}  # fmt: skip
    os.makedirs(os.path.join(folder, "devices", "disk"))
    return {
        "account": AccountController(settings, logger=log),
        "container": ContainerController(settings, logger=log),
        "object": ObjectController(settings, logger=log),
    }


def proxy(folder, log):
    from swift.common.middleware import (
        bulk, catch_errors, copy, dlo, gatekeeper, listing_formats, slo, tempauth,
    )  # fmt: skip
    from swift.common.middleware.s3api import s3api
    from swift.proxy.server import Application

    settings = {"swift_dir": folder, "account_autocreate": "true", "allow_account_management":
                "true", "log_level": "ERROR", "sorting_method": "shuffle"}  # fmt: skip
    app = Application(settings, logger=log)
    app = dlo.filter_factory(settings)(app)
    app = slo.filter_factory(settings)(app)
    app = copy.filter_factory(settings)(app)
    user, account = USER.split(":")[1], USER.split(":")[0]
    app = tempauth.filter_factory(settings, **{f"user_{account}_{user}": f"{KEY} .admin"})(app)
    app = s3api.filter_factory(
        settings, location="us-east-1", dns_compliant_bucket_names="true",
        storage_domain="s3.localhost", s3_acl="false", auth_pipeline_check="false",
        check_bucket_owner="false", min_segment_size="5242880",
    )(app)  # fmt: skip
    app = bulk.filter_factory(settings)(app)
    app = listing_formats.filter_factory(settings)(app)
    app = gatekeeper.filter_factory(settings)(app)
    app = catch_errors.filter_factory(settings)(app)
    cache = Cache()

    def with_cache(environment, start_response):
        environment["swift.cache"] = cache
        return app(environment, start_response)

    return with_cache


def serve(application, socket):
    quiet = open(os.devnull, "w")  # noqa: SIM115  for as long as the process lives
    eventlet.spawn(eventlet.wsgi.server, socket, application, quiet, log_output=False)


def make_buckets(url, names):
    """By Swift's own API: S3 clients need a bucket first."""
    login = {"X-Auth-User": USER, "X-Auth-Key": KEY}
    with urllib.request.urlopen(urllib.request.Request(f"{url}/auth/v1.0", headers=login)) as answer:
        storage, token = answer.headers["X-Storage-Url"], answer.headers["X-Auth-Token"]
    for name in names:
        request = urllib.request.Request(
            f"{storage}/{name}", method="PUT", headers={"X-Auth-Token": token}
        )
        urllib.request.urlopen(request).close()


def main(folder, buckets):
    utils.SWIFT_CONF_FILE = os.path.join(folder, "swift.conf")
    with open(utils.SWIFT_CONF_FILE, "w") as conf:
        conf.write("[swift-hash]\nswift_hash_path_suffix = test\n")
    utils.HASH_PATH_SUFFIX = b"test"
    log = utils.get_logger({"log_level": "ERROR"}, "s3", log_to_console=False)
    sockets = {kind: eventlet.listen(("127.0.0.1", 0)) for kind in ("account", "container", "object")}
    make_rings(folder, {kind: socket.getsockname()[1] for kind, socket in sockets.items()})
    storage_policy._POLICIES = StoragePolicyCollection([StoragePolicy(0, "Policy-0", True)])
    for kind, server in storage_servers(folder, log).items():
        serve(server, sockets[kind])
    front = eventlet.listen(("127.0.0.1", 0))
    serve(proxy(folder, log), front)
    port = front.getsockname()[1]
    make_buckets(f"http://127.0.0.1:{port}", buckets)
    print(port, flush=True)
    while True:
        eventlet.hubs.trampoline(0, read=True)  # Lets the servers run meanwhile.
        if not os.read(0, 1):
            break


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
