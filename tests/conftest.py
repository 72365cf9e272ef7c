"""What holds for all tests: no network, no pictures left in the checkout, and a model that paints at once."""

from __future__ import annotations

import ipaddress
import os
import socket
import tempfile
from typing import Any

import hypothesis
import pytest

from pochade.providers import registry

# a machine that is busy with something else proves nothing wrong
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")
registry.register("gradient", "fakes:Gradient")
# one key pair for all tests and the processes they start, never the user's own
os.environ["POCHADE_KEYS"] = os.path.join(tempfile.mkdtemp(prefix="pochade-test-"), "signing")


def _is_local(host: object) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing leaves this machine: connecting or asking for an address fails, unless it is the loopback's."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guard(family: int, host: object) -> None:
        if family in (socket.AF_INET, socket.AF_INET6) and not _is_local(host):
            pytest.fail(f"a test tried to reach {host!r} over the network")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        guard(self.family, address[0])
        return connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        guard(self.family, address[0])
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *rest: Any, **options: Any) -> Any:
        guard(socket.AF_INET, "localhost" if host is None else host)
        return getaddrinfo(host, *rest, **options)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
