"""The ground a benchmark stands on: a database cluster of its own with production's settings, a hotline, web processes.

Everything lies in one temporary folder and goes away with it. The database is the embedded one with fsync on.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from yixian.ops import boot
from yixian.ops.bench import client, machine, story
from yixian.ops.bench.client import Plan, Seen
from yixian.ops.embedded import Cluster, pgbench_path

PASSWORD = "seven-rivers-meet-2026"
PLATFORM = "bench"
PRISTINE = "pristine"


class Desk(msgspec.Struct, frozen=True):
    """One who gives commands: the actor's user name and API token."""

    username: str
    token: str


class Ground:
    """The cluster, the seeded hotline, and what runs on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cluster = Cluster(folder / "pg")
        self.desk = Desk("", "")
        self.clerks: dict[str, Desk] = {}
        self.platform_id = 0

    # --- making it -------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Start the cluster, set Django up on it, make tables, the hotline, its units, users and tokens."""
        self.cluster.start()
        os.environ["DATABASE_URL"] = self.cluster.create_database("yixian")
        os.environ["YIXIAN_HOME"] = str(self.folder / "home")
        os.environ["YIXIAN_DB_POOL"] = "0"  # of this process; web processes set their own
        boot.django()
        from django.core.management import call_command

        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        self._seed()
        self.copy(PRISTINE)

    def _seed(self) -> None:
        from yixian.parties import access
        from yixian.parties import actions as parties

        root = parties.create_platform(
            actor=access.SYSTEM, code=PLATFORM, name="性能测试热线", level="city", book=story.BOOK
        )
        self.platform_id = root.pk
        units = {
            code: parties.create_unit(actor=access.SYSTEM, platform=root, code=code, name=f"测试单位{index}")
            for index, code in enumerate(story.UNITS, 1)
        }
        self.desk = self._user(root, "desk", None, ("dispatcher", "reviewer", "callback"))
        for code, unit in units.items():
            self.clerks[code] = self._user(root, f"clerk-{code}", unit, ("unit_clerk", "unit_leader"))

    def _user(self, platform: Any, username: str, unit: Any, roles: Sequence[str]) -> Desk:
        from yixian.parties import access, credentials
        from yixian.parties import actions as parties

        user = parties.create_user(
            actor=access.SYSTEM,
            platform=platform,
            username=username,
            name="测试人员",
            password=PASSWORD,
            unit=unit,
            roles=roles,
            must_change_password=False,
        )
        issued = credentials.issue_token(
            actor=access.SYSTEM, user=user, name="性能测试", scopes=["*"], for_system=unit is not None
        )
        return Desk(username, issued.raw)

    def actor(self, unit: str | None = None) -> Any:
        """The actor of the hotline's desk, or of a unit's clerk."""
        from yixian.parties import access
        from yixian.parties.models import User

        desk = self.clerks[unit] if unit else self.desk
        return access.actor_of(User.objects.get(username=desk.username))

    # --- databases -------------------------------------------------------------------------------------------------

    def url(self, database: str = "yixian") -> str:
        """The URL of a database of the cluster."""
        return self.cluster.url(database)

    def fresh(self, name: str) -> str:
        """A database with the tables and the hotline, but without orders."""
        return self.copy(name, PRISTINE)

    def copy(self, name: str, source: str = "yixian") -> str:
        """A database that is a copy of another: tables, rows, indexes, functions. Nobody may be connected to that."""
        from django.db import connections

        connections.close_all()
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"drop database if exists {name}".encode())
            connection.execute(f"create database {name} template {source}".encode())
        return self.url(name)

    def drop(self, name: str) -> None:
        """Remove a database."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"drop database if exists {name} with (force)".encode())

    def database_pids(self) -> list[int]:
        """The ids of the database server's processes."""
        first = (self.cluster.data / "postmaster.pid").read_text().split("\n")[0]
        return machine.family(int(first))

    @contextmanager
    def inside(self, database: str) -> Iterator[None]:
        """Let Django, and web processes started meanwhile, work in another database of the cluster."""
        from django.db import connections

        settings = connections["default"].settings_dict
        before, url = settings["NAME"], os.environ["DATABASE_URL"]
        try:
            self._turn_to(database, self.url(database))
            yield
        finally:
            self._turn_to(before, url)

    def _turn_to(self, database: str, url: str) -> None:
        from django.db import connections

        from yixian.orders import books, numbers, platforms
        from yixian.parties import access

        connections.close_all()
        connections["default"].settings_dict["NAME"] = database
        os.environ["DATABASE_URL"] = url
        for room in (books, numbers, platforms):
            room.forget()
        access.forget_cached()

    # --- programs --------------------------------------------------------------------------------------------------

    @contextmanager
    def web(self, workers: int = 2) -> Iterator[Web]:
        """The web server as `yixian up` starts it, on a free port."""
        from yixian.ops.serve import web_child

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        child = web_child("127.0.0.1", port, workers)
        child.start()
        assert child.process is not None
        web = Web(port, child.process.pid, self.folder)
        try:
            web.wait()
            yield web
        finally:
            child.process.terminate()
            try:
                child.process.wait(15)
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()

    def pgbench(
        self, database: str, script: str, variables: dict[str, str], clients: int, seconds: float
    ) -> tuple[str, float]:
        """Run one script; returns what pgbench printed and the CPU seconds that the database spent meanwhile.

        Raises RuntimeError with pgbench's words when it fails.
        """
        file = self.folder / "script.sql"
        file.write_text(script, encoding="utf-8")
        command = [
            *(str(pgbench_path()), "-n", "-M", "prepared", "-c", str(clients), "-j", str(min(clients, 2))),
            *("-T", str(max(1, round(seconds))), "-f", str(file)),
            *(part for name, value in variables.items() for part in ("-D", f"{name}={value}")),
            self.url(database),
        ]
        before = machine.cpu(self.database_pids())
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0 or "ERROR" in done.stderr:
            raise RuntimeError(f"pgbench: {done.stderr[-1500:]}")
        return done.stdout, machine.cpu(self.database_pids()) - before


class Web:
    """A running web server: sends it load, knows its processes."""

    def __init__(self, port: int, pid: int, folder: Path) -> None:
        self.port = port
        self.pid = pid
        self._folder = folder

    def wait(self) -> None:
        """Wait until every worker answers. Raises RuntimeError after a minute."""
        deadline = time.monotonic() + 60
        good = 0
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/health", timeout=5) as answer:
                    good += answer.status == 200
            except (OSError, urllib.error.URLError):
                time.sleep(0.1)
            if good >= 8:
                return
        raise RuntimeError("网页服务 60 秒内没有应答")

    def request(
        self, method: str, path: str, token: str | None = None, body: Any = None, key: str | None = None
    ) -> bytes:
        """The bytes of one HTTP request."""
        head = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        if token:
            head.append(f"Authorization: Bearer {token}")
        if key:
            head.append(f"Idempotency-Key: {key}")
        content = b""
        if body is not None:
            content = msgspec.json.encode(body)
            head += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
        return "\r\n".join([*head, "", ""]).encode() + content

    def load(self, clients: list[list[bytes]], seconds: float) -> Seen:
        """Send each client's requests from the load generator's own process. Raises RuntimeError for its failure."""
        plan = self._folder / "plan"
        plan.write_bytes(msgspec.msgpack.encode(Plan("127.0.0.1", self.port, seconds, clients)))
        command = [sys.executable, str(Path(client.__file__)), str(plan)]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"load generator: {done.stderr.decode(errors='replace')[-1500:]}")
        return msgspec.json.decode(done.stdout, type=Seen)


@contextmanager
def ground() -> Iterator[Ground]:
    """A ground in a temporary folder; all of it is removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="yixian-bench-"))
    folder.chmod(0o755)
    made = Ground(folder)
    try:
        made.prepare()
        yield made
    finally:
        _close()
        made.cluster.delete()
        shutil.rmtree(folder, ignore_errors=True)


def _close() -> None:
    from django.apps import apps

    if apps.ready:
        from django.db import connections

        connections.close_all()
