"""Upkeep: tables, the worker of the job queue, the demo's data alone."""

from __future__ import annotations

import logging
import threading
import time

import click
import psycopg

log = logging.getLogger(__name__)
REACTION_PAUSE = 1.0  # seconds between two looks at the outbox when it was empty


@click.command()
def migrate() -> None:
    """建立或升级数据库表; 可重复执行。"""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=1)


@click.command()
def prepare() -> None:
    """建表、收集静态文件, 并把网页程序整个载入一次: 装坏了在这里就说, 而不是在网页进程里反复重启。"""
    from importlib import import_module

    from django.conf import settings
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    import_module("yixian.wiring.wsgi")
    import_module(settings.ROOT_URLCONF)


@click.command()
@click.option("--concurrency", default=2, show_default=True, type=click.IntRange(1, 64), help="同时处理的任务数")
def worker(concurrency: int) -> None:
    """后台任务进程; 可在多台机器上同时运行, 一项任务只会被处理一次。"""
    from procrastinate.contrib.django import app

    threading.Thread(target=_hand_over_reactions, daemon=True, name="reactions").start()
    connector = app.connector.get_worker_connector()  # type: ignore[attr-defined, unused-ignore]
    with app.replace_connector(connector) as running:
        running.run_worker(concurrency=concurrency, name="yixian", delete_jobs="successful")


def _hand_over_reactions() -> None:
    """Move what committed events ask for into the job queue, for ever; a database that is away is asked again."""
    from django.db import DatabaseError, InterfaceError, close_old_connections

    from yixian.orders import reacting

    while reacting.kinds():
        try:
            if reacting.drain():
                continue
        except (DatabaseError, InterfaceError, psycopg.Error) as error:
            log.warning("数据库暂时连不上, 稍后再试: %s", error)
            close_old_connections()
        time.sleep(REACTION_PAUSE)


@click.command()
@click.option("--orders", default=3000, show_default=True, type=click.IntRange(1, 1_000_000), help="工单总数")
def demo_data(orders: int) -> None:
    """只生成演示数据 (五个地区、单位、用户和一年的工单), 不启动服务。"""
    from yixian.ops import demo

    demo.build(orders)
