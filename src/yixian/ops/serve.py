"""Everything on one machine: database, web, live, worker and sweep as children that are restarted when they die.

Each child is a process group of its own: what a dead child leaves behind is ended before it starts again. Ctrl-C or
SIGTERM ends all of them, and the embedded database last.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from types import FrameType

import click

from yixian.ops import boot
from yixian.ops.embedded import Cluster, DatabaseUnavailable

GRACE = 10.0  # seconds between asking a child to end and ending it
BACKOFF = (0.5, 1, 2, 5, 10)  # seconds before the next restart of a child that keeps dying
STEADY = 30.0  # a child that lived this long has earned a fresh back-off
BLOCKING_THREADS = 4
PR_SET_PDEATHSIG = 1
APP_ROLE = "yixian_app"  # may read and append events, never change them (orders/fence.py)


@dataclass
class Child:
    """One child process: how to start it, and whether it runs once or for ever."""

    title: str
    command: list[str]
    once: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    next_start: float = 0.0

    def start(self) -> None:
        """Start the process in a group of its own; it dies with us even if we are killed."""
        self.process = subprocess.Popen(
            self.command,
            env={**os.environ, **self.environment},
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )
        self.started = time.monotonic()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole group; a group that is gone already is no error."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Supervisor:
    """Keeps children alive until it is told to stop."""

    def __init__(self, cluster: Cluster | None = None) -> None:
        self.children: list[Child] = []
        self._cluster = cluster
        self._stopping = False

    def add(self, child: Child) -> None:
        """Start a child and watch it from now on."""
        child.start()
        self.children.append(child)

    def stop(self, number: int = 0, frame: FrameType | None = None) -> None:
        """Ask for the end; also the handler of SIGINT and SIGTERM."""
        self._stopping = True

    @property
    def stopping(self) -> bool:
        """Whether the end was asked for."""
        return self._stopping

    def step(self) -> None:
        """Look at every child once: restart the dead, forget what was to run once and is done."""
        if self._cluster is not None and not self._cluster.running():
            click.echo("内置数据库已停止, 正在重新启动 ...", err=True)
            with suppress(DatabaseUnavailable):
                self._cluster.start()
        now = time.monotonic()
        for child in list(self.children):
            if child.process is not None and child.process.poll() is not None:
                self._ended(child, child.process.returncode, now)
            elif child.process is None and now >= child.next_start:
                child.start()

    def wait_for(self, child: Child) -> int:
        """Watch everything until a child that runs once is done; returns its exit code, or 1 when told to stop."""
        process = child.process
        while not self._stopping and child in self.children:
            self.step()
            time.sleep(0.2)
        return process.returncode if process is not None and process.returncode is not None else 1

    def run(self) -> None:
        """Watch until told to stop."""
        while not self._stopping:
            self.step()
            time.sleep(0.5)

    def end(self) -> None:
        """End all children: ask, wait, then insist."""
        alive = [child for child in self.children if child.process is not None]
        for child in alive:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        for child in alive:
            assert child.process is not None
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.1, deadline - time.monotonic()))
            child.signal(signal.SIGKILL)
            child.process.wait()

    def _ended(self, child: Child, code: int, now: float) -> None:
        child.signal(signal.SIGKILL)
        child.process = None
        if child.once:
            self.children.remove(child)
            return
        child.failures = 0 if now - child.started > STEADY else child.failures + 1
        pause = BACKOFF[min(child.failures, len(BACKOFF) - 1)]
        child.next_start = now + pause
        click.echo(f"{child.title}已退出 (代码 {code}), {pause:g} 秒后重新启动。", err=True)


def _yixian(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "yixian.ops.cli", *arguments]


def _role() -> dict[str, str]:
    return {"YIXIAN_DB_ROLE": os.environ.get("YIXIAN_DB_ROLE", APP_ROLE)}


def web_child(host: str, port: int, workers: int, live: int | None = None) -> Child:
    """The web server: granian with WSGI workers, each thread of them with a database connection that stays open.

    `live`: the port of the live process, which its pages listen to.

    A pool would hand out a connection anew for every request, which costs a quarter of a command.
    """
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", str(BLOCKING_THREADS), "--respawn-failed-workers"),
        *("--respawn-interval", "0.5", "--workers-kill-timeout", "8", "--log-level", "warning"),
        "yixian.wiring.wsgi:application",
    ]
    stream = {"YIXIAN_LIVE_PORT": str(live)} if live else {}
    return Child("网页服务", command, environment={"YIXIAN_DB_POOL": "0"} | stream | _role())


def live_child(host: str, port: int, pages: int) -> Child:
    """The live process: one event loop that holds the open streams of pages served on the port `pages`."""
    return Child("实时消息", live_command(host, port), environment={"YIXIAN_LIVE_FOR_PORT": str(pages)} | _role())


def live_command(host: str, port: int) -> list[str]:
    """How the live process is started; a thousand connections stay open, hence the bounds far above that."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "asgi", "--host", host, "--port", str(port)),
        *("--workers", "1", "--backlog", "4096", "--backpressure", "8192", "--respawn-failed-workers"),
        *("--respawn-interval", "0.5", "--workers-kill-timeout", "2", "--log-level", "warning"),
        "yixian.wiring.asgi:application",
    ]


def live_port(host: str, port: int, asked: int | None) -> int:
    """The port of the live process: the one asked for, else the next after the pages', else any that is free."""
    if asked is not None:
        _require_free(host, asked, "--live-port")
        return asked
    with suppress(click.ClickException):
        _require_free(host, port + 1)
        return port + 1
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def background_children() -> list[Child]:
    """The worker of the job queue and the sweep of due timers."""
    children = [Child("后台任务", _yixian("worker"), environment=_role())]
    if find_spec("yixian.ops.sweeper"):
        children.append(Child("时限巡检", _yixian("sweep", "--loop"), environment=_role()))
    return children


def _require_free(host: str, port: int, option: str = "--port") -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            said = getattr(error, "strerror", None) or "超出端口范围"
            raise click.ClickException(
                f"地址 {host}:{port} 不能使用: {said}。请用 {option} 换一个端口, 或先停掉占用它的程序。"
            ) from error


def _wait_until_served(supervisor: Supervisor, url: str, seconds: float = 60) -> bool:
    """Whether the first page answers within the given time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not supervisor.stopping:
        supervisor.step()
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return bool(answer.status < 500)
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            time.sleep(0.2)
    return False


def _address(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host
    return f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"


def serve(*, host: str, port: int, workers: int, live: int | None = None, demo_orders: int | None = None) -> None:
    """Start everything and stay until Ctrl-C or SIGTERM.

    With `demo_orders`, the demo's data is made while the web already answers; worker and sweep start only after it,
    because the data is made on virtual time and the sweep looks at the real one.
    """
    _require_free(host, port)
    live = live_port(host, port, live)
    began = time.monotonic()
    cluster, started = None, False
    if boot.uses_embedded():
        click.echo("[1/4] 启动内置数据库 ...")
        cluster, started = boot.start_embedded()
    else:
        click.echo("[1/4] 使用 DATABASE_URL 指定的数据库 ...")
        boot.database()
    supervisor = Supervisor(cluster if started else None)
    signal.signal(signal.SIGINT, supervisor.stop)
    signal.signal(signal.SIGTERM, supervisor.stop)
    try:
        click.echo("[2/4] 建立或升级数据库表, 准备页面 ...")
        subprocess.run(_yixian("prepare"), check=True)
        click.echo("[3/4] 启动网页服务 ...")
        supervisor.add(web_child(host, port, workers, live))
        supervisor.add(live_child(host, live, port))
        if not _wait_until_served(supervisor, _address(host, port)):
            if not supervisor.stopping:
                raise click.ClickException("网页服务 60 秒内没有应答; 请看上面的输出, 并执行 yixian doctor。")
            return
        click.echo(f"      网页已可访问: {_address(host, port)} (用时 {time.monotonic() - began:.0f} 秒)")
        if demo_orders is not None:
            _build_demo(supervisor, demo_orders)
        click.echo("[4/4] 启动后台任务和时限巡检 ...")
        for child in background_children():
            supervisor.add(child)
        if not supervisor.stopping:
            click.echo(f"平台已就绪: {_address(host, port)} , 按 Ctrl-C 停止。")
        supervisor.run()
    except subprocess.CalledProcessError as error:
        if supervisor.stopping:
            return
        raise click.ClickException("启动前的准备没有完成; 请看上面的输出, 并执行 yixian doctor。") from error
    finally:
        click.echo("正在停止 ...")
        supervisor.end()
        if cluster is not None and started:
            cluster.stop()


def _build_demo(supervisor: Supervisor, orders: int) -> None:
    child = Child("演示数据", _yixian("demo-data", "--orders", str(orders)), once=True)
    supervisor.add(child)
    if supervisor.wait_for(child) != 0 and not supervisor.stopping:
        raise click.ClickException("演示数据没有生成完; 请看上面的输出。")


_HOST = click.option("--host", default="127.0.0.1", show_default=True, help="监听地址")
_PORT = click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="监听端口")
_LIVE = click.option(
    "--live-port", default=None, type=click.IntRange(1, 65535), help="实时消息的端口, 不填为网页端口加 1"
)
_WORKERS = click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="网页进程数")


@click.command()
@_HOST
@_PORT
@_LIVE
@_WORKERS
def up(host: str, port: int, live_port: int | None, workers: int) -> None:
    """启动整个平台: 数据库、网页、实时消息、后台任务、时限巡检。按 Ctrl-C 停止。"""
    serve(host=host, port=port, workers=workers, live=live_port)


@click.command()
@_HOST
@_PORT
@_LIVE
@_WORKERS
@click.option("--orders", default=3000, show_default=True, type=click.IntRange(1, 1_000_000), help="演示工单总数")
def demo(host: str, port: int, live_port: int | None, workers: int, orders: int) -> None:
    """启动平台并生成演示数据: 五个地区、各类用户、一年的工单。按 Ctrl-C 停止。"""
    serve(host=host, port=port, workers=workers, live=live_port, demo_orders=orders)


@click.command()
@_HOST
@click.option("--port", default=8001, show_default=True, type=click.IntRange(1, 65535), help="监听端口")
@click.option("--for-port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="网页服务的端口")
def live(host: str, port: int, for_port: int) -> None:
    """实时消息进程: 新工单、亮牌、紧急和提醒随即出现在页面上; 网页服务须设 YIXIAN_LIVE_PORT 或 YIXIAN_LIVE_URL。"""
    _require_free(host, port)
    os.environ.update({"YIXIAN_LIVE_FOR_PORT": str(for_port)} | _role())
    command = live_command(host, port)
    os.execv(command[0], command)
