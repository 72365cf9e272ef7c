"""What holds for every answer of the server."""

from __future__ import annotations


def test_lives_and_is_ready(client):
    assert client.get("/livez").json() == {"status": "ok", "reason": None}
    assert client.get("/readyz").json() == {"status": "ok", "reason": None}
