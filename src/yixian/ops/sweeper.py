"""`yixian sweep`: fire the timers that are due, once or for ever; any number of these processes share the work."""

from __future__ import annotations

import logging
import signal
import threading
import time

import click
import psycopg
from django.db import DatabaseError

from yixian.orders import expiry, sweep
from yixian.orders.errors import Unavailable

log = logging.getLogger("yixian.sweep")
PAUSE = 5.0
WAIT_FOR_DATABASE = 5.0
PURGE_EVERY = 3600.0


@click.command()
@click.option("--loop", "forever", is_flag=True, help="持续巡检, 直到收到停止信号")
@click.option("--pause", default=PAUSE, show_default=True, type=click.FloatRange(0.1, 3600), help="两次巡检之间的秒数")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 16), help="同时处理的线程数")
def command(forever: bool, pause: float, workers: int) -> None:
    """触发到期的时限; 可在多台机器上同时运行, 一个时限只触发一次。"""
    if forever:
        loop(pause=pause, workers=workers)
        return
    try:
        report = sweep.run(workers=workers)
    except Unavailable as error:
        raise click.ClickException(error.detail) from error
    click.echo(f"处理工单 {report.orders} 件, 事件 {report.events} 条, 用时 {report.seconds:.2f} 秒")
    if report.stuck:
        click.echo(f"无法处理、一小时后再试的工单: {'、'.join(report.stuck[:20])}", err=True)


def loop(*, pause: float = PAUSE, workers: int = 1, stop: threading.Event | None = None) -> None:
    """Sweep until told to stop (SIGTERM, SIGINT or `stop`); a database that is away is waited for."""
    stopping = stop or threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
    purged = time.monotonic()
    while not stopping.is_set():
        try:
            report = sweep.run(workers=workers, stop=stopping.is_set)
            if time.monotonic() - purged > PURGE_EVERY:
                purged = time.monotonic()
                expiry.purge()
        except (Unavailable, DatabaseError, psycopg.Error):
            log.warning("数据库暂时连不上, %.0f 秒后再试", WAIT_FOR_DATABASE)
            stopping.wait(WAIT_FOR_DATABASE)
            continue
        if report.orders:
            log.info("触发时限: 工单 %d 件, 事件 %d 条, %.2f 秒", report.orders, report.events, report.seconds)
        stopping.wait(pause)
