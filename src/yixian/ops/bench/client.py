"""The load generator: a process of its own on plain sockets, so that it costs the machine as little as possible.

Reads a plan (msgpack) from the file named on its command line, keeps one connection per client, sends each client's
requests one after the other until the time is over or they run out, and writes what it saw as JSON to stdout.
"""

from __future__ import annotations

import resource
import select
import socket
import sys
import time
from pathlib import Path

import msgspec


class Plan(msgspec.Struct):
    """What to send: for each client its raw HTTP requests, in order; `kinds` names each of them likewise."""

    host: str
    port: int
    seconds: float
    clients: list[list[bytes]]


class Seen(msgspec.Struct):
    """What happened: per client the milliseconds of each answered request; answers by status; one refused body."""

    seconds: float
    cpu: float
    milliseconds: list[list[float]]
    statuses: dict[str, int]
    received: int
    sample: str = ""
    refused: str = ""


class _Connection:
    """One client: sends a request, waits for its whole answer, sends the next."""

    def __init__(self, plan: Plan, requests: list[bytes]) -> None:
        self.socket = socket.create_connection((plan.host, plan.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.requests = iter(requests)
        self.buffer = b""
        self.wanted = 0
        self.sent_at = 0.0
        self.milliseconds: list[float] = []

    def send(self) -> bool:
        """Send the next request; False when there is none."""
        request = next(self.requests, None)
        if request is None:
            return False
        self.buffer, self.wanted = b"", 0
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)
        return True

    def receive(self) -> bool:
        """Take what has come; True when the answer is whole. Raises ConnectionError when the server hung up."""
        data = self.socket.recv(262144)
        if not data:
            raise ConnectionError("the server closed the connection")
        self.buffer = self.buffer + data if self.buffer else data
        if not self.wanted:
            head = self.buffer.find(b"\r\n\r\n")
            if head < 0:
                return False
            start = self.buffer[:head].lower().find(b"content-length:") + 15
            end = self.buffer.find(b"\r", start)
            self.wanted = head + 4 + int(self.buffer[start:end])
        if len(self.buffer) < self.wanted:
            return False
        self.milliseconds.append((time.perf_counter() - self.sent_at) * 1000)
        return True


def drive(plan: Plan) -> Seen:
    """Run the plan."""
    poll = select.epoll()
    connections = {}
    for requests in plan.clients:
        connection = _Connection(plan, requests)
        connections[connection.socket.fileno()] = connection
    seen = Seen(0.0, 0.0, [], {}, 0)
    cpu = _cpu()
    began = time.perf_counter()
    for number, connection in connections.items():
        if connection.send():
            poll.register(number, select.EPOLLIN)
    open_count = len(connections)
    ends = began + plan.seconds
    while open_count:
        for number, _ in poll.poll():
            connection = connections[number]
            if not connection.receive():
                continue
            _note(seen, connection.buffer)
            if time.perf_counter() >= ends or not connection.send():
                poll.unregister(number)
                open_count -= 1
    seen.seconds = time.perf_counter() - began
    seen.cpu = _cpu() - cpu
    seen.milliseconds = [connection.milliseconds for connection in connections.values()]
    return seen


def _note(seen: Seen, answer: bytes) -> None:
    status = answer[9:12].decode()
    if b'"refused":' in answer[:400] and b'"refused":0,' not in answer[:400]:
        status = "207"  # a list of commands of which some were refused
    seen.statuses[status] = seen.statuses.get(status, 0) + 1
    seen.received += len(answer)
    if status[0] != "2" and not seen.refused:
        seen.refused = answer[:2000].decode(errors="replace")
    elif not seen.sample:
        seen.sample = answer[:2000].decode(errors="replace")


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    loaded = msgspec.msgpack.decode(Path(sys.argv[1]).read_bytes(), type=Plan)
    sys.stdout.buffer.write(msgspec.json.encode(drive(loaded)))
