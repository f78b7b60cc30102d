"""The supervisor: restarts what dies, leaves nothing behind, ends everything when told to."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from yixian.ops.serve import BACKOFF, Child, Supervisor, _require_free

# Starts a grandchild, writes both process ids, and sleeps.
PARENT = """
import os, subprocess, sys, time
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
open(sys.argv[1], "a").write(f"{os.getpid()} {grandchild.pid}\\n")
time.sleep(60)
"""


def _until(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def supervisor() -> Supervisor:
    return Supervisor()


def test_a_killed_child_is_restarted_and_its_offspring_does_not_stay(supervisor: Supervisor, tmp_path: Path) -> None:
    notes = tmp_path / "pids"
    notes.touch()
    child = Child("测试进程", [sys.executable, "-c", PARENT, str(notes)])
    supervisor.add(child)
    try:
        assert _until(lambda: len(notes.read_text().splitlines()) == 1)
        first, grandchild = map(int, notes.read_text().split())
        os.kill(first, signal.SIGKILL)

        def restarted() -> bool:
            supervisor.step()
            return len(notes.read_text().splitlines()) == 2

        assert _until(restarted), "not started again"
        assert _until(lambda: not _alive(grandchild)), "what the dead child left behind still runs"
    finally:
        supervisor.end()
    pids = [int(pid) for pid in notes.read_text().split()]
    assert _until(lambda: not any(map(_alive, pids))), "something outlived the end"


def test_a_child_that_keeps_dying_is_restarted_ever_more_slowly(
    supervisor: Supervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    child = Child("测试进程", [sys.executable, "-c", "raise SystemExit(3)"])
    supervisor.add(child)
    for expected in (1, 2, 3):

        def died(expected: int = expected) -> bool:
            supervisor.step()
            return child.failures == expected

        assert _until(died)
        assert child.next_start - time.monotonic() <= BACKOFF[min(expected, len(BACKOFF) - 1)]
    supervisor.end()
    assert "测试进程已退出 (代码 3)" in capsys.readouterr().err


def test_a_child_that_runs_once_is_waited_for(supervisor: Supervisor) -> None:
    for code in (0, 4):
        child = Child("一次性", [sys.executable, "-c", f"raise SystemExit({code})"], once=True)
        supervisor.add(child)
        assert supervisor.wait_for(child) == code
        assert supervisor.children == []


def test_a_child_that_ignores_the_request_is_ended_all_the_same(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yixian.ops.serve.GRACE", 0.5)
    ready = tmp_path / "ready"
    deaf = f"import signal, time; signal.signal(15, signal.SIG_IGN); open({str(ready)!r}, 'w'); time.sleep(60)"
    child = Child("不理会", [sys.executable, "-c", deaf])
    supervisor.add(child)
    assert _until(ready.exists)
    assert child.process is not None
    pid = child.process.pid
    supervisor.end()
    assert not _alive(pid)


def test_a_port_in_use_is_named_before_anything_starts() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(click.ClickException, match=f"127.0.0.1:{port} 不能使用"):
            _require_free("127.0.0.1", port)
