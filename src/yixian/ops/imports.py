"""`yixian import`: messages become orders; closed history is lived again. Clear words for whatever is wrong."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from yixian.ops import imports_mapping
from yixian.ops.history import History
from yixian.ops.imports_mapping import Field
from yixian.ops.imports_messages import Messages, Result, skips
from yixian.ops.imports_reading import ReadError, Table, inspect
from yixian.ops.simulate_engine import Report
from yixian.ops.simulate_hours import local_day
from yixian.orders import books, clock
from yixian.orders.errors import OrderError, Unavailable
from yixian.parties import actions as parties
from yixian.parties.access import SYSTEM
from yixian.parties.errors import PartyError
from yixian.parties.models import LEVELS, Platform
from yixian.rulebook import Duration, Rulebook

_FILE = click.argument("file", type=click.Path(path_type=Path))
_MAP = click.option("--map", "columns", multiple=True, metavar="列=字段", help="指明某列是哪个字段; 列= 表示不用这一列")
_SHEET = click.option("--sheet", help="工作表, 默认第一张")
_PLATFORM = click.option("--platform", help="导入到哪个平台 (平台代码)")
_BOOK = click.option("--book", help="没有平台时: 按这部规则书新建导入用的平台")
_DRY = click.option("--dry-run", is_flag=True, help="只检查, 不写入")
_RESUME = click.option("--resume", is_flag=True, help="接着上次没有导完的继续")
_REPORT = click.option("--report", type=click.Path(path_type=Path), help="跳过清单 (csv), 默认写在当前目录")


@click.group()
def group() -> None:
    """导入群众来信和历史工单。"""


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except ReadError as error:
        raise click.ClickException(str(error)) from error
    except Unavailable as error:
        raise click.ClickException(f"{error.detail} 已导入的行都在, 加 --resume 再次执行即可接着导入。") from error
    except OrderError as error:
        raise click.ClickException(error.detail) from error
    except PartyError as error:
        raise click.ClickException(str(error)) from error


def _opened(
    file: Path, sheet: str | None, fields: tuple[Field, ...], given: tuple[str, ...]
) -> tuple[Table, dict[str, str]]:
    table = inspect(file, sheet)
    found = imports_mapping.mapping(table, fields, given)
    how = "xlsx" if table.how == "xlsx" else f"csv, 编码 {table.how}"
    click.echo(f"{file.name} ({how}), 表头在第 {table.header_row} 行")
    click.echo(f"列的对应: {imports_mapping.shown(found, fields)}")
    unused = [name for name in table.columns if name and name not in found.values()]
    if unused:
        click.echo(f"没有用到的列: {'、'.join(unused)}")
    return table, found


def _target(platform: str | None, book: str | None, day: dt.date, *, dry_run: bool) -> tuple[Platform, Rulebook]:
    """The platform to import into and its rules that day; with a book alone, a platform of its own."""
    if platform is not None:
        found = Platform.objects.filter(code=platform).first()
        if found is None:
            known = "、".join(Platform.objects.order_by("path").values_list("code", flat=True)[:20])
            raise ReadError(f"没有代码为 {platform!r} 的平台。现有的平台: {known or '还没有'}。")
        if not found.book:
            raise ReadError(f"平台 {found.name} 没有设定规则书, 请先设定, 或换一个平台。")
        return found, books.in_force(found.book, day)
    if book is None:
        raise ReadError("请用 --platform 指明导入到哪个平台, 或用 --book 指明规则书。")
    if book not in books.library().names():
        raise ReadError(f"没有规则书 {book!r}; 现有的有: {'、'.join(sorted(books.library().names()))}。")
    rules = books.in_force(book, day)
    code = f"import-{book}"
    level = rules.jurisdiction.level
    found = Platform.objects.filter(code=code).first()
    if found is None:
        name, level = f"导入 ({rules.jurisdiction.name})", level if level in LEVELS else "province"
        if dry_run:
            return Platform(code=code, name=name, level=level, book=book), rules
        found = parties.create_platform(actor=SYSTEM, code=code, name=name, level=level, book=book)
    return found, rules


@group.command("messages")
@_FILE
@_MAP
@_SHEET
@_PLATFORM
@_BOOK
@_DRY
@_RESUME
@_REPORT
def messages_command(
    file: Path, columns: tuple[str, ...], sheet: str | None, platform: str | None, book: str | None,
    dry_run: bool, resume: bool, report: Path | None,
) -> None:  # fmt: skip
    """导入群众来信 (xlsx、csv): 每行一件, 登记为工单。可随时中断再继续, 同一份文件的同一行只会登记一次。"""
    with _explained():
        table, found = _opened(file, sheet, imports_mapping.MESSAGE_FIELDS, columns)
        target, rules = _target(platform, book, local_day(clock.now()), dry_run=dry_run)
        work = Messages(table, found, target, rules)
        if not dry_run and not resume and work.begun():
            raise ReadError("这份文件以前导入过 (全部或一部分)。如要接着导入还没有导入的行, 请加 --resume。")
        with skips(report or Path(f"{file.stem}.跳过清单.csv")) as listed:
            result = work.run(listed, dry_run=dry_run, progress=_progress())
    _said(result, dry_run)


def _said(result: Result, dry_run: bool) -> None:
    verb = "可以登记" if dry_run else "登记"
    click.echo(f"共 {result.rows} 行: {verb} {result.made} 件, 以前已登记 {result.known} 件, 跳过 {result.skipped} 行")
    if result.guessed:
        click.echo(f"其中 {result.guessed} 行没有诉求类别, 按字词推定")
    for reason, count in sorted(result.reasons.items(), key=lambda item: -item[1]):
        click.echo(f"  跳过: {reason[:60]}: {count} 行")
    if result.report:
        click.echo(f"跳过清单: {result.report}")
    if dry_run:
        click.echo("这是试运行, 没有写入任何内容。")
    else:
        click.echo(f"用时 {result.seconds:.1f} 秒")


def _progress() -> Callable[[Result], None]:
    began = [time.monotonic()]

    def show(result: Result) -> None:
        if time.monotonic() - began[0] > 3:
            began[0] = time.monotonic()
            click.echo(f"  已读 {result.rows} 行, 登记 {result.made} 件", err=True)

    return show


@group.command("orders")
@_FILE
@_MAP
@_SHEET
@_PLATFORM
@_BOOK
@_DRY
@_RESUME
@_REPORT
@click.option("--limit", help="原系统的办理时限 (如 10wd), 用于规则书没有数字的地方")
@click.option("--first", type=click.IntRange(min=1), help="只取时间最早的若干件")
def orders_command(
    file: Path, columns: tuple[str, ...], sheet: str | None, platform: str | None, book: str | None,
    dry_run: bool, resume: bool, report: Path | None, limit: str | None, first: int | None,
) -> None:  # fmt: skip
    """导入已办结的历史工单: 按登记时间在虚拟时间上重走登记、派单、签收、答复、审核、办结、归档。

    中断后再次执行即继续 (--resume 可写可不写)。登记时规则书尚未施行的工单不能导入, 请换用当时有效的规则书。
    """
    with _explained():
        if limit is not None:
            _check_limit(limit)
        table, found = _opened(file, sheet, imports_mapping.HISTORY_FIELDS, columns)
        target, rules = _target(platform, book, local_day(clock.now()), dry_run=dry_run)
        work = History(table, found, target, rules, limit)
        with skips(report or Path(f"{file.stem}.跳过清单.csv")) as listed:
            cases, rows = work.read(listed)
            done = Report() if dry_run else work.run(cases[:first], _history_progress())
            for key, reason in done.skipped.items():
                listed.add(int(key), reason)
    taken = len(cases[:first])
    verb = "可以导入" if dry_run else "导入"
    made = taken if dry_run else len(done.numbers)
    click.echo(f"共 {rows} 行: {verb} {made} 件, 跳过 {sum(listed.reasons.values())} 行")
    for reason, count in sorted(listed.reasons.items(), key=lambda item: -item[1]):
        click.echo(f"  跳过: {reason[:60]}: {count} 行")
    if listed.reasons:
        click.echo(f"跳过清单: {listed.path}")
    if dry_run:
        click.echo("这是试运行, 没有写入任何内容。")
        return
    click.echo(f"指令 {done.commands} (其中重放 {done.replayed}), 用时 {done.seconds:.1f} 秒")
    if done.stuck:
        raise click.ClickException(f"{len(done.stuck)} 件没有走到归档, 例如 {'、'.join(done.stuck[:3])}。")


def _check_limit(limit: str) -> None:
    try:
        good = Duration.parse(limit).runs
    except ValueError:
        good = False
    if not good:
        raise ReadError(f"--limit {limit!r} 写法不对, 应写作 10wd (工作日)、15d (自然日) 或 24h。")


def _history_progress() -> Callable[[int, Report], None]:
    began = [time.monotonic()]

    def show(at: int, report: Report) -> None:
        if time.monotonic() - began[0] > 5:
            began[0] = time.monotonic()
            click.echo(f"  {local_day(at)}: {len(report.numbers)} 件, 指令 {report.commands}", err=True)

    return show
