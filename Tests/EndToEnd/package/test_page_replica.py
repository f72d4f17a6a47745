"""A standby is made with the lines of docs/operations.md on a second Debian, and takes over when the primary is gone."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from debian_host import DebianHost
from operations_page import fenced, section
from service import UNLIMITED, wait_until
from systemd_machine import AS_ROOT

#: RFC 5737: the cable between the two.
PRIMARY, STANDBY = "192.0.2.1", "192.0.2.2"
PASSWORD = "mot-de-passe"


def join(one: DebianHost, other: DebianHost) -> None:
    """A cable from machine to machine."""
    subprocess.run(
        [*AS_ROOT, "ip", "link", "add", "cable0", "netns", str(one.pid), "type", "veth", "peer", "name", "cable0", "netns",
         str(other.pid)], check=True)  # fmt: skip
    for machine, address in ((one, PRIMARY), (other, STANDBY)):
        for words in (["address", "add", f"{address}/24", "dev", "cable0"], ["link", "set", "cable0", "up"]):
            subprocess.run([*machine.enter_network, "ip", *words], check=True)


@pytest.fixture(scope="module")
def standby(host: DebianHost) -> Iterator[DebianHost]:
    """Debian's PostgreSQL, and nothing of ours."""
    with DebianHost() as machine:
        join(host, machine)
        yield machine


def test_a_standby_takes_over_with_every_answer(host: DebianHost, standby: DebianHost, package: Path) -> None:
    host.put(package, f"/root/{package.name}")
    host.shell("".join(fenced("Install", "sh")))
    on_primary, on_standby = (
        block.replace("PRIMARY", PRIMARY).replace("STANDBY", STANDBY) for block in fenced("A replica, and failover", "sh"))
    host.type(on_primary, ("new password", PASSWORD), ("again", PASSWORD))
    standby.type(on_standby, ("Password", PASSWORD))
    (acknowledge,) = fenced("A replica, and failover", "sql")
    host.psql(acknowledge)
    follower = "SELECT application_name, sync_state FROM pg_stat_replication"
    wait_until(lambda: host.psql(follower) == "standby|quorum", why=lambda: host.psql(follower))

    # A role of the workers' with a password, over the network.
    host.psql(f"ALTER ROLE iris PASSWORD '{PASSWORD}'")
    (url,) = fenced("A replica, and failover", "")
    settings = "/etc/iris/iris.env"
    both = url.replace("iris@db1,db2", f"iris:{PASSWORD}@localhost,{STANDBY}")
    replica = f"IRIS_DATABASE_READ_URL=postgresql://iris:{PASSWORD}@{STANDBY}/iris\n"
    host.put(f"{host.read(settings)}{both}{replica}IRIS_LIMITS='{UNLIMITED}'\n", settings, mode=0o640, owner="root:iris")
    pg_hba = section("A replica, and failover").split("`host iris")[1].split("`")[0].replace("ADDRESS", PRIMARY)
    standby.shell(f"echo 'host iris{pg_hba}' >>/etc/postgresql/15/main/pg_hba.conf; systemctl reload postgresql@15-main")
    host.shell("iris-fcgi reload")
    assert re.search(r"(?m)^ok +replica ", said := host.shell("iris-fcgi check").stdout), said
    access = host.token()
    answer = host.chat(access, "Ma lettre de 2026 ?")
    assert answer["degraded"] is False

    host.shell("systemctl kill -s KILL postgresql@15-main; systemctl stop postgresql@15-main")
    promote = section("A replica, and failover").split("2. `")[1].split("`")[0]
    standby.shell(promote)
    wait_until(lambda: host.chat(access, "Et ensuite en 2027 ?")["degraded"] is False, seconds=20)
    assert standby.psql(f"SELECT count(*) FROM iris.iris_messages WHERE id = '{answer['message_id']}'") == "1"
