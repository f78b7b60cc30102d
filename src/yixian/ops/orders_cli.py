"""`yixian orders rebuild` and `yixian audit verify|anchor`: tables against events, events against their hashes."""

from __future__ import annotations

import json
import sys

import click

from yixian.orders import audit as auditing
from yixian.orders import platforms, rebuild
from yixian.orders.errors import OrderError

SHOWN = 20


@click.group()
def group() -> None:
    """工单: 由事件重建全部派生数据。"""


@group.command("rebuild")
@click.option("--platform", default=None, help="只重建一个平台 (平台代码)")
@click.option("--repair", is_flag=True, help="把不一致之处按事件改正")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
def rebuild_command(platform: str | None, repair: bool, as_json: bool) -> None:
    """由事件重新推出当前状态、列表、时限、承办和检索, 与数据库逐项比较; 有不一致时退出码为 1。"""
    try:
        where = platforms.of_code(platform).id if platform else None
        report = rebuild.run(where, repair=repair, progress=None if as_json else _progress)
    except OrderError as error:
        raise click.ClickException(error.detail) from error
    if as_json:
        click.echo(json.dumps(_rebuilt(report), ensure_ascii=False))
    else:
        _tell_rebuilt(report, repair)
    sys.exit(1 if report.different > report.repaired else 0)


@group.command("recount")
def recount_command() -> None:
    """由工单状态重做督办清单和统计; 平时由后台每几分钟更新, 重建工单之后执行一次。"""
    from yixian.supervision import cases, counting

    listed, counted = cases.rebuild(), counting.rebuild()
    click.echo(f"督办 {listed} 件, 统计工单 {counted} 件")


def _progress(report: rebuild.RebuildReport) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r已核对工单 {report.orders} 件, 事件 {report.events} 条", nl=False, err=True)


def _rebuilt(report: rebuild.RebuildReport) -> dict[str, object]:
    return {
        "orders": report.orders,
        "events": report.events,
        "different": report.different,
        "repaired": report.repaired,
        "seconds": round(report.seconds, 3),
        "events_per_second": round(report.events_per_second),
        "differences": [
            {"number": item.number, "what": item.what, "stored": item.stored, "derived": item.derived}
            for item in report.differences
        ],
    }


def _tell_rebuilt(report: rebuild.RebuildReport, repair: bool) -> None:
    if sys.stderr.isatty():
        click.echo("", err=True)
    click.echo(
        f"工单 {report.orders} 件, 事件 {report.events} 条, 用时 {report.seconds:.1f} 秒 "
        f"(每秒 {report.events_per_second:.0f} 条)"
    )
    if not report.different:
        click.echo("全部一致。")
        return
    click.echo(f"不一致的工单 {report.different} 件" + (f", 已改正 {report.repaired} 件" if repair else ""))
    for item in report.differences[:SHOWN]:
        click.echo(f"  {item.number} {item.what}: 现为 {_short(item.stored)}, 按事件应为 {_short(item.derived)}")
    if not repair:
        click.echo("核对无误后, 可用 yixian orders rebuild --repair 按事件改正。")


def _short(value: object) -> str:
    words = json.dumps(value, ensure_ascii=False, default=str)
    return words if len(words) <= 160 else words[:157] + "..."


@click.group()
def audit() -> None:
    """核验事件日志: 每件工单的哈希链和每小时的锚点。"""


@audit.command("verify")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
def verify_command(as_json: bool) -> None:
    """核验全部哈希链和锚点; 有断裂时指出第一处, 退出码为 1。"""
    report = auditing.verify()
    if as_json:
        found = {
            "orders": report.orders,
            "events": report.events,
            "anchors": report.anchors,
            "unanchored": report.unanchored,
            "whole": report.whole,
            "seconds": round(report.seconds, 3),
            "breaks": [{"number": item.number, "seq": item.seq, "words": item.words} for item in report.breaks],
        }
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        click.echo(
            f"工单 {report.orders} 件, 事件 {report.events} 条, 锚点 {report.anchors} 个 "
            f"(尚未封存的事件 {report.unanchored} 条), 用时 {report.seconds:.1f} 秒"
        )
        for item in report.breaks[:SHOWN]:
            click.echo(f"断裂: {item.number}: {item.words}")
        click.echo("哈希链和锚点全部完好。" if report.whole else f"发现断裂 {len(report.breaks)} 处, 第一处见上。")
    sys.exit(0 if report.whole else 1)


@audit.command("anchor")
def anchor_command() -> None:
    """立即封存全部新事件, 输出锚点的哈希; 可抄录到别处, 供日后对照。"""
    sealed = auditing.anchor()
    if sealed is None:
        click.echo("上次封存之后没有新事件。")
        return
    click.echo(f"锚点 {sealed.id}: 封存事件 {sealed.count} 条, 到第 {sealed.last_event} 条为止")
    click.echo(sealed.hash)
