"""The end of a simulation: figures of a platform read from its tables, and the checks that nothing is lost or stuck."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

import msgspec

from yixian.lifecycle.state import STATES
from yixian.ops.simulate_engine import Report
from yixian.orders import rebuild, session

_STATES = "select state, count(*) from orders_order where platform_id = %s group by state"
_EVENTS = """
select e.kind, count(*) from orders_order o join orders_event e on e.order_id = o.id
where o.platform_id = %s group by e.kind"""
_CARDS = """
select c->>'card', count(*) from orders_order o join orders_event e on e.order_id = o.id,
    jsonb_array_elements(e.data->'cards') c
where o.platform_id = %s and e.kind = 'card_shown' group by 1"""
_LATE = """
select count(distinct o.id) from orders_order o join orders_event e on e.order_id = o.id
where o.platform_id = %s and e.kind = 'late' and e.data->>'clock' = 'reply' and o.lead is not null
    and (e.data->>'unit' is null or e.data->>'unit' = o.lead)"""
_LIMITED = """
select count(distinct d.order_id) from orders_order o join orders_deadline d on d.order_id = o.id
where o.platform_id = %s and d.clock = 'reply' and d.due_at is not null and exists (
    select 1 from orders_event e where e.order_id = o.id and e.kind in ('dispatched', 'designated'))"""
_DISPATCHED = """
select count(distinct o.id) from orders_order o join orders_event e on e.order_id = o.id
where o.platform_id = %s and e.kind in ('dispatched', 'designated')"""
_LATE_CLOCKS = """
select e.data->>'clock', count(*) from orders_order o join orders_event e on e.order_id = o.id
where o.platform_id = %s and e.kind = 'late' and e.data ? 'clock' group by 1 order by 2 desc"""
_ENDS = """
select f, count(*) from orders_order o, unnest(o.flags) f where o.platform_id = %s group by f"""
_DEEMED = """
select count(*) from orders_order o join orders_snapshot s on s.order_id = o.id
where o.platform_id = %s and exists (select 1 from jsonb_array_elements(s.body::jsonb->'ratings') r
    where (r->>'deemed')::boolean and coalesce((r->>'counts')::boolean, true))"""
_TOTAL = "select count(*), count(*) filter (where number like '%%.%%') from orders_order where platform_id = %s"


class Figures(msgspec.Struct):
    """What came of a run, for people and as JSON."""

    book: str
    rows: int
    skipped: int
    orders: int
    opened: int
    states: dict[str, int]
    in_time: int
    late: int
    unlimited: int
    late_clocks: dict[str, int]
    yellow: int
    red: int
    events: dict[str, int]
    silent: int
    flags: dict[str, int]
    refusals: dict[str, int]
    commands: int
    replayed: int
    swept: int
    seconds: float
    rebuild_orders: int = 0
    rebuild_events: int = 0
    rebuild_different: int = 0
    rebuild_seconds: float = 0.0
    faults: list[str] = []


def gather(book: str, platform_id: int, rows: int, skipped: int, report: Report) -> Figures:
    """Read the figures, rebuild the platform's orders from their events, and say what is wrong, if anything."""

    def table(query: str) -> dict[str, int]:
        return {str(key): int(value) for key, value in session.fetch(query, [platform_id])}

    def one(query: str) -> int:
        return int(session.fetch(query, [platform_id])[0][0])

    total, _ = session.fetch(_TOTAL, [platform_id])[0]
    late, limited, dispatched = one(_LATE), one(_LIMITED), one(_DISPATCHED)
    cards = table(_CARDS)
    figures = Figures(
        book, rows, skipped, int(total), int(total) - len(report.numbers), table(_STATES), max(0, limited - late), late,
        max(0, dispatched - limited), table(_LATE_CLOCKS), cards.get("yellow", 0), cards.get("red", 0), table(_EVENTS),
        one(_DEEMED), table(_ENDS), {f"{name}: {reason}": n for (name, reason), n in report.refusals.most_common()},
        report.commands, report.replayed, report.swept, report.seconds,
    )  # fmt: skip
    again = rebuild.run(platform_id)
    figures.rebuild_orders, figures.rebuild_events = again.orders, again.events
    figures.rebuild_different, figures.rebuild_seconds = again.different, again.seconds
    figures.faults = _faults(figures, report)
    return figures


def _faults(figures: Figures, report: Report) -> list[str]:
    faults: list[str] = []
    made = len(set(report.numbers.values()))
    if made != len(report.numbers):
        faults.append(f"{len(report.numbers) - made} 件来信与别的来信落在同一工单上")
    if made + figures.skipped != figures.rows:
        faults.append(f"来信 {figures.rows} 件, 成为工单 {made} 件, 跳过 {figures.skipped} 件, 数目不合")
    if report.stuck:
        faults.append(f"{len(report.stuck)} 件工单没有下一步, 例如 {'、'.join(report.stuck[:3])}")
    if report.waiting:
        faults.append(f"{report.waiting} 件工单还在办理中")
    open_ones = figures.orders - figures.states.get("archived", 0)
    if open_ones and not report.stuck and not report.waiting:
        faults.append(f"{open_ones} 件工单没有归档")
    if figures.rebuild_different:
        faults.append(f"重建发现 {figures.rebuild_different} 件工单与事件不一致")
    if figures.rebuild_orders != figures.orders:
        faults.append(f"重建了 {figures.rebuild_orders} 件工单, 应为 {figures.orders} 件")
    return faults


# --- the table ----------------------------------------------------------------------------------------------------

_HAPPENED = (
    ("declined", "不予受理"),
    ("answered", "即时答复"),
    ("transferred", "转出"),
    ("return_requested", "申请退单"),
    ("return_approved", "同意退单"),
    ("return_refused", "不同意退单"),
    ("extension_requested", "申请延期"),
    ("extension_approved", "同意延期"),
    ("extension_refused", "不同意延期"),
    ("sent_back", "审核退回"),
    ("urged", "催办"),
    ("supplemented", "补充诉求"),
    ("rated", "评价"),
    ("called_back", "回访"),
    ("redo_ordered", "重办"),
    ("redo_refused", "不同意重办"),
    ("appealed", "申诉"),
    ("appeal_upheld", "申诉成立"),
    ("screened", "甄别通过"),
    ("interim_closed", "临时办结"),
    ("terminated", "终结办理"),
    ("supervised", "督办"),
)
_CLOCKS = {
    "dispatch": "派单", "sign": "签收", "contact": "联系", "return": "签收或退单", "first_response": "初步响应",
    "reply": "办理", "progress": "进展", "result_notice": "结果告知", "survey": "评价", "appeal": "申诉",
    "emergency_call": "电话通知",
}  # fmt: skip


def lines(figures: Figures) -> list[tuple[str, str]]:
    """The figures as rows of two columns."""
    rows: list[tuple[str, str]] = [
        ("来信", f"{figures.rows}"),
        ("跳过", f"{figures.skipped}"),
        ("工单", f"{figures.orders} (其中由工单派生 {figures.opened})"),
    ]
    rows += [(f"  {STATES[state]}", f"{count}") for state, count in figures.states.items()]
    rows += [
        ("按时答复", f"{figures.in_time}"),
        ("逾期答复", f"{figures.late}"),
        ("条文未定时限", f"{figures.unlimited}"),
    ]
    rows += [(f"  逾期: {_CLOCKS.get(name, name)}", f"{count}") for name, count in figures.late_clocks.items()]
    rows += [("黄牌", f"{figures.yellow}"), ("红牌", f"{figures.red}"), ("默认评价 (不回复)", f"{figures.silent}")]
    rows += [(title, f"{figures.events[kind]}") for kind, title in _HAPPENED if figures.events.get(kind)]
    rows.append(("被拒绝的指令", f"{sum(figures.refusals.values())}"))
    rows += [(f"  {reason[:46]}", f"{count}") for reason, count in list(figures.refusals.items())[:12]]
    speed = figures.commands / figures.seconds if figures.seconds else 0
    rows += [
        ("指令", f"{figures.commands} (其中重放 {figures.replayed}), 每秒 {speed:.0f}"),
        ("巡检处理", f"{figures.swept}"),
        ("事件", f"{sum(figures.events.values())}"),
        ("用时", f"{figures.seconds:.1f} 秒"),
        ("重建", f"{figures.rebuild_orders} 件, 差异 {figures.rebuild_different}, {figures.rebuild_seconds:.1f} 秒"),
    ]
    return rows


def as_table(rows: Sequence[tuple[str, Any]]) -> str:
    """Two columns, aligned for a terminal where Chinese characters are two wide."""
    wide = max(width(name) for name, _ in rows)
    return "\n".join(f"{name}{' ' * (wide - width(name))}  {value}" for name, value in rows)


def width(text: str) -> int:
    """How many columns a text takes in a terminal."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
