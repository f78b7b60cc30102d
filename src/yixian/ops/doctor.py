"""`yixian doctor`: how machine, database, calendar and rulebooks stand, and what to do about what is wrong."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Literal

import click

Level = Literal["正常", "注意", "错误"]
COLOURS = {"正常": "green", "注意": "yellow", "错误": "red"}
EXPIRY_WARNING = timedelta(days=90)
CHINA = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Finding:
    """One line of the report: how it stands, what was looked at, what was found and, if needed, the remedy."""

    level: Level
    subject: str
    detail: str


def machine() -> Iterator[Finding]:
    """Python, cores, memory, disk and the page assets."""
    version = platform.python_version()
    yield Finding("正常" if sys.version_info >= (3, 11) else "错误", "Python", f"{version} (需要 3.11 或更新)")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    level: Level = "正常" if memory >= 3.5 else "注意"
    yield Finding(level, "机器", f"{os.cpu_count()} 核, 内存 {memory:.1f} GB (建议 2 核 4 GB 以上)")
    free = shutil.disk_usage(".").free / 2**30
    yield Finding("正常" if free >= 5 else "注意", "磁盘", f"剩余 {free:.1f} GB (建议 5 GB 以上)")
    from yixian.ops.assets import VENDOR

    if any(VENDOR.rglob("*.css")):
        yield Finding("正常", "前端资源", "已安装")
    else:
        yield Finding("错误", "前端资源", "缺少页面样式文件; 请执行 make setup")


def database() -> Iterator[Finding]:
    """Reachability, version, extensions, clock and tables."""
    import psycopg

    from yixian.ops import boot, embedded

    kind = "内置" if boot.uses_embedded() else "外部 (DATABASE_URL)"
    try:
        boot.database()
    except embedded.DatabaseUnavailable as error:
        yield Finding("错误", "数据库", str(error))
        return
    with psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=5) as connection:
        version = connection.info.server_version
        yield Finding("正常", "数据库", f"{kind}, PostgreSQL {version // 10000}.{version % 10000}")
        query = (
            "select extract(epoch from clock_timestamp()), exists(select 1 from pg_extension where extname='pg_trgm')"
        )
        row = connection.execute(query).fetchone()  # type: ignore[arg-type, unused-ignore]
    assert row is not None
    drift = abs(float(row[0]) - datetime.now(tz=CHINA).timestamp())
    yield Finding("正常" if drift < 2 else "错误", "时钟", f"与数据库相差 {drift:.1f} 秒 (应小于 2 秒)")
    if not row[1]:
        yield Finding("错误", "扩展", "缺少 pg_trgm; 请由数据库管理员执行 create extension pg_trgm")
    yield from _tables()


def _tables() -> Iterator[Finding]:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from yixian.ops import boot

    boot.django()
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        yield Finding(
            "注意", "数据库表", f"有 {len(missing)} 项升级未执行; 请执行 yixian migrate (yixian up 会自动执行)"
        )
    else:
        yield Finding("正常", "数据库表", "已是最新")


def calendar(published: Collection[int], today: date) -> Iterator[Finding]:
    """The last year whose holiday notice is known, against the year that deadlines already reach into."""
    last = max(published)
    if last > today.year or (last == today.year and today.month < 11):
        yield Finding("正常", "工作日历", f"节假日安排到 {last} 年")
    elif last == today.year:
        detail = f"{last + 1} 年节假日通知尚未收录: 跨年的时限暂按周末计算, 通知发布后请升级 chinesecalendar 或补录"
        yield Finding("注意", "工作日历", detail)
    else:
        yield Finding("错误", "工作日历", f"只收录到 {last} 年, 今年的时限只扣除周末; 请升级 chinesecalendar 或补录")


def law(today: date, *, reachable: bool = False) -> Iterator[Finding]:
    """The calendar, and every rulebook: loads, in force today, and when it expires; own folders included.

    With a `reachable` database, the holidays that an administrator has loaded into it count too.
    """
    from yixian.rulebook import Library, RulebookError

    extra = tuple(Path(part) for part in os.environ.get("YIXIAN_RULEBOOKS", "").split(":") if part)
    try:
        library = Library.load(extra=extra)
    except RulebookError as error:
        yield Finding("错误", "规则书", str(error))
        return
    published = library.calendar("national").published_years
    yield from calendar(_loaded_years() | published if reachable else published, today)
    for name in library.names():
        answer = library.version(name, on=today)
        leaf = answer.book.document.expires if answer.book else None
        expires = getattr(leaf, "value", leaf)
        level: Level = "正常" if answer.status == "in_force" else "注意"
        detail = str(answer.message)
        if isinstance(expires, date) and today <= expires <= today + EXPIRY_WARNING:
            level, detail = "注意", f"{detail} 将于 {expires} 失效, 请尽快准备新版本。"
        yield Finding(level, f"规则书 {name}", detail)


def _loaded_years() -> frozenset[int]:
    """The years of the calendar that orders run under; none before the tables are made."""
    from django.db import DatabaseError

    from yixian.orders import books

    try:
        return books.calendar("national").published_years
    except DatabaseError:
        return frozenset()


def report(today: date) -> Iterator[Finding]:
    """All findings, in the order in which a person would look for trouble."""
    yield from machine()
    reachable = True
    for finding in database():
        reachable = reachable and finding.level != "错误"
        yield finding
    yield from law(today, reachable=reachable)


@click.command()
def doctor() -> None:
    """体检: 机器、数据库、日历、规则书; 有错误时退出码为 1。"""
    worst = 0
    for finding in report(datetime.now(tz=CHINA).date()):
        click.secho(f"[{finding.level}] ", fg=COLOURS[finding.level], nl=False)
        click.echo(f"{finding.subject}: {finding.detail}")
        worst = max(worst, {"正常": 0, "注意": 0, "错误": 1}[finding.level])
    if worst:
        raise SystemExit(1)
