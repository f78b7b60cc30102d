"""A small load driver for the API: raw keep-alive connections, so that the client costs little beside the server.

`ops/bench` gives it the requests; tests use it to measure, never to assert a speed.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class Request:
    """One request to send: method, path with query, and JSON body (b"" for none)."""

    method: str
    path: str
    body: bytes = b""


@dataclass(slots=True)
class Measured:
    """What a drive gave: seconds from first to last byte, latencies in seconds, statuses that came back."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    first_problem: str = ""

    @property
    def per_second(self) -> float:
        """Answers per second over all clients."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def quantile(self, share: float) -> float:
        """The latency that this share of the answers kept within."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def drive(port: int, token: str, requests: Sequence[Request], *, clients: int = 1, host: str = "127.0.0.1") -> Measured:
    """Send all requests, dealt out over so many clients at once; each client waits for its answer before the next.

    Raises OSError when the server cannot be reached or hangs up.
    """
    measured = Measured()
    lock = threading.Lock()
    failures: list[BaseException] = []
    start = threading.Barrier(clients + 1)

    def work(share: Sequence[Request]) -> None:
        try:
            client = _Client(host, port, token)
            start.wait()
            results = [client.send(request) for request in share]
            client.close()
        except BaseException as error:
            failures.append(error)
            start.abort()
            return
        with lock:
            for status, seconds, body in results:
                measured.latencies.append(seconds)
                measured.statuses[status] = measured.statuses.get(status, 0) + 1
                if status >= 400 and not measured.first_problem:
                    measured.first_problem = body.decode("utf-8", "replace")[:500]

    threads = [threading.Thread(target=work, args=(requests[index::clients],)) for index in range(clients)]
    for thread in threads:
        thread.start()
    with suppress(threading.BrokenBarrierError):
        start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    measured.seconds = time.perf_counter() - began
    real = [error for error in failures if not isinstance(error, threading.BrokenBarrierError)]
    if real:
        raise real[0]
    return measured


class _Client:
    """One keep-alive connection."""

    def __init__(self, host: str, port: int, token: str) -> None:
        self._socket = socket.create_connection((host, port), TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self._head = (
            f"Host: {host}:{port}\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        )

    def send(self, request: Request) -> tuple[int, float, bytes]:
        """Send one request; returns status, seconds and body."""
        head = f"{request.method} {request.path} HTTP/1.1\r\n{self._head}{len(request.body)}\r\n\r\n"
        began = time.perf_counter()
        self._socket.sendall(head.encode("ascii") + request.body)
        status, body = self._receive()
        return status, time.perf_counter() - began, body

    def _receive(self) -> tuple[int, bytes]:
        while b"\r\n\r\n" not in self._buffer:
            self._more()
        head, _, rest = self._buffer.partition(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")),
            0,
        )
        while len(rest) < length:
            self._more()
            rest = self._buffer.partition(b"\r\n\r\n")[2]
        self._buffer = rest[length:]
        return int(head.split(b" ", 2)[1]), rest[:length]

    def _more(self) -> None:
        part = self._socket.recv(65536)
        if not part:
            raise ConnectionError("the server closed the connection")
        self._buffer += part

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()
