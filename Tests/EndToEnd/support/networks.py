"""Networks of the kernel's as hosts: each with an address of its own on one switch, made by root and removed again."""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import subprocess
import threading
from contextlib import suppress

CLONE_NEWNET = 0x40000000


def obstacle() -> str | None:
    """Why there can be none here; nil: there can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "ip is not installed: tools/install-packages test"
    probe = f"iris-probe-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", probe], capture_output=True, text=True, check=False)
    subprocess.run(["ip", "netns", "delete", probe], capture_output=True, check=False)
    return None if made.returncode == 0 else f"network namespaces are not permitted here: {made.stderr.strip()}"


def ip(*words: str) -> None:
    """One ip(8) command, which must succeed."""
    subprocess.run(["ip", *words], check=True, capture_output=True)


class Switch:
    """A network whose bridge joins all hosts."""

    def __init__(self) -> None:
        self.prefix = f"iris{os.getpid()}"
        self.name = f"{self.prefix}-switch"
        self.hosts: list[Network] = []
        ip("netns", "add", self.name)
        ip("-n", self.name, "link", "add", "bridge", "type", "bridge")
        ip("-n", self.name, "link", "set", "bridge", "up")

    def host(self, name: str) -> Network:
        """A new one."""
        self.hosts.append(Network(self, name, len(self.hosts) + 1))
        return self.hosts[-1]

    def close(self) -> None:
        """Ends what runs in them, and removes all."""
        for host in self.hosts:
            host.kill()
            host.close()
        subprocess.run(["ip", "netns", "delete", self.name], capture_output=True, check=False)


class Network:
    """One host: where its programs run, and what its cable does."""

    def __init__(self, switch: Switch, name: str, number: int) -> None:
        self.name = name
        self.address = f"10.213.77.{number}"
        self._switch, self._port = switch, f"port{number}"
        self._namespace = f"{switch.prefix}-{name}"
        self._relays: list[socket.socket] = []
        ip("netns", "add", self._namespace)
        ip("-n", self._namespace, "link", "set", "lo", "up")
        ip("-n", switch.name, "link", "add", self._port, "type", "veth", "peer", "name", "eth0", "netns", self._namespace)
        ip("-n", switch.name, "link", "set", self._port, "master", "bridge", "up")
        ip("-n", self._namespace, "address", "add", f"{self.address}/24", "dev", "eth0")
        ip("-n", self._namespace, "link", "set", "eth0", "up")

    @property
    def inside(self) -> list[str]:
        """The command that runs what follows it on this host, by its name."""
        named = 'hostname "$0" && exec "$@"'
        return ["ip", "netns", "exec", self._namespace, "unshare", "--uts", "sh", "-c", named, self.name]

    def unplug(self) -> None:
        """Nothing gets there or comes from there any more, and nobody is told."""
        ip("-n", self._switch.name, "link", "set", self._port, "down")

    def kill(self) -> None:
        """Everything that runs there ends at once."""
        found = subprocess.run(
            ["ip", "netns", "pids", self._namespace], capture_output=True, text=True, check=False).stdout
        for pid in found.split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), 9)

    def lend(self, port: int) -> None:
        """What listens on this port of 127.0.0.1 in the test's own network answers there on the same one."""
        listener: list[socket.socket] = []
        thread = threading.Thread(target=lambda: listener.append(self._listen(port)))
        thread.start()
        thread.join()
        self._relays += listener
        threading.Thread(target=_relay, args=(listener[0], port), daemon=True).start()

    def _listen(self, port: int) -> socket.socket:
        """A socket belongs to the network in which its thread was when it was made (setns(2))."""
        with open(f"/run/netns/{self._namespace}", "rb") as namespace:
            assert ctypes.CDLL(None).setns(namespace.fileno(), CLONE_NEWNET) == 0
        return socket.create_server(("127.0.0.1", port), backlog=128)

    def close(self) -> None:
        for relay in self._relays:
            with suppress(OSError):
                relay.shutdown(socket.SHUT_RDWR)
            relay.close()
        subprocess.run(["ip", "netns", "delete", self._namespace], capture_output=True, check=False)


def _relay(listener: socket.socket, port: int) -> None:
    """Each connection is handed over, until the listener is closed."""
    while True:
        try:
            here, _ = listener.accept()
        except OSError:
            return
        try:
            there = socket.create_connection(("127.0.0.1", port))
        except OSError:
            here.close()
            continue
        for source, target in ((here, there), (there, here)):
            threading.Thread(target=_pass_on, args=(source, target), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
