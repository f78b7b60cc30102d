"""A running `yixian up` for tests: how to start it, ask it, see its processes, and end it."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest


def of_this_run() -> dict[str, str]:
    """The environment of a process that shares secrets and files with this run, whatever other tests did to ours."""
    from django.conf import settings

    keys = {"YIXIAN_VAULT_KEY": settings.VAULT_KEY, "YIXIAN_VAULT_HASH_KEY": settings.VAULT_HASH_KEY}
    coded = {name: base64.b64encode(key).decode() for name, key in keys.items()}
    home = {"YIXIAN_HOME": str(Path(settings.FILES_ROOT).parent), "YIXIAN_SECRET_KEY": settings.SECRET_KEY}
    return {**os.environ, **coded, **home}


@dataclass
class Platform:
    """A running `yixian up`."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path
    home: Path

    def status(self, path: str = "") -> int:
        """The status of a page; 0 when nobody answers."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def children(self) -> dict[int, str]:
        """The command lines of all processes that belong to this platform, the database included."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environment = (folder / "environ").read_bytes()
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if line and f"YIXIAN_HOME={self.home}\0".encode() in environment:
                found[int(folder.name)] = line
        return found

    def pid_of(self, word: str) -> int:
        """The oldest process whose command line holds the word."""
        return min(pid for pid, line in self.children().items() if word in line)


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether a condition came true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.2)
    return False


@pytest.fixture
def platform() -> Iterator[Platform]:
    """`yixian up` on a folder, a database and a port of its own."""
    home = Path(tempfile.mkdtemp(prefix="yixian-up-"))
    home.chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = home / "up.log"
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("YIXIAN_", "DATABASE_URL"))}
    environment["YIXIAN_HOME"] = str(home)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "yixian.ops.cli", "up", "--port", str(port)],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    found = Platform(process, f"http://127.0.0.1:{port}/", log, home)
    try:
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
        for pid in found.children():
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(home, ignore_errors=True)


def ready(found: Platform) -> None:
    """Wait until it says that it is ready; fail with its log where it does not."""
    until(lambda: "平台已就绪" in found.log.read_text() or found.process.poll() is not None, 90)
    assert "平台已就绪" in found.log.read_text(), found.log.read_text()[-3000:]
