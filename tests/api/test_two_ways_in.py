"""The door below the WSGI server and Django's URL conf answer alike; a real server serves the door over a socket."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import resolve
from tests.api.conftest import REGISTER, Client

from yixian.api.load import Request, drive


def through_django(client: Client, method: str, path: str, body: bytes = b"") -> tuple[int, str, Any]:
    """Resolve in Django's URL conf and call the view; returns status, content type and JSON."""
    token = {"Authorization": f"Bearer {client.world.token('water')}"}
    request = RequestFactory(headers=token).generic(method, "/api/v1" + path, body, content_type="application/json")
    match = resolve(request.path)
    response = match.func(request, *match.args, **match.kwargs)
    return response.status_code, response["Content-Type"], json.loads(response.content)


def test_both_ways_answer_alike(client: Client, dispatched: str) -> None:
    paths = {
        f"/orders/{dispatched}": 200,
        "/orders?limit=1": 200,
        "/orders?limit=x": 400,
        "/orders/1": 404,
        "/nothing": 404,
        "/rulebooks": 200,
    }
    for path, status in paths.items():
        below = client.get(path, as_="water")
        assert through_django(client, "GET", path) == (status, below.headers["content-type"], below.json())
        assert below.status_code == status
    signed = through_django(client, "POST", f"/orders/{dispatched}/commands/sign", b"{}")
    assert (signed[0], signed[2]["state"]) == (200, "handling")
    assert through_django(client, "POST", "/commands", b"[" + b" " * 1024 * 1024 + b"]")[0] == 413
    assert through_django(client, "DELETE", "/orders")[0] == 405


def test_pages_are_left_to_django(client: Client) -> None:
    assert "json" not in client.http.get("/apis/").headers["content-type"]


@pytest.fixture
def server(transactional_db: None) -> Iterator[int]:
    """A granian that serves this run's database."""
    from django.db import connection

    facts = connection.get_connection_params()
    keys = ("user", "password", "host", "port", "dbname")
    url = "postgresql://?" + "&".join(f"{key}={_quoted(facts[key])}" for key in keys if facts.get(key))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [
        str(Path(sys.executable).parent / "granian"),
        "--interface",
        "wsgi",
        "--port",
        str(port),
        "--no-access-log",
    ]
    process = subprocess.Popen(
        [*command, "yixian.wiring.wsgi:application"],
        env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _quoted(value: Any) -> str:
    from urllib.parse import quote

    return quote(str(value), safe="")


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("granian did not come up")


def test_a_real_server(server: int) -> None:
    measured = drive(server, "yx_wrong", [Request("GET", "/api/v1/health")] * 40, clients=4)
    assert measured.statuses == {200: 40}, measured.first_problem
    assert measured.per_second > 0
    refused = drive(
        server, "yx_wrong", [Request("POST", "/api/v1/orders", json.dumps(REGISTER).encode())] * 8, clients=2
    )
    assert refused.statuses == {401: 8}
    assert "/problems/unauthenticated" in refused.first_problem
    chunked = (
        b"POST /api/v1/public/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b'Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\n{"a":\r\n3\r\n 1}\r\n0\r\n\r\n'
    )
    with socket.create_connection(("127.0.0.1", server), 10) as raw:
        raw.sendall(chunked)
        answer = b""
        while part := raw.recv(65536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 422"), answer[:200]
    assert "没有这一项".encode() in answer or "缺少".encode() in answer
