"""`yixian demo`: five hotlines with a year of orders up to now, each made by commands through the one door.

The year ends at the moment the demo's platforms were made: a demo that was stopped goes on, a finished one gains
nothing, and a larger `--orders` adds to it.
"""

from __future__ import annotations

import time

import click

from yixian.ops import (
    demo_intake,
    demo_links,
    demo_people,
    demo_places,
    demo_registers,
    demo_rulemaking,
    demo_stories,
    demo_supervision,
)
from yixian.ops.demo_cast import Staff
from yixian.ops.demo_people import Hotline
from yixian.ops.simulate_engine import Engine, Report
from yixian.ops.simulate_hours import HOUR, local_day
from yixian.ops.simulate_report import width
from yixian.orders import session

SWEEP_EVERY = 6 * HOUR
_STATES = """
select count(*), count(*) filter (where state = 'archived'),
    count(*) filter (where card = 'yellow'), count(*) filter (where card = 'red')
from orders_order where platform_id = any (%s)"""


def build(orders: int) -> None:
    """Make the demo: platforms, units, staff, then the orders of a year. May be called again at any time."""
    began = time.monotonic()
    hotlines = demo_people.settle()
    demo_places.seed()
    first = hotlines[0]
    click.echo(
        f"      五个地区的机构和人员已就绪 ({time.monotonic() - began:.0f} 秒), 现在即可登录, "
        f"例如 {first.code}.agent / {demo_people.password()}"
    )
    until = int(min(hotline.platform.created_at.timestamp() for hotline in hotlines))
    cases = demo_stories.stories(hotlines, orders, until)
    demo_registers.seed(until)
    demo_intake.seed(until)
    demo_rulemaking.seed(until)
    names = {unit.code: unit.name for hotline in hotlines for unit in hotline.units}
    engine = Engine(
        "demo", Staff(hotlines), names, until=until, sweep_every=SWEEP_EVERY, progress=_Progress(len(cases))
    )
    report = engine.live(cases)
    demo_links.seed(until)
    demo_supervision.seed(until)
    _tell(hotlines, report, began)


class _Progress:
    """A line every few seconds: how far the year is."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._next = time.monotonic() + 4

    def __call__(self, at: int, report: Report) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + 4
        share = len(report.numbers) * 100 // max(self._total, 1)
        click.echo(f"      生成演示工单 {share:3d}% (到 {local_day(at)}, {len(report.numbers)} 件)")


def _tell(hotlines: list[Hotline], report: Report, began: float) -> None:
    ids = [hotline.platform.pk for hotline in hotlines]
    total, archived, yellow, red = session.fetch(_STATES, [ids])[0]
    click.echo(
        f"      演示工单 {total} 件: 在办 {total - archived} 件, 已归档 {archived} 件; "
        f"现有黄牌 {yellow} 件, 红牌 {red} 件。指令 {report.commands} 条, 用时 {time.monotonic() - began:.0f} 秒。"
    )
    if report.skipped:
        click.echo(f"      另有 {len(report.skipped)} 件按规则未登记。")
    click.echo(f"\n演示用户 (密码都是 {demo_people.password()} , 仅供本机演示):\n")
    rows = [("平台或单位", "角色", "姓名", "登录名"), *demo_people.table(hotlines)]
    widths = [max(width(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        cells = [f"{cell}{' ' * (space - width(cell))}" for cell, space in zip(row, widths, strict=False)]
        click.echo("  " + "  ".join([*cells, row[3]]))
    click.echo("\n接口令牌 (派单员, 全部权限, 一年有效):")
    for hotline in hotlines:
        shown = hotline.token or "已在首次生成时显示; 需要新的请由管理员另行签发"
        click.echo(f"  {hotline.platform.name}: {shown}")
    click.echo("")
