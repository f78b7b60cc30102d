"""`yixian replay`: recorded orders tried under other rules, without touching them; what would differ, in figures."""

from __future__ import annotations

import json
import resource
import sys
import time
from typing import Any

import click
import msgspec

from yixian.lifecycle.events import EVENT_KINDS
from yixian.lifecycle.state import STATES
from yixian.lifecycle.whatif import Side
from yixian.orders.clock import shown
from yixian.orders.errors import OrderError
from yixian.parties.access import SYSTEM
from yixian.rulebook import Rulebook
from yixian.rulebook.articles import cite
from yixian.rulemaking import whatif, whatif_books, whatif_filter
from yixian.rulemaking.whatif_books import Chosen
from yixian.rulemaking.whatif_tally import KINDS, Figures, Group, Sample, Tally

SHOWN = 5
ROWS = 12
_FIGURES = {
    "late": "逾期",
    "late_other": "其他环节有逾期的工单",
    "yellow": "黄牌",
    "red": "红牌",
    "returns": "退单计数",
    "extensions": "延期",
    "cases": "督办",
    "redos": "重办",
}


@click.command("replay")
@click.option("--book", required=True, metavar="规则书", help="名称、名称@版本、YAML 文件, 或 draft:草稿编号")
@click.option("--orders", "wanted", required=True, metavar="筛选", help="如 category=投诉&since=2025-01-01; all 为全部")
@click.option("--limit", default=whatif.MOST_ORDERS, show_default=True, help="最多推演的件数, 从最新的算起")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 16), help="同时计算的进程数")
@click.option("--control", is_flag=True, help="另用各自的规则重演一遍, 核对与记录完全一致")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
def command(book: str, wanted: str, limit: int, workers: int, control: bool, as_json: bool) -> None:
    """把已有工单的办理经过放到另一部规则下重演, 告诉您会有什么不同; 工单本身不受影响。"""
    from yixian.ops import boot

    began = time.monotonic()
    try:
        chosen = whatif_books.chosen(book)
        filters = whatif_filter.parse(wanted)
        ids = whatif.chosen_orders(filters, SYSTEM, limit)
        tally = whatif.run(
            book, ids, workers=workers, proof=control, progress=None if as_json else _progress, ready=boot.django
        )
    except OrderError as error:
        raise click.ClickException(error.detail) from error
    seconds = time.monotonic() - began
    if as_json:
        click.echo(json.dumps(_plain(tally, chosen.title, seconds), ensure_ascii=False))
    else:
        _tell(tally, chosen, whatif_filter.spoken(filters), seconds, control)
    sys.exit(1 if tally.control_failed else 0)


def _progress(done: int, total: int) -> bool:
    if sys.stderr.isatty():
        click.echo(f"\r已推演 {done} / {total} 件", nl=done == total, err=True)
    return True


def _peak_mb() -> float:
    """The largest memory that this process, or one of its children, held."""
    own, children = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return round(max(own, children) / 1024, 1)


def _plain(tally: Tally, title: str, seconds: float) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(tally)
    orders = tally.whole.old.orders
    return {
        "book": title,
        "orders": orders,
        "seconds": round(seconds, 2),
        "orders_per_second": round(orders / seconds) if seconds else 0,
        "peak_mb": _peak_mb(),
        **told,
    }


def _tell(tally: Tally, chosen: Chosen, wanted: str, seconds: float, control: bool) -> None:
    whole = tally.whole
    click.echo(f"按 {chosen.title} 推演 {whole.old.orders} 件工单 ({wanted})")
    click.echo(f"按时率: 现为 {_rate(whole.old)}, 推演后 {_rate(whole.new)}")
    for name, words in _FIGURES.items():
        old, new = getattr(whole.old, name), getattr(whole.new, name)
        click.echo(f"  {words}: {old} → {new}" + (f" ({new - old:+d})" if new != old else ""))
    if whole.not_taken:
        click.echo(f"  按此规则不能登记的 {whole.not_taken} 件, 不计入推演后的数字")
    click.echo(f"有不同的工单 {whole.different} 件" + ("" if tally.kinds else ", 全部一致"))
    for kind, words in KINDS.items():
        if kind in tally.kinds:
            click.echo(f"  {words}: {tally.kinds[kind]} 件")
            for sample in tally.samples[kind][:SHOWN]:
                click.echo(f"    {_line(sample, chosen.world.book)}")
    for heading, table in (("类别", tally.by_category), ("承办单位", tally.by_unit), ("登记月份", tally.by_month)):
        _table(heading, table)
    for kind, count in tally.unknown.items():
        click.echo(f"没有还原的记录: {EVENT_KINDS.get(kind, kind)} {count} 条")
    if tally.unread:
        click.echo(f"记录不完整、未能推演的工单 {tally.unread} 件")
    if tally.without_own:
        click.echo(f"原规则版本已不在本机、按记录本身比较的工单 {tally.without_own} 件")
    if control:
        _tell_control(tally)
    click.echo(
        f"用时 {seconds:.1f} 秒, 每秒 {whole.old.orders / seconds:.0f} 件, 内存最高 {_peak_mb()} MB。工单未作任何改动。"
    )


def _tell_control(tally: Tally) -> None:
    if not tally.control_failed:
        click.echo("核对: 用各自的规则重演, 与记录完全一致。")
        return
    click.echo(f"核对: 有 {len(tally.control_failed)} 件重演与记录不一致:")
    for line in tally.control_failed[:SHOWN]:
        click.echo(f"  {line}")


def _line(sample: Sample, book: Rulebook) -> str:
    new = sample.new
    due = f"{_due(sample.old)} → {_due(new)}"
    words = f"{sample.number} {sample.category} {STATES[sample.old.state]}: 到期 {due}"
    why = sample.reasons[0] if sample.reasons else None
    if why is None:
        return words
    cited = "、".join(dict.fromkeys(cite(article, book) for article in why[1]))
    return f"{words}; {why[0]}" + (f" ({cited})" if cited else "")


def _due(side: Side | None) -> str:
    """A due moment; midnight belongs to the day that ends."""
    if side is None or side.due is None:
        return "无"
    text = shown(side.due)
    return shown(side.due - 1)[:10] + " 24:00" if text.endswith(" 00:00") else text


def _rate(figures: Figures) -> str:
    return "无" if figures.rate is None else f"{figures.rate * 100:.1f}%"


def _table(heading: str, table: dict[str, Group]) -> None:
    changed = [(key, group) for key, group in table.items() if group.different]
    changed.sort(key=lambda item: (-item[1].different, item[0]))
    if changed:
        click.echo(f"按{heading}:")
    for key, group in changed[:ROWS]:
        click.echo(
            f"  {key or '未派单'}: {group.old.orders} 件, 有不同 {group.different} 件, "
            f"按时率 {_rate(group.old)} → {_rate(group.new)}, 红牌 {group.old.red} → {group.new.red}"
        )
