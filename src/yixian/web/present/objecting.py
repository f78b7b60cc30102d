"""What stands beside an order at the desk of screening and appeals: the rating, the evidence, the rule, the effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yixian.lifecycle import objections
from yixian.lifecycle.state import OrderState, Pending
from yixian.orders.queries import Entry
from yixian.rulebook import Rulebook, WorkCalendar
from yixian.supervision import counting, figures
from yixian.web.present import figures as said
from yixian.web.present import moments, words
from yixian.web.present.reviewing import rule

EVENTS = {"appeal": "appealed", "screening": "screening_proposed"}


def requests(
    state: OrderState,
    book: Rulebook,
    calendar: WorkCalendar,
    events: Sequence[Entry],
    units: Mapping[str, str],
    now: int,
) -> list[dict[str, Any]]:
    """The appeal and the screening that wait: who asks, on what ground, with what evidence, by which rules."""
    return [
        _request(state, book, calendar, waiting, events, units, now)
        for waiting in state.pending
        if waiting.kind in EVENTS
    ]


def _request(
    state: OrderState,
    book: Rulebook,
    calendar: WorkCalendar,
    waiting: Pending,
    events: Sequence[Entry],
    units: Mapping[str, str],
    now: int,
) -> dict[str, Any]:
    event = next((one for one in reversed(events) if one.kind == EVENTS[waiting.kind]), None)
    given = {**(event.data if event else {}), **waiting.data}
    lines = [
        (title, str(given[key])) for key, title in (("ground", "事由"), ("evidence", "证据说明")) if given.get(key)
    ]
    rules = _screening(state, book, calendar, now) if waiting.kind == "screening" else _appeal(state, book, now)
    return {
        "title": words.PENDING[waiting.kind],
        "by": units.get(waiting.by, waiting.by),
        "when": moments.short(waiting.at, now),
        "when_title": moments.absolute(waiting.at),
        "said": lines or [("证据说明", "没有写明")],
        "rules": rules,
    }


def _screening(state: OrderState, book: Rulebook, calendar: WorkCalendar, now: int) -> list[dict[str, Any]]:
    law = book.screening
    if law is None:
        return []
    found = [rule("可以甄别的", "; ".join(law.grounds.value), law.grounds)]
    if law.decide is not None:
        found.append(rule("由谁认定", {"hotline": "热线管理机构"}.get(law.decide.value, law.decide.value), law.decide))
    rating = state.evaluation
    until = objections.screened_until(book, calendar, rating.at) if rating is not None else None
    if until is not None and law.cut_off is not None:
        over = ", 已过, 不再甄别" if now > until else ""
        found.append(rule("截止", f"{moments.until(until)} 前决定{over}", law.cut_off))
    return found


def _appeal(state: OrderState, book: Rulebook, now: int) -> list[dict[str, Any]]:
    law = book.appeal
    if law is None:
        return []
    clock = next((one for one in state.clocks if one.key == law.clock.value), None)
    found = [rule("应提交", "、".join(words.LABELS.get(key, key) for key in law.requires.value), law.requires)]
    if clock is not None and clock.due is not None:
        found.append(rule("申诉期限", f"{moments.until(clock.due)} 前提出", law.clock, clock.basis))
    found.append(rule("由谁认定", {"hotline": "热线管理机构"}.get(law.decide.value, law.decide.value), law.decide))
    if law.upheld.value == "leaves_base":
        found.append(rule("成立的", "这一单不计入满意率", law.upheld))
    return found


def effect(order_id: int, platform_id: int, state: OrderState, units: Mapping[str, str]) -> dict[str, Any] | None:
    """How the unit's rate of the order's month stands with the order and without it; None where it is in no base."""
    counted = counting.counted(order_id, platform_id, state, "")
    if not counted.level or counted.screened or counted.appealed or counted.uncounted or not counted.unit:
        return None
    day = moments.local(state.registered)
    period = figures.period(f"{day:%Y-%m}")
    found = figures.summary(figures.Wanted(period, units=(counted.unit,)))
    over, under = found.counts["satisfied"], found.counts["base"]
    if not under:
        return None
    left, base = over - bool(counted.satisfied), under - 1
    return {
        "unit": units.get(counted.unit, counted.unit),
        "period": period.title,
        "now": said.percent(100 * over / under),
        "now_of": f"{over} ÷ {under}",
        "then": said.percent(100 * left / base if base else None),
        "then_of": f"{left} ÷ {base}" if base else "分母为 0",
        "said": "满意 ÷ 计入的评价, 按登记月份统计; 剔除后这一单离开分母。",
    }
